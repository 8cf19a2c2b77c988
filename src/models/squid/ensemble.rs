//! The networks of one weights file, used together: several checkpoints of one run.

use std::collections::HashMap;

use candle_core::Tensor as Candle;

use super::config::Config;
use super::network::{Discriminator, Generator, Norm, Shortcut, Trace};
use crate::compute::{Builder, Device, Input, Mode, Runner, Source, Tensor};
use crate::error::{Error, ErrorKind, Result};

/// Checkpoints that see each film together.
pub(super) struct Ensemble {
    runner: Runner,
    members: usize,
    pub(super) side: usize,
}

/// Tensors a member yields: the film in-painted, the film copied, and the judge's two logits.
const OUTPUTS: usize = 4;

/// One film through all members, as plain numbers.
pub(super) struct Seen {
    /// The film as the networks see it, `side²` greys.
    pub(super) film: Vec<f32>,
    /// How surely each place lies inside a lung, from 0 to 1.
    pub(super) inside: Vec<f32>,
    /// The film in-painted, the members' mean.
    pub(super) student: Vec<f32>,
    /// The film copied by the plain autoencoder, the members' mean.
    pub(super) teacher: Vec<f32>,
    /// Per member the discriminator's logits on the in-painted film and on the film itself; larger
    /// for more real.
    pub(super) logits: Vec<[f32; 2]>,
}

impl Ensemble {
    /// Builds the members from tensors named `0.G.…`, `0.D.…`, `1.G.…` and so on.
    ///
    /// # Errors
    /// When there is no member, or a tensor is missing or has another shape.
    pub(super) fn stored(
        tensors: &HashMap<String, Candle>,
        config: &Config,
        device: &Device,
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
            let generator = Builder::new(Source::Stored(generator)).on(device);
            let judge = Builder::new(Source::Stored(judge)).on(device);
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
            members: members.len(),
            runner: Runner::new(device, move |films| all_see(&members, &films[0])),
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
        self.members
    }

    /// Shows a film of `side²` greys to every member; `between` hears the share that is done and
    /// may end it.
    pub(super) fn see(
        &mut self,
        film: Vec<f32>,
        inside: &[f32],
        between: &mut dyn FnMut(f32) -> Result<()>,
    ) -> Result<Seen> {
        let mut seen = self.see_all(vec![film], inside, between)?;
        seen.pop()
            .ok_or_else(|| Error::internal("a film was shown and none was seen"))
    }

    /// Shows films to every member as one batch. No film's result depends on the others.
    pub(super) fn see_all(
        &mut self,
        films: Vec<Vec<f32>>,
        inside: &[f32],
        between: &mut dyn FnMut(f32) -> Result<()>,
    ) -> Result<Vec<Seen>> {
        let input = Input {
            samples: &films.concat(),
            dims: &[films.len(), 1, self.side, self.side],
        };
        let outputs = self.runner.run(&[input], between)?;
        let share = 1.0 / self.members as f32;
        let each = films.into_iter().enumerate().map(|(index, film)| {
            let range = index * film.len()..(index + 1) * film.len();
            let mut seen = Seen {
                student: vec![0.0; film.len()],
                teacher: vec![0.0; film.len()],
                film,
                inside: inside.to_vec(),
                logits: Vec::with_capacity(self.members),
            };
            for member in outputs.chunks_exact(OUTPUTS) {
                add(&mut seen.student, &member[0].samples[range.clone()], share);
                add(&mut seen.teacher, &member[1].samples[range.clone()], share);
                seen.logits
                    .push([member[2].samples[index], member[3].samples[index]]);
            }
            seen
        });
        Ok(each.collect())
    }
}

/// What all members make of films `(B, 1, side, side)`, [`OUTPUTS`] tensors each.
fn all_see(members: &[(Generator, Discriminator)], films: &Tensor) -> Result<Vec<Tensor>> {
    let mut outputs = Vec::with_capacity(OUTPUTS * members.len());
    for (generator, judge) in members {
        let mut trace = Trace::off();
        let pass = generator.forward(films, Mode::Use, &mut Shortcut::Closed, &mut trace)?;
        let teacher = pass
            .teacher
            .ok_or_else(|| Error::internal("a member was built without its teacher"))?;
        let logits = [
            judge.forward(&pass.student, Norm::Film)?,
            judge.forward(films, Norm::Film)?,
        ];
        outputs.extend([pass.student, teacher]);
        outputs.extend(logits);
    }
    Ok(outputs)
}

fn add(sum: &mut [f32], picture: &[f32], share: f32) {
    for (sum, sample) in sum.iter_mut().zip(picture) {
        *sum += share * sample;
    }
}

impl Seen {
    /// The root mean square of film − copy: how foreign the film is to the autoencoder.
    pub(super) fn copy_error(&self) -> f32 {
        let squares = self.film.iter().zip(&self.teacher);
        let sum: f32 = squares.map(|(a, b)| (a - b) * (a - b)).sum();
        (sum / self.film.len() as f32).sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_film_of_a_batch_depends_on_the_others() {
        let config = Config::TINY;
        let (generator, judge) = (
            Builder::new(Source::seeded(1)),
            Builder::new(Source::seeded(2)),
        );
        Generator::new(&generator.root(), &config, true).unwrap();
        Discriminator::new(&judge.root(), &config).unwrap();
        let parts = [("G", generator), ("D", judge)];
        let parts = parts.into_iter().flat_map(|(part, builder)| {
            let weights = builder.finish().tensors().unwrap().into_iter();
            weights.map(move |(name, weight)| (format!("{part}.{name}"), weight))
        });
        let tensors = Ensemble::named(vec![parts.collect()]);
        let mut ensemble = Ensemble::stored(&tensors, &config, &Device::Cpu).unwrap();
        let film = |seed: usize| -> Vec<f32> {
            let greys =
                (0..config.side * config.side).map(|i| ((i * (seed + 3)) % 97) as f32 / 97.0);
            greys.collect()
        };
        let inside = vec![1.0; config.side * config.side];
        let between = &mut |_| Ok(());
        let films = vec![film(0), film(1), film(2)];
        let together = ensemble.see_all(films, &inside, between).unwrap();
        for (index, seen) in together.iter().enumerate() {
            let alone = ensemble.see(film(index), &inside, between).unwrap();
            assert_eq!(seen.film, alone.film);
            let near = |a: &[f32], b: &[f32]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-5);
            assert!(near(&seen.student, &alone.student));
            assert!(near(&seen.teacher, &alone.teacher));
            let logits = seen.logits.iter().zip(&alone.logits);
            assert!(logits.into_iter().all(|(a, b)| near(a, b)));
        }
        let students = together.iter().map(|seen| &seen.student);
        let students: Vec<_> = students.collect();
        assert!(students.windows(2).all(|pair| pair[0] != pair[1]));
    }
}
