//! How fine a film's detail is: what tells an enlarged thumbnail from a film of as many pixels.

use serde::Serialize;

use crate::error::Result;
use crate::training::greys_at_side;

/// Detail is looked for at this side, and is what a thumbnail of a quarter of it cannot hold.
const SIDE: usize = 128;
const BLOCK: usize = 4;
/// The side of such a thumbnail.
pub(super) const THUMBNAIL: usize = SIDE / BLOCK;
/// Half-waves along the side that a thumbnail cannot hold – from half as many again as it can –
/// and those that it can.
const FINE: std::ops::Range<usize> = 48..96;
const COARSE: std::ops::Range<usize> = 12..28;

/// Thumbnails enlarged smoothly have at most 0.0021, the frontal films measured at least 0.0035;
/// enlarged pixel by pixel they have at most 0.021 within their pixels, and films at least 0.08.
const LEAST_FINE: f32 = 0.0027;
const LEAST_WITHIN: f32 = 0.035;

/// How fine a film's detail is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Detail {
    /// The mean power of waves that a thumbnail cannot hold, over that of waves that it can.
    pub fine: f32,
    /// What the pixels of a thumbnail leave out, in standard deviations of the film.
    pub within: f32,
}

impl Detail {
    /// Measures a film's greys, row-major.
    ///
    /// # Errors
    /// When the film is empty.
    pub(super) fn of(greys: &[f32], size: (usize, usize)) -> Result<Self> {
        let film = greys_at_side(greys, size, SIDE)?;
        let waves = transposed(&cosines(&transposed(&cosines(&film))));
        let mean_power = |band: &std::ops::Range<usize>| {
            let inside = waves.iter().enumerate().filter(|(index, _)| {
                let (across, down) = (index % SIDE, index / SIDE);
                band.contains(&across.max(down))
            });
            let (sum, count) = inside.fold((0.0, 0), |(sum, count), (_, wave)| {
                (sum + wave * wave, count + 1)
            });
            sum / count as f32
        };
        let coarse = mean_power(&COARSE).max(f32::MIN_POSITIVE);
        Ok(Self {
            fine: mean_power(&FINE) / coarse,
            within: within_blocks(&film),
        })
    }

    /// Reports whether a thumbnail would show as much.
    pub(super) fn of_thumbnail(&self) -> bool {
        self.fine < LEAST_FINE || self.within < LEAST_WITHIN
    }
}

/// The discrete cosine transform (type II) of every row.
fn cosines(film: &[f32]) -> Vec<f32> {
    let wave = |k: usize, n: usize| {
        (std::f32::consts::PI * (k * (2 * n + 1)) as f32 / (2 * SIDE) as f32).cos()
    };
    let table: Vec<f32> = (0..SIDE * SIDE).map(|i| wave(i / SIDE, i % SIDE)).collect();
    let rows = film.chunks_exact(SIDE);
    rows.flat_map(|row| {
        let waves = table.chunks_exact(SIDE);
        waves.map(move |wave| wave.iter().zip(row).map(|(wave, grey)| wave * grey).sum())
    })
    .collect()
}

fn transposed(square: &[f32]) -> Vec<f32> {
    (0..SIDE * SIDE)
        .map(|index| square[index % SIDE * SIDE + index / SIDE])
        .collect()
}

/// What is left of a film after the mean of each block is taken away.
fn within_blocks(film: &[f32]) -> f32 {
    let block = |index: usize| index / SIDE / BLOCK * THUMBNAIL + index % SIDE / BLOCK;
    let mut means = vec![0.0; THUMBNAIL * THUMBNAIL];
    for (index, grey) in film.iter().enumerate() {
        means[block(index)] += grey / (BLOCK * BLOCK) as f32;
    }
    let mean = film.iter().sum::<f32>() / film.len() as f32;
    let within = film
        .iter()
        .enumerate()
        .map(|(index, grey)| (grey - means[block(index)]).powi(2));
    let all: f32 = film.iter().map(|grey| (grey - mean).powi(2)).sum();
    (within.sum::<f32>() / all.max(f32::MIN_POSITIVE)).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A wave of so many half-waves along the side, and a coarse one.
    fn waves(half_waves: f32, side: usize) -> Vec<f32> {
        let phase = std::f32::consts::PI / side as f32;
        (0..side * side)
            .map(|index| {
                let x = (index % side) as f32 * phase;
                0.5 + 0.2 * (20.0 * x).cos() + 0.1 * (half_waves * x).cos()
            })
            .collect()
    }

    #[test]
    fn fine_waves_are_detail_and_coarse_ones_are_none() {
        let fine = Detail::of(&waves(60.0, 256), (256, 256)).unwrap();
        let coarse = Detail::of(&waves(16.0, 256), (256, 256)).unwrap();
        assert!(
            !fine.of_thumbnail() && coarse.of_thumbnail(),
            "{fine:?} {coarse:?}"
        );
    }

    #[test]
    fn large_pixels_are_no_detail() {
        let small = waves(25.0, 32);
        let large: Vec<f32> = (0..256 * 256)
            .map(|index| small[index / 256 / 8 * 32 + index % 256 / 8])
            .collect();
        let detail = Detail::of(&large, (256, 256)).unwrap();
        assert!(detail.of_thumbnail(), "{detail:?}");
    }
}
