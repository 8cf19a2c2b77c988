//! The colour scale with its numbers: fixed per model, with a tick at the threshold.

use egui::{
    Align2, Color32, FontId, Mesh, Pos2, Rect, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2,
};

use crate::display::Colormap;
use crate::session::Cut;

/// Draws the legend of a map.
pub(crate) fn legend_ui(ui: &mut Ui, cut: &Cut, colormap: Colormap) {
    let width = (ui.available_width() - 8.0).clamp(80.0, 320.0);
    let (rect, response) = ui.allocate_exact_size(vec2(width, 38.0), Sense::hover());
    let (low, high) = cut.map.scale;
    response.widget_info(|| {
        WidgetInfo::labeled(
            Role::Image,
            true,
            format!(
                "Colour scale from {low:.2} to {high:.2} {}, threshold {:.2}",
                cut.map.unit, cut.value
            ),
        )
    });
    response.on_hover_text(
        "The scale is the model's: the same value has the same colour on every film.",
    );
    let bar = Rect::from_min_size(rect.min + vec2(0.0, 4.0), vec2(width, 12.0));
    ui.painter().add(scale_mesh(bar, colormap));
    let share = ((cut.value - low) / (high - low).max(f32::MIN_POSITIVE)).clamp(0.0, 1.0);
    let x = bar.left() + share * bar.width();
    // What lies below the threshold is not drawn over the film, and is dimmed here.
    let below = Rect::from_min_max(bar.min, pos2(x, bar.bottom()));
    ui.painter()
        .rect_filled(below, 0.0, Color32::from_black_alpha(150));
    tick(ui, x, bar);
    numbers(ui, cut, bar);
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

fn tick(ui: &Ui, x: f32, bar: Rect) {
    let ends = [pos2(x, bar.top() - 4.0), pos2(x, bar.bottom() + 4.0)];
    ui.painter()
        .line_segment(ends, Stroke::new(4.0, Color32::BLACK));
    ui.painter()
        .line_segment(ends, Stroke::new(2.0, Color32::WHITE));
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
    painter.text(unit, Align2::CENTER_TOP, &cut.map.unit, font, color);
}
