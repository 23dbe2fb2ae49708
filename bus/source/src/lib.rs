//! Reads source text: annotations, tests, assertions, and where a fault could be made.
//!
//! Pure: it is given a path and bytes, runs nothing, and opens nothing.

mod annotation;

pub use annotation::{
    Annotation, Claim, Form, Language, Options, Problem, ProblemKind, Role, Scan, Target,
    TargetKind, Test,
};
