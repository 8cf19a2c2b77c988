//! Where the lungs are on a film.

use super::{AnomalyMap, MapKind, Placed, regions};
use crate::radiograph::PixelRect;

/// The lungs of one film, as a segmenter found them.
#[derive(Clone, Debug)]
pub struct LungField {
    /// How surely each place lies inside a lung, from 0 to 1.
    pub mask: Placed,
    /// One box per lung in image pixels, from the image's left to its right; one where both ran
    /// together or only one was found, none where nothing looks like a lung.
    pub boxes: Vec<PixelRect>,
}

/// A place belongs to a lung from this value of the mask on.
const INSIDE: f32 = 0.5;
/// The least part of the mask that is a lung and no speck: 1.5 %.
const LEAST_SHARE: f32 = 0.015;

impl LungField {
    /// Reads the boxes off a mask: its two largest connected parts.
    pub fn of(mask: Placed) -> Self {
        let cells = mask.raster.samples().len();
        let least = (LEAST_SHARE * cells as f32) as usize;
        let map = AnomalyMap {
            kind: MapKind::Saliency,
            placed: mask,
            scale: (0.0, 1.0),
            unit: String::new(),
        };
        let mut parts = regions(&map, INSIDE, least, None);
        parts.sort_by(|a, b| b.area_px.total_cmp(&a.area_px));
        parts.truncate(2);
        let mut boxes: Vec<PixelRect> = parts.into_iter().map(|part| part.bounds).collect();
        boxes.sort_by(|a, b| a.x.total_cmp(&b.x));
        Self {
            mask: map.placed,
            boxes,
        }
    }

    /// Returns the box around both lungs, in image pixels; `None` where no lung was found.
    pub fn around(&self) -> Option<PixelRect> {
        let mut boxes = self.boxes.iter().copied();
        let first = boxes.next()?;
        Some(boxes.fold(first, |all, lung| all.around(&lung)))
    }

    /// Samples the mask at the centres of `side`² cells laid over a part of the film.
    pub fn over(&self, place: PixelRect, side: usize) -> Vec<f32> {
        let at = |index: usize, start: f32, length: f32| {
            start + (index as f32 + 0.5) * length / side as f32
        };
        (0..side * side)
            .map(|cell| {
                let x = at(cell % side, place.x, place.width);
                let y = at(cell / side, place.y, place.height);
                self.mask.sample(x, y).unwrap_or(0.0)
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::radiograph::Raster;

    /// Lungs of 3 × 4 and 2 × 4 cells and a speck, on a film of 100 × 200 pixels.
    fn field() -> LungField {
        let mut mask = vec![0.0; 100];
        for y in 3..7 {
            mask[y * 10 + 1..y * 10 + 4].fill(1.0);
            mask[y * 10 + 6..y * 10 + 8].fill(0.9);
        }
        mask[9] = 0.8;
        LungField::of(Placed {
            raster: Raster::new(10, 10, mask).unwrap(),
            place: PixelRect::of_image(100, 200),
        })
    }

    #[test]
    fn lungs_get_a_box_each_from_left_to_right_and_specks_none() {
        let field = field();
        assert_eq!(field.boxes[0].xywh(), [10.0, 60.0, 30.0, 80.0]);
        assert_eq!(field.boxes[1].xywh(), [60.0, 60.0, 20.0, 80.0]);
        assert_eq!(field.boxes.len(), 2);
        assert_eq!(field.around().unwrap().xywh(), [10.0, 60.0, 70.0, 80.0]);
    }

    #[test]
    fn the_mask_can_be_laid_over_a_part_of_the_film() {
        let over = field().over(PixelRect::new(10.0, 60.0, 20.0, 40.0), 2);
        assert_eq!(over, [1.0; 4]);
    }
}
