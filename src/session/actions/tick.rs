//! What a menu ticks: the actions that turn something on, or choose one of several, and whether that
//! is so now.

use super::{Action, Deed};
use crate::session::{
    Arrangement, Command, Compare, Impression, LayoutCommand, Link, Mark, MarkCommand, PaceCommand,
    Reading, Role, Session, Words,
};

/// How an entry of a menu shows what is so now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tick {
    /// It turns something on and off.
    Check(bool),
    /// It chooses one of several.
    Radio(bool),
}

impl Tick {
    /// Reports whether it is on, or chosen.
    pub fn on(self) -> bool {
        let (Self::Check(on) | Self::Radio(on)) = self;
        on
    }
}

impl Session {
    /// Returns whether what an action turns on or chooses is so now; `None` for what it only does,
    /// and for what is the window's own.
    pub fn tick(&self, action: &Action) -> Option<Tick> {
        match &action.deed {
            Deed::Do(command) => self.tick_of(command),
            Deed::Hold { tap, .. } => self.tick_of(tap.as_ref()?),
            Deed::Window(_) => None,
        }
    }

    fn tick_of(&self, command: &Command) -> Option<Tick> {
        let reading = self.reading();
        let open = reading.and_then(Reading::open_film);
        Some(match command {
            Command::Invert => Tick::Check(open.is_some_and(|open| open.presentation.inverted)),
            Command::Look(look) => Tick::Radio(self.shows(self.layout.active(), *look)),
            Command::Preset(index) => {
                Tick::Radio(open.is_some_and(|open| open.presentation.preset == Some(*index)))
            }
            Command::Filter(Some(filter)) => {
                let now = reading.and_then(Reading::filter);
                Tick::Check(now.is_some_and(|now| now.kind == filter.kind))
            }
            Command::Toggle(mark) => Tick::Check(self.mark_on(*mark)),
            Command::Tool(tool) => Tick::Radio(self.tool() == *tool),
            Command::Marks(MarkCommand::KeyImage) => {
                Tick::Check(reading.is_some_and(|reading| reading.marks().is_key_image()))
            }
            Command::Compare(compare) => Tick::Radio(self.compares(*compare)),
            Command::Layout(command) => return self.tick_of_layout(command),
            Command::Pace(command) => return self.tick_of_pace(command),
            _ => return None,
        })
    }

    fn mark_on(&self, mark: Mark) -> bool {
        let reading = self.reading();
        let open = reading.and_then(Reading::open_film);
        match mark {
            Mark::Results => {
                reading.is_some_and(|reading| reading.analyzed() && reading.results_visible())
            }
            Mark::Overlay => self.overlay.on_original,
            Mark::Boxes => self.overlay.boxes,
            Mark::Words => self.overlay.words != Words::None,
            Mark::Readers => self.overlay.marks,
            // What the file does not have cannot be on.
            Mark::FileOverlays => open.is_some_and(|open| {
                open.presentation.shown.overlays && !open.film.graphics.overlays.is_empty()
            }),
            Mark::Shutter => open.is_some_and(|open| {
                open.presentation.shown.shutter && open.film.graphics.shutter.is_some()
            }),
        }
    }

    /// Reports whether original and counterpart are compared in a way now, whatever its numbers: by
    /// the automatic arrangement, or in a grid's active viewport.
    pub fn compares(&self, way: Compare) -> bool {
        let layout = self.layout();
        let now = match layout.arrangement() {
            Arrangement::Automatic => self.compare(),
            Arrangement::Grid(_) => match layout.cells().get(layout.active()).map(|it| &it.role) {
                Some(Role::Mixed(mix)) => Compare::Mixed(*mix),
                Some(Role::Model(_, face)) => Compare::Models(*face),
                Some(Role::Agreement) => Compare::Agreement,
                Some(Role::Original | Role::Counterpart | Role::Map) | None => return false,
            },
        };
        let kind = |compare: &Compare| std::mem::discriminant(compare);
        match (now, way) {
            (Compare::Mixed(a), Compare::Mixed(b)) => {
                std::mem::discriminant(&a) == std::mem::discriminant(&b)
            }
            (now, way) => kind(&now) == kind(&way),
        }
    }

    fn tick_of_layout(&self, command: &LayoutCommand) -> Option<Tick> {
        let layout = self.layout();
        let active = layout.cells().get(layout.active());
        let open = active.and_then(|cell| self.open_film(cell.film?)).is_some();
        let linked = |link: Link| open && active.is_some_and(|cell| cell.linked(link));
        Some(match command {
            LayoutCommand::Arrange(arrangement) => {
                Tick::Radio(layout.arrangement() == *arrangement)
            }
            LayoutCommand::TogglePriors => Tick::Check(layout.hangs_priors()),
            LayoutCommand::ToggleLink(link) => Tick::Check(linked(*link)),
            LayoutCommand::Maximise => Tick::Check(layout.maximised()),
            LayoutCommand::Align => Tick::Check(layout.aligning().is_some()),
            _ => return None,
        })
    }

    fn tick_of_pace(&self, command: &PaceCommand) -> Option<Tick> {
        let reading = self.reading();
        Some(match command {
            PaceCommand::Commit(impression) => {
                let last: Option<Impression> = reading.and_then(|reading| reading.pace().last());
                Tick::Radio(last == Some(*impression))
            }
            PaceCommand::Judge(verdict) => {
                let judged = reading.and_then(|reading| {
                    let (model, region) = reading.region_at()?;
                    reading.pace().judged(model, region)
                });
                Tick::Check(judged.is_some_and(|judged| judged.verdict == *verdict))
            }
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::{ACTIONS, action_for};
    use super::*;
    use crate::session::tests::analyzed;

    fn ticked(session: &Session, command: &Command) -> bool {
        let hold = |action: &&Action| match &action.deed {
            Deed::Hold { tap, .. } => tap.as_ref() == Some(command),
            _ => false,
        };
        let action = action_for(&Deed::Do(command.clone()));
        let action = action.or_else(|| ACTIONS.iter().find(hold)).unwrap();
        session.tick(action).unwrap().on()
    }

    #[test]
    fn whatever_is_ticked_is_turned_over_by_its_own_command() {
        let (_folder, mut session) = analyzed();
        let grid = Arrangement::Grid(crate::session::Grid::new(1, 2));
        session.apply(Command::Layout(LayoutCommand::Arrange(grid)));
        session.apply(Command::Layout(LayoutCommand::Room([400.0, 300.0], 1.0)));
        for command in [
            Command::Invert,
            Command::Toggle(Mark::Results),
            Command::Toggle(Mark::Overlay),
            Command::Toggle(Mark::Boxes),
            Command::Toggle(Mark::Readers),
            Command::Marks(MarkCommand::KeyImage),
            Command::Layout(LayoutCommand::TogglePriors),
            Command::Layout(LayoutCommand::ToggleLink(Link::Look)),
            Command::Layout(LayoutCommand::ToggleLink(Link::Greys)),
            Command::Layout(LayoutCommand::Maximise),
            Command::Layout(LayoutCommand::Align),
        ] {
            let before = ticked(&session, &command);
            for turn in 1..=2 {
                session.apply(command.clone());
                let now = ticked(&session, &command);
                assert_eq!(now, before ^ (turn == 1), "{command:?}");
            }
        }
    }

    #[test]
    fn of_what_is_chosen_one_alone_is_ticked() {
        let (_folder, mut session) = analyzed();
        let radios = |session: &Session, of: fn(&Command) -> bool| {
            let ticked = ACTIONS.iter().filter(|action| match &action.deed {
                Deed::Do(command) => of(command) && session.tick(action).is_some_and(Tick::on),
                _ => false,
            });
            ticked.map(|action| action.deed.clone()).collect::<Vec<_>>()
        };
        for action in ACTIONS {
            let Deed::Do(command) = &action.deed else {
                continue;
            };
            let of: fn(&Command) -> bool = match command {
                Command::Tool(_) => |it| matches!(it, Command::Tool(_)),
                Command::Compare(_) => |it| matches!(it, Command::Compare(_)),
                Command::Layout(LayoutCommand::Arrange(_)) => {
                    |it| matches!(it, Command::Layout(LayoutCommand::Arrange(_)))
                }
                _ => continue,
            };
            if matches!(command, Command::Compare(_)) {
                let automatic = LayoutCommand::Arrange(Arrangement::Automatic);
                session.apply(Command::Layout(automatic));
            }
            session.apply(command.clone());
            let ticked = radios(&session, of);
            assert!(ticked.len() == 1 && ticked[0] == action.deed, "{ticked:?}");
        }
    }
}
