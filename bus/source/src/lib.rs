//! Reads source text: annotations, tests, assertions, and where a fault could be made.
//!
//! Pure: it is given a path and bytes, runs nothing, and opens nothing.

mod annotation;
mod comment;
mod language;
mod literal;
mod neighbour;
mod parse;
mod plain;
mod python;
mod rust;
mod scan;
mod source;
mod walk;
mod words;

pub use annotation::{
    Annotation, Claim, Form, Language, Options, Problem, ProblemKind, Role, Scan, Target,
    TargetKind, Test,
};
pub use language::language;
pub use scan::{MAX_FILE, scan};
