// Adds the slices into which a deep convolution of few outputs was cut, and ends it.

@compute @workgroup_size(WORKGROUP)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let index = linear(group, groups) * WORKGROUP + lane;
    let per_slice = step.pixels * step.out_quads;
    if index >= per_slice {
        return;
    }
    var sum = vec4<f32>(0.0);
    for (var slice = 0u; slice < step.slices; slice += 1u) {
        sum += scratch[slice * per_slice + index];
    }
    finish(index / step.out_quads, index % step.out_quads, sum);
}
