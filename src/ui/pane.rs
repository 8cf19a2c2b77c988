//! What each viewport shows.

mod mixing;

use std::borrow::Cow;
use std::sync::Arc;

use egui::Color32;

use super::language::{retold, tr, tr_with};
use super::theme;
use crate::anomaly::{Outcome, Placed};
use crate::display::{Blend, Drawn, Layer, Overlay, Picture, ViewTransform};
use crate::session::{
    Consensus, Cut, Face, Mix, OpenFilm, Peek, Presentation, Reading, Relation, Relations, Role,
    Session,
};

/// What one viewport shows in this frame.
pub(crate) struct Content<'a> {
    /// Its film, by its place in the list.
    pub(crate) film: usize,
    /// The film's entry in the list.
    pub(crate) reading: &'a Reading,
    /// How the film is shown.
    pub(crate) presentation: Cow<'a, Presentation>,
    /// What must be said of the film beside the others on the screen.
    pub(crate) relations: Relations,
    /// Its name in the accessibility tree.
    pub(crate) name: String,
    /// Its title.
    pub(crate) title: String,
    /// Whether anything generated can be seen in it, in this frame or in the course of blinking.
    pub(crate) synthetic: bool,
    /// Whether regions are boxed.
    pub(crate) boxes: bool,
    /// The result it shows something of.
    pub(crate) outcome: Option<Arc<Outcome>>,
    /// The cut, where a map can be seen.
    pub(crate) cut: Option<Cut>,
    /// The agreement of several models, where it can be seen.
    pub(crate) consensus: Option<&'a Consensus>,
    /// What the film is marked with where it is shown after a display filter.
    pub(crate) processed: Option<String>,
    /// How original and counterpart are seen together, where they are.
    pub(crate) mix: Option<Mix>,
    base: Arc<Placed>,
    over: Option<(Layer, Blend)>,
    overlay: Option<Overlay>,
}

impl Content<'_> {
    /// Returns the picture to paint.
    pub(crate) fn picture(&self, open: &OpenFilm, view: ViewTransform) -> Picture {
        Picture {
            base: Layer(self.base.clone()),
            over: self.over.clone(),
            ramp: self.presentation.ramp.clone(),
            overlay: self.overlay.clone(),
            drawn: open.drawn().map(|drawn| Drawn {
                // Lines of the file belong to the film and not to what a model generated.
                overlays: drawn.overlays && !self.only_generated(),
                ..drawn
            }),
            view,
        }
    }

    /// Returns the colours of frame and title strip of a film that must not be taken for the
    /// current one: another patient's before a prior.
    pub(crate) fn standing(&self) -> Option<(Color32, Color32)> {
        match (&self.relations.patient, &self.relations.prior) {
            (Some(_), _) => Some((theme::OTHER_PATIENT, Color32::from_rgb(56, 16, 12))),
            (None, Some(_)) => Some((theme::PRIOR, Color32::from_rgb(14, 26, 52))),
            (None, None) => None,
        }
    }

    /// Returns the swipe line, as a share of the image's width.
    pub(crate) fn swipe(&self) -> Option<f32> {
        match self.mix {
            Some(Mix::Swipe(share)) => Some(share),
            _ => None,
        }
    }

    /// Reports whether nothing of the film itself is seen where the model looked.
    fn only_generated(&self) -> bool {
        match &self.over {
            Some((_, Blend::Fade(share))) => *share >= 1.0,
            Some((_, Blend::Difference(_))) => true,
            _ => false,
        }
    }
}

/// Returns what a viewport shows at a time, in seconds since the window opened; `None` where its
/// film is not open, or is not what it has to show.
pub(crate) fn content(session: &Session, cell: usize, time_secs: f64) -> Option<Content<'_>> {
    let shown = session.layout().cells().get(cell)?;
    let reading = session.readings().get(shown.film?)?;
    let open = reading.open_film()?;
    let mut content = Content {
        film: shown.film?,
        reading,
        presentation: session.presentation(cell)?,
        relations: session.relations(cell),
        name: tr_with(
            "{role} viewport",
            &[("role", &name_of(&shown.role, session))],
        ),
        title: match reading.is_derived() {
            true => tr("Picture of a film").to_owned(),
            false => tr("Original").to_owned(),
        },
        synthetic: false,
        boxes: false,
        outcome: None,
        cut: None,
        consensus: None,
        processed: None,
        mix: None,
        base: open.layer.clone(),
        over: None,
        overlay: None,
    };
    match &shown.role {
        Role::Agreement => content.show_consensus(session)?,
        role => {
            let of_role = match role {
                Role::Model(model, _) => {
                    reading.outcome(model).filter(|_| reading.results_visible())
                }
                _ => reading.shown_outcome(),
            };
            match of_role {
                Some(outcome) => content.show(role, session, (outcome, time_secs)),
                // A viewport meant for what a model says never shows the film alone in its place.
                None if role.needs_result() => return None,
                None => content.show_returned(session),
            }
        }
    }
    if content.relations.prior.is_some() {
        content.title = match content.title == tr("Original") {
            true => tr("Prior").to_owned(),
            false => tr_with("Prior · {title}", &[("title", &content.title)]),
        };
    }
    if content.relations.patient == Some(Relation::OtherPatient) {
        content.title = tr_with("Other patient · {title}", &[("title", &content.title)]);
    }
    // A counterpart is not processed, so neither is what is compared with it in one viewport.
    if let Some(processed) = open.processed.as_ref().filter(|_| !content.synthetic) {
        content.base = processed.layer.clone();
        content.processed = Some(retold(&processed.filter.mark()));
    }
    Some(content)
}

/// Returns the name of a role, the same whatever the viewport shows just now.
pub(crate) fn name_of(role: &Role, session: &Session) -> String {
    match role {
        Role::Original => tr("Original").to_owned(),
        Role::Counterpart => tr("Counterpart").to_owned(),
        Role::Map => tr("Residue").to_owned(),
        Role::Mixed(_) => tr("Comparison").to_owned(),
        Role::Agreement => tr("Agreement").to_owned(),
        Role::Model(model, _) => session.shelf().title(model),
    }
}

impl<'a> Content<'a> {
    /// Shows what a viewport shows of a model's outcome.
    fn show(&mut self, role: &Role, session: &Session, (outcome, time_secs): (&Arc<Outcome>, f64)) {
        let title = session.shelf().title(&outcome.model);
        let selected = session.selected() == Some(self.film);
        let peek = session.peek().filter(|_| selected);
        match role {
            Role::Original if peek == Some(Peek::Counterpart) => self.show_counterpart(outcome),
            Role::Counterpart => self.show_counterpart(outcome),
            Role::Mixed(_) if peek == Some(Peek::Counterpart) => self.show_counterpart(outcome),
            Role::Mixed(mix) => self.mix(*mix, outcome, time_secs),
            Role::Model(_, Face::Counterpart) => {
                self.show_counterpart(outcome);
                self.title = tr_with("{model} · counterpart", &[("model", &title)]);
            }
            _ => {}
        }
        let mapped = match role {
            Role::Map | Role::Model(_, Face::Map) => true,
            Role::Mixed(Mix::Difference(_)) => peek == Some(Peek::Overlay),
            Role::Original | Role::Mixed(_) => {
                session.overlay().on_original || peek == Some(Peek::Overlay)
            }
            _ => false,
        };
        let cut = session.overlay().cut(outcome);
        let withheld = cut.as_ref().is_some_and(|cut| !cut.shows_map());
        if withheld && mapped {
            match role {
                Role::Map => tr("Original · map not shown").clone_into(&mut self.title),
                Role::Model(..) => {
                    self.title = tr_with("{model} · map not shown", &[("model", &title)]);
                }
                _ => {}
            }
        }
        if let Some(cut) = cut.filter(|_| mapped && !withheld) {
            let kind = tr(cut.map.kind.name());
            match role {
                Role::Map => {
                    let kind = super::status::capitalised(kind);
                    self.title = tr_with("{kind} over the original", &[("kind", &kind)]);
                }
                Role::Model(..) => {
                    self.title = tr_with(
                        "{model} · {kind} over the original",
                        &[("model", &title), ("kind", &kind)],
                    );
                }
                _ => {}
            }
            self.overlay = Some(cut.overlay(session.overlay()));
            self.boxes = session.overlay().boxes;
            self.cut = Some(cut);
        }
        if mapped || *role != Role::Original || self.synthetic {
            self.outcome = Some(outcome.clone());
        }
    }

    /// Shows a map that came back from a file, as long as no result of this session is shown.
    fn show_returned(&mut self, session: &Session) {
        let shown = session.overlay().on_original;
        let Some(cut) = session.returned_cut(self.reading).filter(|_| shown) else {
            return;
        };
        self.title = tr_with(
            "Original · {kind} from a file",
            &[("kind", &tr(cut.map.kind.name()))],
        );
        self.overlay = Some(cut.overlay(session.overlay()));
        self.cut = Some(cut);
    }

    fn show_consensus(&mut self, session: &Session) -> Option<()> {
        let consensus = self.reading.consensus()?;
        let count = consensus.agreement.votes.len();
        self.title = match count {
            1 => tr("Where the one model asked is above its threshold").to_owned(),
            _ => tr_with(
                "Where {models} models agree",
                &[("models", &at_least(consensus.least, count))],
            ),
        };
        self.overlay = Some(consensus.overlay(session.overlay()));
        self.boxes = session.overlay().boxes;
        self.consensus = Some(consensus);
        Some(())
    }

    /// Shows the counterpart where the model looked; elsewhere the film itself stays, and nothing
    /// is drawn beyond the film.
    fn show_counterpart(&mut self, outcome: &Outcome) {
        self.title = tr("Counterpart").to_owned();
        self.synthetic = true;
        self.over = Some((Layer(outcome.counterpart.clone()), Blend::Fade(1.0)));
    }
}

/// Words for a number of models that suffices.
fn at_least(least: usize, count: usize) -> String {
    if least == count {
        tr_with("all {least}", &[("least", &least)])
    } else {
        tr_with(
            "{least} or more of {count}",
            &[("least", &least), ("count", &count)],
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::tests::{analyzed, analyzed_by, patients, poll_until, session_with_film};
    use crate::session::{Arrangement, Command, Compare, Grid, LayoutCommand, Lens, Link};

    fn contents(session: &Session) -> Vec<Content<'_>> {
        let cells = 0..session.layout().cells().len();
        cells
            .filter_map(|cell| content(session, cell, 0.0))
            .collect()
    }

    #[test]
    fn without_a_result_only_the_film_is_shown() {
        let (_folder, session) = session_with_film();
        let contents = contents(&session);
        assert_eq!(contents.len(), 1);
        assert!(!contents[0].synthetic && contents[0].overlay.is_none());
    }

    #[test]
    fn whatever_shows_the_counterpart_is_marked_synthetic() {
        let (_folder, mut session) = analyzed();
        let shown = session.reading().unwrap().shown_outcome().unwrap();
        let generated = shown.counterpart.clone();
        for compare in [
            Compare::SideBySide,
            Compare::Mixed(Mix::Fade(0.5)),
            Compare::Mixed(Mix::Swipe(0.5)),
            Compare::Mixed(Mix::Blink(3.0)),
            Compare::Mixed(Mix::Lens(Lens::FIRST)),
            Compare::Mixed(Mix::Difference(0.5)),
            Compare::Models(Face::Counterpart),
            Compare::Models(Face::Map),
            Compare::Agreement,
        ] {
            for peek in [None, Some(Peek::Counterpart), Some(Peek::Overlay)] {
                session.apply(Command::Compare(compare));
                session.apply(Command::Peek(peek));
                for content in contents(&session) {
                    let over = content.over.as_ref().map(|(layer, _)| &layer.0);
                    let shows = Arc::ptr_eq(&content.base, &generated)
                        || over.is_some_and(|over| Arc::ptr_eq(over, &generated));
                    assert!(!shows || content.synthetic, "{compare:?} {peek:?}");
                }
            }
        }
    }

    #[test]
    fn a_map_that_points_nowhere_lies_over_nothing_until_it_is_chosen() {
        let (_folder, mut session) = analyzed_by("shy");
        let shown = |session: &Session| {
            let contents = contents(session);
            let overlays = contents.iter().filter(|content| content.overlay.is_some());
            let titles = contents.iter().map(|content| content.title.clone());
            (overlays.count(), titles.collect::<Vec<String>>())
        };
        for compare in [Compare::SideBySide, Compare::Models(Face::Map)] {
            session.apply(Command::Compare(compare));
            for peek in [None, Some(Peek::Overlay)] {
                session.apply(Command::Peek(peek));
                let (overlays, titles) = shown(&session);
                assert_eq!(overlays, 0, "{titles:?}");
                let said = titles.iter().any(|title| title.contains("map not shown"));
                assert!(said, "{titles:?}");
            }
            session.apply(Command::Peek(None));
        }
        session.apply(Command::Map(crate::anomaly::MapKind::Residue));
        assert_eq!(shown(&session).0, 1);
    }

    #[test]
    fn the_original_stays_clean_until_the_overlay_is_asked_for() {
        let (_folder, mut session) = analyzed();
        assert!(contents(&session)[0].overlay.is_none());
        session.apply(Command::Peek(Some(Peek::Overlay)));
        assert!(contents(&session)[0].overlay.is_some());
        session.apply(Command::Peek(None));
        assert!(contents(&session)[0].overlay.is_none());
    }

    /// Opens six films: three of one patient, one of another, one that does not say whose it is,
    /// one of a third; two of them analysed.
    fn several_patients() -> (tempfile::TempDir, Session) {
        let (folder, mut session) = patients(&PATIENTS);
        for film in [0, 1] {
            session.apply(Command::Select(film));
            session.apply(Command::Analyze);
            poll_until(&mut session, |session| session.cut().is_some());
        }
        (folder, session)
    }

    #[test]
    fn in_a_hundred_random_layouts_nothing_is_mistaken_for_something_else() {
        use rand::{Rng as _, SeedableRng as _};
        let (_folder, mut session) = several_patients();
        let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(6);
        let generated: Vec<Arc<Placed>> = session
            .readings()
            .iter()
            .flat_map(|reading| reading.answers())
            .filter_map(|answer| Some(answer.outcome.as_ref()?.counterpart.clone()))
            .collect();
        assert_eq!(generated.len(), 2);
        let mut seen = [0_usize; 4];
        for round in 0..100 {
            for _ in 0..random.random_range(4..16) {
                let command = random_command(&mut random);
                session.apply(command);
                session.poll();
            }
            let cells = session.layout().cells();
            for (index, cell) in cells.iter().enumerate() {
                let Some(content) = content(&session, index, 0.3) else {
                    continue;
                };
                let reading = &session.readings()[cell.film.unwrap()];
                let open = reading.open_film().unwrap();
                assert!(
                    Arc::ptr_eq(&content.base, &open.layer),
                    "round {round}: another film's samples"
                );
                let over = content.over.as_ref().map(|(layer, _)| &layer.0);
                let shows =
                    over.is_some_and(|over| generated.iter().any(|it| Arc::ptr_eq(it, over)));
                assert!(!shows || content.synthetic, "round {round}: not marked");
                let own = reading.shown_outcome().map(|outcome| &outcome.counterpart);
                assert!(over.is_none_or(|over| own.is_some_and(|own| Arc::ptr_eq(own, over))));
                let original = cell.role == Role::Original;
                assert!(!original || over.is_none(), "round {round}: no original");
                // Told by the dates and numbers the films were made of.
                let made = |film: usize| PATIENTS[film];
                let (patient, date) = made(cell.film.unwrap());
                let shown: Vec<usize> = cells.iter().filter_map(|cell| cell.film).collect();
                // On the screen or not.
                let newer = PATIENTS
                    .iter()
                    .any(|other| !patient.is_empty() && other.0 == patient && other.1 > date);
                assert_eq!(content.relations.prior.is_some(), newer, "round {round}");
                let first = made(shown[0]).0;
                let expected = match () {
                    () if shown[0] == cell.film.unwrap() => None,
                    () if patient.is_empty() || first.is_empty() => {
                        Some(Relation::PatientNotStated)
                    }
                    () if patient != first => Some(Relation::OtherPatient),
                    () => None,
                };
                assert_eq!(content.relations.patient, expected, "round {round}");
                let badges = crate::ui::badges::badges(&session, &content);
                assert_eq!(
                    badges.len(),
                    usize::from(newer)
                        + usize::from(expected.is_some())
                        + usize::from(content.presentation.inverted)
                );
                seen[0] += usize::from(content.synthetic);
                seen[1] += usize::from(newer);
                seen[2] += usize::from(expected.is_some());
                seen[3] += 1;
            }
            if let Some(film) = session.layout().active_film() {
                assert_eq!(session.selected(), Some(film), "round {round}");
            }
        }
        assert!(seen.iter().all(|count| *count > 20), "{seen:?}");
    }

    fn random_command(random: &mut impl rand::Rng) -> Command {
        let cell = random.random_range(0..9);
        let role = match random.random_range(0..8) {
            0 => Role::Counterpart,
            1 => Role::Map,
            2 => Role::Mixed(Mix::Fade(random.random())),
            3 => Role::Mixed(Mix::Swipe(random.random())),
            4 => Role::Mixed(Mix::Blink(2.0)),
            5 => Role::Mixed(Mix::Lens(Lens::FIRST)),
            6 => Role::Mixed(Mix::Difference(0.4)),
            _ => Role::Original,
        };
        let layout = match random.random_range(0..12) {
            0 => LayoutCommand::Arrange(Arrangement::Automatic),
            1 | 2 => {
                LayoutCommand::Arrange(Arrangement::Grid(Grid::ALL[random.random_range(0..6)]))
            }
            3 => LayoutCommand::Activate(cell),
            4 | 5 => LayoutCommand::Show {
                cell,
                film: random.random_range(0..7),
            },
            6 => LayoutCommand::Exchange(cell, random.random_range(0..9)),
            7 | 8 => LayoutCommand::Role(cell, role),
            9 => LayoutCommand::ToggleLink(match random.random() {
                true => Link::Look,
                false => Link::Greys,
            }),
            10 => LayoutCommand::Maximise,
            _ => LayoutCommand::Hang,
        };
        match random.random_range(0..6) {
            0 => Command::Select(random.random_range(0..6)),
            1 => Command::Invert,
            2 => Command::Compare(Compare::Mixed(Mix::Fade(0.5))),
            _ => Command::Layout(layout),
        }
    }

    const PATIENTS: [(&str, &str); 6] = [
        ("1", "20190302"),
        ("1", "20220502"),
        ("2", "20210101"),
        ("", "20200101"),
        ("1", "20150101"),
        ("3", "20230101"),
    ];
}
