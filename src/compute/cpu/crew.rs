//! Threads that wait, spinning, for the next stage of a run.
//!
//! A network is some hundred stages of 10 µs to 10 ms; waking a sleeping thread for each would cost
//! as much as the short ones. So the threads stay awake during a run, and sleep between runs.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::thread::JoinHandle;

use crate::error::{Error, Result};

/// Something cut into stages, and stages into chunks that may be done in any order.
pub(super) trait Work: Send + Sync + 'static {
    /// Does a chunk. `worker` tells threads apart; the caller of `Crew::stage` is worker 0.
    fn chunk(&self, stage: usize, chunk: usize, worker: usize);
}

/// The threads.
pub(super) struct Crew<W: Work> {
    shared: Arc<Shared<W>>,
    threads: Vec<JoinHandle<()>>,
}

struct Shared<W> {
    work: W,
    /// Which chunk is next: see `Ticket`.
    ticket: AtomicU64,
    stage: AtomicUsize,
    finished: AtomicUsize,
    running: AtomicBool,
    quit: AtomicBool,
    panicked: AtomicBool,
}

/// A posted stage's number, how many chunks it has and which is next, in one atomic word: a thread
/// that was asleep since an earlier stage cannot take a chunk of a later one by mistake.
const COUNT_BITS: u32 = 20;
const COUNT_MASK: u64 = (1 << COUNT_BITS) - 1;

/// How often a thread looks before it lets others have the core (some 30 µs).
const LOOKS: u32 = 1000;

impl<W: Work> Crew<W> {
    /// Starts all threads but the caller's.
    pub(super) fn new(work: W, threads: usize) -> Result<Self> {
        let shared = Arc::new(Shared {
            work,
            ticket: AtomicU64::new(0),
            stage: AtomicUsize::new(0),
            finished: AtomicUsize::new(0),
            running: AtomicBool::new(false),
            quit: AtomicBool::new(false),
            panicked: AtomicBool::new(false),
        });
        let mut crew = Self {
            shared,
            threads: Vec::new(),
        };
        for worker in 1..threads {
            let shared = Arc::clone(&crew.shared);
            let thread = std::thread::Builder::new().name(format!("engine {worker}"));
            let thread = thread.spawn(move || shared.serve(worker));
            let thread = thread
                .map_err(|cause| Error::internal(format!("cannot start a thread: {cause}")))?;
            crew.threads.push(thread);
        }
        Ok(crew)
    }

    /// What is worked on.
    pub(super) fn work(&self) -> &W {
        &self.shared.work
    }

    /// Wakes the threads before the first stage, or lets them sleep after the last.
    pub(super) fn set_running(&self, running: bool) {
        self.shared.running.store(running, Ordering::Release);
        if running {
            for thread in &self.threads {
                thread.thread().unpark();
            }
        }
    }

    /// Does all chunks of a stage, with all threads if `shared`.
    pub(super) fn stage(&self, stage: usize, chunks: usize, shared: bool) -> Result<()> {
        let crew = &*self.shared;
        let many = chunks as u64 > COUNT_MASK;
        if !shared || chunks < 2 || many || self.threads.is_empty() {
            for chunk in 0..chunks {
                crew.work.chunk(stage, chunk, 0);
            }
            return Ok(());
        }
        crew.stage.store(stage, Ordering::Relaxed);
        crew.finished.store(0, Ordering::Relaxed);
        let number = (crew.ticket.load(Ordering::Relaxed) >> (2 * COUNT_BITS)) + 1;
        let ticket = (number << (2 * COUNT_BITS)) | ((chunks as u64) << COUNT_BITS);
        crew.ticket.store(ticket, Ordering::Release);
        while crew.take(0) {}
        let mut looks = 0;
        while crew.finished.load(Ordering::Acquire) < chunks {
            pause(&mut looks);
        }
        if crew.panicked.swap(false, Ordering::Relaxed) {
            return Err(Error::internal("a part of a network's step panicked"));
        }
        Ok(())
    }
}

impl<W: Work> Drop for Crew<W> {
    fn drop(&mut self) {
        self.shared.quit.store(true, Ordering::Release);
        for thread in self.threads.drain(..) {
            thread.thread().unpark();
            // A thread's panic was reported by the stage it happened in.
            let _ = thread.join();
        }
    }
}

impl<W: Work> Shared<W> {
    /// Takes and does a chunk, if one is left.
    fn take(&self, worker: usize) -> bool {
        let ticket = self.ticket.load(Ordering::Acquire);
        let (next, chunks) = (ticket & COUNT_MASK, (ticket >> COUNT_BITS) & COUNT_MASK);
        if next >= chunks {
            return false;
        }
        let taken =
            self.ticket
                .compare_exchange(ticket, ticket + 1, Ordering::AcqRel, Ordering::Relaxed);
        if taken.is_ok() {
            let stage = self.stage.load(Ordering::Relaxed);
            let work = || self.work.chunk(stage, next as usize, worker);
            if catch_unwind(AssertUnwindSafe(work)).is_err() {
                self.panicked.store(true, Ordering::Relaxed);
            }
            self.finished.fetch_add(1, Ordering::Release);
        }
        true
    }

    fn serve(&self, worker: usize) {
        let mut looks = 0;
        while !self.quit.load(Ordering::Acquire) {
            if self.take(worker) {
                looks = 0;
            } else if self.running.load(Ordering::Acquire) {
                pause(&mut looks);
            } else {
                std::thread::park();
            }
        }
    }
}

fn pause(looks: &mut u32) {
    if *looks < LOOKS {
        *looks += 1;
        std::hint::spin_loop();
    } else {
        std::thread::yield_now();
    }
}
