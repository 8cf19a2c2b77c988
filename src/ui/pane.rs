//! What each viewport shows.

use std::sync::Arc;

use crate::anomaly::{Outcome, Placed};
use crate::display::{Blend, Layer, Overlay, Picture, ViewTransform};
use crate::session::{Compare, Cut, OpenFilm, Peek, Session};

/// A viewport by its part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pane {
    /// The film as acquired.
    Original,
    /// The film as the model expects it healthy.
    Counterpart,
    /// The map over the film.
    Residue,
    /// Original and counterpart in one viewport.
    Comparison,
}

/// What one viewport shows in this frame.
pub(crate) struct Content {
    /// Which viewport.
    pub(crate) pane: Pane,
    /// Its title.
    pub(crate) title: String,
    /// Whether anything generated can be seen in it, in this frame or in the course of blinking.
    pub(crate) synthetic: bool,
    /// Whether regions are boxed.
    pub(crate) boxes: bool,
    /// The cut, where a map can be seen.
    pub(crate) cut: Option<Cut>,
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
            view,
        }
    }
}

/// Returns the viewports of the present comparison; one while no result is shown.
pub(crate) fn panes(session: &Session) -> Vec<Pane> {
    if session.cut().is_none() {
        return vec![Pane::Original];
    }
    match session.compare() {
        Compare::SideBySide => vec![Pane::Original, Pane::Counterpart, Pane::Residue],
        _ => vec![Pane::Comparison, Pane::Residue],
    }
}

/// Returns what a viewport shows at a time, in seconds since the window opened.
pub(crate) fn content(pane: Pane, session: &Session, open: &OpenFilm, time_secs: f64) -> Content {
    let mut content = Content {
        pane,
        title: "Original".to_owned(),
        synthetic: false,
        boxes: false,
        cut: None,
        swipe: None,
        base: open.layer.clone(),
        over: None,
        overlay: None,
    };
    let outcome = session
        .reading()
        .and_then(|reading| reading.shown_outcome());
    let (Some(outcome), Some(cut)) = (outcome, session.cut()) else {
        return content;
    };
    let settings = session.overlay();
    let peeked = session.peek() == Some(Peek::Overlay);
    let mapped = match pane {
        Pane::Residue => true,
        Pane::Original | Pane::Comparison => settings.on_original || peeked,
        Pane::Counterpart => false,
    };
    match pane {
        Pane::Original if session.peek() == Some(Peek::Counterpart) => {
            content.show_counterpart(outcome);
        }
        Pane::Counterpart => content.show_counterpart(outcome),
        Pane::Comparison => content.compare(outcome, session, time_secs),
        Pane::Residue => {
            let name = super::status::capitalised(cut.map.kind.name());
            content.title = format!("{name} over the original");
        }
        Pane::Original => {}
    }
    if mapped {
        content.overlay = Some(cut.overlay(settings));
        content.boxes = settings.boxes;
        content.cut = Some(cut);
    }
    content
}

impl Content {
    fn show_counterpart(&mut self, outcome: &Outcome) {
        self.title = "Counterpart".to_owned();
        self.synthetic = true;
        self.base = outcome.counterpart.clone();
    }

    fn compare(&mut self, outcome: &Outcome, session: &Session, time_secs: f64) {
        self.synthetic = true;
        let counterpart = Layer(outcome.counterpart.clone());
        match session.compare() {
            Compare::SideBySide => {}
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::Command;
    use crate::session::tests::{analyzed, session_with_film};

    fn contents(session: &Session) -> Vec<Content> {
        let open = session.reading().unwrap().open_film().unwrap();
        panes(session)
            .into_iter()
            .map(|pane| content(pane, session, open, 0.0))
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
        let generated = session
            .reading()
            .unwrap()
            .outcome
            .clone()
            .unwrap()
            .counterpart
            .clone();
        for compare in [
            Compare::SideBySide,
            Compare::Fade(0.5),
            Compare::Swipe(0.5),
            Compare::Blink(3.0),
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
