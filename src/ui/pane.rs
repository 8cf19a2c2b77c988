//! What each viewport shows.

use std::sync::Arc;

use crate::anomaly::{ModelId, Outcome, Placed};
use crate::display::{Blend, Drawn, Layer, Overlay, Picture, ViewTransform};
use crate::session::{Compare, Cut, Face, OpenFilm, Peek, Session};

/// The most models compared beside the film: more viewports would be too small to read.
pub(crate) const MOST_MODELS: usize = 4;

/// A viewport by its part.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Pane {
    /// The film as acquired.
    Original,
    /// The film as the shown model expects it healthy.
    Counterpart,
    /// The shown model's map over the film.
    Residue,
    /// Original and counterpart in one viewport.
    Comparison,
    /// One of several models, beside the others.
    Model(ModelId),
    /// The places that several models find unusual.
    Agreement,
}

/// What one viewport shows in this frame.
pub(crate) struct Content {
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
    /// Whether the agreement of several models can be seen.
    pub(crate) consensus: bool,
    /// What the film is marked with where it is shown after a display filter.
    pub(crate) processed: Option<String>,
    /// The swipe line, as a share of the image's width.
    pub(crate) swipe: Option<f32>,
    base: Arc<Placed>,
    over: Option<(Layer, Blend)>,
    overlay: Option<Overlay>,
}

impl Content {
    /// Returns the picture to paint.
    pub(crate) fn picture(&self, open: &OpenFilm, view: ViewTransform) -> Picture {
        Picture {
            base: Layer(self.base.clone()),
            over: self.over.clone(),
            ramp: open.presentation.ramp.clone(),
            overlay: self.overlay.clone(),
            drawn: open.drawn().map(|drawn| Drawn {
                // Lines of the file belong to the film and not to what a model generated.
                overlays: drawn.overlays && !self.only_generated(),
                ..drawn
            }),
            view,
        }
    }

    /// Reports whether nothing of the film itself is seen where the model looked.
    fn only_generated(&self) -> bool {
        matches!(&self.over, Some((_, Blend::Fade(share))) if *share >= 1.0)
    }
}

/// Returns the viewports of the present comparison; one while no result is shown.
pub(crate) fn panes(session: &Session) -> Vec<Pane> {
    if session.cut().is_none() {
        return vec![Pane::Original];
    }
    match session.compare() {
        Compare::SideBySide => vec![Pane::Original, Pane::Counterpart, Pane::Residue],
        Compare::Models(_) => {
            let outcomes = session.outcomes().into_iter().take(MOST_MODELS);
            let models = outcomes.map(|outcome| Pane::Model(outcome.model.clone()));
            std::iter::once(Pane::Original).chain(models).collect()
        }
        Compare::Agreement => vec![Pane::Original, Pane::Agreement],
        Compare::Fade(_) | Compare::Swipe(_) | Compare::Blink(_) => {
            vec![Pane::Comparison, Pane::Residue]
        }
    }
}

/// Returns what a viewport shows at a time, in seconds since the window opened.
pub(crate) fn content(pane: &Pane, session: &Session, open: &OpenFilm, time_secs: f64) -> Content {
    let mut content = unprocessed(pane, session, open, time_secs);
    // A counterpart is not processed, so neither is what is compared with it in one viewport.
    if let Some(processed) = open.processed.as_ref().filter(|_| !content.synthetic) {
        content.base = processed.layer.clone();
        content.processed = Some(processed.filter.mark());
    }
    content
}

/// Returns what a viewport shows without a display filter.
fn unprocessed(pane: &Pane, session: &Session, open: &OpenFilm, time_secs: f64) -> Content {
    let mut content = Content {
        name: pane.name(session),
        title: "Original".to_owned(),
        synthetic: false,
        boxes: false,
        outcome: None,
        cut: None,
        consensus: false,
        processed: None,
        swipe: None,
        base: open.layer.clone(),
        over: None,
        overlay: None,
    };
    let Some(reading) = session.reading() else {
        return content;
    };
    if *pane == Pane::Agreement {
        content.show_consensus(session);
        return content;
    }
    let outcome = match pane {
        Pane::Model(model) => reading.outcome(model),
        _ => reading.shown_outcome(),
    };
    let Some((outcome, cut)) = outcome.and_then(|outcome| {
        let cut = session.overlay().cut(outcome)?;
        Some((outcome, cut))
    }) else {
        return content;
    };
    content.show(pane, session, outcome, time_secs);
    let kind = cut.map.kind.name();
    let peeked = session.peek() == Some(Peek::Overlay);
    let mapped = match pane {
        Pane::Residue => true,
        Pane::Model(_) => session.compare() == Compare::Models(Face::Map),
        Pane::Original | Pane::Comparison => session.overlay().on_original || peeked,
        Pane::Counterpart | Pane::Agreement => false,
    };
    if mapped {
        match pane {
            Pane::Residue => {
                content.title = format!("{} over the original", super::status::capitalised(kind));
            }
            Pane::Model(model) => {
                let title = session.shelf().title(model);
                content.title = format!("{title} · {kind} over the original");
            }
            _ => {}
        }
        content.overlay = Some(cut.overlay(session.overlay()));
        content.boxes = session.overlay().boxes;
        content.cut = Some(cut);
    }
    if mapped || *pane != Pane::Original || content.synthetic {
        content.outcome = Some(outcome.clone());
    }
    content
}

impl Content {
    /// Shows what a viewport shows of a model's outcome, but for its map.
    fn show(&mut self, pane: &Pane, session: &Session, outcome: &Outcome, time_secs: f64) {
        let title = session.shelf().title(&outcome.model);
        match pane {
            Pane::Original if session.peek() == Some(Peek::Counterpart) => {
                self.show_counterpart(outcome);
            }
            Pane::Counterpart => self.show_counterpart(outcome),
            Pane::Comparison => self.compare(outcome, session, time_secs),
            Pane::Model(_) => match session.compare() {
                Compare::Models(Face::Map) => {}
                _ => {
                    self.show_counterpart(outcome);
                    self.title = format!("{title} · counterpart");
                }
            },
            Pane::Original | Pane::Residue | Pane::Agreement => {}
        }
    }

    fn show_consensus(&mut self, session: &Session) {
        let Some(consensus) = session.consensus() else {
            return;
        };
        let count = consensus.agreement.votes.len();
        self.title = match count {
            1 => "Where the one model asked is above its threshold".to_owned(),
            _ => format!("Where {} models agree", at_least(consensus.least, count)),
        };
        self.overlay = Some(consensus.overlay(session.overlay()));
        self.boxes = session.overlay().boxes;
        self.consensus = true;
    }

    /// Shows the counterpart where the model looked; elsewhere the film itself stays, and nothing
    /// is drawn beyond the film.
    fn show_counterpart(&mut self, outcome: &Outcome) {
        self.title = "Counterpart".to_owned();
        self.synthetic = true;
        self.over = Some((Layer(outcome.counterpart.clone()), Blend::Fade(1.0)));
    }

    fn compare(&mut self, outcome: &Outcome, session: &Session, time_secs: f64) {
        self.synthetic = true;
        let counterpart = Layer(outcome.counterpart.clone());
        match session.compare() {
            Compare::SideBySide | Compare::Models(_) | Compare::Agreement => {}
            Compare::Fade(share) => {
                self.title = format!("Original with {:.0} % counterpart", share * 100.0);
                self.over = Some((counterpart, Blend::Fade(share)));
            }
            Compare::Swipe(share) => {
                self.title = "Original left, counterpart right of the line".to_owned();
                let x = share * self.base.raster.width() as f32;
                self.over = Some((counterpart, Blend::Swipe(x)));
                self.swipe = Some(share);
            }
            Compare::Blink(hz) => {
                let half_turns = (time_secs * 2.0 * f64::from(hz)) as u64;
                if half_turns % 2 == 1 {
                    self.show_counterpart(outcome);
                } else {
                    self.title = "Original".to_owned();
                }
                self.title = format!("Blinking: {}", self.title.to_lowercase());
            }
        }
        let peeked = session.peek() == Some(Peek::Counterpart);
        if peeked {
            self.over = None;
            self.swipe = None;
            self.show_counterpart(outcome);
        }
    }
}

/// Words for a number of models that suffices.
fn at_least(least: usize, count: usize) -> String {
    if least == count {
        format!("all {least}")
    } else {
        format!("{least} or more of {count}")
    }
}

impl Pane {
    /// Returns the viewport's name in the accessibility tree, the same whatever it shows.
    fn name(&self, session: &Session) -> String {
        match self {
            Self::Original => "Original viewport".to_owned(),
            Self::Counterpart => "Counterpart viewport".to_owned(),
            Self::Residue => "Residue viewport".to_owned(),
            Self::Comparison => "Comparison viewport".to_owned(),
            Self::Agreement => "Agreement viewport".to_owned(),
            Self::Model(model) => format!("{} viewport", session.shelf().title(model)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::Command;
    use crate::session::tests::{analyzed, session_with_film};

    fn contents(session: &Session) -> Vec<Content> {
        let open = session.reading().unwrap().open_film().unwrap();
        panes(session)
            .into_iter()
            .map(|pane| content(&pane, session, open, 0.0))
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
            Compare::Fade(0.5),
            Compare::Swipe(0.5),
            Compare::Blink(3.0),
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
    fn the_original_stays_clean_until_the_overlay_is_asked_for() {
        let (_folder, mut session) = analyzed();
        assert!(contents(&session)[0].overlay.is_none());
        session.apply(Command::Peek(Some(Peek::Overlay)));
        assert!(contents(&session)[0].overlay.is_some());
        session.apply(Command::Peek(None));
        assert!(contents(&session)[0].overlay.is_none());
    }
}
