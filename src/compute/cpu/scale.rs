//! Numbers per channel, applied.

use pulp::Arch;

use super::super::program::{Maps, Scale, Table};
use super::arena::Arena;
use super::job::{Job, SAMPLE, Stage, per_chunk, range};
use super::math;

/// Samples that are worked on at a time.
const SPAN: usize = 256;

impl Job for Scale {
    fn stages(&self) -> Vec<Stage> {
        let rows = self.y.images * self.y.height;
        let chunks = rows.div_ceil(rows_per_chunk(&self.y));
        vec![Stage::new(chunks, self.y.len() * SAMPLE)]
    }

    fn own(&self) -> usize {
        2 * span(self.y.channels)
    }

    fn run(&self, arena: &Arena, _: usize, chunk: usize, own: usize) {
        let (height, channels) = (self.y.height, self.y.channels);
        let rows = range(chunk, rows_per_chunk(&self.y), self.y.images * height);
        let span = span(channels);
        let (scales, shifts) = arena.part_mut(own, 2 * span).split_at_mut(span);
        Arch::new().dispatch(
            #[inline(always)]
            || {
                let mut repeated = None;
                for row in rows {
                    let (image, row) = (row / height, row % height);
                    if repeated.replace(image) != Some(image) {
                        repeat(numbers(arena, self.scale, image, channels), scales);
                        repeat(numbers(arena, self.shift, image, channels), shifts);
                    }
                    for (column, len) in pieces(&[&self.x, &self.y]) {
                        let x = arena.part(self.x.at(image, row, column), len);
                        let y = arena.part_mut(self.y.at(image, row, column), len);
                        scaled(x, y, (scales, shifts));
                        math::activate(self.then, y);
                    }
                }
            },
        );
    }
}

/// How many rows of maps a chunk has when little is computed per sample.
pub(super) fn rows_per_chunk(maps: &Maps) -> usize {
    let cost = maps.width * maps.channels * SAMPLE;
    per_chunk(maps.images * maps.height, cost)
}

/// An image's numbers.
#[inline(always)]
pub(super) fn numbers(arena: &Arena, table: Table, image: usize, channels: usize) -> &[f32] {
    arena.part(table.first + image * table.image_stride, channels)
}

/// How many samples are worked on at a time: whole pixels, and enough of them that loops over few
/// channels are worth their start.
pub(super) fn span(channels: usize) -> usize {
    channels * (SPAN / channels).max(1)
}

/// Writes numbers again and again.
#[inline(always)]
pub(super) fn repeat(numbers: &[f32], to: &mut [f32]) {
    for to in to.chunks_exact_mut(numbers.len()) {
        to.copy_from_slice(numbers);
    }
}

/// What of a row lies together in all of some maps of one size: first columns and samples.
#[inline(always)]
pub(super) fn pieces(maps: &[&Maps]) -> impl Iterator<Item = (usize, usize)> {
    let (width, channels) = (maps[0].width, maps[0].channels);
    let dense = maps.iter().all(|maps| maps.pixel_stride == channels);
    let pixels = if dense { width } else { 1 };
    let columns = (0..width).step_by(pixels);
    columns.map(move |column| (column, pixels * channels))
}

/// `y = x · scale + shift`, the numbers repeated.
#[inline(always)]
pub(super) fn scaled(x: &[f32], y: &mut [f32], (scale, shift): (&[f32], &[f32])) {
    for (x, y) in x.chunks(scale.len()).zip(y.chunks_mut(scale.len())) {
        let numbers = scale.iter().zip(shift);
        for ((y, x), (scale, shift)) in y.iter_mut().zip(x).zip(numbers) {
            *y = x * scale + shift;
        }
    }
}
