//! The bare networks, trained or not: what `silhouette forward` runs on tensors.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use candle_core::DType;

use super::import::Importer;
use super::{Stored, dgm, fanogan, healthygan, squid};
use crate::compute::{Device, Input, Runner, Tensor};
use crate::error::{Error, ErrorKind, Result};

/// A paper's network without preprocessing or a reading of the outcome.
pub struct Network {
    /// Its name on the command line.
    pub id: &'static str,
    /// Its name for people.
    pub title: &'static str,
    /// Runs it and returns its named outputs.
    pub forward: Forward,
    /// Builds it as benchmarks run it.
    pub bench: fn(&Device) -> Result<Bench>,
    /// How its papers' public checkpoints become its weights; none where there are no such checkpoints.
    pub import: Option<Importer>,
}

/// A network as a function of tensors.
pub type Run = Box<dyn Fn(&[Tensor]) -> Result<Vec<Tensor>> + Send>;

/// A network as benchmarks run it: untrained, at a size that is the same everywhere.
pub struct Bench {
    /// The network and its sizes, as benchmarks of other programs name it.
    pub name: &'static str,
    /// A film's `(C, H, W)`.
    pub film: [usize; 3],
    /// From films `(N, C, H, W)` to everything that a reading of the outcome needs.
    pub network: Run,
}

/// Runs a bare network: weights, settings as `key=value`, and the inputs.
pub type Forward = fn(&BareWeights, &[String], &Inputs) -> Result<Vec<(String, Tensor)>>;

/// Weights for a bare network.
pub enum BareWeights {
    /// Computed by the formula of a named reference.
    Formula(String),
    /// Stored tensors.
    Stored(Stored),
}

impl BareWeights {
    /// Returns stored weights, for networks that no formula is known for.
    ///
    /// # Errors
    /// When a formula is asked for.
    pub(super) fn stored(&self) -> Result<&Stored> {
        match self {
            Self::Formula(name) => Err(unknown_formula(name, "--weights")),
            Self::Stored(stored) => Ok(stored),
        }
    }
}

/// Named input tensors.
#[derive(Clone)]
pub struct Inputs(HashMap<String, Tensor>);

/// Returns every bare network.
pub fn networks() -> &'static [Network] {
    &[
        squid::NETWORK,
        dgm::NETWORK,
        fanogan::NETWORK,
        healthygan::NETWORK,
    ]
}

/// Returns the bare network of an id, or says which there are.
///
/// # Errors
/// When there is no such network.
pub fn network(id: &str) -> Result<&'static Network> {
    let network = networks().iter().find(|network| network.id == id);
    network.ok_or_else(|| {
        let known: Vec<&str> = networks().iter().map(|network| network.id).collect();
        Error::new(
            ErrorKind::Usage,
            format!("“{id}” is no network of this program"),
            format!("Use one of: {}.", known.join(", ")),
        )
    })
}

impl Inputs {
    /// Takes tensors as a file holds them, in single precision.
    ///
    /// # Errors
    /// When one holds no numbers.
    pub fn new(tensors: HashMap<String, candle_core::Tensor>) -> Result<Self> {
        let tensors = tensors.into_iter().map(|(name, tensor)| {
            let single = tensor.to_dtype(DType::F32)?;
            Ok((name, Tensor::Candle(single)))
        });
        Ok(Self(tensors.collect::<Result<_>>()?))
    }

    /// Returns the films: the tensor named `input`, or as a reference names it.
    ///
    /// # Errors
    /// When there is none.
    pub fn films(&self, reference_name: &str) -> Result<Tensor> {
        let found = self.find("input").or(self.find(reference_name));
        found.ok_or_else(|| {
            Error::new(
                ErrorKind::Usage,
                "the input file has no tensor named “input”",
                "Store the films under that name.",
            )
        })
    }

    /// Returns the tensor of a name, if there is one.
    pub fn find(&self, name: &str) -> Option<Tensor> {
        self.0.get(name).cloned()
    }
}

impl Network {
    /// Runs the network on a device, as trained models run there, and returns its named outputs.
    ///
    /// # Errors
    /// When weights or inputs do not fit the network, and when the device fails.
    pub fn run(
        &self,
        weights: BareWeights,
        settings: Vec<String>,
        inputs: &Inputs,
        device: &Device,
    ) -> Result<Vec<(String, Tensor)>> {
        let mut names: Vec<&String> = inputs.0.keys().collect();
        names.sort();
        // A file of weights may be a file of inputs as well; only what the network asks for counts,
        // and that is the tensors that are called an input.
        names.retain(|name| name.starts_with("input") || name.starts_with("in."));
        let samples = names.iter().map(|&name| inputs.0[name].to_samples());
        let samples: Vec<Vec<f32>> = samples.collect::<Result<_>>()?;
        let given: Vec<Input<'_>> = names
            .iter()
            .zip(&samples)
            .map(|(&name, samples)| Input {
                samples,
                dims: inputs.0[name].dims(),
            })
            .collect();
        let labels: Arc<Mutex<Vec<String>>> = Arc::default();
        let (heard, forward) = (labels.clone(), self.forward);
        let asked: Vec<String> = names.iter().map(|&name| name.clone()).collect();
        let mut runner = Runner::new(device, move |tensors| {
            let named = asked.iter().cloned().zip(tensors.iter().cloned());
            let outputs = forward(&weights, &settings, &Inputs(named.collect()))?;
            let (labels, outputs): (Vec<String>, Vec<Tensor>) = outputs.into_iter().unzip();
            *heard.lock().unwrap_or_else(PoisonError::into_inner) = labels;
            Ok(outputs)
        });
        let outputs = runner.run(&given, &mut |_| Ok(()))?;
        let labels = labels
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let named = labels.into_iter().zip(outputs);
        named
            .map(|(name, output)| Ok((name, Tensor::from_samples(output.samples, &output.dims)?)))
            .collect()
    }
}

/// Refuses settings, for networks whose sizes are known without.
///
/// # Errors
/// When there are any.
pub(super) fn no_settings(settings: &[String]) -> Result<()> {
    let Some(setting) = settings.first() else {
        return Ok(());
    };
    Err(Error::new(
        ErrorKind::Usage,
        format!("“{setting}” cannot be set: this network's sizes follow from its weights"),
        "Leave --config away.",
    ))
}

/// Says that a formula's name is not known.
pub(super) fn unknown_formula(name: &str, known: &str) -> Error {
    Error::new(
        ErrorKind::Usage,
        format!("“{name}” is no reference of this network"),
        format!("Use {known}."),
    )
}

/// Checks that films are `(N, channels, side, side)`.
///
/// # Errors
/// When they are not.
pub(super) fn check_films(films: &Tensor, channels: usize, side: usize) -> Result<()> {
    let found = films.dims();
    if matches!(found, &[_, c, h, w] if (c, h, w) == (channels, side, side)) {
        return Ok(());
    }
    Err(misshapen(
        films,
        &format!("(N, {channels}, {side}, {side})"),
    ))
}

/// Checks that films are `(N, channels, 8·n, 8·n)`, for networks that take any size.
///
/// # Errors
/// When they are not.
pub(super) fn check_channels(films: &Tensor, channels: usize) -> Result<()> {
    let found = films.dims();
    if matches!(found, &[_, c, h, w] if c == channels && h == w && h % 8 == 0 && h > 0) {
        return Ok(());
    }
    let wanted = format!("(N, {channels}, S, S) with S a multiple of 8");
    Err(misshapen(films, &wanted))
}

fn misshapen(films: &Tensor, wanted: &str) -> Error {
    Error::new(
        ErrorKind::Usage,
        format!(
            "the input is {:?}, this network takes {wanted}",
            films.dims()
        ),
        "Give a tensor named “input” of that shape.",
    )
}

#[cfg(test)]
mod tests {
    use candle_core::Device;

    use super::*;

    fn tensors(names: &[&str]) -> HashMap<String, candle_core::Tensor> {
        let tensor = candle_core::Tensor::zeros((2, 3), DType::F64, &Device::Cpu).unwrap();
        let named = names.iter().map(|&name| (name.to_owned(), tensor.clone()));
        named.collect()
    }

    #[test]
    fn every_trained_model_has_its_bare_network() {
        // A slow baseline runs another model's networks.
        let entries = super::super::registry().iter();
        for entry in entries.filter(|entry| !entry.slow) {
            assert_eq!(network(entry.id).unwrap().title, entry.title);
        }
        assert!(network("squid2").is_err());
    }

    #[test]
    fn reference_files_name_weights_with_a_prefix() {
        for prefix in ["", "w."] {
            let names =
                ["G.a", "G.b1", "G.b2", "GG.c", "in.x"].map(|name| format!("{prefix}{name}"));
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let stored = Stored::new(tensors(&names));
            assert_eq!(stored.size("G.a", 1).unwrap(), 3);
            assert!(stored.size("G.a", 2).is_err());
            assert_eq!(stored.count(1, |index| format!("G.b{index}")), 2);
            let builder = stored.part("G");
            let fill = crate::compute::Fill::Constant(0.0);
            builder.root().trained("a", &[2, 3], fill).unwrap();
            assert!(builder.root().trained("c", &[2, 3], fill).is_err());
        }
    }

    #[test]
    fn films_go_by_their_own_name_or_the_references() {
        for (name, found) in [("input", true), ("in.x", true), ("in.y", false)] {
            let films = Inputs::new(tensors(&[name])).unwrap().films("in.x");
            assert_eq!(films.is_ok(), found, "{name}");
        }
        let films = Tensor::from_samples(vec![0.0; 48], &[1, 3, 4, 4]).unwrap();
        assert!(check_films(&films, 3, 4).is_ok() && check_films(&films, 1, 4).is_err());
        assert!(check_channels(&films, 3).is_err(), "4 is no multiple of 8");
    }
}
