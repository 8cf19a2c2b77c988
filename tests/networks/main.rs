//! The networks against tensors made by their papers' public code, or by a reading of the paper where
//! there is no code.
//!
//! The reference tensors lie outside the repository; without them these tests say so, and fail
//! where `SILHOUETTE_REQUIRE_ALL` is set. What small networks computed where all these tests held is
//! kept in `tests/golden`, for machines that lack them.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod dgm;
mod engines;
mod fanogan;
mod golden;
mod healthygan;
mod reference;
mod sizes;
mod squid;
