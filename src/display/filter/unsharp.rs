//! Unsharp mask: what a film differs from its own blurred copy, added to it once more.

use rayon::prelude::*;

use super::Strength;
use crate::error::Result;
use crate::radiograph::Radiograph;
use crate::task::Progress;

/// The blur's standard deviation as a share of the film's shorter side: some 2 mm on a chest film.
const SIGMA: f32 = 0.005;
/// Three box filters in a row are a good Gaussian.
const PASSES: usize = 3;

/// Returns how much of the difference is added.
pub(super) fn amount(strength: Strength) -> f32 {
    match strength {
        Strength::Light => 0.5,
        Strength::Medium => 1.0,
        Strength::Strong => 2.0,
    }
}

/// Returns the sharpened samples, padding and samples that are no numbers as they were.
///
/// # Errors
/// When the work is cancelled.
pub(super) fn sharpened(film: &Radiograph, amount: f32, progress: &Progress) -> Result<Vec<f32>> {
    let (width, height) = (film.raster.width(), film.raster.height());
    let samples = film.raster.values();
    let counts = |sample: f32| sample.is_finite() && !film.is_padding(sample);
    let radius = radius(width.min(height));
    let mut blurred: Vec<f32> = samples
        .par_iter()
        .map(|&sample| if counts(sample) { sample } else { 0.0 })
        .collect();
    blur(&mut blurred, width, radius, progress)?;
    // Where padding took part, the mean is over the others.
    if !samples.par_iter().all(|&sample| counts(sample)) {
        let mut weights: Vec<f32> = samples
            .par_iter()
            .map(|&sample| if counts(sample) { 1.0 } else { 0.0 })
            .collect();
        blur(&mut weights, width, radius, progress)?;
        blurred
            .par_iter_mut()
            .zip(&weights)
            .for_each(|(mean, weight)| *mean /= weight.max(1e-6));
    }
    let sharper = |(&sample, &mean): (&f32, &f32)| {
        if counts(sample) {
            sample + amount * (sample - mean)
        } else {
            sample
        }
    };
    let sharpened = samples.par_iter().zip(&blurred).map(sharper).collect();
    progress.at(1.0)?;
    Ok(sharpened)
}

/// The radius of each box: boxes of side n have the variance (n² − 1) / 12.
fn radius(shorter_side: usize) -> usize {
    let sigma = SIGMA * shorter_side as f32;
    let side = (12.0 * sigma * sigma / PASSES as f32 + 1.0).sqrt();
    (((side - 1.0) / 2.0).round() as usize).max(1)
}

fn blur(samples: &mut Vec<f32>, width: usize, radius: usize, progress: &Progress) -> Result<()> {
    for pass in 0..PASSES {
        progress.enter("blurring", pass as f32 / PASSES as f32)?;
        samples.par_chunks_mut(width).for_each(|row| {
            let line: Vec<f32> = row.to_vec();
            means(&line, radius, |index, mean| row[index] = mean);
        });
        *samples = down(samples, width, radius);
    }
    Ok(())
}

/// Gives the mean of every sample's neighbours in a line; at the ends of those that there are.
fn means(line: &[f32], radius: usize, mut give: impl FnMut(usize, f32)) {
    // f64: thousands of samples are added and taken away again.
    let mut sum: f64 = line.iter().take(radius).map(|&v| f64::from(v)).sum();
    let mut count = radius.min(line.len());
    for index in 0..line.len() {
        if let Some(&entering) = line.get(index + radius) {
            sum += f64::from(entering);
            count += 1;
        }
        if index > radius {
            sum -= f64::from(line[index - radius - 1]);
            count -= 1;
        }
        give(index, (sum / count as f64) as f32);
    }
}

/// The same down the columns, a row of sums at a time.
fn down(samples: &[f32], width: usize, radius: usize) -> Vec<f32> {
    let height = samples.len() / width;
    let row = |y: usize| &samples[y * width..][..width];
    let mut sums = vec![0.0_f64; width];
    let add = |sums: &mut Vec<f64>, y: usize, sign: f64| {
        for (sum, &sample) in sums.iter_mut().zip(row(y)) {
            *sum += sign * f64::from(sample);
        }
    };
    (0..radius.min(height)).for_each(|y| add(&mut sums, y, 1.0));
    let mut count = radius.min(height);
    let mut out = Vec::with_capacity(samples.len());
    for y in 0..height {
        if y + radius < height {
            add(&mut sums, y + radius, 1.0);
            count += 1;
        }
        if y > radius {
            add(&mut sums, y - radius - 1, -1.0);
            count -= 1;
        }
        out.extend(sums.iter().map(|sum| (sum / count as f64) as f32));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::radiograph::{Polarity, Raster};

    fn film(sample: impl Fn(usize, usize) -> f32) -> Radiograph {
        let samples: Vec<f32> = (0..60 * 40).map(|i| sample(i % 60, i / 60)).collect();
        let raster = Raster::new(60, 40, samples).unwrap();
        Radiograph::new(raster, Vec::new(), Polarity::Identity).unwrap()
    }

    #[test]
    fn means_are_those_of_the_neighbours_there_are() {
        let mut found = vec![0.0; 5];
        means(&[1.0, 2.0, 6.0, 2.0, 4.0], 1, |index, mean| {
            found[index] = mean;
        });
        assert_eq!(found, [1.5, 3.0, 10.0 / 3.0, 4.0, 3.0]);
        let tall = down(&[1.0, 2.0, 6.0, 2.0, 4.0], 1, 1);
        assert_eq!(tall, found);
        means(&[3.0, 5.0], 4, |_, mean| assert_eq!(mean, 4.0));
        assert_eq!(down(&[3.0, 5.0], 1, 4), [4.0, 4.0]);
    }

    #[test]
    fn an_edge_gets_steeper_and_flat_places_stay() {
        let film = film(|x, _| if x < 30 { 100.0 } else { 200.0 });
        for strength in Strength::ALL {
            let after = sharpened(&film, amount(strength), &Progress::new()).unwrap();
            let row = &after[20 * 60..][..60];
            assert!(row[30] - row[29] > 100.0);
            assert!((row[5] - 100.0).abs() < 1e-3 && (row[55] - 200.0).abs() < 1e-3);
        }
    }

    #[test]
    fn padding_neither_changes_nor_weighs() {
        let film = film(|x, _| if x < 30 { 0.0 } else { 200.0 }).with_padding((0.0, 0.0));
        let after = sharpened(&film, 2.0, &Progress::new()).unwrap();
        let before = film.raster.values();
        let wrong = after.iter().zip(&*before);
        assert!(wrong.clone().all(|(a, b)| (a - b).abs() < 0.01));
    }
}
