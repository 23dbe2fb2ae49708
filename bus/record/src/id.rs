//! Names: every id has its own type, so that one cannot stand where another is meant.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Declares string ids that compare, hash and serialise as their text.
macro_rules! string_id {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Wraps the text of an id.
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// Returns the text of the id.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }
    )*};
}

string_id! {
    /// The project a tracker and a trust document belong to.
    ProjectId;
    /// The tracker's own stable id of a work item; never its key, which a tracker may let people change.
    ItemId;
    /// What people call a work item: `VSME-142`.
    ItemKey;
    /// One journey of an item from intake to delivery: `VSME-142.1`.
    RunId;
    /// A tracker account, by the tracker's own stable id; never a login or display name.
    UserId;
    /// The tracker's id of one comment.
    CommentId;
    /// One worker process: `coder@host:pid`. Says who held a lease; proves nothing.
    WorkerId;
    /// A criterion within its item: `AC-3`. Only with the item does it name anything.
    CriterionId;
    /// A git commit, as hexadecimal object id.
    CommitId;
    /// A git tree, as hexadecimal object id.
    TreeId;
}

/// The four kinds of worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Persona {
    /// Reads the repository, decides and maps.
    Planner,
    /// Implements, diagnoses and fixes.
    Coder,
    /// Writes annotated tests and runs them.
    Tester,
    /// Checks the change against criteria and scope, and delivers.
    Reviewer,
}

impl Persona {
    /// All personas, in the order in which they first act on an item.
    pub const ALL: [Self; 4] = [Self::Planner, Self::Coder, Self::Tester, Self::Reviewer];

    /// Returns the persona's name as written everywhere.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Planner => "planner",
            Self::Coder => "coder",
            Self::Tester => "tester",
            Self::Reviewer => "reviewer",
        }
    }
}

impl fmt::Display for Persona {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What is wrong with a text that should name a persona.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a persona: {0:?} (planner, coder, tester or reviewer)")]
pub struct UnknownPersona(pub String);

impl FromStr for Persona {
    type Err = UnknownPersona;

    fn from_str(text: &str) -> Result<Self, UnknownPersona> {
        Self::ALL
            .into_iter()
            .find(|persona| persona.as_str() == text)
            .ok_or_else(|| UnknownPersona(text.to_owned()))
    }
}

/// The number of a lease on an item: each claim takes the next, so a late holder can be told.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Fence(pub u64);

impl Fence {
    /// Returns the fence of the next claim.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl fmt::Display for Fence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
