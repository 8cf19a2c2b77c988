//! Text in pixels.

use ab_glyph::{Font as _, FontRef, PxScale, ScaleFont as _, point};

use super::canvas::Canvas;
use crate::error::{Error, Result};

/// The faces text is set in: the first that has a character's glyph draws it.
pub(super) struct Lettering {
    faces: [FontRef<'static>; 2],
}

impl Lettering {
    pub(super) fn new() -> Result<Self> {
        let face = |bytes: &'static [u8]| {
            FontRef::try_from_slice(bytes)
                .map_err(|cause| Error::internal(format!("a bundled font is unusable: {cause}")))
        };
        Ok(Self {
            faces: [
                face(epaint_default_fonts::UBUNTU_LIGHT)?,
                face(epaint_default_fonts::HACK_REGULAR)?,
            ],
        })
    }

    /// Returns the width of a line in pixels.
    pub(super) fn width(&self, text: &str, font_px: f32) -> f32 {
        let advance = |character| {
            let face = self.face_of(character).as_scaled(PxScale::from(font_px));
            face.h_advance(face.glyph_id(character))
        };
        text.chars().map(advance).sum()
    }

    /// Breaks a text at spaces into lines of at most `width_px`; a longer word is cut.
    pub(super) fn wrapped(&self, text: &str, font_px: f32, width_px: f32) -> Vec<String> {
        let mut lines = vec![String::new()];
        for word in text.split(' ') {
            let line = lines.len() - 1;
            let longer = if lines[line].is_empty() {
                word.to_owned()
            } else {
                format!("{} {word}", lines[line])
            };
            if self.width(&longer, font_px) <= width_px {
                lines[line] = longer;
                continue;
            }
            if !lines[line].is_empty() {
                lines.push(String::new());
            }
            self.cut_into(word, (font_px, width_px), &mut lines);
        }
        lines
    }

    /// Draws a line with its top left corner at a point, in a size and a colour.
    pub(super) fn draw(
        &self,
        canvas: &mut Canvas,
        (left, top): (f32, f32),
        text: &str,
        (font_px, color): (f32, [u8; 3]),
    ) {
        let scale = PxScale::from(font_px);
        let baseline = top + self.faces[0].as_scaled(scale).ascent();
        let mut x = left;
        for character in text.chars() {
            let face = self.face_of(character);
            let id = face.glyph_id(character);
            let glyph = id.with_scale_and_position(scale, point(x, baseline));
            if let Some(outline) = face.outline_glyph(glyph) {
                let bounds = outline.px_bounds();
                outline.draw(|dx, dy, coverage| {
                    let px = bounds.min.x as i64 + i64::from(dx);
                    let py = bounds.min.y as i64 + i64::from(dy);
                    canvas.blend(px, py, color, coverage.clamp(0.0, 1.0));
                });
            }
            x += face.as_scaled(scale).h_advance(id);
        }
    }

    fn cut_into(&self, word: &str, (font_px, width_px): (f32, f32), lines: &mut Vec<String>) {
        for character in word.chars() {
            let line = lines.len() - 1;
            let longer = format!("{}{character}", lines[line]);
            if lines[line].is_empty() || self.width(&longer, font_px) <= width_px {
                lines[line] = longer;
            } else {
                lines.push(character.to_string());
            }
        }
    }

    fn face_of(&self, character: char) -> &FontRef<'static> {
        let has = |face: &&FontRef<'static>| face.glyph_id(character).0 != 0;
        self.faces.iter().find(has).unwrap_or(&self.faces[0])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrapped_lines_fit_and_lose_nothing() {
        let lettering = Lettering::new().unwrap();
        let text = "residue above threshold in 3.1 cm² averyveryverylongwordwithoutanyspaces end";
        for width_px in [40.0, 80.0, 200.0, 2000.0] {
            let lines = lettering.wrapped(text, 14.0, width_px);
            for line in &lines {
                assert!(lettering.width(line, 14.0) <= width_px, "{line}");
            }
            let kept: String = lines.concat().split(' ').collect();
            assert_eq!(kept, text.split(' ').collect::<String>());
        }
    }

    #[test]
    fn every_character_we_print_has_a_glyph() {
        let lettering = Lettering::new().unwrap();
        for character in "σ≥≤×·–—…²%°|µ±“”".chars() {
            let face = lettering.face_of(character);
            assert!(face.glyph_id(character).0 != 0, "{character}");
        }
    }
}
