//! What is left to do: the tests that go back to the tester, and why.

use std::collections::BTreeSet;

use trail_record::body::proof::{Claim, Outcome, Verdict};
use trail_record::body::{Proof, Spec, TestPlace, Validates};

/// A test that goes back to the tester.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentBack {
    /// The test, as the runner names it.
    pub test: String,
    /// Where it stands.
    pub place: Option<TestPlace>,
    /// What it does not prove, with why, in the spec's order.
    pub claims: Vec<Claim>,
    /// What would help, in plain words.
    pub advice: &'static str,
}

/// Returns the tests that name a criterion of `spec` which no test proves, with why they do not
/// prove it and what would help.
///
/// A test of many rows goes back once, and only if no row proves the criterion.
#[must_use]
pub fn sent_back(spec: &Spec, proofs: &[Proof]) -> Vec<SentBack> {
    let proven: BTreeSet<(&str, u32)> = proofs
        .iter()
        .flat_map(|own| &own.claims)
        .filter(|own| own.proves)
        .filter_map(|own| Some((own.criterion.criterion.as_str(), own.criterion.revision?)))
        .collect();
    let is_open = |named: &Validates| {
        let criterion = spec.criteria.iter().find(|own| own.id == named.criterion);
        named.work_item == spec.key
            && criterion.is_some_and(|own| !proven.contains(&(own.id.as_str(), own.revision)))
    };
    let mut places = BTreeSet::new();
    let mut back = Vec::new();
    for proof in proofs {
        let claims: Vec<Claim> = proof
            .claims
            .iter()
            .filter(|own| !own.proves && is_open(&own.criterion))
            .cloned()
            .collect();
        let Some(first) = claims.first() else {
            continue;
        };
        if proof
            .place
            .as_ref()
            .is_some_and(|own| !places.insert(own.clone()))
        {
            continue;
        }
        back.push(SentBack {
            test: proof.test.clone(),
            place: proof.place.clone(),
            advice: advice(proof, first),
            claims,
        });
    }
    back
}

/// Says what would make the test prove the criterion.
fn advice(proof: &Proof, claim: &Claim) -> &'static str {
    let named = claim.criterion.revision;
    match (claim.verdict, proof.base.outcome) {
        (Verdict::Discriminating, _) if claim.reason.contains("revision") && named.is_some() => {
            "check the test against the criterion as it is now, then name its revision"
        }
        (Verdict::Discriminating, Outcome::Assertion) if claim.keeps => {
            "assert what already holds without the change and must go on to hold"
        }
        (Verdict::Discriminating, _) => "nothing in the test is wrong; it has to be tried again",
        (Verdict::Vacuous, _) if claim.keeps => {
            "assert the very result that must stay, so that a fault in the code it covers makes an assertion fail"
        }
        (Verdict::Vacuous, Outcome::Passed) => {
            "assert what only the change makes true: without it an assertion of the test must fail"
        }
        (Verdict::Vacuous, _) => {
            "assert the results of what is new: a test that only calls it holds for any code"
        }
        (Verdict::Flaky, _) => {
            "make the test go the same way each time: no clock, no random values, no order, no waiting"
        }
        (Verdict::Regression | Verdict::Failing, _) => {
            "make it pass on the change, or say why it cannot"
        }
    }
}
