//! Frames: around what is generated or older, around what a model looked at, around the focus.

use std::sync::Arc;

use egui::{
    Color32, FontId, Galley, Painter, Pos2, Rect, Shape, Stroke, StrokeKind, Ui, Vec2, pos2, vec2,
};

use super::language::tr;
use super::pane::Content;
use super::theme;
use super::viewport::Place;
use crate::display::{OUTSIDE_COUNTERPART, OUTSIDE_MAP, SYNTHETIC_MARK};
use crate::session::Mix;

/// Draws the outline of the part of the film that a model looked at, where that is not all of it.
pub(crate) fn outside(painter: &Painter, content: &Content, corners: [Pos2; 4]) {
    let color = if content.synthetic {
        theme::SYNTHETIC
    } else {
        theme::OVER_FILM
    };
    let around: Vec<Pos2> = corners.into_iter().chain([corners[0]]).collect();
    painter.add(Shape::line(
        around.clone(),
        Stroke::new(3.0, Color32::BLACK),
    ));
    painter.extend(Shape::dashed_line(
        &around,
        Stroke::new(1.5, color),
        4.0,
        4.0,
    ));
}

/// Says what lies beyond the outline, where no other words stand.
pub(crate) fn outside_words(
    painter: &Painter,
    content: &Content,
    (place, outline, taken): (&Place, Rect, &[Rect]),
) {
    let (color, words) = match content.mix {
        // A difference is black there, not the film.
        Some(Mix::Difference(_)) => (theme::SYNTHETIC, tr("outside: nothing compared")),
        _ if content.synthetic => (theme::SYNTHETIC, tr(OUTSIDE_COUNTERPART)),
        _ => (theme::OVER_FILM, tr(OUTSIDE_MAP)),
    };
    let width = (place.rect.width() - 24.0).max(40.0);
    let galley = painter.layout(words.to_owned(), FontId::proportional(12.0), color, width);
    // Within the outline at its top, below the mark of generated pictures.
    let visible = outline.intersect(place.rect);
    let top = (visible.top() + 5.0).max(place.rect.top() + 32.0);
    let half = galley.size().x / 2.0 + 4.0;
    let middle = visible.center().x.min(place.rect.right() - half);
    let left = middle.max(place.rect.left() + half) - galley.size().x / 2.0;
    let mut ground = Rect::from_min_size(pos2(left, top), galley.size());
    for block in taken {
        if block.expand(4.0).intersects(ground) {
            ground = ground.translate(vec2(0.0, block.bottom() + 6.0 - ground.top()));
        }
    }
    painter.rect_filled(ground.expand(2.0), 2.0, Color32::from_black_alpha(190));
    painter.galley(ground.min, galley, color);
}

/// Draws the outline of the viewport that has the keyboard's focus.
pub(crate) fn focus(ui: &Ui, rect: Rect) {
    let stroke = Stroke::new(2.0, theme::FOCUS);
    ui.painter()
        .rect_stroke(rect.shrink(5.0), 0.0, stroke, StrokeKind::Inside);
}

/// A generated picture has a dashed amber frame and says so, at any zoom; a prior has a blue
/// one, another patient's film a red one.
pub(crate) fn frame(painter: &Painter, rect: Rect, content: &Content) {
    if !content.synthetic {
        let stroke = match content.standing() {
            Some((color, _)) => Stroke::new(3.0, color),
            None => Stroke::new(1.0, Color32::from_gray(90)),
        };
        painter.rect_stroke(rect, 0.0, stroke, StrokeKind::Inside);
        return;
    }
    let inner = rect.shrink(2.0);
    let path = [
        inner.left_top(),
        inner.right_top(),
        inner.right_bottom(),
        inner.left_bottom(),
        inner.left_top(),
    ];
    painter.rect_stroke(
        inner,
        0.0,
        Stroke::new(4.0, Color32::BLACK),
        StrokeKind::Middle,
    );
    painter.extend(Shape::dashed_line(
        &path,
        Stroke::new(3.0, theme::SYNTHETIC),
        9.0,
        6.0,
    ));
    let (galley, behind) = synthetic_mark(painter, rect);
    painter.rect_filled(behind, 2.0, Color32::from_black_alpha(220));
    painter.galley(behind.min + MARK_MARGIN, galley, theme::SYNTHETIC);
}

/// By how much the ground of the mark of generated pictures is larger than it on each side.
const MARK_MARGIN: Vec2 = vec2(6.0, 2.0);

/// The sizes of the mark's letters, from the wanted one down to the least that is read well.
const MARK_POINTS: [f32; 4] = [14.0, 12.5, 11.0, 10.0];

/// Lays out the mark of generated pictures and returns where its ground lies in a viewport. It is
/// always whole: its letters shrink and then it takes several lines.
pub(crate) fn synthetic_mark(painter: &Painter, rect: Rect) -> (Arc<Galley>, Rect) {
    let room = (rect.width() - 2.0 * MARK_MARGIN.x - 10.0).max(20.0);
    let layout = |size: f32, width: f32| {
        let font = FontId::proportional(size);
        painter.layout(tr(SYNTHETIC_MARK).to_owned(), font, theme::SYNTHETIC, width)
    };
    let sizes = MARK_POINTS.into_iter();
    let mut lines = sizes.map(|size| layout(size, f32::INFINITY));
    let galley = lines.find(|galley| galley.size().x <= room);
    let galley = galley.unwrap_or_else(|| layout(MARK_POINTS[3], room));
    let size = galley.size() + 2.0 * MARK_MARGIN;
    let at = pos2(rect.center().x - size.x / 2.0, rect.top() + 6.0);
    (galley, Rect::from_min_size(at, size))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_of_generated_pictures_is_whole_in_any_viewport() {
        let mut harness = egui_kittest::Harness::new_ui(|ui| {
            for width in [90.0, 150.0, 240.0, 900.0] {
                let rect = Rect::from_min_size(pos2(10.0, 10.0), vec2(width, 300.0));
                let (galley, ground) = synthetic_mark(ui.painter(), rect);
                assert!(rect.contains_rect(ground), "{width}: {ground:?}");
                assert!(!galley.elided && galley.text() == SYNTHETIC_MARK);
                assert_eq!(galley.rows.len() == 1, width > 100.0, "{width}");
            }
        });
        harness.run();
    }
}
