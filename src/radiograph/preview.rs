//! A film's coarse picture, to look at while the film is decoded.

use super::Radiograph;

/// A film with a part of its pixels, as greys of its file's own window. Nothing is measured on it.
#[derive(Clone, Debug, PartialEq)]
pub struct Preview {
    /// The number of columns.
    pub columns: usize,
    /// The number of rows.
    pub rows: usize,
    /// The height of a pixel over its width.
    pub pixel_aspect: f32,
    /// The greys, row-major, 255 brightest.
    pub greys: Vec<u8>,
}

impl Preview {
    /// Makes a preview of a radiograph that has a part of its film's pixels already.
    pub fn of(radiograph: &Radiograph) -> Self {
        let greys = radiograph.greys().into_iter();
        Self {
            columns: radiograph.raster.width(),
            rows: radiograph.raster.height(),
            pixel_aspect: radiograph.pixel_aspect(),
            greys: greys.map(|grey| (255.0 * grey + 0.5) as u8).collect(),
        }
    }
}
