//! Cedar rules with schema and examples, and the engine that judges by them.
//!
//! A policy is a folder: `schema.cedarschema`, `rules/*.cedar`, `examples/*.json` and `risk.json`.
//! The default one is built in; `trail init` writes it out so that people can read and change it.
//! Loading is strict: a rule that does not fit the schema, has no `@id` and `@reason`, or an example
//! that is judged otherwise than it expects, refuses the whole policy. Judging fails closed: denied
//! unless a rule permits, and denied if anything goes wrong.

mod bundle;
mod engine;
mod error;
mod example;
mod question;
pub mod risk;
mod rules;

pub use bundle::{default_files, write_default};
pub use engine::Engine;
pub use error::{Error, Fault};
