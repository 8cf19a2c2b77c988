// One pixel, the mean of all: a workgroup has 16 quads of channels, 16 lanes share the pixels.

struct Step {
    x: Maps,
    y: Maps,
}

@group(0) @binding(2) var<uniform> step: Step;

var<workgroup> partial: array<vec4<f32>, WORKGROUP>;

@compute @workgroup_size(WORKGROUP)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let per_pixel = quads(step.x);
    let blocks = (per_pixel + 15u) / 16u;
    let index = linear(group, groups);
    let image = index / blocks;
    let quad = index % blocks * 16u + lane % 16u;
    if image >= step.x.images {
        return;
    }
    let pixels = step.x.height * step.x.width;
    var sum = vec4<f32>(0.0);
    if quad < per_pixel {
        for (var pixel = lane / 16u; pixel < pixels; pixel += 16u) {
            let first = at(step.x, image, pixel / step.x.width, pixel % step.x.width);
            sum += quad_at(first + 4u * quad, left_from(step.x, quad));
        }
    }
    partial[lane] = sum;
    workgroupBarrier();
    for (var reach = WORKGROUP / 2u; reach >= 16u; reach /= 2u) {
        if lane < reach {
            partial[lane] += partial[lane + reach];
        }
        workgroupBarrier();
    }
    if lane < 16u && quad < per_pixel {
        let y = at(step.y, image, 0u, 0u) + 4u * quad;
        put_quad(y, left_from(step.y, quad), partial[lane] / f32(pixels));
    }
}
