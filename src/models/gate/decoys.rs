//! Pictures that are no chest films, drawn at random: what the gate learns to turn away besides the
//! pictures it is given.

use rand::Rng as _;
use rand_chacha::ChaCha8Rng;

use super::network::SIDE;

/// Draws one: greys of `SIDE`² in [0, 1].
pub(super) fn drawn(random: &mut ChaCha8Rng) -> Vec<f32> {
    let mut picture = match random.random_range(0..7) {
        0 => clouds(random),
        1 => white_noise(random),
        2 => shapes(random),
        3 => stripes(random),
        4 => slope(random),
        5 => lines_of_text(random),
        _ => limbs(random),
    };
    if random.random_bool(0.4) {
        let clouds = clouds(random);
        let share = random.random_range(0.1..0.5);
        mix(&mut picture, &clouds, share);
    }
    picture
}

/// Cuts a picture into tiles and shuffles and turns them: of a chest film only its texture is left.
pub(super) fn shuffled(picture: &[f32], random: &mut ChaCha8Rng) -> Vec<f32> {
    let tiles = [2, 4, 4, 8][random.random_range(0..4)];
    let wide = SIDE / tiles;
    let mut order: Vec<usize> = (0..tiles * tiles).collect();
    for last in (1..order.len()).rev() {
        order.swap(last, random.random_range(0..=last));
    }
    if order.iter().enumerate().all(|(to, &from)| to == from) {
        order.reverse();
    }
    let mut result = vec![0.0; SIDE * SIDE];
    for (to, from) in order.into_iter().enumerate() {
        let upside_down = random.random_bool(0.5);
        for y in 0..wide {
            for x in 0..wide {
                let (u, v) = match upside_down {
                    true => (wide - 1 - x, wide - 1 - y),
                    false => (x, y),
                };
                let source = ((from / tiles) * wide + v) * SIDE + (from % tiles) * wide + u;
                let target = ((to / tiles) * wide + y) * SIDE + (to % tiles) * wide + x;
                result[target] = picture[source];
            }
        }
    }
    result
}

/// Joins another picture to one: laid over it half seen through, or on one side of a line or of an
/// ellipse.
pub(super) fn join(picture: &mut [f32], other: &[f32], random: &mut ChaCha8Rng) {
    let (x, y): (f32, f32) = (random.random_range(0.2..0.8), random.random_range(0.2..0.8));
    let (wide, high) = (
        random.random_range(0.15..0.5),
        random.random_range(0.15..0.5),
    );
    let turn = random.random_range(0.0..std::f32::consts::TAU);
    let how = random.random_range(0..3);
    let seen_through = random.random_range(0.3..0.7);
    let covered = each(|u, v| match how {
        0 => seen_through,
        1 => f32::from(u8::from((u - x) * turn.cos() + (v - y) * turn.sin() > 0.0)),
        _ => f32::from(u8::from(((u - x) / wide).hypot((v - y) / high) < 1.0)),
    });
    for ((grey, other), covered) in picture.iter_mut().zip(other).zip(covered) {
        *grey += covered * (other - *grey);
    }
}

fn each(mut grey: impl FnMut(f32, f32) -> f32) -> Vec<f32> {
    let place = |index: usize| (index as f32 + 0.5) / SIDE as f32;
    (0..SIDE * SIDE)
        .map(|index| grey(place(index % SIDE), place(index / SIDE)).clamp(0.0, 1.0))
        .collect()
}

fn mix(picture: &mut [f32], other: &[f32], share: f32) {
    for (grey, other) in picture.iter_mut().zip(other) {
        *grey += share * (other - *grey);
    }
}

/// Smooth noise of several sizes.
fn clouds(random: &mut ChaCha8Rng) -> Vec<f32> {
    let mut picture = vec![0.0; SIDE * SIDE];
    let finest = random.random_range(2..7_usize);
    for cells in (1..=finest).map(|octave| 1_usize << octave) {
        let wide = cells + 1;
        let knots: Vec<f32> = (0..wide * wide).map(|_| random.random::<f32>()).collect();
        let weight = random.random_range(0.3..1.0) / cells as f32;
        let layer = each(|x, y| {
            let (u, v) = (x * cells as f32, y * cells as f32);
            let (column, row) = (u as usize, v as usize);
            let (u, v) = (u - column as f32, v - row as f32);
            let knot = |right: usize, down: usize| knots[(row + down) * wide + column + right];
            let top = knot(0, 0) + u * (knot(1, 0) - knot(0, 0));
            let bottom = knot(0, 1) + u * (knot(1, 1) - knot(0, 1));
            top + v * (bottom - top)
        });
        for (grey, more) in picture.iter_mut().zip(layer) {
            *grey += weight * more;
        }
    }
    stretched(picture)
}

/// The same from black to white.
fn stretched(mut picture: Vec<f32>) -> Vec<f32> {
    let low = picture.iter().copied().fold(f32::INFINITY, f32::min);
    let high = picture.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let span = (high - low).max(1e-6);
    picture
        .iter_mut()
        .for_each(|grey| *grey = (*grey - low) / span);
    picture
}

fn white_noise(random: &mut ChaCha8Rng) -> Vec<f32> {
    let sparse = random.random_range(0.05..1.0_f64);
    let ground = random.random::<f32>();
    each(|_, _| match random.random_bool(sparse) {
        true => random.random(),
        false => ground,
    })
}

/// Ellipses and boxes on an even ground.
fn shapes(random: &mut ChaCha8Rng) -> Vec<f32> {
    let mut picture = vec![random.random::<f32>(); SIDE * SIDE];
    for _ in 0..random.random_range(1..14) {
        let (x, y): (f32, f32) = (random.random(), random.random());
        let (wide, high) = (
            random.random_range(0.03..0.5),
            random.random_range(0.03..0.5),
        );
        let (grey, round) = (random.random::<f32>(), random.random_bool(0.6));
        let covered = each(|u, v| {
            let (u, v) = ((u - x) / wide, (v - y) / high);
            let away = match round {
                true => u.hypot(v),
                false => u.abs().max(v.abs()),
            };
            f32::from(u8::from(away < 1.0))
        });
        for (there, covered) in picture.iter_mut().zip(covered) {
            *there += covered * (grey - *there);
        }
    }
    picture
}

fn stripes(random: &mut ChaCha8Rng) -> Vec<f32> {
    let mut wave = || {
        let angle = random.random_range(0.0..std::f32::consts::TAU);
        let waves = random.random_range(1.0..20.0_f32) * std::f32::consts::TAU;
        let start = random.random_range(0.0..std::f32::consts::TAU);
        move |x: f32, y: f32| (waves * (x * angle.cos() + y * angle.sin()) + start).sin()
    };
    let (one, other) = (wave(), wave());
    let (crossed, hard) = (random.random_bool(0.4), random.random_bool(0.4));
    each(|x, y| {
        let wave = match crossed {
            true => one(x, y) * other(x, y),
            false => one(x, y),
        };
        match hard {
            true => f32::from(u8::from(wave > 0.0)),
            false => 0.5 + 0.5 * wave,
        }
    })
}

/// Brighter towards one side or the middle, or even.
fn slope(random: &mut ChaCha8Rng) -> Vec<f32> {
    let (x, y) = (random.random::<f32>(), random.random::<f32>());
    let (right, down) = (
        random.random_range(-1.0..1.0_f32),
        random.random_range(-1.0..1.0_f32),
    );
    let (round, ground) = (random.random_range(-2.0..2.0_f32), random.random::<f32>());
    each(|u, v| {
        ground + right * (u - x) + down * (v - y) + round * ((u - x).powi(2) + (v - y).powi(2))
    })
}

/// Rows of small dark or bright blocks.
fn lines_of_text(random: &mut ChaCha8Rng) -> Vec<f32> {
    let (ground, ink) = (random.random::<f32>(), random.random::<f32>());
    let high = random.random_range(2..7_usize);
    let dense = random.random_range(0.2..0.8_f64);
    let cells: Vec<bool> = (0..SIDE * SIDE)
        .map(|_| random.random_bool(dense))
        .collect();
    let rows = (0..SIDE).flat_map(|y| (0..SIDE).map(move |x| (x, y)));
    rows.map(|(x, y)| {
        let between = (y / high) % 2 == 1;
        match !between && cells[(y / high) * SIDE + x / 2] {
            true => ink,
            false => ground,
        }
    })
    .collect()
}

/// Bright bars with brighter rims and knobs on a dark ground, as bones of hands, arms and legs are.
fn limbs(random: &mut ChaCha8Rng) -> Vec<f32> {
    let mut picture = vec![random.random_range(0.0..0.25_f32); SIDE * SIDE];
    let soft = random.random_range(0.1..0.4_f32);
    for _ in 0..random.random_range(1..7) {
        let (x, y) = (
            random.random_range(0.1..0.9_f32),
            random.random_range(0.1..0.9_f32),
        );
        let angle = random.random_range(0.0..std::f32::consts::PI);
        let long = random.random_range(0.15..0.7_f32);
        let thick = random.random_range(0.02..0.1_f32);
        let bar = each(|u, v| {
            let along = (u - x) * angle.cos() + (v - y) * angle.sin();
            let across = ((v - y) * angle.cos() - (u - x) * angle.sin()).abs();
            let beyond = (along.abs() - long).max(0.0);
            let knob = 1.0 + 0.8 * (-((along.abs() - long) / 0.06).powi(2)).exp();
            let off = beyond.hypot(across) / (thick * knob);
            let rim = (-((off - 0.8) / 0.25).powi(2)).exp();
            let flesh = (1.0 - off / 4.0).clamp(0.0, 1.0);
            soft * flesh + 0.45 * f32::from(u8::from(off < 1.0)) + 0.25 * rim
        });
        for (there, more) in picture.iter_mut().zip(bar) {
            *there = (*there).max(more);
        }
    }
    picture
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;

    use super::*;

    #[test]
    fn every_drawing_is_a_whole_picture_and_no_two_are_alike() {
        let mut random = ChaCha8Rng::seed_from_u64(3);
        let drawings: Vec<Vec<f32>> = (0..40).map(|_| drawn(&mut random)).collect();
        for (index, drawing) in drawings.iter().enumerate() {
            assert_eq!(drawing.len(), SIDE * SIDE);
            assert!(drawing.iter().all(|grey| (0.0..=1.0).contains(grey)));
            assert!(drawings[..index].iter().all(|other| other != drawing));
        }
    }

    #[test]
    fn shuffling_moves_every_sample_and_loses_none() {
        let picture: Vec<f32> = (0..SIDE * SIDE).map(|i| i as f32).collect();
        let mut random = ChaCha8Rng::seed_from_u64(5);
        let mut moved = shuffled(&picture, &mut random);
        assert_ne!(moved, picture);
        moved.sort_by(f32::total_cmp);
        assert_eq!(moved, picture);
    }
}
