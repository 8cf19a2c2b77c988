//! The named weights of a network: where they come from, and which of them are trained.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap};

use candle_core::{DType, Var};
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::{Device, Tensor};
use crate::error::{Error, ErrorKind, Result};

/// A weight of a network, under the name its public checkpoint uses.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// The value, which training overwrites in place.
    pub variable: Var,
    /// Whether the optimiser moves it; running statistics and memories are only stored.
    pub trained: bool,
}

thread_local! {
    static HISTORY: Cell<bool> = const { Cell::new(true) };
}

/// Runs a network of which nobody will ask for gradients: its weights are given to it without history,
/// so that nothing is kept for a way back.
pub(super) fn without_history<R>(work: impl FnOnce() -> R) -> R {
    struct Restored(bool);
    impl Drop for Restored {
        fn drop(&mut self) {
            HISTORY.set(self.0);
        }
    }
    let _restored = Restored(HISTORY.replace(false));
    work()
}

impl Parameter {
    /// Returns the value, as part of the graph where it is trained and history is kept.
    pub fn tensor(&self) -> Tensor {
        let value = self.variable.as_tensor();
        Tensor::Candle(if self.trained && HISTORY.get() {
            value.clone()
        } else {
            value.detach()
        })
    }
}

/// All weights of a network by name.
#[derive(Clone, Debug, Default)]
pub struct Parameters(pub BTreeMap<String, Parameter>);

impl Parameters {
    /// Returns the weights the optimiser moves, by name.
    pub fn trained(&self) -> impl Iterator<Item = (&String, &Var)> {
        self.0
            .iter()
            .filter(|(_, parameter)| parameter.trained)
            .map(|(name, parameter)| (name, &parameter.variable))
    }

    /// Returns every weight as it is now, by name.
    ///
    /// # Errors
    /// When a copy fails.
    pub fn tensors(&self) -> Result<HashMap<String, candle_core::Tensor>> {
        let copy = |parameter: &Parameter| parameter.variable.as_tensor().detach().copy();
        self.0
            .iter()
            .map(|(name, parameter)| Ok((name.clone(), copy(parameter)?)))
            .collect()
    }

    /// Returns the number of trained samples.
    pub fn trained_samples(&self) -> usize {
        self.trained()
            .map(|(_, variable)| variable.elem_count())
            .sum()
    }
}

/// How a weight begins when nothing is stored.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fill {
    /// All the same.
    Constant(f64),
    /// Uniform in ± the bound.
    Uniform(f64),
}

impl Fill {
    /// PyTorch's default for convolutions and linear layers: uniform in ± 1/√(inputs).
    pub fn by_inputs(inputs: usize) -> Self {
        Self::Uniform(1.0 / (inputs.max(1) as f64).sqrt())
    }
}

/// Computes a weight from its full name and its shape.
pub type Formula = Box<dyn Fn(&str, &[usize]) -> Vec<f32>>;

/// Where weights come from.
pub enum Source {
    /// A stored state dict.
    Stored(HashMap<String, candle_core::Tensor>),
    /// The weights of a network in training, which this one shares and holds still: they have no
    /// gradients here.
    Frozen(Parameters),
    /// A random start.
    Random(Box<RefCell<ChaCha8Rng>>),
    /// A function of name and shape.
    Formula(Formula),
}

impl Source {
    /// Makes a random start that is the same for the same seed.
    pub fn seeded(seed: u64) -> Self {
        Self::Random(Box::new(RefCell::new(ChaCha8Rng::seed_from_u64(seed))))
    }
}

/// Builds a network's weights while its layers ask for them.
pub struct Builder {
    source: Source,
    precision: DType,
    device: candle_core::Device,
    built: RefCell<Parameters>,
}

impl Builder {
    /// Begins with a source, in single precision.
    pub fn new(source: Source) -> Self {
        Self {
            source,
            precision: DType::F32,
            device: candle_core::Device::Cpu,
            built: RefCell::default(),
        }
    }

    /// Builds in double precision, for checking gradients.
    pub fn in_double_precision(mut self) -> Self {
        self.precision = DType::F64;
        self
    }

    /// Builds the weights where a device wants them.
    pub fn on(mut self, device: &Device) -> Self {
        self.device = device.candle();
        if device.dtype() != DType::F32 {
            self.precision = device.dtype();
        }
        self
    }

    /// Returns the scope at the root of the names.
    pub fn root(&self) -> Scope<'_> {
        Scope {
            builder: self,
            path: String::new(),
        }
    }

    /// Returns all the weights that were asked for.
    pub fn finish(self) -> Parameters {
        self.built.into_inner()
    }

    fn make(&self, name: &str, shape: &[usize], fill: Fill) -> Result<candle_core::Tensor> {
        let device = candle_core::Device::Cpu;
        let tensor = match &self.source {
            Source::Stored(stored) => {
                let tensor = stored.get(name).ok_or_else(|| missing(name))?;
                if tensor.dims() != shape {
                    return Err(mismatched(name, tensor.dims(), shape));
                }
                tensor.clone()
            }
            Source::Frozen(_) => return Err(missing(name)),
            Source::Formula(formula) => {
                candle_core::Tensor::from_vec(formula(name, shape), shape, &device)?
            }
            Source::Random(random) => {
                let count: usize = shape.iter().product();
                let mut random = random.borrow_mut();
                let samples: Vec<f32> = match fill {
                    Fill::Constant(value) => vec![value as f32; count],
                    Fill::Uniform(bound) => (0..count)
                        .map(|_| random.random_range(-1.0_f64..1.0) as f32 * bound as f32)
                        .collect(),
                };
                candle_core::Tensor::from_vec(samples, shape, &device)?
            }
        };
        let placed = tensor.to_device(&self.device);
        let placed = placed.and_then(|tensor| tensor.to_dtype(self.precision));
        placed.map_err(|cause| self.failed(cause))
    }

    /// Makes a weight, of which candle keeps a copy of its own.
    fn variable(&self, name: &str, shape: &[usize], fill: Fill) -> Result<Var> {
        let made = self.make(name, shape, fill)?;
        Var::from_tensor(&made).map_err(|cause| self.failed(cause))
    }

    /// A GPU whose memory does not suffice is the device's fault, so that the processor takes over.
    fn failed(&self, cause: candle_core::Error) -> Error {
        match self.device.is_cuda() {
            true => super::cuda::failed(cause.into()),
            false => cause.into(),
        }
    }
}

/// A place in the tree of names; paths spell those of the public checkpoint.
#[derive(Clone)]
pub struct Scope<'b> {
    builder: &'b Builder,
    path: String,
}

impl Scope<'_> {
    /// Returns the place below this one.
    pub fn at(&self, name: impl std::fmt::Display) -> Self {
        let path = if self.path.is_empty() {
            name.to_string()
        } else {
            format!("{}.{name}", self.path)
        };
        Self {
            builder: self.builder,
            path,
        }
    }

    /// Makes a weight that the optimiser moves.
    ///
    /// # Errors
    /// When a stored state dict lacks it or has it in another shape.
    pub fn trained(&self, name: &str, shape: &[usize], fill: Fill) -> Result<Parameter> {
        self.make(name, shape, fill, true)
    }

    /// Makes a weight that is stored but not trained.
    ///
    /// # Errors
    /// When a stored state dict lacks it or has it in another shape.
    pub fn stored(&self, name: &str, shape: &[usize], fill: Fill) -> Result<Parameter> {
        self.make(name, shape, fill, false)
    }

    fn make(&self, name: &str, shape: &[usize], fill: Fill, trained: bool) -> Result<Parameter> {
        let name = self.at(name).path;
        let parameter = match &self.builder.source {
            Source::Frozen(parameters) => frozen(parameters, &name, shape)?,
            _ => Parameter {
                variable: self.builder.variable(&name, shape, fill)?,
                trained,
            },
        };
        let mut built = self.builder.built.borrow_mut();
        built.0.insert(name, parameter.clone());
        Ok(parameter)
    }
}

/// A weight that another network trains, under the same name.
fn frozen(parameters: &Parameters, name: &str, shape: &[usize]) -> Result<Parameter> {
    let found = parameters.0.get(name).ok_or_else(|| missing(name))?;
    if found.variable.dims() != shape {
        return Err(mismatched(name, found.variable.dims(), shape));
    }
    Ok(Parameter {
        variable: found.variable.clone(),
        trained: false,
    })
}

fn missing(name: &str) -> Error {
    Error::new(
        ErrorKind::WrongModel,
        format!("the weights lack “{name}”"),
        "These weights belong to another network or configuration; choose the right file.",
    )
}

fn mismatched(name: &str, found: &[usize], wanted: &[usize]) -> Error {
    Error::new(
        ErrorKind::WrongModel,
        format!("“{name}” is {found:?} in the weights, {wanted:?} in this network"),
        "These weights belong to another network or configuration; choose the right file.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_history_weights_are_as_if_held_still_until_it_ends() {
        let builder = Builder::new(Source::Formula(Box::new(|_, _| vec![2.0])));
        let weight = builder.root().trained("weight", &[1], Fill::Constant(0.0));
        let weight = weight.unwrap();
        let tracked = || weight.tensor().candle().unwrap().track_op();
        assert!(tracked());
        assert!(!without_history(tracked));
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            without_history(|| panic!("in the middle of a network"));
        }));
        assert!(panicked.is_err() && tracked());
    }
}
