// Merges the moments of the slices: for each image and channel, or for each image.

var<workgroup> counts: array<f32, WORKGROUP>;
var<workgroup> means: array<f32, WORKGROUP>;
var<workgroup> squares: array<f32, WORKGROUP>;

@compute @workgroup_size(WORKGROUP)
fn over_plane(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let per_pixel = quads(step.x);
    let index = linear(group, groups) * WORKGROUP + lane;
    if index >= step.x.images * per_pixel {
        return;
    }
    var own = Moments(0.0, vec4<f32>(0.0), vec4<f32>(0.0));
    for (var slice = 0u; slice < step.slices; slice += 1u) {
        let place = 2u * ((index / per_pixel * step.slices + slice) * per_pixel + index % per_pixel);
        let count = f32(pixels_of_slice(slice));
        own = merged(own, Moments(count, scratch[place], scratch[place + 1u]));
    }
    scratch[step.settled + 2u * index] = own.mean;
    scratch[step.settled + 2u * index + 1u] = reciprocal_deviation(own);
}

// A workgroup per image.
@compute @workgroup_size(WORKGROUP)
fn over_image(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let image = linear(group, groups);
    if image >= step.x.images {
        return;
    }
    let per_pixel = quads(step.x);
    var own = Moments(0.0, vec4<f32>(0.0), vec4<f32>(0.0));
    for (var i = lane; i < step.slices * per_pixel; i += WORKGROUP) {
        let place = 2u * (image * step.slices * per_pixel + i);
        let count = f32(pixels_of_slice(i / per_pixel));
        own = merged(own, over_channels(count, i % per_pixel, scratch[place], scratch[place + 1u]));
    }
    counts[lane] = own.count;
    means[lane] = own.mean.x;
    squares[lane] = own.squares.x;
    workgroupBarrier();
    for (var reach = WORKGROUP / 2u; reach >= 1u; reach /= 2u) {
        if lane < reach {
            let other = lane + reach;
            own = merged(own, Moments(counts[other], vec4<f32>(means[other]), vec4<f32>(squares[other])));
            counts[lane] = own.count;
            means[lane] = own.mean.x;
            squares[lane] = own.squares.x;
        }
        workgroupBarrier();
    }
    if lane == 0u {
        scratch[step.settled + 2u * image] = own.mean;
        scratch[step.settled + 2u * image + 1u] = reciprocal_deviation(own);
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
