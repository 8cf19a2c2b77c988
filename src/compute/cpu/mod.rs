//! The engine for processors: plans prepared as jobs over one arena, run by threads that stay awake.
//!
//! Convolutions take one of three ways (`Direct`, `Winograd`, `Narrow`), all over weights laid out once
//! in the order the kernels read them. Which vectors are used (AVX-512, AVX2, NEON) is decided when
//! the program runs.

mod arena;
mod check;
mod combine;
mod crew;
mod direct;
mod grid;
mod job;
mod math;
mod multiply;
mod narrow;
mod norm;
mod pad;
mod panels;
mod resample;
mod rows;
mod scale;
mod tile;
mod winograd;

use std::ops::Range;
use std::time::Instant;

use super::program::{Convolve, Plan, Step, StepTime};
use crate::error::{Error, Result};
use arena::Arena;
use crew::{Crew, Work};
use job::{Ground, Job, Stage};
use tile::Vectors;

/// What is asked between steps costs as much as this many multiplications and additions at least.
const ASK: u64 = 1 << 22;

/// Runs one plan on the processor.
pub(crate) struct Engine {
    crew: Crew<Network>,
    inputs: Vec<Range<usize>>,
    outputs: Vec<Range<usize>>,
    /// For each step, its stages, counted over the run.
    schedule: Vec<Vec<(usize, Stage)>>,
    timings: Vec<StepTime>,
    profiling: bool,
}

/// The prepared steps and what they work on.
struct Network {
    arena: Arena,
    jobs: Vec<Box<dyn Job>>,
    /// For each stage of the run: the job, and its stage.
    stages: Vec<(usize, usize)>,
    /// The first thread's scratch.
    own: usize,
    own_len: usize,
}

impl Work for Network {
    fn chunk(&self, stage: usize, chunk: usize, worker: usize) {
        let (job, stage) = self.stages[stage];
        let own = self.own + worker * self.own_len;
        self.jobs[job].run(&self.arena, stage, chunk, own);
    }
}

/// Rounded up to whole cache lines.
fn whole_lines(samples: usize) -> usize {
    samples.next_multiple_of(16)
}

impl Engine {
    /// Lays weights out and allocates the arena and all scratch; nothing is allocated later.
    ///
    /// Fails when a step of the plan reaches beyond the arena or its sizes contradict each other.
    pub(crate) fn new(plan: Plan, threads: usize) -> Result<Self> {
        check::plan(&plan)?;
        let channels = plan.steps.iter().map(|step| match step {
            Step::Convolve(step) => step.x.channels,
            _ => 0,
        });
        let zeros = whole_lines(plan.arena);
        let ground = Ground {
            vectors: Vectors::detect(),
            threads: threads.max(1),
            zeros,
            shared: zeros + whole_lines(channels.max().unwrap_or(0)),
        };
        let jobs: Vec<_> = plan
            .steps
            .iter()
            .map(|step| prepare(step, &ground))
            .collect();
        let most = |of: fn(&dyn Job) -> usize| jobs.iter().map(|job| of(&**job)).max().unwrap_or(0);
        let own = ground.shared + whole_lines(most(|job| job.shared()));
        let own_len = whole_lines(most(|job| job.own()));
        let threads = ground.threads;
        let arena = Arena::new(own + threads * own_len);
        for (first, samples) in &plan.constants {
            arena
                .part_mut(*first, samples.len())
                .copy_from_slice(samples);
        }
        let mut stages = Vec::new();
        let schedule = jobs.iter().enumerate().map(|(job, prepared)| {
            let of_job = prepared.stages().into_iter().enumerate();
            let numbered = of_job.map(|(index, stage)| {
                stages.push((job, index));
                (stages.len() - 1, stage)
            });
            numbered.collect()
        });
        let schedule = schedule.collect();
        let network = Network {
            arena,
            jobs,
            stages,
            own,
            own_len,
        };
        // The plan's kernels end here, unless somebody else holds them: jobs have their own layout.
        Ok(Self {
            crew: Crew::new(network, threads)?,
            inputs: plan.inputs,
            outputs: plan.outputs,
            schedule,
            timings: plan.steps.iter().map(StepTime::of).collect(),
            profiling: false,
        })
    }

    /// Runs the plan. `between` is asked after each larger step whether to go on (with the share of
    /// the cost that is done, in 0..=1); its error stops the run.
    ///
    /// Fails when an input is missing or has the wrong length.
    pub(crate) fn run(
        &mut self,
        inputs: &[&[f32]],
        between: &mut dyn FnMut(f32) -> Result<()>,
    ) -> Result<()> {
        let lengths = self.inputs.iter().map(Range::len);
        if !lengths.eq(inputs.iter().map(|input| input.len())) {
            return Err(Error::internal(
                "a network was given inputs of the wrong sizes",
            ));
        }
        for (range, input) in self.inputs.iter().zip(inputs) {
            let arena = &self.crew.work().arena;
            arena
                .part_mut(range.start, range.len())
                .copy_from_slice(input);
        }
        self.crew.set_running(true);
        let result = self.steps(between);
        self.crew.set_running(false);
        result
    }

    fn steps(&mut self, between: &mut dyn FnMut(f32) -> Result<()>) -> Result<()> {
        let total: u64 = self.timings.iter().map(|timing| timing.cost).sum();
        let (mut done, mut asked) = (0, 0);
        for (timing, stages) in self.timings.iter_mut().zip(&self.schedule) {
            let start = self.profiling.then(Instant::now);
            for &(stage, Stage { chunks, wide }) in stages {
                self.crew.stage(stage, chunks, wide)?;
            }
            if let Some(start) = start {
                timing.seconds = start.elapsed().as_secs_f64();
            }
            done += timing.cost;
            if done - asked >= ASK {
                asked = done;
                between((done as f64 / total as f64) as f32)?;
            }
        }
        Ok(())
    }

    /// An output of the last run.
    pub(crate) fn output(&self, index: usize) -> &[f32] {
        let range = &self.outputs[index];
        self.crew.work().arena.part(range.start, range.len())
    }

    /// Measures each step from now on, or no longer.
    pub(crate) fn set_profiling(&mut self, profiling: bool) {
        self.profiling = profiling;
    }

    /// The steps, and what each took in the last run that was measured.
    pub(crate) fn timings(&self) -> &[StepTime] {
        &self.timings
    }
}

fn prepare(step: &Step, ground: &Ground) -> Box<dyn Job> {
    match step {
        Step::Convolve(step) => convolution(step, ground),
        Step::Scale(step) => Box::new(*step),
        Step::Normalise(step) => Box::new(norm::Norm::new(step, ground)),
        Step::MapRows(step) => Box::new(*step),
        Step::Multiply(step) => Box::new(multiply::Product::new(step, ground)),
        Step::Combine(step) => Box::new(combine::Pairs::new(step)),
        Step::Resample(step) => Box::new(*step),
    }
}

fn convolution(step: &Convolve, ground: &Ground) -> Box<dyn Job> {
    if let Some(narrow) = narrow::Narrow::new(step, ground) {
        return Box::new(narrow);
    }
    if let Some(winograd) = winograd::Winograd::new(step, ground) {
        return Box::new(winograd);
    }
    Box::new(direct::Direct::new(step, ground))
}

#[cfg(test)]
mod tests;
