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
use super::transfer::{self, Direction, Stamp, Transfer};
use super::{Gpu, Precision, fault, setup};
use crate::error::{Error, ErrorKind, Result};

/// Submissions that wait at a time: one runs while the next is recorded, and a window's frame waits
/// for no more than these.
const MOST_IN_FLIGHT: usize = 2;

/// A network on a GPU.
pub(crate) struct Engine {
    pub(super) gpu: Gpu,
    inputs: Transfer,
    pub(super) outputs: Transfer,
    input_lens: Vec<usize>,
    output_lens: Vec<usize>,
    /// Of the last run.
    pub(super) stamp: Stamp,
    bytes: u64,
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
        let mut dispatches: Vec<_> =
            transfer::dispatches(Kernel::Give, half, &plan.inputs).collect();
        dispatches.extend(lowered.dispatches);
        dispatches.extend(transfer::dispatches(Kernel::Take, half, &plan.outputs));
        let inputs = Transfer::new(gpu, transfer::samples_of(&plan.inputs), 1, Direction::In)?;
        let given = transfer::samples_of(&plan.outputs);
        // Every submission has a dispatch at least.
        let outputs = Transfer::new(gpu, given, dispatches.len(), Direction::Out)?;
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
            output_lens: plan.outputs.iter().map(ExactSizeIterator::len).collect(),
            stamp: 0,
            bytes: [&arena, &scratch, &numbers]
                .map(wgpu::Buffer::size)
                .iter()
                .sum::<u64>()
                + weights.bytes()
                + inputs.bytes()
                + outputs.bytes(),
            inputs,
            outputs,
            effort: dispatches.iter().map(|dispatch| dispatch.effort).sum(),
            dispatches,
            bind_groups,
            pace: Pace::new(gpu.is_software()),
        })
    }

    /// Runs the network on inputs and returns outputs, both as the plan orders them. `between` is called
    /// now and then with the share that is done; its error ends the run.
    ///
    /// # Errors
    /// When `between` says so, or the GPU is lost or gives a part of the run up.
    pub(crate) fn run(
        &mut self,
        inputs: &[&[f32]],
        between: &mut dyn FnMut(f32) -> Result<()>,
    ) -> Result<Vec<Vec<f32>>> {
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

    /// Bytes of all buffers on the GPU and of those that the processor maps.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    fn submit_all(
        &mut self,
        inputs: &[&[f32]],
        between: &mut dyn FnMut(f32) -> Result<()>,
    ) -> Result<Vec<Vec<f32>>> {
        self.stamp = self.stamp.wrapping_add(1);
        self.inputs.write(&self.gpu, inputs, Some(self.stamp))?;
        self.pace.begin();
        let mut in_flight = VecDeque::new();
        let (mut next, mut submissions) = (0, 0);
        let mut finished = 0.0;
        while next < self.dispatches.len() || !in_flight.is_empty() {
            if next < self.dispatches.len() {
                in_flight.push_back(self.submit_from(&mut next, submissions));
                submissions += 1;
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
        let run = (self.stamp, submissions);
        self.outputs.read(&self.gpu, &self.output_lens, run)
    }

    /// Waits until a submission is done; `meanwhile` is called now and then.
    fn wait(
        &mut self,
        submission: &Submission,
        meanwhile: &mut dyn FnMut() -> Result<()>,
    ) -> Result<()> {
        const MOMENT: Duration = Duration::from_millis(100);
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
            std::thread::sleep(self.pace.pause(submission.effort, submission.at));
        }
    }

    /// Submits dispatches from `next` on, as many as take a few milliseconds; at least one.
    fn submit_from(&self, next: &mut usize, submission: usize) -> Submission {
        let budget = self.pace.budget(submission == 0);
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
            if effort > 0.0 && effort + dispatch.effort > budget {
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
        self.inputs
            .record_stamp(&mut encoder, &self.outputs, submission);
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
