// Moves samples between the arena and a buffer of f32 that the processor writes or reads.

struct Step {
    // The first sample in the arena and in the buffer, and how many.
    here: u32,
    there: u32,
    total: u32,
}

@group(0) @binding(1) var<storage, read> given: array<f32>;
@group(0) @binding(2) var<uniform> step: Step;
@group(0) @binding(3) var<storage, read_write> taken: array<f32>;

@compute @workgroup_size(WORKGROUP)
fn give(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let index = linear(group, groups) * WORKGROUP + lane;
    if index < step.total {
        put_quad(step.here + index, 1u, vec4<f32>(given[step.there + index]));
    }
}

@compute @workgroup_size(WORKGROUP)
fn take(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let index = linear(group, groups) * WORKGROUP + lane;
    if index < step.total {
        taken[step.there + index] = sample_at(step.here + index);
    }
}
