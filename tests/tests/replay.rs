//! Replaying recorded runs: exactly, and with another model in a place of its own.

#![expect(clippy::unwrap_used, reason = "helpers of tests are test code too")]

#[path = "replay/again.rs"]
mod again;
#[path = "replay/demo.rs"]
mod demo;
#[path = "replay/exact.rs"]
mod exact;
#[path = "replay/reverting.rs"]
mod reverting;
#[path = "replay/support.rs"]
mod support;
