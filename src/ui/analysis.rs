//! The right panel: asking models, and what they said.

use egui::{Button, RichText, ScrollArea, Ui};

use super::{
    Commands, Shell, agreement, chips, mark_list, overlay, pace, regions, stability, theme,
};
use crate::anomaly::{Outcome, Score, Severity};
use crate::radiograph::BurnedIn;
use crate::session::{Command, Mark, Reading, Session};

/// Draws the panel of the selected film.
pub(crate) fn analysis_ui(
    ui: &mut Ui,
    session: &Session,
    shell: &mut Shell,
    commands: &mut Commands,
) {
    ui.add_space(4.0);
    let Some(reading) = session.reading() else {
        return;
    };
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        mark_list::marks_ui(ui, reading, (&mut *shell, &mut *commands));
        ui.label(theme::heading("Analysis"));
        chips::chips_ui(ui, (session, reading), (shell, commands));
        run_ui(ui, session, reading, commands);
        chips::troubles_ui(ui, session, reading);
        pace::pace_ui(ui, session, reading, commands);
        results_switch_ui(ui, reading, commands);
        film_notes_ui(ui, reading);
        if let Some(outcome) = reading.shown_outcome() {
            ui.separator();
            score_ui(ui, &session.shelf().title(&outcome.model), &outcome.score);
            gate_ui(ui, outcome);
            stability::stability_ui(ui, session, reading, commands);
            ui.separator();
            agreement::agreement_ui(ui, session, commands);
            overlay::overlay_ui(ui, session, shell, commands);
            ui.separator();
            regions::regions_ui(ui, session, reading, commands);
            ui.separator();
            provenance_ui(ui, session, outcome);
        }
    });
}

fn run_ui(ui: &mut Ui, session: &Session, reading: &Reading, commands: &mut Commands) {
    let due = session.due();
    let text = if due.iter().any(|id| reading.outcome(id).is_some()) {
        "Analyse again"
    } else {
        "Analyse"
    };
    let titles: Vec<String> = due.iter().map(|id| session.shelf().title(id)).collect();
    ui.horizontal(|ui| {
        let button = Button::new(RichText::new(text).strong()).min_size(egui::vec2(140.0, 28.0));
        if ui
            .add_enabled(!due.is_empty(), button)
            .on_hover_text(format!(
                "Runs {} on this film, on this computer (A).",
                titles.join(", ")
            ))
            .on_disabled_hover_text("Needs an open film and a picked model with weights.")
            .clicked()
        {
            commands.push(Command::Analyze);
        }
        if reading.analyzing()
            && ui
                .button("Cancel")
                .on_hover_text("Stops the analyses of this film (Esc).")
                .clicked()
        {
            commands.push(Command::Cancel);
        }
    });
}

fn results_switch_ui(ui: &mut Ui, reading: &Reading, commands: &mut Commands) {
    if !reading.analyzed() {
        if !reading.analyzing() {
            ui.weak("Nothing is analysed until you ask for it.");
        }
        return;
    }
    if reading.pace().locked() {
        return;
    }
    let mut visible = reading.results_visible();
    if ui
        .checkbox(&mut visible, "Show results")
        .on_hover_text("Shows or hides everything models say about this film (R).")
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
    let departures = source.departures_line();
    if source.warnings.is_empty() && departures.is_none() && !burned_in {
        return;
    }
    ui.separator();
    ui.label(theme::heading("About this file"));
    if burned_in {
        ui.label(RichText::new("! Names are drawn into its pixels.").color(theme::WARNING));
    }
    for warning in departures.iter().chain(&source.warnings) {
        ui.label(RichText::new(super::status::capitalised(warning)).color(theme::WARNING));
    }
}

fn score_ui(ui: &mut Ui, title: &str, score: &Score) {
    ui.label(theme::heading("Score"));
    ui.weak(format!("By {title}"));
    match (chips::standing(score), score.p_value) {
        (Some(standing), Some(p_value)) => {
            let text = format!("More unusual than {standing}");
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
    let seconds = outcome.seconds;
    ui.weak(format!(
        "Took {:.2} s: preparing {:.2}, network {:.2}, maps {:.2}",
        seconds.preprocess + seconds.infer + seconds.post,
        seconds.preprocess,
        seconds.infer,
        seconds.post
    ));
}
