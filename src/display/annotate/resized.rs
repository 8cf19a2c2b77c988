//! An annotated picture at another width or without its strips, and lines of text as pictures.

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{PixelType, Resizer};

use super::canvas::{Area, Canvas};
use super::lettering::Lettering;
use super::{AnnotatedPicture, MOST_PIXELS};
use crate::display::legible;
use crate::error::{Error, ErrorKind, Result};

impl AnnotatedPicture {
    /// Returns the picture at another width, its letters with it; the facts say the new size.
    ///
    /// # Errors
    /// When the width is 0 or the picture would be too large.
    pub fn at_width(mut self, width: u32) -> Result<Self> {
        let height = (self.height as f64 * f64::from(width) / self.width as f64).round();
        let pixels = f64::from(width) * height;
        if width == 0 || height < 1.0 || pixels > MOST_PIXELS as f64 {
            return Err(Error::new(
                ErrorKind::Usage,
                format!("a picture cannot be {width} pixels wide"),
                "Choose a width between 64 and 16384 pixels.",
            ));
        }
        self.rgba = resized(&self, (width, height as u32))?;
        (self.width, self.height) = (width as usize, height as usize);
        if let Some(facts) = self.facts.as_object_mut() {
            facts.insert(
                "resized_to".to_owned(),
                serde_json::json!([width, height as u32]),
            );
        }
        Ok(self)
    }
}

impl AnnotatedPicture {
    /// Returns the panels with their titles, without the strips below them.
    pub fn without_strips(mut self) -> Self {
        let panels = self.facts["panels"].as_array().cloned().unwrap_or_default();
        let number = |panel: &serde_json::Value, key: &str| panel[key].as_u64().unwrap_or(0);
        let bottom = |panel| number(panel, "top") + number(panel, "height");
        let bottom = panels.iter().map(bottom).max().unwrap_or(0) as usize;
        if bottom > 0 && bottom < self.height {
            self.rgba.truncate(bottom * self.width * 4);
            self.height = bottom;
        }
        self
    }
}

/// Draws a line of text, black on white, for where letters cannot be set otherwise.
///
/// # Errors
/// When a bundled font is unusable.
pub fn drawn_text(text: &str, font_px: f32) -> Result<AnnotatedPicture> {
    let lettering = Lettering::for_text(text)?;
    let text = legible(text, &mut |part| lettering.has(part));
    let width = (lettering.width(&text, font_px).ceil() as usize).clamp(1, 16_384);
    let height = (1.4 * font_px).ceil() as usize;
    let mut canvas = Canvas::new(width, height);
    let (across, down) = (width as i64, height as i64);
    canvas.fill(Area::new(0, 0, across, down), [255; 3]);
    lettering.draw(&mut canvas, (0.0, 0.0), &text, (font_px, [0; 3]));
    Ok(AnnotatedPicture {
        width,
        height,
        rgba: canvas.into_rgba(),
        facts: serde_json::Value::Null,
    })
}

fn resized(picture: &AnnotatedPicture, (width, height): (u32, u32)) -> Result<Vec<u8>> {
    let fault = |cause: String| Error::internal(format!("the picture cannot be resized: {cause}"));
    let (columns, rows) = (picture.width as u32, picture.height as u32);
    let from = ImageRef::new(columns, rows, &picture.rgba, PixelType::U8x4)
        .map_err(|cause| fault(cause.to_string()))?;
    let mut to = Image::new(width, height, PixelType::U8x4);
    Resizer::new()
        .resize(&from, &mut to, None)
        .map_err(|cause| fault(cause.to_string()))?;
    Ok(to.into_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_keeps_its_shape_and_no_width_is_none() {
        let picture = AnnotatedPicture {
            width: 40,
            height: 20,
            rgba: vec![200; 40 * 20 * 4],
            facts: serde_json::json!({}),
        };
        let half = picture.clone().at_width(20).unwrap();
        assert_eq!((half.width, half.height, half.rgba.len()), (20, 10, 800));
        assert!(half.rgba.iter().all(|code| code.abs_diff(200) <= 1));
        assert_eq!(half.facts["resized_to"], serde_json::json!([20, 10]));
        assert!(picture.at_width(0).is_err());
    }
}
