//! Resampling whole images.

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};

use super::PixelRect;
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
    if greys.len() != width * height || greys.is_empty() {
        return Err(Error::internal("an image smaller than its size"));
    }
    let failed = |cause: String| Error::internal(format!("an image is not resampled: {cause}"));
    let bytes = bytemuck::cast_slice(greys);
    let image = ImageRef::new(width as u32, height as u32, bytes, PixelType::F32)
        .map_err(|cause| failed(cause.to_string()))?;
    let mut resampled = Image::new(new_width as u32, new_height as u32, PixelType::F32);
    let filter = ResizeAlg::Convolution(FilterType::CatmullRom);
    Resizer::new()
        .resize(
            &image,
            &mut resampled,
            &ResizeOptions::new().resize_alg(filter),
        )
        .map_err(|cause| failed(cause.to_string()))?;
    let mut greys: Vec<f32> = bytemuck::pod_collect_to_vec(resampled.buffer());
    if (width, height) != (new_width, new_height) {
        // The filter overshoots at edges.
        greys
            .iter_mut()
            .for_each(|grey| *grey = grey.clamp(0.0, 1.0));
    }
    Ok(greys)
}

/// Resamples a part of an image, which may reach beyond the image's edge: there the edge goes on.
/// The part is widened to whole pixels.
///
/// # Errors
/// When there are not as many samples as the size says.
pub fn resized_part(
    greys: &[f32],
    (width, height): (usize, usize),
    part: PixelRect,
    new_size: (usize, usize),
) -> Result<Vec<f32>> {
    if greys.len() != width * height || greys.is_empty() {
        return Err(Error::internal("an image smaller than its size"));
    }
    let span = |start: f32, end: f32| {
        (
            start.round() as isize,
            (end.round() as isize).max(start.round() as isize + 1),
        )
    };
    let (left, right) = span(part.x, part.right());
    let (top, bottom) = span(part.y, part.bottom());
    let within = |place: isize, size: usize| place.clamp(0, size as isize - 1) as usize;
    let mut cut = Vec::with_capacity(((right - left) * (bottom - top)) as usize);
    for y in top..bottom {
        let row = &greys[within(y, height) * width..][..width];
        cut.extend((left..right).map(|x| row[within(x, width)]));
    }
    let size = ((right - left) as usize, (bottom - top) as usize);
    resized(&cut, size, new_size)
}

/// Samples an image between the centres of its pixels, from that of the first on; beyond the edge the
/// edge goes on.
pub fn bilinear(greys: &[f32], (width, height): (usize, usize), (x, y): (f32, f32)) -> f32 {
    let x = x.clamp(0.0, (width - 1) as f32);
    let y = y.clamp(0.0, (height - 1) as f32);
    let (left, top) = (x as usize, y as usize);
    let (right, bottom) = ((left + 1).min(width - 1), (top + 1).min(height - 1));
    let (u, v) = (x - left as f32, y - top as f32);
    let at = |column: usize, row: usize| greys[row * width + column];
    let above = at(left, top) + u * (at(right, top) - at(left, top));
    let below = at(left, bottom) + u * (at(right, bottom) - at(left, bottom));
    above + v * (below - above)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn between_four_pixels_lies_their_mean_and_beyond_the_edge_the_edge() {
        let greys = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0];
        let at = |x, y| bilinear(&greys, (3, 2), (x, y));
        assert_eq!(at(0.5, 0.5), 2.0);
        assert_eq!(at(2.0, 1.0), 5.0);
        assert_eq!((at(-3.0, 0.25), at(9.0, -1.0)), (0.75, 2.0));
    }

    #[test]
    fn shrinking_and_growing_agree_with_another_library() {
        let (width, height) = (97_usize, 61_usize);
        let greys: Vec<f32> = (0..width * height)
            .map(|place| ((place * 7919) % 1009) as f32 / 1009.0)
            .collect();
        let image: image::ImageBuffer<image::Luma<f32>, _> =
            image::ImageBuffer::from_raw(width as u32, height as u32, greys.clone()).unwrap();
        for (w, h) in [(64, 64), (20, 13), (150, 61)] {
            let filter = image::imageops::FilterType::CatmullRom;
            let expected = image::imageops::resize(&image, w as u32, h as u32, filter);
            let found = resized(&greys, (width, height), (w, h)).unwrap();
            for (found, expected) in found.iter().zip(expected.as_raw()) {
                assert!((found - expected).abs() < 1e-4, "{w} × {h}");
            }
        }
    }

    #[test]
    fn a_flat_image_stays_flat() {
        let flat = vec![0.5; 30 * 20];
        let small = resized(&flat, (30, 20), (7, 9)).unwrap();
        assert!(small.iter().all(|grey| (grey - 0.5).abs() < 1e-5));
    }

    #[test]
    fn a_part_beyond_the_edge_goes_on_with_the_edge() {
        let ramp: Vec<f32> = (0..16).map(|i| (i % 4) as f32).collect();
        let part = PixelRect::new(2.0, -2.0, 4.0, 2.0);
        let cut = resized_part(&ramp, (4, 4), part, (4, 2)).unwrap();
        for (found, wanted) in cut.iter().zip([2.0, 3.0, 3.0, 3.0, 2.0, 3.0, 3.0, 3.0]) {
            assert!((found - wanted).abs() < 1e-5, "{cut:?}");
        }
    }
}
