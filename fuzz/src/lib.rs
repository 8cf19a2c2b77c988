//! The rooms of Silhouette that read films, compiled by themselves for the fuzzer: without the
//! window and the networks a target builds in minutes, and the program's library needs no doors.

#![allow(dead_code, unused_imports, reason = "the rooms serve the whole program")]

#[path = "../../src/anomaly/mod.rs"]
pub mod anomaly;
#[path = "../../src/error.rs"]
pub mod error;
#[path = "../../src/files/mod.rs"]
pub mod files;
#[path = "../../src/radiograph/mod.rs"]
pub mod radiograph;
#[path = "../../src/task.rs"]
pub mod task;

pub use error::{Error, ErrorKind, Result};

/// Ends the fuzzer at panics of the program's own code only. Codecs of others panic on some files;
/// that is caught where they are called (`files::on_deep_stack`), and such a file is damaged.
pub fn judge_panics() {
    let abort = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let own = |file: &str| file.contains("src/files/") || file.contains("src/radiograph/");
        if panic.location().is_none_or(|place| own(place.file())) {
            abort(panic);
        }
    }));
}
