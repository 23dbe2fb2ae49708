//! Why a line is there: its commit, the decision that wrote it, what that decision saw, the criterion
//! it serves, who approved it, and which tests show it.
//!
//! Each step is found in the sealed history. Where the history ends, the answer names the gap.

mod annotated;
mod text;
mod told;
mod writer;

use serde::Serialize;
use trail_record::body::{CommentSeen, TestOutcome};
use trail_record::{CommitId, Digest, ItemKey, Moment, Persona, Record, RunId};

use crate::graph::{Graph, Node};
use crate::reconcile::{Binding, Seen};
use crate::story::Story;

pub use annotated::{Annotated, annotated};
pub use text::text;

/// A line as git tells of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    /// The file as it is called now.
    pub path: String,
    /// The line's number now, from 1.
    pub number: u32,
    /// Its text.
    pub text: String,
    /// What the file was called in the commit that wrote the line.
    pub path_then: String,
    /// The line's number there.
    pub number_then: u32,
}

/// Why a line is there.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Why {
    /// The line.
    pub line: Line,
    /// The commit that wrote it.
    pub commit: CommitId,
    /// The first line of that commit's message.
    pub subject: String,
    /// What was sealed of it.
    #[serde(flatten)]
    pub binding: Binding,
    /// What the things around it say of themselves, innermost first; left out where nothing does.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub annotated: Vec<Annotated>,
    /// What the history says; none if nothing of the commit was sealed.
    pub history: Option<Told>,
    /// Where the chain of reasons ends before it should.
    pub gaps: Vec<String>,
}

/// What the history says of a line.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Told {
    /// The item.
    pub item: ItemKey,
    /// Its title as sealed.
    pub title: String,
    /// The run.
    pub run: RunId,
    /// The patchset that holds the line, and what its author said of it.
    pub patchset: Option<Node>,
    /// What its author said of it.
    pub summary: Option<String>,
    /// The AI call that wrote the line.
    pub written: Option<Written>,
    /// What that call rested on, directly.
    pub saw: Vec<Node>,
    /// The criteria it serves.
    pub criteria: Vec<Serves>,
    /// Who approved it.
    pub approvals: Vec<Approval>,
    /// The tests that claim those criteria, as they last went.
    pub tests: Vec<Test>,
    /// What verification found on this item.
    pub findings: Vec<String>,
}

/// The AI call that wrote a line.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Written {
    /// The call.
    pub decision: Node,
    /// Who answered, as the peer said.
    pub model: Option<String>,
    /// What it said beside the change.
    pub said: String,
    /// How sure it is.
    pub how: How,
}

/// How the call that wrote a line was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum How {
    /// It staged the text of this line, which the file has once.
    Text,
    /// It staged this text, which the file has several times.
    RepeatedText,
    /// It was the last to stage the file; which of its calls wrote the line is not known.
    File,
}

/// A criterion a line serves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Serves {
    /// The item and the criterion with its revision: `PROJ-1/AC-3@2`.
    pub criterion: String,
    /// What must hold.
    pub text: String,
    /// How that is known.
    pub because: String,
}

/// An approval that covers a line.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Approval {
    /// The gate.
    pub gate: String,
    /// What it approved: `the patchset`, `the write contract`, `the whole tree and pull request`.
    pub covers: &'static str,
    /// Who, by name.
    pub name: String,
    /// Their account.
    pub account: String,
    /// When it was sealed.
    pub at: Moment,
    /// The comment it was given in; none where a rule delegated it.
    pub comment: Option<CommentSeen>,
    /// The request's digest, which the code in the comment is made of.
    pub request: Digest<Record>,
    /// The decision.
    pub decision: Digest<Record>,
    /// The persona that read the comment and vouches for it.
    pub attested_by: Persona,
    /// Whether a rule delegated it to the reviewer persona.
    pub delegated: bool,
    /// Whether a played person gave it.
    pub simulated: bool,
}

/// A test that claims a criterion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Test {
    /// Its name.
    pub name: String,
    /// The criterion it claims.
    pub criterion: String,
    /// How it went in the last run.
    pub outcome: TestOutcome,
    /// That test result.
    pub result: Digest<Record>,
}

/// Says why a line is there, given the commit that wrote it and what that was sealed as.
#[must_use]
pub fn of(line: Line, seen: &Seen, binding: Binding, stories: &[Story], graph: &Graph) -> Why {
    let mut gaps = Vec::new();
    let history = binding.sealed().and_then(|sealed| {
        let story = stories.iter().find(|story| story.key == sealed.item)?;
        Some(told::of(&line, story, sealed, graph, &mut gaps))
    });
    Why {
        line,
        commit: seen.id.clone(),
        subject: seen.subject.clone(),
        binding,
        annotated: Vec::new(),
        history,
        gaps,
    }
}
