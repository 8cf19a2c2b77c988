// y = then((x − mean) / deviation · scale + shift + plus), from settled moments.

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
    let plane = place.image * quads(step.x) + place.quad;
    let settled = step.settled + 2u * select(plane, place.image, step.over_image != 0u);
    let x = quad_at(at_place(step.x, place), count);
    var result = (x - scratch[settled]) * scratch[settled + 1u];
    if step.with_affine != 0u {
        let scale = quad_at(step.scale + place.image * step.scale_stride + 4u * place.quad, count);
        let shift = quad_at(step.shift + place.image * step.shift_stride + 4u * place.quad, count);
        result = fma(result, scale, shift);
    }
    if step.with_plus != 0u {
        result += quad_at(at_place(step.plus, place), count);
    }
    put_quad(at_place(step.y, place), count, activate(result, step.then));
}
