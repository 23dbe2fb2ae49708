//! What the records of one item say, as far as git objects and attestations are about it.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use trail_reader::Judged;
use trail_reader::history::Blobs;
use trail_record::body::{
    CommitMade, Decision, DeliveryReceipt, GateDecision, GateRequest, Patchset, Proof, Spec,
    TestResult, Trial,
};
use trail_record::{Digest, Kind, Record, verify};

type RecordDigest = Digest<Record>;

/// The records of one item that stand, by kind, in their order.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    /// The spec in force at the end.
    pub(crate) spec: Option<Spec>,
    /// Commits, with the patchset each applies.
    pub(crate) commits: Vec<(CommitMade, Option<RecordDigest>)>,
    pub(crate) patchsets: BTreeMap<RecordDigest, Patchset>,
    pub(crate) decisions: Vec<(RecordDigest, Decision)>,
    pub(crate) requests: BTreeMap<RecordDigest, GateRequest>,
    pub(crate) answers: Vec<(RecordDigest, GateDecision)>,
    /// Runs of tests, and trials with what they met.
    pub(crate) runs: Vec<(RecordDigest, TestResult, Option<Trial>)>,
    pub(crate) proofs: Vec<(RecordDigest, Proof)>,
    pub(crate) receipts: Vec<DeliveryReceipt>,
}

impl Facts {
    /// Gathers what stands; what is not here or damaged is left out, for verification says so.
    pub(crate) fn of(judged: &Judged, blobs: &Blobs) -> Self {
        let mut facts = Self::default();
        let mut specs: BTreeMap<RecordDigest, Spec> = BTreeMap::new();
        let mut in_force = None;
        for accepted in judged.assembly.chain.entries() {
            let entry = &accepted.signed.entry;
            for listed in entry.records.iter().filter(|own| matters(own.kind)) {
                if let Ok(record) = verify::record(listed, blobs) {
                    facts.take(listed.digest, &record, &mut specs);
                }
            }
            in_force = entry.spec.or(in_force);
        }
        facts.spec = in_force.and_then(|digest| specs.remove(&digest));
        facts
    }

    fn take(
        &mut self,
        digest: RecordDigest,
        record: &Record,
        specs: &mut BTreeMap<RecordDigest, Spec>,
    ) {
        match record.kind {
            Kind::Spec => put(record, |own| drop(specs.insert(digest, own))),
            Kind::Commit => {
                let patchset = record.inputs.iter().copied();
                let patchset = patchset
                    .clone()
                    .find(|input| self.patchsets.contains_key(input));
                put(record, |own| self.commits.push((own, patchset)));
            }
            Kind::Patchset | Kind::TestPatchset => {
                put(record, |own| drop(self.patchsets.insert(digest, own)));
            }
            Kind::Decision => put(record, |own| self.decisions.push((digest, own))),
            Kind::GateRequest => put(record, |own| drop(self.requests.insert(digest, own))),
            Kind::GateDecision => put(record, |own| self.answers.push((digest, own))),
            Kind::TestResult => put(record, |own| self.runs.push((digest, own, None))),
            Kind::Trial => put(record, |own: Trial| {
                self.runs.push((digest, own.result.clone(), Some(own)));
            }),
            Kind::Proof => put(record, |own| self.proofs.push((digest, own))),
            Kind::DeliveryReceipt => put(record, |own| self.receipts.push(own)),
            Kind::Conclusion
            | Kind::PullRequest
            | Kind::Review
            | Kind::Observation
            | Kind::PolicyVerdict
            | Kind::Failure
            | Kind::Mutant
            | Kind::ReportedResult
            | Kind::Revert => {}
        }
    }
}

/// Tells whether records of this kind are looked at here.
const fn matters(kind: Kind) -> bool {
    !matches!(
        kind,
        Kind::Conclusion
            | Kind::PullRequest
            | Kind::Review
            | Kind::Observation
            | Kind::PolicyVerdict
            | Kind::Failure
            | Kind::Mutant
            | Kind::ReportedResult
            | Kind::Revert
    )
}

fn put<B: DeserializeOwned>(record: &Record, take: impl FnOnce(B)) {
    if let Ok(body) = record.read() {
        take(body);
    }
}
