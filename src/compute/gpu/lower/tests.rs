//! How steps are cut.

use super::*;
use crate::compute::program::{Activation, Combine, Pairing, RANK, View};

fn view(first: usize, dims: [usize; RANK], strides: [usize; RANK]) -> View {
    View {
        first,
        dims,
        strides,
    }
}

fn variant_of(a: View, y: View) -> Variant {
    let step = Combine {
        a,
        b: a,
        y,
        pairing: Pairing::Add,
        then: Activation::Nothing,
    };
    let plan = Plan {
        steps: vec![Step::Combine(step)],
        ..Plan::default()
    };
    Lowered::new(&plan, false, 0).dispatches[0].variant
}

#[test]
fn neighbours_that_lie_together_are_combined_in_fours() {
    let dims = [1, 1, 1, 2, 3, 8];
    let dense = view(0, dims, [0, 0, 0, 24, 8, 1]);
    assert!(variant_of(dense, view(48, dims, dense.strides)).by_quad);
    assert!(!variant_of(dense, view(49, dims, dense.strides)).by_quad);
    let repeated = view(3, dims, [0, 0, 0, 1, 0, 0]);
    assert!(variant_of(repeated, view(48, dims, dense.strides)).by_quad);
    let across = view(0, dims, [0, 0, 0, 24, 1, 3]);
    assert!(!variant_of(across, view(48, dims, dense.strides)).by_quad);
}
