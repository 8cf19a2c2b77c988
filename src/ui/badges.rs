//! What a viewport must never show without saying so: greys turned over by hand, and filters.

use egui::{Align2, Color32, FontId, Painter, Rect, vec2};

use super::pane::Content;
use super::theme;
use crate::session::OpenFilm;

/// Returns the badges of a viewport, from the top down.
pub(crate) fn badges(content: &Content, open: &OpenFilm) -> Vec<String> {
    let mut badges = Vec::new();
    if open.presentation.inverted {
        badges.push("INVERTED".to_owned());
    }
    badges.extend(content.processed.clone());
    badges
}

/// Draws the badges in the upper right corner, whether or not the other words are shown.
pub(crate) fn draw(painter: &Painter, rect: Rect, badges: &[String]) {
    let mut at = rect.right_top() + vec2(-10.0, 32.0);
    for words in badges {
        let font = FontId::proportional(14.0);
        let galley = painter.layout_no_wrap(words.clone(), font, Color32::BLACK);
        let place = Align2::RIGHT_TOP.anchor_size(at, galley.size() + vec2(10.0, 4.0));
        painter.rect_filled(place.expand(1.0), 3.0, Color32::BLACK);
        painter.rect_filled(place, 2.0, theme::WARNING);
        painter.galley(place.min + vec2(5.0, 2.0), galley, Color32::BLACK);
        at.y = place.bottom() + 4.0;
    }
}
