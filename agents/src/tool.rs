//! The tools: what an agent may ask for, parsed from what a model wrote.
//!
//! A call that cannot be read is a [`ToolError`] whose text goes back to the model and tells it
//! what is expected. Whether an ask is allowed is not decided here.

mod command;
mod fields;
mod parse;
mod spec;

use trail_record::body::Conclusion;

pub use command::split;
pub use spec::{names, specs};

/// One thing an agent asks Trail to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tool {
    /// List a folder, one level; the empty path is the root.
    List {
        /// Path in the repository.
        path: String,
    },
    /// Read a file, or some of its lines.
    Read {
        /// Path in the repository.
        path: String,
        /// The first line wanted, from 1.
        from_line: Option<u64>,
        /// How many lines are wanted.
        lines: Option<u64>,
    },
    /// Find lines that match a regular expression.
    Search {
        /// The expression.
        pattern: String,
        /// The folder or file to search; everything if none.
        path: Option<String>,
    },
    /// Stage a file's whole new text.
    Write {
        /// Path in the repository.
        path: String,
        /// The text.
        content: String,
    },
    /// Stage the replacement of a text that occurs exactly once in a file.
    Patch {
        /// Path in the repository.
        path: String,
        /// The text to replace.
        old: String,
        /// What stands there afterwards.
        new: String,
    },
    /// Stage a file's deletion.
    Delete {
        /// Path in the repository.
        path: String,
    },
    /// Run a command in the sandbox.
    Run {
        /// Program and arguments; never empty.
        command: Vec<String>,
    },
    /// Record a conclusion that later work rests on.
    RecordDecision(Conclusion),
    /// Read the sealed work item again.
    ReadWorkItem,
    /// End the action with its result.
    Deliver {
        /// What was done and why it is complete.
        summary: String,
    },
    /// End the action without a result.
    GiveUp {
        /// Why it cannot be done.
        reason: String,
    },
}

impl Tool {
    /// Returns the tool's name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::List { .. } => "list",
            Self::Read { .. } => "read",
            Self::Search { .. } => "search",
            Self::Write { .. } => "write",
            Self::Patch { .. } => "patch",
            Self::Delete { .. } => "delete",
            Self::Run { .. } => "run",
            Self::RecordDecision(_) => "record_decision",
            Self::ReadWorkItem => "read_work_item",
            Self::Deliver { .. } => "deliver",
            Self::GiveUp { .. } => "give_up",
        }
    }

    /// Tells whether the tool ends the action.
    #[must_use]
    pub const fn ends(&self) -> bool {
        matches!(self, Self::Deliver { .. } | Self::GiveUp { .. })
    }
}

/// Why a call cannot be read; its text tells the model what to write instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ToolError {
    /// There is no such tool.
    #[error("there is no tool {name}{}; the tools are: {available}", meant(.suggestion))]
    UnknownTool {
        /// What the model called, quoted.
        name: String,
        /// What it may have meant.
        suggestion: Option<&'static str>,
        /// What it may call.
        available: String,
    },
    /// The tool exists, but not for this action.
    #[error("`{name}` is not available in the action `{action}`; the tools are: {available}")]
    NotForAction {
        /// The tool.
        name: &'static str,
        /// The action.
        action: &'static str,
        /// What the model may call.
        available: String,
    },
    /// The arguments are no JSON object.
    #[error(
        "the arguments of `{tool}` are {found}, not a JSON object; nothing was done: send them again as one complete JSON object"
    )]
    NotAnObject {
        /// The tool.
        tool: &'static str,
        /// What they are.
        found: &'static str,
    },
    /// A required field is missing.
    #[error("`{tool}` needs the field `{field}`: {what}")]
    Missing {
        /// The tool.
        tool: &'static str,
        /// The field.
        field: &'static str,
        /// What it holds.
        what: &'static str,
    },
    /// A field holds a value of another type.
    #[error("the field `{field}` of `{tool}` must be {expected}, but is {found}")]
    IllTyped {
        /// The tool.
        tool: &'static str,
        /// The field.
        field: &'static str,
        /// What it must be.
        expected: &'static str,
        /// What it is.
        found: &'static str,
    },
    /// A field that the tool does not have.
    #[error("`{tool}` has no field {field}{}; its fields are: {known}", meant(.suggestion))]
    UnknownField {
        /// The tool.
        tool: &'static str,
        /// The field, quoted.
        field: String,
        /// What may have been meant.
        suggestion: Option<&'static str>,
        /// The fields there are.
        known: String,
    },
    /// A field whose value cannot be used.
    #[error("the field `{field}` of `{tool}` {reason}")]
    Invalid {
        /// The tool.
        tool: &'static str,
        /// The field.
        field: &'static str,
        /// What is wrong with it and what would be accepted.
        reason: String,
    },
    /// More than one call of one answer would end the action.
    #[error(
        "an answer can end the action only once, by `deliver` or by `give_up`; nothing was ended: call one of them"
    )]
    SeveralEndings,
    /// The answer delivers, but holds a call that cannot be read.
    #[error(
        "not delivered, because another call of the same answer could not be read and so was not done; mend that call, then deliver"
    )]
    NotYet,
}

fn meant(suggestion: &Option<&'static str>) -> String {
    suggestion.map_or_else(String::new, |name| format!(", did you mean `{name}`?"))
}
