//! The palette of tools, and the menu of a viewport.

use egui::containers::menu::MenuButton;
use egui::{Button, Response, Role, Ui, WidgetInfo};

use super::icons::{self, Icon, icon};
use super::language::{msg, tr, tr_with};
use super::pointer::Stage;
use super::row::{Row, button_width};
use super::tour::{self, Spot};
use super::writing::{Writing, takes_length};
use super::{Commands, Shell, menu};
use crate::radiograph::{Annotation, ShapeKind};
use crate::session::{Command, Deed, LABELS, Look, MarkCommand, Marks, Session, Tool, action_for};

/// The tools with a button each, with the rank by which they leave a row that has no room; the menu
/// beside them has all that draw.
const SHOWN: [(u8, (&str, Tool)); 9] = [
    (1, (msg("Window"), Tool::Window)),
    (2, (msg("Pan"), Tool::Pan)),
    (2, (msg("Zoom"), Tool::Zoom)),
    (4, (msg("Magnifier"), Tool::Magnifier)),
    (2, (msg("Length"), Tool::Draw(ShapeKind::Length))),
    (3, (msg("Angle"), Tool::Draw(ShapeKind::Angle))),
    (4, (msg("Ellipse"), Tool::Draw(ShapeKind::Ellipse))),
    (3, (msg("Arrow"), Tool::Draw(ShapeKind::Arrow))),
    (3, (msg("Text"), Tool::Draw(ShapeKind::Text))),
];

/// Every kind of mark, in the order the menu lists them.
pub(super) const KINDS: [ShapeKind; 10] = [
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

/// Lists the palette.
pub(crate) fn palette<'a>(ui: &Ui, session: &'a Session, marks: &'a Marks) -> Row<'a> {
    let mut row = Row::default();
    let tool = session.tool();
    for (rank, (text, this)) in SHOWN {
        let rank = if this == tool { 0 } else { rank };
        let drawn = icons::of_tool(this).is_some();
        let width = button_width(ui, tr(text), drawn);
        row.add((rank, width), move |ui, commands| {
            button_ui(ui, (text, this), session, commands);
        });
    }
    measures(ui, session, &mut row);
    row.separate();
    for (command, (rank, drawing, text), possible) in [
        (
            MarkCommand::Undo,
            (1, Icon::Undo, tr("Undo")),
            marks.can_undo(),
        ),
        (
            MarkCommand::Redo,
            (5, Icon::Redo, tr("Redo")),
            marks.can_redo(),
        ),
    ] {
        let width = button_width(ui, text, true);
        row.add((rank, width), move |ui, commands| {
            let command = Command::Marks(command);
            let button = ui.add_enabled(possible, Button::new((icon(drawing), text)));
            if button.on_hover_text(tooltip(&command, session)).clicked() {
                commands.push(command);
            }
        });
    }
    let width = button_width(ui, tr("Key image"), true);
    row.add((3, width), move |ui, commands| {
        let command = Command::Marks(MarkCommand::KeyImage);
        let words = (icon(Icon::Star), tr("Key image"));
        let button = Button::selectable(marks.is_key_image(), words);
        if ui
            .add(button)
            .on_hover_text(tooltip(&command, session))
            .clicked()
        {
            commands.push(command);
        }
    });
    row
}

/// The menu of everything that measures or marks; it says what is drawn where no button does.
fn measures<'a>(ui: &Ui, session: &'a Session, row: &mut Row<'a>) {
    let tool = session.tool();
    let drawn = tool
        .drawn()
        .filter(|_| SHOWN.iter().all(|(_, (_, shown))| *shown != tool));
    let text = drawn.map_or(tr("Measure…").to_owned(), |kind| {
        format!("{}…", tr(kind.name()))
    });
    let width = button_width(ui, &text, false);
    row.add((0, width), move |ui, commands| {
        // Lit, as the buttons are, while it is what says which tool is at work.
        let button = Button::new(text).selected(drawn.is_some());
        MenuButton::from_button(button).ui(ui, |ui| {
            for kind in KINDS {
                entry_ui(ui, Tool::Draw(kind), session, commands);
            }
        });
    });
}

fn button_ui(ui: &mut Ui, (text, this): (&str, Tool), session: &Session, commands: &mut Commands) {
    let now = session.tool();
    let command = Command::Tool(this);
    let words = tr(text);
    let button = match icons::of_tool(this) {
        Some(drawing) => Button::selectable(now == this, (icon(drawing), words)),
        None => Button::selectable(now == this, words),
    };
    let response = ui.add(button);
    if this.drawn().is_some() {
        tour::note(ui.ctx(), Spot::Marks, response.rect);
    }
    let name = tr_with("{tool} tool", &[("tool", &tr(text))]);
    response.widget_info(|| WidgetInfo::selected(Role::RadioButton, true, now == this, &name));
    if response.on_hover_text(tooltip(&command, session)).clicked() {
        commands.push(command);
    }
}

fn entry_ui(ui: &mut Ui, this: Tool, session: &Session, commands: &mut Commands) {
    command_ui(ui, Command::Tool(this), session, commands);
}

/// Draws a command's entry in a menu, with its tick.
fn command_ui(ui: &mut Ui, command: Command, session: &Session, commands: &mut Commands) {
    let Some(action) = action_for(&Deed::Do(command.clone())) else {
        return;
    };
    let keys = session.settings().keymap.text(action);
    let words = (tr(action.text), keys.as_str());
    let response = menu::item_ui(ui, words, session.tick(action), true);
    if response.on_hover_text(tr(action.tooltip)).clicked() {
        commands.push(command);
        ui.close();
    }
}

/// What a command does and its keys, as the table has them.
pub(crate) fn tooltip(command: &Command, session: &Session) -> String {
    let action = action_for(&Deed::Do(command.clone()));
    let words = action.map_or("", |action| tr(action.tooltip));
    with_keys(words, command, session)
}

/// Words with the keys of a command behind them, as the reader's keymap has them.
pub(crate) fn with_keys(words: &str, command: &Command, session: &Session) -> String {
    let action = action_for(&Deed::Do(command.clone()));
    match action.map(|action| session.settings().keymap.text(action)) {
        Some(keys) if !keys.is_empty() => format!("{words} ({keys})"),
        _ => words.to_owned(),
    }
}

/// Returns what a mark is called on the screen: by the reader, or by its kind and its number.
pub(crate) fn name_of(mark: &Annotation) -> String {
    match label_of(mark) {
        label if label.trim().is_empty() => {
            format!("{} {}", tr(mark.shape.kind().name()), mark.id.0)
        }
        label => label.to_owned(),
    }
}

/// Returns a mark's label; those that are offered for regions are said in the language spoken.
pub(crate) fn label_of(mark: &Annotation) -> &str {
    match mark.label.as_str() {
        offered if LABELS.contains(&offered) => tr(offered),
        label => label,
    }
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
            ui.weak(name_of(mark));
            let at = stage.place.screen_from_image(mark.shape.label_anchor());
            if ui.button(tr("Name…")).clicked() {
                shell.pointer.writing = Some(Writing::name(mark, at));
            }
            if takes_length(mark) && ui.button(tr("Its length is known…")).clicked() {
                shell.pointer.writing = Some(Writing::known_length(mark, at));
            }
            if mark.words_apart.is_some() && ui.button(tr("Put its words beside it")).clicked() {
                commands.push(Command::Marks(MarkCommand::WordsBeside(mark.id)));
            }
            if mark.shape.kind() == ShapeKind::CardiothoracicRatio
                && ui.button(tr("Swap the lines")).clicked()
            {
                commands.push(Command::Marks(MarkCommand::SwapLines(mark.id)));
            }
            if ui.button(tr("Delete")).clicked() {
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
            command_ui(ui, command, stage.session, commands);
        }
    });
}
