// Lavin and Gray's F(2 × 2, 3 × 3), 2016: the transform Bᵀ d B of each block's 4 × 4 input pixels.

fn across(d: mat4x4<f32>) -> mat4x4<f32> {
    return mat4x4<f32>(d[0] - d[2], d[1] + d[2], d[2] - d[1], d[1] - d[3]);
}

@compute @workgroup_size(WORKGROUP)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let per_block = quads(step.x);
    let index = linear(group, groups) * WORKGROUP + lane;
    if index >= step.blocks * per_block {
        return;
    }
    let quad = index % per_block;
    let block = index / per_block;
    let block_row = block / step.block_columns;
    let image = block_row / step.block_rows;
    let first = vec2<i32>(
        2 * i32(block_row % step.block_rows) - i32(step.top),
        2 * i32(block % step.block_columns) - i32(step.left),
    );
    // Each row of the block, transformed along the row: four quads, one for each column.
    var rows: array<mat4x4<f32>, 4>;
    for (var row = 0; row < 4; row += 1) {
        rows[row] = across(mat4x4<f32>(
            input_at(image, first + vec2<i32>(row, 0), quad),
            input_at(image, first + vec2<i32>(row, 1), quad),
            input_at(image, first + vec2<i32>(row, 2), quad),
            input_at(image, first + vec2<i32>(row, 3), quad),
        ));
    }
    for (var column = 0u; column < 4u; column += 1u) {
        let down = across(mat4x4<f32>(
            rows[0][column],
            rows[1][column],
            rows[2][column],
            rows[3][column],
        ));
        for (var row = 0u; row < 4u; row += 1u) {
            scratch[((4u * row + column) * step.blocks + block) * per_block + quad] = down[row];
        }
    }
}
