//! What is claimed and shown for each criterion.
//!
//! An annotation is a claim: a passing annotated test says "annotated tests pass", never "proven".
//! Only a sealed proof of the tree that was tested last, in the criterion's newest revision, proves.

use std::collections::HashMap;

use serde::Serialize;
use trail_record::body::proof::{self, Verdict};
use trail_record::body::{Criterion, Proof, Spec, TestCase, TestOutcome, TestResult};
use trail_record::{CriterionId, Digest, ItemKey, Record};

use super::{Fact, Story};

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
    /// What trials showed of it; none if none were made.
    pub proof: Option<Shown>,
}

/// What trials showed of a test for one criterion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Shown {
    /// The proof.
    pub record: Digest<Record>,
    /// What the test is for the criterion.
    pub verdict: Verdict,
    /// Whether it proves it.
    pub proves: bool,
    /// Why, for people.
    pub reason: String,
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
    /// All tests that claim it pass; whether they can fail was not found out.
    AnnotatedTestsPass,
    /// All tests that claim it pass, and none of them was seen to be able to fail.
    NotProven,
    /// All tests that claim it pass, and at least one of them proves it.
    Proven,
}

impl Standing {
    /// All of them, what is least first.
    pub const ALL: [Self; 7] = [
        Self::AnnotatedTestsFail,
        Self::Suspect,
        Self::Unclaimed,
        Self::NotTested,
        Self::NotProven,
        Self::AnnotatedTestsPass,
        Self::Proven,
    ];

    /// Returns its stable word, as JSON has it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::NotTested => "not-tested",
            Self::Unclaimed => "unclaimed",
            Self::Suspect => "suspect",
            Self::AnnotatedTestsFail => "annotated-tests-fail",
            Self::AnnotatedTestsPass => "annotated-tests-pass",
            Self::NotProven => "not-proven",
            Self::Proven => "proven",
        }
    }

    /// Says it for people.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotTested => "not tested",
            Self::Unclaimed => "no annotated test",
            Self::Suspect => "suspect: amended after the last test run",
            Self::AnnotatedTestsFail => "annotated tests fail",
            Self::AnnotatedTestsPass => "annotated tests pass",
            Self::NotProven => "not proven: its tests were not seen to fail",
            Self::Proven => "proven",
        }
    }

    /// Tells whether all tests that claim the criterion pass, whatever that shows.
    #[must_use]
    pub const fn passes(self) -> bool {
        match self {
            Self::AnnotatedTestsPass | Self::NotProven | Self::Proven => true,
            Self::NotTested | Self::Unclaimed | Self::Suspect | Self::AnnotatedTestsFail => false,
        }
    }
}

/// Tells what was claimed and shown when entry `until` was sealed, that entry included.
pub(super) fn until(story: &Story, until: u64) -> Vec<Coverage> {
    let Some(spec) = story.specs.iter().rev().find(|own| own.entry <= until) else {
        return Vec::new();
    };
    let last = story.tests.iter().rev().find(|own| own.entry <= until);
    let tested = last.map_or(0, |own| own.entry);
    let before = story.specs.iter().rev().find(|own| own.entry <= tested);
    let index = Index::of(story, spec, last, until);
    let earlier: HashMap<&CriterionId, u32> = before
        .iter()
        .flat_map(|own| &own.body.criteria)
        .map(|own| (&own.id, own.revision))
        .collect();
    let told = spec.body.criteria.iter().map(|criterion| {
        let tests: Vec<Claim> = index
            .cases(criterion)
            .map(|case| Claim {
                proof: index.shown(&case.name, criterion),
                name: case.name.clone(),
                outcome: case.outcome,
            })
            .collect();
        let amended = before.is_some() && earlier.get(&criterion.id) != Some(&criterion.revision);
        let standing = if last.is_none() {
            Standing::NotTested
        } else if amended {
            Standing::Suspect
        } else if tests.is_empty() {
            Standing::Unclaimed
        } else if tests.iter().any(|own| own.outcome != TestOutcome::Passed) {
            Standing::AnnotatedTestsFail
        } else if tests
            .iter()
            .flat_map(|own| &own.proof)
            .any(|own| own.proves)
        {
            Standing::Proven
        } else if tests.iter().any(|own| own.proof.is_some()) {
            Standing::NotProven
        } else {
            Standing::AnnotatedTestsPass
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

/// The tests that were run last and the proofs of their tree, by what they are looked up by.
struct Index<'s> {
    story: &'s Story,
    key: &'s ItemKey,
    cases: HashMap<&'s CriterionId, Vec<(&'s TestCase, Option<u32>)>>,
    /// Newest first.
    proofs: HashMap<&'s str, Vec<&'s Fact<Proof>>>,
}

impl<'s> Index<'s> {
    fn of(
        story: &'s Story,
        spec: &'s Fact<Spec>,
        last: Option<&'s Fact<TestResult>>,
        until: u64,
    ) -> Self {
        let mut index = Self {
            story,
            key: &spec.body.key,
            cases: HashMap::new(),
            proofs: HashMap::new(),
        };
        let Some(last) = last else {
            return index;
        };
        for case in &last.body.cases {
            for own in &case.validates {
                if own.work_item == spec.body.key {
                    let cases = index.cases.entry(&own.criterion).or_default();
                    cases.push((case, own.revision));
                }
            }
        }
        // A proof says something of the tree it was made on, and of no other.
        let proofs = story.proofs.iter().rev().filter(|own| own.entry <= until);
        for own in proofs.filter(|own| own.body.tree == last.body.tree) {
            let proofs = index.proofs.entry(own.body.test.as_str()).or_default();
            proofs.push(own);
        }
        index
    }

    /// Returns the tests that claim a criterion: an annotation that names a revision claims that one
    /// and no other.
    fn cases(&self, criterion: &Criterion) -> impl Iterator<Item = &'s TestCase> {
        let cases = self.cases.get(&criterion.id).into_iter().flatten();
        let mut told: Vec<&TestCase> = cases
            .filter(|(_, named)| named.is_none_or(|own| own == criterion.revision))
            .map(|(case, _)| *case)
            .collect();
        told.dedup_by(|one, other| std::ptr::eq(*one, *other));
        told.into_iter()
    }

    /// Returns what the newest proof of a test shows for a criterion in its newest revision.
    fn shown(&self, test: &str, criterion: &Criterion) -> Option<Shown> {
        let of_test = self.proofs.get(test).into_iter().flatten();
        let mut found =
            of_test.flat_map(|own| own.body.claims.iter().map(move |claim| (own, claim)));
        let (proof, claim) = found.find(|(proof, claim)| {
            claim.criterion.work_item == *self.key
                && claim.criterion.criterion == criterion.id
                && self.revision(proof, claim) == Some(criterion.revision)
                && claim.keeps == criterion.keeps
        })?;
        Some(Shown {
            record: proof.digest,
            verdict: claim.verdict,
            proves: claim.proves,
            reason: claim.reason.clone(),
        })
    }

    /// Returns the revision that a claim is of: the one it names, else the one that was agreed when it
    /// was sealed.
    fn revision(&self, proof: &Fact<Proof>, claim: &proof::Claim) -> Option<u32> {
        claim.criterion.revision.or_else(|| {
            let mut specs = self.story.specs.iter().rev();
            let spec = specs.find(|own| own.entry <= proof.entry)?;
            let mut criteria = spec.body.criteria.iter();
            criteria
                .find(|own| own.id == claim.criterion.criterion)
                .map(|own| own.revision)
        })
    }
}
