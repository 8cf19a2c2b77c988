// y = then(pairing(a, b)), sample by sample of views. In quads, the innermost dimension counts
// fours; there a stride of 0 repeats one sample.


struct Step {
    // The sizes, outermost first.
    dims: vec4<u32>,
    more_dims: vec2<u32>,
    pairing: u32,
    total: u32,
    then: Then,
    a: vec4<u32>,
    more_a: vec4<u32>,
    b: vec4<u32>,
    more_b: vec4<u32>,
    y: vec4<u32>,
    more_y: vec4<u32>,
}

@group(0) @binding(2) var<uniform> step: Step;

@compute @workgroup_size(WORKGROUP)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let index = linear(group, groups) * WORKGROUP + lane;
    if index >= step.total {
        return;
    }
    var rest = index;
    let last = rest % step.more_dims.y;
    rest /= step.more_dims.y;
    let fifth = rest % step.more_dims.x;
    rest /= step.more_dims.x;
    let fourth = rest % step.dims.w;
    rest /= step.dims.w;
    let third = rest % step.dims.z;
    rest /= step.dims.z;
    let outer = vec4<u32>(rest / step.dims.y, rest % step.dims.y, third, fourth);
    let inner = vec2<u32>(fifth, last * WIDTH);
    let a = read(place(step.a, step.more_a, outer, inner), step.more_a.y);
    let b = read(place(step.b, step.more_b, outer, inner), step.more_b.y);
    let y = activate(paired(a, b), step.then);
    put_quad(place(step.y, step.more_y, outer, inner), WIDTH, y);
}

// Strides of the outer four dimensions, then of the inner two and the first sample.
fn place(strides: vec4<u32>, more: vec4<u32>, outer: vec4<u32>, inner: vec2<u32>) -> u32 {
    return more.z + dot(strides, outer) + dot(more.xy, inner);
}

fn read(at: u32, inner_stride: u32) -> vec4<f32> {
    if inner_stride == 0u {
        return vec4<f32>(sample_at(at));
    }
    return quad_at(at, WIDTH);
}

fn paired(a: vec4<f32>, b: vec4<f32>) -> vec4<f32> {
    switch step.pairing {
        case 1u: {
            return a + b;
        }
        case 2u: {
            return a - b;
        }
        case 3u: {
            return a * b;
        }
        case 4u: {
            return a / b;
        }
        default: {
            return a;
        }
    }
}
