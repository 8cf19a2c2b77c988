//! What of a film taken apart speaks for disease: the residue, cut to what counts in the lungs.

use std::collections::HashMap;
use std::sync::Arc;

use candle_core::Tensor as Candle;

use super::decomposer::Seen;
use crate::anomaly::{AnomalyMap, MapKind, adaptive_cut, kept_saliency};
use crate::error::Result;
use crate::models::framed::SeenLungs;
use crate::models::reading::Square;
use crate::models::yardstick::{Normals, beside_exposure, kept_inside, quantile, store, stored};
use crate::radiograph::PixelRect;

/// Places belong to a lung from this value of the mask on.
const INSIDE: f32 = 0.5;
/// The unit of scores.
pub(super) const SCORE_UNIT: &str = "1 − the critic's judgement";
/// The unit of residues and cuts.
pub(super) const UNIT: &str = "share of the grey range";

/// A film's residue, and what of it counts.
pub(super) struct Evidence {
    /// The residue a: positive where disease made the film brighter.
    pub(super) residue: Arc<AnomalyMap>,
    /// The residue in the regions that count, 0 elsewhere.
    pub(super) saliency: Vec<f32>,
}

/// What normal films look like taken apart.
#[derive(Clone, Debug)]
pub(super) struct Yardstick {
    /// The value that [`Yardstick::SHARE`] of |a| on normal films do not exceed: no cut through a goes
    /// lower.
    pub(super) floor: f32,
    side: usize,
    /// Film − normal film, smoothed.
    change: Normals,
}

/// The names under which they are stored.
const FLOOR: &str = "floor";
const CHANGE: &str = "change";

impl Yardstick {
    /// Measures normal films.
    pub(super) fn of(normals: &[Seen], side: usize) -> Self {
        let changes: Vec<_> = normals.iter().map(|seen| change(seen, side)).collect();
        let sizes = normals.iter().flat_map(|seen| &seen.residue);
        let sizes: Vec<f32> = sizes.map(|residue| residue.abs()).collect();
        Self {
            floor: quantile(&sizes, Self::SHARE),
            side,
            change: Normals::of(&changes),
        }
    }

    /// Film − normal film, smoothed, in standard deviations of normal films at each place inside the
    /// lungs: positive where the normal film has less opacity; 0 elsewhere. The whole of what taking
    /// apart removed, where the residue has not learned to hold all of it.
    pub(super) fn change(&self, seen: &Seen, lungs: &SeenLungs) -> Vec<f32> {
        let measured = self.change.measure(&change(seen, self.side));
        kept_inside(measured, &lungs.inside, INSIDE)
    }

    /// Adds floor and normal films to tensors to be stored.
    pub(super) fn store(&self, tensors: &mut HashMap<String, Candle>) -> Result<()> {
        store(FLOOR, &[self.floor], &[1], tensors)?;
        self.change.store(CHANGE, self.side, tensors)
    }

    /// Reads what [`Self::store`] stored.
    ///
    /// # Errors
    /// When one is missing or has another size.
    pub(super) fn stored(tensors: &HashMap<String, Candle>, side: usize) -> Result<Self> {
        let floor = stored(FLOOR, 1, tensors)?;
        Ok(Self {
            floor: floor[0],
            side,
            change: Normals::stored(CHANGE, side, tensors)?,
        })
    }

    /// The share of places on normal films that stay at or below the floor.
    pub(super) const SHARE: f32 = 0.995;

    /// The ends of the residue's colour scale.
    pub(super) fn scale(&self) -> (f32, f32) {
        (0.0, 3.0 * self.floor)
    }
}

impl Evidence {
    /// Reads a film taken apart.
    ///
    /// # Errors
    /// When the squares do not fit.
    pub(super) fn of(seen: &Seen, lungs: &SeenLungs, yardstick: &Yardstick) -> Result<Self> {
        let square = Square {
            side: seen.residue.len().isqrt(),
            place: lungs.place,
        };
        let look = (yardstick.scale(), UNIT);
        let residue = square.map(MapKind::Residue, seen.residue.clone(), look)?;
        let cut = adaptive_cut(&residue, &lungs.boxes, yardstick.floor);
        Ok(Self {
            saliency: kept_saliency(&residue, cut, &lungs.boxes),
            residue,
        })
    }

    /// The saliency's sum over the area of the lung boxes, both in cells.
    pub(super) fn saliency_in_lungs(&self, lungs: &SeenLungs) -> f32 {
        let (width, height) = self.residue.placed.cell_size();
        let boxes: f32 = lungs.boxes.iter().map(PixelRect::area).sum();
        let cells = match lungs.boxes.is_empty() {
            true => self.saliency.len() as f32,
            false => boxes / (width * height),
        };
        self.saliency.iter().sum::<f32>() / cells
    }
}

/// The model's score of a film: how far the critic is from taking it for a normal film, about 0 for
/// a normal film and about 1 for another.
pub(super) fn doubt(seen: &Seen) -> f32 {
    1.0 - seen.judgement
}

/// Other scores of a film by name.
pub(super) fn variants(
    seen: &Seen,
    lungs: &SeenLungs,
    evidence: &Evidence,
    yardstick: &Yardstick,
) -> Vec<(&'static str, f32)> {
    let change = yardstick.change(seen, lungs).into_iter();
    vec![
        (
            "opacity removed in the lungs",
            mean_inside(lungs, change.map(|value| value.max(0.0))),
        ),
        ("saliency in the lungs", evidence.saliency_in_lungs(lungs)),
        ("mean |a| in the lungs", mean_residue(seen, lungs)),
        ("mean positive a in the lungs", mean_added(seen, lungs)),
    ]
}

/// z − y′, softened and without its mean.
fn change(seen: &Seen, side: usize) -> Vec<f32> {
    beside_exposure(&seen.film, &seen.normal, side)
}

/// The mean of |a| inside the lungs.
pub(super) fn mean_residue(seen: &Seen, lungs: &SeenLungs) -> f32 {
    mean_inside(lungs, seen.residue.iter().map(|residue| residue.abs()))
}

/// The mean of a's positive part inside the lungs: opacity that was added.
pub(super) fn mean_added(seen: &Seen, lungs: &SeenLungs) -> f32 {
    mean_inside(lungs, seen.residue.iter().map(|residue| residue.max(0.0)))
}

/// The mean inside the lungs of a value a place.
fn mean_inside(lungs: &SeenLungs, values: impl Iterator<Item = f32>) -> f32 {
    let inside = lungs.inside.iter().map(|&inside| inside >= INSIDE);
    let (sum, count) = values
        .zip(inside)
        .filter(|(_, inside)| *inside)
        .fold((0.0, 0_usize), |(sum, count), (value, _)| {
            (sum + value, count + 1)
        });
    sum / count.max(1) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn yardstick() -> Yardstick {
        let normal = |slope: f32| Seen {
            film: (0..64).map(|place| 0.5 + slope * place as f32).collect(),
            normal: vec![0.5; 64],
            residue: vec![0.1; 64],
            again: vec![0.5; 64],
            judgement: 1.0,
        };
        Yardstick::of(&[normal(-0.001), normal(0.001)], 8)
    }

    /// A film of 8 × 8 cells, its left half a lung, with opacities of 2 × 2 cells left and right.
    fn film() -> (Seen, SeenLungs) {
        let mut residue = vec![-0.01; 64];
        for place in [9, 10, 17, 18, 13, 14, 21, 22] {
            residue[place] = 0.3;
        }
        let seen = Seen {
            film: vec![0.5; 64],
            normal: vec![0.5; 64],
            residue,
            again: vec![0.5; 64],
            judgement: 1.0,
        };
        let inside = (0..64).map(|place| f32::from(place % 8 < 4));
        let lungs = SeenLungs {
            place: PixelRect::new(0.0, 0.0, 80.0, 80.0),
            boxes: vec![PixelRect::new(0.0, 0.0, 40.0, 80.0)],
            inside: inside.collect(),
        };
        (seen, lungs)
    }

    #[test]
    fn only_the_opacity_in_the_lung_counts() {
        let (seen, lungs) = film();
        let evidence = Evidence::of(&seen, &lungs, &yardstick()).unwrap();
        assert_eq!(evidence.saliency.iter().filter(|&&s| s > 0.0).count(), 4);
        assert!((evidence.saliency_in_lungs(&lungs) - 4.0 * 0.3 / 32.0).abs() < 1e-6);
        assert!((mean_added(&seen, &lungs) - 4.0 * 0.3 / 32.0).abs() < 1e-6);
        assert!(mean_residue(&seen, &lungs) > mean_added(&seen, &lungs));
    }

    #[test]
    fn what_the_normal_film_lacks_stands_out_in_the_lungs_alone() {
        let (mut seen, lungs) = film();
        for place in [9, 10, 17, 18, 13, 14, 21, 22] {
            seen.film[place] = 0.9;
        }
        let change = yardstick().change(&seen, &lungs);
        assert!(change[9] > 3.0 && change[9] > change[24], "{change:?}");
        assert_eq!(change[14], 0.0);
        let mut brighter = seen.clone();
        brighter.film.iter_mut().for_each(|grey| *grey += 0.1);
        let same = yardstick().change(&brighter, &lungs);
        let pairs = same.iter().zip(&change);
        assert!(
            pairs.into_iter().all(|(a, b)| (a - b).abs() < 1e-2),
            "{same:?}"
        );
    }

    #[test]
    fn what_is_stored_is_read_back() {
        let (there, (seen, lungs)) = (yardstick(), film());
        let mut tensors = HashMap::new();
        there.store(&mut tensors).unwrap();
        let back = Yardstick::stored(&tensors, 8).unwrap();
        assert_eq!(back.floor, there.floor);
        assert_eq!(back.change(&seen, &lungs), there.change(&seen, &lungs));
        assert!(Yardstick::stored(&tensors, 16).is_err());
    }

    #[test]
    fn without_lungs_the_whole_film_counts() {
        let (seen, lungs) = film();
        let lungs = SeenLungs {
            boxes: Vec::new(),
            inside: vec![1.0; 64],
            ..lungs
        };
        let evidence = Evidence::of(&seen, &lungs, &yardstick()).unwrap();
        assert!((evidence.saliency_in_lungs(&lungs) - 8.0 * 0.3 / 64.0).abs() < 1e-6);
    }
}
