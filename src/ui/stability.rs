//! How steady the shown score is under small changes of the film.

use egui::{ProgressBar, RichText, Role, Ui, WidgetInfo};

use super::language::{retold, tr, tr_with};
use super::{Commands, states, theme};
use crate::evaluation::Perturbation;
use crate::session::{Command, Reading, Session};

/// Draws the button that asks, or what has come out.
pub(crate) fn stability_ui(
    ui: &mut Ui,
    session: &Session,
    reading: &Reading,
    commands: &mut Commands,
) {
    let count = Perturbation::ALL.len();
    let Some(stability) = reading.stability() else {
        let button = ui.button(tr("Check stability")).on_hover_text(tr_with(
            "Asks this model {count} times more, about the film turned by 1°, enlarged by 2 %, \
             with other greys and through JPEG: how far its score goes when nothing has changed.",
            &[("count", &count)],
        ));
        if button.clicked() {
            commands.push(Command::CheckStability);
        }
        return;
    };
    let (tried, all) = stability.progress();
    let band = stability.band();
    let (low, high) = band.raw;
    ui.label(match band.percentile {
        Some((least, most)) => tr_with(
            "Small changes ({tried} tried): above {least} to {most} % of normal films",
            &[
                ("tried", &tried),
                ("least", &format_args!("{:.0}", least.floor())),
                ("most", &format_args!("{:.0}", most.floor())),
            ],
        ),
        None => tr_with("Small changes ({tried} tried)", &[("tried", &tried)]),
    });
    let [least, most] = stability.ends().map(|end| {
        end.map_or_else(
            || tr("the film itself").to_owned(),
            |end| retold(&end.name()),
        )
    });
    ui.weak(tr_with(
        "Raw score {low} ({least}) to {high} ({most})",
        &[
            ("low", &format_args!("{low:.3}")),
            ("least", &least),
            ("high", &format_args!("{high:.3}")),
            ("most", &most),
        ],
    ));
    if let (Some(cut), Some((_, region))) = (session.cut(), reading.region_at()) {
        let kept = stability.keeps(region, &cut);
        ui.weak(tr_with(
            "Region {id} stays in {kept} of {tried}",
            &[("id", &region.id), ("kept", &kept), ("tried", &tried)],
        ));
    }
    if let Some(error) = stability.error() {
        ui.label(RichText::new(tr("It could not be finished.")).color(theme::ERROR));
        states::error_text_ui(ui, error);
    }
    ui.horizontal(|ui| {
        if stability.running() {
            let bar = ProgressBar::new(tried as f32 / all as f32).desired_width(140.0);
            let bar = ui.add(bar.text(tr_with(
                "{tried} of {all}",
                &[("tried", &tried), ("all", &all)],
            )));
            bar.widget_info(|| {
                WidgetInfo::labeled(
                    Role::ProgressIndicator,
                    true,
                    tr("Progress of the stability check"),
                )
            });
        }
        let word = if stability.running() {
            tr("Stop")
        } else {
            tr("Clear")
        };
        if ui.button(word).clicked() {
            commands.push(Command::CheckStability);
        }
    });
}
