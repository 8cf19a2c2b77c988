//! From checkpoints' tensors to a network's weights, with an account of each.

use std::collections::{BTreeMap, HashMap};

use candle_core::Tensor;

use super::recognition::{Find, nothing_public, recognise};
use super::{Asked, Checkpoint, Importer, wrong_model};
use crate::error::{Error, Result};
use crate::models::{Network, Stored};

/// What became of checkpoints.
pub struct Import {
    /// An account of every tensor that was there and of every weight that was missing.
    pub lines: Vec<Line>,
    /// Why nothing can be used, or the weights by name with the settings that running them takes.
    pub outcome: Result<Weights>,
}

/// Imported weights.
pub struct Weights {
    /// The weights as the bare network names them, in single precision.
    pub tensors: BTreeMap<String, Tensor>,
    /// Settings for running the network with them, each `key=value`.
    pub settings: Vec<String>,
    /// What the checkpoint did not tell and was taken for granted.
    pub notes: &'static [&'static str],
}

/// What became of a tensor.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// The checkpoint's place among those given; none for a weight that no checkpoint has.
    pub checkpoint: Option<usize>,
    /// Its path in the checkpoint, or the weight's name when it is missing.
    pub tensor: String,
    /// Its shape.
    pub dims: Vec<usize>,
    /// What became of it.
    pub fate: Fate,
}

/// What can become of a tensor.
#[derive(Clone, Debug, PartialEq)]
pub enum Fate {
    /// It is the weight of that name.
    Mapped(String),
    /// It is not needed, and why.
    Ignored(&'static str),
    /// It should be the weight of that name, which has another shape.
    Misshapen(String, Vec<usize>),
    /// It belongs to a state dict that has no such tensor in this configuration.
    Unknown,
    /// The network needs it, and no checkpoint has it.
    Missing,
}

/// Numbers a network may ask for, as a multiple of those in the checkpoint: what is missing counts.
const ALLOWED: usize = 4;
/// Numbers that any network may ask for.
const ALWAYS_ALLOWED: usize = 1 << 20;

/// Imports checkpoints as a network's weights; only what lies below the path `below`, if given.
///
/// # Errors
/// When the checkpoints are another network's. Where the network is right and weights do not fit, the
/// account is returned with the reason.
pub fn import(
    network: &Network,
    checkpoints: &[Checkpoint],
    below: Option<&str>,
) -> Result<Import> {
    let Some(importer) = &network.import else {
        return Err(nothing_public(network, checkpoints, below));
    };
    let finds = recognise(network, importer, checkpoints, below)?;
    let mut taken = Taken::new(importer, checkpoints, &finds)?;
    let stored: HashMap<String, Tensor> = taken
        .weights
        .iter()
        .map(|(name, weight)| (name.clone(), weight.tensor.clone()))
        .collect();
    let numbers = stored.values().map(Tensor::elem_count).sum::<usize>();
    let asked = Asked::at_most(
        numbers
            .saturating_mul(ALLOWED)
            .saturating_add(ALWAYS_ALLOWED),
    );
    let layout = (importer.lay_out)(&Stored::new(stored), &asked);
    if asked.exceeded() {
        return Err(wrong_model(
            "the weights' sizes contradict each other: the first ask for many more than there are",
            "Use a checkpoint that the paper's public code wrote.",
        ));
    }
    let layout = layout?;
    let tensors = taken.settle(&asked, layout.unused);
    let outcome = match refusal(network, &taken.lines) {
        None => Ok(Weights {
            tensors,
            settings: layout.settings,
            notes: layout.notes,
        }),
        Some(error) => Err(error),
    };
    taken
        .lines
        .sort_by(|a, b| (&a.tensor, a.checkpoint).cmp(&(&b.tensor, b.checkpoint)));
    Ok(Import {
        lines: taken.lines,
        outcome,
    })
}

/// A tensor that may be a weight.
struct Weight {
    tensor: Tensor,
    checkpoint: usize,
    path: String,
}

/// Tensors that may be weights, and lines for those that are not.
struct Taken {
    weights: BTreeMap<String, Weight>,
    lines: Vec<Line>,
}

impl Taken {
    fn new(importer: &Importer, checkpoints: &[Checkpoint], finds: &[Find]) -> Result<Self> {
        let mut taken = Self {
            weights: BTreeMap::new(),
            lines: Vec::new(),
        };
        for (index, checkpoint) in checkpoints.iter().enumerate() {
            for path in checkpoint.names() {
                let inside =
                    |find: &&Find| find.checkpoint == index && path.starts_with(&find.prefix);
                // The innermost state dict that holds it.
                let find = finds
                    .iter()
                    .filter(inside)
                    .max_by_key(|find| find.prefix.len());
                let why = match find {
                    None => Some("outside of the network's state dicts"),
                    Some(find) => why_ignored(importer, &path[find.prefix.len()..]),
                };
                if let (Some(find), None) = (find, why) {
                    let name = format!("{}.{}", find.part, &path[find.prefix.len()..]);
                    let weight = Weight {
                        tensor: checkpoint.tensor(path)?,
                        checkpoint: index,
                        path: path.to_owned(),
                    };
                    taken.weights.insert(name, weight);
                    continue;
                }
                taken.lines.push(Line {
                    checkpoint: Some(index),
                    tensor: path.to_owned(),
                    dims: checkpoint.dims(path).unwrap_or_default().to_vec(),
                    fate: Fate::Ignored(why.unwrap_or_default()),
                });
            }
        }
        Ok(taken)
    }

    /// Holds the tensors against what the network asks for; returns those that fit. What is `unused`
    /// need not fit.
    fn settle(
        &mut self,
        asked: &Asked,
        unused: &[(&str, &'static str)],
    ) -> BTreeMap<String, Tensor> {
        let mut missing = asked.shapes();
        let mut fitting = BTreeMap::new();
        for (name, weight) in std::mem::take(&mut self.weights) {
            let dims = weight.tensor.dims().to_vec();
            let reason = unused.iter().find(|(first, _)| name.starts_with(first));
            let fate = match missing.remove(&name) {
                None => reason.map_or(Fate::Unknown, |(_, why)| Fate::Ignored(why)),
                Some(wanted) if wanted != dims => Fate::Misshapen(name, wanted),
                Some(_) => {
                    fitting.insert(name.clone(), weight.tensor);
                    Fate::Mapped(name)
                }
            };
            self.lines.push(Line {
                checkpoint: Some(weight.checkpoint),
                tensor: weight.path,
                dims,
                fate,
            });
        }
        self.lines
            .extend(missing.into_iter().map(|(tensor, dims)| Line {
                checkpoint: None,
                tensor,
                dims,
                fate: Fate::Missing,
            }));
        fitting
    }
}

/// Why a tensor of a state dict is no weight, if it is not.
fn why_ignored(importer: &Importer, name: &str) -> Option<&'static str> {
    let ignored = importer.ignored.iter();
    let mut reasons = ignored.filter(|(part, _)| name.contains(part));
    if let Some((_, why)) = reasons.next() {
        return Some(why);
    }
    // A checkpoint may keep its optimisers beside the weights, in a dictionary of their own.
    let beside = ["opt", "scheduler", "lr_scheduler"];
    let optimiser = beside.iter().any(|first| name.starts_with(first));
    optimiser.then_some("the optimiser's")
}

/// Says why weights that do not fit cannot be used, by the first that do not.
fn refusal(network: &Network, lines: &[Line]) -> Option<Error> {
    let of = |wanted: fn(&Fate) -> bool| {
        let found: Vec<&Line> = lines.iter().filter(|line| wanted(&line.fate)).collect();
        let first = found.first()?;
        Some((found.len(), (*first).clone()))
    };
    let title = network.title;
    let advice = format!(
        "Use a checkpoint of the configuration that {title}'s paper publishes; other ones have other networks."
    );
    if let Some((count, line)) = of(|fate| matches!(fate, Fate::Misshapen(..))) {
        let Fate::Misshapen(name, wanted) = &line.fate else {
            return None;
        };
        return Some(wrong_model(
            format!(
                "{count} tensors do not fit {title}: the first, “{}”, is {:?}, and “{name}” is {wanted:?}",
                line.tensor, line.dims
            ),
            advice,
        ));
    }
    if let Some((count, line)) = of(|fate| matches!(fate, Fate::Unknown)) {
        return Some(wrong_model(
            format!(
                "{count} tensors have no place in {title}, the first is “{}”: the checkpoint computes something else",
                line.tensor
            ),
            advice,
        ));
    }
    let (count, line) = of(|fate| matches!(fate, Fate::Missing))?;
    Some(wrong_model(
        format!(
            "{count} weights of {title} are missing, the first is “{}”",
            line.tensor
        ),
        advice,
    ))
}
