//! Public checkpoints into weights: what is read, what is recognised, what it computes, and what is
//! refused.
//!
//! The public code's own checkpoints lie outside the repository; without them the tests that need
//! them say so, and fail where `SILHOUETTE_REQUIRE_ALL` is set.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod checkpoints;
mod command;
mod layers;
mod ports;
mod public;
mod reading;
mod recognition;
mod simsid;
