//! The actions a worker may take on an item, one per turn.

use std::fmt;

use serde::{Deserialize, Serialize};
use trail_record::Persona;

/// The one thing a worker does per turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Reads the repository, decides and maps.
    Plan,
    /// Makes the patchset that `file_write` will be asked for.
    Implement,
    /// Applies the approved patchset to the run's worktree and commits it.
    Apply,
    /// Writes annotated tests, under the approved contract.
    WriteTests,
    /// Runs the tests.
    RunTests,
    /// Diagnoses and mends, under the approved contract.
    Fix,
    /// Looks a last time at exactly what was approved, and delivers it.
    Deliver,
}

impl Action {
    /// All actions, in the order in which they first occur.
    pub const ALL: [Self; 7] = [
        Self::Plan,
        Self::Implement,
        Self::Apply,
        Self::WriteTests,
        Self::RunTests,
        Self::Fix,
        Self::Deliver,
    ];

    /// Returns the persona that takes this action.
    #[must_use]
    pub const fn persona(self) -> Persona {
        match self {
            Self::Plan => Persona::Planner,
            Self::Implement | Self::Apply | Self::Fix => Persona::Coder,
            Self::WriteTests | Self::RunTests => Persona::Tester,
            Self::Deliver => Persona::Reviewer,
        }
    }

    /// Returns the action's name as written everywhere.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Plan => "plan",
            Self::Implement => "implement",
            Self::Apply => "apply",
            Self::WriteTests => "write-tests",
            Self::RunTests => "run-tests",
            Self::Fix => "fix",
            Self::Deliver => "deliver",
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
