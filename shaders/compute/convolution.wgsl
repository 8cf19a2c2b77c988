// What the kernels of a convolution share: its geometry, its fused end, and how weights lie.
// Weights are rows of output channels, one row for each (kernel row, kernel column, input channel),
// input channels padded to fours; then a row of biases.

struct Step {
    x: Maps,
    y: Maps,
    plus: Maps,
    then: Then,
    kernel_height: u32,
    kernel_width: u32,
    stride: u32,
    // Input pixels before the upper and the left edge that the first kernel reaches.
    top: u32,
    left: u32,
    reflect: u32,
    // Fours of input channels, of output channels, and of all weights of an output.
    in_quads: u32,
    out_quads: u32,
    depth_quads: u32,
    pixels: u32,
    // The tiling: tiles along the output channels, and slices of the depth with their length in
    // steps of four quads.
    column_tiles: u32,
    slices: u32,
    slice_steps: u32,
    with_plus: u32,
    // Winograd's blocks of 2 × 2 output pixels, along the rows, the columns, and in all images; and
    // where their products begin in scratch.
    block_rows: u32,
    block_columns: u32,
    blocks: u32,
    products: u32,
}

@group(0) @binding(1) var<storage, read> weights: array<Quad>;
@group(0) @binding(2) var<uniform> step: Step;
@group(0) @binding(3) var<storage, read_write> scratch: array<vec4<f32>>;

fn mirrored(index: i32, size: u32) -> i32 {
    let from_start = abs(index);
    return min(from_start, 2 * (i32(size) - 1) - from_start);
}

// A quad of input channels; beyond the edge, what the border says.
fn input_at(image: u32, place: vec2<i32>, quad: u32) -> vec4<f32> {
    var row = place.x;
    var column = place.y;
    if step.reflect != 0u {
        row = mirrored(row, step.x.height);
        column = mirrored(column, step.x.width);
    }
    if row < 0 || column < 0 || row >= i32(step.x.height) || column >= i32(step.x.width) {
        return vec4<f32>(0.0);
    }
    let first = at(step.x, image, u32(row), u32(column));
    return quad_at(first + 4u * quad, left_from(step.x, quad));
}

fn finish(pixel: u32, quad: u32, sum: vec4<f32>) {
    if pixel >= step.pixels || quad >= step.out_quads {
        return;
    }
    let row = pixel / step.y.width;
    let column = pixel % step.y.width;
    let image = row / step.y.height;
    let count = left_from(step.y, quad);
    var result = sum + vec4<f32>(weights[4u * step.depth_quads * step.out_quads + quad]);
    if step.with_plus != 0u {
        let plus = at(step.plus, image, row % step.y.height, column);
        result += quad_at(plus + 4u * quad, count);
    }
    let first = at(step.y, image, row % step.y.height, column);
    put_quad(first + 4u * quad, count, activate(result, step.then));
}
