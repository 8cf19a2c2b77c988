//! From a residue to what of it counts: the pipeline of Tang et al. 2021. The residue is cut at an
//! adaptive threshold; of the components that stay, specks and those that touch no lung are dropped.
//!
//! The paper names no threshold rule; Otsu's over the lungs with a floor is our choice. Where no
//! lungs are known the whole map counts.

use super::regions::measured;
use super::sweep::{Component, Rule, components};
use super::{AnomalyMap, LEAST_REGION_CELLS, Region};
use crate::radiograph::{PixelPoint, PixelRect, PixelSpacing};

/// A component under this share of the lung boxes' area is a speck.
const LEAST_SHARE: f32 = 0.001;
/// The bins of Otsu's histogram.
const BINS: usize = 256;

/// Returns Otsu's threshold (1979) over a histogram of 256 bins from the least to the greatest value:
/// the centre of the last bin of the lower class; `None` where there are not two values to part.
pub fn otsu(values: &[f32]) -> Option<f32> {
    let finite = || values.iter().copied().filter(|value| value.is_finite());
    let low = f64::from(finite().reduce(f32::min)?);
    let high = f64::from(finite().reduce(f32::max)?);
    if high <= low {
        return None;
    }
    let width = (high - low) / BINS as f64;
    let mut counts = [0.0_f64; BINS];
    for value in finite() {
        let bin = ((f64::from(value) - low) / width) as usize;
        counts[bin.min(BINS - 1)] += 1.0;
    }
    let centre = |bin: usize| low + (bin as f64 + 0.5) * width;
    let total: f64 = counts.iter().sum();
    let moment: f64 = (0..BINS).map(|bin| counts[bin] * centre(bin)).sum();
    let (mut below, mut moment_below) = (0.0, 0.0);
    let mut best = (f64::NEG_INFINITY, 0);
    for (bin, count) in counts[..BINS - 1].iter().enumerate() {
        below += count;
        moment_below += count * centre(bin);
        let above = total - below;
        if below == 0.0 || above == 0.0 {
            continue;
        }
        let apart = moment_below / below - (moment - moment_below) / above;
        let between = below * above * apart * apart;
        if between > best.0 {
            best = (between, bin);
        }
    }
    Some(centre(best.1) as f32)
}

/// Returns the cut that a map itself suggests, never below `floor`: Otsu's threshold over the cells in
/// the lung boxes, or over all where there are none.
pub fn adaptive_cut(map: &AnomalyMap, lung_boxes: &[PixelRect], floor: f32) -> f32 {
    let samples = map.placed.raster.values();
    let cells = 0..samples.len();
    let inside = cells.filter(|&cell| lung_boxes.is_empty() || in_lungs(map, lung_boxes, cell));
    let values: Vec<f32> = inside.map(|cell| samples[cell]).collect();
    otsu(&values).map_or(floor, |cut| cut.max(floor))
}

/// Returns the regions of a map at or above a cut that touch a lung and are no specks, by their
/// numbers; where no lungs are known, all regions of at least [`LEAST_REGION_CELLS`] cells.
pub fn regions_in_lungs(
    map: &AnomalyMap,
    cut: f32,
    lung_boxes: &[PixelRect],
    spacing: Option<&PixelSpacing>,
) -> Vec<Region> {
    measured(map, &kept(map, cut, lung_boxes), spacing)
}

/// Returns a map's samples in the regions of [`regions_in_lungs`], and 0 elsewhere.
pub fn kept_saliency(map: &AnomalyMap, cut: f32, lung_boxes: &[PixelRect]) -> Vec<f32> {
    let samples = map.placed.raster.values();
    let mut saliency = vec![0.0; samples.len()];
    let kept = kept(map, cut, lung_boxes).into_iter();
    for cell in kept.flat_map(|component| component.cells) {
        saliency[cell] = samples[cell];
    }
    saliency
}

/// The components that count.
fn kept(map: &AnomalyMap, cut: f32, lung_boxes: &[PixelRect]) -> Vec<Component> {
    let (width, height) = map.placed.cell_size();
    let lungs: f32 = lung_boxes.iter().map(PixelRect::area).sum();
    let least = (LEAST_SHARE * lungs / (width * height)).ceil() as usize;
    let rule = Rule {
        least_cells: least.max(LEAST_REGION_CELLS),
        touches: &|cell| lung_boxes.is_empty() || in_lungs(map, lung_boxes, cell),
    };
    components(map, cut, &rule)
}

/// Whether a cell's centre lies in a box.
fn in_lungs(map: &AnomalyMap, lung_boxes: &[PixelRect], cell: usize) -> bool {
    let columns = map.placed.raster.width();
    let (width, height) = map.placed.cell_size();
    let centre = PixelPoint {
        x: map.placed.place.x + ((cell % columns) as f32 + 0.5) * width,
        y: map.placed.place.y + ((cell / columns) as f32 + 0.5) * height,
    };
    lung_boxes.iter().any(|lung| lung.contains(centre))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::anomaly::{MapKind, Placed};
    use crate::radiograph::Raster;

    /// A map of 8 × 4 cells of 10 pixels: five cells of 3 in the left half, four of 2 in the right
    /// half, and a lone 5.
    fn map() -> AnomalyMap {
        let mut samples = vec![0.0; 32];
        for cell in [0, 1, 8, 9, 10] {
            samples[cell] = 3.0;
        }
        for cell in [6, 7, 14, 15] {
            samples[cell] = 2.0;
        }
        samples[28] = 5.0;
        AnomalyMap {
            kind: MapKind::Residue,
            placed: Placed {
                raster: Raster::new(8, 4, samples).unwrap(),
                place: PixelRect::new(0.0, 0.0, 80.0, 40.0),
            },
            scale: (0.0, 1.0),
            unit: String::new(),
        }
    }

    const LEFT: PixelRect = PixelRect {
        x: 20.0,
        y: 10.0,
        width: 10.0,
        height: 30.0,
    };

    #[test]
    fn otsu_parts_two_heaps() {
        let cut = otsu(&[1.0, 1.1, 1.2, 5.0, 5.1]).unwrap();
        assert!((1.2..5.0).contains(&cut), "{cut}");
        assert_eq!(otsu(&[2.0; 5]), None);
        assert_eq!(otsu(&[f32::NAN]), None);
    }

    #[test]
    fn the_adaptive_cut_looks_at_the_lungs_and_never_falls_below_its_floor() {
        let map = map();
        let all = adaptive_cut(&map, &[], 0.5);
        assert!((0.5..3.0).contains(&all), "{all}");
        assert_eq!(adaptive_cut(&map, &[LEFT], 9.0), 9.0);
        // Below the first box's row nothing stands out.
        let dark = PixelRect::new(0.0, 20.0, 30.0, 10.0);
        assert_eq!(adaptive_cut(&map, &[dark], 0.25), 0.25);
    }

    #[test]
    fn a_region_must_touch_a_lung_and_may_reach_beyond_it() {
        let found = regions_in_lungs(&map(), 1.0, &[LEFT], None);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].bounds.xywh(), [0.0, 0.0, 30.0, 20.0]);
        assert_eq!(regions_in_lungs(&map(), 1.0, &[], None).len(), 2);
    }

    #[test]
    fn specks_for_the_lungs_size_are_dropped() {
        // 0.1 % of lungs of 600 000 pixels are 600 pixels: six cells.
        let large = PixelRect::new(0.0, 0.0, 1000.0, 600.0);
        assert_eq!(regions_in_lungs(&map(), 1.0, &[large], None), []);
    }

    #[test]
    fn saliency_is_the_residue_where_regions_are() {
        let saliency = kept_saliency(&map(), 1.0, &[LEFT]);
        assert_eq!(saliency.iter().sum::<f32>(), 15.0);
        assert_eq!(saliency[6], 0.0);
    }
}
