//! What shows that a criterion holds: trials of tests, mutants, and the proofs they make.

use serde::{Deserialize, Serialize};

use super::change::{FailedBy, TestCase, TestOutcome, TestPlace, TestResult, Validates};
use crate::digest::{Blob, Digest};
use crate::id::{CommentId, CommitId, ItemId, ItemKey, RunId, TreeId, UserId};
use crate::record::Record;

/// A run of tests that was made to learn whether they can fail.
///
/// Its inputs name the commit's record, and the mutant if it is a trial of one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trial {
    /// Which code the tests met.
    pub of: TrialOf,
    /// The mutant, if they met one.
    pub mutant: Option<Digest<Record>>,
    /// Which run of the same tests on the same code this is, from 1. The change's first run is the
    /// run's own test result, so a trial of the change begins with 2.
    pub repeat: u32,
    /// The commit that was checked out.
    pub at: CommitId,
    /// The paths of the change's tests that were laid over it, sorted; empty on the change itself.
    pub overlaid: Vec<String>,
    /// What came of it; of the cases those of annotated tests, of the output the end.
    pub result: TestResult,
}

/// Which code the tests of a trial met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TrialOf {
    /// The commit the run started from, with the change's tests.
    Base,
    /// The change, once more.
    Change,
    /// The change with one deliberate fault.
    Mutant,
}

/// One deliberate fault: a byte range of a file of the change, replaced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mutant {
    /// The commit it is a fault of.
    pub onto: CommitId,
    /// The tree with the fault in it.
    pub tree: TreeId,
    /// The file.
    pub path: String,
    /// Digest of the file's bytes before.
    pub file: Digest<Blob>,
    /// The line the fault begins in, from 1.
    pub line: u32,
    /// The first byte that is replaced, from 0.
    pub start: u64,
    /// The bytes that are replaced, as text.
    pub before: String,
    /// What stands there instead.
    pub after: String,
    /// What kind of fault: `negate-condition`, `reverse-hunk`.
    pub operator: String,
    /// What made it: `trail`, or an outside tool and its version.
    pub made_by: String,
}

/// What one annotated test shows for the criteria it names.
///
/// Everything in it follows from the trials among its inputs: a verifier computes it again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proof {
    /// The test, as the runner names it.
    pub test: String,
    /// Where it stands; none if no source was found for it.
    pub place: Option<TestPlace>,
    /// The tree it was judged on: the change's.
    pub tree: TreeId,
    /// How it went on the base.
    pub base: Seen,
    /// How it went on the change.
    pub change: Seen,
    /// How it went on the mutant it failed by assertion on; none if there is none.
    pub mutant: Option<Seen>,
    /// What follows, one for each criterion it names, in the spec's order.
    pub claims: Vec<Claim>,
}

/// How a test went on one code, over all trials of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seen {
    /// How it went.
    pub outcome: Outcome,
    /// The records that show it, in order: test results and trials.
    pub by: Vec<Digest<Record>>,
}

/// How a test went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It passed.
    Passed,
    /// An assertion of the test did not hold.
    Assertion,
    /// It ended otherwise than by an assertion.
    Crashed,
    /// It, or what it needs, could not be built or loaded.
    NotBuilt,
    /// It did not end in time.
    TimedOut,
    /// The runner left it out.
    Skipped,
    /// The runner does not know it.
    Absent,
    /// It went one way and then another on the same code.
    Flaky,
}

/// What a test shows for one criterion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// The criterion, with the revision it had.
    pub criterion: Validates,
    /// Whether the criterion says that something must stay as it was.
    pub keeps: bool,
    /// What the test is for it.
    pub verdict: Verdict,
    /// Whether it proves it.
    pub proves: bool,
    /// Why, for people.
    pub reason: String,
}

/// What a test is for a criterion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// It fails by assertion without the change, or on a mutant of it, and passes on the change.
    Discriminating,
    /// It passes whatever the code does, as far as was tried.
    Vacuous,
    /// It passed on the base and fails on the change.
    Regression,
    /// It fails on both, or did not run on the change.
    Failing,
    /// It went one way and then another on the same code.
    Flaky,
}

impl Verdict {
    /// Returns the word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Discriminating => "discriminating",
            Self::Vacuous => "vacuous",
            Self::Regression => "regression",
            Self::Failing => "failing",
            Self::Flaky => "flaky",
        }
    }
}

impl Outcome {
    /// Says it for people.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Assertion => "failed by assertion",
            Self::Crashed => "crashed",
            Self::NotBuilt => "not built",
            Self::TimedOut => "timed out",
            Self::Skipped => "skipped",
            Self::Absent => "absent",
            Self::Flaky => "flaky",
        }
    }

    /// Folds the outcomes of repeated runs on the same code; none of none.
    #[must_use]
    pub fn of_runs(runs: impl IntoIterator<Item = Self>) -> Option<Self> {
        runs.into_iter()
            .reduce(|one, other| if one == other { one } else { Self::Flaky })
    }
}

/// Returns how `test` went in one run, as its result tells.
///
/// A test that has no case did not run: for not being built, if what it belongs to has a case that
/// says so (see [`stands_for`]); in time, if the run was ended for that; for a crash, if the run was
/// ended otherwise; for not being built, if no test ran and the command failed. Else the runner does
/// not know it. Cases of one name that differ say nothing sure: they are flaky.
#[must_use]
pub fn outcome_in(result: &TestResult, test: &str) -> Outcome {
    let cases = result.cases.iter().filter(|case| case.name == test);
    if let Some(outcome) = Outcome::of_runs(cases.map(outcome_of)) {
        return outcome;
    }
    let unbuilt = result
        .cases
        .iter()
        .any(|case| case.failed_by == Some(FailedBy::NotBuilt) && stands_for(&case.name, test));
    if unbuilt {
        return Outcome::NotBuilt;
    }
    match result.ended.as_deref() {
        Some("timeout") => Outcome::TimedOut,
        Some(_) => Outcome::Crashed,
        None if result.cases.is_empty() && result.exit != Some(0) => Outcome::NotBuilt,
        None => Outcome::Absent,
    }
}

/// Tells whether a case of this name stands for all that `test` belongs to: a binary, package or
/// file that could not be built or loaded has one case in place of those of its tests, and their
/// names begin with its name and `::`, `.` or `/`.
#[must_use]
pub fn stands_for(name: &str, test: &str) -> bool {
    let rest = test.strip_prefix(name).unwrap_or_default();
    !name.is_empty() && (rest.starts_with("::") || rest.starts_with(['.', '/']))
}

/// Returns how one case went; a failure that says not how was no assertion that anybody saw.
const fn outcome_of(case: &TestCase) -> Outcome {
    match (case.outcome, case.failed_by) {
        (TestOutcome::Passed, _) => Outcome::Passed,
        (TestOutcome::Skipped, _) => Outcome::Skipped,
        (TestOutcome::Failed, Some(FailedBy::Assertion)) => Outcome::Assertion,
        (TestOutcome::Failed, Some(FailedBy::NotBuilt)) => Outcome::NotBuilt,
        (TestOutcome::Failed, Some(FailedBy::Timeout)) => Outcome::TimedOut,
        (TestOutcome::Failed, Some(FailedBy::Crash) | None) => Outcome::Crashed,
    }
}

/// Judges what a test shows for a criterion, from how it went on the base, on the change, and on the
/// mutant it failed on; and says why.
///
/// A criterion that `keeps` is proven by a test that passes on base and change and fails by
/// assertion on a mutant. Any other is proven by a test that passes on the change and failed by
/// assertion on the base, or could not be built there and fails by assertion on a mutant.
#[must_use]
pub fn judge(
    base: Outcome,
    change: Outcome,
    mutant: Option<Outcome>,
    keeps: bool,
) -> (Verdict, bool, &'static str) {
    use Outcome::{Absent, Assertion, Crashed, Flaky, NotBuilt, Passed, Skipped, TimedOut};
    let killed = mutant == Some(Assertion);
    match (change, base) {
        (Flaky, _) => (
            Verdict::Flaky,
            false,
            "it passed and failed on the same change",
        ),
        (Passed, Flaky) => (
            Verdict::Flaky,
            false,
            "it passed and failed on the same base",
        ),
        (Passed, Assertion) if keeps => (
            Verdict::Discriminating,
            false,
            "the criterion keeps something, but its test failed on the base: nothing was kept",
        ),
        (Passed, Assertion) => (
            Verdict::Discriminating,
            true,
            "it failed by assertion on the base and passes on the change",
        ),
        (Passed, Passed) if keeps && killed => (
            Verdict::Discriminating,
            true,
            "it passes on base and change, and fails by assertion on a mutant",
        ),
        (Passed, Passed) if keeps => (
            Verdict::Vacuous,
            false,
            "it passes on base and change, and no mutant made it fail by assertion",
        ),
        (Passed, Passed) => (
            Verdict::Vacuous,
            false,
            "it passes on the base already, without the change",
        ),
        (Passed, NotBuilt | Crashed | TimedOut | Skipped | Absent) if keeps => (
            Verdict::Vacuous,
            false,
            "the criterion keeps something, but its test does not pass on the base",
        ),
        (Passed, NotBuilt | Crashed | TimedOut | Skipped | Absent) if killed => (
            Verdict::Discriminating,
            true,
            "it could not run on the base, and fails by assertion on a mutant of the change",
        ),
        (Passed, NotBuilt | Crashed | TimedOut | Skipped | Absent) => (
            Verdict::Vacuous,
            false,
            "it could not run on the base, and no mutant of the change made it fail by assertion",
        ),
        (Assertion | Crashed | NotBuilt | TimedOut, Passed) => (
            Verdict::Regression,
            false,
            "it passed on the base and fails on the change",
        ),
        (Skipped | Absent, _) => (Verdict::Failing, false, "it did not run on the change"),
        (
            Assertion | Crashed | NotBuilt | TimedOut,
            Assertion | Crashed | NotBuilt | TimedOut | Skipped | Absent | Flaky,
        ) => (Verdict::Failing, false, "it fails on the change"),
    }
}

/// Results of tests that were run elsewhere, as somebody reported them: joined to criteria, but not
/// performed by Trail and proving nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReportedResult {
    /// The file they came in, its name alone.
    pub source: String,
    /// Its format: `junit`.
    pub format: String,
    /// Digest of the file.
    pub bytes: Digest<Blob>,
    /// The commit they are said to be of; none if nobody said.
    pub commit: Option<CommitId>,
    /// Who says so, as they call themselves.
    pub reported_by: String,
    /// The tests, ordered by name.
    pub cases: Vec<super::TestCase>,
}

/// Delivered work that is to be taken back, and on whose word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Revert {
    /// What is taken back, in the order in which it is: what builds on other work comes first. The
    /// last is the item's own.
    pub items: Vec<Reverted>,
    /// Who said so.
    pub user: UserId,
    /// In which comment.
    pub comment: CommentId,
    /// The code they named.
    pub code: String,
    /// Their reason, if they gave one.
    pub why: Option<String>,
}

/// One delivery that is taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reverted {
    /// The item.
    pub item: ItemId,
    /// Its key.
    pub key: ItemKey,
    /// The run that delivered it.
    pub run: RunId,
    /// The receipt.
    pub receipt: Digest<Record>,
    /// The commit the run started from.
    pub base: CommitId,
    /// The commit it delivered.
    pub head: CommitId,
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Outcome; 8] = [
        Outcome::Passed,
        Outcome::Assertion,
        Outcome::Crashed,
        Outcome::NotBuilt,
        Outcome::TimedOut,
        Outcome::Skipped,
        Outcome::Absent,
        Outcome::Flaky,
    ];

    /// Who proves what, written down a second time and from the other end.
    fn proves(base: Outcome, change: Outcome, mutant: Option<Outcome>, keeps: bool) -> bool {
        let killed = mutant == Some(Outcome::Assertion);
        if change != Outcome::Passed || base == Outcome::Flaky {
            return false;
        }
        match (keeps, base) {
            (true, Outcome::Passed) => killed,
            (false, Outcome::Assertion) => true,
            (true, _) | (false, Outcome::Passed) => false,
            (false, _) => killed,
        }
    }

    #[test]
    fn only_a_test_that_can_fail_by_assertion_proves() {
        let mutants = std::iter::once(None).chain(ALL.map(Some));
        for mutant in mutants {
            for (base, change) in ALL.iter().flat_map(|one| ALL.map(|other| (*one, other))) {
                for keeps in [false, true] {
                    let (verdict, proven, _) = judge(base, change, mutant, keeps);
                    let told = format!("{base:?} {change:?} {mutant:?} {keeps}");
                    assert_eq!(proven, proves(base, change, mutant, keeps), "{told}");
                    assert!(!proven || verdict == Verdict::Discriminating, "{told}");
                }
            }
        }
    }

    #[test]
    fn a_run_tells_how_a_test_went_and_why_it_did_not_run() {
        let case = |name: &str, outcome, failed_by| TestCase {
            name: name.to_owned(),
            outcome,
            validates: Vec::new(),
            failed_by,
            message: None,
            place: None,
        };
        let mut result = TestResult {
            tree: TreeId::from("t"),
            command: Vec::new(),
            environment: Digest::of(b""),
            sandbox: String::new(),
            exit: Some(101),
            ended: None,
            cases: vec![
                case("asserts", TestOutcome::Failed, Some(FailedBy::Assertion)),
                case("both", TestOutcome::Failed, Some(FailedBy::Assertion)),
                case("both", TestOutcome::Passed, None),
                case("crashes", TestOutcome::Failed, Some(FailedBy::Crash)),
                case("hangs", TestOutcome::Failed, Some(FailedBy::Timeout)),
                case("imports", TestOutcome::Failed, Some(FailedBy::NotBuilt)),
                case("passes", TestOutcome::Passed, None),
                case("skipped", TestOutcome::Skipped, None),
                case("somehow", TestOutcome::Failed, None),
            ],
            output: String::new(),
            output_digest: Digest::of(b""),
        };
        for (test, outcome) in [
            ("asserts", Outcome::Assertion),
            ("both", Outcome::Flaky),
            ("crashes", Outcome::Crashed),
            ("hangs", Outcome::TimedOut),
            ("imports", Outcome::NotBuilt),
            ("passes", Outcome::Passed),
            ("skipped", Outcome::Skipped),
            ("somehow", Outcome::Crashed),
            ("another", Outcome::Absent),
        ] {
            assert_eq!(outcome_in(&result, test), outcome, "{test}");
        }
        for (ended, outcome) in [
            ("timeout", Outcome::TimedOut),
            ("signal", Outcome::Crashed),
            ("output", Outcome::Crashed),
        ] {
            result.ended = Some(ended.to_owned());
            assert_eq!(outcome_in(&result, "another"), outcome, "{ended}");
        }
        result.ended = None;
        result.cases.clear();
        assert_eq!(outcome_in(&result, "another"), Outcome::NotBuilt);
        result.exit = Some(0);
        assert_eq!(outcome_in(&result, "another"), Outcome::Absent);
    }

    #[test]
    fn what_was_not_built_stands_for_its_tests() {
        for (name, test, stands) in [
            ("shop::it", "shop::it::works", true),
            ("shop", "shop::it::works", true),
            ("tests.test_a", "tests.test_a.TestX::test_y", true),
            ("tests.test_a", "tests.test_ab::test_y", false),
            ("shop::it", "shop::it", false),
            ("", "::works", false),
        ] {
            assert_eq!(stands_for(name, test), stands, "{name} {test}");
        }
    }

    #[test]
    fn runs_that_differ_are_flaky() {
        use Outcome::{Assertion, Flaky, Passed};
        assert_eq!(Outcome::of_runs([]), None);
        assert_eq!(Outcome::of_runs([Passed]), Some(Passed));
        assert_eq!(Outcome::of_runs([Passed, Passed]), Some(Passed));
        assert_eq!(Outcome::of_runs([Passed, Assertion]), Some(Flaky));
        assert_eq!(Outcome::of_runs([Flaky, Passed]), Some(Flaky));
    }
}
