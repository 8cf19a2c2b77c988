//! How steady the shown score is under small changes of the film.

use egui::{ProgressBar, RichText, Role, Ui, WidgetInfo};

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
        let button = ui.button("Check stability").on_hover_text(format!(
            "Asks this model {count} times more, about the film turned by 1°, enlarged by 2 %, \
             with other greys and through JPEG: how far its score goes when nothing has changed."
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
        Some((least, most)) => format!(
            "Under {tried} small changes: above {:.0} to {:.0} % of normal films",
            least.floor(),
            most.floor()
        ),
        None => format!("Under {tried} small changes"),
    });
    let [least, most] = stability
        .ends()
        .map(|end| end.map_or_else(|| "the film itself".to_owned(), Perturbation::name));
    ui.weak(format!(
        "Raw score {low:.3} ({least}) to {high:.3} ({most})"
    ));
    if let (Some(cut), Some((_, region))) = (session.cut(), reading.region_at()) {
        let kept = stability.keeps(region, &cut);
        ui.weak(format!("Region {} stays in {kept} of {tried}", region.id));
    }
    if let Some(error) = stability.error() {
        ui.label(RichText::new("It could not be finished.").color(theme::ERROR));
        states::error_text_ui(ui, error);
    }
    ui.horizontal(|ui| {
        if stability.running() {
            let bar = ProgressBar::new(tried as f32 / all as f32).desired_width(140.0);
            let bar = ui.add(bar.text(format!("{tried} of {all}")));
            bar.widget_info(|| {
                WidgetInfo::labeled(
                    Role::ProgressIndicator,
                    true,
                    "Progress of the stability check",
                )
            });
        }
        let word = if stability.running() { "Stop" } else { "Clear" };
        if ui.button(word).clicked() {
            commands.push(Command::CheckStability);
        }
    });
}
