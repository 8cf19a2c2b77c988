//! The colour legend and the scale bar.

use super::Analysis;
use super::canvas::{Area, Canvas};
use super::lettering::Lettering;
use crate::display::ScaleBar;
use crate::display::scale::plain;
use crate::radiograph::Radiograph;

/// Width of the legend's bar, in letter heights.
pub(super) const LEGEND_WIDTH: f32 = 20.0;
/// Height of the legend and of the scale bar with their texts, in letter heights.
pub(super) const LEGEND_HEIGHT: f32 = 5.4;

const INK: [u8; 3] = [226, 228, 230];
const HATCH: [u8; 3] = [70, 74, 80];

/// The colours of a map with the numbers they stand for, and the cut.
pub(super) struct Legend<'a>(&'a Analysis);

impl<'a> Legend<'a> {
    pub(super) fn new(analysis: &'a Analysis) -> Self {
        Self(analysis)
    }

    /// Draws the legend: title and cut above the bar, the scale's ends below it.
    pub(super) fn draw(
        &self,
        canvas: &mut Canvas,
        lettering: &Lettering,
        ((left, top), font_px): ((f32, f32), f32),
    ) {
        let map = &self.0.map;
        let title = format!("{} ({})", capitalised(map.kind.name()), map.unit);
        lettering.draw(canvas, (left, top), &title, (font_px, INK));
        let bar = Area::new(
            left.round() as i64,
            (top + 2.6 * font_px).round() as i64,
            (LEGEND_WIDTH * font_px) as i64,
            font_px.round() as i64,
        );
        let cut = self.place_of_cut();
        self.draw_bar(canvas, bar, cut);
        let below = bar.bottom() as f32 + 0.1 * font_px;
        lettering.draw(canvas, (left, below), &plain(map.scale.0), (font_px, INK));
        let high = plain(map.scale.1);
        let high_left = bar.right() as f32 - lettering.width(&high, font_px);
        lettering.draw(canvas, (high_left, below), &high, (font_px, INK));
        self.draw_cut(canvas, lettering, (bar, font_px, cut));
    }

    /// Returns how far along the scale the cut lies, from 0 to 1.
    fn place_of_cut(&self) -> f32 {
        let (low, high) = self.0.map.scale;
        ((self.0.threshold - low) / (high - low).max(1e-30)).clamp(0.0, 1.0)
    }

    fn draw_bar(&self, canvas: &mut Canvas, bar: Area, cut: f32) {
        canvas.fill(bar.grown(1), INK);
        for x in 0..bar.width {
            let share = (x as f32 + 0.5) / bar.width as f32;
            let column = Area::new(bar.left + x, bar.top, 1, bar.height);
            if share >= cut {
                canvas.fill(column, self.0.colormap.color(share));
                continue;
            }
            // Hatched: what lies below the cut is not shown on the film.
            canvas.fill(column, [0, 0, 0]);
            for y in (0..bar.height).filter(|y| (x + y).rem_euclid(6) < 2) {
                canvas.fill(Area::new(bar.left + x, bar.top + y, 1, 1), HATCH);
            }
        }
    }

    fn draw_cut(
        &self,
        canvas: &mut Canvas,
        lettering: &Lettering,
        (bar, font_px, cut): (Area, f32, f32),
    ) {
        let x = bar.left + (cut * bar.width as f32) as i64;
        let thickness = ((font_px / 10.0) as i64).max(2);
        let rise = (font_px * 0.3) as i64;
        let tick = Area::new(
            x - thickness / 2,
            bar.top - rise,
            thickness,
            bar.height + 2 * rise,
        );
        canvas.fill(tick.grown(1), [0, 0, 0]);
        canvas.fill(tick, [255, 255, 255]);
        let text = format!("threshold {}", plain(self.0.threshold));
        let half = lettering.width(&text, font_px) / 2.0;
        let least = bar.left as f32;
        let most = (bar.right() as f32 - 2.0 * half).max(least);
        let left = (x as f32 - half).clamp(least, most);
        let top = bar.top as f32 - 1.35 * font_px;
        lettering.draw(canvas, (left, top), &text, (font_px, INK));
    }
}

fn capitalised(name: &str) -> String {
    let mut characters = name.chars();
    let first = characters.next().map(char::to_uppercase);
    first.into_iter().flatten().chain(characters).collect()
}

/// A length on the film as it lies on the canvas.
pub(super) struct DrawnScale {
    length_px: f32,
    label: String,
}

impl DrawnScale {
    /// Chooses a round length of at most a quarter of a panel's width.
    pub(super) fn new(film: &Radiograph) -> Self {
        let columns = film.raster.width() as f32;
        let bar = ScaleBar::new(film.spacing.as_ref(), columns / 4.0);
        let px_per_column = film.square_size().0 as f32 / columns;
        Self {
            length_px: bar.columns * px_per_column,
            label: bar.label(),
        }
    }

    /// Returns the width that bar and label take.
    pub(super) fn width(&self, lettering: &Lettering, font_px: f32) -> f32 {
        self.length_px.max(lettering.width(&self.label, font_px))
    }

    /// Draws the bar with its label above it.
    pub(super) fn draw(
        &self,
        canvas: &mut Canvas,
        lettering: &Lettering,
        ((left, top), font_px): ((f32, f32), f32),
    ) {
        let label_top = top + 1.25 * font_px;
        lettering.draw(canvas, (left, label_top), &self.label, (font_px, INK));
        let thickness = ((font_px / 6.0) as i64).max(2);
        let (x, y) = (left.round() as i64, (top + 3.1 * font_px).round() as i64);
        let length = self.length_px.round() as i64;
        let end = (font_px * 0.4) as i64;
        canvas.fill(Area::new(x, y - thickness / 2, length, thickness), INK);
        for end_x in [x, x + length - thickness] {
            canvas.fill(Area::new(end_x, y - end, thickness, 2 * end), INK);
        }
    }
}
