// A convolution of at most PIXELS output pixels: a linear layer. Reading the weights is all the
// work, so each is read once: a workgroup has four quads of outputs, and 64 lanes share the depth.

const DEPTH_LANES: u32 = WORKGROUP / 4u;

var<workgroup> partial: array<vec4<f32>, WORKGROUP>;

@compute @workgroup_size(WORKGROUP)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let quad = linear(group, groups) * 4u + lane % 4u;
    let reads = min(quad, step.out_quads - 1u);
    #for i<PIXELS: let window_{i} = window_of(min({i}u, step.pixels - 1u));
    #for i<PIXELS: var sum_{i} = vec4<f32>(0.0);
    for (var depth = lane / 4u; depth < step.depth_quads; depth += DEPTH_LANES) {
        let tap = tap_of(depth);
        let row = 4u * depth * step.out_quads + reads;
        let wx = vec4<f32>(weights[row]);
        let wy = vec4<f32>(weights[row + step.out_quads]);
        let wz = vec4<f32>(weights[row + 2u * step.out_quads]);
        let ww = vec4<f32>(weights[row + 3u * step.out_quads]);
        #for i<PIXELS: let x_{i} = input_under(window_{i}, tap);
        #for i<PIXELS: sum_{i} = fma(vec4<f32>(x_{i}.x), wx, sum_{i});
        #for i<PIXELS: sum_{i} = fma(vec4<f32>(x_{i}.y), wy, sum_{i});
        #for i<PIXELS: sum_{i} = fma(vec4<f32>(x_{i}.z), wz, sum_{i});
        #for i<PIXELS: sum_{i} = fma(vec4<f32>(x_{i}.w), ww, sum_{i});
    }
    var sums: array<vec4<f32>, PIXELS>;
    #for i<PIXELS: sums[{i}] = sum_{i};
    for (var pixel = 0u; pixel < PIXELS; pixel += 1u) {
        add_up(pixel, lane, quad, sums[pixel]);
    }
}

fn add_up(pixel: u32, lane: u32, quad: u32, sum: vec4<f32>) {
    partial[lane] = sum;
    workgroupBarrier();
    for (var reach = WORKGROUP / 2u; reach >= 4u; reach /= 2u) {
        if lane < reach {
            partial[lane] += partial[lane + reach];
        }
        workgroupBarrier();
    }
    if lane < 4u {
        finish(pixel, quad, partial[lane]);
    }
    workgroupBarrier();
}
