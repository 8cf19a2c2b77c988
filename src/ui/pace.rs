//! Whose turn it is: the reader's impression first, where that is wanted, and verdicts on regions.

use egui::{Button, ComboBox, RichText, Role, Ui, WidgetInfo};

use super::language::{filled, tr, tr_with};
use super::tools::tooltip;
use super::{Commands, theme, tools};
use crate::anomaly::Region;
use crate::session::{Command, Impression, LABELS, PaceCommand, Reading, Session, Verdict};

/// Draws the switch of “read first”, and the impressions to choose from while it is on.
pub(crate) fn pace_ui(ui: &mut Ui, session: &Session, reading: &Reading, commands: &mut Commands) {
    let mut read_first = session.settings().read_first;
    let changed = ui
        .checkbox(&mut read_first, tr("Read first"))
        .on_hover_text(tr(
            "Holds back everything models say about a film until you commit to an impression of \
             it. What you thought before and after is then logged on this computer, by the hash \
             of the film’s content and without the patient.",
        ))
        .changed();
    if changed {
        commands.push(Command::Pace(PaceCommand::ReadFirst(read_first)));
    }
    if !read_first || reading.open_film().is_none() {
        return;
    }
    let pace = reading.pace();
    let changed = pace.first() != pace.last();
    let words = match (pace.first(), pace.seen_before(), changed) {
        (None, false, _) => tr("Your impression of this film, before any model:"),
        (None, true, _) => tr("Your impression of this film, after results were seen:"),
        (Some(_), false, false) => tr("Committed before any model: {impression}."),
        (Some(_), false, true) => tr("Committed before any model: {impression}; changed since."),
        (Some(_), true, false) => tr("Committed after results were seen: {impression}."),
        (Some(_), true, true) => {
            tr("Committed after results were seen: {impression}; changed since.")
        }
    };
    let impression = pace.first().map(|first| tr(first.name()).to_lowercase());
    let words = filled(words, &[("impression", &impression.unwrap_or_default())]);
    ui.label(if pace.locked() {
        RichText::new(words).color(theme::WARNING)
    } else {
        RichText::new(words)
    });
    ui.horizontal(|ui| {
        for impression in Impression::ALL {
            let chosen = pace.last() == Some(impression);
            let button = ui.add(Button::new(tr(impression.name())).selected(chosen));
            let name = tr_with(
                "Impression: {impression}",
                &[("impression", &tr(impression.name()))],
            );
            let command = Command::Pace(PaceCommand::Commit(impression));
            let button = button.on_hover_text(tooltip(&command, session));
            button.widget_info(|| WidgetInfo::selected(Role::RadioButton, true, chosen, &name));
            if button.clicked() {
                commands.push(command);
            }
        }
    });
    if pace.locked() && reading.analyzed() {
        ui.weak(tr("Results are ready and hidden until you commit."));
    }
    match session.reading_log() {
        Some(path) => ui
            .weak(tr("Logged on this computer."))
            .on_hover_text(path.display().to_string()),
        None => ui.weak(tr("Not logged: nothing is kept in this session.")),
    };
}

/// Returns what the reader said of a region of the shown model.
pub(crate) fn verdict(reading: &Reading, region: &Region) -> Option<Verdict> {
    let judged = reading.pace().judged(reading.shown()?, region);
    judged.map(|judged| judged.verdict)
}

/// Draws the verdict on the region that the list is at, and the name of an accepted one.
pub(crate) fn verdict_ui(
    ui: &mut Ui,
    (session, reading): (&Session, &Reading),
    commands: &mut Commands,
) {
    let Some((model, region)) = reading.region_at() else {
        return;
    };
    let judged = reading.pace().judged(model, region);
    ui.horizontal(|ui| {
        ui.label(tr_with("Region {id}", &[("id", &region.id)]));
        for (verdict, text, name) in [
            (Verdict::Accepted, tr("Accept"), tr("Accept region {id}")),
            (Verdict::Rejected, tr("Reject"), tr("Reject region {id}")),
        ] {
            let command = Command::Pace(PaceCommand::Judge(verdict));
            let chosen = judged.is_some_and(|judged| judged.verdict == verdict);
            let button = ui
                .add(Button::new(text).selected(chosen))
                .on_hover_text(tooltip(&command, session));
            let name = filled(name, &[("id", &region.id)]);
            button.widget_info(|| WidgetInfo::selected(Role::Button, true, chosen, &name));
            if button.clicked() {
                commands.push(command);
            }
        }
    });
    let mark = judged
        .and_then(|judged| judged.mark)
        .and_then(|mark| reading.marks().get(mark));
    let Some(mark) = mark else {
        return;
    };
    let label = &mark.annotation.label;
    ui.horizontal(|ui| {
        let words = ui.label(tr("Called"));
        ComboBox::from_id_salt("region label")
            .selected_text(tools::name_of(&mark.annotation))
            .show_ui(ui, |ui| {
                for name in LABELS {
                    if ui.selectable_label(label == name, tr(name)).clicked() {
                        commands.push(Command::Pace(PaceCommand::Label(name.to_owned())));
                    }
                }
            })
            .response
            .labelled_by(words.id);
    });
    ui.weak(tr(
        "It is a mark now: drag its box, or give it any name in the list of marks.",
    ));
}
