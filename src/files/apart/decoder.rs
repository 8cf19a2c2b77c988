//! One decoder, as the program that asks it sees it: a process to write requests to, to read
//! answers from, and to judge when it ends without one.

use std::io::{self, Read, Write as _};
use std::path::Path;
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

use super::ending::{Complaint, Ending, Verdict, why};
use super::limits::Budget;
use super::{COMMAND, GREETING};
use crate::error::{Error, Result};
use crate::task::Progress;

/// How long a cancelled decoder may live on.
const PULSE: Duration = Duration::from_millis(20);

/// A running decoder; it is ended and waited for when dropped.
pub(super) struct Decoder {
    process: Arc<Mutex<Child>>,
    requests: ChildStdin,
    answers: ChildStdout,
    /// What it writes to its standard error, by meaning.
    complaints: Option<JoinHandle<Complaint>>,
    greeted: bool,
}

impl Decoder {
    /// Starts a decoder, without waiting for its greeting.
    pub(super) fn start(program: &Path) -> io::Result<Self> {
        let mut command = Command::new(program);
        // What a terminal sends to the program (Ctrl+C) is the program's to answer: it may want
        // to end its present film first.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut process = command
            .arg(COMMAND)
            .env("RUST_BACKTRACE", "0")
            .envs(large_pages())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let pipes = (
            process.stdin.take(),
            process.stdout.take(),
            process.stderr.take(),
        );
        let (Some(requests), Some(answers), Some(errors)) = pipes else {
            return Err(io::Error::other("a process without pipes"));
        };
        let mut decoder = Self {
            process: Arc::new(Mutex::new(process)),
            requests,
            answers,
            complaints: None,
            greeted: false,
        };
        let listener = Builder::new().name("decoder's complaints".to_owned());
        decoder.complaints = Some(listener.spawn(|| listen(errors))?);
        Ok(decoder)
    }

    /// Reports whether the process still runs.
    pub(super) fn lives(&self) -> bool {
        let mut process = self.process.lock().unwrap_or_else(PoisonError::into_inner);
        matches!(process.try_wait(), Ok(None))
    }

    /// Sends a request, and takes the answer off the pipe with a function.
    pub(super) fn ask<T>(
        &mut self,
        request: &[u8],
        budget: Budget,
        progress: &Progress,
        take: impl FnOnce(&mut ChildStdout) -> io::Result<Result<T>>,
    ) -> std::result::Result<Result<T>, Ending> {
        let verdict = Arc::new(AtomicU8::new(Verdict::Working as u8));
        let (working, ended) = mpsc::channel::<()>();
        let watch = Watch {
            process: self.process.clone(),
            verdict: verdict.clone(),
            end: Instant::now() + budget.patience,
            progress: progress.clone(),
        };
        let watcher = Builder::new().name("decoder's watch".to_owned());
        watcher
            .spawn(move || watch.until(&ended))
            .map_err(|_| Ending::NeverStarted)?;
        let answer = self.exchange(request, take);
        drop(working);
        let (working, done) = (Verdict::Working as u8, Verdict::Done as u8);
        let (sequential, relaxed) = (Ordering::SeqCst, Ordering::Relaxed);
        let verdict = verdict
            .compare_exchange(working, done, sequential, relaxed)
            .map_or_else(Verdict::of, |_| Verdict::Done);
        match answer {
            Ok(answer) if verdict == Verdict::Done => Ok(answer),
            Ok(_) => Err(self.end(verdict, None, budget)),
            Err(cause) => Err(self.end(verdict, Some(&cause), budget)),
        }
    }

    fn exchange<T>(
        &mut self,
        request: &[u8],
        take: impl FnOnce(&mut ChildStdout) -> io::Result<Result<T>>,
    ) -> io::Result<Result<T>> {
        let length = u32::try_from(request.len()).map_err(io::Error::other)?;
        let framed = [length.to_le_bytes().as_slice(), request].concat();
        self.requests.write_all(&framed)?;
        if !self.greeted {
            let mut greeting = [0; GREETING.len()];
            self.answers.read_exact(&mut greeting)?;
            if greeting != *GREETING.as_bytes() {
                return Err(io::ErrorKind::Unsupported.into());
            }
            self.greeted = true;
        }
        take(&mut self.answers)
    }

    /// Ends the process and says why there is no answer.
    fn end(&mut self, verdict: Verdict, cause: Option<&io::Error>, budget: Budget) -> Ending {
        let status = self.stop();
        let complaint = self
            .complaints
            .take()
            .and_then(|listener| listener.join().ok())
            .unwrap_or_default();
        match verdict {
            Verdict::Cancelled => Ending::Failed(Error::cancelled()),
            // Before it has read a byte of the file: the file is not to blame.
            _ if !self.greeted => Ending::NeverStarted,
            _ => Ending::Failed(why(verdict, complaint, (status, cause), budget)),
        }
    }

    fn stop(&mut self) -> Option<std::process::ExitStatus> {
        let mut process = self.process.lock().unwrap_or_else(PoisonError::into_inner);
        // What has ended by itself keeps its own status.
        process.kill().ok();
        process.wait().ok()
    }
}

/// The setting that has glibc ask for large pages: most of the time that a film of 15 Mpx took to
/// open went into the system handing out small ones. Whoever has settings there keeps them; other
/// systems do not look.
fn large_pages() -> Option<(&'static str, &'static str)> {
    const SETTINGS: &str = "GLIBC_TUNABLES";
    std::env::var_os(SETTINGS)
        .is_none()
        .then_some((SETTINGS, "glibc.malloc.hugetlb=1"))
}

impl Drop for Decoder {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Ends a process that takes too long or that nobody waits for any more.
struct Watch {
    process: Arc<Mutex<Child>>,
    verdict: Arc<AtomicU8>,
    end: Instant,
    progress: Progress,
}

impl Watch {
    fn until(&self, ended: &Receiver<()>) {
        let verdict = loop {
            match ended.recv_timeout(PULSE) {
                Err(RecvTimeoutError::Timeout) => {}
                _ => return,
            }
            if self.progress.cancelled() {
                break Verdict::Cancelled;
            }
            if Instant::now() >= self.end {
                break Verdict::Late;
            }
        };
        let working = Verdict::Working as u8;
        let (sequential, relaxed) = (Ordering::SeqCst, Ordering::Relaxed);
        let first = self
            .verdict
            .compare_exchange(working, verdict as u8, sequential, relaxed);
        if first.is_ok() {
            let mut process = self.process.lock().unwrap_or_else(PoisonError::into_inner);
            process.kill().ok();
        }
    }
}

/// Reads standard error to its end and keeps nothing but what it means: the words may be a
/// patient's.
fn listen(mut errors: ChildStderr) -> Complaint {
    let mut complaint = Complaint::default();
    let mut recent = Vec::new();
    let mut piece = [0; 4096];
    while let Ok(count @ 1..) = errors.read(&mut piece) {
        recent.extend_from_slice(&piece[..count]);
        complaint = Complaint::of(&recent).unwrap_or(complaint);
        // Enough for a phrase that is cut in two.
        recent.drain(..recent.len().saturating_sub(64));
    }
    complaint
}
