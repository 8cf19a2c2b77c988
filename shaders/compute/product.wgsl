// What the kernels of a matrix product share: y[…, i, j] = Σ a[…, i, k] · b[…, k, j].

// The outer four dimensions' strides, then those of the last two and the first sample.
struct View {
    outer: vec4<u32>,
    row: u32,
    column: u32,
    first: u32,
    _unused: u32,
}

struct Step {
    a: View,
    b: View,
    y: View,
    // The sizes of the outer four dimensions.
    outer: vec4<u32>,
    rows: u32,
    columns: u32,
    depth: u32,
    row_tiles: u32,
    column_tiles: u32,
    batch: u32,
    // Whether neighbours along the depth are neighbours in memory.
    a_by_depth: u32,
    b_by_depth: u32,
}

@group(0) @binding(2) var<uniform> step: Step;

fn matrix(view: View, batch: u32) -> u32 {
    var rest = batch / step.outer.w;
    let third = rest % step.outer.z;
    rest /= step.outer.z;
    let place = vec4<u32>(rest / step.outer.y, rest % step.outer.y, third, batch % step.outer.w);
    return view.first + dot(place, view.outer);
}
