//! How far a pointer is from a mark.

use super::Shape;
use crate::radiograph::PixelPoint;

impl Shape {
    /// Returns how far a point is from the mark's lines, in columns of the image; rows count by the
    /// height of a pixel over its width. The inside of a region is not the mark: a drag there
    /// changes the window.
    pub fn distance(&self, point: PixelPoint, pixel_aspect: f32) -> f32 {
        let strokes = self.strokes();
        if strokes.is_empty() {
            let at = self.label_anchor();
            return from_segment(point, (at, at), pixel_aspect);
        }
        strokes
            .iter()
            .filter(|stroke| !stroke.auxiliary)
            .flat_map(|stroke| stroke.segments())
            .map(|segment| from_segment(point, segment, pixel_aspect))
            .fold(f32::INFINITY, f32::min)
    }

    /// Returns the handle nearest to a point, if it is within so many columns of the image.
    pub fn handle_at(&self, point: PixelPoint, within_px: f32, pixel_aspect: f32) -> Option<usize> {
        let handles = self.handles().into_iter().enumerate();
        handles
            .map(|(index, at)| (index, from_segment(point, (at, at), pixel_aspect)))
            .filter(|(_, distance)| *distance <= within_px)
            .min_by(|a, b| a.1.total_cmp(&b.1))
            .map(|(index, _)| index)
    }
}

fn from_segment(point: PixelPoint, (from, to): (PixelPoint, PixelPoint), aspect: f32) -> f32 {
    let (along_x, along_y) = (to.x - from.x, (to.y - from.y) * aspect);
    let (x, y) = (point.x - from.x, (point.y - from.y) * aspect);
    let length_squared = along_x * along_x + along_y * along_y;
    let share = if length_squared > 0.0 {
        ((x * along_x + y * along_y) / length_squared).clamp(0.0, 1.0)
    } else {
        0.0
    };
    (x - share * along_x).hypot(y - share * along_y)
}
