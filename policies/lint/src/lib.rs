//! Lints annotations against the criteria of work items.
//!
//! A test that says `trail:validates VSME-142 AC-3` makes a claim. This crate holds such claims, in
//! all languages that `trail-source` reads, against what items ask for: does the item exist, has it
//! that criterion, in that revision, is the thing a test, would it run. It never runs what it reads.
//!
//! The way through: [`walk::Walk`] reads a tree, [`check()`] holds it against [`Known`] and the
//! [`Settings`], [`Baseline::apply`] takes out what was accepted, [`format::write`] tells it.
//! [`mod@fix`] proposes annotations for tests that have none.

pub mod baseline;
pub mod check;
pub mod finding;
pub mod fix;
pub mod format;
pub mod known;
pub mod rule;
pub mod settings;
pub mod suppress;
pub mod walk;
pub mod words;

pub use baseline::Baseline;
pub use check::{Counts, Question, Report, check};
pub use finding::{Finding, Standing};
pub use format::Format;
pub use jiff::civil::Date;
pub use known::Known;
pub use rule::{Level, Rule};
pub use settings::Settings;
pub use walk::{Tree, Walk};
