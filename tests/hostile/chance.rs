//! Sound films hurt at random, from a fixed seed: cut, flipped, overwritten, doubled.

use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::bits::mend_checksums;
use super::seeds::{self, Input, input};

/// Hurts every sound film so many times.
pub(crate) fn hurt(rounds: usize) -> Vec<Input> {
    let mut random = ChaCha8Rng::seed_from_u64(5);
    let mut inputs = Vec::new();
    for seed in seeds::dicom().into_iter().chain(seeds::pictures()) {
        for round in 0..rounds {
            let (what, mut bytes) = one(&seed.bytes, round, &mut random);
            if seed.name.ends_with(".png") {
                // Behind a wrong checksum nothing is ever tried.
                mend_checksums(&mut bytes);
            }
            inputs.push(input(format!("{what}_{round}_{}", seed.name), bytes));
        }
    }
    inputs
}

/// Hurts some bytes in one of five ways.
pub(crate) fn one(sound: &[u8], way: usize, random: &mut ChaCha8Rng) -> (&'static str, Vec<u8>) {
    let mut bytes = sound.to_vec();
    // Headers are where lies work: half of all wounds are there.
    let reach = if random.random() {
        bytes.len().min(700)
    } else {
        bytes.len()
    };
    let at = random.random_range(0..reach);
    let what = match way % 5 {
        0 => {
            bytes.truncate(at);
            "cut"
        }
        1 => {
            for _ in 0..random.random_range(1..8) {
                let at = random.random_range(0..reach);
                bytes[at] ^= 1 << random.random_range(0..8);
            }
            "flip"
        }
        2 => {
            let width = [1, 2, 4, 8][random.random_range(0..4)].min(bytes.len() - at);
            let value = [0, 1, 0x7f, 0x80, 0xff][random.random_range(0..5)];
            bytes[at..at + width].fill(value);
            "overwrite"
        }
        3 => {
            let end = (at + random.random_range(1..400)).min(bytes.len());
            let part = bytes[at..end].to_vec();
            let times = [1, 2, 50, 5_000][random.random_range(0..4)];
            bytes.splice(at..at, part.repeat(times));
            "double"
        }
        _ => {
            let end = (at + random.random_range(1..64)).min(bytes.len());
            bytes.drain(at..end);
            "leave_out"
        }
    };
    (what, bytes)
}
