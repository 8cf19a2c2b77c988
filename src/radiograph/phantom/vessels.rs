//! The phantom's lung vessels: a seeded tree from each hilum, drawn as chords through tubes.

use super::shape::{chance, rise};
use super::soft::cage_half_width;

/// Path lengths of blood, one cell per pixel of the film.
pub(super) struct Vessels {
    columns: usize,
    rows: usize,
    /// Pixels per design unit.
    scale: f32,
    depths: Vec<f32>,
}

#[derive(Clone, Copy)]
struct Twig {
    x: f32,
    y: f32,
    angle: f32,
    radius: f32,
    generation: u32,
}

impl Vessels {
    /// Grows the trees of both lungs.
    pub(super) fn grow(seed: u64, columns: usize, rows: usize) -> Self {
        let mut vessels = Self {
            columns,
            rows,
            scale: columns as f32 / 1024.0,
            depths: vec![0.0; columns * rows],
        };
        for side in [-1.0_f32, 1.0] {
            let hilum_y = if side < 0.0 { 520.0 } else { 498.0 };
            // From upwards to downwards; lower branches are wider, as in a standing patient.
            for (branch, &angle) in [-1.45_f32, -0.95, -0.45, 0.05, 0.5, 0.85, 1.15, 1.4]
                .iter()
                .enumerate()
            {
                let salt = (branch as i64) * 2 + i64::from(side > 0.0);
                let twig = Twig {
                    x: side * (72.0 + 10.0 * angle.cos()),
                    y: hilum_y + 46.0 * angle.sin(),
                    angle,
                    radius: 7.6 + 2.4 * angle.sin(),
                    generation: 0,
                };
                vessels.branch(seed.wrapping_add(salt as u64 * 7919), side, twig);
            }
        }
        vessels
    }

    /// Returns the blood over a pixel.
    pub(super) fn at(&self, column: usize, row: usize) -> f32 {
        self.depths[row * self.columns + column]
    }

    /// Draws one twig as a chain of short tubes and forks at its end.
    fn branch(&mut self, seed: u64, side: f32, mut twig: Twig) {
        if twig.generation > 7 || twig.radius < 0.6 {
            return;
        }
        let length = 46.0 + 44.0 * chance(seed, 1, 0);
        let steps = (length / 0.8) as usize;
        let curl = (chance(seed, 2, 0) - 0.5) * 1.1;
        for _ in 0..steps {
            let step = length / steps as f32;
            twig.x += side * twig.angle.cos() * step;
            twig.y += twig.angle.sin() * step;
            twig.angle += curl / steps as f32;
            twig.radius *= 0.9985;
            if twig.x.abs() > cage_half_width(twig.y) - 22.0 {
                return;
            }
            self.draw(twig.x, twig.y, twig.radius);
        }
        for child in 0..2 {
            let draw = chance(seed, 3, child);
            let turn = if child == 0 {
                0.12 + 0.4 * draw
            } else {
                -0.16 - 0.5 * draw
            };
            let next = Twig {
                angle: (twig.angle + turn).clamp(-1.62, 1.62),
                radius: twig.radius * if child == 0 { 0.84 } else { 0.70 },
                generation: twig.generation + 1,
                ..twig
            };
            self.branch(
                seed.wrapping_mul(31).wrapping_add(child as u64 + 1),
                side,
                next,
            );
        }
    }

    /// Lays a ball of blood over the film; overlapping balls of one tube do not add up.
    fn draw(&mut self, x: f32, y: f32, radius: f32) {
        let (cx, cy) = ((x + 512.0) * self.scale, y * self.scale);
        let reach = (radius * 1.7 * self.scale).max(1.0);
        let last = |limit: usize, value: f32| (value.ceil().max(0.0) as usize).min(limit);
        for row in last(self.rows, cy - reach)..last(self.rows, cy + reach + 1.0) {
            for column in last(self.columns, cx - reach)..last(self.columns, cx + reach + 1.0) {
                let off = (column as f32 + 0.5 - cx).hypot(row as f32 + 0.5 - cy) / self.scale;
                let depth = radius * (1.0 - rise(0.35 * radius, 1.7 * radius, off));
                let cell = &mut self.depths[row * self.columns + column];
                *cell = cell.max(depth);
            }
        }
    }
}
