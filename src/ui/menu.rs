//! The menu bar with its standing line; what is on has a tick.

use egui::{Button, Response, RichText, Role, Ui, WidgetInfo};

use super::language::{tr, tr_with};
use super::tour::{self, Spot};
use super::{Commands, Shell, fonts, icons, keyboard, theme};
use crate::display::RESEARCH_USE;
use crate::session::{
    ACTIONS, Action, Command, Deed, GateCommand, LayoutCommand, Mark, MarkCommand, Menu,
    PaceCommand, Reading, Session, Tick, WeightsCommand, WindowDeed, Words,
};

/// Draws the menus and the research-use line.
pub(crate) fn menu_ui(ui: &mut Ui, session: &Session, shell: &mut Shell, commands: &mut Commands) {
    egui::MenuBar::new().ui(ui, |ui| {
        for menu in Menu::ALL {
            let button = ui.menu_button(tr(menu.name()), |ui| {
                for action in ACTIONS.iter().filter(|action| action.menu == Some(menu)) {
                    entry_ui(ui, action, (session, &mut *shell), commands);
                }
                if menu == Menu::Analysis {
                    models_ui(ui, session, commands);
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
    let words = words_of(ui, action, (session, shell));
    let tick = tick_of(action, session, shell);
    let enabled = possible(action, session);
    let response = item_ui(ui, (&words, &keys), tick, enabled);
    if response.on_hover_text(tr(action.tooltip)).clicked() {
        keyboard::perform(ui, &action.deed, session, (shell, commands));
        ui.close();
    }
}

/// Draws an entry with its keys; one that has a tick is heard as what it is.
pub(crate) fn item_ui(
    ui: &mut Ui,
    (words, keys): (&str, &str),
    tick: Option<Tick>,
    enabled: bool,
) -> Response {
    let mut button = Button::selectable(false, (icons::tick(tick), words));
    if !keys.is_empty() {
        button = button.shortcut_text(keys);
    }
    let response = ui.add_enabled(enabled, button);
    if let Some(tick) = tick {
        let role = match tick {
            Tick::Check(_) => Role::CheckBox,
            Tick::Radio(_) => Role::RadioButton,
        };
        let name = format!("{words} {keys}");
        let name = name.trim();
        response.widget_info(|| WidgetInfo::selected(role, enabled, tick.on(), name));
    }
    response
}

/// Draws the models with a tick each: those that Analyse asks, and whose results are shown.
fn models_ui(ui: &mut Ui, session: &Session, commands: &mut Commands) {
    let shelf = session.shelf();
    ui.menu_button((icons::tick(None), tr("Models asked")), |ui| {
        for listing in &shelf.listings {
            let picked = shelf.is_picked(&listing.id);
            let tick = Some(Tick::Check(picked));
            let enabled = shelf.obstacle(&listing.id).is_none();
            if item_ui(ui, (&listing.title, ""), tick, enabled).clicked() {
                commands.push(Command::PickModel(listing.id.clone(), !picked));
            }
        }
    });
}

/// Returns an entry's words: a language has its own name beside that in the language spoken, or a
/// note that no font of this system can write it; what has more than two states says which.
fn words_of(ui: &Ui, action: &Action, (session, shell): (&Session, &Shell)) -> String {
    let name = tr(action.text);
    let language = match &action.deed {
        Deed::Window(WindowDeed::Language(Some(language))) => language,
        Deed::Do(Command::Toggle(Mark::Words)) => {
            let now = match session.overlay().words {
                Words::All => tr("all words"),
                Words::Identity => tr("identity and scale"),
                Words::None => tr("no words"),
            };
            return format!("{name} · {now}");
        }
        _ => return name.to_owned(),
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

/// Returns what an entry shows of what is so now: of the session, or of the window itself.
pub(crate) fn tick_of(action: &Action, session: &Session, shell: &Shell) -> Option<Tick> {
    let Deed::Window(deed) = &action.deed else {
        return session.tick(action);
    };
    let settings = session.settings();
    Some(match deed {
        WindowDeed::Language(language) => Tick::Radio(settings.language == *language),
        WindowDeed::Scale(0) => Tick::Check(settings.scale_percent == 100),
        WindowDeed::Help => Tick::Check(shell.help_open),
        WindowDeed::Train => Tick::Check(shell.train_open),
        WindowDeed::Card => Tick::Check(shell.card.is_some()),
        WindowDeed::Inspector => Tick::Check(shell.inspector.open),
        WindowDeed::Preferences => Tick::Check(shell.preferences_open),
        WindowDeed::FrameTimes => Tick::Check(shell.frame_times_visible),
        WindowDeed::FullScreen => Tick::Check(shell.full_screen),
        WindowDeed::Keys => Tick::Check(shell.keys.open),
        WindowDeed::Tour => Tick::Check(shell.tour.is_some()),
        WindowDeed::Palette
        | WindowDeed::SaveReading
        | WindowDeed::Export
        | WindowDeed::Scale(_)
        | WindowDeed::Quit => return None,
    })
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
        (_, Deed::Do(Command::Weights(command))) => match command {
            WeightsCommand::Bundled => session.chosen_weights().is_some(),
            WeightsCommand::Adults => !session.would_know_adults().is_empty(),
            WeightsCommand::Browse | WeightsCommand::Use(_) => true,
        },
        (_, Deed::Do(Command::Analyze)) => !session.due().is_empty(),
        (_, Deed::Window(WindowDeed::Card)) => session.shelf().shown.is_some(),
        (_, Deed::Do(Command::Toggle(Mark::Results))) => {
            session.reading().is_some_and(Reading::analyzed)
        }
        (_, Deed::Window(WindowDeed::Preferences | WindowDeed::Scale(_))) => true,
        (_, Deed::Do(Command::Marks(command))) => film_open && markable(command, session),
        (_, Deed::Do(Command::Gate(command))) => gate_open(*command, session),
        (_, Deed::Do(Command::Pace(PaceCommand::Commit(_)))) => film_open,
        (_, Deed::Do(Command::Pace(PaceCommand::Judge(_)))) => {
            let reading = session.reading();
            reading.is_some_and(|reading| reading.region_at().is_some())
        }
        (_, Deed::Do(Command::Region(_))) => {
            let reading = session.reading().filter(|_| result_shown);
            reading.is_some_and(|reading| !reading.regions().is_empty())
        }
        (Some(Menu::Analysis | Menu::Compare), _) => result_shown,
        (_, Deed::Do(Command::Layout(LayoutCommand::ResetAlignment))) => {
            let layout = session.layout();
            let film = layout.active_film();
            film.is_some_and(|film| layout.aligned(film))
        }
        (Some(Menu::Layout), _) => session.reading().is_some(),
        (Some(Menu::View | Menu::Marks), _)
        | (_, Deed::Window(WindowDeed::Export) | Deed::Do(Command::Copy)) => film_open,
        _ => true,
    }
}

/// Whether a film is held back, or was let pass, so that a command changes how models see it.
fn gate_open(command: GateCommand, session: &Session) -> bool {
    session.reading().is_some_and(|reading| match command {
        GateCommand::Mend => reading.fix().is_some(),
        GateCommand::Anyway => reading.held().is_some(),
        GateCommand::AsStored => !reading.admission().is_default(),
    })
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
