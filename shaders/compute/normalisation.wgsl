// What the three kernels of a normalisation share. Moments of slices of pixels, then of what is
// normalised together, then the result; in between they lie in scratch: mean and sum of squared
// deviations of each slice and quad, after those mean and reciprocal deviation.

struct Step {
    x: Maps,
    y: Maps,
    plus: Maps,
    then: Then,
    slices: u32,
    slice_pixels: u32,
    // Quads of channels of a workgroup, a power of two; its rows of so many lanes share the pixels.
    quad_lanes: u32,
    // Where the settled moments begin in scratch.
    settled: u32,
    over_image: u32,
    unbiased: u32,
    epsilon: f32,
    with_affine: u32,
    with_plus: u32,
    scale: u32,
    scale_stride: u32,
    shift: u32,
    shift_stride: u32,
}

@group(0) @binding(2) var<uniform> step: Step;
@group(0) @binding(3) var<storage, read_write> scratch: array<vec4<f32>>;

// Chan, Golub and LeVeque's merging of the moments of two samples.
struct Moments {
    count: f32,
    mean: vec4<f32>,
    squares: vec4<f32>,
}

fn merged(a: Moments, b: Moments) -> Moments {
    let count = a.count + b.count;
    if count == 0.0 {
        return a;
    }
    let apart = b.mean - a.mean;
    let share = b.count / count;
    return Moments(
        count,
        a.mean + apart * share,
        a.squares + b.squares + apart * apart * (a.count * share),
    );
}

fn pixels_of_slice(slice: u32) -> u32 {
    return min(step.slice_pixels, step.x.height * step.x.width - slice * step.slice_pixels);
}

fn reciprocal_deviation(moments: Moments) -> vec4<f32> {
    if step.unbiased != 0u {
        return 1.0 / (sqrt(moments.squares / (moments.count - 1.0)) + step.epsilon);
    }
    return 1.0 / sqrt(moments.squares / moments.count + step.epsilon);
}
