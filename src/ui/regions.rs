//! The list of regions above the threshold.

use egui::{Button, Grid, Role, Ui, WidgetInfo};

use super::{Commands, pace, theme};
use crate::anomaly::{Region, Side};
use crate::radiograph::Film;
use crate::session::{Command, Consensus, Reading, Session, Verdict};

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
    let consensus = reading.consensus();
    let place = match consensus {
        Some(consensus) => format!("where {} or more models agree", consensus.least),
        None => "above the threshold".to_owned(),
    };
    ui.label(match count {
        0 => format!("No region {place}"),
        1 => format!("1 region {place}"),
        _ => format!("{count} regions {place}"),
    });
    if count == 0 {
        return;
    }
    let titles = match consensus {
        Some(_) => {
            ui.weak("Most: how many models agree at most, of those that look at the place.");
            ["No.", "Side", "Area", "Most", "Mean"]
        }
        None => {
            ui.weak(format!("Peak and mean in {}", cut.map.unit));
            ["No.", "Side", "Area", "Peak", "Mean"]
        }
    };
    Grid::new("regions")
        .striped(true)
        .num_columns(5)
        .show(ui, |ui| {
            for title in titles {
                ui.weak(title);
            }
            ui.end_row();
            for (index, region) in reading.regions().iter().take(LISTED).enumerate() {
                let most = most(region, consensus);
                let verdict = pace::verdict(reading, region).filter(|_| consensus.is_none());
                row_ui(
                    ui,
                    (region, &most, verdict),
                    (&open.film, reading.region == Some(index)),
                    || {
                        let now = reading.region.map_or(-1, |now| now as isize);
                        commands.push(Command::Region(index as isize - now));
                    },
                );
                ui.end_row();
            }
        });
    pace::verdict_ui(ui, reading, commands);
    if count > LISTED {
        ui.weak(format!("and {} smaller ones", count - LISTED));
    }
}

/// Words for the greatest value inside a region, or for how many models agree there at most.
fn most(region: &Region, consensus: Option<&Consensus>) -> String {
    let Some(consensus) = consensus else {
        return format!("{:.2}", region.peak);
    };
    match consensus.agreement.looked_within(&region.bounds) {
        (low, high) if low == high => format!("{:.0} of {high}", region.peak),
        (low, high) => format!("{:.0} of {low}–{high}", region.peak),
    }
}

fn row_ui(
    ui: &mut Ui,
    (region, most, verdict): (&Region, &str, Option<Verdict>),
    (film, chosen): (&Film, bool),
    choose: impl FnOnce(),
) {
    let (sign, words) = match verdict {
        None => ("", ""),
        Some(Verdict::Accepted) => (" +", ", accepted"),
        Some(Verdict::Rejected) => (" –", ", rejected"),
    };
    let name = format!("Region {}{words}", region.id);
    let button = Button::selectable(chosen, format!("{}{sign}", region.id));
    let response = ui.add(button).on_hover_text(&name);
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, chosen, &name));
    if response.clicked() {
        choose();
    }
    ui.label(side(region.side, film));
    let spacing = film.radiograph.spacing.as_ref();
    let (area, plane) = match (region.area_mm2, spacing) {
        (Some(mm2), Some(spacing)) => (format!("{:.1} cm²", mm2 / 100.0), spacing.area_unit()),
        _ => (
            format!("{:.0} px", region.area_px),
            "square pixels: the file states no pixel size",
        ),
    };
    ui.label(area).on_hover_text(plane);
    ui.label(most);
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
