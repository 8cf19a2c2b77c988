// The arena in aligned fours: one load or store for four channels.

@group(0) @binding(0) var<storage, read_write> arena: array<Quad>;

fn quad_at(at: u32, count: u32) -> vec4<f32> {
    return vec4<f32>(arena[at >> 2u]);
}

fn put_quad(at: u32, count: u32, quad: vec4<f32>) {
    arena[at >> 2u] = Quad(quad);
}

fn sample_at(at: u32) -> f32 {
    return f32(arena[at >> 2u][at & 3u]);
}
