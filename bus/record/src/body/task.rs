//! What was asked for, and attempts that failed.

use serde::{Deserialize, Serialize};

use crate::digest::{Digest, Text};
use crate::id::{CommentId, CriterionId, ItemId, ItemKey, UserId};

/// The work item as sealed at intake; a later edit of the item is drift, never silently used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// The item, by the tracker's stable id.
    pub item: ItemId,
    /// The item's key then.
    pub key: ItemKey,
    /// The title.
    pub title: String,
    /// The whole body as the tracker gave it.
    pub body: String,
    /// The digest of title and body that a human's `/start CODE` or authorship covers.
    pub text: Digest<Text>,
    /// The acceptance criteria, in the item's order.
    pub criteria: Vec<Criterion>,
    /// What may be read and written.
    pub scope: Scope,
    /// The risk that was declared.
    pub risk: Risk,
    /// Items that must be done first, by key.
    pub depends_on: Vec<ItemKey>,
    /// Files of the repository that the item tells the planner to read first.
    pub references: Vec<String>,
    /// Who asked for it, as the tracker says.
    pub author: UserId,
    /// How it is known that a permitted person asked for exactly this.
    pub authority: Authority,
    /// 1 at intake, one more at each amendment.
    pub revision: u32,
}

/// One acceptance criterion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Criterion {
    /// Its id within the item: `AC-3`.
    pub id: CriterionId,
    /// 1 at intake, one more each time an amendment changes its text.
    pub revision: u32,
    /// What must hold.
    pub text: String,
    /// Whether it says that something must stay as it was.
    pub keeps: bool,
}

/// Which paths of the repository the item's work may read and write, as globs.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scope {
    /// What may be read; empty means everything in the repository.
    pub read: Vec<String>,
    /// What may be written; empty means nothing.
    pub write: Vec<String>,
}

/// How much harm a mistake could do.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Risk {
    /// Little: a reviewer persona may be allowed to pass gates.
    Low,
    /// The default.
    #[default]
    Medium,
    /// Much: policy may ask for more than one approval.
    High,
}

impl Risk {
    /// Returns the risk's name as stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// How it is known that a permitted person asked for exactly this text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "by", deny_unknown_fields)]
pub enum Authority {
    /// The tracker proves that a permitted author wrote the body and nobody else edited it.
    Author {
        /// The author.
        user: UserId,
    },
    /// A permitted person named the digest in a `/start CODE` or `/amend CODE` comment.
    Command {
        /// Who.
        user: UserId,
        /// In which comment.
        comment: CommentId,
        /// The code they named.
        code: String,
    },
}

/// An attempt that failed; it becomes an input of the next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Failure {
    /// What was attempted.
    pub action: String,
    /// What went wrong, for people.
    pub reason: String,
    /// A stable word for programs: `model`, `budget`, `gave-up`, `drift`, `tests`, `workspace`.
    pub kind: String,
    /// Whether the next attempt may start without a human.
    pub retryable: bool,
}
