//! How original and counterpart are compared: side by side, in one viewport, or by several models at
//! once; in a grid, what its active viewport shows.

use egui::{Button, Slider, Ui};

use super::icons::{self, icon};
use super::language::tr;
use super::tour::{self, Spot};
use super::{Commands, tools};
use crate::session::{
    Arrangement, Command, Compare, Deed, Face, LayoutCommand, Lens, Mix, Role, Session, action_for,
};

/// Draws the choice and what belongs to it.
pub(crate) fn comparison_ui(ui: &mut Ui, session: &Session, commands: &mut Commands) {
    let layout = session.layout();
    let role = match layout.arrangement() {
        Arrangement::Automatic => None,
        Arrangement::Grid(_) => layout.cells().get(layout.active()).map(|cell| &cell.role),
    };
    if let Some(role) = role {
        roles_ui(ui, layout.active(), role, commands);
    }
    // One entry per way; the numbers are those that choosing it starts with.
    for offered in [
        Compare::SideBySide,
        Compare::Mixed(Mix::Fade(0.5)),
        Compare::Mixed(Mix::Swipe(0.5)),
        Compare::Mixed(Mix::Blink(1.0)),
        Compare::Mixed(Mix::Lens(Lens::FIRST)),
        Compare::Mixed(Mix::Difference(0.5)),
        Compare::Models(Face::Counterpart),
        Compare::Agreement,
    ] {
        let Some(action) = action_for(&Deed::Do(Command::Compare(offered))) else {
            continue;
        };
        let chosen = match role {
            None => same_way(offered, session.compare()),
            // The viewports of a grid are given their roles one by one.
            Some(_) if offered == Compare::SideBySide => continue,
            Some(Role::Mixed(mix)) => same_way(offered, Compare::Mixed(*mix)),
            Some(Role::Model(_, face)) => same_way(offered, Compare::Models(*face)),
            Some(role) => *role == Role::Agreement && offered == Compare::Agreement,
        };
        let tooltip = tools::tooltip(&Command::Compare(offered), session);
        let drawing = icon(icons::of_comparison(offered));
        let button = ui.add(Button::selectable(chosen, (drawing, tr(action.text))));
        tour::note(ui.ctx(), Spot::Compare, button.rect);
        if button.on_hover_text(tooltip).clicked() && !chosen {
            commands.push(Command::Compare(offered));
        }
    }
    let shown = match role {
        None => Some(session.compare()),
        Some(Role::Mixed(mix)) => Some(Compare::Mixed(*mix)),
        Some(Role::Model(_, face)) => Some(Compare::Models(*face)),
        Some(_) => None,
    };
    match shown {
        Some(Compare::Mixed(mix)) => mix_ui(ui, mix, commands),
        Some(Compare::Models(face)) => faces_ui(ui, face, commands),
        _ => {}
    }
}

/// Draws the roles of a grid's active viewport that are no comparison.
fn roles_ui(ui: &mut Ui, active: usize, role: &Role, commands: &mut Commands) {
    for (offered, text, tooltip) in [
        (Role::Original, tr("Original"), tr("The film as acquired.")),
        (
            Role::Counterpart,
            tr("Counterpart"),
            tr("The film as the shown model expects it healthy."),
        ),
        (
            Role::Map,
            tr("Map"),
            tr("The shown model's map over the film."),
        ),
    ] {
        let button = Button::selectable(*role == offered, text);
        if ui.add(button).on_hover_text(tooltip).clicked() {
            commands.push(Command::Layout(LayoutCommand::Role(active, offered)));
        }
    }
}

/// Whether two choices differ in no more than a number.
fn same_way(a: Compare, b: Compare) -> bool {
    match (a, b) {
        (Compare::Mixed(a), Compare::Mixed(b)) => {
            std::mem::discriminant(&a) == std::mem::discriminant(&b)
        }
        (a, b) => std::mem::discriminant(&a) == std::mem::discriminant(&b),
    }
}

fn faces_ui(ui: &mut Ui, now: Face, commands: &mut Commands) {
    for (face, text, tooltip) in [
        (
            Face::Counterpart,
            tr("Counterparts"),
            tr("What each model expects healthy."),
        ),
        (
            Face::Map,
            tr("Maps"),
            tr("Each model's map, on its own scale, over the original."),
        ),
    ] {
        let button = Button::selectable(now == face, text);
        if ui.add(button).on_hover_text(tooltip).clicked() && now != face {
            commands.push(Command::Compare(Compare::Models(face)));
        }
    }
}

fn mix_ui(ui: &mut Ui, mix: Mix, commands: &mut Commands) {
    let percent =
        |share: f64, _: std::ops::RangeInclusive<usize>| format!("{:.0} %", share * 100.0);
    let mut changed = mix;
    let slider = match &mut changed {
        Mix::Fade(share) => Slider::new(share, 0.0..=1.0)
            .custom_formatter(percent)
            .text(tr("counterpart")),
        Mix::Swipe(share) => Slider::new(share, 0.0..=1.0)
            .custom_formatter(percent)
            .text(tr("line from the left")),
        Mix::Blink(hz) => Slider::new(hz, 0.5..=3.0)
            .suffix(" Hz")
            .max_decimals(1)
            .text(tr("turns")),
        Mix::Lens(lens) => Slider::new(&mut lens.radius, 0.02..=0.5)
            .custom_formatter(percent)
            .text(tr("lens, of the film's width")),
        Mix::Difference(most) => Slider::new(most, 0.05..=1.0)
            .custom_formatter(percent)
            .text(tr("of all greys is white")),
    };
    // A slider with its words does not say how wide it is before it is drawn.
    if ui.available_size_before_wrap().x < 400.0 {
        ui.end_row();
    }
    if ui.add(slider).changed() {
        commands.push(Command::Compare(Compare::Mixed(changed)));
    }
}
