//! The log of what the reader thought before and after the models: one JSON object a line, appended
//! by a thread of its own.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use chrono::{DateTime, Local};
use serde::Serialize;

use super::{Impression, Verdict};
use crate::anomaly::ModelId;
use crate::error::{Error, Result};
use crate::files;
use crate::task::Wake;

/// The version of the lines written here.
const VERSION: u32 = 1;

/// The log's name in the folder of what is kept.
const NAME: &str = "reading-log.jsonl";

/// Something worth logging.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub(in crate::session) enum Event {
    /// The reader committed to an impression before any model was seen.
    Committed {
        impression: Impression,
        /// Since the film was first in front of the reader.
        seconds: Option<f64>,
    },
    /// The reader committed to an impression, but had seen before what a model says.
    CommittedAfterResults {
        impression: Impression,
        seconds: Option<f64>,
    },
    /// The reader changed it.
    Revised {
        impression: Impression,
        seconds: Option<f64>,
    },
    /// What a model says came into sight.
    Revealed {
        model: ModelId,
        weights_sha256: String,
        score: f32,
        percentile: Option<f32>,
        seconds: Option<f64>,
    },
    /// The reader judged a region, or took a verdict back.
    Judged {
        model: ModelId,
        weights_sha256: String,
        map: &'static str,
        /// In the map's own unit.
        threshold: f32,
        /// Left, top, width and height in image pixels.
        #[serde(rename = "box")]
        bounds: [f32; 4],
        /// `None` where it was taken back.
        verdict: Option<Verdict>,
    },
}

/// An event with its time.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::session) struct Entry {
    time: DateTime<Local>,
    event: Event,
}

impl Entry {
    /// Makes the entry of what has just happened.
    pub(in crate::session) fn now(event: Event) -> Self {
        Self {
            time: Local::now(),
            event,
        }
    }
}

#[derive(Serialize)]
struct Line<'a> {
    version: u32,
    time: String,
    /// The hash of the film's content.
    film: &'a str,
    #[serde(flatten)]
    event: &'a Event,
}

/// Appends entries beside the window.
pub(in crate::session) struct ReadingLog {
    path: PathBuf,
    lines: Option<Sender<String>>,
    thread: Option<JoinHandle<()>>,
    trouble: Arc<Mutex<Option<Error>>>,
}

impl ReadingLog {
    /// Keeps the log in a folder, which is made when something is logged.
    pub(in crate::session) fn start(folder: &Path, wake: Wake) -> Self {
        let (lines, received) = channel::<String>();
        let path = folder.join(NAME);
        let trouble = Arc::new(Mutex::new(None));
        let (for_thread, target) = (trouble.clone(), path.clone());
        let thread = std::thread::Builder::new().name("reading log".to_owned());
        let thread = thread.spawn(move || {
            for line in received {
                if let Err(error) = append(&target, &line) {
                    *for_thread.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
                    wake();
                }
            }
        });
        Self {
            path,
            lines: Some(lines),
            thread: thread.ok(),
            trouble,
        }
    }

    /// Returns the log's file.
    pub(in crate::session) fn path(&self) -> &Path {
        &self.path
    }

    /// Hands over an entry about the film of a hash.
    pub(in crate::session) fn write(&self, film: &str, entry: &Entry) {
        let line = Line {
            version: VERSION,
            time: entry.time.to_rfc3339(),
            film,
            event: &entry.event,
        };
        if let (Some(lines), Ok(line)) = (&self.lines, serde_json::to_string(&line)) {
            lines.send(line).ok();
        }
    }

    /// Returns what went wrong since the last look.
    pub(in crate::session) fn trouble(&self) -> Option<Error> {
        self.trouble
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }
}

/// One write a line: two windows may log at the same time.
fn append(path: &Path, line: &str) -> Result<()> {
    if let Some(folder) = path.parent() {
        files::make_private_folder(folder)?;
    }
    OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)
        .and_then(|mut file| file.write_all(format!("{line}\n").as_bytes()))
        .map_err(|cause| Error::unwritable("the log of readings", &cause))
}

impl Drop for ReadingLog {
    fn drop(&mut self) {
        // Without a sender the thread writes what it was given and ends.
        self.lines = None;
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}
