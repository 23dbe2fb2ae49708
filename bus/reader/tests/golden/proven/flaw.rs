//! What can be wrong with a proof, and what a verifier must say to it.

use trail_record::body::Proof;
use trail_record::body::proof::{Outcome, Verdict};
use trail_record::{CriterionId, TreeId};

/// The test whose proof most flaws are in: it fails on the base and proves AC-2.
pub(super) const TEST: &str = "report::rounds_half_up";
/// A test that passes whatever the code does.
const VACUOUS: &str = "report::has_a_title";
/// A test that could not be built on the base.
const NEW: &str = "xbrl::maps_every_disclosure";

/// What is wrong with the proofs of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flaw {
    None,
    VacuousProves,
    VacuousIsCalledDiscriminating,
    OtherOutcome,
    OtherTree,
    LeavesOutRun,
    RunNotInput,
    NotRunOnBase,
    BaseOfOther,
    ForeignMutant,
    MutantTree,
    OtherEnvironment,
    UnnamedCriterion,
}

type Told = (&'static str, &'static str, &'static [&'static str], Flaw);

const ONE: &[&str] = &["unsupported-proof"];
const THREE: &[&str] = &["unsupported-proof"; 3];
const FIVE: &[&str] = &["unsupported-proof"; 5];

/// Returns the cases: name, about, findings, flaw.
pub(crate) fn cases() -> [Told; 12] {
    [
        (
            "proof-vacuous",
            "a proof says that a vacuous test proves its criterion",
            ONE,
            Flaw::VacuousProves,
        ),
        (
            "proof-wrong-verdict",
            "a proof calls a vacuous test discriminating",
            ONE,
            Flaw::VacuousIsCalledDiscriminating,
        ),
        (
            "proof-other-outcome",
            "a proof says that a test failed by assertion where its runs say that it passed",
            ONE,
            Flaw::OtherOutcome,
        ),
        (
            "proof-other-tree",
            "a proof is of another tree than its run",
            ONE,
            Flaw::OtherTree,
        ),
        (
            "proof-leaves-out-run",
            "a proof names the run in which the test failed and not the one in which it passed",
            ONE,
            Flaw::LeavesOutRun,
        ),
        (
            "proof-run-not-input",
            "a proof names a run that is not among its inputs",
            ONE,
            Flaw::RunNotInput,
        ),
        (
            "proof-not-run-on-base",
            "a proof rests on a mutant alone, and on no run of the base",
            ONE,
            Flaw::NotRunOnBase,
        ),
        (
            "proof-base-of-other",
            "the trial of the base met another commit than the run started from",
            FIVE,
            Flaw::BaseOfOther,
        ),
        (
            "proof-foreign-mutant",
            "the mutant is a fault of another commit than the change",
            ONE,
            Flaw::ForeignMutant,
        ),
        (
            "proof-mutant-tree",
            "the trial of a mutant met another tree than the mutant's",
            ONE,
            Flaw::MutantTree,
        ),
        (
            "proof-other-environment",
            "base and change were run in different environments",
            THREE,
            Flaw::OtherEnvironment,
        ),
        (
            "proof-unnamed-criterion",
            "a proof is of a criterion that the test does not name",
            ONE,
            Flaw::UnnamedCriterion,
        ),
    ]
}

impl Flaw {
    /// Spoils what a proof says of its runs.
    pub(super) fn before(self, proof: &mut Proof) {
        match (self, proof.test.as_str()) {
            (Self::OtherOutcome, VACUOUS) => proof.base.outcome = Outcome::Assertion,
            (Self::OtherTree, TEST) => proof.tree = TreeId::new("0".repeat(40)),
            (Self::LeavesOutRun, TEST) => {
                proof.base.by.truncate(1);
                proof.base.outcome = Outcome::Assertion;
            }
            (Self::NotRunOnBase, NEW) => {
                proof.base.by.clear();
                proof.base.outcome = Outcome::Absent;
            }
            _ => {}
        }
    }

    /// Spoils what a proof says of its criterion.
    pub(super) fn after(self, proof: &mut Proof) {
        let claim = &mut proof.claims[0];
        match (self, proof.test.as_str()) {
            (Self::VacuousProves, VACUOUS) => claim.proves = true,
            (Self::VacuousIsCalledDiscriminating, VACUOUS) => {
                claim.verdict = Verdict::Discriminating;
            }
            (Self::UnnamedCriterion, TEST) => claim.criterion.criterion = CriterionId::from("AC-1"),
            _ => {}
        }
    }
}
