//! How steps are cut.

use super::*;
use crate::compute::gpu::kernel::Tile;
use crate::compute::program::{Activation, Border, Combine, Kernels, Pairing, RANK, View};

const MEANS: Means = Means {
    scratch_quads: 1 << 23,
    large_tiles: true,
    subgroups: true,
};

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
    Lowered::new(&plan, false, MEANS).dispatches[0].variant
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

fn kernels_of(images: usize, channels: (usize, usize), side: usize, means: Means) -> Vec<Kernel> {
    let shape = [channels.1, channels.0, 3, 3];
    let step = Convolve {
        x: Maps::dense(0, [images, channels.0, side, side]),
        y: Maps::dense(1 << 24, [images, channels.1, side, side]),
        kernels: Kernels {
            shape,
            samples: vec![0.0; shape.iter().product()].into(),
        },
        bias: None,
        stride: 1,
        before: (1, 1),
        border: Border::Zero,
        plus: None,
        then: Activation::Nothing,
    };
    let plan = Plan {
        steps: vec![Step::Convolve(step)],
        ..Plan::default()
    };
    let dispatches = Lowered::new(&plan, false, means).dispatches.into_iter();
    dispatches.map(|dispatch| dispatch.variant.kernel).collect()
}

#[test]
fn a_convolution_takes_the_kernel_that_suits_its_size() {
    let tiles = |tile| vec![Kernel::ConvolveTiles(tile)];
    let small = Means {
        scratch_quads: 1000,
        large_tiles: false,
        ..MEANS
    };
    assert_eq!(
        kernels_of(1, (64, 64), 128, MEANS),
        tiles(Tile::LARGE),
        "large maps"
    );
    assert_eq!(
        kernels_of(1, (64, 64), 128, small),
        tiles(Tile::MEDIUM),
        "few registers"
    );
    let deep = [
        Kernel::WinogradInput,
        Kernel::WinogradTiles(Tile::LARGE),
        Kernel::WinogradOutput,
    ];
    assert_eq!(kernels_of(1, (256, 256), 64, MEANS), deep, "many channels");
    assert_eq!(
        kernels_of(1, (256, 256), 64, small),
        tiles(Tile::MEDIUM),
        "too little scratch"
    );
    let sliced = [Kernel::ConvolveTiles(Tile::SMALL), Kernel::ConvolveSlices];
    assert_eq!(kernels_of(4, (512, 512), 4, MEANS), sliced, "small maps");
    assert_eq!(
        kernels_of(1, (64, 4), 64, MEANS),
        [Kernel::ConvolveStrips],
        "few channels"
    );
    assert_eq!(
        kernels_of(4, (64, 64), 1, MEANS),
        [Kernel::ConvolveFew(4)],
        "few pixels"
    );
}
