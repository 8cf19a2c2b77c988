//! Text in pixels.
//!
//! The bundled faces are set letter by letter; what they lack comes from fonts of this system and
//! is shaped, because the letters of many scripts join, stack or run from right to left.

use ab_glyph::{Font as _, FontRef, GlyphId, PxScale, ScaleFont as _, point};

use super::canvas::Canvas;
use crate::display::fonts::{find_fonts, found_font};
use crate::error::{Error, Result};

/// The faces text is set in: the first that has a character's glyph draws it.
pub(super) struct Lettering {
    faces: Vec<Face>,
}

struct Face {
    outlines: FontRef<'static>,
    /// The font file and the face's place in it, of faces that are shaped.
    shaped: Option<(&'static [u8], u32)>,
}

/// A glyph on a line, in pixels from its left end and from its baseline, downwards.
struct SetGlyph {
    face: usize,
    id: GlyphId,
    x: f32,
    y: f32,
}

impl Lettering {
    /// Makes the faces that a text takes, fonts of this system among them where it needs them.
    pub(super) fn for_text(text: &str) -> Result<Self> {
        let face = |bytes: &'static [u8]| {
            let outlines = FontRef::try_from_slice(bytes)
                .map_err(|cause| Error::internal(format!("a bundled font is unusable: {cause}")))?;
            Result::Ok(Face {
                outlines,
                shaped: None,
            })
        };
        let mut lettering = Self {
            faces: vec![
                face(epaint_default_fonts::UBUNTU_LIGHT)?,
                face(epaint_default_fonts::HACK_REGULAR)?,
            ],
        };
        let has = |c: &char| c.is_whitespace() || lettering.place_of(*c).is_some();
        let missing: String = text.chars().filter(|c| !has(c)).collect();
        if !missing.is_empty() {
            find_fonts(&missing);
        }
        for font in missing.chars().filter_map(found_font) {
            let shaped = Some((font.bytes, font.index));
            if lettering.faces.iter().all(|face| face.shaped != shaped) {
                lettering.faces.push(Face {
                    outlines: font.face.clone(),
                    shaped,
                });
            }
        }
        Ok(lettering)
    }

    /// Reports whether every character of a text can be drawn.
    pub(super) fn has(&self, text: &str) -> bool {
        let drawn = |c: char| c.is_whitespace() || self.place_of(c).is_some();
        text.chars().all(drawn)
    }

    /// Returns the width of a line in pixels.
    pub(super) fn width(&self, text: &str, font_px: f32) -> f32 {
        self.set(text, font_px).1
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
        let baseline = top + self.faces[0].outlines.as_scaled(scale).ascent();
        for set in self.set(text, font_px).0 {
            let at = point(left + set.x, baseline + set.y);
            let scale = self.scale(set.face, font_px);
            let glyph = set.id.with_scale_and_position(scale, at);
            if let Some(outline) = self.faces[set.face].outlines.outline_glyph(glyph) {
                let bounds = outline.px_bounds();
                outline.draw(|dx, dy, coverage| {
                    let px = bounds.min.x as i64 + i64::from(dx);
                    let py = bounds.min.y as i64 + i64::from(dy);
                    canvas.blend(px, py, color, coverage.clamp(0.0, 1.0));
                });
            }
        }
    }

    /// Sets a line from left to right; returns its glyphs and its width.
    fn set(&self, text: &str, font_px: f32) -> (Vec<SetGlyph>, f32) {
        let mut glyphs = Vec::with_capacity(text.len());
        let mut x = 0.0;
        for (face, run) in self.runs(text) {
            match self.faces[face].shaped {
                Some(file) => self.shape(run, (face, file), (font_px, &mut x), &mut glyphs),
                None => {
                    let scaled = self.faces[face].outlines.as_scaled(PxScale::from(font_px));
                    for character in run.chars() {
                        let id = scaled.glyph_id(character);
                        glyphs.push(SetGlyph {
                            face,
                            id,
                            x,
                            y: 0.0,
                        });
                        x += scaled.h_advance(id);
                    }
                }
            }
        }
        (glyphs, x)
    }

    /// Divides a line into stretches of one face each.
    fn runs<'a>(&self, text: &'a str) -> Vec<(usize, &'a str)> {
        let mut runs: Vec<(usize, usize)> = Vec::new();
        for (start, character) in text.char_indices() {
            let last = runs.last().map(|(face, _)| *face);
            // Marks and digits stay with the letters they follow where their face has them.
            let stays = last.filter(|face| {
                !character.is_ascii()
                    && self.faces[*face].shaped.is_some()
                    && self.faces[*face].outlines.glyph_id(character).0 != 0
            });
            let face = stays.or_else(|| self.place_of(character)).unwrap_or(0);
            if last != Some(face) {
                runs.push((face, start));
            }
        }
        let ends = runs.iter().skip(1).map(|(_, start)| *start);
        let ends: Vec<usize> = ends.chain([text.len()]).collect();
        let cut = |((face, start), end): (&(usize, usize), usize)| (*face, &text[*start..end]);
        runs.iter().zip(ends).map(cut).collect()
    }

    fn shape(
        &self,
        run: &str,
        (face, (bytes, index)): (usize, (&'static [u8], u32)),
        (font_px, x): (f32, &mut f32),
        glyphs: &mut Vec<SetGlyph>,
    ) {
        let Ok(font) = harfrust::FontRef::from_index(bytes, index) else {
            return;
        };
        let tables = harfrust::ShaperData::new(&font);
        let mut buffer = harfrust::UnicodeBuffer::new();
        buffer.push_str(run);
        buffer.guess_segment_properties();
        let shaper = tables.shaper(&font).build();
        let shaped = shaper.shape(buffer, harfrust::ShapeOptions::new());
        let scale = self.scale(face, font_px);
        let scaled = self.faces[face].outlines.as_scaled(scale);
        let (across, down) = (scaled.h_scale_factor(), scaled.v_scale_factor());
        let places = shaped.glyph_positions();
        for (glyph, place) in shaped.glyph_infos().iter().zip(places) {
            glyphs.push(SetGlyph {
                face,
                id: GlyphId(glyph.glyph_id as u16),
                x: *x + place.x_offset as f32 * across,
                y: -(place.y_offset as f32) * down,
            });
            *x += place.x_advance as f32 * across;
        }
    }

    /// Returns the scale at which a face's letters are as large as the first face's: sizes are heights
    /// of a line, of which fonts for many scripts use less.
    fn scale(&self, face: usize, font_px: f32) -> PxScale {
        let line_per_em = |face: &FontRef<'static>| {
            let em = face.units_per_em().unwrap_or(1000.0);
            face.height_unscaled() / em
        };
        let first = &self.faces[0];
        let face = &self.faces[face];
        let factor = match face.shaped {
            Some(_) => line_per_em(&face.outlines) / line_per_em(&first.outlines),
            None => 1.0,
        };
        PxScale::from(font_px * factor)
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

    /// Returns the first face that has a character.
    fn place_of(&self, character: char) -> Option<usize> {
        let has = |face: &Face| face.outlines.glyph_id(character).0 != 0;
        self.faces.iter().position(has)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrapped_lines_fit_and_lose_nothing() {
        let lettering = Lettering::for_text("").unwrap();
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
        let lettering = Lettering::for_text("").unwrap();
        for character in "σ≥≤×·–—…²%°|µ±“”".chars() {
            assert!(lettering.has(&character.to_string()), "{character}");
        }
    }

    #[test]
    fn letters_of_other_scripts_come_from_the_system_and_join() {
        let arabic = "قباني";
        let lettering = Lettering::for_text(arabic).unwrap();
        if !lettering.has(arabic) {
            eprintln!("SKIPPED: no font of this system has Arabic letters");
            return;
        }
        // Joined letters have other glyphs, and the last one stands first on the line.
        let (glyphs, width) = lettering.set(arabic, 20.0);
        assert!(width > 10.0 && glyphs.is_sorted_by_key(|glyph| glyph.x as i64));
        let alone = |letter: char| lettering.set(&letter.to_string(), 20.0).0[0].id;
        assert_ne!(glyphs.last().unwrap().id, alone('ق'));
        let face = lettering.runs(arabic);
        assert_eq!(face.len(), 1, "one word is one run");
        assert!(!Lettering::for_text("").unwrap().has(arabic));
    }
}
