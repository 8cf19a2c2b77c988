//! Running a network again and again on whatever device there is.

use std::sync::{Arc, Mutex, PoisonError};

use super::cuda::Replays;
use super::gpu;
use super::program::{Plan, Recorded, StepTime, plan, record};
use super::{Device, Precision, Tensor, cpu};
use crate::error::{Error, Result};

/// A network as a function of tensors.
type Network = Box<dyn Fn(&[Tensor]) -> Result<Vec<Tensor>> + Send>;

/// A network that can be run on a thread of its own.
pub(super) type SharedNetwork = Arc<Mutex<Network>>;

/// A network on a device. The first run at an input size lays the network out for it; later runs at
/// that size only compute.
pub struct Runner {
    device: Device,
    precision: Precision,
    network: SharedNetwork,
    ready: Vec<Ready>,
    replays: Replays,
}

/// An input of a network.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// Row-major.
    pub samples: &'a [f32],
    /// Sizes, as in `(N, C, H, W)`.
    pub dims: &'a [usize],
}

/// An output of a network.
#[derive(Clone, Debug, PartialEq)]
pub struct Output {
    /// Row-major.
    pub samples: Vec<f32>,
    /// Sizes.
    pub dims: Vec<usize>,
}

/// A network laid out for input sizes.
struct Ready {
    inputs: Vec<Vec<usize>>,
    outputs: Vec<Vec<usize>>,
    cost: u64,
    bytes: u64,
    steps: Vec<StepTime>,
    engine: Engine,
}

enum Engine {
    Cpu(Box<cpu::Engine>),
    Gpu(Box<gpu::Engine>),
}

impl Runner {
    /// Prepares a network for a device. Its weights must live where [`Device`] wants them: they are
    /// built with [`super::Builder::on`] that device.
    pub fn new(
        device: &Device,
        network: impl Fn(&[Tensor]) -> Result<Vec<Tensor>> + Send + 'static,
    ) -> Self {
        Self {
            device: device.clone(),
            precision: Precision::Single,
            network: Arc::new(Mutex::new(Box::new(network))),
            ready: Vec::new(),
            replays: Replays::default(),
        }
    }

    /// Stores samples and weights in another precision, where the engine can. (On CUDA the device says it:
    /// [`Device::storing`].)
    #[must_use]
    pub fn storing(mut self, precision: Precision) -> Self {
        self.precision = precision;
        self
    }

    /// Runs the network. `between` hears the share that is done (0 to 1) every few milliseconds and
    /// may stop the run with an error.
    ///
    /// # Errors
    /// When the inputs do not fit the network, when `between` stops it, or when the device fails.
    pub fn run(
        &mut self,
        inputs: &[Input<'_>],
        between: &mut dyn FnMut(f32) -> Result<()>,
    ) -> Result<Vec<Output>> {
        if let Device::Cuda(cuda) = &self.device {
            let outputs = self.replays.run(&self.network, inputs, cuda);
            return outputs.map_err(super::cuda::failed);
        }
        let ready = self.at(inputs)?;
        let samples: Vec<&[f32]> = inputs.iter().map(|input| input.samples).collect();
        let outputs = match &mut ready.engine {
            Engine::Cpu(engine) => {
                engine.run(&samples, between)?;
                let outputs = 0..ready.outputs.len();
                outputs.map(|index| engine.output(index).to_vec()).collect()
            }
            Engine::Gpu(engine) => engine.run(&samples, between)?,
        };
        let dims = ready.outputs.iter().cloned();
        let outputs = outputs.into_iter().zip(dims);
        Ok(outputs
            .map(|(samples, dims)| Output { samples, dims })
            .collect())
    }

    /// Bytes for the sizes of the last run laid out: of arena and weights on the processor, of all buffers
    /// on a GPU; unknown on CUDA.
    pub fn bytes(&self) -> Option<u64> {
        Some(self.ready.last()?.bytes)
    }

    /// Multiplications and additions (MAC) of a run on such inputs, which the network is laid out for; it
    /// is not run.
    ///
    /// # Errors
    /// When the inputs do not fit the network, and on CUDA.
    pub fn cost(&mut self, inputs: &[Input<'_>]) -> Result<u64> {
        Ok(self.at(inputs)?.cost)
    }

    /// Lets go of what was laid out for the sizes of inputs so far.
    pub fn forget(&mut self) {
        self.ready.clear();
        self.replays = Replays::default();
    }

    /// Runs the network once and measures each step, where the engine can.
    ///
    /// # Errors
    /// As [`Self::run`].
    pub fn profile(&mut self, inputs: &[Input<'_>]) -> Result<Vec<StepTime>> {
        if let Device::Cuda(_) = self.device {
            return Ok(Vec::new());
        }
        let samples: Vec<&[f32]> = inputs.iter().map(|input| input.samples).collect();
        let ready = self.at(inputs)?;
        match &mut ready.engine {
            Engine::Gpu(engine) => {
                engine.run(&samples, &mut |_| Ok(()))?;
                let seconds = engine.step_seconds()?.unwrap_or_default();
                for (step, seconds) in ready.steps.iter_mut().zip(seconds) {
                    step.seconds = seconds;
                }
                Ok(ready.steps.clone())
            }
            Engine::Cpu(engine) => {
                engine.set_profiling(true);
                engine.run(&samples, &mut |_| Ok(()))?;
                engine.set_profiling(false);
                Ok(engine.timings().to_vec())
            }
        }
    }

    /// The network laid out for these inputs, now or before.
    fn at(&mut self, inputs: &[Input<'_>]) -> Result<&mut Ready> {
        let fits = |ready: &Ready| {
            let dims = ready.inputs.iter().map(Vec::as_slice);
            dims.eq(inputs.iter().map(|input| input.dims))
        };
        let index = match self.ready.iter().position(fits) {
            Some(index) => index,
            None => {
                let ready = self.lay_out(inputs)?;
                self.ready.push(ready);
                self.ready.len() - 1
            }
        };
        Ok(&mut self.ready[index])
    }

    fn lay_out(&self, inputs: &[Input<'_>]) -> Result<Ready> {
        let dims: Vec<&[usize]> = inputs.iter().map(|input| input.dims).collect();
        let network = self.network.lock().unwrap_or_else(PoisonError::into_inner);
        let (graph, outputs) = record(&dims, |recorded| run_recorded(&network, recorded))?;
        drop(network);
        let plan = plan(graph)?;
        let cost = plan.cost();
        let samples_bytes = 4 * plan.samples() as u64;
        let steps = plan.steps.iter().map(StepTime::of).collect();
        let engine = self.engine(plan)?;
        let bytes = match &engine {
            Engine::Cpu(_) => samples_bytes,
            Engine::Gpu(engine) => engine.bytes(),
        };
        Ok(Ready {
            inputs: dims.into_iter().map(<[usize]>::to_vec).collect(),
            outputs,
            cost,
            bytes,
            steps,
            engine,
        })
    }

    fn engine(&self, plan: Plan) -> Result<Engine> {
        match &self.device {
            Device::Cpu => {
                let engine = cpu::Engine::new(plan, rayon::current_num_threads())?;
                Ok(Engine::Cpu(Box::new(engine)))
            }
            Device::Wgpu(gpu) => {
                let engine = gpu::Engine::new(gpu, &plan, self.precision)?;
                Ok(Engine::Gpu(Box::new(engine)))
            }
            Device::Cuda(_) => Err(Error::internal("candle lays nothing out")),
        }
    }
}

fn run_recorded(
    network: &Network,
    inputs: &[Recorded],
) -> Result<(Vec<Recorded>, Vec<Vec<usize>>)> {
    let like = inputs
        .first()
        .ok_or_else(|| Error::internal("a network takes at least one input"))?;
    let tensors: Vec<Tensor> = inputs.iter().cloned().map(Tensor::Recorded).collect();
    let outputs = network(&tensors)?;
    let dims = outputs
        .iter()
        .map(|output| output.dims().to_vec())
        .collect();
    let outputs = outputs.iter().map(|output| output.recorded_as(like));
    Ok((outputs.collect::<Result<_>>()?, dims))
}
