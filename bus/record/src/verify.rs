//! Verification: judges a history by its bytes, seals, keys, approvals and checkpoints.
//!
//! The chain's order and signatures are judged by [`crate::chain`]; this module adds what stands in
//! the records: that each is there and undamaged, that every gate decision fits its request, that
//! nothing was written or delivered without one, and how far a checkpoint vouches for the end.

mod gates;
mod tail;

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::chain::{Accepted, Assembly, Subject};
use crate::digest::Digest;
use crate::envelope::Envelope;
use crate::finding::{Finding, FindingKind, Place};
use crate::record::{Class, Kind, Record};
use crate::trust::TrustSet;

pub use tail::Tail;

/// Finds a record's canonical bytes by digest, for records kept outside their entry.
pub trait Bytes {
    /// Returns the bytes, or none if they are not here.
    fn bytes(&self, digest: &Digest<Record>) -> Option<Vec<u8>>;
}

impl<F: Fn(&Digest<Record>) -> Option<Vec<u8>>> Bytes for F {
    fn bytes(&self, digest: &Digest<Record>) -> Option<Vec<u8>> {
        self(digest)
    }
}

/// How many of what a history holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Counts {
    /// Entries that stand.
    pub entries: u64,
    /// Records in them.
    pub records: u64,
    /// AI calls.
    pub decisions: u64,
    /// Gate decisions.
    pub gates: u64,
    /// Results between task and delivery: conclusions, patchsets, test results, pull requests.
    pub intermediate: u64,
    /// Effects on the world outside.
    pub outside_actions: u64,
}

/// What verification found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judgement {
    /// What is wrong, in the order in which it was found; empty if nothing is.
    pub findings: Vec<Finding>,
    /// What the history holds.
    pub counts: Counts,
    /// How far its end is vouched for.
    pub tail: Tail,
}

impl Judgement {
    /// Returns the one word for the whole: `verified`, `tail: unchecked` or `findings`.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        if !self.findings.is_empty() {
            "findings"
        } else if matches!(self.tail, Tail::Unchecked) {
            "tail: unchecked"
        } else {
            "verified"
        }
    }
}

/// Judges an assembled history.
pub fn verify(
    subject: &Subject,
    assembly: &Assembly,
    trust: &TrustSet,
    checkpoints: &[Envelope],
    bytes: &dyn Bytes,
) -> Judgement {
    let mut findings = assembly.findings.clone();
    let mut counts = Counts::default();
    let mut gates = gates::Gates::new(trust);
    for accepted in assembly.chain.entries() {
        counts.entries += 1;
        for listed in &accepted.signed.entry.records {
            counts.records += 1;
            let place = place(accepted, Some(listed.digest));
            let record = match record(listed, bytes) {
                Ok(record) => record,
                Err((kind, detail)) => {
                    findings.push(Finding::new(kind, place, detail));
                    continue;
                }
            };
            match record.kind.class() {
                Class::Decision => counts.decisions += 1,
                Class::Intermediate => counts.intermediate += 1,
                Class::GateDecision => counts.gates += 1,
                Class::OutsideAction => counts.outside_actions += 1,
                Class::Task | Class::Control => {}
            }
            for (kind, detail) in gates.record(accepted, listed.digest, &record) {
                findings.push(Finding::new(kind, place.clone(), detail));
            }
        }
    }
    let tail = tail::judge(subject, assembly, trust, checkpoints, &mut findings);
    Judgement { findings, counts, tail }
}

/// Returns a listed record, from its entry or from the blobs, after checking its bytes.
///
/// # Errors
/// The kind of finding and its detail.
pub fn record<'l>(
    listed: &'l crate::entry::Listed,
    bytes: &dyn Bytes,
) -> Result<Cow<'l, Record>, (FindingKind, String)> {
    // An inline record was compared with its listing when the entry was opened.
    if let Some(record) = &listed.record {
        return Ok(Cow::Borrowed(record));
    }
    let name = || format!("{} {:?} ({})", listed.kind, listed.title, listed.digest.short());
    let Some(found) = bytes.bytes(&listed.digest) else {
        return Err((FindingKind::MissingBlob, format!("the bytes of {} are not here", name())));
    };
    let record = Record::from_bytes(&found)
        .map_err(|error| (FindingKind::DamagedRecord, format!("{}: {error}", name())))?;
    if listed.matches(&record, &found) {
        Ok(Cow::Owned(record))
    } else {
        Err((FindingKind::DamagedRecord, format!("{} is not what the entry lists", name())))
    }
}

fn place(accepted: &Accepted, digest: Option<Digest<Record>>) -> Place {
    let entry = &accepted.signed.entry;
    Place {
        item: Some(entry.key.clone()),
        seq: Some(entry.seq),
        comment: Some(accepted.comment.clone()),
        digest: digest.map(|digest| digest.to_string()),
    }
}

/// Tells whether records of this kind matter to the judgement of gates.
const fn concerns_gates(kind: Kind) -> bool {
    match kind {
        Kind::GateRequest
        | Kind::GateDecision
        | Kind::PolicyVerdict
        | Kind::Patchset
        | Kind::TestPatchset
        | Kind::Commit
        | Kind::PullRequest
        | Kind::Spec
        | Kind::DeliveryReceipt => true,
        Kind::Decision
        | Kind::Conclusion
        | Kind::TestResult
        | Kind::Review
        | Kind::Observation
        | Kind::Failure => false,
    }
}
