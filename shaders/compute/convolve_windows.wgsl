// The rows and the depth of a convolution as a matrix product: each row is a window of the input,
// the depth runs over kernel weights and input channels.

fn row_count() -> u32 {
    return step.pixels;
}

// An output pixel and the input pixel under its first kernel weight.
struct Window {
    image: u32,
    row: i32,
    column: i32,
}

// A place in the depth: a kernel weight and a quad of input channels.
struct Tap {
    row: u32,
    column: u32,
    quad: u32,
}

fn window_of(pixel: u32) -> Window {
    let row = pixel / step.y.width;
    let top = i32((row % step.y.height) * step.stride) - i32(step.top);
    let left = i32((pixel % step.y.width) * step.stride) - i32(step.left);
    return Window(row / step.y.height, top, left);
}

fn tap_of(depth_quad: u32) -> Tap {
    let tap = depth_quad / step.in_quads;
    return Tap(tap / step.kernel_width, tap % step.kernel_width, depth_quad % step.in_quads);
}

fn advanced(tap: Tap, by: u32) -> Tap {
    var next = tap;
    next.quad += by;
    while next.quad >= step.in_quads {
        next.quad -= step.in_quads;
        next.column += 1u;
        if next.column == step.kernel_width {
            next.column = 0u;
            next.row += 1u;
        }
    }
    return next;
}

fn input_under(window: Window, tap: Tap) -> vec4<f32> {
    if tap.row >= step.kernel_height {
        return vec4<f32>(0.0);
    }
    let place = vec2<i32>(window.row + i32(tap.row), window.column + i32(tap.column));
    return input_at(window.image, place, tap.quad);
}
