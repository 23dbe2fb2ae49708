//! Attestations: what a history shows, said once more in the words of in-toto.
//!
//! Each is an in-toto Statement v1, computed from the records and never typed in. The predicate types
//! of in-toto and SLSA are used where they say what is meant; for the rest Trail has its own, whose
//! JSON Schemas are in `bus/bundle/schemas`. They are named under `https://trail.invalid/`: a name
//! that RFC 2606 keeps for ever from being anybody's, so nobody can serve another meaning there.

mod verify;

use serde_json::{Value, json};
use trail_record::body::proof::TrialOf;
use trail_record::body::{GateName, GateOutcome, TestOutcome, TestResult, Trial};
use trail_record::{Digest, ItemKey, Moment, Record, canonical};

use crate::facts::Facts;
use crate::verify::Item;

pub(crate) use verify::verify;

/// The DSSE payload type of attestations.
pub(crate) const PAYLOAD_TYPE: &str = trail_record::entry::PAYLOAD_TYPE;

/// The predicate types that bundles hold.
pub mod predicate {
    /// A run of tests (in-toto).
    pub const TEST_RESULT: &str = "https://in-toto.io/attestation/test-result/v0.1";
    /// A criterion that is proven (in-toto, Simple Verification Result).
    pub const SVR: &str = "https://in-toto.io/attestation/svr/v0.2";
    /// An item's verification (SLSA, Verification Summary Attestation).
    pub const VSA: &str = "https://slsa.dev/verification_summary/v1";
    /// An AI call.
    pub const DECISION: &str = "https://trail.invalid/attestation/decision/v0.1";
    /// What somebody said at a gate.
    pub const APPROVAL: &str = "https://trail.invalid/attestation/approval/v0.1";
    /// What a test shows for a criterion.
    pub const PROOF: &str = "https://trail.invalid/attestation/criterion-proof/v0.1";
}

/// Who says it and when.
#[derive(Debug, Clone)]
pub(crate) struct Says<'s> {
    /// The program, with its version.
    pub(crate) by: &'s str,
    pub(crate) at: Moment,
}

/// Returns the canonical bytes of the statements on one item, in a fixed order.
pub(crate) fn statements(item: &Item, facts: &Facts, says: &Says<'_>) -> Vec<Vec<u8>> {
    let key = &item.judged.subject.key;
    let mut all = Vec::new();
    all.extend(facts.decisions.iter().map(|(digest, own)| {
        let predicate = json!({
            "workItem": key,
            "record": digest,
            "call": own.call,
            "persona": own.persona,
            "action": own.action,
            "model": {
                "requested": own.model_requested,
                "served": own.model_served,
                "endpoint": own.endpoint,
            },
            "context": own.context,
            "at": own.at,
        });
        let subject = record_subject(&format!("{key} call {}", own.call), digest);
        statement(vec![subject], predicate::DECISION, predicate)
    }));
    all.extend(facts.answers.iter().map(|(digest, own)| {
        let request = facts.requests.get(&own.request);
        let about = request.map_or(own.request, |request| request.subject);
        let predicate = json!({
            "workItem": key,
            "record": digest,
            "gate": own.gate,
            "request": own.request,
            "code": own.code,
            "outcome": outcome(own.outcome),
            "approver": { "id": own.approver, "name": own.name },
            "comment": own.comment.as_ref().map(|seen| json!({
                "id": seen.id, "text": seen.text, "created": seen.created,
            })),
            "attestedBy": own.attested_by,
            "delegated": own.delegated,
            "simulated": own.simulated,
        });
        let subject = record_subject(&format!("{key} at {}", own.gate), &about);
        statement(vec![subject], predicate::APPROVAL, predicate)
    }));
    let runs = facts.runs.iter();
    all.extend(runs.map(|(digest, result, trial)| run(key, digest, result, trial.as_ref())));
    for (digest, proof) in &facts.proofs {
        for claim in &proof.claims {
            let side = |seen: &trail_record::body::proof::Seen| json!({ "outcome": seen.outcome, "by": seen.by });
            let predicate = json!({
                "workItem": claim.criterion.work_item,
                "criterion": claim.criterion.criterion,
                "revision": claim.criterion.revision,
                "keeps": claim.keeps,
                "record": digest,
                "test": proof.test,
                "place": proof.place,
                "base": side(&proof.base),
                "change": side(&proof.change),
                "mutant": proof.mutant.as_ref().map(side),
                "verdict": claim.verdict,
                "proves": claim.proves,
                "reason": claim.reason,
            });
            let subject = tree_subject(&format!("{key} change"), proof.tree.as_str());
            all.push(statement(vec![subject], predicate::PROOF, predicate));
        }
    }
    all.extend(proven(key, facts, says));
    all.extend(summary(item, facts, says));
    all
}

/// A run of tests as in-toto tells it.
fn run(
    key: &ItemKey,
    digest: &Digest<Record>,
    result: &TestResult,
    trial: Option<&Trial>,
) -> Vec<u8> {
    let names = |outcome: TestOutcome| -> Vec<&str> {
        let cases = result.cases.iter().filter(|own| own.outcome == outcome);
        cases.map(|own| own.name.as_str()).collect()
    };
    let of = trial.map_or("change", |own| match own.of {
        TrialOf::Base => "base",
        TrialOf::Change => "change",
        TrialOf::Mutant => "mutant",
    });
    let predicate = json!({
        "result": if result.is_green() { "PASSED" } else { "FAILED" },
        "configuration": [
            { "name": "record", "digest": { "sha256": digest.hex() },
              "annotations": { "workItem": key, "of": of, "command": result.command,
                               "sandbox": result.sandbox } },
            { "name": "environment", "digest": { "sha256": result.environment.hex() } },
        ],
        "passedTests": names(TestOutcome::Passed),
        "warnedTests": [],
        "failedTests": names(TestOutcome::Failed),
    });
    let subject = tree_subject(&format!("{key} {of}"), result.tree.as_str());
    statement(vec![subject], predicate::TEST_RESULT, predicate)
}

/// One simple verification result for each proven criterion of the delivered change.
fn proven(key: &ItemKey, facts: &Facts, says: &Says<'_>) -> Vec<Vec<u8>> {
    let (Some(spec), Some(receipt)) = (&facts.spec, facts.receipts.last()) else {
        return Vec::new();
    };
    let proofs = |criterion: &trail_record::body::Criterion| -> Vec<Value> {
        let proofs = facts.proofs.iter().filter(|(_, own)| {
            own.tree == receipt.tree
                && own.claims.iter().any(|claim| {
                    claim.proves
                        && claim.criterion.work_item == spec.key
                        && claim.criterion.criterion == criterion.id
                        && claim
                            .criterion
                            .revision
                            .is_none_or(|own| own == criterion.revision)
                })
        });
        proofs
            .map(|(digest, own)| {
                json!({ "name": format!("proof by {}", own.test), "digest": { "sha256": digest.hex() } })
            })
            .collect()
    };
    spec.criteria
        .iter()
        .filter_map(|criterion| {
            let policies = proofs(criterion);
            let predicate = json!({
                "verifier": { "id": verifier(says) },
                "policies": policies,
                "timeCreated": says.at,
                "properties": [
                    "TRAIL_CRITERION_PROVEN",
                    format!("TRAIL_CRITERION:{key}/{}@{}", criterion.id, criterion.revision),
                ],
            });
            let subject = commit_subject(key, receipt.head.as_str(), receipt.tree.as_str());
            (!policies.is_empty()).then(|| statement(vec![subject], predicate::SVR, predicate))
        })
        .collect()
}

/// What the whole item's verification came to, if it was delivered.
///
/// The levels are Trail's own. No SLSA source level is claimed: what it asks of the source control
/// system cannot be read from a history.
fn summary(item: &Item, facts: &Facts, says: &Says<'_>) -> Option<Vec<u8>> {
    let receipt = facts.receipts.last()?;
    let (judged, word) = (&item.judged, item.word());
    let mut levels = Vec::new();
    match word {
        "verified" => levels.push("TRAIL_HISTORY_VERIFIED"),
        "tail: unchecked" => levels.push("TRAIL_HISTORY_VERIFIED_TAIL_UNCHECKED"),
        "withheld" => levels.push("TRAIL_HISTORY_VERIFIED_EXCEPT_WITHHELD"),
        _ => {}
    }
    if word != "findings" {
        let delivered = facts.answers.iter().filter(|(_, own)| {
            own.gate.as_str() == GateName::PR_CREATE && own.outcome == GateOutcome::Approved
        });
        if delivered
            .clone()
            .any(|(_, own)| !own.delegated && !own.simulated)
        {
            levels.push("TRAIL_APPROVED_BY_HUMAN");
        }
        let criteria = facts.spec.as_ref().map_or(0, |own| own.criteria.len());
        if criteria > 0 && proven(&judged.subject.key, facts, says).len() == criteria {
            levels.push("TRAIL_ALL_CRITERIA_PROVEN");
        }
    }
    let entry = &judged.assembly.chain.last()?.signed;
    let predicate = json!({
        "verifier": { "id": verifier(says) },
        "timeVerified": says.at,
        "resourceUri": format!(
            "https://trail.invalid/item/{}/{}",
            escaped(judged.subject.project.as_str()),
            escaped(judged.subject.key.as_str()),
        ),
        "policy": {
            "uri": "https://trail.invalid/policy",
            "digest": { "sha256": entry.entry.policy.hex() },
        },
        "inputAttestations": [
            { "uri": "https://trail.invalid/entry", "digest": { "sha256": entry.digest.hex() } },
        ],
        "verificationResult": if word == "findings" { "FAILED" } else { "PASSED" },
        "verifiedLevels": levels,
    });
    let subject = commit_subject(
        &judged.subject.key,
        receipt.head.as_str(),
        receipt.tree.as_str(),
    );
    Some(statement(vec![subject], predicate::VSA, predicate))
}

/// The verifier's identity: the program, with its version.
fn verifier(says: &Says<'_>) -> String {
    format!("https://trail.invalid/verifier/{}", escaped(says.by))
}

/// Escapes what a path segment of a URI cannot hold (RFC 3986, unreserved characters stay).
fn escaped(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

const fn outcome(outcome: GateOutcome) -> &'static str {
    match outcome {
        GateOutcome::Approved => "approved",
        GateOutcome::Rejected => "rejected",
    }
}

fn record_subject(name: &str, digest: &Digest<Record>) -> Value {
    json!({ "name": name, "digest": { "sha256": digest.hex() } })
}

fn tree_subject(name: &str, tree: &str) -> Value {
    json!({ "name": name, "digest": { "gitTree": tree } })
}

fn commit_subject(key: &ItemKey, head: &str, tree: &str) -> Value {
    json!({ "name": key, "digest": { "gitCommit": head, "gitTree": tree } })
}

/// Returns a statement's canonical bytes.
fn statement(subject: Vec<Value>, predicate_type: &str, predicate: Value) -> Vec<u8> {
    let statement = json!({
        "_type": trail_record::entry::STATEMENT_TYPE,
        "subject": subject,
        "predicateType": predicate_type,
        "predicate": predicate,
    });
    canonical::to_bytes(&statement).expect("what came from canonical records has a canonical form")
}
