// A matrix product in tiles of 32 × 32, 16 of the depth at a time; an invocation computes 4 × 4.

const SIDE: u32 = 32u;
const DEPTH: u32 = 16u;
// One more than needed: neighbours along the depth lie in different banks.
const STRIDE: u32 = SIDE + 1u;

var<workgroup> left: array<f32, DEPTH * STRIDE>;
var<workgroup> right: array<f32, DEPTH * STRIDE>;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let tile = linear(group, groups);
    let batch = tile / step.column_tiles / step.row_tiles;
    if batch >= step.batch {
        return;
    }
    let first_row = tile / step.column_tiles % step.row_tiles * SIDE;
    let first_column = tile % step.column_tiles * SIDE;
    let a = matrix(step.a, batch);
    let b = matrix(step.b, batch);
    #for i<4, j<4: var sum_{i}_{j} = 0.0;
    for (var depth = 0u; depth < step.depth; depth += DEPTH) {
        for (var index = lane; index < SIDE * DEPTH; index += 64u) {
            load(index, depth, vec2<u32>(first_row, first_column), vec2<u32>(a, b));
        }
        workgroupBarrier();
        for (var k = 0u; k < DEPTH; k += 1u) {
            #for i<4: let a_{i} = left[k * STRIDE + lane / 8u + {i}u * 8u];
            #for j<4: let b_{j} = right[k * STRIDE + lane % 8u + {j}u * 8u];
            #for i<4, j<4: sum_{i}_{j} = fma(a_{i}, b_{j}, sum_{i}_{j});
        }
        workgroupBarrier();
    }
    let y = matrix(step.y, batch);
    let row = first_row + lane / 8u;
    let column = first_column + lane % 8u;
    var sums: array<f32, 16>;
    #for i<4, j<4: sums[4u * {i}u + {j}u] = sum_{i}_{j};
    for (var i = 0u; i < 16u; i += 1u) {
        put(y, row + i / 4u * 8u, column + i % 4u * 8u, sums[i]);
    }
}

fn load(index: u32, depth: u32, first: vec2<u32>, matrices: vec2<u32>) {
    let by_depth = vec2<u32>(index / DEPTH, index % DEPTH);
    let by_side = vec2<u32>(index % SIDE, index / SIDE);
    let in_a = select(by_side, by_depth, step.a_by_depth != 0u);
    let row = first.x + in_a.x;
    let a_depth = depth + in_a.y;
    var sample = 0.0;
    if row < step.rows && a_depth < step.depth {
        sample = sample_at(matrices.x + row * step.a.row + a_depth * step.a.column);
    }
    left[in_a.y * STRIDE + in_a.x] = sample;
    let in_b = select(by_side, by_depth, step.b_by_depth != 0u);
    let column = first.y + in_b.x;
    let b_depth = depth + in_b.y;
    sample = 0.0;
    if column < step.columns && b_depth < step.depth {
        sample = sample_at(matrices.y + b_depth * step.b.row + column * step.b.column);
    }
    right[in_b.y * STRIDE + in_b.x] = sample;
}

fn put(y: u32, row: u32, column: u32, sum: f32) {
    if row < step.rows && column < step.columns {
        put_quad(y + row * step.y.row + column * step.y.column, 1u, vec4<f32>(sum));
    }
}
