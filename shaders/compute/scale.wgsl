// y = then(x · scale + shift), numbers per channel, or per image and channel.

struct Step {
    x: Maps,
    y: Maps,
    then: Then,
    scale: u32,
    scale_stride: u32,
    shift: u32,
    shift_stride: u32,
}

@group(0) @binding(2) var<uniform> step: Step;

@compute @workgroup_size(WORKGROUP)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let place = place_of(linear(group, groups) * WORKGROUP + lane, step.y);
    if place.image >= step.y.images {
        return;
    }
    let count = left_from(step.y, place.quad);
    let x = quad_at(at_place(step.x, place), count);
    let scale = quad_at(step.scale + place.image * step.scale_stride + 4u * place.quad, count);
    let shift = quad_at(step.shift + place.image * step.shift_stride + 4u * place.quad, count);
    put_quad(at_place(step.y, place), count, activate(fma(x, scale, shift), step.then));
}
