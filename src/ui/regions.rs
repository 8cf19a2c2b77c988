//! The list of regions above the threshold.

use egui::{Button, Grid, Ui};

use super::{Commands, theme};
use crate::anomaly::{Region, Side};
use crate::radiograph::Film;
use crate::session::{Command, Reading, Session};

/// The most regions listed; boxes are drawn for all.
const LISTED: usize = 30;

/// Draws the list.
pub(crate) fn regions_ui(
    ui: &mut Ui,
    session: &Session,
    reading: &Reading,
    commands: &mut Commands,
) {
    let (Some(cut), Some(open)) = (session.cut(), reading.open_film()) else {
        return;
    };
    ui.label(theme::heading("Regions"));
    let count = reading.regions().len();
    ui.label(match count {
        0 => "No region above the threshold".to_owned(),
        1 => "1 region above the threshold".to_owned(),
        _ => format!("{count} regions above the threshold"),
    });
    if count == 0 {
        return;
    }
    ui.weak(format!("Peak and mean in {}", cut.map.unit));
    Grid::new("regions")
        .striped(true)
        .num_columns(5)
        .show(ui, |ui| {
            for title in ["No.", "Side", "Area", "Peak", "Mean"] {
                ui.weak(title);
            }
            ui.end_row();
            for (index, region) in reading.regions().iter().take(LISTED).enumerate() {
                row_ui(
                    ui,
                    region,
                    (&open.film, reading.region == Some(index)),
                    || {
                        let now = reading.region.map_or(-1, |now| now as isize);
                        commands.push(Command::Region(index as isize - now));
                    },
                );
                ui.end_row();
            }
        });
    if count > LISTED {
        ui.weak(format!("and {} smaller ones", count - LISTED));
    }
}

fn row_ui(ui: &mut Ui, region: &Region, (film, chosen): (&Film, bool), choose: impl FnOnce()) {
    let name = format!("Region {}", region.id);
    let button = Button::selectable(chosen, region.id.to_string());
    if ui.add(button).on_hover_text(name).clicked() {
        choose();
    }
    ui.label(side(region.side, film));
    let area = match region.area_mm2 {
        Some(mm2) => format!("{:.1} cm²", mm2 / 100.0),
        None => format!("{:.0} px", region.area_px),
    };
    let plane = film
        .radiograph
        .spacing
        .as_ref()
        .map_or("the file states no pixel size", |spacing| spacing.unit());
    ui.label(area).on_hover_text(plane);
    ui.label(format!("{:.2}", region.peak));
    ui.label(format!("{:.2}", region.mean));
}

/// Names the side of the image, and of the patient only where the file says how they lie.
fn side(side: Side, film: &Film) -> &'static str {
    let across = film
        .source
        .orientation
        .as_ref()
        .and_then(|(row, _)| row.chars().next());
    match (side, across) {
        (Side::Middle, _) => "middle",
        // Rows running to the patient's left: the image's left is the patient's right.
        (Side::ImageLeft, Some('L')) | (Side::ImageRight, Some('R')) => "patient right",
        (Side::ImageRight, Some('L')) | (Side::ImageLeft, Some('R')) => "patient left",
        (Side::ImageLeft, _) => "image left",
        (Side::ImageRight, _) => "image right",
    }
}
