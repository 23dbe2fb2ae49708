//! Reading a history: verification, story, report, log and show. It reads, and cannot act.
//!
//! A [`History`](history::History) comes from a directory or is gathered by the caller from tracker
//! and blobs; judged, it is told as a [`Story`](story::Story), from which everything else is made.

#[macro_use]
mod put;

pub mod address;
pub mod audit;
pub mod clauses;
pub mod compare;
pub mod delivered;
pub mod graph;
pub mod history;
pub mod impact;
pub mod log;
pub mod matrix;
mod page;
pub mod reconcile;
pub mod report;
pub mod revert;
pub mod revisions;
pub mod show;
pub mod sources;
pub mod story;
pub mod trace;
pub mod why;

pub use history::{History, Judged};
pub use matrix::Matrix;
pub use report::Report;
pub use story::Story;
