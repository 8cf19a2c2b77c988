// A convolution as one matrix product: rows are output pixels, columns output channels, the depth
// runs over kernel weights and input channels. A workgroup computes a tile of TILE_ROWS × 4·TILE_QUADS
// outputs, each invocation ROWS × 4·QUADS of them in registers. Input and weights pass through
// workgroup memory, 16 of the depth at a time; the next 16 are loaded while these are multiplied.
//
// Lines that begin with #for are repeated when the kernel is made: naga bounds every loop and every
// index that is not constant, which keeps arrays out of registers.

const INVOCATIONS: u32 = ROW_LANES * QUAD_LANES;
// Two more than needed, so that the four quads of a pixel are written to different banks.
const INPUT_STRIDE: u32 = TILE_ROWS + 2u;
const WEIGHT_QUADS: u32 = 16u * TILE_QUADS;

var<workgroup> inputs: array<vec4<f32>, 4u * INPUT_STRIDE>;
var<workgroup> kernels: array<vec4<f32>, WEIGHT_QUADS>;

fn weight_at(depth: u32, first_quad: u32, index: u32) -> vec4<f32> {
    let row = depth + index / TILE_QUADS;
    let quad = first_quad + index % TILE_QUADS;
    if index >= WEIGHT_QUADS || quad >= step.out_quads || row >= 4u * step.depth_quads {
        return vec4<f32>(0.0);
    }
    return vec4<f32>(weights[row * step.out_quads + quad]);
}

@compute @workgroup_size(INVOCATIONS)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let tile = linear(group, groups);
    let first_row = tile / step.column_tiles * TILE_ROWS;
    let first_quad = tile % step.column_tiles * TILE_QUADS;
    if first_row >= row_count() {
        return;
    }
    // Four lanes load the four quads of a pixel, so that they share cache lines.
    let loads_quad = lane % 4u;
    let loads_row = lane / 4u;
    #for i<INPUT_LOADS: let window_{i} = window_of(min(first_row + loads_row + {i}u * (INVOCATIONS / 4u), row_count() - 1u));
    let row_lane = lane / QUAD_LANES;
    let quad_lane = lane % QUAD_LANES;
    #for i<ROWS, q<QUADS: var sum_{i}_{q} = vec4<f32>(0.0);

    let first_step = group.z * step.slice_steps;
    let last_step = min(first_step + step.slice_steps, (step.depth_quads + 3u) / 4u);
    var tap = tap_of(4u * first_step + loads_quad);
    for (var depth_step = first_step; depth_step <= last_step; depth_step += 1u) {
        #for i<INPUT_LOADS: var input_{i} = vec4<f32>(0.0);
        #for i<WEIGHT_LOADS: var weight_{i} = vec4<f32>(0.0);
        if depth_step < last_step {
            #for i<INPUT_LOADS: input_{i} = input_under(window_{i}, tap);
            #for i<WEIGHT_LOADS: weight_{i} = weight_at(16u * depth_step, first_quad, lane + {i}u * INVOCATIONS);
            tap = advanced(tap, 4u);
        }
        // Multiplies what the pass before has loaded.
        let first_k = select(0u, 4u, depth_step == first_step);
        for (var k = first_k; k < 4u; k += 1u) {
            let input_row = k * INPUT_STRIDE + row_lane;
            let kernel_row = k * 4u * TILE_QUADS + quad_lane;
            #for i<ROWS: let x_{i} = inputs[input_row + {i}u * ROW_LANES];
            #for q<QUADS: let wx_{q} = kernels[kernel_row + {q}u * QUAD_LANES];
            #for q<QUADS: let wy_{q} = kernels[kernel_row + TILE_QUADS + {q}u * QUAD_LANES];
            #for q<QUADS: let wz_{q} = kernels[kernel_row + 2u * TILE_QUADS + {q}u * QUAD_LANES];
            #for q<QUADS: let ww_{q} = kernels[kernel_row + 3u * TILE_QUADS + {q}u * QUAD_LANES];
            #for i<ROWS, q<QUADS: sum_{i}_{q} = fma(vec4<f32>(x_{i}.x), wx_{q}, sum_{i}_{q});
            #for i<ROWS, q<QUADS: sum_{i}_{q} = fma(vec4<f32>(x_{i}.y), wy_{q}, sum_{i}_{q});
            #for i<ROWS, q<QUADS: sum_{i}_{q} = fma(vec4<f32>(x_{i}.z), wz_{q}, sum_{i}_{q});
            #for i<ROWS, q<QUADS: sum_{i}_{q} = fma(vec4<f32>(x_{i}.w), ww_{q}, sum_{i}_{q});
        }
        workgroupBarrier();
        #for i<INPUT_LOADS: inputs[loads_quad * INPUT_STRIDE + loads_row + {i}u * (INVOCATIONS / 4u)] = input_{i};
        #for i<WEIGHT_LOADS: if lane + {i}u * INVOCATIONS < WEIGHT_QUADS { kernels[lane + {i}u * INVOCATIONS] = weight_{i}; }
        workgroupBarrier();
    }
    // An array, and no longer spelled out: the end of a convolution is long, and compiled once.
    var sums: array<vec4<f32>, ROWS * QUADS>;
    #for i<ROWS, q<QUADS: sums[{i}u * QUADS + {q}u] = sum_{i}_{q};
    for (var i = 0u; i < ROWS * QUADS; i += 1u) {
        let pixel = first_row + row_lane + i / QUADS * ROW_LANES;
        let quad = first_quad + quad_lane + i % QUADS * QUAD_LANES;
        if step.slices == 1u {
            finish(pixel, quad, sums[i]);
        } else if pixel < row_count() && quad < step.out_quads {
            let place = (group.z * row_count() + pixel) * step.out_quads + quad;
            scratch[step.products + place] = sums[i];
        }
    }
}
