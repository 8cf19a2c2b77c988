// A matrix product of few rows: a workgroup has 4 rows and 16 columns, 16 lanes share the depth.

var<workgroup> partial: array<vec4<f32>, WORKGROUP>;

@compute @workgroup_size(WORKGROUP)
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
    let row = tile / step.column_tiles % step.row_tiles * 4u;
    let by_depth = step.b_by_depth != 0u;
    let place = select(lane % 16u, lane / 16u, by_depth);
    let depth_lane = select(lane / 16u, lane % 16u, by_depth);
    let column = tile % step.column_tiles * 16u + place;
    let b = matrix(step.b, batch) + min(column, step.columns - 1u) * step.b.column;
    let a = matrix(step.a, batch);
    #for i<4: let a_{i} = a + min(row + {i}u, step.rows - 1u) * step.a.row;
    var sum = vec4<f32>(0.0);
    for (var k = depth_lane; k < step.depth; k += 16u) {
        let across = k * step.a.column;
        let column_of_a = vec4<f32>(
            sample_at(a_0 + across),
            sample_at(a_1 + across),
            sample_at(a_2 + across),
            sample_at(a_3 + across),
        );
        sum = fma(column_of_a, vec4<f32>(sample_at(b + k * step.b.row)), sum);
    }
    partial[depth_lane * 16u + place] = sum;
    workgroupBarrier();
    for (var reach = WORKGROUP / 2u; reach >= 16u; reach /= 2u) {
        if lane < reach {
            partial[lane] += partial[lane + reach];
        }
        workgroupBarrier();
    }
    if lane < 16u {
        let y = matrix(step.y, batch);
        let sums = partial[lane];
        let written = tile % step.column_tiles * 16u + lane;
        put(y, row, written, sums.x);
        put(y, row + 1u, written, sums.y);
        put(y, row + 2u, written, sums.z);
        put(y, row + 3u, written, sums.w);
    }
}

fn put(y: u32, row: u32, column: u32, sum: f32) {
    if row < step.rows && column < step.columns {
        put_quad(y + row * step.y.row + column * step.y.column, 1u, vec4<f32>(sum));
    }
}
