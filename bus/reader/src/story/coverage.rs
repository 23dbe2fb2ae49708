//! What is claimed and shown for each criterion.
//!
//! An annotation is a claim: a passing annotated test says "annotated tests pass", never "proven".

use serde::Serialize;
use trail_record::CriterionId;
use trail_record::body::TestOutcome;

use super::Story;

/// One criterion and the tests that claim it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Coverage {
    /// The criterion.
    pub criterion: CriterionId,
    /// Its revision.
    pub revision: u32,
    /// What must hold.
    pub text: String,
    /// Whether it says that something must stay as it was.
    pub keeps: bool,
    /// What can be said of it.
    pub standing: Standing,
    /// The tests of the last test run that claim it.
    pub tests: Vec<Claim>,
}

/// A test that claims a criterion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Claim {
    /// The test.
    pub name: String,
    /// How it went in the last run.
    pub outcome: TestOutcome,
}

/// What can be said of a criterion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// No tests were run.
    NotTested,
    /// No test claims it.
    Unclaimed,
    /// It was amended after the last test run.
    Suspect,
    /// A test that claims it failed, or none of them ran.
    AnnotatedTestsFail,
    /// All tests that claim it pass.
    AnnotatedTestsPass,
}

impl Standing {
    /// Says it for people.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotTested => "not tested",
            Self::Unclaimed => "no annotated test",
            Self::Suspect => "suspect: amended after the last test run",
            Self::AnnotatedTestsFail => "annotated tests fail",
            Self::AnnotatedTestsPass => "annotated tests pass",
        }
    }
}

pub(super) fn of(story: &Story) -> Vec<Coverage> {
    let Some(spec) = story.spec() else {
        return Vec::new();
    };
    let last = story.tests.last();
    let tested = last.map_or(0, |own| own.entry);
    let before = story.specs.iter().rev().find(|own| own.entry <= tested);
    let told = spec.body.criteria.iter().map(|criterion| {
        let cases = last.map_or(&[][..], |own| &own.body.cases);
        let tests: Vec<Claim> = cases
            .iter()
            .filter(|case| {
                let mut claims = case.validates.iter();
                claims.any(|own| own.work_item == spec.body.key && own.criterion == criterion.id)
            })
            .map(|case| Claim {
                name: case.name.clone(),
                outcome: case.outcome,
            })
            .collect();
        let amended = before.is_some_and(|before| {
            let earlier = before
                .body
                .criteria
                .iter()
                .find(|own| own.id == criterion.id);
            earlier.is_none_or(|own| own.revision != criterion.revision)
        });
        let standing = if last.is_none() {
            Standing::NotTested
        } else if amended {
            Standing::Suspect
        } else if tests.is_empty() {
            Standing::Unclaimed
        } else if tests.iter().all(|own| own.outcome == TestOutcome::Passed) {
            Standing::AnnotatedTestsPass
        } else {
            Standing::AnnotatedTestsFail
        };
        Coverage {
            criterion: criterion.id.clone(),
            revision: criterion.revision,
            text: criterion.text.clone(),
            keeps: criterion.keeps,
            standing,
            tests,
        }
    });
    told.collect()
}
