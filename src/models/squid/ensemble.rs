//! The networks of one weights file, used together: several checkpoints of one run.

use std::collections::HashMap;

use candle_core::Tensor as Candle;

use super::config::Config;
use super::network::{Discriminator, Generator, Norm, Shortcut, Trace};
use crate::compute::{Builder, Device, Mode, Source, Tensor};
use crate::error::{Error, ErrorKind, Result};

/// Checkpoints that see each film together.
pub(super) struct Ensemble {
    members: Vec<(Generator, Discriminator)>,
    device: Device,
    pub(super) side: usize,
}

/// One film through all members, as plain numbers.
pub(super) struct Seen {
    /// The film as the networks see it, `side²` greys.
    pub(super) film: Vec<f32>,
    /// The film in-painted, the members' mean.
    pub(super) student: Vec<f32>,
    /// The film copied by the plain autoencoder, the members' mean.
    pub(super) teacher: Vec<f32>,
    /// Per member the discriminator's logits on the in-painted film and on the film itself; larger
    /// for more real.
    pub(super) logits: Vec<[f32; 2]>,
}

impl Ensemble {
    /// Builds the members on a device, from tensors named `0.G.…`, `0.D.…`, `1.G.…` and so on.
    ///
    /// # Errors
    /// When there is no member, a tensor is missing or has another shape, or the device cannot be
    /// opened.
    pub(super) fn stored(
        tensors: &HashMap<String, Candle>,
        config: &Config,
        device: Device,
    ) -> Result<Self> {
        let part = |prefix: String| {
            let named: HashMap<_, _> = tensors
                .iter()
                .filter_map(|(name, tensor)| Some((name.strip_prefix(&prefix)?, tensor)))
                .map(|(name, tensor)| (name.to_owned(), tensor.clone()))
                .collect();
            named
        };
        let mut members = Vec::new();
        loop {
            let member = members.len();
            let (generator, judge) = (part(format!("{member}.G.")), part(format!("{member}.D.")));
            if generator.is_empty() {
                break;
            }
            let generator = Builder::new(Source::Stored(generator)).on(device)?;
            let judge = Builder::new(Source::Stored(judge)).on(device)?;
            members.push((
                Generator::new(&generator.root(), config, true)?,
                Discriminator::new(&judge.root(), config)?,
            ));
        }
        if members.is_empty() {
            return Err(Error::new(
                ErrorKind::WrongModel,
                "the weights hold no SQUID network",
                "Use weights that `silhouette train squid` wrote.",
            ));
        }
        Ok(Self {
            members,
            device,
            side: config.side,
        })
    }

    /// Puts the numbers of the members before their tensors' names, as [`Self::stored`] reads them.
    pub(super) fn named(members: Vec<HashMap<String, Candle>>) -> HashMap<String, Candle> {
        let numbered = members.into_iter().enumerate();
        numbered
            .flat_map(|(member, tensors)| {
                tensors
                    .into_iter()
                    .map(move |(name, tensor)| (format!("{member}.{name}"), tensor))
            })
            .collect()
    }

    /// Returns the number of members.
    pub(super) fn len(&self) -> usize {
        self.members.len()
    }

    /// Shows a film of `side²` greys to every member; `between` is asked after each whether to go
    /// on.
    pub(super) fn see(
        &self,
        film: Vec<f32>,
        mut between: impl FnMut(usize) -> Result<()>,
    ) -> Result<Seen> {
        let share = 1.0 / self.members.len() as f32;
        let mut seen = Seen {
            student: vec![0.0; film.len()],
            teacher: vec![0.0; film.len()],
            film,
            logits: Vec::with_capacity(self.members.len()),
        };
        let shape = [1, 1, self.side, self.side];
        let input = self.device.tensor(seen.film.clone(), &shape)?;
        for (index, (generator, judge)) in self.members.iter().enumerate() {
            let mut trace = Trace::off();
            let pass = generator.forward(&input, Mode::Use, &mut Shortcut::Closed, &mut trace)?;
            add(&mut seen.student, &pass.student, share)?;
            if let Some(teacher) = &pass.teacher {
                add(&mut seen.teacher, teacher, share)?;
            }
            let logit = |film: &Tensor| -> Result<f32> {
                Ok(judge.forward(film, Norm::Film)?.to_number()? as f32)
            };
            seen.logits.push([logit(&pass.student)?, logit(&input)?]);
            between(index)?;
        }
        Ok(seen)
    }
}

fn add(sum: &mut [f32], picture: &Tensor, share: f32) -> Result<()> {
    for (sum, sample) in sum.iter_mut().zip(picture.to_samples()?) {
        *sum += share * sample;
    }
    Ok(())
}

impl Seen {
    /// The root mean square of film − copy: how foreign the film is to the autoencoder.
    pub(super) fn copy_error(&self) -> f32 {
        let squares = self.film.iter().zip(&self.teacher);
        let sum: f32 = squares.map(|(a, b)| (a - b) * (a - b)).sum();
        (sum / self.film.len() as f32).sqrt()
    }

    /// The plain |film − in-painted film|, in shares of the grey range.
    pub(super) fn difference(&self) -> Vec<f32> {
        let pairs = self.film.iter().zip(&self.student);
        pairs
            .map(|(film, student)| (film - student).abs())
            .collect()
    }
}
