//! What is drawn on the panels themselves: numbered boxes, the mark of generated pictures, titles.

use super::canvas::{Area, Canvas, STRIP};
use super::layout::Layout;
use super::lettering::Lettering;
use super::{OUTSIDE_COUNTERPART, OUTSIDE_MAP, SYNTHETIC_AMBER, SYNTHETIC_MARK};
use crate::anomaly::Region;
use crate::radiograph::PixelRect;

const WHITE: [u8; 3] = [255, 255, 255];
const CASING: [u8; 3] = [0, 0, 0];
const REMARKABLE: [u8; 3] = [255, 205, 90];
/// The smallest letters in which the mark of generated pictures can be read.
const LEAST_MARK_PX: f32 = 9.0;

/// Draws marks in one size.
pub(super) struct Pen<'a> {
    pub(super) lettering: &'a Lettering,
    pub(super) font_px: f32,
    line_px: i64,
    /// Columns and rows of the film, which a panel may draw in other numbers of pixels.
    pub(super) film_size: (usize, usize),
}

impl<'a> Pen<'a> {
    pub(super) fn new(
        lettering: &'a Lettering,
        layout: &Layout,
        film_size: (usize, usize),
    ) -> Self {
        Self {
            lettering,
            font_px: layout.font_px,
            line_px: layout.line_px,
            film_size,
        }
    }

    /// Draws the regions' boxes: white in a dark casing, seen on any grey, each with its number.
    pub(super) fn boxes(&self, canvas: &mut Canvas, regions: &[Region], panel: Area) {
        let areas: Vec<Area> = regions
            .iter()
            .map(|region| self.area_of(&region.bounds, panel))
            .collect();
        for &area in &areas {
            canvas.frame(area.grown(self.line_px), 3 * self.line_px, CASING);
            canvas.frame(area, self.line_px, WHITE);
        }
        for (region, &area) in regions.iter().zip(&areas) {
            self.number(canvas, region.id, (area, panel));
        }
    }

    /// Leaves nothing to be seen of parts of the film.
    pub(super) fn black_out(&self, canvas: &mut Canvas, parts: &[PixelRect], panel: Area) {
        for part in parts {
            // A pixel more, so that nothing is left of one that lies across the edge.
            let area = self.area_of(part, panel).grown(1).within(panel);
            canvas.fill(area, CASING);
        }
    }

    /// Draws a dashed outline around the part of the film that a model looked at, and says what
    /// lies beyond it.
    pub(super) fn outside(
        &self,
        canvas: &mut Canvas,
        (seen, generated): (&PixelRect, bool),
        panel: Area,
    ) {
        let (color, words) = if generated {
            (SYNTHETIC_AMBER, OUTSIDE_COUNTERPART)
        } else {
            (WHITE, OUTSIDE_MAP)
        };
        let area = self.area_of(seen, panel);
        canvas.frame(area, 2 * self.line_px, CASING);
        canvas.dashed_frame(area, 2 * self.line_px, color);
        let room = panel.width as f32 - 4.0 * self.line_px as f32;
        let wide = self.lettering.width(words, self.font_px) + 0.6 * self.font_px;
        let font_px = self.font_px * (room / wide).min(1.0);
        let at = (
            panel.left as f32 + 2.0 * self.line_px as f32,
            (panel.top + panel.height) as f32 - 1.6 * font_px,
        );
        self.plate(canvas, (at, font_px), words, color);
    }

    /// Marks a generated picture: a dashed amber frame and words.
    pub(super) fn synthetic(&self, canvas: &mut Canvas, panel: Area) {
        let thickness = (2 * self.line_px).max((self.font_px / 6.0) as i64).max(2);
        canvas.frame(panel, thickness, CASING);
        canvas.dashed_frame(panel, thickness, SYNTHETIC_AMBER);
        let at = (
            (panel.left + 2 * thickness) as f32,
            (panel.top + 2 * thickness) as f32,
        );
        let room = panel.width as f32 - 4.0 * thickness as f32;
        let (font_px, words) = self.fitting_mark(room);
        self.plate(canvas, (at, font_px), words, SYNTHETIC_AMBER);
    }

    /// Writes a panel's title above it, centred where it is wider, and in another colour where the
    /// panel shows the film otherwise than its file says.
    pub(super) fn title(
        &self,
        canvas: &mut Canvas,
        (title, remarkable): (&str, bool),
        panel: Area,
    ) {
        let spare = panel.width as f32 - self.lettering.width(title, self.font_px);
        let at = (
            panel.left as f32 + (spare / 2.0).min(0.0),
            panel.top as f32 - 1.4 * self.font_px,
        );
        let color = if remarkable {
            REMARKABLE
        } else {
            [226, 228, 230]
        };
        self.lettering
            .draw(canvas, at, title, (self.font_px, color));
    }

    /// Returns the largest size at which the mark of generated pictures fits, and its words: a
    /// small film takes smaller letters, a tiny one only the first word.
    fn fitting_mark(&self, room: f32) -> (f32, &'static str) {
        let first_word = SYNTHETIC_MARK.split(' ').next().unwrap_or(SYNTHETIC_MARK);
        let size = |words: &str| {
            let wide = self.lettering.width(words, self.font_px) + 0.6 * self.font_px;
            self.font_px * (room / wide).min(1.0)
        };
        match size(SYNTHETIC_MARK) {
            font_px if font_px >= LEAST_MARK_PX => (font_px, SYNTHETIC_MARK),
            _ => (size(first_word).max(LEAST_MARK_PX), first_word),
        }
    }

    fn number(&self, canvas: &mut Canvas, id: usize, (area, panel): (Area, Area)) {
        let text = id.to_string();
        let height = (1.15 * self.font_px).ceil();
        let width = self.lettering.width(&text, self.font_px) + 0.6 * self.font_px;
        let above = area.top as f32 - height - 2.0 * self.line_px as f32;
        let top = if above >= panel.top as f32 {
            above
        } else {
            area.top as f32 + 2.0 * self.line_px as f32
        };
        let most = (panel.right() as f32 - width).max(panel.left as f32);
        let left = (area.left as f32).clamp(panel.left as f32, most);
        self.plate(canvas, ((left, top), self.font_px), &text, WHITE);
    }

    /// Writes words on a dark plate.
    pub(super) fn plate(
        &self,
        canvas: &mut Canvas,
        ((left, top), font_px): ((f32, f32), f32),
        text: &str,
        color: [u8; 3],
    ) {
        let pad = 0.3 * font_px;
        let width = self.lettering.width(text, font_px) + 2.0 * pad;
        let height = 1.15 * font_px;
        let plate = Area::new(
            left.round() as i64,
            top.round() as i64,
            width.ceil() as i64,
            height.ceil() as i64,
        );
        canvas.fill(plate, STRIP);
        self.lettering
            .draw(canvas, (left + pad, top), text, (font_px, color));
    }

    /// Returns a part of the film on the canvas: its edges to the nearest pixel.
    fn area_of(&self, part: &PixelRect, panel: Area) -> Area {
        let across = panel.width as f32 / self.film_size.0 as f32;
        let down = panel.height as f32 / self.film_size.1 as f32;
        let (left, right) = ((part.x * across).round(), (part.right() * across).round());
        let (top, bottom) = ((part.y * down).round(), (part.bottom() * down).round());
        Area::new(
            panel.left + left as i64,
            panel.top + top as i64,
            (right - left) as i64,
            (bottom - top) as i64,
        )
    }
}
