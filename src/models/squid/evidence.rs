//! What of a film can point at a place, before it is measured against normal films.

use super::ensemble::Seen;

/// Standard deviation of the smoothing, as a share of the side: 2 pixels of 64.
const SMOOTHING: f32 = 1.0 / 32.0;

/// Film − in-painted film, smoothed, in shares of the grey range: positive where the film is
/// brighter than its counterpart.
pub(super) fn residue(seen: &Seen, side: usize) -> Vec<f32> {
    let pairs = seen.film.iter().zip(&seen.student);
    let residue: Vec<f32> = pairs.map(|(film, student)| film - student).collect();
    smooth(&residue, side, SMOOTHING * side as f32)
}

/// The film itself, smoothed and made independent of its exposure: (grey − median) / standard
/// deviation over the whole film. No network has a part in it.
pub(super) fn brightness(seen: &Seen, side: usize) -> Vec<f32> {
    let film = &seen.film;
    let count = film.len() as f32;
    let mean = film.iter().sum::<f32>() / count;
    let squares = film.iter().map(|grey| (grey - mean).powi(2)).sum::<f32>();
    let deviation = (squares / count).sqrt().max(1.0 / 255.0);
    let mut sorted = film.clone();
    let median = *sorted
        .select_nth_unstable_by(film.len() / 2, f32::total_cmp)
        .1;
    let smoothed = smooth(film, side, SMOOTHING * side as f32);
    smoothed
        .into_iter()
        .map(|grey| (grey - median) / deviation)
        .collect()
}

/// Smooths a square by a Gaussian of `deviation` pixels; beyond the edge the edge goes on.
fn smooth(square: &[f32], side: usize, deviation: f32) -> Vec<f32> {
    let reach = (3.0 * deviation).ceil() as isize;
    let kernel: Vec<f32> = (-reach..=reach)
        .map(|offset| (-0.5 * (offset as f32 / deviation).powi(2)).exp())
        .collect();
    let total: f32 = kernel.iter().sum();
    let last = side as isize - 1;
    let along = |square: &[f32], across: bool| -> Vec<f32> {
        (0..side * side)
            .map(|place| {
                let (x, y) = ((place % side) as isize, (place / side) as isize);
                let taps = kernel.iter().zip(-reach..=reach);
                let sum: f32 = taps
                    .map(|(weight, offset)| {
                        let (x, y) = if across {
                            (x + offset, y)
                        } else {
                            (x, y + offset)
                        };
                        let (x, y) = (x.clamp(0, last) as usize, y.clamp(0, last) as usize);
                        weight * square[y * side + x]
                    })
                    .sum();
                sum / total
            })
            .collect()
    };
    along(&along(square, true), false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn smoothing_keeps_a_flat_square_and_the_sum_of_a_point_inside() {
        let flat = smooth(&[0.7; 64], 8, 1.0);
        assert!(flat.iter().all(|value| (value - 0.7).abs() < 1e-6));
        let mut point = vec![0.0; 33 * 33];
        point[16 * 33 + 16] = 1.0;
        let sum: f32 = smooth(&point, 33, 2.0).iter().sum();
        assert!((sum - 1.0).abs() < 1e-4);
    }

    #[test]
    fn brightness_does_not_depend_on_exposure() {
        let film: Vec<f32> = (0..1024).map(|i| (i % 37) as f32 / 50.0).collect();
        let seen = |film: Vec<f32>| Seen {
            student: film.clone(),
            teacher: film.clone(),
            film,
            logits: Vec::new(),
        };
        let brighter = film.iter().map(|grey| 0.1 + 0.5 * grey).collect();
        let (a, b) = (brightness(&seen(film), 32), brightness(&seen(brighter), 32));
        assert!(a.iter().zip(&b).all(|(a, b)| (a - b).abs() < 1e-4));
    }
}
