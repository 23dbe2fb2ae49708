//! The actions that a model is asked for.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use trail_record::Persona;

/// What a conversation with a model is for.
///
/// Applying an approved patchset asks no model and so is not among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Read the repository, decide and map.
    Plan,
    /// Make the patchset that `file_write` will be asked for.
    Implement,
    /// Write annotated tests.
    WriteTests,
    /// Run the tests and say what came of it.
    RunTests,
    /// Find out why tests fail, and mend it.
    Fix,
    /// Look a last time at what was approved: confirm or refuse.
    Deliver,
}

impl Action {
    /// All actions, in the order in which they first occur.
    pub const ALL: [Self; 6] = [
        Self::Plan,
        Self::Implement,
        Self::WriteTests,
        Self::RunTests,
        Self::Fix,
        Self::Deliver,
    ];

    /// Returns the action's name as written everywhere.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Plan => "plan",
            Self::Implement => "implement",
            Self::WriteTests => "write-tests",
            Self::RunTests => "run-tests",
            Self::Fix => "fix",
            Self::Deliver => "deliver",
        }
    }

    /// Returns the persona that takes this action.
    #[must_use]
    pub const fn persona(self) -> Persona {
        match self {
            Self::Plan => Persona::Planner,
            Self::Implement | Self::Fix => Persona::Coder,
            Self::WriteTests | Self::RunTests => Persona::Tester,
            Self::Deliver => Persona::Reviewer,
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What is wrong with a text that should name an action.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an action: {0:?} (plan, implement, write-tests, run-tests, fix or deliver)")]
pub struct UnknownAction(pub String);

impl FromStr for Action {
    type Err = UnknownAction;

    fn from_str(text: &str) -> Result<Self, UnknownAction> {
        Self::ALL
            .into_iter()
            .find(|action| action.as_str() == text)
            .ok_or_else(|| UnknownAction(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_is_the_same_in_text_and_json() {
        for action in Action::ALL {
            assert_eq!(action.as_str().parse(), Ok(action));
            assert_eq!(serde_json::to_value(action).unwrap(), action.as_str());
        }
        assert!("Plan".parse::<Action>().is_err());
    }
}
