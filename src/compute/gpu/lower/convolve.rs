//! Which kernel computes a convolution.

use super::super::super::program::{Border, Convolve};
use super::super::kernel::{Kernel, Tile};
use super::super::weights::{Method, PLACES, Packing};
use super::super::words::Words;
use super::{Call, Lowered, Means, in_quads};

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
    fn new(pixels: usize, packing: Packing, means: Means) -> Self {
        let tiles_of = |tile: Tile| {
            let columns = packing.out_quads.div_ceil(tile.channel_quads() as usize);
            pixels.div_ceil(tile.pixels() as usize) * columns
        };
        let busy = |tile: &Tile| tiles_of(*tile) >= ENOUGH_GROUPS;
        let candidates: &[Tile] = match packing.out_quads {
            1 => return Self::with(Tile::UP_TO_4, tiles_of(Tile::UP_TO_4), packing),
            2..=4 => &[Tile::UP_TO_16],
            5..=8 => &[Tile::UP_TO_32],
            _ => wide_tiles(means),
        };
        let tile = candidates.iter().copied().find(busy);
        let tile = tile.unwrap_or(Tile::SMALL);
        Self::with(tile, tiles_of(tile), packing)
    }

    /// Of Winograd's products: the 16 places of a block are the slices.
    fn of_places(blocks: usize, packing: Packing, means: Means) -> Self {
        let groups_of = |tile: &Tile| {
            let columns = packing.out_quads.div_ceil(tile.channel_quads() as usize);
            blocks.div_ceil(tile.pixels() as usize) * columns
        };
        let busy = |tile: &Tile| PLACES * groups_of(tile) >= ENOUGH_GROUPS;
        let tile = wide_tiles(means).iter().copied().find(busy);
        let tile = tile.unwrap_or(Tile::SMALL);
        Self {
            column_tiles: packing.out_quads.div_ceil(tile.channel_quads() as usize),
            groups: groups_of(&tile),
            tile,
            slices: PLACES,
            slice_steps: packing.in_quads / 4,
        }
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

/// The tiles for many channels, the largest first.
fn wide_tiles(means: Means) -> &'static [Tile] {
    match means.large_tiles {
        true => &[Tile::LARGE, Tile::MEDIUM],
        false => &[Tile::MEDIUM],
    }
}

/// Appends the dispatches of a convolution.
pub(super) fn convolve(lowered: &mut Lowered, step: &Convolve) {
    let pixels = step.y.images * step.y.height * step.y.width;
    let blocks = Blocks::of(step);
    if blocks.suit(step) && blocks.scratch_quads(step) <= lowered.means.scratch_quads {
        winograd(lowered, step, &blocks);
    } else if pixels <= FEW_PIXELS {
        few(lowered, step, pixels);
    } else if step.stride == 1 && step.y.channels <= 4 {
        strips(lowered, step, pixels);
    } else {
        tiles(lowered, step, pixels);
    }
}

fn few(lowered: &mut Lowered, step: &Convolve, pixels: usize) {
    let packing = Packing::of(step, Method::Direct);
    let products = 16 * packing.depth_quads * packing.out_quads;
    let call = Call {
        kernel: Kernel::ConvolveFew(pixels.next_power_of_two() as u32),
        by_quad: by_quad(step),
        bound: lowered.weights_of(step, Method::Direct),
        groups: (packing.out_quads.div_ceil(4), 1),
        // Reading a weight takes as long as 16 multiplications.
        effort: (products * pixels.max(16)) as u64,
    };
    let tiling = Tiling::new(pixels, packing, lowered.means);
    lowered.push(call, words(step, packing, &tiling, &Blocks::default()));
}

fn strips(lowered: &mut Lowered, step: &Convolve, pixels: usize) {
    const STRIPS_OF_A_GROUP: usize = 8;
    let packing = Packing::of(step, Method::Direct);
    let strips = step.y.images * step.y.height * step.y.width.div_ceil(4);
    let call = Call {
        kernel: Kernel::ConvolveStrips,
        by_quad: by_quad(step),
        bound: lowered.weights_of(step, Method::Direct),
        groups: (strips.div_ceil(STRIPS_OF_A_GROUP), 1),
        // Reading counts, not multiplying.
        effort: (4 * pixels * 16 * packing.depth_quads) as u64,
    };
    let tiling = Tiling::new(pixels, packing, lowered.means);
    lowered.push(call, words(step, packing, &tiling, &Blocks::default()));
}

fn tiles(lowered: &mut Lowered, step: &Convolve, pixels: usize) {
    let packing = Packing::of(step, Method::Direct);
    let tiling = Tiling::new(pixels, packing, lowered.means);
    let words = words(step, packing, &tiling, &Blocks::default());
    let bound = lowered.weights_of(step, Method::Direct);
    let call = Call {
        kernel: Kernel::ConvolveTiles(tiling.tile),
        by_quad: by_quad(step),
        bound,
        groups: (tiling.groups, tiling.slices),
        effort: (pixels * 16 * packing.depth_quads * packing.out_quads) as u64,
    };
    lowered.push(call, words.clone());
    if tiling.slices > 1 {
        let quads = pixels * packing.out_quads;
        let moved = (4 * quads * tiling.slices) as u64;
        lowered.reserve_scratch(tiling.slices * quads);
        let end = Call::each(Kernel::ConvolveSlices, call.by_quad, quads, moved);
        lowered.push(Call { bound, ..end }, words);
    }
}

/// Winograd's blocks of 2 × 2 output pixels.
#[derive(Default)]
struct Blocks {
    rows: usize,
    columns: usize,
    total: usize,
    /// Where their products begin in scratch.
    products: usize,
}

impl Blocks {
    fn of(step: &Convolve) -> Self {
        let (rows, columns) = (step.y.height.div_ceil(2), step.y.width.div_ceil(2));
        let total = step.y.images * rows * columns;
        Self {
            rows,
            columns,
            total,
            products: PLACES * total * step.x.channels.div_ceil(4),
        }
    }

    fn scratch_quads(&self, step: &Convolve) -> usize {
        self.products + PLACES * self.total * step.y.channels.div_ceil(4)
    }

    /// Whether Winograd's method pays: it reads and writes four times the maps, and nearly twice the
    /// weights.
    fn suit(&self, step: &Convolve) -> bool {
        const LEAST_CHANNELS: usize = 128;
        const LEAST_BLOCKS: usize = 64;
        let [outputs, inputs, height, width] = step.kernels.shape;
        (height, width, step.stride) == (3, 3, 1)
            && inputs.min(outputs) >= LEAST_CHANNELS
            && self.total >= LEAST_BLOCKS
    }
}

fn winograd(lowered: &mut Lowered, step: &Convolve, blocks: &Blocks) {
    let packing = Packing::of(step, Method::Winograd);
    let tiling = Tiling::of_places(blocks.total, packing, lowered.means);
    let words = words(step, packing, &tiling, blocks);
    let bound = lowered.weights_of(step, Method::Winograd);
    lowered.reserve_scratch(blocks.scratch_quads(step));
    let (by_quad, scratch) = (by_quad(step), blocks.scratch_quads(step));
    let moved = |quads: usize| 5 * quads as u64;
    let inputs = blocks.products / PLACES;
    let outputs = scratch / PLACES - inputs;
    let input = Call::each(
        Kernel::WinogradInput,
        by_quad,
        inputs,
        moved(blocks.products),
    );
    let products = Call {
        kernel: Kernel::WinogradTiles(tiling.tile),
        by_quad,
        bound,
        groups: (tiling.groups, tiling.slices),
        effort: (blocks.total * 16 * packing.depth_quads * packing.out_quads) as u64,
    };
    let output = moved(scratch - blocks.products);
    let output = Call::each(Kernel::WinogradOutput, by_quad, outputs, output);
    lowered.push(Call { bound, ..input }, words.clone());
    lowered.push(products, words.clone());
    lowered.push(Call { bound, ..output }, words);
}

fn by_quad(step: &Convolve) -> bool {
    let maps = [Some(&step.x), Some(&step.y), step.plus.as_ref()];
    maps.into_iter().flatten().all(in_quads)
}

fn words(step: &Convolve, packing: Packing, tiling: &Tiling, blocks: &Blocks) -> Words {
    let [_, _, height, width] = step.kernels.shape;
    let pixels = step.y.images * step.y.height * step.y.width;
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
        .counts(&[blocks.rows, blocks.columns, blocks.total, blocks.products])
}
