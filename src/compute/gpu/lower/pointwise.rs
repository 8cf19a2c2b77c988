//! Scaling, normalisation and resampling.

use super::super::super::program::{
    Deviation, Normalise, Over, Resample, Resampling, Scale, Table,
};
use super::super::kernel::Kernel;
use super::super::words::Words;
use super::{Call, Lowered, in_quads, quads_of};

/// Workgroups that keep a GPU busy with reading.
const ENOUGH_GROUPS: usize = 256;
/// Pixels that are worth a slice of their own.
const SHORTEST_SLICE: usize = 64;

/// Quads of channels that neighbouring lanes of a workgroup read; fewer leave more lanes for pixels.
const MOST_QUAD_LANES: usize = 16;

fn table_in_quads(table: Table) -> bool {
    table.first.is_multiple_of(4) && table.image_stride.is_multiple_of(4)
}

/// Appends the dispatch of a scaling.
pub(super) fn scale(lowered: &mut Lowered, step: &Scale) {
    let by_quad = [step.x, step.y].iter().all(in_quads)
        && [step.scale, step.shift].into_iter().all(table_in_quads);
    let words = Words::default()
        .maps(&step.x)
        .maps(&step.y)
        .then(step.then)
        .counts(&[step.scale.first, step.scale.image_stride])
        .counts(&[step.shift.first, step.shift.image_stride]);
    let total = quads_of(&step.y);
    let call = Call::each(Kernel::Scale, by_quad, total, 4 * total as u64);
    lowered.push(call, words);
}

/// Appends the dispatches of a normalisation.
pub(super) fn normalise(lowered: &mut Lowered, step: &Normalise) {
    let tables = step.affine.map(|(scale, shift)| [scale, shift]);
    let maps = [Some(&step.x), Some(&step.y), step.plus.as_ref()];
    let by_quad = maps.into_iter().flatten().all(in_quads)
        && tables.into_iter().flatten().all(table_in_quads);
    let x = &step.x;
    let (pixels, quads) = (x.height * x.width, x.channels.div_ceil(4));
    let quad_lanes = quads.next_power_of_two().min(MOST_QUAD_LANES);
    let blocks = x.images * quads.div_ceil(quad_lanes);
    let slices = ENOUGH_GROUPS
        .div_ceil(blocks)
        .clamp(1, pixels.div_ceil(SHORTEST_SLICE));
    let slice_pixels = pixels.div_ceil(slices);
    let slices = pixels.div_ceil(slice_pixels);
    let settled = 2 * x.images * slices * quads;
    lowered.reserve_scratch(settled + 2 * x.images * quads);

    let (unbiased, epsilon) = match step.deviation {
        Deviation::Biased(epsilon) => (false, epsilon),
        Deviation::Unbiased(epsilon) => (true, epsilon),
    };
    let table = |index: usize| tables.map_or([0, 0], |tables| numbers(tables[index]));
    let words = Words::default()
        .maps(x)
        .maps(&step.y)
        .optional_maps(step.plus.as_ref())
        .then(step.then)
        .counts(&[slices, slice_pixels, quad_lanes, settled])
        .flag(step.over == Over::Image)
        .flag(unbiased)
        .number(epsilon)
        .flag(tables.is_some())
        .flag(step.plus.is_some())
        .counts(&table(0))
        .counts(&table(1));
    let total = quads_of(x);
    let read = 4 * total as u64;
    let first = Call::groups(Kernel::NormaliseSlices, by_quad, blocks * slices, read);
    let moments = (x.images * quads * slices) as u64;
    let second = match step.over {
        Over::Plane => Call::groups(Kernel::MomentsOverPlane, by_quad, blocks, moments),
        Over::Image => Call::groups(Kernel::MomentsOverImage, by_quad, x.images, moments),
    };
    lowered.push(first, words.clone());
    lowered.push(second, words.clone());
    lowered.push(Call::each(Kernel::Normalise, by_quad, total, read), words);
}

fn numbers(table: Table) -> [usize; 2] {
    [table.first, table.image_stride]
}

/// Appends the dispatch of a resampling.
pub(super) fn resample(lowered: &mut Lowered, step: &Resample) {
    let by_quad = in_quads(&step.x) && in_quads(&step.y);
    let words = Words::default().maps(&step.x).maps(&step.y);
    let how = match step.how {
        Resampling::TwiceBilinear => 0,
        Resampling::TwiceNearest => 1,
        Resampling::Half => 2,
        Resampling::Mean => {
            let blocks = step.x.images * step.x.channels.div_ceil(4).div_ceil(16);
            let call = Call::groups(Kernel::Mean, by_quad, blocks, step.x.len() as u64);
            return lowered.push(call, words);
        }
    };
    let total = quads_of(&step.y);
    let call = Call::each(Kernel::Resample, by_quad, total, 4 * total as u64);
    lowered.push(call, words.counts(&[how]));
}
