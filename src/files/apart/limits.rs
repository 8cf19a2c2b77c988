//! What a decoder may use: processor time and patience by the size of its file, and memory.

use std::time::Duration;

/// The memory a decoder may hold, in bytes: with the program's own code it stays below 1 GiB.
pub(super) const MEMORY_BYTES: u64 = 960 << 20;

/// Processor time for any file, in seconds.
const LEAST_SECONDS: u64 = 4;
/// The size up to which that is enough. Beyond, every codec measured stays below half a second a
/// mebibyte (JPEG 2000 is the slowest).
const SMALL_BYTES: u64 = 4 << 20;
const BYTES_A_SECOND: u64 = 2 << 20;

/// What decoding one file may take.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Budget {
    /// Processor time, in whole seconds.
    pub(super) processor_seconds: u64,
    /// Time on the clock: for systems that do not count a process's time, and for waiting.
    pub(super) patience: Duration,
}

impl Budget {
    /// Returns the budget of a file of so many bytes.
    pub(super) fn of_file(bytes: u64) -> Self {
        let processor_seconds =
            LEAST_SECONDS + bytes.saturating_sub(SMALL_BYTES).div_ceil(BYTES_A_SECOND);
        // A busy machine gives a decoder a fraction of its time (a twentieth was seen), and a drive
        // may be slow. Where processor time is counted, the clock is for what merely hangs.
        let (least, factor) = if cfg!(unix) { (120, 60) } else { (30, 4) };
        let patience = Duration::from_secs(least + factor * processor_seconds);
        Self {
            processor_seconds,
            patience,
        }
    }
}

/// Confines this process for good: memory, no core files (they would hold patient data), no files
/// written. Where a system has no such limits, nothing is done.
pub(super) fn confine() {
    #[cfg(unix)]
    {
        use rustix::process::Resource;
        lower(Resource::Core, 0);
        lower(Resource::Fsize, 0);
        // Counts heap and private maps, unlike the address space, of which drivers and sanitizers
        // reserve far more than they use.
        lower(Resource::Data, MEMORY_BYTES);
    }
}

/// Allows this process so much more processor time, in seconds; beyond, the system ends it.
pub(super) fn allow_processor(seconds: u64) {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, getrlimit, setrlimit};
        use rustix::time::{ClockId, clock_gettime};
        let used = clock_gettime(ClockId::ProcessCPUTime).tv_sec.max(0) as u64;
        let mut limit = getrlimit(Resource::Cpu);
        let wanted = used.saturating_add(seconds);
        limit.current = Some(limit.maximum.map_or(wanted, |most| most.min(wanted)));
        // Refused only where a stricter limit holds already.
        setrlimit(Resource::Cpu, limit).ok();
    }
    #[cfg(not(unix))]
    let _ = seconds;
}

#[cfg(unix)]
fn lower(resource: rustix::process::Resource, most: u64) {
    use rustix::process::{Rlimit, getrlimit, setrlimit};
    let most = getrlimit(resource)
        .maximum
        .map_or(most, |limit| limit.min(most));
    let limit = Rlimit {
        current: Some(most),
        maximum: Some(most),
    };
    // Refused only where a stricter limit holds already.
    setrlimit(resource, limit).ok();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_files_get_little_and_large_ones_more() {
        let seconds = |mib: u64| Budget::of_file(mib << 20).processor_seconds;
        assert_eq!([seconds(0), seconds(4), seconds(5)], [4, 4, 5]);
        assert_eq!(seconds(30), 17);
        assert!(Budget::of_file(u64::MAX).patience > Budget::of_file(0).patience);
    }
}
