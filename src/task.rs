//! Work that runs beside the window: progress, cancellation, and a result that always arrives.
//!
//! A [`Task`] is stored in the thing that asked for it. Dropping it cancels the work, so a stale
//! result cannot arrive. The work runs under `catch_unwind`: a panic becomes an [`Error`].

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use poll_promise::{Promise, Sender};

use crate::error::{Error, Result};

/// Called when a task has news, from any thread; the window uses it to ask for a repaint.
pub type Wake = Arc<dyn Fn() + Send + Sync>;

/// A wake that does nothing, for the command line and for tests.
pub fn no_wake() -> Wake {
    Arc::new(|| {})
}

#[derive(Debug)]
struct Shared {
    cancelled: AtomicBool,
    fraction_bits: AtomicU32,
    stage: Mutex<&'static str>,
    started: Instant,
}

/// The working side's handle: it reports how far the work is and learns whether to stop.
#[derive(Clone, Debug)]
pub struct Progress(Arc<Shared>);

impl Progress {
    /// Makes a handle that nobody has cancelled.
    pub fn new() -> Self {
        Self(Arc::new(Shared {
            cancelled: AtomicBool::new(false),
            fraction_bits: AtomicU32::new(0),
            stage: Mutex::new("queued"),
            started: Instant::now(),
        }))
    }

    /// Records how far the work is, from 0 to 1.
    ///
    /// # Errors
    /// Returns [`Error::cancelled`] once the work has been cancelled: pass it on with `?`.
    pub fn at(&self, fraction: f32) -> Result<()> {
        self.0
            .fraction_bits
            .store(fraction.to_bits(), Ordering::Relaxed);
        if self.cancelled() {
            Err(Error::cancelled())
        } else {
            Ok(())
        }
    }

    /// Names the stage the work has entered, in words a user reads (“reading”, “network”).
    ///
    /// # Errors
    /// Returns [`Error::cancelled`] once the work has been cancelled.
    pub fn enter(&self, stage: &'static str, fraction: f32) -> Result<()> {
        *self.0.stage.lock().unwrap_or_else(PoisonError::into_inner) = stage;
        self.at(fraction)
    }

    /// Asks the work to stop at its next report.
    pub fn cancel(&self) {
        self.0.cancelled.store(true, Ordering::Relaxed);
    }

    /// Reports whether the work has been asked to stop.
    pub fn cancelled(&self) -> bool {
        self.0.cancelled.load(Ordering::Relaxed)
    }

    /// Returns how far the work is, from 0 to 1.
    pub fn fraction(&self) -> f32 {
        f32::from_bits(self.0.fraction_bits.load(Ordering::Relaxed))
    }

    /// Returns the stage the work last entered.
    pub fn stage(&self) -> &'static str {
        *self.0.stage.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns how long ago the work was asked for.
    pub fn elapsed(&self) -> Duration {
        self.0.started.elapsed()
    }
}

impl Default for Progress {
    fn default() -> Self {
        Self::new()
    }
}

/// The asking side's handle on work in progress; dropping it cancels the work.
pub struct Task<T: Send + 'static> {
    promise: Promise<Result<T>>,
    progress: Progress,
}

impl<T: Send + 'static> Task<T> {
    /// Splits work into a task, for who waits, and a job, for the queue that will run it.
    ///
    /// The job runs with a context of the runner's own (`C`), such as the loaded models.
    pub fn split<C: ?Sized>(
        wake: Wake,
        work: impl FnOnce(&mut C, &Progress) -> Result<T> + Send + 'static,
    ) -> (Self, Job<C>) {
        let (sender, promise) = Promise::new();
        let progress = Progress::new();
        let reply = Reply {
            sender: Some(sender),
            wake,
        };
        let on_job = progress.clone();
        let job = Job(Box::new(move |context: &mut C| {
            let outcome = if on_job.cancelled() {
                Err(Error::cancelled())
            } else {
                catch_unwind(AssertUnwindSafe(|| work(context, &on_job)))
                    .unwrap_or_else(|panic| Err(Error::internal(panic_message(&*panic))))
            };
            reply.send(outcome);
        }));
        (Self { promise, progress }, job)
    }

    /// Runs work on a thread of its own.
    pub fn spawn(
        name: &str,
        wake: Wake,
        work: impl FnOnce(&Progress) -> Result<T> + Send + 'static,
    ) -> Self {
        let (task, job) = Self::split(wake, move |(): &mut (), progress| work(progress));
        // When no thread can be had, the dropped job answers for itself.
        std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || job.run(&mut ()))
            .ok();
        task
    }

    /// Returns the progress of the work.
    pub fn progress(&self) -> &Progress {
        &self.progress
    }

    /// Returns the result if it has arrived.
    pub fn ready(&self) -> Option<&Result<T>> {
        self.promise.ready()
    }

    /// Waits for the result so long at the most, or until something else is enough; returns whether
    /// it has arrived.
    ///
    /// For work that mostly takes less than a frame: the window may spend a few milliseconds.
    pub fn arrives_within(&self, patience: Duration, enough: impl Fn() -> bool) -> bool {
        let end = Instant::now() + patience;
        while self.ready().is_none() && !enough() && Instant::now() < end {
            std::thread::sleep(Duration::from_micros(100));
        }
        self.ready().is_some()
    }

    /// Takes the result if it has arrived, else gives the task back.
    ///
    /// # Errors
    /// Returns the task itself while the work goes on.
    pub fn take(mut self) -> std::result::Result<Result<T>, Self> {
        // The promise leaves through a replacement because a type with `Drop` cannot be taken apart.
        let (_, never) = Promise::new();
        match std::mem::replace(&mut self.promise, never).try_take() {
            Ok(result) => Ok(result),
            Err(promise) => {
                self.promise = promise;
                Err(self)
            }
        }
    }

    /// Blocks until the result arrives; for the command line, never for the window.
    pub fn wait(mut self) -> Result<T> {
        let (_, never) = Promise::new();
        std::mem::replace(&mut self.promise, never).block_and_take()
    }
}

impl<T: Send + 'static> Drop for Task<T> {
    fn drop(&mut self) {
        self.progress.cancel();
    }
}

/// Threads that are waited for when their owner goes. Graphics libraries are taken down when the
/// program ends, and a thread that is still inside one then brings the program down with a crash.
#[derive(Default)]
pub struct Threads(Vec<JoinHandle<()>>);

impl Threads {
    /// The longest wait for all of them: a driver that hangs must not keep the program from ending.
    const PATIENCE: Duration = Duration::from_secs(3);

    /// Starts a thread and reports whether there was one to be had.
    pub fn spawn(&mut self, name: &str, work: impl FnOnce() + Send + 'static) -> bool {
        self.let_go_of_finished();
        let thread = std::thread::Builder::new().name(name.to_owned());
        let thread = thread.spawn(work).ok();
        let there = thread.is_some();
        self.0.extend(thread);
        there
    }

    fn let_go_of_finished(&mut self) {
        for thread in self.0.extract_if(.., |thread| thread.is_finished()) {
            // Its last steps, after its work is done, are waited for as well.
            thread.join().ok();
        }
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        let end = Instant::now() + Self::PATIENCE;
        self.let_go_of_finished();
        while !self.0.is_empty() && Instant::now() < end {
            std::thread::sleep(Duration::from_millis(1));
            self.let_go_of_finished();
        }
    }
}

/// The half of a task that a queue holds. Dropped unrun, it answers that the work never started.
pub struct Job<C: ?Sized>(Box<dyn FnOnce(&mut C) + Send>);

impl<C: ?Sized> Job<C> {
    /// Runs the work, unless it was cancelled meanwhile, and delivers the result.
    pub fn run(self, context: &mut C) {
        (self.0)(context);
    }
}

/// A sender that always sends: `poll-promise` panics in the waiting thread when one is lost.
struct Reply<T: Send + 'static> {
    sender: Option<Sender<Result<T>>>,
    wake: Wake,
}

impl<T: Send + 'static> Reply<T> {
    fn send(mut self, result: Result<T>) {
        if let Some(sender) = self.sender.take() {
            sender.send(result);
            (self.wake)();
        }
    }
}

impl<T: Send + 'static> Drop for Reply<T> {
    fn drop(&mut self) {
        if let Some(sender) = self.sender.take() {
            sender.send(Err(Error::internal(
                "the work was dropped before it started",
            )));
            (self.wake)();
        }
    }
}

fn panic_message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no message".to_owned());
    format!("the work stopped at an unexpected condition ({text})")
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use super::*;

    #[test]
    fn a_value_arrives_once() {
        let woken = Arc::new(AtomicUsize::new(0));
        let count = woken.clone();
        let wake: Wake = Arc::new(move || {
            count.fetch_add(1, Ordering::Relaxed);
        });
        assert_eq!(Task::spawn("one", wake, |_| Ok(7)).wait(), Ok(7));
        // The wake follows the value; the waiting thread may be the faster one.
        while woken.load(Ordering::Relaxed) == 0 {
            std::thread::yield_now();
        }
        assert_eq!(woken.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn a_panic_becomes_an_error() {
        let task: Task<()> = Task::spawn("panic", no_wake(), |_| panic!("broken model"));
        let error = task.wait().unwrap_err();
        assert_eq!(error.kind, crate::ErrorKind::Internal);
        assert!(error.message.contains("broken model"));
    }

    #[test]
    fn a_cancelled_job_never_starts() {
        let (task, job) = Task::split(no_wake(), |ran: &mut bool, _| {
            *ran = true;
            Ok(())
        });
        drop(task);
        let mut ran = false;
        job.run(&mut ran);
        assert!(!ran);
    }

    #[test]
    fn a_dropped_job_answers() {
        let (task, job) = Task::split(no_wake(), |(): &mut (), _| Ok(1));
        drop(job);
        assert!(task.wait().is_err());
    }

    #[test]
    fn threads_are_over_when_their_owner_is_gone() {
        let done = Arc::new(AtomicBool::new(false));
        let mut threads = Threads::default();
        let on_thread = done.clone();
        assert!(threads.spawn("slow", move || {
            std::thread::sleep(Duration::from_millis(30));
            on_thread.store(true, Ordering::Relaxed);
        }));
        drop(threads);
        assert!(done.load(Ordering::Relaxed));
    }

    #[test]
    fn dropping_the_task_stops_the_work_at_its_next_report() {
        let (task, job) = Task::split(no_wake(), |steps: &mut usize, progress| {
            progress.at(0.0)?;
            progress.cancel();
            progress.at(0.5)?;
            *steps += 1;
            Ok(())
        });
        let mut steps = 0;
        job.run(&mut steps);
        assert!(task.wait().unwrap_err().is_cancelled());
        assert_eq!(steps, 0);
    }
}
