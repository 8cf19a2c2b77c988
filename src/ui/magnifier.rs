//! The magnifier: a part of the film, enlarged under the pointer, with the marks on it.

use egui::{Align2, Color32, FontId, Rect, Response, Stroke, StrokeKind, Ui, Vec2, vec2};

use super::annotations;
use super::pane::Content;
use super::pointer::Stage;
use super::viewport::Place;
use super::{Shell, theme};
use crate::session::Tool;

/// The side of the enlarged part, as a share of the shorter side of the viewport.
const SHARE: f32 = 0.42;

/// Draws the magnifier while its tool is in use, at the pointer, or where arrows have brought it.
pub(crate) fn draw(
    ui: &Ui,
    response: &Response,
    (stage, content): (&Stage<'_>, &Content),
    shell: &Shell,
) {
    if stage.session.tool() != Tool::Magnifier {
        return;
    }
    let by_keys = shell.pointer.by_keys && response.has_focus();
    let steered = shell.pointer.crosshair.filter(|_| by_keys);
    let steered = steered.map(|at| stage.place.screen_from_image(at));
    let Some(center) = steered.or(response.hover_pos()) else {
        return;
    };
    let side = SHARE * stage.place.rect.size().min_elem();
    let rect = Rect::from_center_size(center, Vec2::splat(side)).intersect(stage.place.rect);
    let mut view = stage.place.view;
    view.zoom *= shell.pointer.magnification;
    // The point under the pointer stays under it, at the edges too.
    let fixed = stage.place.image_from_screen(center);
    view.center_in_image = fixed;
    let offset = center - rect.center();
    view.center_in_image = view.image_from_screen(-offset.x, -offset.y);
    let painter = ui.painter().with_clip_rect(rect);
    painter.rect_filled(rect, 0.0, Color32::BLACK);
    if shell.has_gpu {
        painter.add(content.picture(stage.open, view).paint_callback(rect));
    }
    let place = Place { rect, view };
    let shown = stage.session.overlay().marks;
    for mark in stage.marks().list().iter().filter(|_| shown) {
        annotations::lines(&painter, &place, (mark, false));
    }
    let words = format!("{:.1}×", shell.pointer.magnification);
    let at = rect.left_bottom() + vec2(6.0, -4.0);
    painter.text(
        at,
        Align2::LEFT_BOTTOM,
        words,
        FontId::proportional(12.0),
        theme::OVER_FILM,
    );
    let (width, color) = if stage.synthetic {
        (3.0, theme::SYNTHETIC)
    } else {
        (1.5, theme::OVER_FILM)
    };
    ui.painter()
        .rect_stroke(rect, 0.0, Stroke::new(width, color), StrokeKind::Inside);
}
