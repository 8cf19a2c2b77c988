//! The right panel: asking a model, and what it said.

use egui::{Button, ProgressBar, RichText, Role, ScrollArea, Ui, WidgetInfo};

use super::{Commands, overlay, regions, states, theme};
use crate::anomaly::{Outcome, Score, Severity};
use crate::error::ErrorKind;
use crate::models::Card;
use crate::radiograph::BurnedIn;
use crate::session::{Analysis, Command, Mark, Reading, Session};
use crate::task::Progress;

/// Draws the panel of the selected film.
pub(crate) fn analysis_ui(ui: &mut Ui, session: &Session, commands: &mut Commands) {
    ui.add_space(4.0);
    ui.label(theme::heading("Analysis"));
    let Some(reading) = session.reading() else {
        return;
    };
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        model_ui(ui, session, commands);
        run_ui(ui, session, reading, commands);
        results_switch_ui(ui, reading, commands);
        film_notes_ui(ui, reading);
        if let Some(outcome) = reading.shown_outcome() {
            ui.separator();
            score_ui(ui, &outcome.score);
            gate_ui(ui, outcome);
            ui.separator();
            overlay::overlay_ui(ui, session, commands);
            ui.separator();
            regions::regions_ui(ui, session, reading, commands);
            ui.separator();
            provenance_ui(ui, session, outcome);
        }
    });
}

fn model_ui(ui: &mut Ui, session: &Session, commands: &mut Commands) {
    let shelf = session.shelf();
    let Some(chosen) = &shelf.chosen else {
        ui.label("This build has no model; films can be viewed all the same.");
        return;
    };
    if shelf.listings.len() > 1 {
        let label = ui.label("Model");
        egui::ComboBox::from_id_salt("model")
            .selected_text(shelf.title(chosen))
            .show_ui(ui, |ui| {
                for listing in &shelf.listings {
                    let button = Button::selectable(listing.id == *chosen, listing.title.as_str());
                    if ui
                        .add(button)
                        .on_hover_text(listing.task.as_str())
                        .clicked()
                    {
                        commands.push(Command::ChooseModel(listing.id.clone()));
                    }
                }
            })
            .response
            .labelled_by(label.id);
    } else {
        ui.label(format!("Model {}", shelf.title(chosen)));
    }
    if let Some(listing) = shelf.listings.iter().find(|listing| listing.id == *chosen) {
        ui.weak(super::status::capitalised(&listing.task) + ".");
    }
}

fn run_ui(ui: &mut Ui, session: &Session, reading: &Reading, commands: &mut Commands) {
    if let Some(obstacle) = session.shelf().obstacle() {
        let title = match obstacle.kind {
            ErrorKind::MissingWeights => "No weights",
            _ => "These weights cannot be used",
        };
        ui.label(RichText::new(title).strong().color(theme::WARNING));
        states::error_text_ui(ui, obstacle);
    }
    if let Some(task) = reading.running() {
        running_ui(ui, task.progress(), commands);
        return;
    }
    let ready = reading.open_film().is_some()
        && session.shelf().obstacle().is_none()
        && session.shelf().chosen.is_some();
    let text = if reading.outcome.is_some() {
        "Analyse again"
    } else {
        "Analyse"
    };
    let button = Button::new(RichText::new(text).strong()).min_size(egui::vec2(140.0, 28.0));
    if ui
        .add_enabled(ready, button)
        .on_hover_text("Runs the model on this film, on this computer (A).")
        .on_disabled_hover_text("Needs an open film and a model with weights.")
        .clicked()
    {
        commands.push(Command::Analyze);
    }
    ended_ui(ui, session, reading);
}

fn running_ui(ui: &mut Ui, progress: &Progress, commands: &mut Commands) {
    let seconds = progress.elapsed().as_secs_f32();
    let stage = super::status::capitalised(progress.stage());
    ui.label(format!("{stage} · {seconds:.1} s"));
    let bar = ui.add(ProgressBar::new(progress.fraction()).show_percentage());
    bar.widget_info(|| {
        WidgetInfo::labeled(Role::ProgressIndicator, true, "Progress of the analysis")
    });
    if ui
        .button("Cancel")
        .on_hover_text("Stops this analysis (Esc).")
        .clicked()
    {
        commands.push(Command::Cancel);
    }
}

/// Says how the last run ended, unless its result speaks for itself.
fn ended_ui(ui: &mut Ui, session: &Session, reading: &Reading) {
    match &reading.analysis {
        Analysis::Cancelled if reading.outcome.is_some() => {
            ui.weak("Cancelled. The earlier result stays.");
        }
        Analysis::Cancelled => {
            ui.weak("Cancelled. Nothing was kept.");
        }
        Analysis::Failed(error) => {
            let title = RichText::new("The analysis failed").strong();
            ui.label(title.color(theme::ERROR));
            states::error_text_ui(ui, error);
        }
        Analysis::None | Analysis::Running(_) => {}
    }
    let shelf = session.shelf();
    if let Some(outcome) = &reading.outcome
        && shelf.chosen.as_ref() != Some(&outcome.model)
    {
        let title = shelf.title(&outcome.model);
        let text = format!("The result is {title}’s, not the chosen model’s.");
        ui.label(RichText::new(text).color(theme::WARNING));
    }
}

fn results_switch_ui(ui: &mut Ui, reading: &Reading, commands: &mut Commands) {
    if reading.outcome.is_none() {
        if reading.running().is_none() {
            ui.weak("Nothing is analysed until you ask for it.");
        }
        return;
    }
    let mut visible = reading.results_visible;
    if ui
        .checkbox(&mut visible, "Show results")
        .on_hover_text("Shows or hides everything the model says about this film (R).")
        .changed()
    {
        commands.push(Command::Toggle(Mark::Results));
    }
}

/// Draws what the reader of the file had to guess or leave out.
fn film_notes_ui(ui: &mut Ui, reading: &Reading) {
    let Some(source) = reading.open_film().map(|open| &open.film.source) else {
        return;
    };
    let burned_in = source.burned_in == BurnedIn::Yes;
    if source.warnings.is_empty() && !burned_in {
        return;
    }
    ui.separator();
    ui.label(theme::heading("About this file"));
    if burned_in {
        ui.label(RichText::new("! Names are drawn into its pixels.").color(theme::WARNING));
    }
    for warning in &source.warnings {
        ui.label(RichText::new(super::status::capitalised(warning)).color(theme::WARNING));
    }
}

fn score_ui(ui: &mut Ui, score: &Score) {
    ui.label(theme::heading("Score"));
    match (score.percentile, score.p_value) {
        (Some(percentile), Some(p_value)) => {
            let films = score.calibration_films;
            // Rounded down: 99.9 % is not “all”.
            let text = if percentile >= 100.0 {
                format!("More unusual than all {films} normal films")
            } else {
                format!(
                    "More unusual than {:.0} % of {films} normal films",
                    percentile.floor()
                )
            };
            ui.label(RichText::new(text).strong());
            ui.label(format!("p = {p_value:.3}")).on_hover_text(
                "The share of the model's normal films that are at least as unusual, counting \
                 this one. Small means rare among them; it is no probability of disease.",
            );
        }
        _ => {
            ui.label("Not compared with normal films: the number alone has no meaning.");
        }
    }
    ui.weak(format!("Raw score {:.3}, not a probability", score.raw));
}

fn gate_ui(ui: &mut Ui, outcome: &Outcome) {
    for finding in &outcome.gate {
        let (mark, color) = match finding.severity {
            Severity::Warning => ("! ", theme::WARNING),
            Severity::Note => ("", theme::OVER_FILM),
        };
        ui.label(RichText::new(format!("{mark}{}", finding.reason)).color(color));
    }
}

fn provenance_ui(ui: &mut Ui, session: &Session, outcome: &Outcome) {
    ui.label(theme::heading("Model"));
    let hash = outcome
        .weights_sha256
        .get(..8)
        .unwrap_or(&outcome.weights_sha256);
    let card = session.shelf().card(&outcome.model).and_then(Result::ok);
    let preset = card.map_or_else(String::new, |card| format!(", {}", card.preset));
    let (width, height) = outcome.input_size;
    ui.label(format!(
        "{}{preset} · weights {hash} · sees {width} × {height} pixels · {}",
        session.shelf().title(&outcome.model),
        outcome.device
    ));
    if let Some(card) = card {
        metrics_ui(ui, card);
    }
    let seconds = outcome.seconds;
    ui.weak(format!(
        "Took {:.2} s: preparing {:.2}, network {:.2}, maps {:.2}",
        seconds.preprocess + seconds.infer + seconds.post,
        seconds.preprocess,
        seconds.infer,
        seconds.post
    ));
}

fn metrics_ui(ui: &mut Ui, card: &Card) {
    for metric in &card.metrics {
        let interval = match (metric.low, metric.high) {
            (Some(low), Some(high)) => format!(" (95 % CI {low:.3}–{high:.3})"),
            _ => String::new(),
        };
        ui.label(format!("{} {:.3}{interval}", metric.name, metric.value))
            .on_hover_text(metric.data.as_str());
    }
    if !card.training.data.is_empty() {
        ui.weak(format!("Trained on {}", card.training.data));
    }
    for limit in &card.limits {
        ui.weak(format!("Limit: {limit}"));
    }
}
