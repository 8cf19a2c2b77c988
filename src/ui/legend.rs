//! The colour scale with its numbers: fixed per model, with a tick at the threshold.

use egui::{
    Align2, Color32, FontId, Mesh, Painter, Pos2, Rect, Response, Role, Sense, Stroke, Ui,
    WidgetInfo, pos2, vec2,
};

use super::language::{tr, tr_with};
use super::theme;
use crate::display::Colormap;
use crate::session::Cut;

/// Draws the legend of a map; a click on it asks for the model's card.
pub(crate) fn legend_ui(ui: &mut Ui, cut: &Cut, colormap: Colormap) -> Response {
    let width = (ui.available_width() - 8.0).clamp(80.0, 320.0);
    let (rect, response) = ui.allocate_exact_size(vec2(width, 38.0), Sense::click());
    let (low, high) = cut.map.scale;
    response.widget_info(|| {
        WidgetInfo::labeled(
            Role::Button,
            true,
            tr_with(
                "Colour scale from {low} to {high} {unit}, threshold {value}",
                &[
                    ("low", &format_args!("{low:.2}")),
                    ("high", &format_args!("{high:.2}")),
                    ("unit", &tr(&cut.map.unit)),
                    ("value", &format_args!("{:.2}", cut.value)),
                ],
            ),
        )
    });
    let bar = Rect::from_min_size(rect.min + vec2(0.0, 4.0), vec2(width, 12.0));
    scale(ui.painter(), bar, cut, colormap);
    numbers(ui, cut, bar);
    if response.has_focus() {
        let stroke = ui.visuals().selection.stroke;
        ui.painter()
            .rect_stroke(rect.expand(2.0), 2.0, stroke, egui::StrokeKind::Outside);
    }
    response.on_hover_text(tr(
        "The scale is the model's: the same value has the same colour on every film. Click for \
         the model's card.",
    ))
}

/// Draws the legend of a map into a viewport, its lower right corner at a point; returns where.
pub(crate) fn over_picture(painter: &Painter, at: Pos2, cut: &Cut, colormap: Colormap) -> Rect {
    let font = FontId::proportional(11.5);
    let (low, high) = cut.map.scale;
    let low = painter.layout_no_wrap(format!("{low:.1}"), font.clone(), theme::OVER_FILM);
    let high = painter.layout_no_wrap(format!("≥ {high:.1}"), font, theme::OVER_FILM);
    let size = vec2(low.size().x + high.size().x + 90.0, 16.0);
    let ground = Rect::from_min_size(at - size, size);
    let dark = ground.expand(3.0);
    painter.rect_filled(dark, 2.0, Color32::from_black_alpha(170));
    let bar = Rect::from_min_max(
        pos2(ground.left() + low.size().x + 5.0, ground.top() + 4.0),
        pos2(ground.right() - high.size().x - 5.0, ground.bottom() - 4.0),
    );
    scale(painter, bar, cut, colormap);
    let high_left = ground.right() - high.size().x;
    painter.galley(ground.min, low, theme::OVER_FILM);
    painter.galley(pos2(high_left, ground.top()), high, theme::OVER_FILM);
    dark
}

/// Draws the colours with a tick at the threshold.
fn scale(painter: &Painter, bar: Rect, cut: &Cut, colormap: Colormap) {
    let (low, high) = cut.map.scale;
    painter.add(scale_mesh(bar, colormap));
    let share = ((cut.value - low) / (high - low).max(f32::MIN_POSITIVE)).clamp(0.0, 1.0);
    let x = bar.left() + share * bar.width();
    // What lies below the threshold is not drawn over the film, and is dimmed here.
    let below = Rect::from_min_max(bar.min, pos2(x, bar.bottom()));
    painter.rect_filled(below, 0.0, Color32::from_black_alpha(150));
    tick(painter, x, bar);
}

fn scale_mesh(bar: Rect, colormap: Colormap) -> Mesh {
    const STEPS: u32 = 64;
    let mut mesh = Mesh::default();
    for step in 0..=STEPS {
        let share = step as f32 / STEPS as f32;
        let [r, g, b] = colormap.color(share);
        let x = bar.left() + share * bar.width();
        for y in [bar.top(), bar.bottom()] {
            mesh.colored_vertex(Pos2::new(x, y), Color32::from_rgb(r, g, b));
        }
        if step > 0 {
            let first = 2 * (step - 1);
            mesh.add_triangle(first, first + 1, first + 2);
            mesh.add_triangle(first + 1, first + 2, first + 3);
        }
    }
    mesh
}

fn tick(painter: &Painter, x: f32, bar: Rect) {
    let ends = [pos2(x, bar.top() - 4.0), pos2(x, bar.bottom() + 4.0)];
    painter.line_segment(ends, Stroke::new(4.0, Color32::BLACK));
    painter.line_segment(ends, Stroke::new(2.0, Color32::WHITE));
}

fn numbers(ui: &Ui, cut: &Cut, bar: Rect) {
    let (low, high) = cut.map.scale;
    let font = FontId::proportional(11.5);
    let color = ui.visuals().text_color();
    let y = bar.bottom() + 5.0;
    let painter = ui.painter();
    painter.text(
        pos2(bar.left(), y),
        Align2::LEFT_TOP,
        format!("{low:.2}"),
        font.clone(),
        color,
    );
    let end = format!("≥ {high:.2}");
    painter.text(
        pos2(bar.right(), y),
        Align2::RIGHT_TOP,
        end,
        font.clone(),
        color,
    );
    let unit = pos2(bar.center().x, y);
    painter.text(unit, Align2::CENTER_TOP, tr(&cut.map.unit), font, color);
}
