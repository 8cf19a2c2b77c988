// Merges the moments of the slices and channels of each image: a workgroup per image.

@compute @workgroup_size(LANES)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    lane: Lane,
) {
    let image = linear(group, groups);
    if image >= step.x.images {
        return;
    }
    let per_pixel = quads(step.x);
    var own = Moments(0.0, vec4<f32>(0.0), vec4<f32>(0.0));
    for (var i = lane.index; i < step.slices * per_pixel; i += LANES) {
        let place = 2u * (image * step.slices * per_pixel + i);
        let count = f32(pixels_of_slice(i / per_pixel));
        own = merged(own, over_channels(count, i % per_pixel, scratch[place], scratch[place + 1u]));
    }
    let count = sum_of(lane, own.count);
    let mean = sum_of(lane, own.count * own.mean.x) / count;
    let apart = own.mean.x - mean;
    let squares = sum_of(lane, own.squares.x + own.count * apart * apart);
    if lane.index == 0u {
        let all = Moments(count, vec4<f32>(mean), vec4<f32>(squares));
        scratch[step.settled + 2u * image] = all.mean;
        scratch[step.settled + 2u * image + 1u] = reciprocal_deviation(all);
    }
}

// Merges the channels of a quad that exist; the result is the same in all four components.
fn over_channels(count: f32, quad: u32, mean: vec4<f32>, squared: vec4<f32>) -> Moments {
    let channels = min(left_from(step.x, quad), 4u);
    var all = Moments(count, vec4<f32>(mean.x), vec4<f32>(squared.x));
    if channels > 1u {
        all = merged(all, Moments(count, vec4<f32>(mean.y), vec4<f32>(squared.y)));
    }
    if channels > 2u {
        all = merged(all, Moments(count, vec4<f32>(mean.z), vec4<f32>(squared.z)));
    }
    if channels > 3u {
        all = merged(all, Moments(count, vec4<f32>(mean.w), vec4<f32>(squared.w)));
    }
    return all;
}
