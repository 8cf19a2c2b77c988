//! A trained model at work: what every analysis does alike, from a film to an outcome.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use candle_core::Tensor;

use super::framed::SeenLungs;
use super::reading::{Square, doubts, foreign};
use super::view::Framed;
use super::{Card, Model, View, WeightsFile};
use crate::anomaly::{AnomalyMap, ModelId, Outcome, Score, Seconds, Threshold};
use crate::compute::Device;
use crate::error::{Error, ErrorKind, Result};
use crate::radiograph::{Correction, Radiograph};
use crate::task::Progress;
use crate::training::WeightsFolders;

/// What a model brings to the analysis: its networks and how it reads what they make of a film.
pub(super) trait Reader: Send {
    /// What the networks make of one film.
    type Seen;
    /// What the progress says while the networks work.
    const WORK: &'static str;

    /// Returns the side in pixels of the squares that the networks see.
    fn side(&self) -> usize;

    /// Shows a film of `side`² greys in [0, 1] to the networks; `between` hears the share that is
    /// done and may end it.
    ///
    /// # Errors
    /// When `between` ends it, or the device fails.
    fn see(
        &mut self,
        greys: Vec<f32>,
        lungs: &SeenLungs,
        between: &mut dyn FnMut(f32) -> Result<()>,
    ) -> Result<Self::Seen>;

    /// Shows several films to the networks, as one batch where they take batches.
    ///
    /// # Errors
    /// As [`Self::see`].
    fn see_all(
        &mut self,
        films: Vec<Vec<f32>>,
        lungs: &SeenLungs,
        between: &mut dyn FnMut(f32) -> Result<()>,
    ) -> Result<Vec<Self::Seen>> {
        let count = films.len() as f32;
        let films = films.into_iter().enumerate();
        let seen = films.map(|(index, greys)| {
            let share = &mut |done| between((index as f32 + done) / count);
            self.see(greys, lungs, share)
        });
        seen.collect()
    }

    /// Returns how far off the model's plain copy of a film is, in shares of the grey range, where it
    /// makes one: see [`Card::most_copy_error`].
    fn copy_error(&self, _seen: &Self::Seen) -> Option<f32> {
        None
    }

    /// Reads what the networks made of a film.
    ///
    /// # Errors
    /// When a square does not fit.
    fn conclude(&self, seen: Self::Seen, film: &Looked<'_>) -> Result<Conclusion>;
}

/// A film as a model looks at it.
pub(super) struct Looked<'a> {
    pub(super) card: &'a Card,
    /// Where the networks' squares lie on the film.
    pub(super) square: Square,
    pub(super) lungs: &'a SeenLungs,
}

/// What a model says about a film; pictures are squares of greys in [0, 1].
pub(super) struct Conclusion {
    pub(super) score: f32,
    /// See [`Outcome::variants`].
    pub(super) variants: Vec<(&'static str, f32)>,
    pub(super) counterpart: Vec<f32>,
    pub(super) reconstruction: Option<Vec<f32>>,
    /// The maps; the first is the one shown by default.
    pub(super) maps: Vec<Arc<AnomalyMap>>,
    /// The default cut through the first map.
    pub(super) threshold: Threshold,
}

/// A reader with its card, its view of films and its device.
pub(super) struct Trained<R> {
    card: Card,
    device: Device,
    pub(super) view: View,
    pub(super) reader: R,
}

impl<R: Reader> Trained<R> {
    pub(super) fn new(card: Card, device: &Device, view: View, reader: R) -> Self {
        Self {
            card,
            device: device.clone(),
            view,
            reader,
        }
    }
}

/// The name of the score of a film that is not moved, where the score is a mean over shifts.
const UNMOVED: &str = "film not moved";

/// The score of a card that [averages shifts](Card::averages_shifts): that of the film where it lies,
/// and those of the film moved.
pub(super) fn mean_over_shifts(scores: &[f32]) -> f32 {
    scores.iter().sum::<f32>() / scores.len() as f32
}

/// A film where it lies, and moved a little in each direction.
fn with_moved(framed: &Framed) -> Vec<Vec<f32>> {
    std::iter::once(framed.greys())
        .chain(framed.moved())
        .collect()
}

/// Reads the card and the weights of a model and checks one against the other.
///
/// # Errors
/// When one is missing, damaged, or of another model.
pub(super) fn card_and_weights(
    id: &str,
    weights: &WeightsFolders,
) -> Result<(Card, HashMap<String, Tensor>)> {
    let card = card_of(id, weights)?;
    let file = WeightsFile::read(&weights.of(id).join(&card.weights))?.verified(&card.sha256)?;
    let tensors = file.tensors()?;
    Ok((card, tensors))
}

/// Reads the card of a model.
///
/// # Errors
/// When it is missing, damaged, or of another model.
pub(super) fn card_of(id: &str, weights: &WeightsFolders) -> Result<Card> {
    let card = Card::read(&WeightsFolders::card(weights.of(id), id))?;
    if card.id == id {
        return Ok(card);
    }
    Err(Error::new(
        ErrorKind::WrongModel,
        format!("the card says it is of “{}”, not of “{id}”", card.id),
        "Restore the weights folder from the release.",
    ))
}

impl<R: Reader> Model for Trained<R> {
    fn card(&self) -> &Card {
        &self.card
    }

    fn scores_of_shifts(&mut self, film: &Radiograph, progress: &Progress) -> Result<Vec<f32>> {
        let side = self.reader.side();
        let framed = self.view.frame(film, side)?;
        let lungs = SeenLungs::of(&framed);
        let looked = Looked {
            card: &self.card,
            square: Square {
                side,
                place: framed.place,
            },
            lungs: &lungs,
        };
        let films = with_moved(&framed);
        let between = &mut |done| progress.at(done);
        let seen = self.reader.see_all(films, &lungs, between)?;
        let scores = seen.into_iter();
        let scores = scores.map(|seen| Ok(self.reader.conclude(seen, &looked)?.score));
        scores.collect()
    }

    fn look_at_whole_films(&mut self) {
        self.view = std::mem::replace(&mut self.view, View::Whole).unframed();
    }

    fn keep_the_aspect(&mut self) {
        self.view = std::mem::replace(&mut self.view, View::Whole).letterboxed();
    }

    fn analyze(&mut self, film: &Radiograph, progress: &Progress) -> Result<Outcome> {
        progress.enter("finding the lungs", 0.05)?;
        let start = Instant::now();
        let side = self.reader.side();
        let framed = self.view.frame(film, side)?;
        let square = Square {
            side,
            place: framed.place,
        };
        let mut gate = doubts(film, &framed, side);
        let lungs = SeenLungs::of(&framed);
        let preprocess = start.elapsed().as_secs_f64();

        progress.enter(R::WORK, 0.3)?;
        let start = Instant::now();
        let between = &mut |done: f32| progress.at(0.3 + 0.6 * done);
        let films = match self.card.averages_shifts {
            true => with_moved(&framed),
            false => vec![framed.greys()],
        };
        let mut seen = self.reader.see_all(films, &lungs, between)?.into_iter();
        let own = seen
            .next()
            .ok_or_else(|| Error::internal("a film was shown and none was seen"))?;
        let looked = Looked {
            card: &self.card,
            square,
            lungs: &lungs,
        };
        let moved = seen.map(|seen| Ok(self.reader.conclude(seen, &looked)?.score));
        let moved: Vec<f32> = moved.collect::<Result<_>>()?;
        let infer = start.elapsed().as_secs_f64();

        progress.enter("measuring the residue", 0.9)?;
        let start = Instant::now();
        let error = self.reader.copy_error(&own);
        gate.extend(error.and_then(|error| foreign(error, self.card.most_copy_error)));
        let mut found = self.reader.conclude(own, &looked)?;
        if !moved.is_empty() {
            found.variants.push((UNMOVED, found.score));
            let scores: Vec<f32> = std::iter::once(found.score).chain(moved).collect();
            found.score = mean_over_shifts(&scores);
        }
        let picture = |greys: &Vec<f32>| square.picture(film, greys);
        let outcome = Outcome {
            model: ModelId::new(&self.card.id),
            weights_sha256: self.card.sha256.clone(),
            device: self.device.to_string(),
            input_size: (side, side),
            input_region: square.place,
            score: Score::among(found.score, &self.card.normal_scores),
            variants: found.variants,
            counterpart: picture(&found.counterpart)?,
            reconstruction: found.reconstruction.as_ref().map(picture).transpose()?,
            maps: found.maps,
            withheld: self.card.map_withheld(),
            threshold: found.threshold,
            lung_boxes: lungs.boxes,
            gate,
            seen_as: Correction::NONE,
            seconds: Seconds {
                decode: 0.0,
                preprocess,
                infer,
                post: start.elapsed().as_secs_f64(),
            },
        };
        progress.enter("done", 1.0)?;
        Ok(outcome)
    }
}
