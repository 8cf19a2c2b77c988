//! The line at the bottom: what is being done and what was done, and the frame times when asked for.

use egui::{RichText, Ui};

use super::language::{retold, tr, tr_with};
use super::{Commands, Shell, links, notices, theme};
use crate::session::Session;
use crate::task::Progress;

/// Draws the status line.
pub(crate) fn status_ui(
    ui: &mut Ui,
    session: &Session,
    shell: &mut Shell,
    commands: &mut Commands,
) {
    ui.horizontal(|ui| {
        if session.gathering() {
            ui.spinner();
            ui.weak(tr("Looking for films…"));
        }
        if let Some((count, progress)) = session.writing() {
            ui.spinner();
            ui.weak(match count {
                1 => tr("Writing a file…").to_owned(),
                _ => tr_with("Writing {count} files…", &[("count", &count)]),
            });
            ui.weak(progress_words(progress));
        }
        if let Some(run) = &session.trainer().run
            && run.running()
        {
            let log = run.log();
            ui.weak(tr_with(
                "Training · {share} %",
                &[("share", &format_args!("{:.0}", log.share * 100.0))],
            ));
        }
        match session.layout().linking() {
            Some(linking) => ui.label(links::linking_words(linking)),
            None => ui.weak(tr("No data leaves this computer.")),
        };
        let wanted = shell.language(session);
        if shell.unwritable.contains(&wanted) {
            let words = tr_with(
                "No font of this system can write {language}, so the interface stays English. \
                 Install one, such as Noto Sans CJK.",
                &[("language", &tr(wanted.name()))],
            );
            ui.label(RichText::new(words).color(theme::WARNING));
        }
        if !shell.has_gpu {
            ui.label(
                RichText::new(tr("No graphics adapter: films cannot be painted."))
                    .color(theme::ERROR),
            );
        }
        if shell.frame_times_visible {
            ui.weak(retold(&shell.frame_times.summary()));
        }
        notices::done_ui(ui, session, commands);
    });
}

/// Says what work is at, how far it is, how long it has taken and how long it will still take, about.
pub(crate) fn progress_words(progress: &Progress) -> String {
    let seconds = progress.elapsed().as_secs_f32();
    match progress.fraction() {
        share if share > 0.0 => {
            let left = seconds * (1.0 - share) / share;
            tr_with(
                "{stage} · {percent} % · {seconds} s · about {left} s left",
                &[
                    ("stage", &tr(progress.stage())),
                    ("percent", &format_args!("{:.0}", share * 100.0)),
                    ("seconds", &format_args!("{seconds:.1}")),
                    ("left", &format_args!("{left:.0}")),
                ],
            )
        }
        _ => format!("{} · {seconds:.1} s", tr(progress.stage())),
    }
}

/// Returns a message with its first letter as a sentence has it.
pub(crate) fn capitalised(message: &str) -> String {
    let mut letters = message.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}
