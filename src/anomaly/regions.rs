//! Regions: what an anomaly map leaves standing above a threshold.

use serde::Serialize;

use super::AnomalyMap;
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
    /// Its number, from 1, by falling peak.
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

/// Returns the 8-connected regions at or above `threshold`, numbered by falling peak; those under
/// `least_cells` map cells are left out.
pub fn regions(
    map: &AnomalyMap,
    threshold: f32,
    least_cells: usize,
    spacing: Option<&PixelSpacing>,
) -> Vec<Region> {
    let mut components = components(map, threshold);
    components.retain(|cells| cells.len() >= least_cells);
    numbered(map, &components, spacing)
}

/// Returns the cells of a region, as places in the map's samples; none where the map at this
/// threshold has no such region.
pub fn cells_of(map: &AnomalyMap, threshold: f32, region: &Region) -> Vec<usize> {
    let same = |cells: &Vec<usize>| {
        let found = measure(map, cells, None);
        (found.bounds, found.peak, found.area_px) == (region.bounds, region.peak, region.area_px)
    };
    let mut components = components(map, threshold).into_iter();
    components.find(same).unwrap_or_default()
}

/// Returns the 8-connected components at or above `threshold`, each as the places of its cells in
/// the map's samples.
pub(super) fn components(map: &AnomalyMap, threshold: f32) -> Vec<Vec<usize>> {
    let raster = &map.placed.raster;
    let (width, height) = (raster.width(), raster.height());
    let values = raster.values();
    let mut seen = vec![false; width * height];
    let mut found = Vec::new();
    for start in 0..width * height {
        if seen[start] || values[start] < threshold || values[start].is_nan() {
            continue;
        }
        seen[start] = true;
        let mut cells = vec![start];
        let mut next_to_visit = 0;
        while let Some(&cell) = cells.get(next_to_visit) {
            next_to_visit += 1;
            let (x, y) = (cell % width, cell / width);
            for next_y in y.saturating_sub(1)..=(y + 1).min(height - 1) {
                for next_x in x.saturating_sub(1)..=(x + 1).min(width - 1) {
                    let next = next_y * width + next_x;
                    if !seen[next] && values[next] >= threshold {
                        seen[next] = true;
                        cells.push(next);
                    }
                }
            }
        }
        found.push(cells);
    }
    found
}

/// Measures components and numbers them by falling peak.
pub(super) fn numbered(
    map: &AnomalyMap,
    components: &[Vec<usize>],
    spacing: Option<&PixelSpacing>,
) -> Vec<Region> {
    let measured = components.iter().map(|cells| measure(map, cells, spacing));
    let mut found: Vec<Region> = measured.collect();
    found.sort_by(|a, b| b.peak.total_cmp(&a.peak));
    for (index, region) in found.iter_mut().enumerate() {
        region.id = index + 1;
    }
    found
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
    fn regions_are_numbered_by_falling_peak() {
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
