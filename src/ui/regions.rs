//! The list of regions above the threshold.

use egui::{Button, Grid, Role, Ui, WidgetInfo};

use super::language::{filled, tr, tr_with};
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
    if !cut.shows_map() && reading.consensus().is_none() {
        return;
    }
    ui.label(theme::heading(tr("Regions")));
    let count = reading.regions().len();
    let consensus = reading.consensus();
    let place = match consensus {
        Some(consensus) => tr_with(
            "where {least} or more models agree",
            &[("least", &consensus.least)],
        ),
        None => tr("above the threshold").to_owned(),
    };
    ui.label(match count {
        0 => tr_with("No region {place}", &[("place", &place)]),
        1 => tr_with("1 region {place}", &[("place", &place)]),
        _ => tr_with(
            "{count} regions {place}",
            &[("count", &count), ("place", &place)],
        ),
    });
    if count == 0 {
        return;
    }
    let titles = match consensus {
        Some(_) => {
            ui.weak(tr(
                "Most: how many models agree at most, of those that look at the place.",
            ));
            [tr("No."), tr("Side"), tr("Area"), tr("Most"), tr("Mean")]
        }
        None => {
            ui.weak(tr_with(
                "Peak and mean in {unit}",
                &[("unit", &tr(&cut.map.unit))],
            ));
            [tr("No."), tr("Side"), tr("Area"), tr("Peak"), tr("Mean")]
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
    pace::verdict_ui(ui, (session, reading), commands);
    if count > LISTED {
        ui.weak(tr_with(
            "and {count} smaller ones",
            &[("count", &(count - LISTED))],
        ));
    }
}

/// Words for the greatest value inside a region, or for how many models agree there at most.
fn most(region: &Region, consensus: Option<&Consensus>) -> String {
    let Some(consensus) = consensus else {
        return format!("{:.2}", region.peak);
    };
    match consensus.agreement.looked_within(&region.bounds) {
        (low, high) if low == high => tr_with(
            "{peak} of {high}",
            &[
                ("peak", &format_args!("{:.0}", region.peak)),
                ("high", &high),
            ],
        ),
        (low, high) => tr_with(
            "{peak} of {low}–{high}",
            &[
                ("peak", &format_args!("{:.0}", region.peak)),
                ("low", &low),
                ("high", &high),
            ],
        ),
    }
}

fn row_ui(
    ui: &mut Ui,
    (region, most, verdict): (&Region, &str, Option<Verdict>),
    (film, chosen): (&Film, bool),
    choose: impl FnOnce(),
) {
    let (sign, words) = match verdict {
        None => ("", tr("Region {id}")),
        Some(Verdict::Accepted) => (" +", tr("Region {id}, accepted")),
        Some(Verdict::Rejected) => (" –", tr("Region {id}, rejected")),
    };
    let name = filled(words, &[("id", &region.id)]);
    let button = Button::selectable(chosen, format!("{}{sign}", region.id));
    let response = ui.add(button).on_hover_text(&name);
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, chosen, &name));
    if response.clicked() {
        choose();
    }
    ui.label(side(region.side, film));
    let spacing = film.radiograph.spacing.as_ref();
    let (area, plane) = match (region.area_mm2, spacing) {
        (Some(mm2), Some(spacing)) => (format!("{:.1} cm²", mm2 / 100.0), tr(spacing.area_unit())),
        _ => (
            format!("{:.0} px²", region.area_px),
            tr("square pixels: the file states no pixel size"),
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
        (Side::Middle, _) => tr("middle"),
        // Rows running to the patient's left: the image's left is the patient's right.
        (Side::ImageLeft, Some('L')) | (Side::ImageRight, Some('R')) => tr("patient right"),
        (Side::ImageRight, Some('L')) | (Side::ImageLeft, Some('R')) => tr("patient left"),
        (Side::ImageLeft, _) => tr("image left"),
        (Side::ImageRight, _) => tr("image right"),
    }
}
