//! Which kernel computes a convolution.

use super::super::super::program::{Border, Convolve};
use super::super::kernel::{Kernel, Tile};
use super::super::weights::Packing;
use super::super::words::Words;
use super::{Call, Lowered, in_quads};

/// Output pixels up to which weights are read only once.
const FEW_PIXELS: usize = 8;
/// Workgroups that keep a GPU busy. Larger tiles need less traffic, smaller ones make more of them.
const ENOUGH_GROUPS: usize = 128;
/// Steps of 16 along the depth that are worth a slice of their own.
const SHORTEST_SLICE: usize = 8;

/// How a convolution is cut into tiles.
struct Tiling {
    tile: Tile,
    column_tiles: usize,
    groups: usize,
    slices: usize,
    slice_steps: usize,
}

impl Tiling {
    fn new(pixels: usize, packing: Packing) -> Self {
        let tiles_of = |tile: Tile| {
            let columns = packing.out_quads.div_ceil(tile.channel_quads() as usize);
            pixels.div_ceil(tile.pixels() as usize) * columns
        };
        let busy = |tile: &Tile| tiles_of(*tile) >= ENOUGH_GROUPS;
        let candidates: &[Tile] = match packing.out_quads {
            1 => return Self::with(Tile::UP_TO_4, tiles_of(Tile::UP_TO_4), packing),
            2..=4 => &[Tile::UP_TO_16],
            5..=8 => &[Tile::UP_TO_32],
            _ => &[Tile::LARGE, Tile::MEDIUM],
        };
        let tile = candidates.iter().copied().find(busy);
        let tile = tile.unwrap_or(Tile::SMALL);
        Self::with(tile, tiles_of(tile), packing)
    }

    fn with(tile: Tile, groups: usize, packing: Packing) -> Self {
        let steps = packing.depth_quads.div_ceil(4);
        let slices = match groups < ENOUGH_GROUPS {
            true => (2 * ENOUGH_GROUPS / groups).min(steps / SHORTEST_SLICE),
            false => 1,
        };
        let slice_steps = steps.div_ceil(slices.max(1));
        Self {
            tile,
            column_tiles: packing.out_quads.div_ceil(tile.channel_quads() as usize),
            groups,
            slices: steps.div_ceil(slice_steps),
            slice_steps,
        }
    }
}

/// Appends the dispatches of a convolution.
pub(super) fn convolve(lowered: &mut Lowered, step: &Convolve) {
    let packing = Packing::of(step);
    let pixels = step.y.images * step.y.height * step.y.width;
    let maps = [Some(&step.x), Some(&step.y), step.plus.as_ref()];
    let by_quad = maps.into_iter().flatten().all(in_quads);
    let bound = lowered.weights_of(step);
    let tiling = Tiling::new(pixels, packing);
    let words = words(step, pixels, packing, &tiling);
    let effort = pixels * 16 * packing.depth_quads * packing.out_quads;
    let mut call = Call {
        kernel: Kernel::ConvolveTiles(tiling.tile),
        by_quad,
        bound,
        groups: (tiling.groups, tiling.slices),
        effort: effort as u64,
    };
    if pixels <= FEW_PIXELS {
        let reads = 16 * packing.depth_quads * packing.out_quads;
        call.kernel = Kernel::ConvolveFew(pixels.next_power_of_two() as u32);
        call.groups = (packing.out_quads.div_ceil(4), 1);
        call.effort = call.effort.max(16 * reads as u64);
        return lowered.push(call, words);
    }
    lowered.push(call, words.clone());
    if tiling.slices > 1 {
        let quads = pixels * packing.out_quads;
        lowered.reserve_scratch(tiling.slices * quads);
        let end = Call::each(
            Kernel::ConvolveSlices,
            by_quad,
            quads,
            (4 * quads * tiling.slices) as u64,
        );
        lowered.push(Call { bound, ..end }, words);
    }
}

fn words(step: &Convolve, pixels: usize, packing: Packing, tiling: &Tiling) -> Words {
    let [_, _, height, width] = step.kernels.shape;
    Words::default()
        .maps(&step.x)
        .maps(&step.y)
        .optional_maps(step.plus.as_ref())
        .then(step.then)
        .counts(&[height, width, step.stride, step.before.0, step.before.1])
        .flag(step.border == Border::Reflect)
        .counts(&[packing.in_quads, packing.out_quads, packing.depth_quads])
        .counts(&[pixels, tiling.column_tiles])
        .counts(&[tiling.slices, tiling.slice_steps])
        .flag(step.plus.is_some())
}
