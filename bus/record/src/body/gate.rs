//! Gates, what humans did, and what policy said.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::ai::Verdict;
use super::change::Contract;
use crate::digest::{Digest, Policy, Text};
use crate::entry::Entry;
use crate::id::{CommentId, CommitId, Fence, Persona, TreeId, UserId, WorkerId};
use crate::moment::{self, Moment};
use crate::record::Record;
use crate::trust::Trust;

/// A point that needs approval: `plan`, `file_write`, `exec`, `pr_create`, or any name a human's
/// `gate:<name>` label gave.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct GateName(String);

impl GateName {
    /// The gate before any work follows the plan; only where a label or rule asks for it.
    pub const PLAN: &'static str = "plan";
    /// The gate before anything touches the worktree.
    pub const FILE_WRITE: &'static str = "file_write";
    /// The gate before tests are run for the first time; only where a label or rule asks for it.
    pub const EXEC: &'static str = "exec";
    /// The gate before the pull request.
    pub const PR_CREATE: &'static str = "pr_create";

    /// Wraps a gate's name.
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// Returns the gate's name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for GateName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// What a gate would let through. Its record's digest gives the code that approves it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GateRequest {
    /// The gate.
    pub gate: GateName,
    /// Who asks.
    pub requested_by: Persona,
    /// Who will act on it.
    pub performed_by: Persona,
    /// The record that would take effect: patchset, plan or pull request.
    pub subject: Digest<Record>,
    /// All else the approval rests on.
    pub covers: Covers,
    /// What later patchsets may do without asking again; only at `file_write`.
    pub contract: Option<Contract>,
    /// The text shown to the human, except the lines that name the code.
    pub shown: String,
    /// How many permitted humans must approve.
    pub approvals: u32,
}

/// What an approval rests on besides its subject.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Covers {
    /// The spec with its criteria.
    pub spec: Digest<Record>,
    /// The policy.
    pub policy: Digest<Policy>,
    /// The trust document.
    pub trust: Digest<Trust>,
    /// The commit the run started from; none before the first worktree.
    pub base: Option<CommitId>,
    /// The tree that would be delivered; only at `pr_create`.
    pub tree: Option<TreeId>,
    /// The head of the chain when the request was made; no one can foresee it, so no two requests
    /// can be prepared that share a code.
    pub head: Option<Digest<Entry>>,
}

/// What was decided at a gate, and on what evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GateDecision {
    /// The gate.
    pub gate: GateName,
    /// The gate request this answers.
    pub request: Digest<Record>,
    /// The code the human named.
    pub code: String,
    /// What they decided.
    pub outcome: GateOutcome,
    /// Their reason, if they gave one.
    pub why: Option<String>,
    /// Who decided: a tracker account.
    pub approver: UserId,
    /// Their name, for people.
    pub name: String,
    /// The comment they decided in; none where the reviewer persona decided by delegation.
    pub comment: Option<CommentSeen>,
    /// The persona that read the comment and vouches for it: the human did not sign.
    pub attested_by: Persona,
    /// Whether a rule delegated this gate to the reviewer persona.
    pub delegated: bool,
    /// Whether the trust document says that this approver is played, not a person.
    pub simulated: bool,
    /// What policy said to the approver deciding here.
    pub verdict: Verdict,
}

/// What was decided at a gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum GateOutcome {
    /// It may go on, once, exactly as requested.
    Approved,
    /// It may not; the reason is an input of the next attempt.
    Rejected,
}

/// A comment as a fresh read showed it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CommentSeen {
    /// The comment.
    pub id: CommentId,
    /// Its author's account.
    pub author: UserId,
    /// Digest of its text.
    pub text: Digest<Text>,
    /// When the tracker says it was written.
    #[serde(deserialize_with = "moment::stored")]
    pub created: Moment,
    /// When the tracker says it last changed.
    #[serde(deserialize_with = "moment::stored")]
    pub updated: Moment,
}

/// Something a human did in the tracker, captured on sight.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Observation {
    /// What was seen.
    pub observed: Observed,
    /// When it was captured, by the capturing worker's clock.
    #[serde(deserialize_with = "moment::stored")]
    pub at: Moment,
}

/// What was seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "what", deny_unknown_fields)]
pub enum Observed {
    /// A comment that Trail answered or obeyed.
    Comment {
        /// The comment.
        comment: CommentSeen,
        /// Its text, so that the record stands when the comment is gone.
        body: String,
    },
    /// The item's title and body.
    Body {
        /// Digest of title and body.
        text: Digest<Text>,
        /// The item's author as the tracker says.
        author: UserId,
    },
    /// The item's labels.
    Labels {
        /// All of them, sorted.
        labels: Vec<String>,
    },
    /// Labels and state of the item, and what the tracker tells of how they came about.
    Board {
        /// All labels, sorted.
        labels: Vec<String>,
        /// The state, in Trail's words.
        state: String,
        /// The changes that were not captured before, oldest first. Trackers forget some.
        changes: Vec<ChangeSeen>,
    },
    /// A lease that lapsed by the tracker's time, or by how long it was watched.
    Lapse {
        /// Its number.
        fence: Fence,
        /// Who held it.
        holder: WorkerId,
        /// The comment of the entry that set its end.
        comment: CommentId,
        /// When that comment was written, by the tracker's time; null where it is gone or changed.
        #[serde(deserialize_with = "moment::stored_or_null")]
        created: Option<Moment>,
        /// How long the lease was to last from then, in milliseconds.
        lasts_ms: u64,
        /// How long the observer had watched it, by its own clock, in milliseconds.
        watched_ms: u64,
    },
    /// A finding: something in the tracker is not as the history says it was.
    Finding {
        /// The finding's stable word.
        kind: String,
        /// Where and what, for people.
        detail: String,
    },
}

/// A change of an item besides its comments, as the tracker told it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangeSeen {
    /// The tracker's id of the change.
    pub id: String,
    /// Who made it; null where the tracker does not say.
    pub actor: Option<UserId>,
    /// When.
    #[serde(deserialize_with = "moment::stored")]
    pub at: Moment,
    /// What was changed.
    pub change: ChangeKind,
}

/// The kinds of changes of an item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "what", deny_unknown_fields)]
pub enum ChangeKind {
    /// A label was put on.
    Labelled {
        /// The label.
        label: String,
    },
    /// A label was taken off.
    Unlabelled {
        /// The label.
        label: String,
    },
    /// The state was set.
    State {
        /// The state, in Trail's words.
        state: String,
        /// The state, in the tracker's words.
        name: String,
    },
    /// Title or body was edited.
    Text,
}

/// What policy said where no human was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyVerdict {
    /// Who would act.
    pub principal: String,
    /// What they would do.
    pub action: String,
    /// On what.
    pub resource: String,
    /// What policy said.
    pub verdict: Verdict,
    /// The gate decision whose contract this rests on.
    pub contract: Option<Digest<Record>>,
}
