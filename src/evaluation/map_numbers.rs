//! What an anomaly map comes down to when it has to be one number.

use super::overlap::holds;
use super::percentile;
use crate::anomaly::{AnomalyMap, Placed};
use crate::radiograph::{PixelPoint, PixelRect};

/// One anomaly map over a film, as numbers in the map's unit.
#[derive(Clone, Debug, PartialEq)]
pub struct MapNumbers {
    /// Which map.
    pub kind: String,
    /// The mean over the whole map.
    pub mean: f64,
    /// The mean inside the lungs.
    pub lung_mean: f64,
    /// The 99th percentile inside the lungs.
    pub lung_p99: f64,
    /// The centre of the cell with the greatest value, in image pixels.
    pub peak: PixelPoint,
}

impl MapNumbers {
    /// Measures a map; cells are in the lungs when a box holds their centre. Without boxes, or when
    /// no cell lies in one, the whole map counts. `None` when no value is finite.
    pub fn of(map: &AnomalyMap, lungs: &[PixelRect]) -> Option<Self> {
        let all: Vec<(PixelPoint, f32)> = cells(&map.placed)
            .filter(|(_, value)| value.is_finite())
            .collect();
        let value = |&(_, value): &(PixelPoint, f32)| f64::from(value);
        let mut inside: Vec<f64> = all
            .iter()
            .filter(|(point, _)| lungs.iter().any(|lung| holds(lung, *point)))
            .map(value)
            .collect();
        if inside.is_empty() {
            inside = all.iter().map(value).collect();
        }
        inside.sort_by(f64::total_cmp);
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
        let peak = all.iter().reduce(|a, b| if b.1 > a.1 { b } else { a })?.0;
        Some(Self {
            kind: map.kind.name().to_owned(),
            mean: all.iter().map(value).sum::<f64>() / all.len() as f64,
            lung_mean: mean(&inside),
            lung_p99: percentile(&inside, 99.0)?,
            peak,
        })
    }
}

/// The cells of a raster: their centres in image pixels and their values, row by row.
pub(super) fn cells(placed: &Placed) -> impl Iterator<Item = (PixelPoint, f32)> + '_ {
    let (raster, place) = (&placed.raster, placed.place);
    let (width, height) = (raster.width(), raster.height());
    (0..width * height).map(move |cell| {
        let across = ((cell % width) as f32 + 0.5) / width as f32;
        let down = ((cell / width) as f32 + 0.5) / height as f32;
        let center = PixelPoint {
            x: place.x + across * place.width,
            y: place.y + down * place.height,
        };
        (center, raster.samples().at(cell))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::anomaly::MapKind;
    use crate::radiograph::Raster;

    fn map(samples: Vec<f32>) -> AnomalyMap {
        AnomalyMap {
            kind: MapKind::Saliency,
            placed: Placed {
                raster: Raster::new(2, 2, samples).unwrap(),
                place: PixelRect::new(10.0, 0.0, 20.0, 20.0),
            },
            scale: (0.0, 1.0),
            unit: "grey".to_owned(),
        }
    }

    #[test]
    fn only_cells_with_their_centre_in_a_lung_count() {
        let numbers = MapNumbers::of(
            &map(vec![1.0, 2.0, 3.0, 8.0]),
            &[PixelRect::new(10.0, 0.0, 6.0, 20.0)],
        )
        .unwrap();
        assert_eq!((numbers.mean, numbers.lung_mean), (3.5, 2.0));
        assert!((numbers.lung_p99 - 2.98).abs() < 1e-9);
        assert_eq!(numbers.peak, PixelPoint { x: 25.0, y: 15.0 });
    }

    #[test]
    fn without_lungs_the_whole_map_counts() {
        let map = map(vec![f32::NAN, 2.0, 3.0, 7.0]);
        let numbers = MapNumbers::of(&map, &[]).unwrap();
        assert_eq!((numbers.mean, numbers.lung_mean), (4.0, 4.0));
        let elsewhere = MapNumbers::of(&map, &[PixelRect::new(90.0, 0.0, 5.0, 5.0)]);
        assert_eq!(elsewhere, Some(numbers));
    }

    #[test]
    fn a_map_of_nothing_has_no_numbers() {
        assert_eq!(MapNumbers::of(&map(vec![f32::NAN; 4]), &[]), None);
    }
}
