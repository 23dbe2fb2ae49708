//! Findings: what is not as the history says it should be.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::id::{CommentId, ItemKey};

/// Something that is wrong, where, and what it means.
///
/// A broken history is a finding with its place, never a panic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// What kind of thing is wrong.
    pub kind: FindingKind,
    /// Where.
    pub place: Place,
    /// What is wrong, for people.
    pub detail: String,
}

/// Where a finding is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Place {
    /// The item, if it is known.
    pub item: Option<ItemKey>,
    /// The place in the chain.
    pub seq: Option<u64>,
    /// The tracker's comment.
    pub comment: Option<CommentId>,
    /// The digest of the record or entry, as text.
    pub digest: Option<String>,
}

/// The kinds of finding; their words are stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FindingKind {
    /// Bytes that should be an entry cannot be read as one.
    Malformed,
    /// An entry or trust document is of a format this program does not know.
    UnknownFormat,
    /// The trust documents do not form one signed line.
    Trust,
    /// An entry is signed by no key of its persona.
    ForeignKey,
    /// An entry is signed by a key that was revoked before it.
    RevokedKey,
    /// An entry stands under another account than its persona's.
    WrongAccount,
    /// An entry belongs to another item or project.
    WrongItem,
    /// An entry names a predecessor that is not there.
    MissingEntry,
    /// An entry's number is not one more than its predecessor's.
    WrongSequence,
    /// Two entries extend the same predecessor, and both were extended.
    Fork,
    /// The rules do not allow the entry where it stands.
    Illegal,
    /// A comment that carried an accepted entry was changed.
    EditedEntry,
    /// A comment that carried an accepted entry is gone.
    DeletedEntry,
    /// A comment carries the same entry again.
    Duplicate,
    /// The history ends before a checkpoint or before what was seen earlier.
    Truncated,
    /// A checkpoint disagrees with the history, or is not signed by a checkpoint key.
    Checkpoint,
    /// A record's bytes are not here.
    MissingBlob,
    /// A record's bytes are not what the entry lists.
    DamagedRecord,
    /// A gate decision does not fit its request, its approver or its subject.
    Approval,
    /// A human's comment that was relied on was changed.
    EditedApproval,
    /// A human's comment that was relied on is gone.
    DeletedApproval,
    /// The comment of an accepted entry, or a human's that was relied on, now has another author.
    Reattributed,
    /// The time of an entry's comment, or of a human's that was relied on, was set by hand.
    Backdated,
    /// A comment that no persona wrote or signed looks like an entry.
    Posing,
    /// An item whose history is remembered is gone.
    Vanished,
    /// Something was done that no decision or verdict allowed.
    Ungated,
    /// A proof does not follow from the runs it rests on.
    UnsupportedProof,
    /// The item's text is no longer the sealed spec.
    Drift,
    /// The history that machines share in the repository was forced, deleted or cut.
    RewoundHistory,
}

impl FindingKind {
    /// Returns the kind's stable word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::UnknownFormat => "unknown-format",
            Self::Trust => "trust",
            Self::ForeignKey => "foreign-key",
            Self::RevokedKey => "revoked-key",
            Self::WrongAccount => "wrong-account",
            Self::WrongItem => "wrong-item",
            Self::MissingEntry => "missing-entry",
            Self::WrongSequence => "wrong-sequence",
            Self::Fork => "fork",
            Self::Illegal => "illegal",
            Self::EditedEntry => "edited-entry",
            Self::DeletedEntry => "deleted-entry",
            Self::Duplicate => "duplicate",
            Self::Truncated => "truncated",
            Self::Checkpoint => "checkpoint",
            Self::MissingBlob => "missing-blob",
            Self::DamagedRecord => "damaged-record",
            Self::Approval => "approval",
            Self::EditedApproval => "edited-approval",
            Self::DeletedApproval => "deleted-approval",
            Self::Reattributed => "reattributed",
            Self::Backdated => "backdated",
            Self::Posing => "posing",
            Self::Vanished => "vanished",
            Self::Ungated => "ungated",
            Self::UnsupportedProof => "unsupported-proof",
            Self::Drift => "drift",
            Self::RewoundHistory => "rewound-history",
        }
    }
}

impl fmt::Display for FindingKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.kind)?;
        if let Some(item) = &self.place.item {
            write!(f, " at {item}")?;
            if let Some(seq) = self.place.seq {
                write!(f, " entry {seq}")?;
            }
        }
        if let Some(comment) = &self.place.comment {
            write!(f, " (comment {comment})")?;
        }
        write!(f, ": {}", self.detail)
    }
}

impl Finding {
    /// Makes a finding.
    pub fn new(kind: FindingKind, place: Place, detail: impl Into<String>) -> Self {
        Self {
            kind,
            place,
            detail: detail.into(),
        }
    }
}
