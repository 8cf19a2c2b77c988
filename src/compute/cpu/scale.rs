//! Numbers per channel, applied.

use pulp::Arch;

use super::super::program::{Maps, Scale, Table};
use super::arena::Arena;
use super::job::{Job, SAMPLE, Stage, per_chunk, range};
use super::math;

impl Job for Scale {
    fn stages(&self) -> Vec<Stage> {
        let rows = self.y.images * self.y.height;
        vec![Stage::new(
            rows.div_ceil(rows_per_chunk(&self.y)),
            self.y.len() * SAMPLE,
        )]
    }

    fn run(&self, arena: &Arena, _: usize, chunk: usize, _: usize) {
        let rows = range(
            chunk,
            rows_per_chunk(&self.y),
            self.y.images * self.y.height,
        );
        Arch::new().dispatch(
            #[inline(always)]
            || {
                for row in rows {
                    self.row(arena, row / self.y.height, row % self.y.height);
                }
            },
        );
    }
}

/// How many rows of maps a chunk has when little is computed per sample.
pub(super) fn rows_per_chunk(maps: &Maps) -> usize {
    per_chunk(
        maps.images * maps.height,
        maps.width * maps.channels * SAMPLE,
    )
}

/// An image's numbers.
#[inline(always)]
pub(super) fn numbers(arena: &Arena, table: Table, image: usize, channels: usize) -> &[f32] {
    arena.part(table.first + image * table.image_stride, channels)
}

/// `y = x · scale + shift`, then a slice of `plus`, then the activation.
#[inline(always)]
pub(super) fn scaled((x, y): (&[f32], &mut [f32]), (scale, shift): (&[f32], &[f32])) {
    let numbers = scale.iter().zip(shift);
    for ((y, x), (scale, shift)) in y.iter_mut().zip(x).zip(numbers) {
        *y = x * scale + shift;
    }
}

trait Row {
    fn row(&self, arena: &Arena, image: usize, row: usize);
}

impl Row for Scale {
    #[inline(always)]
    fn row(&self, arena: &Arena, image: usize, row: usize) {
        let channels = self.y.channels;
        let scale = numbers(arena, self.scale, image, channels);
        let shift = numbers(arena, self.shift, image, channels);
        for column in 0..self.y.width {
            let x = arena.part(self.x.at(image, row, column), channels);
            let y = arena.part_mut(self.y.at(image, row, column), channels);
            scaled((x, y), (scale, shift));
            math::activate(self.then, y);
        }
    }
}
