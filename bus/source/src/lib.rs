//! Reads source text: annotations, tests, assertions, and where a fault could be made.
//!
//! Pure: it is given a path and bytes, runs nothing, and opens nothing.

mod annotation;
mod asserts;
mod comment;
mod elixir;
mod go;
mod holds;
mod java;
mod language;
mod literal;
mod markdown;
mod mutate;
mod neighbour;
mod parse;
mod plain;
mod python;
mod rust;
mod scan;
mod script;
mod source;
mod walk;
mod words;

pub use annotation::{
    Annotation, Claim, Form, Language, Options, Problem, ProblemKind, Role, Scan, Target,
    TargetKind, Test,
};
pub use asserts::asserts_at;
pub use holds::{Holds, holds};
pub use language::language;
pub use mutate::{Mutation, mutations};
pub use scan::{MAX_FILE, scan};
