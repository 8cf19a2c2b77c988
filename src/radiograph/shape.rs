//! The shape of a film's pixels, which need not be square.

use super::Radiograph;

/// The pixel shapes that are believed; others would make a film a line.
const ASPECTS: std::ops::RangeInclusive<f32> = 0.1..=10.0;

impl Radiograph {
    /// States the height of a pixel over its width, for films without distances; what is no shape of
    /// a pixel is left out.
    pub fn with_aspect(mut self, aspect: Option<f32>) -> Self {
        self.stated_aspect = aspect.filter(|aspect| ASPECTS.contains(aspect));
        self
    }

    /// Returns the height of a pixel over its width, by which the film is drawn.
    pub fn pixel_aspect(&self) -> f32 {
        let of_spacing = self.spacing.as_ref();
        let of_spacing = of_spacing.map(|spacing| spacing.row_mm / spacing.column_mm);
        let aspect = of_spacing.or(self.stated_aspect).unwrap_or(1.0);
        if ASPECTS.contains(&aspect) {
            aspect
        } else {
            1.0
        }
    }

    /// Returns columns and rows of the film drawn with square pixels, none of its own lost.
    pub fn square_size(&self) -> (usize, usize) {
        let (width, height) = (self.raster.width(), self.raster.height());
        let aspect = self.pixel_aspect();
        let longer = |side: usize, factor: f32| (side as f32 * factor).round().max(1.0) as usize;
        match aspect {
            // As good as square: drawn pixel by pixel.
            0.99..=1.01 => (width, height),
            1.0.. => (width, longer(height, aspect)),
            _ => (longer(width, 1.0 / aspect), height),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::radiograph::{PixelSpacing, Polarity, Raster, SpacingPlane};

    fn film() -> Radiograph {
        let raster = Raster::new(30, 20, vec![1.0; 600]).unwrap();
        Radiograph::new(raster, Vec::new(), Polarity::Identity).unwrap()
    }

    #[test]
    fn no_pixel_is_lost_where_films_are_drawn_square() {
        assert_eq!(film().square_size(), (30, 20));
        assert_eq!(film().with_aspect(Some(2.0)).square_size(), (30, 40));
        assert_eq!(film().with_aspect(Some(0.5)).square_size(), (60, 20));
        assert_eq!(film().with_aspect(Some(1.005)).square_size(), (30, 20));
    }

    #[test]
    fn distances_outweigh_a_stated_shape_and_absurd_ones_are_not_believed() {
        let spacing = PixelSpacing::checked(0.4, 0.2, SpacingPlane::Unknown, "test");
        let stated = film().with_spacing(spacing).with_aspect(Some(3.0));
        assert_eq!(stated.pixel_aspect(), 2.0);
        for aspect in [0.0, -1.0, 1e9, f32::NAN] {
            assert_eq!(film().with_aspect(Some(aspect)).pixel_aspect(), 1.0);
        }
        let line = PixelSpacing::checked(1e6, 0.2, SpacingPlane::Unknown, "test");
        assert_eq!(film().with_spacing(line).pixel_aspect(), 1.0);
    }
}
