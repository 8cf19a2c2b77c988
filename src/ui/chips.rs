//! The model chips: which models are asked about the film, how far each is, and whose results lead.

use egui::{Align, Button, Frame, Layout, ProgressBar, RichText, Role, Ui, WidgetInfo};

use super::language::{retold, tr, tr_with};
use super::{Commands, Shell, gate, status, theme};
use crate::anomaly::{Finding, ModelId, Outcome, Score};
use crate::error::{Error, ErrorKind};
use crate::inference::Listing;
use crate::session::{Analysis, Command, Reading, Session, Whose};
use crate::task::Progress;

/// Draws one chip per model.
pub(crate) fn chips_ui(
    ui: &mut Ui,
    (session, reading): (&Session, &Reading),
    (shell, commands): (&mut Shell, &mut Commands),
) {
    let listings = &session.shelf().listings;
    if listings.is_empty() {
        ui.label(tr(
            "This build has no model; films can be viewed all the same.",
        ));
        return;
    }
    for listing in listings {
        let chip = Chip::new(session, reading, listing);
        let fill = if chip.picked {
            ui.visuals().faint_bg_color
        } else {
            ui.visuals().panel_fill
        };
        Frame::new()
            .fill(fill)
            .corner_radius(4.0)
            .inner_margin(egui::Margin::symmetric(5, 3))
            .show(ui, |ui| chip.ui(ui, shell, commands));
    }
}

/// What one chip says.
struct Chip<'a> {
    listing: &'a Listing,
    picked: bool,
    /// Whether the model's results can be shown first, and whether they are.
    result: Option<bool>,
    running: Option<&'a Progress>,
    state: String,
    color: Option<egui::Color32>,
}

impl<'a> Chip<'a> {
    fn new(session: &'a Session, reading: &'a Reading, listing: &'a Listing) -> Self {
        let id = &listing.id;
        let answer = reading.answer(id);
        let running = answer.and_then(|answer| answer.running());
        let outcome = answer.and_then(|answer| answer.outcome.as_ref());
        let mut color = None;
        let state = match answer.map(|answer| &answer.analysis) {
            Some(Analysis::Running(task)) => status::progress_words(task.progress()),
            Some(Analysis::Failed(error)) => {
                color = Some(theme::ERROR);
                tr_with("failed: {message}", &[("message", &retold(&error.message))])
            }
            Some(Analysis::Held(findings)) => {
                color = Some(theme::WARNING);
                held_words(findings)
            }
            Some(Analysis::Cancelled) if outcome.is_some() => {
                tr("cancelled; the earlier result stays").to_owned()
            }
            Some(Analysis::Cancelled) => tr("cancelled").to_owned(),
            _ => match (outcome, session.shelf().obstacle(id)) {
                (Some(_), _) if !reading.results_visible() => {
                    tr("done; results are hidden").to_owned()
                }
                (Some(outcome), _) => {
                    color = outcome.flag().map(|_| theme::WARNING);
                    score_words(outcome)
                }
                (None, Some(obstacle)) => {
                    color = Some(theme::WARNING);
                    obstacle_words(obstacle).to_owned()
                }
                (None, None) => tr("not analysed").to_owned(),
            },
        };
        let state = match session.whose_weights(id) {
            Some(Whose::Own) => tr_with("{state} · own weights", &[("state", &state)]),
            Some(Whose::Adults) => tr_with("{state} · for adults", &[("state", &state)]),
            None => state,
        };
        Self {
            listing,
            picked: session.shelf().is_picked(id),
            result: outcome.map(|_| reading.shown() == Some(id)),
            running: running.map(crate::task::Task::progress),
            state,
            color,
        }
    }

    fn ui(&self, ui: &mut Ui, shell: &mut Shell, commands: &mut Commands) {
        ui.horizontal(|ui| {
            self.toggle_ui(ui, commands);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                self.buttons_ui(ui, shell, commands);
            });
        });
        let mut state = RichText::new(status::capitalised(&self.state)).small();
        state = match self.color {
            Some(color) => state.color(color),
            None => state.weak(),
        };
        ui.label(state);
        if let Some(progress) = self.running {
            let bar = ui.add(ProgressBar::new(progress.fraction()).desired_height(6.0));
            let words = tr_with("Progress of {model}", &[("model", &self.listing.title)]);
            bar.widget_info(|| WidgetInfo::labeled(Role::ProgressIndicator, true, &words));
        }
    }

    fn toggle_ui(&self, ui: &mut Ui, commands: &mut Commands) {
        let Listing { id, title, task } = self.listing;
        let mut picked = self.picked;
        let response = ui
            .checkbox(&mut picked, RichText::new(title).strong())
            .on_hover_text(tr_with(
                "{sentence}.",
                &[("sentence", &status::capitalised(&retold(task)))],
            ));
        let words = format!("{title}, {}", self.state);
        response.widget_info(|| WidgetInfo::selected(Role::CheckBox, true, picked, &words));
        if response.changed() {
            commands.push(Command::PickModel(id.clone(), picked));
        }
    }

    fn buttons_ui(&self, ui: &mut Ui, shell: &mut Shell, commands: &mut Commands) {
        let Listing { id, title, .. } = self.listing;
        let card = ui.small_button(tr("Card")).on_hover_text(tr(
            "What this model is, what it was trained on, and what it is worth.",
        ));
        card.widget_info(|| {
            WidgetInfo::labeled(
                Role::Button,
                true,
                tr_with("Card of {model}", &[("model", &title)]),
            )
        });
        if card.clicked() {
            shell.card = Some(id.clone());
        }
        let Some(shown) = self.result else {
            return;
        };
        let shown = shown && self.picked;
        let words = if shown { tr("Shown") } else { tr("Show") };
        let button = ui
            .add(Button::selectable(shown, words).small())
            .on_hover_text(tr(
                "Overlay, threshold, legend and regions are those of the model that is shown.",
            ));
        let label = tr_with("Show {model}", &[("model", &title)]);
        button.widget_info(|| WidgetInfo::selected(Role::RadioButton, true, shown, &label));
        if button.clicked() && !shown {
            commands.push(Command::ShowModel(id.clone()));
        }
    }
}

fn held_words(findings: &[Finding]) -> String {
    let reasons = gate::unfit_words(findings).join(", ");
    tr_with("not analysed: {reasons}", &[("reasons", &reasons)])
}

fn score_words(outcome: &Outcome) -> String {
    let score = &outcome.score;
    let words = match standing(score) {
        Some(standing) => tr_with("done: above {standing}", &[("standing", &standing)]),
        None => tr_with(
            "done: score {raw}, not compared with normal films",
            &[("raw", &format_args!("{:.3}", score.raw))],
        ),
    };
    match gate::flag_words(outcome) {
        Some(flag) => format!("{words} · {flag}"),
        None => words,
    }
}

/// Says among how many normal films a score is how high, as in “97 % of 200 normal films”.
pub(crate) fn standing(score: &Score) -> Option<String> {
    let films = score.calibration_films;
    // Rounded down: 99.9 % is not “all”.
    score.percentile.map(|percentile| match percentile.floor() {
        all if all >= 100.0 => tr_with("all {films} normal films", &[("films", &films)]),
        part => tr_with(
            "{part} % of {films} normal films",
            &[("part", &format_args!("{part:.0}")), ("films", &films)],
        ),
    })
}

fn obstacle_words(obstacle: &Error) -> &'static str {
    match obstacle.kind {
        ErrorKind::MissingWeights => tr("no weights"),
        _ => tr("its weights cannot be used"),
    }
}

/// Draws why picked models cannot run, and why those that ran failed.
pub(crate) fn troubles_ui(ui: &mut Ui, session: &Session, reading: &Reading) {
    let shelf = session.shelf();
    let picked: Vec<&ModelId> = shelf.picked().collect();
    for id in picked {
        let title = shelf.title(id);
        if let Some(obstacle) = shelf.obstacle(id) {
            let words = match obstacle.kind {
                ErrorKind::MissingWeights => {
                    tr_with("No weights for {model}", &[("model", &title)])
                }
                _ => tr_with(
                    "The weights of {model} cannot be used",
                    &[("model", &title)],
                ),
            };
            ui.label(RichText::new(words).strong().color(theme::WARNING));
            super::states::error_text_ui(ui, obstacle);
        }
        let analysis = reading.answer(id).map(|answer| &answer.analysis);
        if let Some(Analysis::Failed(error)) = analysis {
            let words = RichText::new(tr_with(
                "The analysis by {model} failed",
                &[("model", &title)],
            ))
            .strong();
            ui.label(words.color(theme::ERROR));
            super::states::error_text_ui(ui, error);
        }
    }
}
