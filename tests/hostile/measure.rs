//! One run of the program, with what it and its decoders used, read from `/proc`.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How often a running program is looked at.
const PULSE: Duration = Duration::from_millis(4);

/// A run that takes longer is ended; the program's own patience is shorter for small files.
const PATIENCE: Duration = Duration::from_secs(100);

/// What a run did.
pub(crate) struct Run {
    pub(crate) status: ExitStatus,
    pub(crate) output: String,
    pub(crate) complaints: String,
    /// Processor time of all its processes, in seconds.
    pub(crate) processor_seconds: f64,
    /// The most memory that its processes held together, in bytes; looked at every few
    /// milliseconds.
    pub(crate) memory_bytes: u64,
    /// The processes that were there when it was gone.
    pub(crate) leftovers: Vec<u32>,
}

/// One at a time: what children used is counted for all of them together.
pub(crate) fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Inspects one file with the program.
pub(crate) fn inspect(path: &Path) -> Run {
    let _alone = alone();
    let before = waited_for_seconds();
    let mut process = Command::new(env!("CARGO_BIN_EXE_silhouette"))
        .args(["inspect", "--json", "--points", "0:0"])
        .arg(path)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let output = drained(process.stdout.take().expect("it is piped"));
    let complaints = drained(process.stderr.take().expect("it is piped"));
    let (status, memory_bytes, family) = watched(&mut process);
    let leftovers = family.into_iter().filter(|id| is_running(*id)).collect();
    Run {
        status,
        output: output.join().expect("it is read"),
        complaints: complaints.join().expect("it is read"),
        processor_seconds: waited_for_seconds() - before,
        memory_bytes,
        leftovers,
    }
}

/// Reads a pipe on a thread, so that the program never waits for its reader.
fn drained(mut pipe: impl std::io::Read + Send + 'static) -> std::thread::JoinHandle<String> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        pipe.read_to_end(&mut bytes).expect("a pipe can be read");
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

fn watched(process: &mut Child) -> (ExitStatus, u64, BTreeSet<u32>) {
    let start = Instant::now();
    let (mut most, mut family) = (0, BTreeSet::new());
    loop {
        let mut together = memory_bytes(process.id());
        // One file has one decoder: once it is there, the rest of the system need not be searched.
        if family.is_empty() {
            family.extend(children(process.id()));
        }
        together += family.iter().copied().map(memory_bytes).sum::<u64>();
        most = most.max(together);
        if let Some(status) = process.try_wait().expect("it is ours") {
            return (status, most, family);
        }
        if start.elapsed() > PATIENCE {
            process.kill().expect("it is ours");
        }
        std::thread::sleep(PULSE);
    }
}

/// The processes that a process has started and that run still.
pub(crate) fn children(parent: u32) -> Vec<u32> {
    let Ok(entries) = std::fs::read_dir("/proc") else {
        return Vec::new();
    };
    let ids = entries
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    ids.filter(|id| fields(*id).is_some_and(|fields| fields[1] == parent.to_string()))
        .collect()
}

/// A process's state, parent and so on (proc(5), `stat`, from the third field).
fn fields(id: u32) -> Option<Vec<String>> {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    let (_, rest) = stat.rsplit_once(") ")?;
    Some(rest.split(' ').map(str::to_owned).collect())
}

pub(crate) fn is_running(id: u32) -> bool {
    fields(id).is_some_and(|fields| fields[0] != "Z")
}

/// What a process holds in memory now, in bytes.
fn memory_bytes(id: u32) -> u64 {
    let pages = std::fs::read_to_string(format!("/proc/{id}/statm"));
    let pages = pages
        .ok()
        .and_then(|text| text.split(' ').nth(1)?.parse().ok());
    4096 * pages.unwrap_or(0_u64)
}

/// Processor time of all that this process has started and waited for: fields 16 and 17, in
/// hundredths.
fn waited_for_seconds() -> f64 {
    let own = fields(std::process::id()).expect("there is a /proc");
    let ticks = |at: usize| own[at].parse::<f64>().expect("a number");
    (ticks(13) + ticks(14)) / 100.0
}
