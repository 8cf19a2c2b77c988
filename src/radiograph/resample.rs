//! Resampling whole images.

use image::imageops::{FilterType, resize};
use image::{ImageBuffer, Luma};

use crate::error::{Error, Result};

/// Resamples greys in [0, 1] from one size to another: Catmull–Rom, antialiased when shrinking (the
/// filter that Pillow calls bicubic). The aspect ratio is not kept.
///
/// # Errors
/// When there are not as many samples as the size says.
pub fn resized(
    greys: &[f32],
    (width, height): (usize, usize),
    (new_width, new_height): (usize, usize),
) -> Result<Vec<f32>> {
    let buffer: Option<ImageBuffer<Luma<f32>, &[f32]>> =
        ImageBuffer::from_raw(width as u32, height as u32, greys);
    let buffer = buffer.ok_or_else(|| Error::internal("an image smaller than its size"))?;
    let resampled = resize(
        &buffer,
        new_width as u32,
        new_height as u32,
        FilterType::CatmullRom,
    );
    Ok(resampled.into_raw())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flat_image_stays_flat() {
        let flat = vec![0.5; 30 * 20];
        let small = resized(&flat, (30, 20), (7, 9)).unwrap();
        assert!(small.iter().all(|grey| (grey - 0.5).abs() < 1e-5));
    }
}
