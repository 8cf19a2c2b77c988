//! The phantom put together: path lengths to exposure to greys.

use super::shape::{cloud, grain, rise};
use super::vessels::Vessels;
use super::{GREATEST_SAMPLE, Opacity, bones, soft};

/// One phantom's fixed choices.
pub(super) struct Scene<'a> {
    pub(super) seed: u64,
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) opacity: Option<&'a Opacity>,
}

impl Scene<'_> {
    /// Returns the samples, whole numbers from 0 to [`GREATEST_SAMPLE`], row-major.
    pub(super) fn samples(&self) -> Vec<f32> {
        let vessels = Vessels::grow(self.seed, self.width, self.height);
        let unit = 1024.0 / self.width as f32;
        let mut paths = Vec::with_capacity(self.width * self.height);
        for row in 0..self.height {
            for column in 0..self.width {
                let x = (column as f32 + 0.5) * unit - 512.0;
                let y = (row as f32 + 0.5) * unit;
                paths.push(self.path(x, y, vessels.at(column, row)));
            }
        }
        let scatter = self.scatter(&paths);
        let mut samples = paths;
        for (index, path) in samples.iter_mut().enumerate() {
            let (column, row) = ((index % self.width) as i64, (index / self.width) as i64);
            let exposed = *path + 0.16 * (scatter[index] - *path);
            let grey = tone(exposed);
            // Quantum noise: fewer photons behind more tissue.
            let deviation = 0.0015 + 0.0030 * grey;
            let noisy = grey + deviation * grain(self.seed ^ 0xA5A5, column, row);
            *path = (noisy.clamp(0.0, 1.0) * GREATEST_SAMPLE).round();
        }
        samples
    }

    /// The attenuation along the beam through one point, in thicknesses of the trunk.
    fn path(&self, x: f32, y: f32, blood: f32) -> f32 {
        let body = soft::body(x, y);
        let air = soft::lung(x, y);
        let mottle = 0.5 * cloud(self.seed, x, y, 34.0)
            + 0.3 * cloud(self.seed + 1, x, y, 13.0)
            + 0.2 * cloud(self.seed + 2, x, y, 5.0);
        let flesh =
            0.020 * cloud(self.seed + 3, x, y, 90.0) + 0.012 * cloud(self.seed + 4, x, y, 26.0);
        let in_lung = rise(0.05, 0.5, air);
        let bone = 0.10 * bones::ribs(x, y)
            + 0.17 * bones::clavicles(x, y)
            + 0.20 * bones::shoulders(x, y)
            + 0.115 * bones::spine(x, y)
            + 0.05 * bones::sternum(x, y);
        let mut path = body * (0.84 + flesh) - 0.55 * air * (1.0 + 0.085 * mottle)
            + 0.085 * soft::heart(x, y)
            + 0.06 * soft::hila(x, y) * in_lung
            + 0.045 * soft::chest_wall(x, y) * in_lung
            + bone * rise(0.0, 0.25, body)
            + 0.016 * blood * in_lung
            - 0.13 * soft::airway(x, y)
            - 0.22 * soft::stomach(x, y);
        if let Some(opacity) = self.opacity {
            path += opacity.path(self.seed, x, y, 1024.0 / self.width as f32);
        }
        path.max(0.0)
    }

    /// The veil of scattered photons: the paths, averaged over a wide neighbourhood.
    fn scatter(&self, paths: &[f32]) -> Vec<f32> {
        let reach = (self.width / 14).max(1);
        let rows = box_mean(paths, self.width, reach);
        let turned = transpose(&rows, self.width);
        transpose(&box_mean(&turned, self.height, reach), self.height)
    }
}

/// The film's characteristic curve: path length to grey.
fn tone(path: f32) -> f32 {
    let curve = |value: f32| 1.0 / (1.0 + (-(value - 0.58) / 0.185).exp());
    let (black, white) = (curve(0.0), curve(1.22));
    0.02 + 0.96 * (curve(path) - black) / (white - black)
}

/// The mean over `2 reach + 1` neighbours along each line of `length` samples, fewer at its ends.
fn box_mean(samples: &[f32], length: usize, reach: usize) -> Vec<f32> {
    let mut means = Vec::with_capacity(samples.len());
    for line in samples.chunks_exact(length) {
        let mut sums = Vec::with_capacity(length + 1);
        let mut sum = 0.0_f64;
        sums.push(0.0);
        for &sample in line {
            sum += f64::from(sample);
            sums.push(sum);
        }
        for place in 0..length {
            let (low, high) = (place.saturating_sub(reach), (place + reach + 1).min(length));
            means.push(((sums[high] - sums[low]) / (high - low) as f64) as f32);
        }
    }
    means
}

/// Turns rows of `width` samples into columns.
fn transpose(samples: &[f32], width: usize) -> Vec<f32> {
    let height = samples.len() / width;
    (0..samples.len())
        .map(|index| samples[(index % height) * width + index / height])
        .collect()
}
