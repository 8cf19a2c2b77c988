//! Why models were not asked about a film, or what there is to doubt of what they said, with what can
//! be done about it.

use egui::{Button, Frame, RichText, Ui};

use super::language::{filled, retold, tr, tr_with};
use super::{Commands, theme, tools};
use crate::anomaly::{Doubt, Finding, Outcome, Severity};
use crate::radiograph::Correction;
use crate::session::{Admission, Command, GateCommand, Reading, Session, WeightsCommand};

/// Draws why no model was asked, with the ways on; nothing where models were asked.
pub(crate) fn held_ui(
    ui: &mut Ui,
    (session, reading): (&Session, &Reading),
    commands: &mut Commands,
) {
    let Some(findings) = reading.held() else {
        return;
    };
    warning_frame().show(ui, |ui| {
        let words = tr("Not analysed: this film is not what the models were made for");
        ui.label(RichText::new(words).strong().color(theme::WARNING));
        findings_ui(ui, findings);
        ways_ui(ui, (session, reading), commands);
        let button = Way(GateCommand::Anyway, tr("Run anyway (flagged)").to_owned());
        button.ui(ui, session, commands);
    });
}

/// Draws how models see the film by the reader's decision, wherever no result says so: while they are
/// at it, and when they were stopped or their results are hidden.
pub(crate) fn decided_ui(
    ui: &mut Ui,
    (session, reading): (&Session, &Reading),
    commands: &mut Commands,
) {
    let said = reading.held().is_some() || reading.shown_outcome().is_some();
    let Some(words) = decided_words(reading.admission()).filter(|_| !said) else {
        return;
    };
    warning_frame().show(ui, |ui| {
        ui.label(RichText::new(words).strong().color(theme::WARNING));
        ways_ui(ui, (session, reading), commands);
    });
}

fn decided_words(admission: Admission) -> Option<String> {
    if let Some(words) = words_of(admission.correction) {
        let sentence = tr("The models see this film as if {words}; what they say is flagged.");
        return Some(filled(sentence, &[("words", &words)]));
    }
    let anyway = tr(
        "The models are asked although this film is not what they were made for; what they say is flagged.",
    );
    admission.anyway.then(|| anyway.to_owned())
}

fn warning_frame() -> Frame {
    Frame::new()
        .stroke(egui::Stroke::new(1.0, theme::WARNING))
        .corner_radius(4.0)
        .inner_margin(8.0)
}

/// Draws what a score is never shown without.
pub(crate) fn flag_ui(ui: &mut Ui, outcome: &Outcome) {
    if let Some(flag) = flag_words(outcome) {
        ui.label(RichText::new(flag).strong().color(theme::WARNING));
    }
}

/// Draws what there is to doubt of a result, with the ways on.
pub(crate) fn doubts_ui(
    ui: &mut Ui,
    (session, reading): (&Session, &Reading),
    outcome: &Outcome,
    commands: &mut Commands,
) {
    findings_ui(ui, &outcome.gate);
    adults_ui(ui, (session, reading), outcome, commands);
    ways_ui(ui, (session, reading), commands);
}

/// Where the model that answered may not know patients of this age, offers one that learnt from adults.
fn adults_ui(
    ui: &mut Ui,
    (session, reading): (&Session, &Reading),
    outcome: &Outcome,
    commands: &mut Commands,
) {
    let Some(model) = session.asked_for_adults(reading, outcome) else {
        return;
    };
    let weights = Command::Weights(WeightsCommand::Adults);
    let title = session.shelf().title(&model);
    let words = tr_with("Ask {model} for adults", &[("model", &title)]);
    let button = ui.button(words);
    if button
        .on_hover_text(tools::tooltip(&weights, session))
        .clicked()
    {
        commands.extend([weights, Command::ShowModel(model), Command::Analyze]);
    }
}

/// Says what a score is never shown without, as [`Outcome::flag`] does, in the language spoken.
pub(crate) fn flag_words(outcome: &Outcome) -> Option<String> {
    let mut flags = unfit_words(&outcome.gate);
    let corrected = words_of(outcome.seen_as);
    flags.extend(corrected.map(|words| tr_with("analysed as if {words}", &[("words", &words)])));
    (!flags.is_empty()).then(|| tr_with("FLAGGED: {reasons}", &[("reasons", &flags.join(", "))]))
}

/// Names the reasons for which no model is asked.
pub(crate) fn unfit_words(findings: &[Finding]) -> Vec<String> {
    let unfit = findings
        .iter()
        .filter(|finding| finding.severity == Severity::Unfit);
    unfit
        .map(|finding| tr(finding.kind.flag()).to_owned())
        .collect()
}

fn words_of(correction: Correction) -> Option<String> {
    match (correction.pose.words(), correction.inverted) {
        (None, false) => None,
        (Some(pose), false) => Some(tr(pose).to_owned()),
        (None, true) => Some(tr(Doubt::Inverted.flag()).to_owned()),
        (Some(pose), true) => Some(tr_with("{pose} and inverted", &[("pose", &tr(pose))])),
    }
}

fn findings_ui(ui: &mut Ui, findings: &[Finding]) {
    for finding in findings {
        let (mark, color) = match finding.severity {
            Severity::Unfit | Severity::Warning => ("! ", theme::WARNING),
            Severity::Note => ("", theme::OVER_FILM),
        };
        let words = format!("{mark}{}", retold(&finding.reason));
        ui.label(RichText::new(words).color(color));
    }
}

/// Draws what mends the film for the models, and what takes it back.
fn ways_ui(ui: &mut Ui, (session, reading): (&Session, &Reading), commands: &mut Commands) {
    if let Some(words) = reading.fix().and_then(words_of) {
        let words = tr_with("Analyse it {words}", &[("words", &words)]);
        Way(GateCommand::Mend, words).ui(ui, session, commands);
    }
    if !reading.admission().is_default() {
        let words = tr("Analyse as stored").to_owned();
        Way(GateCommand::AsStored, words).ui(ui, session, commands);
    }
}

/// A button that decides something, and what it says.
struct Way(GateCommand, String);

impl Way {
    fn ui(&self, ui: &mut Ui, session: &Session, commands: &mut Commands) {
        let command = Command::Gate(self.0);
        let button = ui.add(Button::new(&self.1).wrap());
        let tooltip = tools::tooltip(&command, session);
        if button.on_hover_text(tooltip).clicked() {
            commands.push(command);
        }
    }
}
