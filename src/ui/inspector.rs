//! The inspector: why this pixel has this grey, and how often each value occurs.
//!
//! The words are those of `silhouette inspect`: they come from the same pipeline. A frame costs the
//! look-up of one pixel; counts are taken once, beside the window's thread.

use egui::{DragValue, Grid, Response, RichText, ScrollArea, Ui, Vec2};

use super::language::{retold, tr, tr_with};
use super::pane::Content;
use super::viewport::Place;
use super::{Commands, Shell, histogram, status, theme};
use crate::radiograph::{PipelineStage, PixelRect, PointSample};
use crate::session::{OpenFilm, Session};

/// The width of the words about one pixel, in points.
const WORDS_WIDTH: f32 = 640.0;

/// What the inspector shows, whatever the film.
#[derive(Default)]
pub(crate) struct Inspector {
    /// Whether its panel is open.
    pub(crate) open: bool,
    /// The pixel it follows, as column and row.
    pixel: Option<(usize, usize)>,
    /// Whether the pointer was over a film in the last frame.
    pub(crate) hovered: bool,
    /// Whether counts are drawn as logarithms.
    pub(crate) logarithmic: bool,
}

impl Inspector {
    /// Returns the pixel it follows, when the film has it.
    pub(crate) fn pixel(&self, open: &OpenFilm) -> Option<(usize, usize)> {
        let raster = &open.layer.raster;
        self.pixel
            .filter(|&(x, y)| x < raster.width() && y < raster.height())
    }

    /// Follows the pointer over a viewport of the film itself; what a model generated has no file.
    pub(crate) fn follow(
        &mut self,
        ui: &Ui,
        response: &Response,
        (place, open): (&Place, &OpenFilm),
        content: &Content,
    ) {
        let Some(pointer) = response.hover_pos().filter(|_| !content.synthetic) else {
            return;
        };
        let raster = &open.layer.raster;
        let point = place.image_from_screen(pointer);
        if !PixelRect::of_image(raster.width(), raster.height()).contains(point) {
            return;
        }
        self.hovered = true;
        // A pointer at rest leaves the pixel to the keyboard.
        let moved = ui.input(|input| input.pointer.delta() != Vec2::ZERO);
        let pixel = Some((point.x as usize, point.y as usize));
        if moved && self.pixel != pixel {
            self.pixel = pixel;
            // The panel was drawn before this viewport.
            ui.request_repaint();
        }
    }

    /// Returns the pixel's way through the stages in one line.
    pub(crate) fn probe(&self, open: &OpenFilm) -> Option<String> {
        let (x, y) = self.pixel(open)?;
        let sample = open.follow((x, y));
        let values = values(&sample, &open.film.pipeline.modality);
        Some(format!(
            "{x}, {y} · {} » {} » {} » {}",
            values[0], values[1], values[2], values[3]
        ))
    }
}

/// Draws the panel while it is open.
pub(crate) fn inspector_ui(
    ui: &mut Ui,
    session: &Session,
    shell: &mut Shell,
    commands: &mut Commands,
) {
    let inspector = &mut shell.inspector;
    inspector.hovered = false;
    let Some(reading) = session.reading().filter(|_| inspector.open) else {
        return;
    };
    let Some(open) = reading.open_film() else {
        return;
    };
    egui::Panel::bottom("inspector")
        .default_size(236.0)
        .size_range(150.0..=420.0)
        .resizable(true)
        .show(ui, |ui| {
            ScrollArea::both().auto_shrink(false).show(ui, |ui| {
                ui.horizontal_top(|ui| {
                    let words = WORDS_WIDTH.min(0.6 * ui.available_width());
                    ui.vertical(|ui| {
                        ui.set_width(words);
                        pixel_ui(ui, inspector, open);
                    });
                    ui.separator();
                    ui.vertical(|ui| {
                        histogram::histogram_ui(ui, open, inspector, commands);
                    });
                });
            });
        });
}

fn pixel_ui(ui: &mut Ui, inspector: &mut Inspector, open: &OpenFilm) {
    let raster = &open.layer.raster;
    let at = inspector.pixel(open);
    let (mut x, mut y) = at.unwrap_or((raster.width() / 2, raster.height() / 2));
    ui.horizontal(|ui| {
        ui.label(theme::heading(tr("Pixel")));
        let chosen = coordinate_ui(ui, tr("Column"), (&mut x, raster.width()))
            | coordinate_ui(ui, tr("Row"), (&mut y, raster.height()));
        if chosen {
            inspector.pixel = Some((x, y));
        }
        ui.weak(tr("under the pointer, or typed here"));
    });
    if let Some(line) = open.film.source.departures_line() {
        let line = status::capitalised(&retold(&line));
        ui.label(RichText::new(line).color(theme::WARNING));
    }
    if let Some(processed) = &open.processed {
        let mark = retold(&processed.filter.mark());
        let words = tr_with(
            "{mark}; the stages below are those of the film without it.",
            &[("mark", &mark)],
        );
        ui.label(RichText::new(words).color(theme::WARNING));
    }
    let stages = open.stages();
    let values = match at {
        Some(at) => values(&open.follow(at), &stages[1]),
        None => std::array::from_fn(|_| "–".to_owned()),
    };
    Grid::new("stages")
        .num_columns(3)
        .striped(true)
        .show(ui, |ui| {
            for (stage, value) in stages.iter().zip(&values) {
                let name = match stage.stage {
                    "voi" => "VOI".to_owned(),
                    name => status::capitalised(tr(name)),
                };
                ui.strong(name);
                ui.monospace(value);
                ui.vertical(|ui| {
                    ui.label(retold(&stage.rule));
                    ui.weak(
                        RichText::new(tr_with(
                            "by {decided_by}",
                            &[("decided_by", &retold(&stage.decided_by))],
                        ))
                        .small(),
                    );
                });
                ui.end_row();
            }
        });
}

fn coordinate_ui(ui: &mut Ui, name: &str, (value, size): (&mut usize, usize)) -> bool {
    let label = ui.label(name);
    let field = DragValue::new(value).range(0..=size.saturating_sub(1));
    ui.add(field).labelled_by(label.id).changed()
}

/// Returns the four values of a pixel with their units.
fn values(sample: &PointSample, modality: &PipelineStage) -> [String; 4] {
    let or_dash = |value: Option<String>| value.unwrap_or_else(|| "–".to_owned());
    let unit = modality.unit.as_ref();
    let unit = unit.map_or_else(String::new, |unit| format!(" {unit}"));
    let padding = if sample.padding { tr(" (padding)") } else { "" };
    [
        sample
            .stored
            .as_ref()
            .map_or_else(|| tr("not kept").to_owned(), ToString::to_string),
        or_dash(
            sample
                .modality
                .map(|value| format!("{value}{unit}{padding}")),
        ),
        or_dash(sample.voi.map(|value| format!("{value:.4}"))),
        or_dash(
            sample
                .display
                .map(|value| tr_with("{value} of 255", &[("value", &value)])),
        ),
    ]
}
