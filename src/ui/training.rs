//! How a training run is going: its progress, its losses and its sample pictures.

use std::sync::Arc;
use std::time::Duration;

use egui::{
    Color32, ColorImage, ProgressBar, RichText, Role, TextureHandle, TextureOptions, Ui, WidgetInfo,
};

use super::language::{retold, tr, tr_with};
use super::{curves, states, theme};
use crate::session::{SampleGrid, Session, TrainingLog, TrainingRun, TrainingState};

/// The sample pictures on the screen, and those they were made of.
pub(crate) type Samples = Option<(Arc<SampleGrid>, TextureHandle)>;

/// Draws the run under way, or the last one.
pub(crate) fn run_ui(ui: &mut Ui, session: &Session, samples: &mut Samples) {
    let Some(run) = &session.trainer().run else {
        return;
    };
    let log = run.log();
    let listings = &session.trainer().listings;
    let listing = listings
        .iter()
        .find(|listing| Some(&listing.id) == run.draft.model.as_ref());
    ui.separator();
    state_ui(
        ui,
        (run, listing.map_or("", |listing| &listing.title)),
        &log,
    );
    ui.columns(2, |columns| {
        columns[0].label(theme::heading(tr("Losses")));
        curves::curves_ui(&mut columns[0], log.losses(), &log.epochs);
        columns[1].label(theme::heading(tr("Samples")));
        samples_ui(&mut columns[1], &log, samples);
    });
    left_out_ui(ui, &log);
}

fn state_ui(ui: &mut Ui, (run, model): (&TrainingRun, &str), log: &TrainingLog) {
    match &run.state {
        TrainingState::Running(task) => {
            let stage = if run.stopping() {
                tr("stopping after this step")
            } else {
                tr(task.progress().stage())
            };
            ui.label(RichText::new(format!("{model}: {stage}")).strong());
            let share = if log.step > 0 {
                log.share
            } else {
                task.progress().fraction()
            };
            let bar = ui.add(ProgressBar::new(share).show_percentage());
            bar.widget_info(|| {
                WidgetInfo::labeled(
                    Role::ProgressIndicator,
                    true,
                    tr("Progress of the training"),
                )
            });
        }
        TrainingState::Stopped => {
            let words = tr_with(
                "{model}: stopped. Resume goes on where it was.",
                &[("model", &model)],
            );
            ui.label(RichText::new(words).strong());
        }
        TrainingState::Done => {
            let words = tr_with(
                "{model}: done. Weights and card are in the output folder.",
                &[("model", &model)],
            );
            ui.label(RichText::new(words).strong());
        }
        TrainingState::Failed(error) => {
            let words = RichText::new(tr_with(
                "{model}: the training failed",
                &[("model", &model)],
            ))
            .strong();
            ui.label(words.color(theme::ERROR));
            states::error_text_ui(ui, error);
        }
    }
    ui.label(numbers(run, log));
}

fn numbers(run: &TrainingRun, log: &TrainingLog) -> String {
    let mut words = Vec::new();
    if let Some((training, held_out)) = log.films {
        words.push(tr_with(
            "{training} films, {held_out} kept apart",
            &[("training", &training), ("held_out", &held_out)],
        ));
    }
    if log.step > 0 {
        words.push(tr_with(
            "epoch {epoch}",
            &[("epoch", &(log.epoch + u64::from(run.running())))],
        ));
        words.push(tr_with("step {step}", &[("step", &log.step)]));
    }
    if run.running() {
        words.extend(
            log.left()
                .map(|left| tr_with("{time} left", &[("time", &span(left))])),
        );
    }
    let loading = log.loading();
    words.extend(loading.map(|share| {
        tr_with(
            "{share} % of the time loads films",
            &[("share", &format_args!("{:.0}", share * 100.0))],
        )
    }));
    words.join(" · ")
}

/// A span of time as a person says it.
fn span(time: Duration) -> String {
    let minutes = time.as_secs() / 60;
    match (minutes / 60, minutes) {
        (0, 0) => tr_with("{seconds} s", &[("seconds", &time.as_secs())]),
        (0, minutes) => tr_with("{minutes} min", &[("minutes", &minutes)]),
        (hours, minutes) => tr_with(
            "{hours} h {minutes} min",
            &[("hours", &hours), ("minutes", &(minutes % 60))],
        ),
    }
}

fn samples_ui(ui: &mut Ui, log: &TrainingLog, samples: &mut Samples) {
    let Some(newest) = &log.samples else {
        ui.weak(if log.epochs.is_empty() {
            tr("Sample pictures come with the first epoch.")
        } else {
            tr("None yet: some models write them at the end.")
        });
        return;
    };
    let known = samples
        .as_ref()
        .filter(|(grid, _)| Arc::ptr_eq(grid, newest));
    if known.is_none() {
        let picture = ColorImage::from_gray([newest.width, newest.height], &newest.greys);
        let texture = ui.load_texture("training samples", picture, TextureOptions::LINEAR);
        *samples = Some((newest.clone(), texture));
    }
    if let Some((grid, texture)) = samples {
        let width = ui.available_width().min(3.0 * grid.width as f32);
        let height = width * grid.height as f32 / grid.width.max(1) as f32;
        let image = egui::Image::new((texture.id(), egui::vec2(width, height)));
        let image = ui.add(image.alt_text(tr("Sample pictures of the run")));
        let stroke = egui::Stroke::new(1.0, theme::SYNTHETIC);
        ui.painter()
            .rect_stroke(image.rect, 0.0, stroke, egui::StrokeKind::Outside);
        ui.label(RichText::new(tr(crate::display::SYNTHETIC_MARK)).color(theme::SYNTHETIC));
    }
}

fn left_out_ui(ui: &mut Ui, log: &TrainingLog) {
    const LISTED: usize = 5;
    if log.left_out.is_empty() {
        return;
    }
    let count = log.left_out.len();
    let words = tr_with(
        "{count} files are left out, because they cannot be read",
        &[("count", &count)],
    );
    ui.label(RichText::new(words).color(theme::WARNING));
    for (name, why) in log.left_out.iter().take(LISTED) {
        ui.label(RichText::new(format!("{name}: {}", retold(why))).color(Color32::GRAY));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_said_in_the_largest_fitting_units() {
        let said = [5, 65, 3_725].map(|secs| span(Duration::from_secs(secs)));
        assert_eq!(said, ["5 s", "1 min", "1 h 2 min"]);
    }
}
