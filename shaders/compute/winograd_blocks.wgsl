// The rows and the depth of Winograd's products: 16 matrix products, one for each place of a block,
// follow each other along the depth. A slice is one of them.

struct Window {
    block: u32,
}

struct Tap {
    place: u32,
    quad: u32,
}

fn row_count() -> u32 {
    return step.blocks;
}

fn window_of(block: u32) -> Window {
    return Window(block);
}

fn tap_of(depth_quad: u32) -> Tap {
    return Tap(depth_quad / step.in_quads, depth_quad % step.in_quads);
}

fn advanced(tap: Tap, by: u32) -> Tap {
    return Tap(tap.place, tap.quad + by);
}

fn input_under(window: Window, tap: Tap) -> vec4<f32> {
    let per_block = quads(step.x);
    if tap.quad >= per_block {
        return vec4<f32>(0.0);
    }
    return scratch[(tap.place * step.blocks + window.block) * per_block + tap.quad];
}
