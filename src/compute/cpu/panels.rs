//! Matrices laid out as the tile kernel reads them.

use super::arena::Aligned;

/// Columns of a matrix that are computed together.
#[derive(Clone, Copy, Debug)]
pub(super) struct Panel {
    /// The first sample in the layout.
    first: usize,
    /// The first column.
    pub(super) column: usize,
    /// How many columns.
    pub(super) width: usize,
    /// How many vectors they fill; the last may be part empty.
    pub(super) vectors: usize,
}

/// A `(depth, columns)` matrix, cut into panels of a few vectors of columns.
pub(super) struct Panels {
    samples: Aligned,
    lanes: usize,
    list: Vec<Panel>,
}

/// Cuts columns into panels of at most `most` vectors, as even as possible.
pub(super) fn cut(depth: usize, columns: usize, lanes: usize, most: usize) -> Vec<Panel> {
    let vectors = columns.div_ceil(lanes);
    let count = vectors.div_ceil(most);
    let mut list = Vec::with_capacity(count);
    let mut done = 0;
    for index in 0..count {
        let width = (vectors - done).div_ceil(count - index);
        list.push(Panel {
            first: done * lanes * depth,
            column: done * lanes,
            width: (columns - done * lanes).min(width * lanes),
            vectors: width,
        });
        done += width;
    }
    list
}

impl Panels {
    /// Lays out the matrix that `at(row, column)` describes.
    pub(super) fn new(
        [depth, columns]: [usize; 2],
        lanes: usize,
        most: usize,
        at: impl Fn(usize, usize) -> f32,
    ) -> Self {
        let list = cut(depth, columns, lanes, most);
        let mut samples = Aligned::zeros(columns.div_ceil(lanes) * lanes * depth);
        let laid = samples.samples_mut();
        for panel in &list {
            for row in 0..depth {
                let first = panel.first + row * panel.vectors * lanes;
                for column in 0..panel.width {
                    laid[first + column] = at(row, panel.column + column);
                }
            }
        }
        Self {
            samples,
            lanes,
            list,
        }
    }

    /// The panels.
    pub(super) fn list(&self) -> &[Panel] {
        &self.list
    }

    /// Rows of a panel from one on.
    pub(super) fn rows(&self, panel: &Panel, row: usize, rows: usize) -> &[f32] {
        let width = panel.vectors * self.lanes;
        let first = panel.first + row * width;
        &self.samples.samples()[first..first + rows * width]
    }
}
