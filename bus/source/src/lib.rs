//! Reads source text: annotations, tests, assertions, and where a fault could be made.
//!
//! Pure: it is given a path and bytes, runs nothing, and opens nothing. The same path and bytes
//! always give the same answer. The linter, the joining of test results, impact and proving ask it.
//!
//! | language | `validates`, and likewise `implements` and `documents` |
//! |---|---|
//! | Rust | `#[trail::validates(work_item = "X-1", criterion = "AC-3", revision = 2)]` on any item; also by `use trail::validates`, and in `cfg_attr` |
//! | Python | `@trail.validates(work_item="X-1", criterion="AC-3", revision=2)` on a function or class; also by any import |
//! | JavaScript, TypeScript | `test("title", trail.validates({ workItem: "X-1", criterion: "AC-3", revision: 2 }, fn))`, around the function of a `describe`, or around what a variable is bound to; also by any import |
//! | Go | `trail.Validates(t, "X-1", "AC-3@2", "AC-4")` in a test or a subtest; only `validates` |
//! | Java | `@Validates(workItem = "X-1", criterion = "AC-3", revision = 2)`, imported from a package with a part `trail` |
//! | Elixir | `@tag validates: {"X-1", "AC-3", 2}`, or a list of such; `@describetag`, `@moduletag` |
//! | Markdown | `<!-- trail:documents X-1 AC-3 -->` above a heading, for its section, or above another block |
//! | all others, and in all of them | a comment `trail:validates X-1 AC-3@2, AC-4` on a line of its own above the thing |
//!
//! Criteria can be a list, or one text with commas, and an annotation can stand more than once. What
//! stands on a class, a module or a block stands for each test in it. Which words are taken is
//! settled by `policies/annotations/cases.tsv`. An annotation with a fault in it claims nothing and
//! is a [`Problem`]; a comment keeps the criteria before the fault.
//!
//! On lines where the grammar lost its way nothing is read, because what was a string may look like
//! code there; everything else in a broken file is.

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
