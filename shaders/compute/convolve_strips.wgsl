// A convolution of stride 1 to at most four channels. With so few, reading the input is the work:
// an invocation slides over a strip of four output pixels, and uses each quad it reads for all of
// them. Eight lanes share the input channels, a workgroup has eight strips.

const QUAD_LANES: u32 = 8u;
const STRIPS: u32 = 8u;
const INVOCATIONS: u32 = QUAD_LANES * STRIPS;

var<workgroup> partial: array<vec4<f32>, 4u * INVOCATIONS>;

@compute @workgroup_size(INVOCATIONS)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let per_row = (step.y.width + 3u) / 4u;
    let strips = step.y.images * step.y.height * per_row;
    let first_strip = linear(group, groups) * STRIPS;
    let strip = min(first_strip + lane / QUAD_LANES, strips - 1u);
    let image = strip / per_row / step.y.height;
    let top = i32(strip / per_row % step.y.height) - i32(step.top);
    let left = i32(strip % per_row * 4u) - i32(step.left);
    #for i<4: var sum_{i} = vec4<f32>(0.0);
    for (var row = 0u; row < step.kernel_height; row += 1u) {
        for (var quad = lane % QUAD_LANES; quad < step.in_quads; quad += QUAD_LANES) {
            let place = vec2<i32>(top + i32(row), left);
            var x_0 = input_at(image, place, quad);
            var x_1 = input_at(image, place + vec2<i32>(0, 1), quad);
            var x_2 = input_at(image, place + vec2<i32>(0, 2), quad);
            for (var column = 0u; column < step.kernel_width; column += 1u) {
                let x_3 = input_at(image, place + vec2<i32>(0, i32(column) + 3), quad);
                let tap = 4u * ((row * step.kernel_width + column) * step.in_quads + quad);
                let wx = vec4<f32>(weights[tap]);
                let wy = vec4<f32>(weights[tap + 1u]);
                let wz = vec4<f32>(weights[tap + 2u]);
                let ww = vec4<f32>(weights[tap + 3u]);
                #for i<4: sum_{i} = fma(vec4<f32>(x_{i}.x), wx, sum_{i});
                #for i<4: sum_{i} = fma(vec4<f32>(x_{i}.y), wy, sum_{i});
                #for i<4: sum_{i} = fma(vec4<f32>(x_{i}.z), wz, sum_{i});
                #for i<4: sum_{i} = fma(vec4<f32>(x_{i}.w), ww, sum_{i});
                x_0 = x_1;
                x_1 = x_2;
                x_2 = x_3;
            }
        }
    }
    #for i<4: partial[{i}u * INVOCATIONS + lane] = sum_{i};
    workgroupBarrier();
    for (var reach = QUAD_LANES / 2u; reach >= 1u; reach /= 2u) {
        if lane % QUAD_LANES < reach {
            #for i<4: partial[{i}u * INVOCATIONS + lane] += partial[{i}u * INVOCATIONS + lane + reach];
        }
        workgroupBarrier();
    }
    // One invocation for each pixel of the strips.
    let own = first_strip + lane / 4u;
    let column = own % per_row * 4u + lane % 4u;
    if lane < 4u * STRIPS && own < strips && column < step.y.width {
        let sum = partial[lane % 4u * INVOCATIONS + lane / 4u * QUAD_LANES];
        finish(own / per_row * step.y.width + column, 0u, sum);
    }
}
