// A workgroup as rows of `quad_lanes` lanes, a quad of channels each: what its rows found is merged.

var<workgroup> counts: array<f32, WORKGROUP>;
var<workgroup> means: array<vec4<f32>, WORKGROUP>;
var<workgroup> squares: array<vec4<f32>, WORKGROUP>;

// Where a lane works.
struct Station {
    image: u32,
    // Of the slices of pixels, where the groups have one each.
    slice: u32,
    quad: u32,
    row: u32,
    rows: u32,
}

// The station of a lane of the group with that index, of groups for each image, block of quads and
// slice.
fn station_of(index: u32, lane: u32, slices: u32) -> Station {
    let blocks = (quads(step.x) + step.quad_lanes - 1u) / step.quad_lanes;
    return Station(
        index / slices / blocks,
        index % slices,
        index / slices % blocks * step.quad_lanes + lane % step.quad_lanes,
        lane / step.quad_lanes,
        WORKGROUP / step.quad_lanes,
    );
}

// The moments that all rows found of a quad, in the lanes of the first row.
fn merged_over_rows(lane: u32, found: Moments) -> Moments {
    var own = found;
    counts[lane] = own.count;
    means[lane] = own.mean;
    squares[lane] = own.squares;
    workgroupBarrier();
    for (var reach = WORKGROUP / 2u; reach >= step.quad_lanes; reach /= 2u) {
        if lane < reach {
            let other = lane + reach;
            own = merged(own, Moments(counts[other], means[other], squares[other]));
            counts[lane] = own.count;
            means[lane] = own.mean;
            squares[lane] = own.squares;
        }
        workgroupBarrier();
    }
    return own;
}
