//! Random numbers of f-AnoGAN: latent vectors and shares, the same for the same seed.

use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use crate::compute::Tensor;
use crate::error::Result;

/// Draws latent vectors `(count, length)` from the standard normal distribution (Box and Muller 1958).
pub(super) fn latent_vectors(seed: u64, (count, length): (usize, usize)) -> Result<Tensor> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let samples = (0..count * length).map(|_| {
        // 1 − [0, 1) is never 0, whose logarithm would be infinite.
        let radius = (-2.0 * (1.0 - random.random::<f32>()).ln()).sqrt();
        radius * (std::f32::consts::TAU * random.random::<f32>()).cos()
    });
    Tensor::from_samples(samples.collect(), &[count, length])
}

/// Draws a share from 0 to 1 for each of `count` films: `(count, 1, 1, 1)`.
pub(super) fn shares(seed: u64, count: usize) -> Result<Tensor> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let samples = (0..count).map(|_| random.random::<f32>());
    Tensor::from_samples(samples.collect(), &[count, 1, 1, 1])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latent_vectors_are_standard_normal_and_the_same_for_a_seed() {
        let drawn = latent_vectors(3, (200, 50)).unwrap().to_samples().unwrap();
        let count = drawn.len() as f32;
        let mean = drawn.iter().sum::<f32>() / count;
        let squares = drawn.iter().map(|x| x * x).sum::<f32>() / count;
        let cubes = drawn.iter().map(|x| x * x * x * x).sum::<f32>() / count;
        assert!(mean.abs() < 0.05 && (squares - 1.0).abs() < 0.05);
        assert!((cubes - 3.0).abs() < 0.3, "the fourth moment is {cubes}");
        let again = latent_vectors(3, (200, 50)).unwrap();
        assert_eq!(again.to_samples().unwrap(), drawn);
    }
}
