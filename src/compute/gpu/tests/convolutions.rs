//! Convolutions of all shapes.

use super::*;
use crate::compute::program::{Activation, Border, Convolve, Kernels};

/// A convolution to try.
#[derive(Clone, Copy)]
struct Case {
    images: usize,
    channels: (usize, usize),
    size: (usize, usize),
    kernel: (usize, usize),
    stride: usize,
    border: Border,
    plus: bool,
    then: Activation,
    half: bool,
}

const PLAIN: Case = Case {
    images: 1,
    channels: (4, 4),
    size: (9, 7),
    kernel: (3, 3),
    stride: 1,
    border: Border::Zero,
    plus: false,
    then: Activation::Nothing,
    half: false,
};

fn weights(shape: [usize; 4], seed: u32) -> Kernels {
    Kernels {
        shape,
        samples: noise(shape.iter().product(), seed).into(),
    }
}

fn check(name: &str, case: Case) {
    let mut sketch = Sketch::default();
    let (height, width) = case.size;
    let (kh, kw) = case.kernel;
    let x = sketch.maps_in([case.images, case.channels.0, height, width]);
    let out = |size: usize, kernel: usize| (size + 2 * (kernel / 2) - kernel) / case.stride + 1;
    let shape = [
        case.images,
        case.channels.1,
        out(height, kh),
        out(width, kw),
    ];
    let plus = case.plus.then(|| sketch.maps_in(shape));
    let y = sketch.maps_out(shape);
    sketch.step(Step::Convolve(Convolve {
        x,
        y,
        kernels: weights([case.channels.1, case.channels.0, kh, kw], 5),
        bias: case.plus.then(|| noise(case.channels.1, 6).into()),
        stride: case.stride,
        before: (kh / 2, kw / 2),
        border: case.border,
        plus,
        then: case.then,
    }));
    match case.half {
        true => sketch.check(name),
        false => sketch.check_single(name),
    }
}

#[test]
fn tiles_of_every_width_convolve_like_the_reference() {
    for (name, channels) in [
        ("strips", (37, 3)),
        ("strips, aligned", (40, 4)),
        ("up to 16", (5, 13)),
        ("up to 32", (12, 20)),
        ("small", (16, 36)),
        ("one channel", (1, 7)),
    ] {
        check(
            name,
            Case {
                channels,
                plus: true,
                half: channels.1 % 4 == 0,
                then: Activation::Leaky(0.2),
                ..PLAIN
            },
        );
    }
}

#[test]
fn strides_borders_and_kernels_convolve_like_the_reference() {
    let reflect = Case {
        half: true,
        border: Border::Reflect,
        then: Activation::Tanh,
        ..PLAIN
    };
    check("reflected", reflect);
    check(
        "reflected, 7 × 7",
        Case {
            kernel: (7, 7),
            channels: (3, 5),
            ..reflect
        },
    );
    check(
        "stride 2",
        Case {
            stride: 2,
            images: 3,
            channels: (6, 12),
            then: Activation::Sigmoid,
            ..PLAIN
        },
    );
    check(
        "4 × 4, stride 2, reflected",
        Case {
            stride: 2,
            size: (10, 8),
            kernel: (4, 4),
            border: Border::Reflect,
            ..PLAIN
        },
    );
    check(
        "stride 2 to 3 channels",
        Case {
            stride: 2,
            channels: (8, 3),
            ..PLAIN
        },
    );
    check(
        "1 × 1",
        Case {
            kernel: (1, 1),
            channels: (131, 8),
            then: Activation::Affine(0.5, 0.5),
            ..PLAIN
        },
    );
    check(
        "1 × 5",
        Case {
            kernel: (1, 5),
            then: Activation::Abs,
            ..PLAIN
        },
    );
}

#[test]
fn large_tiles_convolve_like_the_reference() {
    // Enough pixels that larger tiles keep a GPU busy; little depth, so that it is quick.
    for (name, channels, side) in [
        ("128 × 64", (1, 68), 92),
        ("64 × 64", (1, 64), 92),
        ("128 × 32", (1, 32), 129),
        ("128 × 16", (1, 9), 129),
    ] {
        check(
            name,
            Case {
                channels,
                size: (side, side),
                kernel: (1, 3),
                ..PLAIN
            },
        );
    }
}

#[test]
fn few_pixels_and_deep_slices_convolve_like_the_reference() {
    for pixels in [1, 2, 3, 8] {
        check(
            "linear",
            Case {
                images: pixels,
                channels: (50, 23),
                size: (1, 1),
                kernel: (1, 1),
                plus: true,
                half: pixels == 2,
                ..PLAIN
            },
        );
    }
    check(
        "few, 3 × 3",
        Case {
            size: (2, 3),
            channels: (12, 8),
            ..PLAIN
        },
    );
    check(
        "sliced",
        Case {
            size: (4, 4),
            images: 2,
            channels: (132, 40),
            plus: true,
            half: true,
            then: Activation::Leaky(0.0),
            ..PLAIN
        },
    );
}

#[test]
fn winograd_convolves_like_the_reference() {
    for (name, channels, border) in [
        ("Winograd", (128, 132), Border::Reflect),
        ("Winograd, unaligned", (130, 129), Border::Zero),
    ] {
        let unaligned = channels.0 % 4 != 0;
        check(
            name,
            Case {
                channels,
                size: (15, 17),
                border,
                plus: unaligned,
                half: unaligned,
                then: Activation::Leaky(0.0),
                ..PLAIN
            },
        );
    }
}

#[test]
fn phases_write_every_second_pixel_and_parts_of_buffers() {
    let mut sketch = Sketch::default();
    let x = sketch.maps_in([2, 8, 5, 6]);
    let whole = sketch.maps_out([2, 12, 10, 12]);
    for (phase, (row, column)) in [(0, 0), (0, 1), (1, 0), (1, 1)].into_iter().enumerate() {
        for part in 0..2 {
            let y = Maps {
                first: whole.at(0, row, column) + if part == 0 { 0 } else { 8 },
                channels: if part == 0 { 8 } else { 4 },
                height: 5,
                width: 6,
                row_stride: 2 * whole.row_stride,
                pixel_stride: 2 * whole.pixel_stride,
                ..whole
            };
            sketch.step(Step::Convolve(Convolve {
                x,
                y,
                kernels: weights([y.channels, 8, 2, 2], (10 * part + phase) as u32),
                bias: None,
                stride: 1,
                before: (1 - row, 1 - column),
                border: Border::Zero,
                plus: None,
                then: Activation::Nothing,
            }));
        }
    }
    sketch.check("phases");
}
