//! The lens that follows the pointer, and the legend of a difference.

use egui::{Align2, Color32, FontId, Painter, Rect, Response, Stroke, Ui, Vec2, vec2};

use super::language::tr;
use super::pane::Content;
use super::viewport::Place;
use super::{Commands, theme};
use crate::radiograph::{PixelPoint, PixelRect};
use crate::session::{Command, LayoutCommand, Lens, Mix, OpenFilm, Role};

/// Moves the lens of a viewport under the pointer, or by Alt and the arrows while the viewport
/// has the focus.
pub(crate) fn follow(
    ui: &Ui,
    (index, content): (usize, &Content),
    (place, response, open): (&Place, &Response, &OpenFilm),
    commands: &mut Commands,
) {
    let Some(Mix::Lens(lens)) = content.mix else {
        return;
    };
    let raster = &open.layer.raster;
    let (width, height) = (raster.width() as f32, raster.height() as f32);
    let mut moved = lens;
    let (moving, pressed) = ui.input(|input| {
        (
            input.pointer.delta() != Vec2::ZERO,
            input.pointer.any_down(),
        )
    });
    if let Some(pointer) = response.hover_pos().filter(|_| moving && !pressed) {
        let point = place.image_from_screen(pointer);
        if PixelRect::of_image(raster.width(), raster.height()).contains(point) {
            moved.center = PixelPoint {
                x: point.x / width,
                y: point.y / height,
            };
        }
    }
    if response.has_focus() {
        by_keys(ui, &mut moved, lens.radius / 4.0);
    }
    if moved != lens {
        let role = Role::Mixed(Mix::Lens(moved));
        commands.push(Command::Layout(LayoutCommand::Role(index, role)));
    }
}

fn by_keys(ui: &Ui, lens: &mut Lens, step: f32) {
    use egui::Key;
    let pressed = |key| ui.input(|input| input.modifiers.alt && input.key_pressed(key));
    for (key, x, y, larger) in [
        (Key::ArrowLeft, -step, 0.0, 1.0),
        (Key::ArrowRight, step, 0.0, 1.0),
        (Key::ArrowUp, 0.0, -step, 1.0),
        (Key::ArrowDown, 0.0, step, 1.0),
        (Key::PageUp, 0.0, 0.0, 1.25),
        (Key::PageDown, 0.0, 0.0, 0.8),
    ] {
        if pressed(key) {
            lens.center.x += x;
            lens.center.y += y;
            lens.radius *= larger;
        }
    }
}

/// Draws the outline of the lens.
pub(crate) fn outline(painter: &Painter, place: &Place, (lens, open): (Lens, &OpenFilm)) {
    let raster = &open.layer.raster;
    let center = place.screen_from_image(PixelPoint {
        x: lens.center.x * raster.width() as f32,
        y: lens.center.y * raster.height() as f32,
    });
    let radius = lens.radius * raster.width() as f32 * place.view.zoom;
    painter.circle_stroke(center, radius, Stroke::new(4.0, Color32::BLACK));
    painter.circle_stroke(center, radius, Stroke::new(2.0, theme::SYNTHETIC));
}

/// The size of the legend of a difference, in points.
const LEGEND_SIZE: Vec2 = vec2(190.0, 44.0);

/// Draws what black and white mean in a difference, in the lower right corner of a viewport, above
/// the words that stand there; returns where.
pub(crate) fn difference_legend(
    painter: &Painter,
    (viewport, taken): (Rect, &[Rect]),
    most: f32,
) -> Rect {
    let right = viewport.right() - 8.0;
    // Words at the top or at the left are in nobody's way.
    let below =
        |block: &&Rect| block.top() > viewport.center().y && block.right() > right - LEGEND_SIZE.x;
    let bottom = taken
        .iter()
        .filter(below)
        .map(|block| block.top())
        .fold(viewport.bottom() - 8.0, f32::min);
    let corner = egui::pos2(right, bottom - 8.0);
    let size = LEGEND_SIZE;
    let rect = Rect::from_min_size(corner - size, size);
    painter.rect_filled(rect.expand(3.0), 2.0, Color32::from_black_alpha(170));
    let bar = Rect::from_min_size(rect.min + vec2(4.0, 30.0), vec2(size.x - 8.0, 10.0));
    let mut mesh = egui::Mesh::default();
    for (x, grey) in [(bar.left(), 0), (bar.right(), 255)] {
        mesh.colored_vertex(egui::pos2(x, bar.top()), Color32::from_gray(grey));
        mesh.colored_vertex(egui::pos2(x, bar.bottom()), Color32::from_gray(grey));
    }
    mesh.add_triangle(0, 1, 2);
    mesh.add_triangle(1, 2, 3);
    painter.add(mesh);
    let codes = most * 255.0;
    let (first, second) = (rect.top(), rect.top() + 14.0);
    let unit = tr("greys of 255").to_owned();
    for (x, y, align, words) in [
        (bar.center().x, first, Align2::CENTER_TOP, unit),
        (bar.left(), second, Align2::LEFT_TOP, format!("−{codes:.0}")),
        (bar.center().x, second, Align2::CENTER_TOP, "0".to_owned()),
        (
            bar.right(),
            second,
            Align2::RIGHT_TOP,
            format!("+{codes:.0}"),
        ),
    ] {
        let at = egui::pos2(x, y);
        painter.text(
            at,
            align,
            words,
            FontId::proportional(11.0),
            theme::OVER_FILM,
        );
    }
    rect
}
