//! The palette of tools, and the menu of a viewport.

use egui::{Button, Response, Role, Ui, WidgetInfo};

use super::pointer::Stage;
use super::writing::{Writing, takes_length};
use super::{Commands, Shell};
use crate::radiograph::ShapeKind;
use crate::session::{Command, Deed, Look, MarkCommand, Marks, Session, Tool, action_for};

/// The tools with a button each; the menu beside them has all.
const SHOWN: [(&str, Tool); 9] = [
    ("Window", Tool::Window),
    ("Pan", Tool::Pan),
    ("Zoom", Tool::Zoom),
    ("Magnifier", Tool::Magnifier),
    ("Length", Tool::Draw(ShapeKind::Length)),
    ("Angle", Tool::Draw(ShapeKind::Angle)),
    ("Ellipse", Tool::Draw(ShapeKind::Ellipse)),
    ("Arrow", Tool::Draw(ShapeKind::Arrow)),
    ("Text", Tool::Draw(ShapeKind::Text)),
];

/// Every kind of mark, in the order the menu lists them.
const KINDS: [ShapeKind; 10] = [
    ShapeKind::Length,
    ShapeKind::Angle,
    ShapeKind::CobbAngle,
    ShapeKind::CardiothoracicRatio,
    ShapeKind::Rectangle,
    ShapeKind::Ellipse,
    ShapeKind::Freehand,
    ShapeKind::Point,
    ShapeKind::Arrow,
    ShapeKind::Text,
];

/// Draws the palette.
pub(crate) fn palette_ui(ui: &mut Ui, session: &Session, marks: &Marks, commands: &mut Commands) {
    let tool = session.tool();
    ui.horizontal_wrapped(|ui| {
        for (text, this) in SHOWN {
            button_ui(ui, (text, this), session, commands);
        }
        let drawn = tool
            .drawn()
            .filter(|_| SHOWN.iter().all(|(_, shown)| *shown != tool));
        let text = drawn.map_or("Measure…".to_owned(), |kind| format!("{}…", kind.name()));
        ui.menu_button(text, |ui| {
            for kind in KINDS {
                entry_ui(ui, Tool::Draw(kind), session, commands);
            }
        });
        ui.separator();
        for (command, text, possible) in [
            (MarkCommand::Undo, "Undo", marks.can_undo()),
            (MarkCommand::Redo, "Redo", marks.can_redo()),
        ] {
            let command = Command::Marks(command);
            let button = ui.add_enabled(possible, Button::new(text));
            if button.on_hover_text(tooltip(&command, session)).clicked() {
                commands.push(command);
            }
        }
        let command = Command::Marks(MarkCommand::KeyImage);
        let button = Button::selectable(marks.is_key_image(), "Key image");
        if ui
            .add(button)
            .on_hover_text(tooltip(&command, session))
            .clicked()
        {
            commands.push(command);
        }
    });
}

fn button_ui(ui: &mut Ui, (text, this): (&str, Tool), session: &Session, commands: &mut Commands) {
    let now = session.tool();
    let command = Command::Tool(this);
    let response = ui.add(Button::selectable(now == this, text));
    let name = format!("{text} tool");
    response.widget_info(|| WidgetInfo::selected(Role::RadioButton, true, now == this, &name));
    if response.on_hover_text(tooltip(&command, session)).clicked() {
        commands.push(command);
    }
}

fn entry_ui(ui: &mut Ui, this: Tool, session: &Session, commands: &mut Commands) {
    let now = session.tool();
    let command = Command::Tool(this);
    let Some(action) = action_for(&Deed::Do(command.clone())) else {
        return;
    };
    let keys = session.settings().keymap.text(action);
    let button = Button::selectable(now == this, action.text).shortcut_text(keys);
    if ui.add(button).on_hover_text(action.tooltip).clicked() {
        commands.push(command);
        ui.close();
    }
}

/// What a command does and its keys, as the table has them.
fn tooltip(command: &Command, session: &Session) -> String {
    action_for(&Deed::Do(command.clone())).map_or_else(String::new, |action| {
        let keys = session.settings().keymap.text(action);
        format!("{} ({keys})", action.tooltip)
    })
}

/// Draws the menu that a click with the right button opens.
pub(crate) fn context_menu(
    response: &Response,
    stage: &Stage<'_>,
    (shell, commands): (&mut Shell, &mut Commands),
) {
    response.context_menu(|ui| {
        ui.set_min_width(210.0);
        if let Some(mark) = stage.marks().selected().map(|mark| &mark.annotation) {
            ui.weak(mark.name());
            let at = stage.place.screen_from_image(mark.shape.label_anchor());
            if ui.button("Name…").clicked() {
                shell.pointer.writing = Some(Writing::name(mark, at));
            }
            if takes_length(mark) && ui.button("Its length is known…").clicked() {
                shell.pointer.writing = Some(Writing::known_length(mark, at));
            }
            if ui.button("Delete").clicked() {
                commands.push(Command::Marks(MarkCommand::Delete(Some(mark.id))));
            }
            ui.separator();
        }
        let tools = [Tool::Window, Tool::Pan, Tool::Zoom, Tool::Magnifier];
        for tool in tools.into_iter().chain([
            Tool::Draw(ShapeKind::Length),
            Tool::Draw(ShapeKind::Angle),
            Tool::Draw(ShapeKind::Ellipse),
            Tool::Draw(ShapeKind::Arrow),
            Tool::Draw(ShapeKind::Text),
        ]) {
            entry_ui(ui, tool, stage.session, commands);
        }
        ui.separator();
        for command in [
            Command::Marks(MarkCommand::KeyImage),
            Command::Look(Look::Fit),
            Command::Look(Look::OneToOne),
            Command::Invert,
        ] {
            let Some(action) = action_for(&Deed::Do(command.clone())) else {
                continue;
            };
            let keys = stage.session.settings().keymap.text(action);
            let button = Button::new(action.text).shortcut_text(keys);
            if ui.add(button).clicked() {
                commands.push(command);
            }
        }
    });
}
