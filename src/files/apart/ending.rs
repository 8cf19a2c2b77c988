//! Why a decoder ended without an answer, in words.

use std::io;
use std::process::ExitStatus;

use super::limits::{Budget, MEMORY_BYTES};
use crate::error::{Error, ErrorKind};

/// What became of a request.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Ending {
    /// The decoder never came to life: the file was not touched.
    NeverStarted,
    /// It ended over this file.
    Failed(Error),
}

/// Who brought a request to its end.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Verdict {
    /// Nobody yet.
    Working,
    /// The decoder itself.
    Done,
    /// The watch, after too long a time.
    Late,
    /// The watch, because nobody waits any more.
    Cancelled,
}

impl Verdict {
    /// Reads a verdict from its number.
    pub(super) fn of(number: u8) -> Self {
        let all = [Self::Working, Self::Done, Self::Late, Self::Cancelled];
        all.into_iter()
            .find(|verdict| *verdict as u8 == number)
            .unwrap_or(Self::Working)
    }
}

/// What a decoder's last words mean.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) enum Complaint {
    #[default]
    None,
    Memory,
    Stack,
}

impl Complaint {
    /// Looks for the phrases with which the runtimes of Rust and C++ give up.
    pub(super) fn of(words: &[u8]) -> Option<Self> {
        let says = |phrase: &str| {
            words
                .windows(phrase.len())
                .any(|part| part == phrase.as_bytes())
        };
        if says("memory allocation of") || says("bad_alloc") {
            Some(Self::Memory)
        } else if says("overflowed its stack") {
            Some(Self::Stack)
        } else {
            None
        }
    }
}

/// Makes the error for a decoder that ended over a file.
pub(super) fn why(
    verdict: Verdict,
    complaint: Complaint,
    (status, cause): (Option<ExitStatus>, Option<&io::Error>),
    budget: Budget,
) -> Error {
    let kind = cause.map(io::Error::kind);
    let (reason, too_much) = if verdict == Verdict::Late {
        let seconds = budget.patience.as_secs();
        (format!("the decoder was not done after {seconds} s"), true)
    } else if kind == Some(io::ErrorKind::OutOfMemory) {
        (
            "there is no memory for the picture it decoded".to_owned(),
            true,
        )
    } else if kind == Some(io::ErrorKind::InvalidData) {
        ("the decoder's answer made no sense".to_owned(), false)
    } else if complaint == Complaint::Memory {
        let mib = MEMORY_BYTES >> 20;
        (format!("the decoder ran out of its {mib} MiB"), true)
    } else if complaint == Complaint::Stack {
        ("the decoder ran out of its stack".to_owned(), false)
    } else {
        by_status(status, budget)
    };
    if too_much {
        Error::new(
            ErrorKind::TooLarge,
            format!(
                "decoding this file ended without a result ({reason}): the film is larger than any \
                 that can be shown, or the file is damaged or hostile"
            ),
            "Export the film again from its source, at a smaller size if it is large.",
        )
    } else {
        Error::new(
            ErrorKind::Damaged,
            format!(
                "decoding this file ended without a result ({reason}): the file is damaged or hostile"
            ),
            "Export the film again from its source.",
        )
    }
}

#[cfg(unix)]
fn by_status(status: Option<ExitStatus>, budget: Budget) -> (String, bool) {
    use std::os::unix::process::ExitStatusExt as _;

    use rustix::process::Signal;

    match status.and_then(|status| status.signal()) {
        Some(signal) if signal == Signal::XCPU.as_raw() => {
            let seconds = budget.processor_seconds;
            (
                format!("the decoder used up its {seconds} s of processor time"),
                true,
            )
        }
        Some(signal) if signal == Signal::KILL.as_raw() => (
            "the system ended the decoder, perhaps for want of memory".to_owned(),
            true,
        ),
        Some(signal) => (format!("the decoder was ended by signal {signal}"), false),
        None => by_code(status),
    }
}

#[cfg(not(unix))]
fn by_status(status: Option<ExitStatus>, _: Budget) -> (String, bool) {
    by_code(status)
}

fn by_code(status: Option<ExitStatus>) -> (String, bool) {
    let code = status.and_then(|status| status.code());
    let reason = code.map_or_else(
        || "the decoder is gone".to_owned(),
        |code| format!("the decoder ended with code {code}"),
    );
    (reason, false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn last_words_are_understood() {
        let of = |words: &str| Complaint::of(words.as_bytes());
        assert_eq!(
            of("memory allocation of 8 bytes failed"),
            Some(Complaint::Memory)
        );
        assert_eq!(
            of("thread 'decode' has overflowed its stack"),
            Some(Complaint::Stack)
        );
        assert_eq!(of("something about a patient"), None);
    }

    #[cfg(unix)]
    #[test]
    fn every_ending_has_a_reason_and_an_advice() {
        use std::os::unix::process::ExitStatusExt as _;
        let budget = Budget::of_file(0);
        let error = |status| {
            let status = Some(ExitStatus::from_raw(status));
            why(Verdict::Done, Complaint::None, (status, None), budget)
        };
        let xcpu = error(rustix::process::Signal::XCPU.as_raw());
        assert_eq!(xcpu.kind, ErrorKind::TooLarge);
        assert!(xcpu.message.contains("4 s of processor time"), "{xcpu}");
        assert!(error(6).message.contains("signal 6"));
        assert!(error(3 << 8).message.contains("code 3"));
        let late = why(Verdict::Late, Complaint::None, (None, None), budget);
        let seconds = format!("after {} s", budget.patience.as_secs());
        assert!(late.message.contains(&seconds), "{late}");
        let memory = why(Verdict::Done, Complaint::Memory, (None, None), budget);
        assert!(
            memory.message.contains("ran out of its 960 MiB"),
            "{memory}"
        );
        assert!(memory.advice.ends_with('.'));
    }
}
