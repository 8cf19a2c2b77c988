//! How a training film is moved and toned at random.

use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use crate::radiograph::bilinear;

/// How much a film is moved and toned at random. There are no flips: the heart has a side.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Augmentation {
    /// The greatest shift, as a share of the side.
    pub shift: f32,
    /// The greatest change of scale, as a share.
    pub scale: f32,
    /// The greatest change of width against height, as a share.
    pub stretch: f32,
    /// The greatest turn, in degrees.
    pub turn: f32,
    /// The greatest change of contrast about mid-grey, as a share.
    pub contrast: f32,
    /// The greatest change of brightness, in shares of the grey range.
    pub brightness: f32,
}

/// Where the pixels of a moved film come from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Motion {
    /// Shifts to the right and down, as shares of the side.
    shift: (f32, f32),
    /// Factors of width and height about the centre.
    scale: (f32, f32),
    /// A turn about the centre, in radians.
    turn: f32,
}

impl Default for Motion {
    fn default() -> Self {
        Self {
            shift: (0.0, 0.0),
            scale: (1.0, 1.0),
            turn: 0.0,
        }
    }
}

/// A change of the greys: `factor · (grey − ½) + ½ + offset`, within [0, 1].
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Tone {
    factor: f32,
    offset: f32,
}

impl Motion {
    /// A shift to the right and down, in shares of the side.
    pub(super) fn by(shift: (f32, f32)) -> Self {
        Self {
            shift,
            ..Self::default()
        }
    }

    /// The motion that brings a part of the film to fill the square; all are shares of the side.
    pub(super) fn onto((left, top): (f32, f32), (wide, high): (f32, f32)) -> Self {
        let away = |start: f32, share: f32| (0.5 - start - share / 2.0) / share;
        Self {
            shift: (away(left, wide), away(top, high)),
            scale: (wide.recip(), high.recip()),
            turn: 0.0,
        }
    }
}

impl Augmentation {
    /// The same motion, and the greys as they are: for masks.
    pub fn without_tone(self) -> Self {
        Self {
            contrast: 0.0,
            brightness: 0.0,
            ..self
        }
    }

    /// Draws a motion and a tone; equal seeds give equal motions, with or without a tone.
    pub(super) fn draw(self, seed: u64) -> (Motion, Tone) {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut within = |most: f32| random.random_range(-1.0_f32..=1.0) * most;
        let shift = (within(self.shift), within(self.shift));
        let scale = 1.0 + within(self.scale);
        let stretch = 1.0 + within(self.stretch);
        let motion = Motion {
            shift,
            scale: (scale * stretch, scale / stretch),
            turn: within(self.turn).to_radians(),
        };
        let tone = Tone {
            factor: 1.0 + within(self.contrast),
            offset: within(self.brightness),
        };
        (motion, tone)
    }
}

impl Tone {
    pub(super) fn apply(self, greys: &mut [f32]) {
        if self.factor == 1.0 && self.offset == 0.0 {
            return;
        }
        for grey in greys {
            *grey = (self.factor * (*grey - 0.5) + 0.5 + self.offset).clamp(0.0, 1.0);
        }
    }
}

/// Samples a film's square down to `side`: four bilinear samples a pixel. What the network sees is
/// the middle `(2 · side)²` of the square; beyond the square's edge the edge goes on.
pub(super) fn reduce(square: &[f32], side: usize, motion: &Motion) -> Vec<f32> {
    let wide = square.len().isqrt();
    let middle = wide as f32 / 2.0 - 0.5;
    let (sine, cosine) = motion.turn.sin_cos();
    let seen = 2 * side;
    let mut output = vec![0.0; side * side];
    for y in 0..seen {
        let v = (y as f32 + 0.5 - side as f32 - motion.shift.1 * seen as f32) / motion.scale.1;
        let line = &mut output[y / 2 * side..][..side];
        for x in 0..seen {
            let u = (x as f32 + 0.5 - side as f32 - motion.shift.0 * seen as f32) / motion.scale.0;
            let (u, v) = (cosine * u + sine * v, cosine * v - sine * u);
            let sample = bilinear(square, (wide, wide), (middle + u, middle + v));
            line[x / 2] += 0.25 * sample;
        }
    }
    output
}

#[cfg(test)]
mod tests {
    use super::*;

    const STILL: Motion = Motion {
        shift: (0.0, 0.0),
        scale: (1.0, 1.0),
        turn: 0.0,
    };

    #[test]
    fn without_a_move_four_samples_are_averaged() {
        let doubled: Vec<f32> = (0..16).map(|i| i as f32).collect();
        assert_eq!(reduce(&doubled, 2, &STILL), [2.5, 4.5, 10.5, 12.5]);
    }

    #[test]
    fn an_apron_is_left_out_of_a_film_that_does_not_move() {
        let square: Vec<f32> = (0..36).map(|i| i as f32).collect();
        // The middle 4 × 4 of 6 × 6: its upper left four are 7, 8, 13 and 14.
        assert_eq!(reduce(&square, 2, &STILL)[0], 10.5);
    }

    #[test]
    fn a_shift_to_the_right_moves_the_film_right() {
        let mut doubled = vec![0.0; 64];
        for row in doubled.chunks_exact_mut(8) {
            row[2..4].fill(1.0);
        }
        let shifted = Motion {
            shift: (0.25, 0.0),
            ..STILL
        };
        let moved = reduce(&doubled, 4, &shifted);
        assert_eq!(moved[..4], [0.0, 0.0, 1.0, 0.0]);
    }

    #[test]
    fn a_shift_brings_the_apron_into_view() {
        let square: Vec<f32> = (0..64).map(|i| i as f32).collect();
        let first = |shift| reduce(&square, 2, &Motion::by(shift))[0];
        // Upper left four of the middle 4 × 4 of 8 × 8: 18, 19, 26 and 27.
        assert_eq!(first((0.0, 0.0)), 22.5);
        assert_eq!(first((0.25, 0.0)), 21.5);
        assert_eq!(first((-0.25, 0.0)), 23.5);
        assert_eq!(first((0.0, 0.5)), 6.5);
    }

    #[test]
    fn a_quarter_turn_moves_the_right_edge_to_the_bottom() {
        let mut doubled = vec![0.0; 64];
        for row in doubled.chunks_exact_mut(8) {
            row[6..8].fill(1.0);
        }
        let turned = Motion {
            turn: std::f32::consts::FRAC_PI_2,
            ..STILL
        };
        let moved = reduce(&doubled, 4, &turned);
        assert!(moved[12..].iter().all(|grey| (grey - 1.0).abs() < 1e-5));
        assert!(moved[..12].iter().all(|grey| grey.abs() < 1e-5));
    }

    #[test]
    fn a_part_fills_the_square() {
        let square: Vec<f32> = (0..16).map(|i| i as f32).collect();
        let part = Motion::onto((0.5, 0.0), (0.5, 0.5));
        // The upper right 2 × 2 of 4 × 4 are 2, 3, 6 and 7; each pixel is the mean of four samples.
        let filled = reduce(&square, 2, &part);
        let expected = [2.25, 3.0, 5.25, 6.0];
        assert!(
            filled
                .iter()
                .zip(expected)
                .all(|(grey, near)| (grey - near).abs() < 1.1),
            "{filled:?}"
        );
        assert!(filled[0] < filled[1] && filled[1] < filled[2] && filled[2] < filled[3]);
    }

    #[test]
    fn masks_move_as_their_films_do() {
        let how = Augmentation {
            shift: 0.1,
            contrast: 0.3,
            ..Augmentation::default()
        };
        assert_eq!(how.draw(5).0, how.without_tone().draw(5).0);
        assert_ne!(how.draw(5).1, how.without_tone().draw(5).1);
    }
}
