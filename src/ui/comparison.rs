//! How original and counterpart are compared: side by side, faded, swiped or blinking, or by several
//! models at once.

use egui::{Button, Slider, Ui};

use super::Commands;
use crate::session::{Command, Compare, Deed, Face, action_for};

/// Draws the choice and what belongs to it.
pub(crate) fn comparison_ui(ui: &mut Ui, compare: Compare, commands: &mut Commands) {
    // One entry per way; the numbers are those that choosing it starts with.
    for offered in [
        Compare::SideBySide,
        Compare::Fade(0.5),
        Compare::Swipe(0.5),
        Compare::Blink(1.0),
        Compare::Models(Face::Counterpart),
        Compare::Agreement,
    ] {
        let Some(action) = action_for(&Deed::Do(Command::Compare(offered))) else {
            continue;
        };
        let chosen = std::mem::discriminant(&offered) == std::mem::discriminant(&compare);
        let tooltip = format!("{} ({})", action.tooltip, action.keys_text());
        let button = Button::selectable(chosen, action.text);
        if ui.add(button).on_hover_text(tooltip).clicked() && !chosen {
            commands.push(Command::Compare(offered));
        }
    }
    match compare {
        Compare::SideBySide | Compare::Agreement => {}
        Compare::Models(now) => {
            for (face, text, tooltip) in [
                (
                    Face::Counterpart,
                    "Counterparts",
                    "What each model expects healthy.",
                ),
                (
                    Face::Map,
                    "Maps",
                    "Each model's map, on its own scale, over the original.",
                ),
            ] {
                let button = Button::selectable(now == face, text);
                if ui.add(button).on_hover_text(tooltip).clicked() && now != face {
                    commands.push(Command::Compare(Compare::Models(face)));
                }
            }
        }
        Compare::Fade(mut share) => {
            let slider = Slider::new(&mut share, 0.0..=1.0)
                .custom_formatter(|share, _| format!("{:.0} %", share * 100.0))
                .text("counterpart");
            if ui.add(slider).changed() {
                commands.push(Command::Compare(Compare::Fade(share)));
            }
        }
        Compare::Swipe(mut share) => {
            let slider = Slider::new(&mut share, 0.0..=1.0)
                .custom_formatter(|share, _| format!("{:.0} %", share * 100.0))
                .text("line from the left");
            if ui.add(slider).changed() {
                commands.push(Command::Compare(Compare::Swipe(share)));
            }
        }
        Compare::Blink(mut hz) => {
            let slider = Slider::new(&mut hz, 0.5..=3.0)
                .suffix(" Hz")
                .max_decimals(1)
                .text("turns");
            if ui.add(slider).changed() {
                commands.push(Command::Compare(Compare::Blink(hz)));
            }
        }
    }
}
