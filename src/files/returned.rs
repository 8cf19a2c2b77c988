//! What comes back: objects about a film that were exported before, by this program or by others.
//!
//! Reports, presentation states, segmentations and parametric maps are not films. They say something
//! about one, and name it by its UID. What of them this program can show arrives as marks, a curve
//! and a map; what it cannot is said in words.

use crate::anomaly::AnomalyMap;
use crate::radiograph::{Annotation, Film, ModalityCurve, NamedVoi, Origin, PixelRect, Polarity};

/// What kind of object about a film.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReturnedKind {
    /// A structured report.
    Report,
    /// A presentation state.
    Presentation,
    /// A segmentation.
    Segmentation,
    /// A parametric map.
    ParametricMap,
    /// A selection of key images.
    KeyObjects,
}

impl ReturnedKind {
    /// Returns its name inside a sentence.
    pub fn name(self) -> &'static str {
        match self {
            Self::Report => "structured report",
            Self::Presentation => "presentation state",
            Self::Segmentation => "segmentation",
            Self::ParametricMap => "parametric map",
            Self::KeyObjects => "key object selection",
        }
    }
}

/// What an object says about films.
#[derive(Clone, Debug)]
pub struct Returned {
    /// What kind of object it is.
    pub kind: ReturnedKind,
    /// Whether this program wrote it.
    pub own: bool,
    /// The SOP Instance UIDs of every object it names.
    pub films: Vec<String>,
    /// Study Instance UID; empty where it states none.
    pub study: String,
    /// What is marked on its films.
    pub marks: Vec<ReturnedMark>,
    /// How its films are shown.
    pub views: Vec<ReturnedView>,
    /// The films it marks as key images, by their SOP Instance UIDs.
    pub key_films: Vec<String>,
    /// A map over its film.
    pub map: Option<AnomalyMap>,
    /// The columns and rows that its areas or its map lie on.
    pub size: Option<(usize, usize)>,
    /// What it says in numbers, a sentence each.
    pub said: Vec<String>,
    /// What of it cannot be shown, a few words each.
    pub ignored: Vec<String>,
}

/// A mark of an object.
#[derive(Clone, Debug, PartialEq)]
pub struct ReturnedMark {
    /// The films it lies on, by their SOP Instance UIDs; none where that is all of the object's.
    pub films: Vec<String>,
    /// The mark.
    pub annotation: Annotation,
}

/// How an object shows films.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReturnedView {
    /// The films, by their SOP Instance UIDs; none where that is all of the object's.
    pub films: Vec<String>,
    /// The curve.
    pub voi: Option<NamedVoi>,
    /// What the curve takes its samples from.
    pub modality: ModalityCurve,
    /// The polarity.
    pub polarity: Option<Polarity>,
    /// The part that is seen, in image pixels.
    pub part: Option<PixelRect>,
}

/// What a file turned out to hold.
#[derive(Clone, Debug)]
pub enum Content {
    /// A film.
    Film(Box<Film>),
    /// Something about films.
    Returned(Box<Returned>),
}

impl Returned {
    /// Reports whether it is about a film.
    pub fn is_about(&self, film: &Film) -> bool {
        let origin = film.source.origin.as_deref();
        origin.is_some_and(|origin| self.films.contains(&origin.sop_instance))
    }

    /// Returns the marks that lie on a film.
    pub fn marks_on<'a>(&'a self, origin: &'a Origin) -> impl Iterator<Item = &'a Annotation> {
        let marks = self.marks.iter();
        marks
            .filter(|mark| among(&mark.films, origin))
            .map(|mark| &mark.annotation)
    }

    /// Returns how a film is shown.
    pub fn views_of<'a>(&'a self, origin: &'a Origin) -> impl Iterator<Item = &'a ReturnedView> {
        self.views.iter().filter(|view| among(&view.films, origin))
    }
}

fn among(films: &[String], origin: &Origin) -> bool {
    films.is_empty() || films.contains(&origin.sop_instance)
}

impl ReturnedView {
    /// Reports whether its curve means on a film what it meant where it was made: a curve over other
    /// modality values would show other greys.
    pub fn fits(&self, origin: &Origin) -> bool {
        let plain = |curve: &ModalityCurve| match curve {
            ModalityCurve::Rescale { slope, intercept } if (*slope, *intercept) == (1.0, 0.0) => {
                ModalityCurve::None
            }
            other => other.clone(),
        };
        match (plain(&self.modality), plain(&origin.modality)) {
            (
                ModalityCurve::Rescale { slope, intercept },
                ModalityCurve::Rescale {
                    slope: of_film,
                    intercept: at_zero,
                },
            ) => near(slope, of_film) && near(intercept, at_zero),
            (
                ModalityCurve::Table { first, entries, .. },
                ModalityCurve::Table {
                    first: of_film,
                    entries: others,
                    ..
                },
            ) => first == of_film && entries == others,
            (one, other) => one == other,
        }
    }
}

/// Decimal texts of 16 characters round.
fn near(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * a.abs().max(b.abs()).max(1.0)
}
