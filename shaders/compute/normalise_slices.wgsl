// The moments of each slice of pixels, channel by channel.

@compute @workgroup_size(WORKGROUP)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let here = station_of(linear(group, groups), lane, step.slices);
    if here.image >= step.x.images {
        return;
    }
    let per_pixel = quads(step.x);
    let pixels = pixels_of_slice(here.slice);
    var own = Moments(0.0, vec4<f32>(0.0), vec4<f32>(0.0));
    if here.quad < per_pixel && here.row < pixels {
        own = moments_of(here, pixels);
    }
    own = merged_over_rows(lane, own);
    if here.row == 0u && here.quad < per_pixel {
        let place = 2u * ((here.image * step.slices + here.slice) * per_pixel + here.quad);
        scratch[place] = own.mean;
        scratch[place + 1u] = own.squares;
    }
}

// Of the pixels of a lane's row; deviations from the first sample, so that a large mean does not
// swallow a small variance.
fn moments_of(here: Station, pixels: u32) -> Moments {
    let first = here.slice * step.slice_pixels + here.row;
    let count = (pixels + here.rows - 1u - here.row) / here.rows;
    let around = x_at(here.image, here.quad, first);
    var sum = vec4<f32>(0.0);
    var squared = vec4<f32>(0.0);
    for (var i = 1u; i < count; i += 1u) {
        let apart = x_at(here.image, here.quad, first + here.rows * i) - around;
        sum += apart;
        squared = fma(apart, apart, squared);
    }
    let share = sum / f32(count);
    return Moments(f32(count), around + share, max(squared - sum * share, vec4<f32>(0.0)));
}

fn x_at(image: u32, quad: u32, pixel: u32) -> vec4<f32> {
    let first = at(step.x, image, pixel / step.x.width, pixel % step.x.width);
    return quad_at(first + 4u * quad, left_from(step.x, quad));
}
