//! Evidence bundles: one file that holds what is needed to verify an item.
//!
//! A bundle is made by [`make()`] and judged by [`verify()`], without network, configuration or a set-up
//! directory. It is a plain archive whose first member lists the others; its format is specified in
//! `bus/record/FORMAT.md`, "A bundle", and a second verifier in `tests/verifier` reads it too.
//!
//! Reading is made for hostile files: nothing is extracted, nothing is followed, every member is
//! bounded, and whatever is wrong is a [`Problem`] with a stable word, never a panic.

mod archive;
mod attest;
mod facts;
pub mod git;
mod layout;
mod make;
pub mod manifest;
mod problem;
mod scan;
mod verify;
mod write;

pub use attest::predicate;
pub use make::{Contents, make, to_bytes};
pub use manifest::{Manifest, Withheld};
pub use problem::{Problem, Word};
pub use scan::is_bundle;
pub use verify::{Item, Verdict, Verified, verify};
pub use write::Error;
