//! How far two places on a film agree: boxes, masks, and maps against masks.

use super::LabelledScores;
use crate::error::{Error, Result};
use crate::radiograph::{PixelPoint, PixelRect};

/// Tells whether a box holds a point; the left and top edges belong to it, the others do not.
pub fn holds(bounds: &PixelRect, point: PixelPoint) -> bool {
    (bounds.x..bounds.right()).contains(&point.x) && (bounds.y..bounds.bottom()).contains(&point.y)
}

/// Returns the intersection over union of two boxes, 0 for two empty ones.
pub fn box_iou(a: &PixelRect, b: &PixelRect) -> f64 {
    let side = |(a_low, a_high): (f32, f32), (b_low, b_high): (f32, f32)| {
        f64::from(a_high.min(b_high) - a_low.max(b_low)).max(0.0)
    };
    let shared =
        side((a.x, a.right()), (b.x, b.right())) * side((a.y, a.bottom()), (b.y, b.bottom()));
    let area = |rect: &PixelRect| f64::from(rect.width) * f64::from(rect.height);
    let union = area(a) + area(b) - shared;
    if union > 0.0 { shared / union } else { 0.0 }
}

/// How two masks of the same pixels overlap.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MaskOverlap {
    /// Pixels in both.
    pub both: usize,
    /// Pixels in the first.
    pub first: usize,
    /// Pixels in the second.
    pub second: usize,
}

impl MaskOverlap {
    /// Counts pixels, given as pairs of “in the first” and “in the second”.
    pub fn count(pixels: impl IntoIterator<Item = (bool, bool)>) -> Self {
        let mut overlap = Self::default();
        for (first, second) in pixels {
            overlap.both += usize::from(first && second);
            overlap.first += usize::from(first);
            overlap.second += usize::from(second);
        }
        overlap
    }

    /// Returns Dice's coefficient, 2 |A ∩ B| / (|A| + |B|); 1 for two empty masks, which agree.
    pub fn dice(&self) -> f64 {
        match self.first + self.second {
            0 => 1.0,
            sum => 2.0 * self.both as f64 / sum as f64,
        }
    }

    /// Returns the intersection over union; 1 for two empty masks, which agree.
    pub fn iou(&self) -> f64 {
        match self.first + self.second - self.both {
            0 => 1.0,
            union => self.both as f64 / union as f64,
        }
    }
}

/// Takes the values of a map inside and outside a mask for scores, so that their AUC and average
/// precision are the map's per pixel.
///
/// # Errors
/// When the mask has no inside or no outside, or a value is not finite.
pub fn pixel_scores(pixels: impl IntoIterator<Item = (f32, bool)>) -> Result<LabelledScores> {
    let (mut inside, mut outside) = (Vec::new(), Vec::new());
    for (value, masked) in pixels {
        if masked {
            inside.push(f64::from(value));
        } else {
            outside.push(f64::from(value));
        }
    }
    if inside.is_empty() || outside.is_empty() {
        return Err(Error::internal("a mask without inside or outside"));
    }
    LabelledScores::new(outside, inside)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overlap_is_mutual_and_whole_with_itself() {
        let a = PixelRect::new(0.0, 0.0, 4.0, 2.0);
        let b = PixelRect::new(2.0, 0.0, 4.0, 2.0);
        assert_eq!(box_iou(&a, &a), 1.0);
        // 4 shared of 12.
        assert!((box_iou(&a, &b) - 1.0 / 3.0).abs() < 1e-12);
        assert_eq!(box_iou(&a, &b), box_iou(&b, &a));
        let apart = PixelRect::new(9.0, 9.0, 1.0, 1.0);
        assert_eq!(box_iou(&a, &apart), 0.0);
    }

    #[test]
    fn touching_boxes_share_no_point() {
        let left = PixelRect::new(0.0, 0.0, 2.0, 2.0);
        let right = PixelRect::new(2.0, 0.0, 2.0, 2.0);
        let edge = PixelPoint { x: 2.0, y: 1.0 };
        assert!(!holds(&left, edge) && holds(&right, edge));
    }

    #[test]
    fn masks_are_counted_pixel_by_pixel() {
        let overlap = MaskOverlap::count([(true, true), (true, false), (false, false)]);
        assert_eq!((overlap.dice(), overlap.iou()), (2.0 / 3.0, 0.5));
        assert_eq!(MaskOverlap::count([(false, false)]).dice(), 1.0);
    }

    #[test]
    fn a_mask_over_everything_has_no_outside() {
        assert!(pixel_scores([(1.0, true)]).is_err());
        assert_eq!(
            pixel_scores([(1.0, true), (0.0, false)]).unwrap().auc(),
            1.0
        );
    }
}
