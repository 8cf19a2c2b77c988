//! Running a plan.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::super::program::Plan;
use super::kernel::Kernel;
use super::lower::{Bound, Lowered};
use super::pace::Pace;
use super::resources::{self, Ready, Stored};
use super::transfer::{self, Direction, Transfer};
use super::{Gpu, Precision, fault, setup};
use crate::error::{Error, ErrorKind, Result};

/// Submissions that wait at a time: one runs while the next is recorded, and a window's frame waits
/// for no more than these.
const MOST_IN_FLIGHT: usize = 2;

/// A network on a GPU.
pub(crate) struct Engine {
    pub(super) gpu: Gpu,
    inputs: Transfer,
    outputs: Transfer,
    input_lens: Vec<usize>,
    found: Vec<Vec<f32>>,
    pub(super) dispatches: Vec<Ready>,
    pub(super) bind_groups: HashMap<Bound, wgpu::BindGroup>,
    effort: f64,
    pace: Pace,
}

/// Commands on their way.
struct Submission {
    done: Arc<AtomicBool>,
    effort: f64,
    at: Instant,
}

impl Engine {
    /// Uploads a network's weights and compiles its kernels.
    ///
    /// # Errors
    /// When the GPU's limits or memory do not suffice, or it has no 16-bit floats and they are
    /// asked for.
    pub(crate) fn new(gpu: &Gpu, plan: &Plan, precision: Precision) -> Result<Self> {
        gpu.check()?;
        if precision == Precision::Half && !gpu.has_half() {
            return Err(Error::new(
                ErrorKind::Device,
                format!(
                    "the GPU “{}” cannot store 16-bit floats (SHADER_F16)",
                    gpu.name()
                ),
                "Use single precision.",
            ));
        }
        fault::guarded(gpu.device(), "load a network", || {
            Self::loaded(gpu, plan, precision)
        })
    }

    fn loaded(gpu: &Gpu, plan: &Plan, precision: Precision) -> Result<Self> {
        let half = precision == Precision::Half;
        let arena = setup::arena(gpu, plan, precision)?;
        let lowered = Lowered::new(plan, half, setup::means(gpu));
        let scratch_bytes = 16 * lowered.scratch_quads;
        gpu.check_size("the network's scratch memory", scratch_bytes as u64)?;
        let scratch = wgpu::BufferUsages::STORAGE;
        let scratch = resources::buffer(gpu, "scratch", scratch_bytes, scratch);
        let weights = Stored::new(gpu, &lowered.weights, precision)?;
        let inputs = Transfer::new(gpu, transfer::samples_of(&plan.inputs), Direction::In)?;
        let outputs = Transfer::new(gpu, transfer::samples_of(&plan.outputs), Direction::Out)?;

        let mut dispatches: Vec<_> =
            transfer::dispatches(Kernel::Give, half, &plan.inputs).collect();
        dispatches.extend(lowered.dispatches);
        dispatches.extend(transfer::dispatches(Kernel::Take, half, &plan.outputs));
        let (dispatches, numbers) = resources::ready(gpu, &dispatches)?;
        let bind = |read: wgpu::BindingResource<'_>, written: &wgpu::Buffer| {
            setup::bind_group(gpu, [&arena, &numbers, written], read)
        };
        let mut bind_groups = HashMap::new();
        for dispatch in &dispatches {
            bind_groups
                .entry(dispatch.bound)
                .or_insert_with(|| match dispatch.bound {
                    Bound::Nothing => bind(inputs.bound.as_entire_binding(), &scratch),
                    Bound::Weights(index) => bind(weights.binding(index), &scratch),
                    Bound::Transfer => bind(inputs.bound.as_entire_binding(), &outputs.bound),
                });
        }
        setup::give_constants(gpu, plan, half, &arena)?;
        Ok(Self {
            gpu: gpu.clone(),
            input_lens: plan.inputs.iter().map(ExactSizeIterator::len).collect(),
            found: plan.outputs.iter().map(|at| vec![0.0; at.len()]).collect(),
            inputs,
            outputs,
            effort: dispatches.iter().map(|dispatch| dispatch.effort).sum(),
            dispatches,
            bind_groups,
            pace: Pace::new(gpu.is_software()),
        })
    }

    /// Runs the network on inputs as the plan orders them. `between` is called now and then with the
    /// share that is done; its error ends the run.
    ///
    /// # Errors
    /// When `between` says so, or the GPU is lost.
    pub(crate) fn run(
        &mut self,
        inputs: &[&[f32]],
        between: &mut dyn FnMut(f32) -> Result<()>,
    ) -> Result<()> {
        self.gpu.check()?;
        let lens = inputs.iter().map(|input| input.len());
        if !lens.eq(self.input_lens.iter().copied()) {
            return Err(Error::internal(
                "a network was given other inputs than it takes",
            ));
        }
        let device = self.gpu.device().clone();
        let outcome = fault::guarded(&device, "run a network", || {
            self.submit_all(inputs, between)
        });
        // What is wrong with a lost device is only that.
        self.gpu.check()?;
        outcome
    }

    /// An output of the last run, as the plan orders them.
    pub(crate) fn output(&self, index: usize) -> &[f32] {
        &self.found[index]
    }

    fn submit_all(
        &mut self,
        inputs: &[&[f32]],
        between: &mut dyn FnMut(f32) -> Result<()>,
    ) -> Result<()> {
        self.inputs.write(&self.gpu, inputs)?;
        self.pace.begin();
        let mut in_flight = VecDeque::new();
        let mut next = 0;
        let mut finished = 0.0;
        while next < self.dispatches.len() || !in_flight.is_empty() {
            if next < self.dispatches.len() {
                in_flight.push_back(self.submit_from(&mut next));
            }
            let all_submitted = next == self.dispatches.len();
            while in_flight.len() >= MOST_IN_FLIGHT || (all_submitted && !in_flight.is_empty()) {
                let Some(submission) = in_flight.pop_front() else {
                    break;
                };
                let share = (finished / self.effort) as f32;
                self.wait(&submission, &mut || between(share))?;
                finished += submission.effort;
                between((finished / self.effort).min(1.0) as f32)?;
            }
        }
        self.outputs.read(&self.gpu, &mut self.found)
    }

    /// Waits until a submission is done; `meanwhile` is called now and then.
    fn wait(
        &mut self,
        submission: &Submission,
        meanwhile: &mut dyn FnMut() -> Result<()>,
    ) -> Result<()> {
        const MOMENT: Duration = Duration::from_millis(100);
        let pause = self.pace.pause(submission.effort);
        let mut spoke = Instant::now();
        loop {
            self.gpu.look()?;
            if submission.done.load(Ordering::Acquire) {
                self.pace.done(submission.effort, submission.at);
                return Ok(());
            }
            if spoke.elapsed() > MOMENT {
                meanwhile()?;
                spoke = Instant::now();
            }
            std::thread::sleep(pause);
        }
    }

    /// Submits dispatches from `next` on, as many as take a few milliseconds; at least one.
    fn submit_from(&self, next: &mut usize) -> Submission {
        let mut encoder = self.encoder();
        if *next == 0 {
            self.inputs.record(&mut encoder, Direction::In);
        }
        let mut effort = 0.0;
        let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor {
            label: Some("network"),
            timestamp_writes: None,
        });
        while let Some(dispatch) = self.dispatches.get(*next) {
            if effort > 0.0 && effort + dispatch.effort > self.pace.budget() {
                break;
            }
            if let Some(bind_group) = self.bind_groups.get(&dispatch.bound) {
                dispatch.record(&mut pass, bind_group);
            }
            effort += dispatch.effort;
            *next += 1;
        }
        drop(pass);
        if *next == self.dispatches.len() {
            self.outputs.record(&mut encoder, Direction::Out);
        }
        let done = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&done);
        let queue = self.gpu.queue();
        queue.submit([encoder.finish()]);
        queue.on_submitted_work_done(move || told.store(true, Ordering::Release));
        Submission {
            done,
            effort,
            at: Instant::now(),
        }
    }

    pub(super) fn encoder(&self) -> wgpu::CommandEncoder {
        let label = Some("network");
        let device = self.gpu.device();
        device.create_command_encoder(&wgpu::CommandEncoderDescriptor { label })
    }
}
