//! What of a film can point at a place, before it is measured against normal films.

use super::ensemble::Seen;
use crate::models::yardstick::soften;

/// Film − in-painted film, smoothed, in shares of the grey range: positive where the film is
/// brighter than its counterpart.
pub(super) fn residue(seen: &Seen, side: usize) -> Vec<f32> {
    let pairs = seen.film.iter().zip(&seen.student);
    let residue: Vec<f32> = pairs.map(|(film, student)| film - student).collect();
    soften(&residue, side)
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
    let smoothed = soften(film, side);
    smoothed
        .into_iter()
        .map(|grey| (grey - median) / deviation)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brightness_does_not_depend_on_exposure() {
        let film: Vec<f32> = (0..1024).map(|i| (i % 37) as f32 / 50.0).collect();
        let seen = |film: Vec<f32>| Seen {
            student: film.clone(),
            teacher: film.clone(),
            inside: vec![1.0; film.len()],
            film,
            logits: Vec::new(),
        };
        let brighter = film.iter().map(|grey| 0.1 + 0.5 * grey).collect();
        let (a, b) = (brightness(&seen(film), 32), brightness(&seen(brighter), 32));
        assert!(a.iter().zip(&b).all(|(a, b)| (a - b).abs() < 1e-4));
    }
}
