//! What a test runner told.

use std::collections::BTreeSet;

use trail_record::body::{FailedBy, TestOutcome};

/// The name of the case that stands for the report itself: it is there, and failed, when the runner
/// crashed, was ended, told nothing, or contradicts itself. So such a run is never green.
pub const REPORT: &str = "(test report)";

/// What a test runner told, before it is joined with the sources.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Told {
    /// The tests, in the order in which they were told, each name once.
    ///
    /// What could not be built or loaded has a case too, with [`FailedBy::NotBuilt`]: its name is
    /// that of the binary, package or file, and so the beginning of the names of its tests.
    pub cases: Vec<ToldCase>,
    /// The run in words for people and models: failures with their messages, compiler errors,
    /// counts.
    pub shown: String,
    /// What is wrong with the report, for people. One that could hide a failure is a failed case
    /// [`REPORT`] too.
    pub problems: Vec<String>,
    /// The folder the tests were run in, as the runner knows it; paths below it are the
    /// repository's.
    pub root: Option<String>,
}

/// One test as it was told.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ToldCase {
    /// Its whole name, unique in the run: the suite, `::`, and its name there.
    pub name: String,
    /// What it belongs to: binary (`package::target`), dotted class, package; empty where it is not
    /// told.
    pub suite: String,
    /// Its name within the suite: `module::function`, `test_works[1]`, `block > title`.
    pub test: String,
    /// The file it is told to stand in, below [`Told::root`] where that is known; for Rust the root
    /// file of its binary.
    pub file: Option<String>,
    /// The line it is told to begin in, from 1.
    pub line: Option<u32>,
    /// How it went.
    pub outcome: Ended,
    /// How it failed, if it did.
    pub failure: Option<Failure>,
    /// The criteria the runner says it validates: work item and criterion as written.
    pub claims: Vec<(String, String)>,
}

/// How a test ended; [`TestOutcome`] with a default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Ended {
    /// It did not run.
    Skipped,
    /// It passed.
    Passed,
    /// It failed, or did not end.
    #[default]
    Failed,
}

/// How a test failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// How, as far as it follows from what was told; the place decides where it is known.
    pub by: FailedBy,
    /// Whether the words alone made it an assertion or a crash, so that the sources may overrule
    /// them.
    pub by_words: bool,
    /// Where it failed.
    pub at: Option<Spot>,
    /// What it said.
    pub message: String,
}

/// A place in a source file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spot {
    /// The file, as told: from the root, or absolute outside it.
    pub path: String,
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1.
    pub column: Option<u32>,
}

impl From<Ended> for TestOutcome {
    fn from(ended: Ended) -> Self {
        match ended {
            Ended::Passed => Self::Passed,
            Ended::Failed => Self::Failed,
            Ended::Skipped => Self::Skipped,
        }
    }
}

impl Failure {
    /// A failure without a place.
    #[must_use]
    pub fn new(by: FailedBy, message: impl Into<String>) -> Self {
        Self {
            by,
            by_words: false,
            at: None,
            message: message.into(),
        }
    }
}

impl ToldCase {
    /// A case with its name made of suite and test.
    #[must_use]
    pub fn new(suite: &str, test: &str, outcome: Ended) -> Self {
        Self {
            name: full_name(suite, test),
            suite: suite.to_owned(),
            test: test.to_owned(),
            outcome,
            ..Self::default()
        }
    }

    /// The same, failed.
    #[must_use]
    pub fn failed(suite: &str, test: &str, failure: Failure) -> Self {
        Self {
            failure: Some(failure),
            ..Self::new(suite, test, Ended::Failed)
        }
    }
}

/// Makes the whole name of a test.
pub(crate) fn full_name(suite: &str, test: &str) -> String {
    match (suite.is_empty(), test.is_empty()) {
        (true, _) => test.to_owned(),
        (_, true) => suite.to_owned(),
        (false, false) => format!("{suite}::{test}"),
    }
}

impl Told {
    /// Returns the files of the repository that the report speaks of, from its root: those tests
    /// are told to stand in, and those they failed in. Files outside are left out.
    #[must_use]
    pub fn files(&self) -> BTreeSet<String> {
        let told = self.cases.iter().flat_map(|case| {
            let at = case.failure.as_ref().and_then(|own| own.at.as_ref());
            case.file.iter().chain(at.map(|spot| &spot.path))
        });
        told.filter_map(|path| inside(path).map(str::to_owned))
            .collect()
    }

    /// Notes what is wrong with the report without making the run fail.
    pub(crate) fn note(&mut self, problem: impl Into<String>) {
        self.problems.push(problem.into());
    }

    /// Notes what is wrong with the report and may hide a failure: the run is not green.
    pub(crate) fn distrust(&mut self, problem: impl Into<String>) {
        let problem = problem.into();
        match self.cases.iter_mut().find(|case| case.name == REPORT) {
            Some(ToldCase {
                failure: Some(failure),
                ..
            }) => {
                failure.message.push('\n');
                failure.message.push_str(&problem);
            }
            _ => self.cases.push(ToldCase::failed(
                "",
                REPORT,
                Failure::new(FailedBy::Crash, problem.clone()),
            )),
        }
        self.problems.push(problem);
    }
}

/// Returns a told path if it is one inside the repository: relative, without `..`.
pub(crate) fn inside(path: &str) -> Option<&str> {
    let path = path.strip_prefix("./").unwrap_or(path);
    let climbs = path.split('/').any(|part| part == "..");
    (!path.is_empty() && !path.starts_with('/') && !climbs).then_some(path)
}
