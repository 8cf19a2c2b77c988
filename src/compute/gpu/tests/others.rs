//! Everything that is no convolution.

use super::*;
use crate::compute::program::{
    Activation, Combine, Deviation, MapRows, Multiply, Normalise, Over, Pairing, Resample,
    Resampling, RowRule, Rows, Scale, Table,
};

#[test]
fn scaling_is_like_the_reference() {
    for channels in [8, 5] {
        let mut sketch = Sketch::default();
        let shape = [2, channels, 3, 5];
        let x = sketch.maps_in(shape);
        let y = sketch.maps_out(shape);
        let scale = sketch.constant(channels);
        let shift = sketch.input(2 * channels);
        let table = |first, image_stride| Table {
            first,
            image_stride,
        };
        sketch.step(Step::Scale(Scale {
            x,
            y,
            scale: table(scale, 0),
            shift: table(shift, channels),
            then: Activation::Leaky(0.1),
        }));
        sketch.check("scale");
    }
}

/// A normalisation of maps, with an affine map or with maps added to it.
pub(super) fn normalisation(
    (channels, side): (usize, usize),
    over: Over,
    deviation: Deviation,
) -> Sketch {
    let mut sketch = Sketch::default();
    let shape = [2, channels, side, side + 2];
    let x = sketch.maps_in(shape);
    let y = sketch.maps_out(shape);
    let plain = over == Over::Plane;
    let plus = plain.then(|| sketch.maps_in(shape));
    let affine = (!plain).then(|| {
        let table = |first| Table {
            first,
            image_stride: 0,
        };
        (
            table(sketch.constant(channels)),
            table(sketch.constant(channels)),
        )
    });
    sketch.step(Step::Normalise(Normalise {
        x,
        y,
        over,
        deviation,
        affine,
        plus,
        then: Activation::Leaky(0.2),
    }));
    sketch
}

#[test]
fn normalisation_is_like_the_reference() {
    for size in [(8, 7), (5, 9), (1, 33), (12, 14), (68, 19)] {
        for over in [Over::Plane, Over::Image] {
            for deviation in [Deviation::Biased(1e-5), Deviation::Unbiased(1e-5)] {
                normalisation(size, over, deviation).check("normalise");
            }
        }
    }
}

#[test]
fn a_large_mean_does_not_swallow_the_variance() {
    let mut sketch = Sketch::default();
    let shape = [1, 4, 16, 16];
    let x = sketch.maps_in(shape);
    let y = sketch.maps_out(shape);
    // Multiples of 1/4 are exact beside 256, in f16 too.
    for sample in &mut sketch.given[0] {
        *sample = 256.0 + (4.0 * *sample).round() / 4.0;
    }
    sketch.step(Step::Normalise(Normalise {
        x,
        y,
        over: Over::Plane,
        deviation: Deviation::Biased(1e-5),
        affine: None,
        plus: None,
        then: Activation::Nothing,
    }));
    sketch.check("large mean");
}

#[test]
fn more_workgroups_than_a_dimension_takes_are_folded() {
    // One workgroup per row; every adapter takes 65535 in a dimension, few take more.
    let (rows, width) = (65_600, 2);
    let mut sketch = Sketch::default();
    let x = sketch.input(rows * width);
    let y = sketch.reserve(rows * width, 4);
    sketch.plan.outputs.push(y..y + rows * width);
    let rows_at = |first| Rows {
        first,
        rows,
        width,
        row_stride: width,
    };
    sketch.step(Step::MapRows(MapRows {
        x: rows_at(x),
        y: rows_at(y),
        rule: RowRule::Softmax,
    }));
    sketch.check_single("many rows");
}

#[test]
fn products_are_like_the_reference() {
    for (rows, columns, depth) in [(1, 40, 70), (6, 17, 33), (37, 45, 50), (9, 70, 3)] {
        for transposed in [false, true] {
            let mut sketch = Sketch::default();
            let a = sketch.view_in([1, 2, 1, 3, rows, depth]);
            let b = match transposed {
                false => sketch.view_in([1, 2, 1, 3, depth, columns]),
                true => {
                    let mut b = sketch.view_in([1, 2, 1, 3, columns, depth]);
                    b.dims.swap(4, 5);
                    b.strides.swap(4, 5);
                    b
                }
            };
            let y = sketch.view_out([1, 2, 1, 3, rows, columns]);
            sketch.step(Step::Multiply(Multiply { a, b, y }));
            sketch.check("product");
        }
    }
}

#[test]
fn a_product_may_repeat_a_matrix() {
    let mut sketch = Sketch::default();
    let mut a = sketch.view_in([1, 1, 1, 3, 10, 6]);
    let mut b = sketch.view_in([1, 1, 1, 1, 6, 9]);
    b.dims[3] = 3;
    b.strides[3] = 0;
    a.strides[2] = 7;
    let y = sketch.view_out([1, 1, 1, 3, 10, 9]);
    sketch.step(Step::Multiply(Multiply { a, b, y }));
    sketch.check("repeated matrix");
}

#[test]
fn combinations_are_like_the_reference() {
    let pairings = [
        Pairing::First,
        Pairing::Add,
        Pairing::Subtract,
        Pairing::Multiply,
        Pairing::Divide,
    ];
    for dims in [[2, 1, 3, 2, 5, 4], [1, 2, 2, 3, 1, 7]] {
        for pairing in pairings {
            let mut sketch = Sketch::default();
            let a = sketch.view_in(dims);
            let b = sketch.view_in(dims);
            for sample in &mut sketch.given[1] {
                *sample += 1.5;
            }
            let y = sketch.view_out(dims);
            sketch.step(Step::Combine(Combine {
                a,
                b,
                y,
                pairing,
                then: Activation::Affine(2.0, -1.0),
            }));
            sketch.check("combine");
        }
    }
}

#[test]
fn views_may_repeat_permute_and_skip() {
    let mut sketch = Sketch::default();
    let dims = [1, 2, 3, 4, 5, 8];
    let mut a = sketch.view_in([1, 2, 3, 4, 8, 5]);
    a.dims.swap(4, 5);
    a.strides.swap(4, 5);
    let mut b = sketch.view_in([1, 1, 3, 1, 1, 1]);
    b.strides = [0, 0, 1, 0, 0, 0];
    b.dims = dims;
    let mut y = sketch.view_out([1, 2, 3, 4, 5, 16]);
    y.dims = dims;
    let mut second = y;
    second.first += 8;
    let dense = sketch.view_in(dims);
    for (a, y) in [(a, y), (dense, second)] {
        sketch.step(Step::Combine(Combine {
            a,
            b,
            y,
            pairing: Pairing::Multiply,
            then: Activation::Nothing,
        }));
    }
    sketch.check("views");
}

#[test]
fn resampling_is_like_the_reference() {
    for (how, out) in [
        (Resampling::TwiceBilinear, (12, 8)),
        (Resampling::TwiceNearest, (12, 8)),
        (Resampling::Half, (3, 2)),
        (Resampling::Mean, (1, 1)),
    ] {
        for channels in [8, 3, 70] {
            let mut sketch = Sketch::default();
            let x = sketch.maps_in([2, channels, 6, 4]);
            let y = sketch.maps_out([2, channels, out.0, out.1]);
            sketch.step(Step::Resample(Resample { x, y, how }));
            sketch.check("resample");
        }
    }
}
