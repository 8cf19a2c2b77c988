//! The menu bar with its standing line, and the tool bar.

use egui::{Button, Id, RichText, Ui};

use super::icons::{Icon, icon};
use super::language::{tr, tr_with};
use super::tour::{self, Spot};
use super::{Commands, Shell, comparison, fonts, keyboard, theme, tools, voi};
use crate::display::RESEARCH_USE;
use crate::session::{
    ACTIONS, Action, Command, Deed, LayoutCommand, Look, Mark, MarkCommand, Menu, OpenFilm,
    Reading, Session, WindowDeed,
};

/// Draws the menus and the research-use line.
pub(crate) fn menu_ui(ui: &mut Ui, session: &Session, shell: &mut Shell, commands: &mut Commands) {
    egui::MenuBar::new().ui(ui, |ui| {
        for menu in Menu::ALL {
            let button = ui.menu_button(tr(menu.name()), |ui| {
                for action in ACTIONS.iter().filter(|action| action.menu == Some(menu)) {
                    entry_ui(ui, action, (session, &mut *shell), commands);
                }
            });
            let spot = match menu {
                Menu::File => Some(Spot::File),
                Menu::Help => Some(Spot::Help),
                _ => None,
            };
            if let Some(spot) = spot {
                tour::note(ui.ctx(), spot, button.response.rect);
            }
        }
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            ui.label(
                RichText::new(tr(RESEARCH_USE))
                    .strong()
                    .color(theme::WARNING),
            );
            if shell.full_screen {
                ui.weak(tr("F11 leaves the full screen"));
            }
        });
    });
}

fn entry_ui(
    ui: &mut Ui,
    action: &Action,
    (session, shell): (&Session, &mut Shell),
    commands: &mut Commands,
) {
    let keys = session.settings().keymap.text(action);
    let words = words_of(ui, action, shell);
    let mut button = Button::selectable(in_use(action, session), words);
    if !keys.is_empty() {
        button = button.shortcut_text(keys);
    }
    let response = ui
        .add_enabled(possible(action, session), button)
        .on_hover_text(tr(action.tooltip));
    if response.clicked() {
        keyboard::perform(ui, &action.deed, session, (shell, commands));
        ui.close();
    }
}

/// Returns an entry's words: a language has its own name beside that in the language spoken, or a
/// note that no font of this system can write it.
fn words_of(ui: &Ui, action: &Action, shell: &Shell) -> String {
    let name = tr(action.text);
    let Deed::Window(WindowDeed::Language(Some(language))) = &action.deed else {
        return name.to_owned();
    };
    match fonts::own_name(ui.ctx(), *language) {
        Some(own) if own == name => name.to_owned(),
        Some(own) => format!("{own} · {name}"),
        None if shell.unwritable.contains(language) => tr_with(
            "{language} · no font on this system",
            &[("language", &name)],
        ),
        None => name.to_owned(),
    }
}

/// Whether what an action chooses is what is shown now.
fn in_use(action: &Action, session: &Session) -> bool {
    let command = match &action.deed {
        Deed::Do(Command::Layout(command)) => command,
        Deed::Window(WindowDeed::Language(language)) => {
            return session.settings().language == *language;
        }
        _ => return false,
    };
    let layout = session.layout();
    let active = layout.cells().get(layout.active());
    match command {
        LayoutCommand::Arrange(arrangement) => layout.arrangement() == *arrangement,
        LayoutCommand::TogglePriors => layout.hangs_priors(),
        LayoutCommand::ToggleLink(link) => active.is_some_and(|cell| cell.linked(*link)),
        LayoutCommand::Maximise => layout.maximised(),
        LayoutCommand::Align => layout.aligning().is_some(),
        _ => false,
    }
}

/// Whether an action can do anything now.
fn possible(action: &Action, session: &Session) -> bool {
    let film_open = session
        .reading()
        .is_some_and(|reading| reading.open_film().is_some());
    let result_shown = session.cut().is_some();
    match (action.menu, &action.deed) {
        (_, Deed::Do(Command::Browse(_) | Command::OpenDemonstration)) => true,
        (_, Deed::Do(Command::Close | Command::Step(_))) => session.reading().is_some(),
        (_, Deed::Do(Command::Cancel)) => session.analyzing(),
        (_, Deed::Do(Command::Analyze)) => !session.due().is_empty(),
        (_, Deed::Window(WindowDeed::Card)) => session.shelf().shown.is_some(),
        (_, Deed::Do(Command::Toggle(Mark::Results))) => {
            session.reading().is_some_and(Reading::analyzed)
        }
        (_, Deed::Window(WindowDeed::Preferences | WindowDeed::Scale(_))) => true,
        (_, Deed::Do(Command::Marks(command))) => film_open && markable(command, session),
        (Some(Menu::Analysis | Menu::Compare), _) => result_shown,
        (Some(Menu::Layout), _) => session.reading().is_some(),
        (Some(Menu::View | Menu::Marks), _)
        | (_, Deed::Window(WindowDeed::Export) | Deed::Do(Command::Copy)) => film_open,
        _ => true,
    }
}

/// Whether anything can be done about marks by a command.
fn markable(command: &MarkCommand, session: &Session) -> bool {
    let Some(marks) = session.reading().map(Reading::marks) else {
        return false;
    };
    match command {
        MarkCommand::Undo => marks.can_undo(),
        MarkCommand::Redo => marks.can_redo(),
        MarkCommand::Next(_) | MarkCommand::DeleteAll => !marks.list().is_empty(),
        MarkCommand::NextHandle | MarkCommand::Delete(None) => marks.selected().is_some(),
        MarkCommand::ResetSpacing => marks.reader_spacing().is_some(),
        _ => true,
    }
}

/// Draws the tool bar of the selected film. Where that is not open it keeps its place and its
/// height, so that nothing below it moves while films come and go.
pub(crate) fn tools_ui(ui: &mut Ui, session: &Session, reading: &Reading, commands: &mut Commands) {
    let open = reading.open_film();
    let height = Id::unique("height of the tool bar");
    if open.is_none() {
        ui.disable();
        if let Some(height) = ui.data(|data| data.get_temp(height)) {
            ui.set_min_height(height);
        }
    }
    tools::palette_ui(ui, session, reading.marks(), commands);
    film_tools_ui(ui, (session, open), commands);
    if open.is_some() {
        let drawn = ui.min_rect().height();
        ui.data_mut(|data| data.insert_temp(height, drawn));
    }
}

fn film_tools_ui(
    ui: &mut Ui,
    (session, open): (&Session, Option<&OpenFilm>),
    commands: &mut Commands,
) {
    ui.horizontal_wrapped(|ui| {
        match open {
            Some(open) => voi::voi_ui(ui, (session, open), commands),
            None => {
                ui.add(Button::new(tr_with("VOI {curve}", &[("curve", &"–")])));
            }
        }
        ui.separator();
        let inverted = open.is_some_and(|open| open.presentation.inverted);
        let button = Button::selectable(inverted, (icon(Icon::Invert), tr("Invert")));
        if ui
            .add(button)
            .on_hover_text(tools::tooltip(&Command::Invert, session))
            .clicked()
        {
            commands.push(Command::Invert);
        }

        look_button_ui(ui, (Icon::Fit, tr("Fit"), Look::Fit), session, commands);
        look_button_ui(ui, (Icon::Pixels, "1:1", Look::OneToOne), session, commands);
        if session.cut().is_some() {
            ui.separator();
            comparison::comparison_ui(ui, session, commands);
        }
    });
}

fn look_button_ui(
    ui: &mut Ui,
    (drawing, text, look): (Icon, &str, Look),
    session: &Session,
    commands: &mut Commands,
) {
    let open = session.reading().and_then(Reading::open_film);
    let chosen = open.is_some_and(|open| open.presentation.look == look);
    if ui
        .add(Button::selectable(chosen, (icon(drawing), text)))
        .on_hover_text(tools::tooltip(&Command::Look(look), session))
        .clicked()
    {
        commands.push(Command::Look(look));
    }
}
