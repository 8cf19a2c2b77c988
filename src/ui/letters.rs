//! The directions at the edges of a picture: left or right, head or foot.

use egui::{Align2, Color32, FontId, Painter, Rect, vec2};

use super::block::{above, below};
use super::pane::Content;
use super::theme;
use crate::session::OpenFilm;

/// The size of the letters of directions.
const LETTER_POINTS: f32 = 18.0;

/// Draws the directions at the edges, from the file's orientation and from nothing else; clear of
/// the words and badges that are there. Adds where they stand.
///
/// A picture of a film has none: it may be a page with several films on it, or have its own.
pub(crate) fn letters(
    painter: &Painter,
    (open, content): (&OpenFilm, &Content),
    (rect, taken): (Rect, &mut Vec<Rect>),
) {
    let Some((row, column)) = &open.film.source.orientation else {
        return;
    };
    if content.reading.is_derived() {
        return;
    }
    let rect = rect.shrink(10.0);
    let mut places = Vec::new();
    for (at, align, text) in [
        (rect.right_center(), Align2::RIGHT_CENTER, row.clone()),
        (rect.left_center(), Align2::LEFT_CENTER, opposite(row)),
        (rect.center_bottom(), Align2::CENTER_BOTTOM, column.clone()),
        (rect.center_top(), Align2::CENTER_TOP, opposite(column)),
    ] {
        let size = vec2(LETTER_POINTS, LETTER_POINTS);
        let wanted = align.anchor_size(at, size);
        let place = match at.y < rect.center().y {
            true => below(wanted, taken),
            false => above(wanted, taken),
        };
        shadowed(painter, (at + (place.min - wanted.min), align), &text);
        places.push(place);
    }
    taken.extend(places);
}

fn shadowed(painter: &Painter, (at, align): (egui::Pos2, Align2), text: &str) {
    let font = FontId::proportional(LETTER_POINTS);
    painter.text(
        at + vec2(1.0, 1.0),
        align,
        text,
        font.clone(),
        Color32::BLACK,
    );
    painter.text(at, align, text, font, theme::OVER_FILM);
}

fn opposite(directions: &str) -> String {
    directions
        .chars()
        .map(|direction| match direction {
            'L' => 'R',
            'R' => 'L',
            'A' => 'P',
            'P' => 'A',
            'H' => 'F',
            'F' => 'H',
            other => other,
        })
        .collect()
}
