//! The VOI chip: which curve turns samples into greys, whose it is, and every other one on offer.

use egui::containers::menu::{MenuButton, MenuConfig, is_in_menu};
use egui::{Button, DragValue, PopupCloseBehavior, RichText, Role, Ui, WidgetInfo};

use super::language::{retold, tr, tr_with};
use super::row::{Row, button_width, text_width};
use super::tour::{self, Spot};
use super::{Commands, fonts};
use crate::display::{Filter, FilterKind, Strength};
use crate::radiograph::{NamedVoi, Voi, VoiFunction, VoiOrigin};
use crate::session::{
    Command, Deed, Keymap, OpenFilm, Presentation, Reading, Session, WindowChange, action_for,
};

/// How wide the choice of the window's function is, in points.
const FUNCTION_WIDTH: f32 = 96.0;

/// Lists the chip and the numbers of the window beside it.
pub(crate) fn items<'a>(ui: &Ui, (session, open): (&'a Session, &'a OpenFilm), row: &mut Row<'a>) {
    let filter = session.reading().and_then(Reading::filter);
    let title = shortened(&retold(&open.presentation.named_voi().title()));
    let chip = tr_with("VOI {curve}", &[("curve", &title)]);
    row.add((0, button_width(ui, &chip, false)), move |ui, commands| {
        chip_ui(ui, session, (open, filter), commands);
    });
    let window = open.presentation.window();
    for (words, value, change) in [
        (
            tr("Centre"),
            window.center,
            WindowChange::Center as fn(f32) -> WindowChange,
        ),
        (tr("Width"), window.width, WindowChange::Width),
    ] {
        let number = text_width(ui, &format!("{value:.3}")) + 8.0;
        let number = number.max(ui.spacing().interact_size.x);
        let width = text_width(ui, words) + ui.spacing().item_spacing.x + number;
        row.add_gradual((3, width), move |ui, commands| {
            ui.horizontal(|ui| number_ui(ui, open, (words, value, change), commands));
        });
    }
    row.add((6, FUNCTION_WIDTH), move |ui, commands| {
        function_ui(ui, &open.presentation, commands);
    });
}

fn chip_ui(
    ui: &mut Ui,
    session: &Session,
    (open, filter): (&OpenFilm, Option<Filter>),
    commands: &mut Commands,
) {
    let title = retold(&open.presentation.named_voi().title());
    // Names are the file's, in any script.
    let written = fonts::legible(ui.ctx(), &title);
    let button = Button::new(tr_with("VOI {curve}", &[("curve", &shortened(&written))]));
    let config = MenuConfig::new().close_behavior(PopupCloseBehavior::CloseOnClick);
    let (response, _) = MenuButton::from_button(button).config(config).ui(ui, |ui| {
        let keymap = &session.settings().keymap;
        choices_ui(ui, (&open.presentation, keymap), filter, commands);
    });
    let response = response.on_hover_text(tr_with(
        "VOI {curve}: the curve from samples to greys. Click for every other one.",
        &[("curve", &written)],
    ));
    response.widget_info(|| {
        WidgetInfo::labeled(
            Role::Button,
            true,
            tr_with("VOI {curve}", &[("curve", &title)]),
        )
    });
}

/// Lists the curves: the file's, the computed ones, display filters, and the way back.
fn choices_ui(
    ui: &mut Ui,
    (presentation, keymap): (&Presentation, &Keymap),
    filter: Option<Filter>,
    commands: &mut Commands,
) {
    for (heading, of_file) in [
        (tr("Of the file"), true),
        (tr("Computed from the samples"), false),
    ] {
        let presets = presentation.presets.iter().enumerate();
        let of_origin = |preset: &NamedVoi| (preset.origin == VoiOrigin::File) == of_file;
        let presets: Vec<_> = presets.filter(|(_, preset)| of_origin(preset)).collect();
        if of_file && presets.is_empty() {
            ui.weak(tr("The file states no window and no LUT"));
            continue;
        }
        if !presets.is_empty() {
            ui.label(RichText::new(heading).small().weak());
        }
        for (index, preset) in presets {
            choice_ui(ui, (index, preset), (presentation.preset, keymap), commands);
        }
    }
    ui.separator();
    filters_ui(ui, filter, commands);
    ui.separator();
    let changed = presentation.preset != Some(0);
    let words = tr("Back to the film's own");
    if ui.add_enabled(changed, Button::new(words)).clicked() {
        commands.push(Command::Preset(0));
    }
}

/// Draws the display filters, one row each.
fn filters_ui(ui: &mut Ui, filter: Option<Filter>, commands: &mut Commands) {
    ui.label(
        RichText::new(tr("Display filter, marked PROCESSED"))
            .small()
            .weak(),
    );
    for kind in FilterKind::ALL {
        ui.horizontal(|ui| {
            ui.label(tr(kind.name()));
            for strength in Strength::ALL {
                let this = Filter { kind, strength };
                let selected = filter == Some(this);
                let response = ui.add(Button::selectable(selected, tr(strength.name())).small());
                let words = format!("{}, {}", tr(kind.name()), tr(strength.name()));
                response
                    .widget_info(|| WidgetInfo::selected(Role::CheckBox, true, selected, &words));
                if response.clicked() {
                    commands.push(Command::Filter(Some(this)));
                }
            }
        });
    }
}

fn choice_ui(
    ui: &mut Ui,
    (index, preset): (usize, &NamedVoi),
    (chosen, keymap): (Option<usize>, &Keymap),
    commands: &mut Commands,
) {
    let command = Command::Preset(index);
    let action = action_for(&Deed::Do(command.clone()));
    let keys = action.map_or_else(String::new, |action| keymap.text(action));
    let words = words(preset);
    let written = fonts::legible(ui.ctx(), &words);
    let button = Button::selectable(chosen == Some(index), written).shortcut_text(keys);
    let response = ui.add(button);
    let selected = chosen == Some(index);
    response.widget_info(|| WidgetInfo::selected(Role::RadioButton, true, selected, &words));
    if response.clicked() {
        commands.push(command);
    }
}

/// A choice by its name and its numbers.
fn words(preset: &NamedVoi) -> String {
    match preset.origin {
        VoiOrigin::Computed => {
            format!("{} · {}", retold(&preset.explanation), preset.voi.numbers())
        }
        _ if matches!(preset.voi, Voi::Table(_)) && !preset.explanation.is_empty() => {
            format!("{} · {}", preset.title(), preset.voi.numbers())
        }
        _ => retold(&preset.title()),
    }
}

/// Shortens what a file calls its curve, so that the tool bar keeps its place.
fn shortened(title: &str) -> String {
    const MOST: usize = 36;
    if title.chars().count() <= MOST {
        return title.to_owned();
    }
    let start: String = title.chars().take(MOST - 1).collect();
    format!("{start}…")
}

/// Draws one number of the window.
fn number_ui(
    ui: &mut Ui,
    open: &OpenFilm,
    (words, mut value, change): (&str, f32, fn(f32) -> WindowChange),
    commands: &mut Commands,
) {
    let (low, high) = open.film.radiograph.extremes;
    let speed = f64::from((high - low).max(f32::MIN_POSITIVE)) / 500.0;
    let is_width = matches!(change(value), WindowChange::Width(_));
    let least = match open.presentation.window().function {
        _ if !is_width => f32::MIN,
        VoiFunction::Linear => 1.0,
        VoiFunction::LinearExact | VoiFunction::Sigmoid => 1e-6,
    };
    let label = ui.label(words);
    let number = DragValue::new(&mut value).speed(speed).max_decimals(3);
    let number = ui.add(number.range(least..=f32::MAX)).labelled_by(label.id);
    tour::note(ui.ctx(), Spot::Window, label.rect.union(number.rect));
    if number.changed() {
        commands.push(Command::Window(change(value)));
    }
}

/// Draws the choice of the window's function; choosing one leaves a table for the window over it.
fn function_ui(ui: &mut Ui, presentation: &Presentation, commands: &mut Commands) {
    let now = match &presentation.voi {
        Voi::Window(window) => Some(window.function),
        Voi::Table(_) => None,
    };
    if is_in_menu(ui) {
        for function in VoiFunction::ALL {
            let button = Button::selectable(now == Some(function), function.name());
            if ui.add(button).clicked() && now != Some(function) {
                commands.push(Command::Window(WindowChange::Function(function)));
            }
        }
        return;
    }
    let combo = egui::ComboBox::from_id_salt("window function")
        .selected_text(now.map_or("LUT", VoiFunction::name))
        .width(FUNCTION_WIDTH)
        .show_ui(ui, |ui| {
            for function in VoiFunction::ALL {
                let button = Button::selectable(now == Some(function), function.name());
                if ui.add(button).clicked() && now != Some(function) {
                    commands.push(Command::Window(WindowChange::Function(function)));
                }
            }
        });
    let words = tr_with(
        "Function of the window: {function}",
        &[(
            "function",
            &now.map_or(tr("none, a LUT is in use"), VoiFunction::name),
        )],
    );
    combo
        .response
        .on_hover_text(tr(
            "How greys run from black to white across the window (PS3.3 C.11.2.1.2).",
        ))
        .widget_info(|| WidgetInfo::labeled(Role::ComboBox, true, &words));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_name_is_cut_between_letters() {
        assert_eq!(shortened("LUT: HARD"), "LUT: HARD");
        let long = shortened(&"é".repeat(80));
        assert_eq!(long.chars().count(), 36);
        assert!(long.ends_with('…'));
    }

    #[test]
    fn a_choice_is_told_by_name_and_numbers() {
        let auto = NamedVoi::computed(Voi::spanning(0.0, 100.0), "Auto 1–99 %");
        assert_eq!(words(&auto), "Auto 1–99 % · 50/100 LINEAR_EXACT");
    }
}
