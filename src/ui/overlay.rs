//! The overlay's controls: which map, where it is cut, how it looks.

use egui::{Button, RichText, Slider, Ui};

use super::{Commands, Shell, legend, status, theme};
use crate::anomaly::Outcome;
use crate::display::Colormap;
use crate::session::{Command, Cut, Mark, OverlaySettings, Session};

/// Draws the controls of the shown result.
pub(crate) fn overlay_ui(
    ui: &mut Ui,
    session: &Session,
    shell: &mut Shell,
    commands: &mut Commands,
) {
    let shown = session
        .reading()
        .and_then(|reading| reading.shown_outcome());
    let (Some(outcome), Some(cut)) = (shown, session.cut()) else {
        return;
    };
    let settings = session.overlay();
    ui.label(theme::heading("Overlay"));
    maps_ui(ui, outcome, &cut, commands);
    threshold_ui(ui, &cut, commands);
    if legend::legend_ui(ui, &cut, settings.colormap).clicked() {
        shell.card = Some(outcome.model.clone());
    }
    look_ui(ui, settings, commands);
}

fn maps_ui(ui: &mut Ui, outcome: &Outcome, cut: &Cut, commands: &mut Commands) {
    if outcome.maps.len() < 2 {
        ui.label(format!("Map {}", cut.map.kind.name()));
        return;
    }
    ui.horizontal_wrapped(|ui| {
        for map in &outcome.maps {
            let name = status::capitalised(map.kind.name());
            let chosen = map.kind == cut.map.kind;
            if ui.add(Button::selectable(chosen, name)).clicked() && !chosen {
                commands.push(Command::Map(map.kind));
            }
        }
    });
}

fn threshold_ui(ui: &mut Ui, cut: &Cut, commands: &mut Commands) {
    let (low, high) = cut.range();
    let mut value = cut.value;
    let decimals = decimals(high - low);
    let slider = Slider::new(&mut value, low..=high)
        .max_decimals(decimals)
        .text("Threshold");
    let slider = ui.add(slider).on_hover_text(
        "What lies at or above it is coloured and boxed ([ and ], with Shift finer).",
    );
    // The slider rounds what it is given: less than half a step is its doing, not the user's.
    let half_step = 0.5 * 0.1_f32.powi(decimals as i32);
    if slider.changed() && (value - cut.value).abs() > half_step {
        commands.push(Command::Threshold(Some(value)));
    }
    ui.weak(cut.map.unit.as_str());
    match &cut.default {
        Some((default, source)) => {
            let at_default = (cut.value - default).abs() <= f32::EPSILON * default.abs();
            ui.horizontal_wrapped(|ui| {
                if ui
                    .add_enabled(!at_default, Button::new("Default"))
                    .on_hover_text("Returns to the default threshold (\\).")
                    .clicked()
                {
                    commands.push(Command::Threshold(None));
                }
                let said = if at_default {
                    "At the default"
                } else {
                    "Set by hand; default"
                };
                ui.weak(format!("{said} {default:.3} {}", cut.map.unit));
            });
            ui.weak(format!("Source of the default: {source}"));
        }
        None => {
            let text = "No operating point: the model states no default for this map.";
            ui.label(RichText::new(text).color(theme::WARNING));
        }
    }
}

fn look_ui(ui: &mut Ui, settings: &OverlaySettings, commands: &mut Commands) {
    let mut opacity = settings.opacity * 100.0;
    let slider = Slider::new(&mut opacity, 0.0..=100.0)
        .suffix(" %")
        .max_decimals(0)
        .text("Opacity");
    // As with the threshold: the slider's own rounding is no change, and must not repaint for ever.
    let moved = |opacity: f32| (opacity - settings.opacity * 100.0).abs() >= 0.5;
    if ui.add(slider).changed() && moved(opacity) {
        commands.push(Command::Opacity(opacity / 100.0));
    }
    let label = ui.label("Colours");
    egui::ComboBox::from_id_salt("colours")
        .selected_text(settings.colormap.name())
        .show_ui(ui, |ui| {
            for colormap in Colormap::ALL {
                let button = Button::selectable(colormap == settings.colormap, colormap.name());
                if ui.add(button).clicked() {
                    commands.push(Command::Colors(colormap));
                }
            }
        })
        .response
        .labelled_by(label.id);
    let mut on_original = settings.on_original;
    if ui
        .checkbox(&mut on_original, "Overlay on the original too")
        .on_hover_text("Press O; hold it to peek.")
        .changed()
    {
        commands.push(Command::Toggle(Mark::Overlay));
    }
    let mut boxes = settings.boxes;
    if ui
        .checkbox(&mut boxes, "Boxes")
        .on_hover_text("Numbered boxes around regions above the threshold (X).")
        .changed()
    {
        commands.push(Command::Toggle(Mark::Boxes));
    }
}

/// Returns how many decimals tell a five-hundredth of a range apart.
fn decimals(range: f32) -> usize {
    let step = (range / 500.0).max(f32::MIN_POSITIVE);
    (-step.log10()).ceil().clamp(0.0, 6.0) as usize
}

#[cfg(test)]
mod tests {
    use super::decimals;

    #[test]
    fn decimals_follow_the_range() {
        assert_eq!(decimals(4.0), 3);
        assert_eq!(decimals(5000.0), 0);
    }
}
