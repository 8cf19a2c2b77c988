//! Weights computed from their names, so that a network can be compared with its paper's public
//! code at full size without a weights file.

use crate::compute::Source;

/// A recipe for weights: the prefix of the names and the gains of some layers.
#[derive(Clone, Copy, Debug)]
pub struct Recipe {
    /// Put before every name before hashing.
    pub prefix: &'static str,
    /// Gains by part of the name; the last match holds, 2 otherwise.
    pub gains: &'static [(&'static str, f64)],
    /// The amplitude of in-painting queues and of decoder memories, by part of the name.
    pub memories: &'static [(&'static str, f32)],
}

impl Recipe {
    /// Returns the weights as a source.
    pub fn source(self) -> Source {
        Source::Formula(Box::new(move |name, shape| self.weights(name, shape)))
    }

    /// Computes one weight, row-major: uniform noise from the name, scaled by its role.
    pub fn weights(&self, name: &str, shape: &[usize]) -> Vec<f32> {
        let full = format!("{}{name}", self.prefix);
        let count: usize = shape.iter().product();
        let noise = (0..count as u64).map(|index| noise(hash(&full), index));
        if name.ends_with("running_mean") {
            noise.map(|v| 0.1 * v).collect()
        } else if name.ends_with("running_var") {
            noise.map(|v| 1.0 + 0.4 * v).collect()
        } else if name.ends_with("memMatrix") {
            let scale = last_match(self.memories, name).unwrap_or(0.05);
            noise.map(|v| v * scale).collect()
        } else if name.ends_with("bias") {
            noise.map(|v| 0.05 * v).collect()
        } else if shape.len() == 1 {
            noise.map(|v| 1.0 + 0.2 * v).collect()
        } else {
            let gain = last_match(self.gains, &full).unwrap_or(2.0);
            let inputs = count / shape[0].max(1);
            let scale = (3.0 * gain / inputs as f64).sqrt() as f32;
            noise.map(|v| v * scale).collect()
        }
    }
}

fn last_match<T: Copy>(rules: &[(&str, T)], name: &str) -> Option<T> {
    let matching = rules.iter().rev().find(|(part, _)| name.contains(part));
    matching.map(|&(_, value)| value)
}

/// FNV-1a, 64 bits.
fn hash(name: &str) -> u64 {
    name.bytes().fold(0xCBF2_9CE4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
    })
}

/// The splitmix64 finaliser as a number in [−1, 1), exact in f32.
fn noise(seed: u64, index: u64) -> f32 {
    let mut z = seed.wrapping_add((index + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^= z >> 31;
    (z >> 40) as f32 * 2.0_f32.powi(-23) - 1.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_vector_holds() {
        let seed = hash("G.main.0.weight");
        assert_eq!(seed, 3_482_241_632_246_505_011);
        let first: Vec<f32> = (0..3).map(|index| noise(seed, index)).collect();
        for (found, expected) in first.iter().zip([0.170_249_82, -0.314_399, -0.212_458_73]) {
            assert!((found - expected).abs() < 1e-6, "{found} is not {expected}");
        }
    }
}
