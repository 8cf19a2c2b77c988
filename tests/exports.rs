//! What goes out comes back: every kind of export of our own phantom films, looked at by validators
//! made by others, and read again.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a panic is how a test fails"
)]

#[path = "exports/back.rs"]
mod back;
#[path = "exports/files.rs"]
mod files;
#[path = "exports/films.rs"]
mod films;
#[path = "exports/full.rs"]
mod full;
#[path = "exports/greys.rs"]
mod greys;
#[path = "exports/objects.rs"]
mod objects;
#[path = "phantoms/mod.rs"]
mod phantoms;
#[path = "stub/mod.rs"]
mod stub;
#[path = "exports/tools.rs"]
mod tools;
#[path = "exports/validators.rs"]
mod validators;
#[path = "exports/window.rs"]
mod window;
