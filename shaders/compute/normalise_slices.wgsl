// The moments of each slice of pixels, channel by channel: a workgroup has 16 quads of channels, 16
// lanes share the pixels of the slice.

var<workgroup> counts: array<f32, WORKGROUP>;
var<workgroup> means: array<vec4<f32>, WORKGROUP>;
var<workgroup> squares: array<vec4<f32>, WORKGROUP>;

@compute @workgroup_size(WORKGROUP)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let per_pixel = quads(step.x);
    let blocks = (per_pixel + 15u) / 16u;
    let index = linear(group, groups);
    let slice = index % step.slices;
    let quad = index / step.slices % blocks * 16u + lane % 16u;
    let image = index / step.slices / blocks;
    if image >= step.x.images {
        return;
    }
    var own = Moments(0.0, vec4<f32>(0.0), vec4<f32>(0.0));
    let pixels = pixels_of_slice(slice);
    if quad < per_pixel && lane / 16u < pixels {
        own = moments_of(image, quad, slice * step.slice_pixels + lane / 16u, (pixels + 15u - lane / 16u) / 16u);
    }
    counts[lane] = own.count;
    means[lane] = own.mean;
    squares[lane] = own.squares;
    workgroupBarrier();
    for (var reach = WORKGROUP / 2u; reach >= 16u; reach /= 2u) {
        if lane < reach {
            let other = lane + reach;
            own = merged(own, Moments(counts[other], means[other], squares[other]));
            counts[lane] = own.count;
            means[lane] = own.mean;
            squares[lane] = own.squares;
        }
        workgroupBarrier();
    }
    if lane < 16u && quad < per_pixel {
        let place = 2u * ((image * step.slices + slice) * per_pixel + quad);
        scratch[place] = own.mean;
        scratch[place + 1u] = own.squares;
    }
}

// Deviations from the first sample, so that a large mean does not swallow a small variance.
fn moments_of(image: u32, quad: u32, first: u32, count: u32) -> Moments {
    let around = x_at(image, quad, first);
    var sum = vec4<f32>(0.0);
    var squared = vec4<f32>(0.0);
    for (var i = 1u; i < count; i += 1u) {
        let apart = x_at(image, quad, first + 16u * i) - around;
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
