//! Regions: what an anomaly map leaves standing above a threshold.

use serde::Serialize;

use super::AnomalyMap;
use super::sweep::{Component, Rule, components};
use crate::radiograph::{PixelRect, PixelSpacing};

/// On which side of the *image* a region's centre lies; the patient's side needs orientation tags.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The left of the image, not of the patient.
    ImageLeft,
    /// The middle tenth of the image.
    Middle,
    /// The right of the image, not of the patient.
    ImageRight,
}

/// One 8-connected component of a map above the threshold.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Region {
    /// Its number, from 1: the order in which regions come up as the threshold falls from the map's
    /// peak. Where two grow together the one that came up first keeps its number, so that a region
    /// has the same one at every threshold at which it stands.
    pub id: usize,
    /// Its box in image pixels.
    #[serde(rename = "box", serialize_with = "as_xywh")]
    pub bounds: PixelRect,
    /// Its area in image pixels.
    pub area_px: f32,
    /// Its area in square millimetres at the spacing's plane, when the spacing is known.
    pub area_mm2: Option<f32>,
    /// The greatest value inside, in the map's unit.
    pub peak: f32,
    /// The mean value inside, in the map's unit.
    pub mean: f32,
    /// The side of the image its centre lies on.
    pub side: Side,
}

fn as_xywh<S: serde::Serializer>(bounds: &PixelRect, serializer: S) -> Result<S::Ok, S::Error> {
    bounds.xywh().serialize(serializer)
}

/// The least number of map cells that count as a region, in the window and on the command line:
/// less is a speck that no network of these resolutions can vouch for.
pub const LEAST_REGION_CELLS: usize = 4;

/// Returns the 8-connected regions at or above `threshold` by their numbers; those under
/// `least_cells` map cells are left out.
pub fn regions(
    map: &AnomalyMap,
    threshold: f32,
    least_cells: usize,
    spacing: Option<&PixelSpacing>,
) -> Vec<Region> {
    let rule = Rule {
        least_cells,
        touches: &|_| true,
    };
    measured(map, &components(map, threshold, &rule), spacing)
}

/// Returns the cells of a region, as places in the map's samples; none where the map at this
/// threshold has no such region.
pub fn cells_of(map: &AnomalyMap, threshold: f32, region: &Region) -> Vec<usize> {
    let same = |component: &Component| {
        let found = measure(map, &component.cells, None);
        (found.bounds, found.peak, found.area_px) == (region.bounds, region.peak, region.area_px)
    };
    let rule = Rule {
        least_cells: 1,
        touches: &|_| true,
    };
    let mut components = components(map, threshold, &rule).into_iter();
    components
        .find(same)
        .map_or_else(Vec::new, |component| component.cells)
}

/// Measures components, which are in the order of their numbers.
pub(super) fn measured(
    map: &AnomalyMap,
    components: &[Component],
    spacing: Option<&PixelSpacing>,
) -> Vec<Region> {
    let regions = components.iter().map(|component| Region {
        id: component.number,
        ..measure(map, &component.cells, spacing)
    });
    regions.collect()
}

/// Measures one component, whose number is still open.
fn measure(map: &AnomalyMap, cells: &[usize], spacing: Option<&PixelSpacing>) -> Region {
    let raster = &map.placed.raster;
    let (mut left, mut top) = (raster.width(), raster.height());
    let (mut right, mut bottom) = (0, 0);
    let (mut sum, mut peak) = (0.0, f32::NEG_INFINITY);
    for &cell in cells {
        let (x, y) = (cell % raster.width(), cell / raster.width());
        (left, right) = (left.min(x), right.max(x + 1));
        (top, bottom) = (top.min(y), bottom.max(y + 1));
        let value = raster.samples().at(cell);
        sum += f64::from(value);
        peak = peak.max(value);
    }
    let place = &map.placed.place;
    let (cell_width, cell_height) = map.placed.cell_size();
    let bounds = PixelRect::new(
        place.x + left as f32 * cell_width,
        place.y + top as f32 * cell_height,
        (right - left) as f32 * cell_width,
        (bottom - top) as f32 * cell_height,
    );
    let area_px = cells.len() as f32 * cell_width * cell_height;
    let across = (bounds.center().x - place.x) / place.width;
    Region {
        id: 0,
        bounds,
        area_px,
        area_mm2: spacing.map(|spacing| area_px * spacing.pixel_area_mm2()),
        peak,
        mean: (sum / cells.len().max(1) as f64) as f32,
        side: match across {
            x if x < 0.45 => Side::ImageLeft,
            x if x > 0.55 => Side::ImageRight,
            _ => Side::Middle,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::anomaly::{MapKind, Placed};
    use crate::radiograph::Raster;

    fn map(width: usize, height: usize, samples: Vec<f32>) -> AnomalyMap {
        AnomalyMap {
            kind: MapKind::Residue,
            placed: Placed {
                raster: Raster::new(width, height, samples).unwrap(),
                place: PixelRect::new(0.0, 0.0, 10.0 * width as f32, 10.0 * height as f32),
            },
            scale: (0.0, 1.0),
            unit: "arbitrary".to_owned(),
        }
    }

    #[test]
    fn diagonal_neighbours_are_one_region() {
        let found = regions(&map(3, 2, vec![1.0, 0.0, 0.0, 0.0, 2.0, 0.0]), 0.5, 1, None);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].bounds, PixelRect::new(0.0, 0.0, 20.0, 20.0));
        assert_eq!(found[0].area_px, 200.0);
        assert_eq!((found[0].peak, found[0].mean), (2.0, 1.5));
    }

    #[test]
    fn raising_the_threshold_never_enlarges_the_area() {
        let samples: Vec<f32> = (0..400_u32)
            .map(|i| (i.wrapping_mul(2_654_435_761) >> 8) as f32 / (1 << 24) as f32)
            .collect();
        let map = map(20, 20, samples);
        let areas: Vec<f32> = (0..=100)
            .map(|step| {
                let found = regions(&map, step as f32 / 100.0, 1, None);
                found.iter().map(|region| region.area_px).sum()
            })
            .collect();
        assert!(areas.is_sorted_by(|a, b| a >= b));
    }

    #[test]
    fn regions_that_never_touch_are_numbered_by_falling_peak() {
        let found = regions(&map(5, 1, vec![1.0, 0.0, 3.0, 0.0, 2.0]), 0.5, 1, None);
        let peaks: Vec<f32> = found.iter().map(|region| region.peak).collect();
        assert_eq!(peaks, [3.0, 2.0, 1.0]);
        assert_eq!(found[0].id, 1);
    }

    #[test]
    fn small_regions_can_be_left_out() {
        let found = regions(&map(5, 1, vec![1.0, 0.0, 3.0, 3.0, 0.0]), 0.5, 2, None);
        assert_eq!(found.len(), 1);
    }
}
