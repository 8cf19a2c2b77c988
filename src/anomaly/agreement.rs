//! Where several models agree: how many of them find a place of the film unusual, each by its own
//! threshold on its own scale.

use std::sync::Arc;

use super::{AnomalyMap, MapKind, ModelId, Placed, Region, regions};
use crate::error::Result;
use crate::radiograph::{PixelRect, PixelSpacing, Raster};

/// The cells of the common grid along the film's longer side.
const CELLS: usize = 256;

/// The least number of cells that count as a region: four cells of a network of 128² pixels.
const LEAST_CELLS: usize = 16;

/// One model's say: its map and the value from which on it counts.
#[derive(Clone, Debug)]
pub struct Vote {
    /// The model.
    pub model: ModelId,
    /// SHA-256 of its weights file, in lower-case hexadecimal.
    pub weights_sha256: String,
    /// The map.
    pub map: Arc<AnomalyMap>,
    /// The cut, in the map's unit.
    pub threshold: f32,
}

/// How many of several models find each place of one film unusual.
#[derive(Clone, Debug)]
pub struct Agreement {
    /// The models, in the order they were given.
    pub votes: Vec<Vote>,
    /// Per cell, the number of models at or above their own threshold: k, from 0 to the number of
    /// models.
    pub above: Arc<AnomalyMap>,
    /// Per cell of the same grid, the number of models whose map covers the cell's centre: n.
    looked: Placed,
}

impl Agreement {
    /// Counts the votes on a film of `width` × `height` image pixels, at the centres of a grid's
    /// cells. A model whose map does not cover a place has no say there.
    ///
    /// # Errors
    /// When the film has no pixels.
    pub fn new(votes: Vec<Vote>, (width, height): (usize, usize)) -> Result<Self> {
        let longer = width.max(height).max(1);
        let along = |side: usize| (side * CELLS).div_ceil(longer).max(1);
        let (columns, rows) = (along(width), along(height));
        let mut above = vec![0.0; columns * rows];
        let mut looked = vec![0.0; columns * rows];
        for (cell, (above, looked)) in above.iter_mut().zip(&mut looked).enumerate() {
            let x = ((cell % columns) as f32 + 0.5) * width as f32 / columns as f32;
            let y = ((cell / columns) as f32 + 0.5) * height as f32 / rows as f32;
            for vote in &votes {
                if let Some(value) = vote.map.placed.sample(x, y) {
                    *looked += 1.0;
                    *above += f32::from(u8::from(value >= vote.threshold));
                }
            }
        }
        let place = PixelRect::of_image(width, height);
        let placed = |samples: Vec<f32>| -> Result<Placed> {
            Ok(Placed {
                raster: Raster::new(columns, rows, samples)?,
                place,
            })
        };
        Ok(Self {
            above: Arc::new(AnomalyMap {
                kind: MapKind::Agreement,
                placed: placed(above)?,
                scale: (0.0, votes.len().max(1) as f32),
                unit: "models above their threshold".to_owned(),
            }),
            looked: placed(looked)?,
            votes,
        })
    }

    /// Returns the regions where at least `least` models agree; a region's peak is its greatest k,
    /// its mean the mean k.
    pub fn regions(&self, least: usize, spacing: Option<&PixelSpacing>) -> Vec<Region> {
        regions(&self.above, least.max(1) as f32, LEAST_CELLS, spacing)
    }

    /// Returns the least and the greatest number of models that looked at the cells of a region's
    /// box: there “k of n” has these n.
    pub fn looked_within(&self, bounds: &PixelRect) -> (usize, usize) {
        let raster = &self.looked.raster;
        let across = raster.width() as f32 / self.looked.place.width;
        let down = raster.height() as f32 / self.looked.place.height;
        let span = |from: f32, to: f32, cells: usize| {
            let first = (from.round().max(0.0) as usize).min(cells - 1);
            first..(to.round() as usize).clamp(first + 1, cells)
        };
        let mut range = (self.votes.len(), 0);
        for y in span(bounds.y * down, bounds.bottom() * down, raster.height()) {
            for x in span(bounds.x * across, bounds.right() * across, raster.width()) {
                let looked = raster.at(x, y) as usize;
                range = (range.0.min(looked), range.1.max(looked));
            }
        }
        range
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vote(name: &str, samples: Vec<f32>, place: PixelRect, threshold: f32) -> Vote {
        let side = (samples.len() as f32).sqrt() as usize;
        Vote {
            model: ModelId::new(name),
            weights_sha256: String::new(),
            map: Arc::new(AnomalyMap {
                kind: MapKind::Residue,
                placed: Placed {
                    raster: Raster::new(side, side, samples).unwrap(),
                    place,
                },
                scale: (0.0, 1.0),
                unit: name.to_owned(),
            }),
            threshold,
        }
    }

    fn noise(seed: u32) -> Vec<f32> {
        let number = |i: u32| (i + 1).wrapping_mul(2_654_435_761).wrapping_mul(seed) >> 8;
        (0..400)
            .map(|i| number(i) as f32 / (1 << 24) as f32)
            .collect()
    }

    /// Three models' votes on a film of 300 × 200 pixels: the second looks at its left part only,
    /// the third at a frame that reaches beyond it.
    fn votes(thresholds: [f32; 3]) -> Vec<Vote> {
        let [a, b, c] = thresholds;
        vec![
            vote("a", noise(3), PixelRect::of_image(300, 200), a),
            vote("b", noise(5), PixelRect::new(0.0, 0.0, 120.0, 200.0), b),
            vote("c", noise(7), PixelRect::new(-50.0, 50.0, 500.0, 400.0), c),
        ]
    }

    fn agreement(thresholds: [f32; 3]) -> Agreement {
        Agreement::new(votes(thresholds), (300, 200)).unwrap()
    }

    #[test]
    fn raising_any_threshold_never_raises_the_count() {
        for raised in 0..3 {
            let mut before = agreement([0.0, 0.0, 0.0]);
            for step in 1..=20 {
                let mut thresholds = [0.3, 0.3, 0.3];
                thresholds[raised] = step as f32 / 20.0;
                let after = agreement(thresholds);
                if step > 1 {
                    let above = [&before, &after].map(|at| at.above.placed.raster.values());
                    let mut pairs = above[0].iter().zip(&*above[1]);
                    assert!(pairs.all(|(before, after)| after <= before));
                }
                assert_eq!(after.looked.raster, before.looked.raster);
                before = after;
            }
        }
    }

    #[test]
    fn the_count_is_the_sum_of_the_models_own_verdicts() {
        let agreement = agreement([0.5, 0.2, 0.8]);
        let raster = &agreement.above.placed.raster;
        assert_eq!((raster.width(), raster.height()), (256, 171));
        for (cell, &above) in raster.values().iter().enumerate() {
            let x = ((cell % 256) as f32 + 0.5) * 300.0 / 256.0;
            let y = ((cell / 256) as f32 + 0.5) * 200.0 / 171.0;
            let verdicts = agreement.votes.iter().filter_map(|vote| {
                let value = vote.map.placed.sample(x, y)?;
                Some(usize::from(value >= vote.threshold))
            });
            let verdicts: Vec<usize> = verdicts.collect();
            assert_eq!(above as usize, verdicts.iter().sum::<usize>());
            assert_eq!(
                agreement.looked.raster.samples().at(cell) as usize,
                verdicts.len()
            );
        }
    }

    #[test]
    fn who_did_not_look_has_no_say() {
        let agreement = agreement([0.0, 0.0, 0.0]);
        let at = |x, y| agreement.looked_within(&PixelRect::new(x, y, 4.0, 4.0));
        assert_eq!(at(20.0, 10.0), (2, 2));
        assert_eq!(at(20.0, 120.0), (3, 3));
        assert_eq!(at(250.0, 10.0), (1, 1));
        assert_eq!(at(250.0, 120.0), (2, 2));
        assert_eq!(
            agreement.looked_within(&PixelRect::of_image(300, 200)),
            (1, 3)
        );
    }

    #[test]
    fn regions_of_more_models_lie_within_those_of_fewer() {
        let agreement = agreement([0.4, 0.4, 0.4]);
        let area = |least| {
            let found = agreement.regions(least, None);
            found.iter().map(|region| region.area_px).sum::<f32>()
        };
        assert!(area(1) > area(2) && area(2) > area(3));
        assert!(
            agreement
                .regions(2, None)
                .iter()
                .all(|region| region.peak >= 2.0)
        );
        assert!(agreement.regions(4, None).is_empty());
    }

    #[test]
    fn a_value_that_is_no_number_is_not_above_anything() {
        let place = PixelRect::of_image(10, 10);
        let votes = vec![vote("a", vec![f32::NAN; 4], place, 0.0)];
        let agreement = Agreement::new(votes, (10, 10)).unwrap();
        assert!(agreement.regions(1, None).is_empty());
    }
}
