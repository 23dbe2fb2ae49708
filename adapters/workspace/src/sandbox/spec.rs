//! What the stages of the sandbox tell each other.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::Kind;

/// What the helper is to do.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Spec {
    pub(super) kind: Kind,
    pub(super) bwrap: Option<PathBuf>,
    pub(super) helper: PathBuf,
    pub(super) worktree: PathBuf,
    pub(super) scratch: PathBuf,
    pub(super) read_only: Vec<PathBuf>,
    pub(super) loopback: bool,
    pub(super) memory: u64,
    pub(super) processes: u64,
    pub(super) argv: Vec<String>,
}

/// What came of it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Report {
    /// Exit code of the command.
    pub(super) exit: Option<i32>,
    /// Signal that ended it.
    pub(super) signal: Option<i32>,
    /// The limit that ended it, in words.
    pub(super) over: Option<String>,
    /// Why the sandbox could not be set up; the command did not run.
    pub(super) refused: Option<String>,
    /// Why the command could not be started inside.
    pub(super) missing: Option<String>,
    /// Whether some process could not be ended.
    pub(super) lingering: bool,
}

/// What *confine* says if it does not become the command.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Failure {
    /// The sandbox could not be set up.
    Refused(String),
    /// The command could not be started.
    Missing(String),
}
