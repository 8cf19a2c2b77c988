//! Matrix products, and what is done sample by sample to views.

use super::super::super::program::{Combine, Multiply, Pairing, RANK, View};
use super::super::kernel::Kernel;
use super::super::words::Words;
use super::{Call, Lowered};

const ROW: usize = RANK - 2;
const COLUMN: usize = RANK - 1;
/// Rows up to which a product is computed a few at a time.
const FEW_ROWS: usize = 8;

/// Appends the dispatch of a matrix product.
pub(super) fn multiply(lowered: &mut Lowered, step: &Multiply) {
    let outer: [usize; ROW] = std::array::from_fn(|dimension| step.y.dims[dimension]);
    let batch: usize = outer.iter().product();
    let (rows, columns) = (step.y.dims[ROW], step.y.dims[COLUMN]);
    let depth = step.a.dims[COLUMN];
    let few = rows <= FEW_ROWS;
    let (kernel, tile) = match few {
        true => (Kernel::MultiplyFew, (4, 16)),
        false => (Kernel::Multiply, (32, 32)),
    };
    let tiles = (rows.div_ceil(tile.0), columns.div_ceil(tile.1));
    let words = [&step.a, &step.b, &step.y]
        .into_iter()
        .fold(Words::default(), with_view)
        .counts(&outer)
        .counts(&[rows, columns, depth, tiles.0, tiles.1, batch])
        .flag(step.a.strides[COLUMN] == 1)
        .flag(step.b.strides[ROW] == 1);
    let effort = if few { 1 } else { 4 } * batch * columns * depth * rows.div_ceil(4);
    let groups = batch * tiles.0 * tiles.1;
    lowered.push(Call::groups(kernel, false, groups, effort as u64), words);
}

fn with_view(words: Words, view: &View) -> Words {
    words.counts(&view.strides[..ROW]).counts(&[
        view.strides[ROW],
        view.strides[COLUMN],
        view.first,
        0,
    ])
}

/// A dimension of a combination: its size, and the strides of a, b and y.
type Dimension = (usize, [usize; 3]);

/// Appends the dispatch of a combination.
pub(super) fn combine(lowered: &mut Lowered, step: &Combine) {
    // Where b is ignored, it must not decide how samples are read.
    let b = match step.pairing {
        Pairing::First => step.a,
        _ => step.b,
    };
    let views = [step.a, b, step.y];
    let mut dimensions = joined(&views);
    let by_quad = can_go_by_quad(&dimensions, &views);
    if by_quad && let Some(last) = dimensions.last_mut() {
        last.0 /= 4;
    }
    let total: usize = dimensions.iter().map(|(size, _)| size).product();
    while dimensions.len() < RANK {
        dimensions.insert(0, (1, [0; 3]));
    }
    let sizes: Vec<usize> = dimensions.iter().map(|(size, _)| *size).collect();
    let pairing = match step.pairing {
        Pairing::First => 0,
        Pairing::Add => 1,
        Pairing::Subtract => 2,
        Pairing::Multiply => 3,
        Pairing::Divide => 4,
    };
    let mut words = Words::default()
        .counts(&sizes)
        .counts(&[pairing, total])
        .then(step.then);
    for (index, view) in views.iter().enumerate() {
        let strides: Vec<usize> = dimensions.iter().map(|(_, all)| all[index]).collect();
        words = words.counts(&strides).counts(&[view.first, 0]);
    }
    let moved = total as u64 * if by_quad { 4 } else { 1 };
    lowered.push(Call::each(Kernel::Combine, by_quad, total, moved), words);
}

/// Drops dimensions of size 1 and joins those that lie one after the other in all views.
fn joined(views: &[View; 3]) -> Vec<Dimension> {
    let mut dimensions: Vec<Dimension> = Vec::with_capacity(RANK);
    for index in 0..RANK {
        let size = views[2].dims[index];
        let strides = views.map(|view| view.strides[index]);
        if size == 1 {
            continue;
        }
        match dimensions.last_mut() {
            Some((outer, outer_strides)) if *outer_strides == strides.map(|s| s * size) => {
                *outer *= size;
                *outer_strides = strides;
            }
            _ => dimensions.push((size, strides)),
        }
    }
    dimensions
}

/// Whether samples can be read and written in aligned fours; a view may repeat one sample.
fn can_go_by_quad(dimensions: &[Dimension], views: &[View; 3]) -> bool {
    let Some(((size, inner), outer)) = dimensions.split_last() else {
        return false;
    };
    let aligned = |view: usize| {
        let strides = outer.iter().map(|(_, strides)| strides[view]);
        let mut numbers = strides.chain([views[view].first]);
        numbers.all(|number| number.is_multiple_of(4))
    };
    let readable = |view: usize| inner[view] == 0 || (inner[view] == 1 && aligned(view));
    size.is_multiple_of(4) && inner[2] == 1 && aligned(2) && readable(0) && readable(1)
}
