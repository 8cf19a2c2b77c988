//! A network's kernel launches, captured once in a CUDA graph and launched together ever after: at
//! one film a time, launching kernel by kernel takes longer than the kernels.

#![allow(unsafe_code)]

use std::sync::mpsc::{Sender, channel};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use candle_core::cuda_backend::cudarc::driver::{CudaGraph, sys};
use candle_core::{CpuStorage, CudaStorage, DType, InplaceOp1, Layout, Tensor as Candle, bail};

use super::constants::{Constants, with_constants};
use super::{Cuda, at_once};
use crate::compute::parameters::without_history;
use crate::compute::runner::{Input, Output, SharedNetwork};
use crate::error::{Error, Result};

/// The captured runs of a network, one for each input size.
#[derive(Default)]
pub(in crate::compute) struct Replays {
    kept: Vec<Replay>,
    /// A network that cannot be captured is run launch by launch.
    refused: bool,
}

struct Replay {
    inputs: Vec<Candle>,
    outputs: Vec<Candle>,
    graph: Graph,
    /// What the network uploaded while it ran; the graph reads it where it lies.
    _constants: Constants,
}

/// A graph that may move to another thread.
struct Graph(CudaGraph);

// SAFETY: a graph may not be used by two threads at a time. It is launched under `ALONE` and dropped
// by its owner alone.
unsafe impl Send for Graph {}

/// All networks share one stream, and what another thread launches on it while a graph is captured
/// would become part of that graph.
static ALONE: Mutex<()> = Mutex::new(());

/// Waits until nothing is captured or replayed, and keeps it so.
pub(super) fn alone() -> MutexGuard<'static, ()> {
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Replays {
    pub(in crate::compute) fn run(
        &mut self,
        network: &SharedNetwork,
        inputs: &[Input<'_>],
        cuda: &Cuda,
    ) -> Result<Vec<Output>> {
        if !cuda.captures {
            return at_once(network, inputs, cuda);
        }
        let _alone = alone();
        if self.refused {
            return at_once(network, inputs, cuda);
        }
        let fits = |replay: &Replay| {
            let dims = replay.inputs.iter().map(Candle::dims);
            dims.eq(inputs.iter().map(|input| input.dims))
        };
        let index = match self.kept.iter().position(fits) {
            Some(index) => index,
            None => match captured(network, inputs, cuda)? {
                Some(replay) => {
                    self.kept.push(replay);
                    self.kept.len() - 1
                }
                None => {
                    self.refused = true;
                    return at_once(network, inputs, cuda);
                }
            },
        };
        self.kept[index].run(inputs).or_else(|cause| {
            // A graph has memory of its own, for which there may be no room where there is for the
            // launches one by one.
            log::warn!(
                "a captured network is run launch by launch: {}",
                cause.message
            );
            self.kept.clear();
            self.refused = true;
            at_once(network, inputs, cuda)
        })
    }
}

impl Replay {
    fn run(&self, inputs: &[Input<'_>]) -> Result<Vec<Output>> {
        for (buffer, input) in self.inputs.iter().zip(inputs) {
            buffer.inplace_op1(&Upload(input.samples))?;
        }
        self.graph.0.launch().map_err(candle_core::Error::wrap)?;
        let outputs = self.outputs.iter().map(|output| {
            Ok(Output {
                samples: output.flatten_all()?.to_vec1()?,
                dims: output.dims().to_vec(),
            })
        });
        outputs.collect()
    }
}

/// Captures a run, or says that this network cannot be captured.
fn captured(network: &SharedNetwork, inputs: &[Input<'_>], cuda: &Cuda) -> Result<Option<Replay>> {
    let buffers = inputs.iter().map(|input| {
        let buffer = Candle::from_slice(input.samples, input.dims, &cuda.device)?;
        Ok(buffer)
    });
    let buffers: Vec<Candle> = buffers.collect::<Result<_>>()?;
    let (network, cuda) = (network.clone(), cuda.clone());
    on_the_capturing_thread(move || capture(&network, &cuda, buffers))?
}

fn capture(network: &SharedNetwork, cuda: &Cuda, inputs: Vec<Candle>) -> Result<Option<Replay>> {
    let device = cuda.device.as_cuda_device()?;
    let stream = device.cuda_stream();
    // Sizes and strides that kernels read on the device are uploaded in the first run and found
    // there by the captured one.
    let _sizes = device.enable_cuda_graph_htod_cache();
    let network = network.lock().unwrap_or_else(PoisonError::into_inner);
    let run = || -> Result<Vec<Candle>> {
        let inputs = cuda.given(&inputs)?;
        let outputs = without_history(|| network(&inputs))?;
        let outputs = outputs.iter().map(|output| {
            let output = output.candle()?.to_dtype(DType::F32)?;
            Ok(output.contiguous()?)
        });
        outputs.collect()
    };
    let (outputs, constants) = with_constants(Constants::default(), &run);
    let outputs: Vec<Candle> = outputs?
        .iter()
        .map(candle_core::Tensor::copy)
        .collect::<candle_core::Result<_>>()?;
    stream.synchronize().map_err(candle_core::Error::wrap)?;
    let mode = sys::CUstreamCaptureMode::CU_STREAM_CAPTURE_MODE_THREAD_LOCAL;
    if stream.begin_capture(mode).is_err() {
        return Ok(None);
    }
    let again = || -> Result<()> {
        // Where the outputs lie outlasts the capture; all else is freed within it.
        for (kept, found) in outputs.iter().zip(run()?) {
            kept.slice_set(&found, 0, 0)?;
        }
        Ok(())
    };
    // A capture that is left open would swallow all that is launched on the stream ever after, and
    // candle and cudarc panic where the capture was broken.
    let again = || {
        let ended = std::panic::catch_unwind(std::panic::AssertUnwindSafe(again));
        ended.unwrap_or_else(|_| Err(Error::internal("the network cannot be captured")))
    };
    let (written, constants) = with_constants(constants, again);
    let graph = stream.end_capture(sys::CUgraphInstantiate_flags(0));
    match (written, graph) {
        (Ok(()), Ok(Some(graph))) => Ok(Some(Replay {
            inputs,
            outputs,
            graph: Graph(graph),
            _constants: constants,
        })),
        _ => {
            // What could not be captured is no error of what follows.
            let _cleared = stream.context().check_err();
            Ok(None)
        }
    }
}

/// Overwrites a tensor's samples.
struct Upload<'a>(&'a [f32]);

impl InplaceOp1 for Upload<'_> {
    fn name(&self) -> &'static str {
        "upload"
    }

    fn cpu_fwd(&self, _: &mut CpuStorage, _: &Layout) -> candle_core::Result<()> {
        bail!("inputs of a captured network lie on the GPU")
    }

    fn cuda_fwd(&self, storage: &mut CudaStorage, _: &Layout) -> candle_core::Result<()> {
        let device = storage.device.clone();
        device.memcpy_htod(self.0, storage.as_cuda_slice_mut::<f32>()?)
    }
}

type Job = Box<dyn FnOnce() + Send>;

/// Runs `work` on the thread that captures all graphs. candle keeps the sizes that a graph reads in
/// the memory of the thread that captured it, so that thread must not end.
fn on_the_capturing_thread<R: Send + 'static>(
    work: impl FnOnce() -> R + Send + 'static,
) -> Result<R> {
    static JOBS: OnceLock<Mutex<Sender<Job>>> = OnceLock::new();
    let gone = || Error::internal("the thread that captures CUDA graphs is gone");
    let jobs = JOBS.get_or_init(|| {
        let (sender, jobs) = channel::<Job>();
        std::thread::spawn(move || {
            while let Ok(job) = jobs.recv() {
                let _panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(job));
            }
        });
        Mutex::new(sender)
    });
    let (answer, answered) = channel();
    let job: Job = Box::new(move || {
        let _nobody_waits = answer.send(work());
    });
    let jobs = jobs.lock().unwrap_or_else(PoisonError::into_inner);
    jobs.send(job).map_err(|_| gone())?;
    answered.recv().map_err(|_| gone())
}
