//! Softmax of rows.

use super::super::super::program::{MapRows, RowRule};
use super::super::kernel::Kernel;
use super::super::words::Words;
use super::{Call, Lowered};

/// Appends the dispatch of a rule for rows.
pub(super) fn map_rows(lowered: &mut Lowered, step: &MapRows) {
    let lanes = if step.x.width <= 64 { 32 } else { 256 };
    let (kernel, top) = match step.rule {
        RowRule::Softmax => (Kernel::Softmax(lanes), 1),
        RowRule::SparseSoftmax { top } => {
            (Kernel::SparseSoftmax(lanes), top.clamp(1, step.x.width))
        }
    };
    let words = Words::default()
        .counts(&[step.x.first, step.x.row_stride])
        .counts(&[step.y.first, step.y.row_stride])
        .counts(&[step.x.rows, step.x.width, top]);
    let effort = 4 * (top + 2) * step.x.rows * step.x.width;
    let call = Call::groups(kernel, false, step.x.rows, effort as u64);
    lowered.push(call, words);
}
