// The arena sample by sample: for maps whose channels do not come in aligned fours. A quad is up
// to `count` neighbours; those missing read as 0 and are not written.

@group(0) @binding(0) var<storage, read_write> arena: array<Sample>;

fn quad_at(at: u32, count: u32) -> vec4<f32> {
    var quad = vec4<f32>(0.0);
    if count > 0u {
        quad.x = f32(arena[at]);
    }
    if count > 1u {
        quad.y = f32(arena[at + 1u]);
    }
    if count > 2u {
        quad.z = f32(arena[at + 2u]);
    }
    if count > 3u {
        quad.w = f32(arena[at + 3u]);
    }
    return quad;
}

fn put_quad(at: u32, count: u32, quad: vec4<f32>) {
    if count > 0u {
        arena[at] = Sample(quad.x);
    }
    if count > 1u {
        arena[at + 1u] = Sample(quad.y);
    }
    if count > 2u {
        arena[at + 2u] = Sample(quad.z);
    }
    if count > 3u {
        arena[at + 3u] = Sample(quad.w);
    }
}

fn sample_at(at: u32) -> f32 {
    return f32(arena[at]);
}
