//! Models for the command line with the input gate before them: nobody can be asked there, so films
//! that models were not made for are analysed all the same, and flagged.

use std::sync::Arc;

use super::loading;
use super::report::say;
use crate::anomaly::{Doubt, Finding, Outcome, fix_of};
use crate::compute::Device;
use crate::error::{Error, ErrorKind, Result};
use crate::models::gate::{Doorkeeper, Gate, Terms, stated};
use crate::models::{Entry, Model};
use crate::radiograph::{Correction, Film, Radiograph};
use crate::task::{Task, no_wake};
use crate::training::WeightsFolders;

/// Loaded models and who looks at films before they do.
pub(super) struct Gated {
    models: Vec<Box<dyn Model>>,
    /// None where its weights cannot be used.
    gate: Option<Box<dyn Doorkeeper>>,
    /// Loads the same on the processor; none where it computes already.
    on_processor: Option<Box<dyn FnOnce() -> Result<Self>>>,
}

/// A film as models are to see it.
#[derive(Clone)]
struct Looked {
    terms: Terms,
    seen: Arc<Radiograph>,
    size: (usize, usize),
    /// What there is to doubt of it.
    found: Vec<Finding>,
}

impl Gated {
    /// Loads models and the gate, onto the processor where the device fails. Without the gate's weights
    /// models are asked all the same, and it is said that nobody looked.
    pub(super) fn load(
        entries: &[&'static Entry],
        weights: &WeightsFolders,
        device: &Device,
    ) -> Result<Self> {
        match Self::onto(entries, weights, device) {
            Err(error) if error.kind == ErrorKind::Device && !device.is_cpu() => {
                say_given_up(&error);
                Self::onto(entries, weights, &Device::Cpu)
            }
            loaded => loaded,
        }
    }

    fn onto(entries: &[&'static Entry], weights: &WeightsFolders, device: &Device) -> Result<Self> {
        let models = entries
            .iter()
            .map(|entry| loading::load(entry, weights, device));
        let models = models.collect::<Result<_>>()?;
        let gate = match Gate::load(weights, device) {
            Ok(gate) => Some(Box::new(gate) as Box<dyn Doorkeeper>),
            Err(error) if error.kind == ErrorKind::Device => return Err(error),
            Err(error) => {
                let (message, advice) = (error.message, error.advice);
                say(&format!(
                    "The input gate cannot be used: {message}. {advice}"
                ));
                None
            }
        };
        let (entries, weights) = (entries.to_vec(), weights.to_owned());
        let on_processor = move || Self::load(&entries, &weights, &Device::Cpu);
        Ok(Self {
            models,
            gate,
            on_processor: match device.is_cpu() {
                true => None,
                false => Some(Box::new(on_processor)),
            },
        })
    }

    /// Looks at a film and asks every model. When the device fails, the processor takes over from this
    /// film on, and that is said.
    ///
    /// # Errors
    /// When the film cannot be looked at, or the processor cannot take over.
    pub(super) fn answers(&mut self, film: &Film, mend: bool) -> Result<Vec<Result<Outcome>>> {
        let answers = self.attempt(film, mend);
        let failed = match &answers {
            Err(error) => Some(error),
            Ok(answers) => answers.iter().find_map(|answer| answer.as_ref().err()),
        };
        let Some(error) = failed.filter(|error| error.kind == ErrorKind::Device) else {
            return answers;
        };
        let Some(on_processor) = self.on_processor.take() else {
            return answers;
        };
        say_given_up(error);
        *self = on_processor()?;
        self.attempt(film, mend)
    }

    fn attempt(&mut self, film: &Film, mend: bool) -> Result<Vec<Result<Outcome>>> {
        let looked = self.look(film, mend)?;
        let models = self.models.iter_mut();
        Ok(models.map(|model| looked.ask(&mut **model)).collect())
    }

    /// Looks at a film; with `mend` it is laid and inverted as it should be first, for the models.
    ///
    /// # Errors
    /// When the device fails.
    fn look(&mut self, film: &Film, mend: bool) -> Result<Looked> {
        let raster = &film.radiograph.raster;
        let mut looked = Looked {
            terms: Terms {
                known: stated(&film.source),
                age_years: crate::models::stated_age(&film.source),
                ..Terms::again(Correction::NONE)
            },
            seen: film.radiograph.clone(),
            size: (raster.width(), raster.height()),
            found: Vec::new(),
        };
        let Some(gate) = &mut self.gate else {
            let words = "Nobody looked whether this is an upright frontal chest film.";
            looked.found = vec![Finding::note(Doubt::Unchecked, words)];
            return Ok(looked);
        };
        let mut found = gate.look(&looked.seen)?;
        if let Some(fix) = fix_of(&found).filter(|_| mend) {
            looked.terms.correction = fix;
            looked.seen = Arc::new(fix.of(&looked.seen)?);
            found = gate.look(&looked.seen)?;
        }
        (looked.found, _) = looked.terms.weigh(found);
        Ok(looked)
    }
}

fn say_given_up(error: &Error) {
    let (message, advice) = (&error.message, &error.advice);
    say(&format!(
        "{message}; models now compute on the processor. {advice}"
    ));
}

impl Looked {
    /// Asks a model; a panic of the model becomes an error of this film.
    ///
    /// # Errors
    /// When the model fails.
    fn ask(&self, model: &mut (dyn Model + 'static)) -> Result<Outcome> {
        let looked = self.clone();
        let (task, job) = Task::split(
            no_wake(),
            move |model: &mut (dyn Model + 'static), progress| {
                let film = (&*looked.seen, looked.size);
                looked.terms.ask(model, film, looked.found, progress)
            },
        );
        job.run(model);
        task.wait()
    }
}

#[cfg(test)]
mod tests {
    use super::super::stub::{Stub, film};
    use super::*;

    /// Takes every film that is wider than it is high for a turned one.
    struct Turner;

    impl Doorkeeper for Turner {
        fn look(&mut self, film: &Radiograph) -> Result<Vec<Finding>> {
            let turned = film.raster.width() > film.raster.height();
            let finding = Finding::unfit(Doubt::Pose, "The film seems to be turned.");
            let mut fix = Correction::NONE;
            fix.pose.quarter_turns = 1;
            Ok(turned.then(|| finding.mended_by(fix)).into_iter().collect())
        }
    }

    fn wide_film() -> Film {
        let mut film = film(0.4);
        let samples: Vec<f32> = (0..32).map(|i| i as f32).collect();
        let raster = crate::radiograph::Raster::new(8, 4, samples).unwrap();
        let wide = Radiograph::new(raster, Vec::new(), crate::radiograph::Polarity::Identity);
        film.radiograph = Arc::new(wide.unwrap());
        film
    }

    #[test]
    fn a_turned_film_is_flagged_or_mended_and_laid_back() {
        let film = wide_film();
        let mut gated = Gated {
            models: vec![Box::new(Stub::new())],
            gate: Some(Box::new(Turner)),
            on_processor: None,
        };
        let flagged = gated.look(&film, false).unwrap();
        let flagged = flagged.ask(&mut *gated.models[0]).unwrap();
        assert_eq!(flagged.flag().unwrap(), "FLAGGED: turned or mirrored");
        assert_eq!(flagged.gate[0].kind, Doubt::Pose);
        let mended = gated.look(&film, true).unwrap();
        assert_eq!(mended.seen.raster.width(), 4);
        let mended = mended.ask(&mut *gated.models[0]).unwrap();
        let words = mended.flag().unwrap();
        assert_eq!(words, "FLAGGED: analysed as if turned by 90° to the right");
        assert_eq!(mended.gate[0].kind, Doubt::Corrected);
        // What was found lies on the film as it is stored.
        assert_eq!(mended.input_region.xywh(), [0.0, 0.0, 8.0, 4.0]);
        assert_eq!(mended.maps[0].placed.place.xywh(), [0.0, 0.0, 8.0, 4.0]);
    }

    /// A device that fails at every film.
    struct Lost;

    impl Doorkeeper for Lost {
        fn look(&mut self, _: &Radiograph) -> Result<Vec<Finding>> {
            Err(Error::new(
                ErrorKind::Device,
                "the GPU was lost",
                "Restart.",
            ))
        }
    }

    #[test]
    fn when_the_device_fails_the_processor_takes_over_with_the_film_at_hand() {
        let on = |gate: Box<dyn Doorkeeper>| Gated {
            models: vec![Box::new(Stub::new())],
            gate: Some(gate),
            on_processor: None,
        };
        let mut gated = Gated {
            on_processor: Some(Box::new(move || Ok(on(Box::new(Turner))))),
            ..on(Box::new(Lost))
        };
        for _ in 0..2 {
            let answers = gated.answers(&wide_film(), false).unwrap();
            assert!(answers[0].is_ok());
        }
        let error = on(Box::new(Lost)).answers(&wide_film(), false).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Device);
    }
}
