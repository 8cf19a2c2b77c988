//! What outlives the window: marks and settings, written by a thread of its own soon after they
//! change, whole or not at all.
//!
//! A crash loses what was changed in the last moments, never what was written before.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::error::{Error, Result};
use crate::files;
use crate::task::Wake;

/// How long changes are gathered before they are written.
const PAUSE: Duration = Duration::from_secs(1);

/// How long after a failure the same is tried again.
const AGAIN: Duration = Duration::from_secs(5);

/// What a file should hold; nothing where it should be gone.
type Content = Option<Vec<u8>>;

/// Writes what is handed over, beside the window.
pub(super) struct Keeper {
    folder: PathBuf,
    orders: Option<Sender<(PathBuf, Content)>>,
    thread: Option<JoinHandle<()>>,
    trouble: Arc<Mutex<Option<Error>>>,
}

impl Keeper {
    /// Starts to keep things in a folder, which is made when something is written.
    pub(super) fn start(folder: PathBuf, wake: Wake) -> Self {
        let (orders, received) = channel();
        let trouble = Arc::new(Mutex::new(None));
        let for_thread = trouble.clone();
        let thread = std::thread::Builder::new().name("keeper".to_owned());
        let thread = thread.spawn(move || {
            let tell = |error: Error| {
                *for_thread.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
                wake();
            };
            keep(&received, tell);
        });
        Self {
            folder,
            orders: Some(orders),
            thread: thread.ok(),
            trouble,
        }
    }

    /// Returns the folder in which things are kept.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Hands over what a file should hold from now on.
    pub(super) fn keep(&self, path: PathBuf, content: Content) {
        if let Some(orders) = &self.orders {
            orders.send((path, content)).ok();
        }
    }

    /// Returns what went wrong since the last look.
    pub(super) fn trouble(&self) -> Option<Error> {
        self.trouble
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        // Without a sender the thread writes what it holds and ends.
        self.orders = None;
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}

/// Writes what arrives, the last state of each file, until nobody can hand over anything more.
fn keep(orders: &Receiver<(PathBuf, Content)>, tell: impl Fn(Error)) {
    let mut due: BTreeMap<PathBuf, Content> = BTreeMap::new();
    let mut told = false;
    loop {
        let first = if due.is_empty() {
            orders.recv().map_err(|_| RecvTimeoutError::Disconnected)
        } else {
            orders.recv_timeout(AGAIN)
        };
        let mut over = first == Err(RecvTimeoutError::Disconnected);
        due.extend(first);
        let end = Instant::now() + PAUSE;
        while !over {
            match orders.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(order) => due.extend([order]),
                Err(RecvTimeoutError::Timeout) => break,
                Err(RecvTimeoutError::Disconnected) => over = true,
            }
        }
        let mut failed = None;
        due.retain(|path, content| match carry_out(path, content.as_deref()) {
            Ok(()) => false,
            Err(error) => {
                failed = Some(error);
                true
            }
        });
        match failed {
            // Said once, not with every try.
            Some(error) if !told => {
                tell(error);
                told = true;
            }
            Some(_) => {}
            None => told = false,
        }
        if over {
            return;
        }
    }
}

fn carry_out(path: &Path, content: Option<&[u8]>) -> Result<()> {
    match content {
        Some(bytes) => {
            if let Some(folder) = path.parent() {
                files::make_private_folder(folder)?;
            }
            files::write_bytes(path, "what is kept of your work", bytes)
        }
        None => match std::fs::remove_file(path) {
            Err(cause) if cause.kind() != std::io::ErrorKind::NotFound => {
                Err(Error::unwritable("what is kept of your work", &cause))
            }
            _ => Ok(()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::task::no_wake;

    #[test]
    fn the_last_state_is_on_disk_when_the_keeper_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/marks/a.json");
        let gone = folder.path().join("b.json");
        std::fs::write(&gone, b"old").unwrap();
        let keeper = Keeper::start(folder.path().to_owned(), no_wake());
        keeper.keep(path.clone(), Some(b"first".to_vec()));
        keeper.keep(path.clone(), Some(b"last".to_vec()));
        keeper.keep(gone.clone(), None);
        drop(keeper);
        assert_eq!(std::fs::read(&path).unwrap(), b"last");
        assert!(!gone.exists());
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_told_once() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        std::fs::write(&file, b"no folder").unwrap();
        let keeper = Keeper::start(file.clone(), no_wake());
        keeper.keep(file.join("marks.json"), Some(b"x".to_vec()));
        let start = Instant::now();
        let error = loop {
            if let Some(error) = keeper.trouble() {
                break error;
            }
            assert!(start.elapsed() < Duration::from_secs(20));
            std::thread::sleep(Duration::from_millis(10));
        };
        assert_eq!(error.kind, crate::ErrorKind::Unwritable);
        assert!(keeper.trouble().is_none());
    }
}
