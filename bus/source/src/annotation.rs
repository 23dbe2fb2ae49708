//! What is found in one file.

use serde::Serialize;

/// What a file is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// Rust.
    Rust,
    /// Python.
    Python,
    /// JavaScript, with or without JSX.
    JavaScript,
    /// TypeScript, with or without JSX.
    TypeScript,
    /// Go.
    Go,
    /// Java.
    Java,
    /// Elixir.
    Elixir,
    /// Markdown: comments only.
    Markdown,
    /// Anything else that is text: comments only.
    Text,
}

/// What is looked for besides Trail's own annotations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Options {
    /// OpenFastTrace's tags: `[utest->req~VSME-142.AC-3~1]`.
    pub open_fast_trace: bool,
    /// StrictDoc's relations: `@relation(VSME-142/AC-3, scope=function)`.
    pub strict_doc: bool,
}

/// What a file holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Scan {
    /// What it is written in; none for what is not text.
    pub language: Option<Language>,
    /// Its annotations, in the order of their lines.
    pub annotations: Vec<Annotation>,
    /// Its tests, annotated or not, in the order of their lines.
    pub tests: Vec<Test>,
    /// What could not be read, or not be decided.
    pub problems: Vec<Problem>,
}

/// A link from an artifact to criteria.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Annotation {
    /// What is said of the artifact.
    pub role: Role,
    /// How it is written.
    pub form: Form,
    /// The criteria it names, as written, each with its place.
    pub claims: Vec<Claim>,
    /// The line it begins in, from 1.
    pub line: u32,
    /// The column it begins in, in characters, from 1.
    pub column: u32,
    /// The line it ends in.
    pub end_line: u32,
    /// What it stands on; none if nothing follows it.
    pub target: Option<Target>,
}

/// What an annotation says of its artifact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// A test validates a criterion.
    Validates,
    /// Code implements it.
    Implements,
    /// Text documents it.
    Documents,
}

/// How an annotation is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Form {
    /// In the language's own way: attribute, decorator, call, annotation, tag.
    Code,
    /// A comment `trail:validates X-1 AC-3`.
    Comment,
    /// OpenFastTrace's tag.
    OpenFastTrace,
    /// StrictDoc's relation.
    StrictDoc,
}

/// One criterion an annotation names, as it is written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Claim {
    /// The item's key.
    pub work_item: String,
    /// The criterion's id.
    pub criterion: String,
    /// The revision, where one is named.
    pub revision: Option<u32>,
    /// The line it stands in, from 1.
    pub line: u32,
}

/// What an annotation stands on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Target {
    /// What it is.
    pub kind: TargetKind,
    /// Its own name, or a test's title.
    pub name: String,
    /// The names around it, outermost first: modules, classes, `describe` titles.
    pub within: Vec<String>,
    /// The line its name stands in, from 1.
    pub line: u32,
    /// The line it ends in.
    pub end_line: u32,
}

/// What an annotation stands on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum TargetKind {
    /// A test the language's runner would run.
    Test,
    /// A class, module or `describe` block that holds tests; it stands for each of them.
    Tests,
    /// A function or method that is no test.
    Function,
    /// A type, module or other named thing.
    Item,
    /// A whole file, or a section of a text.
    Section,
}

/// A test, annotated or not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Test {
    /// Its own name, or its title.
    pub name: String,
    /// The names around it, outermost first: modules, classes, `describe` titles.
    pub within: Vec<String>,
    /// The line its name stands in, from 1.
    pub line: u32,
    /// The line it ends in.
    pub end_line: u32,
    /// The criteria it validates, its own and those of what it stands in, sorted, each once.
    pub validates: Vec<Claim>,
    /// Why the runner would not run it: `#[ignore]`, `skip`, a body without statements; none if it
    /// would.
    pub dead: Option<String>,
    /// Whether one source test becomes several at run time: parametrized, table-driven.
    pub many: bool,
}

/// What could not be read, or not be decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// What kind of problem.
    pub kind: ProblemKind,
    /// The line, from 1.
    pub line: u32,
    /// The column, in characters, from 1.
    pub column: u32,
    /// What is wrong and what to write instead, for people.
    pub message: String,
}

/// Kinds of problems.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProblemKind {
    /// Not text: binary, or not UTF-8 (read as far as possible).
    NotText,
    /// Too large to be read.
    TooLarge,
    /// The grammar could not make sense of a part; what stands there is not seen.
    Unparsed,
    /// An annotation without a criterion, with an unknown argument, with an id that is none.
    Malformed,
    /// An annotation whose arguments are computed: what it names cannot be known without running it.
    NotDecidable,
    /// An annotation that could stand on two things, or names a criterion without its item.
    Ambiguous,
}
