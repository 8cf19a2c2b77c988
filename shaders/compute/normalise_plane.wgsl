// Merges the moments of the slices of each image and channel: a workgroup for a block of quads, whose
// rows share the slices.

@compute @workgroup_size(WORKGROUP)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let here = station_of(linear(group, groups), lane, 1u);
    if here.image >= step.x.images {
        return;
    }
    let per_pixel = quads(step.x);
    var own = Moments(0.0, vec4<f32>(0.0), vec4<f32>(0.0));
    if here.quad < per_pixel {
        for (var slice = here.row; slice < step.slices; slice += here.rows) {
            let place = 2u * ((here.image * step.slices + slice) * per_pixel + here.quad);
            let count = f32(pixels_of_slice(slice));
            own = merged(own, Moments(count, scratch[place], scratch[place + 1u]));
        }
    }
    own = merged_over_rows(lane, own);
    if here.row == 0u && here.quad < per_pixel {
        let settled = step.settled + 2u * (here.image * per_pixel + here.quad);
        scratch[settled] = own.mean;
        scratch[settled + 1u] = reciprocal_deviation(own);
    }
}
