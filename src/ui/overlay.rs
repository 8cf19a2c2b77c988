//! The overlay's controls: which map, where it is cut, how it looks.

use egui::{Button, RichText, Slider, Ui};

use super::language::{retold, tr, tr_with};
use super::tour::{self, Spot};
use super::{Commands, Shell, legend, status, theme, tools};
use crate::anomaly::Outcome;
use crate::display::Colormap;
use crate::session::{ACTIONS, Command, Cut, Deed, Mark, Peek, Session, action_for};

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
    ui.label(theme::heading(tr("Overlay")));
    maps_ui(ui, outcome, &cut, commands);
    if let Some(why) = &cut.withheld {
        let words = tr_with(
            "This map is not shown by itself: {why}. Choose it to see it.",
            &[("why", &retold(why))],
        );
        ui.label(RichText::new(words).color(theme::WARNING));
        return;
    }
    threshold_ui(ui, session, &cut, commands);
    if legend::legend_ui(ui, &cut, settings.colormap).clicked() {
        shell.card = Some(outcome.model.clone());
    }
    look_ui(ui, session, commands);
}

fn maps_ui(ui: &mut Ui, outcome: &Outcome, cut: &Cut, commands: &mut Commands) {
    if outcome.maps.len() < 2 && cut.shows_map() {
        ui.label(tr_with("Map {kind}", &[("kind", &tr(cut.map.kind.name()))]));
        return;
    }
    ui.horizontal_wrapped(|ui| {
        for map in &outcome.maps {
            let name = status::capitalised(tr(map.kind.name()));
            let chosen = map.kind == cut.map.kind && cut.shows_map();
            if ui.add(Button::selectable(chosen, name)).clicked() && !chosen {
                commands.push(Command::Map(map.kind));
            }
        }
    });
}

/// Draws the slider of a cut, and where its default comes from.
pub(super) fn threshold_ui(ui: &mut Ui, session: &Session, cut: &Cut, commands: &mut Commands) {
    let (low, high) = cut.range();
    let mut value = cut.value;
    let decimals = decimals(high - low);
    let slider = Slider::new(&mut value, low..=high)
        .max_decimals(decimals)
        .text(tr("Threshold"));
    let slider = ui.add(slider).on_hover_text(tr_with(
        "What lies at or above it is coloured and boxed. {lower} and {higher} move it, with Shift \
         more finely.",
        &[
            ("lower", &keys_of(session, -0.02)),
            ("higher", &keys_of(session, 0.02)),
        ],
    ));
    tour::note(ui.ctx(), Spot::Threshold, slider.rect);
    // The slider rounds what it is given: less than half a step is its doing, not the user's.
    let half_step = 0.5 * 0.1_f32.powi(decimals as i32);
    if slider.changed() && (value - cut.value).abs() > half_step {
        commands.push(Command::Threshold(Some(value)));
    }
    ui.weak(tr(&cut.map.unit));
    match &cut.default {
        Some((default, source)) => {
            let at_default = (cut.value - default).abs() <= f32::EPSILON * default.abs();
            ui.horizontal_wrapped(|ui| {
                if ui
                    .add_enabled(!at_default, Button::new(tr("Default")))
                    .on_hover_text(tools::tooltip(&Command::Threshold(None), session))
                    .clicked()
                {
                    commands.push(Command::Threshold(None));
                }
                let said = if at_default {
                    tr("At the default")
                } else {
                    tr("Set by hand; default")
                };
                ui.weak(format!("{said} {default:.3} {}", tr(&cut.map.unit)));
            });
            ui.weak(tr_with(
                "Source of the default: {source}",
                &[("source", &retold(source))],
            ));
        }
        None => {
            let text = tr("No operating point: no default is stated for this map.");
            ui.label(RichText::new(text).color(theme::WARNING));
        }
    }
}

/// Draws what changes how every map looks.
pub(super) fn look_ui(ui: &mut Ui, session: &Session, commands: &mut Commands) {
    let settings = session.overlay();
    let mut opacity = settings.opacity * 100.0;
    let slider = Slider::new(&mut opacity, 0.0..=100.0)
        .suffix(" %")
        .max_decimals(0)
        .text(tr("Opacity"));
    // As with the threshold: the slider's own rounding is no change, and must not repaint for ever.
    let moved = |opacity: f32| (opacity - settings.opacity * 100.0).abs() >= 0.5;
    if ui.add(slider).changed() && moved(opacity) {
        commands.push(Command::Opacity(opacity / 100.0));
    }
    let label = ui.label(tr("Colours"));
    egui::ComboBox::from_id_salt("colours")
        .selected_text(tr(settings.colormap.name()))
        .show_ui(ui, |ui| {
            for colormap in Colormap::ALL {
                let button = Button::selectable(colormap == settings.colormap, tr(colormap.name()));
                if ui.add(button).clicked() {
                    commands.push(Command::Colors(colormap));
                }
            }
        })
        .response
        .labelled_by(label.id);
    let mut on_original = settings.on_original;
    if ui
        .checkbox(&mut on_original, tr("Overlay on the original too"))
        .on_hover_text(peek_words(session))
        .changed()
    {
        commands.push(Command::Toggle(Mark::Overlay));
    }
    let mut boxes = settings.boxes;
    if ui
        .checkbox(&mut boxes, tr("Boxes"))
        .on_hover_text(tools::tooltip(&Command::Toggle(Mark::Boxes), session))
        .changed()
    {
        commands.push(Command::Toggle(Mark::Boxes));
    }
}

/// The keys that move the threshold by a share of its map's scale.
fn keys_of(session: &Session, by: f32) -> String {
    let action = action_for(&Deed::Do(Command::NudgeThreshold(by)));
    action.map_or_else(String::new, |action| session.settings().keymap.text(action))
}

/// What the overlay's key does, as the table has it.
fn peek_words(session: &Session) -> String {
    let overlays = |deed: &Deed| {
        matches!(
            deed,
            Deed::Hold {
                peek: Peek::Overlay,
                ..
            }
        )
    };
    let action = ACTIONS.iter().find(|action| overlays(&action.deed));
    action.map_or_else(String::new, |action| {
        let keys = session.settings().keymap.text(action);
        format!("{} ({keys})", tr(action.tooltip))
    })
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
