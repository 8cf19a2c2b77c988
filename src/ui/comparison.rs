//! How original and counterpart are compared: side by side, in one viewport, or by several models at
//! once; in a grid, what its active viewport shows.

use egui::{Button, Slider, Ui};

use super::icons::{self, icon};
use super::language::tr;
use super::row::{Row, button_width, text_width};
use super::tour::{self, Spot};
use super::{Commands, tools};
use crate::session::{
    Arrangement, Command, Compare, Deed, Face, LayoutCommand, Lens, Mix, Role, Session, action_for,
};

/// The ways to compare, one entry each with the rank by which it leaves a row that has no room; the
/// numbers are those that choosing it starts with.
const WAYS: [(u8, Compare); 8] = [
    (4, Compare::SideBySide),
    (4, Compare::Mixed(Mix::Fade(0.5))),
    (4, Compare::Mixed(Mix::Swipe(0.5))),
    (5, Compare::Mixed(Mix::Blink(1.0))),
    (5, Compare::Mixed(Mix::Lens(Lens::FIRST))),
    (5, Compare::Mixed(Mix::Difference(0.5))),
    (7, Compare::Models(Face::Counterpart)),
    (7, Compare::Agreement),
];

/// Lists the choice and what belongs to it.
pub(crate) fn items<'a>(ui: &Ui, session: &'a Session, row: &mut Row<'a>) {
    let layout = session.layout();
    let role = match layout.arrangement() {
        Arrangement::Automatic => None,
        Arrangement::Grid(_) => layout.cells().get(layout.active()).map(|cell| &cell.role),
    };
    if let Some(role) = role {
        roles(ui, layout.active(), role, row);
    }
    for (rank, offered) in WAYS {
        let Some(action) = action_for(&Deed::Do(Command::Compare(offered))) else {
            continue;
        };
        // The viewports of a grid are given their roles one by one.
        if role.is_some() && offered == Compare::SideBySide {
            continue;
        }
        let chosen = session.compares(offered);
        let width = button_width(ui, tr(action.text), true);
        row.add(
            (if chosen { 0 } else { rank }, width),
            move |ui, commands| {
                let drawing = icon(icons::of_comparison(offered));
                let button = ui.add(Button::selectable(chosen, (drawing, tr(action.text))));
                tour::note(ui.ctx(), Spot::Compare, button.rect);
                let tooltip = tools::tooltip(&Command::Compare(offered), session);
                if button.on_hover_text(tooltip).clicked() && !chosen {
                    commands.push(Command::Compare(offered));
                }
            },
        );
    }
    let shown = match role {
        None => Some(session.compare()),
        Some(Role::Mixed(mix)) => Some(Compare::Mixed(*mix)),
        Some(Role::Model(_, face)) => Some(Compare::Models(*face)),
        Some(_) => None,
    };
    match shown {
        Some(Compare::Mixed(mix)) => {
            row.add_gradual((0, mix_width(ui, mix)), move |ui, commands| {
                mix_ui(ui, mix, commands);
            });
        }
        Some(Compare::Models(face)) => faces(ui, face, row),
        _ => {}
    }
}

/// Lists the roles of a grid's active viewport that are no comparison.
fn roles<'a>(ui: &Ui, active: usize, role: &'a Role, row: &mut Row<'a>) {
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
        let chosen = *role == offered;
        let width = button_width(ui, text, false);
        row.add((if chosen { 0 } else { 3 }, width), move |ui, commands| {
            let button = Button::selectable(chosen, text);
            if ui.add(button).on_hover_text(tooltip).clicked() {
                commands.push(Command::Layout(LayoutCommand::Role(active, offered)));
            }
        });
    }
}

fn faces(ui: &Ui, now: Face, row: &mut Row<'_>) {
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
        let width = button_width(ui, text, false);
        row.add((1, width), move |ui, commands| {
            let button = Button::selectable(now == face, text);
            if ui.add(button).on_hover_text(tooltip).clicked() && now != face {
                commands.push(Command::Compare(Compare::Models(face)));
            }
        });
    }
}

/// What a way to compare has one number of.
fn number_of(mix: Mix) -> &'static str {
    match mix {
        Mix::Fade(_) => tr("counterpart"),
        Mix::Swipe(_) => tr("line from the left"),
        Mix::Blink(_) => tr("turns"),
        Mix::Lens(_) => tr("lens, of the film's width"),
        Mix::Difference(_) => tr("of all greys is white"),
    }
}

/// About how wide the slider is with its number and its words.
fn mix_width(ui: &Ui, mix: Mix) -> f32 {
    let spacing = ui.spacing();
    let number = spacing.interact_size.x.max(text_width(ui, "100 %") + 12.0);
    let words = text_width(ui, number_of(mix));
    spacing.slider_width + number + words + 2.0 * spacing.item_spacing.x
}

fn mix_ui(ui: &mut Ui, mix: Mix, commands: &mut Commands) {
    let percent =
        |share: f64, _: std::ops::RangeInclusive<usize>| format!("{:.0} %", share * 100.0);
    let mut changed = mix;
    let slider = match &mut changed {
        Mix::Fade(share) | Mix::Swipe(share) => {
            Slider::new(share, 0.0..=1.0).custom_formatter(percent)
        }
        Mix::Blink(hz) => Slider::new(hz, 0.5..=3.0).suffix(" Hz").max_decimals(1),
        Mix::Lens(lens) => Slider::new(&mut lens.radius, 0.02..=0.5).custom_formatter(percent),
        Mix::Difference(most) => Slider::new(most, 0.05..=1.0).custom_formatter(percent),
    };
    if ui.add(slider.text(number_of(mix))).changed() {
        commands.push(Command::Compare(Compare::Mixed(changed)));
    }
}
