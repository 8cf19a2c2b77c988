//! How often each value occurs, with the curve in use drawn over it and its edges to be dragged.

use egui::{
    Align2, Color32, DragValue, FontId, Painter, Pos2, Rect, Role, Sense, Stroke, Ui, WidgetInfo,
    pos2, vec2,
};

use super::inspector::Inspector;
use super::language::{tr, tr_with};
use super::{Commands, theme};
use crate::radiograph::{Histogram, Polarity, Voi, VoiWindow};
use crate::session::{Command, OpenFilm, WindowChange};

/// How near the pointer must be to take hold of an edge, in points.
const GRASP_POINTS: f32 = 6.0;
/// The height of the drawing, in points.
const HEIGHT: f32 = 120.0;
const BARS: Color32 = Color32::from_rgb(92, 112, 134);
const CURVE: Color32 = Color32::from_rgb(240, 228, 66);
const EDGE: Color32 = Color32::from_rgb(86, 180, 233);

/// Draws the counts of a film and the edges of its window.
pub(crate) fn histogram_ui(
    ui: &mut Ui,
    open: &OpenFilm,
    inspector: &mut Inspector,
    commands: &mut Commands,
) {
    ui.horizontal(|ui| {
        ui.label(theme::heading(tr("Values")));
        ui.checkbox(&mut inspector.logarithmic, tr("Logarithmic counts"))
            .on_hover_text(tr(
                "Linear counts cut off the tallest hundredth of the bars.",
            ));
    });
    let histogram = &*open.presentation.histogram;
    let width = (ui.available_width() - 8.0).max(160.0);
    let (rect, response) = ui.allocate_exact_size(vec2(width, HEIGHT), Sense::hover());
    let span = open.presentation.voi.span();
    let clipped = clipped_words(histogram, span);
    let words = tr_with(
        "Histogram of modality values. {clipped}",
        &[("clipped", &clipped)],
    );
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &words));
    let axis = Axis::around(rect, histogram.range());
    let painter = ui.painter().with_clip_rect(rect.expand(1.0));
    painter.rect_filled(rect, 0.0, Color32::from_gray(12));
    axis.draw_bars(&painter, histogram, inspector.logarithmic);
    axis.draw_curve(&painter, open);
    edges_ui(ui, &axis, open, commands);
    ends_ui(ui, open, commands);
    ui.weak(clipped);
    ui.weak(left_out_words(histogram));
}

/// Says how much of the film the window shows black and white.
fn clipped_words(histogram: &Histogram, span: (f32, f32)) -> String {
    let (below, above) = histogram.shares_outside(span);
    tr_with(
        "{below} % of the samples lie below the window, {above} % above it.",
        &[
            ("below", &format_args!("{:.1}", 100.0 * below)),
            ("above", &format_args!("{:.1}", 100.0 * above)),
        ],
    )
}

fn left_out_words(histogram: &Histogram) -> String {
    let padding = histogram.padding;
    let all = histogram.total() + padding + histogram.not_finite;
    let share = 100.0 * padding as f64 / all.max(1) as f64;
    let mut words = match padding {
        0 => tr("No sample is padding.").to_owned(),
        _ => tr_with(
            "Left out: {padding} samples of padding ({share} %).",
            &[
                ("padding", &padding),
                ("share", &format_args!("{share:.1}")),
            ],
        ),
    };
    if histogram.not_finite > 0 {
        let count = histogram.not_finite;
        let no_number = tr_with("{count} samples are no number.", &[("count", &count)]);
        words = format!("{words} {no_number}");
    }
    words
}

/// Where values lie across the drawing.
struct Axis {
    rect: Rect,
    low: f32,
    high: f32,
}

impl Axis {
    /// Leaves a little room beyond the film's own values, to drag edges there.
    fn around(rect: Rect, (low, high): (f32, f32)) -> Self {
        let margin = 0.05 * (high - low).max(f32::MIN_POSITIVE);
        let (low, high) = match high > low {
            true => (low - margin, high + margin),
            false => (low - 1.0, low + 1.0),
        };
        Self { rect, low, high }
    }

    fn x(&self, value: f32) -> f32 {
        let share = (value - self.low) / (self.high - self.low);
        self.rect.left() + share.clamp(0.0, 1.0) * self.rect.width()
    }

    fn value(&self, x: f32) -> f32 {
        self.low + (x - self.rect.left()) / self.rect.width() * (self.high - self.low)
    }

    fn draw_bars(&self, painter: &Painter, histogram: &Histogram, logarithmic: bool) {
        let most = self.rect.width() as usize;
        let scaled = |count: usize| match logarithmic {
            true => (count as f32).ln_1p(),
            false => count as f32,
        };
        let tallest = scaled(tallest(histogram, most, logarithmic)).max(1.0);
        let width = histogram.bar_width(most);
        for (value, count) in histogram.bars(most).filter(|(_, count)| *count > 0) {
            let height = scaled(count) / tallest * self.rect.height();
            let height = height.clamp(1.0, self.rect.height());
            let (left, right) = (self.x(value), self.x(value + width));
            let bottom = self.rect.bottom();
            let bar = Rect::from_min_max(
                pos2(left, bottom - height),
                pos2(right.max(left + 1.0), bottom),
            );
            painter.rect_filled(bar, 0.0, BARS);
        }
    }

    /// Draws the grey shown for each value, from black at the bottom to white at the top.
    fn draw_curve(&self, painter: &Painter, open: &OpenFilm) {
        let shown = open.shown();
        let columns = self.rect.width() as usize;
        let points = (0..=columns).map(|column| {
            let x = self.rect.left() + column as f32;
            let grey = shown.polarity.apply(shown.voi.apply(self.value(x)));
            pos2(x, self.rect.bottom() - grey * self.rect.height())
        });
        painter.line(points.collect::<Vec<Pos2>>(), Stroke::new(1.5, CURVE));
    }
}

/// Returns the count that fills the height. Background is often one value and half of all samples:
/// beside it nothing would be seen, so linear counts cut off the tallest hundredth of the bars.
fn tallest(histogram: &Histogram, most: usize, logarithmic: bool) -> usize {
    let bars = histogram.bars(most).map(|(_, count)| count);
    let mut counts: Vec<usize> = bars.filter(|count| *count > 0).collect();
    counts.sort_unstable();
    let cut = if logarithmic { 0 } else { counts.len() / 100 };
    counts.iter().rev().nth(cut).copied().unwrap_or(0)
}

/// Draws the two edges and lets them be dragged.
fn edges_ui(ui: &mut Ui, axis: &Axis, open: &OpenFilm, commands: &mut Commands) {
    let (low, high) = open.presentation.voi.span();
    let edges = [
        ("lower", low, tr("Lower edge of the window, to be dragged")),
        ("upper", high, tr("Upper edge of the window, to be dragged")),
    ];
    for (name, value, words) in edges {
        let x = axis.x(value);
        let line = Rect::from_min_max(pos2(x, axis.rect.top()), pos2(x, axis.rect.bottom()));
        let grasp = line.expand2(vec2(GRASP_POINTS, 0.0));
        let response = ui.interact(grasp, ui.scope_id().with(name), Sense::drag());

        response.widget_info(|| WidgetInfo::labeled(Role::Splitter, true, words));
        let held = response.hovered() || response.dragged();
        let width = if held { 3.0 } else { 1.5 };
        let stroke = Stroke::new(width, EDGE);
        ui.painter().vline(x, axis.rect.y_range(), stroke);
        let beyond = value < axis.low || value > axis.high;
        let mark = if beyond { tr("beyond") } else { "" };
        let (align, gap) = if x < axis.rect.center().x {
            (Align2::LEFT_TOP, 4.0)
        } else {
            (Align2::RIGHT_TOP, -4.0)
        };
        let font = FontId::proportional(11.0);
        let at = pos2(x + gap, axis.rect.top());
        ui.painter().text(at, align, mark, font, EDGE);
        if held {
            ui.set_cursor_icon(egui::CursorIcon::ResizeHorizontal);
        }
        let pointer = response.interact_pointer_pos();
        if let Some(pointer) = pointer.filter(|_| response.dragged()) {
            let value = axis.value(pointer.x);
            let edges = match name {
                "lower" => (value, high),
                _ => (low, value),
            };
            commands.extend(window_between(open, edges));
        }
    }
}

/// The same edges as numbers, for those who do not drag.
fn ends_ui(ui: &mut Ui, open: &OpenFilm, commands: &mut Commands) {
    let (mut low, mut high) = open.presentation.voi.span();
    let (least, most) = open.film.radiograph.extremes;
    let speed = f64::from((most - least).max(f32::MIN_POSITIVE)) / 500.0;
    ui.horizontal(|ui| {
        let label = ui.label(tr("From"));
        let field = DragValue::new(&mut low).speed(speed).max_decimals(3);
        let lower = ui.add(field).labelled_by(label.id).changed();
        let label = ui.label(tr("to"));
        let field = DragValue::new(&mut high).speed(speed).max_decimals(3);
        let upper = ui.add(field).labelled_by(label.id).changed();
        if lower || upper {
            commands.extend(window_between(open, (low, high)));
        }
        let direction = match open.shown().polarity {
            Polarity::Identity => tr("black to white"),
            Polarity::Inverse => tr("white to black"),
        };
        ui.weak(tr_with(
            "{direction}; the yellow line is the grey shown",
            &[("direction", &direction)],
        ));
    });
}

/// Returns the commands that give the window these edges; none where they cross.
fn window_between(open: &OpenFilm, (low, high): (f32, f32)) -> Vec<Command> {
    let function = open.presentation.window().function;
    let (least, most) = open.film.radiograph.extremes;
    let wide_enough = high - low > 1e-6 * (most - least);
    if !wide_enough {
        return Vec::new();
    }
    let window = VoiWindow::between(low, high, function);
    let now = open.presentation.voi.clone();
    if now == Voi::Window(window) {
        return Vec::new();
    }
    vec![
        Command::Window(WindowChange::Center(window.center)),
        Command::Window(WindowChange::Width(window.width)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::radiograph::{Radiograph, Raster};

    #[test]
    fn background_does_not_flatten_linear_bars() {
        let mut samples: Vec<f32> = (0..200).map(|value| value as f32).collect();
        samples.extend([0.0; 1000]);
        let raster = Raster::new(1200, 1, samples).unwrap();
        let film = Radiograph::new(raster, Vec::new(), Polarity::Identity).unwrap();
        let histogram = Histogram::of(&film);
        assert_eq!(tallest(&histogram, 200, true), 1001);
        assert_eq!(tallest(&histogram, 200, false), 1);
    }
}
