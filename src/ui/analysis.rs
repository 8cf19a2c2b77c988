//! The right panel: asking models, and what they said.

use egui::{Button, RichText, ScrollArea, Ui};

use super::icons::{Icon, icon};
use super::language::{filled, retold, tr, tr_with};
use super::tour::{self, Spot};
use super::{
    Commands, Shell, agreement, chips, fonts, gate, mark_list, overlay, pace, regions,
    returned_map, stability, theme, tools,
};
use crate::anomaly::{Outcome, Score, short_hash};
use crate::radiograph::{BurnedIn, readable_date};
use crate::session::{Command, Mark, Reading, Session, WeightsCommand, Whose};

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
    whose_ui(ui, session, reading);
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        mark_list::marks_ui(ui, (session, reading), (&mut *shell, &mut *commands));
        ui.label(theme::heading(tr("Analysis")));
        other_weights_ui(ui, session, commands);
        chips::chips_ui(ui, (session, reading), (shell, commands));
        run_ui(ui, session, reading, commands);
        gate::held_ui(ui, (session, reading), commands);
        gate::decided_ui(ui, (session, reading), commands);
        chips::troubles_ui(ui, session, reading);
        pace::pace_ui(ui, session, reading, commands);
        results_switch_ui(ui, session, reading, commands);
        film_notes_ui(ui, reading);
        returned_map::returned_map_ui(ui, session, reading, commands);
        if let Some(outcome) = reading.shown_outcome() {
            ui.separator();
            gate::flag_ui(ui, outcome);
            score_ui(ui, &session.shelf().title(&outcome.model), &outcome.score);
            gate::doubts_ui(ui, (session, reading), outcome, commands);
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

/// Says that models have other weights than at the start, and offers the way back.
fn other_weights_ui(ui: &mut Ui, session: &Session, commands: &mut Commands) {
    let Some(folder) = session.chosen_weights() else {
        return;
    };
    let listings = &session.shelf().listings;
    let with = |whose| {
        let models = listings.iter();
        models.filter(move |listing| session.whose_weights(&listing.id) == Some(whose))
    };
    let adults: Vec<&str> = with(Whose::Adults)
        .map(|listing| listing.title.as_str())
        .collect();
    let mut words = Vec::new();
    if !adults.is_empty() {
        let models = adults.join(", ");
        words.push(tr_with("For adults: {models}", &[("models", &models)]));
    }
    if adults.is_empty() || with(Whose::Own).next().is_some() {
        let name = folder.file_name().unwrap_or(folder.as_os_str());
        let own = tr_with("Own weights: {folder}", &[("folder", &name.display())]);
        words.push(own);
    }
    let words = words.join(" · ");
    ui.horizontal_wrapped(|ui| {
        ui.label(fonts::legible(ui.ctx(), &words))
            .on_hover_text(folder.display().to_string());
        let back = Command::Weights(WeightsCommand::Bundled);
        if ui
            .button(tr("Back to the program's own"))
            .on_hover_text(tools::tooltip(&back, session))
            .clicked()
        {
            commands.push(back);
        }
    });
}

/// Says whose results the panel shows, where more than one film is on the screen.
fn whose_ui(ui: &mut Ui, session: &Session, reading: &Reading) {
    let layout = session.layout();
    let shown = layout.visible().map(|cell| layout.cells()[cell].film);
    let mut shown = shown.flatten();
    let first = shown.next();
    if shown.all(|film| Some(film) == first) {
        return;
    }
    ui.label(RichText::new(fonts::legible(ui.ctx(), &reading.name())).strong());
    let date = reading.open_film().map(|open| &open.film.identity);
    if let Some(date) = date.and_then(|identity| identity.study_date.as_deref()) {
        ui.label(tr_with(
            "Study of {date}",
            &[("date", &readable_date(date))],
        ));
    }
    // As its viewport's badges say it.
    let relations = session.relations(layout.active());
    if let Some(patient) = relations.patient {
        ui.label(RichText::new(tr(patient.words())).color(theme::OTHER_PATIENT));
    }
    if let Some(prior) = &relations.prior {
        ui.label(RichText::new(retold(prior)).color(theme::PRIOR));
    }
    ui.separator();
}

fn run_ui(ui: &mut Ui, session: &Session, reading: &Reading, commands: &mut Commands) {
    let due = session.due();
    let text = if due.iter().any(|id| reading.outcome(id).is_some()) {
        tr("Analyse again")
    } else {
        tr("Analyse")
    };
    let derivation = reading.open_film().map(|open| &open.film.source.derivation);
    let derivation = derivation.and_then(|derivation| derivation.as_ref());
    let refused = derivation.is_some_and(|derivation| derivation.refusal().is_some());
    let titles: Vec<String> = due.iter().map(|id| session.shelf().title(id)).collect();
    let runs = tr_with(
        "Runs {models} on this film, on this computer.",
        &[("models", &titles.join(", "))],
    );
    ui.horizontal(|ui| {
        let words = (icon(Icon::Analyse), RichText::new(text).strong());
        let button = Button::new(words).min_size(egui::vec2(140.0, 28.0));
        let button = ui.add_enabled(!due.is_empty() && !refused, button);
        tour::note(ui.ctx(), Spot::Analyse, button.rect);
        if button
            .on_hover_text(tools::with_keys(&runs, &Command::Analyze, session))
            .on_disabled_hover_text(match refused {
                true => tr(
                    "A picture of a film, with drawings in it: a model would judge the drawings. \
                     Open the film itself and analyse that.",
                ),
                false => tr("Needs an open film and a picked model with weights."),
            })
            .clicked()
        {
            commands.push(Command::Analyze);
        }
        if reading.analyzing()
            && ui
                .button((icon(Icon::Stop), tr("Cancel")))
                .on_hover_text(tools::tooltip(&Command::Cancel, session))
                .clicked()
        {
            commands.push(Command::Cancel);
        }
    });
}

fn results_switch_ui(ui: &mut Ui, session: &Session, reading: &Reading, commands: &mut Commands) {
    if !reading.analyzed() {
        if !reading.analyzing() && reading.held().is_none() {
            ui.weak(tr("Nothing is analysed until you ask for it."));
        }
        return;
    }
    if reading.pace().locked() {
        return;
    }
    let mut visible = reading.results_visible();
    if ui
        .checkbox(&mut visible, tr("Show results"))
        .on_hover_text(tools::tooltip(&Command::Toggle(Mark::Results), session))
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
    let several = source.later_frames > 0;
    if source.warnings.is_empty() && departures.is_none() && !burned_in && !several {
        return;
    }
    ui.separator();
    ui.label(theme::heading(tr("About this file")));
    if burned_in {
        ui.label(RichText::new(tr("! Names are drawn into its pixels.")).color(theme::WARNING));
    }
    if several {
        let words = tr("The file holds {count} frames: the first is shown, measured and analysed.");
        let words = filled(words, &[("count", &(source.later_frames + 1))]);
        ui.label(RichText::new(words).color(theme::WARNING));
    }
    for warning in departures.iter().chain(&source.warnings) {
        ui.label(RichText::new(super::status::capitalised(&retold(warning))).color(theme::WARNING));
    }
}

fn score_ui(ui: &mut Ui, title: &str, score: &Score) {
    ui.label(theme::heading(tr("Score")));
    ui.weak(tr_with("By {model}", &[("model", &title)]));
    match (chips::standing(score), score.p_value) {
        (Some(standing), Some(p_value)) => {
            let text = tr_with("More unusual than {standing}", &[("standing", &standing)]);
            ui.label(RichText::new(text).strong());
            ui.label(format!("p = {p_value:.3}")).on_hover_text(tr(
                "The share of the model's normal films that are at least as unusual, counting \
                 this one. Small means rare among them; it is no probability of disease.",
            ));
        }
        _ => {
            ui.label(tr(
                "Not compared with normal films: the number alone has no meaning.",
            ));
        }
    }
    ui.weak(tr_with(
        "Raw score {raw}, not a probability",
        &[("raw", &format_args!("{:.3}", score.raw))],
    ));
}

fn provenance_ui(ui: &mut Ui, session: &Session, outcome: &Outcome) {
    ui.label(theme::heading(tr("Model")));
    let hash = short_hash(&outcome.weights_sha256);
    let card = session.shelf().card(&outcome.model).and_then(Result::ok);
    let preset = card.map_or_else(String::new, |card| format!(", {}", card.preset));
    let (width, height) = outcome.input_size;
    ui.label(tr_with(
        "{model}{preset} · weights {hash} · sees {width} × {height} pixels · {device}",
        &[
            ("model", &session.shelf().title(&outcome.model)),
            ("preset", &preset),
            ("hash", &hash),
            ("width", &width),
            ("height", &height),
            ("device", &outcome.device),
        ],
    ));
    let seconds = outcome.seconds;
    ui.weak(tr_with(
        "Took {total} s: preparing {preprocess}, network {infer}, maps {post}",
        &[
            (
                "total",
                &format_args!("{:.2}", seconds.preprocess + seconds.infer + seconds.post),
            ),
            ("preprocess", &format_args!("{:.2}", seconds.preprocess)),
            ("infer", &format_args!("{:.2}", seconds.infer)),
            ("post", &format_args!("{:.2}", seconds.post)),
        ],
    ));
}
