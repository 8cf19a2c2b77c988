// The transform Aᵀ m A of each block's products, and the end of the convolution.

fn product(place: u32, index: u32) -> vec4<f32> {
    return scratch[step.products + place * step.blocks * step.out_quads + index];
}

@compute @workgroup_size(WORKGROUP)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let index = linear(group, groups) * WORKGROUP + lane;
    if index >= step.blocks * step.out_quads {
        return;
    }
    var upper = mat4x4<f32>();
    var lower = mat4x4<f32>();
    for (var column = 0u; column < 4u; column += 1u) {
        let middle = product(4u + column, index);
        let next = product(8u + column, index);
        upper[column] = product(column, index) + middle + next;
        lower[column] = middle - next - product(12u + column, index);
    }
    let block = index / step.out_quads;
    let block_row = block / step.block_columns;
    let image_row = block_row / step.block_rows * step.y.height;
    for (var i = 0u; i < 4u; i += 1u) {
        let row = block_row % step.block_rows * 2u + i / 2u;
        let column = block % step.block_columns * 2u + i % 2u;
        if row < step.y.height && column < step.y.width {
            var sums = upper;
            if i >= 2u {
                sums = lower;
            }
            let left = sums[0] + sums[1] + sums[2];
            let right = sums[1] - sums[2] - sums[3];
            let pixel = (image_row + row) * step.y.width + column;
            finish(pixel, index % step.out_quads, select(left, right, i % 2u == 1u));
        }
    }
}
