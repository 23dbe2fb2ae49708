//! The linter over trees on disk: its rules, its ratchet, its proposals, its formats, hostile trees.

#![expect(clippy::unwrap_used, reason = "helpers of tests are test code too")]

mod baseline;
mod common;
mod fix;
mod formats;
mod hostile;
mod rules;
