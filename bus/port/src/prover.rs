//! The Prover port: runs tests where they must fail.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use trail_record::body::proof::TrialOf;
use trail_record::body::{Mutant, TestPlace, TestResult, Validates};
use trail_record::{CommitId, ItemId, RunId};

use crate::tests::TestSettings;
use crate::workspace;

/// Which tests are to be tried, on what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The item.
    pub item: ItemId,
    /// The run.
    pub run: RunId,
    /// The commit the run started from.
    pub base: CommitId,
    /// The change.
    pub head: CommitId,
    /// The tests that name criteria, as they passed on the change.
    pub tests: Vec<Wanted>,
    /// The paths that hold tests of the change and are laid over the base, sorted. A file that holds
    /// tests and product code is not among them.
    pub test_paths: Vec<String>,
    /// Globs of the paths in which faults may be made for criteria that keep something.
    pub product: Vec<String>,
    /// The result of the run on the change.
    pub result: TestResult,
    /// How tests are run, and what may be spent on trials.
    pub settings: TestSettings,
}

/// A test to be tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Its name as the runner gives it.
    pub test: String,
    /// Where it stands.
    pub place: Option<TestPlace>,
    /// The criteria it names, and whether each keeps something.
    pub criteria: Vec<(Validates, bool)>,
}

impl Wanted {
    /// Tells whether any of its criteria keeps something.
    #[must_use]
    pub fn keeps(&self) -> bool {
        self.criteria.iter().any(|(_, keeps)| *keeps)
    }

    /// Tells whether any of its criteria asks for something new.
    #[must_use]
    pub fn is_new(&self) -> bool {
        self.criteria.iter().any(|(_, keeps)| !keeps)
    }
}

/// What was tried.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Evidence {
    /// The trials, in the order in which they were made.
    pub trials: Vec<Tried>,
    /// The mutants of those trials.
    pub mutants: Vec<Mutant>,
    /// Why it was stopped before all was tried; none if it was not.
    pub stopped: Option<String>,
}

/// One trial.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tried {
    /// Which code the tests met.
    pub of: TrialOf,
    /// The mutant, by its place in [`Evidence::mutants`].
    pub mutant: Option<usize>,
    /// As [`trail_record::body::Trial::repeat`].
    pub repeat: u32,
    /// As [`trail_record::body::Trial::at`].
    pub at: CommitId,
    /// As [`trail_record::body::Trial::overlaid`].
    pub overlaid: Vec<String>,
    /// What came of it.
    pub result: TestResult,
}

/// Runs tests where they must fail: on the base, on the change again, and on mutants of it.
///
/// Laws: every trial is run in the same kind of sandbox and environment as the result it is compared
/// with, and one that was not says so by its environment's digest; the run's own worktree is not
/// touched; what was tried before on the same tree with the same command in the same environment is
/// not run again after a crash; nothing but the sandbox executes what the repository holds.
#[async_trait]
pub trait Prover: Send + Sync {
    /// Tries the tests.
    ///
    /// # Errors
    /// If the workspace fails; tests that fail, crash or hang are results.
    async fn prove(&self, question: &Question) -> Result<Evidence, workspace::Error>;
}
