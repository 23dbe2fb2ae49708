//! What an action's conversation starts from.
//!
//! The worker gathers a [`Briefing`] from the chain and the worktree; its text is the first message
//! of the conversation. Nothing of time, lease or machine is in it, so an action that is tried again
//! after a crash begins with the same bytes.

mod render;

use trail_port::workspace::Listed;
use trail_record::body::{Conclusion, Contract, PatchPurpose, Spec, TestOutcome, TestResult};

use crate::action::Action;

/// All that an action's conversation starts from.
#[derive(Debug, Clone)]
pub struct Briefing {
    /// The action.
    pub action: Action,
    /// The how-many-eth time this action is done in the run, from 1.
    pub round: u32,
    /// The sealed task.
    pub spec: Spec,
    /// The top level of the repository.
    pub outline: Vec<Listed>,
    /// The files that the item refers to, read for the planner.
    pub references: Vec<Reference>,
    /// What was concluded so far in the run, in order.
    pub conclusions: Vec<Conclusion>,
    /// The patchsets of the run, in order.
    pub patches: Vec<Patch>,
    /// The last test result.
    pub tests: Option<Tests>,
    /// Why earlier attempts ended: rejections with their reason, failures.
    pub setbacks: Vec<Setback>,
    /// What may be written without asking again.
    pub contract: Option<Contract>,
    /// The command that runs the tests.
    pub test_command: Vec<String>,
    /// What is to be delivered; only for the reviewer.
    pub delivery: Option<Delivery>,
}

/// A file that the item refers to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// Its path.
    pub path: String,
    /// Its text; none if there is no such file, or it is no text.
    pub text: Option<String>,
}

/// A patchset, for a reader who can look at the files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patch {
    /// What it is for.
    pub purpose: PatchPurpose,
    /// What its author says of it.
    pub summary: String,
    /// The paths it changes.
    pub files: Vec<String>,
}

/// A test result, for a reader who is to act on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tests {
    /// How many passed.
    pub passed: usize,
    /// The names of those that failed.
    pub failed: Vec<String>,
    /// How the run ended if it was ended: `timeout`, `output`, `signal`.
    pub ended: Option<String>,
    /// The last part of the output; empty where it is not wanted.
    pub output: String,
}

impl From<&TestResult> for Tests {
    fn from(result: &TestResult) -> Self {
        let failed = result
            .cases
            .iter()
            .filter(|case| case.outcome == TestOutcome::Failed);
        Self {
            passed: result.count(TestOutcome::Passed),
            failed: failed.map(|case| case.name.clone()).collect(),
            ended: result.ended.clone(),
            output: if result.is_green() {
                String::new()
            } else {
                result.output.clone()
            },
        }
    }
}

/// Why an earlier attempt ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setback {
    /// What happened: `file_write rejected by klara.nilsson`, `implement failed`.
    pub what: String,
    /// The reason given.
    pub reason: String,
}

/// What is to be delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The pull request's title.
    pub title: String,
    /// Its body.
    pub body: String,
    /// The unified diff from base to head.
    pub diff: String,
}

impl Briefing {
    /// Begins a briefing that holds only the task.
    #[must_use]
    pub const fn new(action: Action, round: u32, spec: Spec) -> Self {
        Self {
            action,
            round,
            spec,
            outline: Vec::new(),
            references: Vec::new(),
            conclusions: Vec::new(),
            patches: Vec::new(),
            tests: None,
            setbacks: Vec::new(),
            contract: None,
            test_command: Vec::new(),
            delivery: None,
        }
    }
}
