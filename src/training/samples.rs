//! Pictures that show the state of a run: rows of greys, written as one 16-bit PNG.

use std::path::Path;

use crate::error::Result;
use crate::files;

/// Rows of square pictures of one side.
#[derive(Clone, Debug, Default)]
pub struct Grid {
    /// The side of each picture in pixels.
    pub side: usize,
    /// The rows; all have as many pictures. Greys are in [0, 1].
    pub rows: Vec<Vec<Vec<f32>>>,
}

impl Grid {
    /// Writes the pictures side by side.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&self, path: &Path) -> Result<()> {
        let side = self.side;
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let (width, height) = (columns * side, self.rows.len() * side);
        let mut greys = vec![0_u16; width * height];
        for (row, pictures) in self.rows.iter().enumerate() {
            for (column, picture) in pictures.iter().enumerate() {
                for (y, line) in picture.chunks_exact(side).enumerate() {
                    let start = (row * side + y) * width + column * side;
                    for (target, grey) in greys[start..].iter_mut().zip(line) {
                        *target = (grey.clamp(0.0, 1.0) * f32::from(u16::MAX)).round() as u16;
                    }
                }
            }
        }
        files::write_png_grey16(path, width as u32, height as u32, &greys)
    }
}
