//! What the invocations of a workgroup find out together, with and without subgroups.

use super::others::normalisation;
use super::*;
use crate::compute::program::{Deviation, MapRows, Over, RowRule, Rows};

/// A rule for rows of distinct entries, exact in f16: a threshold among near equals is a matter of
/// rounding.
fn map_of_rows(rule: RowRule, (rows, width): (usize, usize)) -> Sketch {
    let mut sketch = Sketch::default();
    let x = sketch.input(rows * (width + 1));
    for (place, sample) in sketch.given[0].iter_mut().enumerate() {
        *sample = ((place * 97) % 331) as f32 / 64.0 - 2.5;
    }
    let y = sketch.reserve(rows * width, 4);
    sketch.plan.outputs.push(y..y + rows * width);
    let rows_at = |first, row_stride| Rows {
        first,
        rows,
        width,
        row_stride,
    };
    sketch.step(Step::MapRows(MapRows {
        x: rows_at(x, width + 1),
        y: rows_at(y, width),
        rule,
    }));
    sketch
}

#[test]
fn rules_for_rows_are_like_the_reference() {
    for rule in [RowRule::Softmax, RowRule::SparseSoftmax { top: 5 }] {
        for size in [(7, 8), (3, 301), (2, 5)] {
            map_of_rows(rule, size).check("rows");
        }
    }
}

#[test]
fn equal_entries_of_a_row_are_taken_in_their_order() {
    for width in [40, 301] {
        let mut sketch = map_of_rows(RowRule::SparseSoftmax { top: 3 }, (2, width));
        for sample in &mut sketch.given[0] {
            *sample = (*sample).floor();
        }
        sketch.check("equal entries");
    }
}

#[test]
fn a_gpu_without_subgroups_finds_out_the_same() {
    if gpu().is_none() {
        return;
    }
    let gpu = least_gpu();
    assert!(!gpu.has_subgroups());
    let single = [(Precision::Single, 1e-5)];
    for rule in [RowRule::Softmax, RowRule::SparseSoftmax { top: 5 }] {
        for size in [(7, 8), (3, 301)] {
            map_of_rows(rule, size).check_on(&gpu, "rows", &single);
        }
    }
    for size in [(5, 9), (68, 19)] {
        let sketch = normalisation(size, Over::Image, Deviation::Biased(1e-5));
        sketch.check_on(&gpu, "normalise", &single);
    }
}

#[test]
fn a_sparse_softmax_of_equals_keeps_none() {
    let mut sketch = Sketch::default();
    let x = sketch.input(40);
    sketch.given[0].fill(0.5);
    let y = sketch.reserve(40, 4);
    sketch.plan.outputs.push(y..y + 40);
    let rows = |first| Rows {
        first,
        rows: 2,
        width: 20,
        row_stride: 20,
    };
    sketch.step(Step::MapRows(MapRows {
        x: rows(x),
        y: rows(y),
        rule: RowRule::SparseSoftmax { top: 5 },
    }));
    sketch.check("equals");
}
