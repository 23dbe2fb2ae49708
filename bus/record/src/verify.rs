//! Verification: judges a history by its bytes, seals, keys, approvals and checkpoints.
//!
//! The chain's order and signatures are judged by [`crate::chain`]; this module adds what stands in
//! the records: that each is there and undamaged, that every gate decision fits its request, that
//! nothing was written or delivered without one, that every proof follows from the runs it names,
//! and how far a checkpoint vouches for the end.

mod gates;
mod proofs;
mod tail;

use std::borrow::Cow;

use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::FORMAT;
use crate::canonical;
use crate::chain::{Accepted, Assembly, Subject};
use crate::digest::Digest;
use crate::entry::Listed;
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
    let mut proofs = proofs::Proofs::default();
    for accepted in assembly.chain.entries() {
        let entry = &accepted.signed.entry;
        counts.entries += 1;
        if trust
            .get(&entry.trust)
            .is_none_or(|named| named.policy != entry.policy)
        {
            let detail = "made under another policy than its trust document names";
            findings.push(Finding::new(
                FindingKind::Trust,
                place(accepted, None),
                detail,
            ));
        }
        for listed in &entry.records {
            counts.records += 1;
            let problems = match evidence(listed, bytes) {
                Ok(evidence) => {
                    match listed.kind.class() {
                        Class::Decision => counts.decisions += 1,
                        Class::Intermediate => counts.intermediate += 1,
                        Class::GateDecision => counts.gates += 1,
                        Class::OutsideAction => counts.outside_actions += 1,
                        Class::Task | Class::Control | Class::Evidence => {}
                    }
                    let mut problems = gates.record(accepted, listed, &evidence);
                    problems.extend(proofs.record(accepted, listed, &evidence));
                    problems
                }
                Err(problem) => vec![problem],
            };
            // What is missing or damaged was sealed all the same: what rests on it is no news.
            gates.stands(listed);
            for (kind, detail) in problems {
                let place = place(accepted, Some(listed.digest));
                findings.push(Finding::new(kind, place, detail));
            }
        }
        if entry.spec.is_some_and(|spec| !gates.is_spec(&spec)) {
            let detail = "names a spec that does not stand";
            findings.push(Finding::new(
                FindingKind::DamagedRecord,
                place(accepted, None),
                detail,
            ));
        }
    }
    let tail = tail::judge(subject, assembly, trust, checkpoints, &mut findings);
    Judgement {
        findings,
        counts,
        tail,
    }
}

type Problem = (FindingKind, String);

/// What the judgement of gates and proofs needs of a record.
enum Evidence<'l> {
    /// All of it.
    Whole(Cow<'l, Record>),
    /// What it rests on; its body matters to no gate and no proof and was only looked at for its form.
    Outline(Vec<Digest<Record>>),
}

impl Evidence<'_> {
    fn inputs(&self) -> &[Digest<Record>] {
        match self {
            Self::Whole(record) => &record.inputs,
            Self::Outline(inputs) => inputs,
        }
    }
}

/// A record without its body.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Outline {
    format: u32,
    kind: Kind,
    title: String,
    inputs: Vec<Digest<Record>>,
    #[serde(rename = "body")]
    _body: IgnoredAny,
}

/// Checks a listed record's bytes and returns what gates need of it.
fn evidence<'l>(listed: &'l Listed, bytes: &dyn Bytes) -> Result<Evidence<'l>, Problem> {
    if listed.record.is_some() || concerns_gates(listed.kind) || proofs::concerns(listed.kind) {
        return record(listed, bytes).map(Evidence::Whole);
    }
    let found = find(listed, bytes)?;
    let outline: Outline = read(listed, &found)?;
    if outline.kind == listed.kind && outline.title == listed.title {
        Ok(Evidence::Outline(outline.inputs))
    } else {
        Err(other_than_listed(listed))
    }
}

/// Returns a listed record, from its entry or from the blobs, after checking its bytes.
///
/// # Errors
/// The kind of finding and its detail.
pub fn record<'l>(listed: &'l Listed, bytes: &dyn Bytes) -> Result<Cow<'l, Record>, Problem> {
    // An inline record was compared with its listing when the entry was opened.
    if let Some(record) = &listed.record {
        check_format(listed, u64::from(record.format))?;
        return Ok(Cow::Borrowed(record));
    }
    let found = find(listed, bytes)?;
    let record: Record = read(listed, &found)?;
    if record.kind == listed.kind && record.title == listed.title {
        Ok(Cow::Owned(record))
    } else {
        Err(other_than_listed(listed))
    }
}

/// Returns the bytes that are kept for a listed record, if they are the listed ones.
fn find(listed: &Listed, bytes: &dyn Bytes) -> Result<Vec<u8>, Problem> {
    let Some(found) = bytes.bytes(&listed.digest) else {
        let detail = format!("the bytes of {} are not here", name(listed));
        return Err((FindingKind::MissingBlob, detail));
    };
    if found.len() as u64 == listed.size && Digest::of(&found) == listed.digest {
        Ok(found)
    } else {
        Err(other_than_listed(listed))
    }
}

/// Reads the bytes of a record in the shape this format gives it.
fn read<T: DeserializeOwned + HasFormat>(listed: &Listed, bytes: &[u8]) -> Result<T, Problem> {
    let read = canonical::from_bytes::<T>(bytes);
    let format = match &read {
        Ok(record) => u64::from(record.format()),
        Err(_) => canonical::parse(bytes)
            .ok()
            .and_then(|value| value.get("format").and_then(Value::as_u64))
            .unwrap_or(0),
    };
    check_format(listed, format)?;
    read.map_err(|error| {
        (
            FindingKind::DamagedRecord,
            format!("{}: {error}", name(listed)),
        )
    })
}

trait HasFormat {
    fn format(&self) -> u32;
}

impl HasFormat for Record {
    fn format(&self) -> u32 {
        self.format
    }
}

impl HasFormat for Outline {
    fn format(&self) -> u32 {
        self.format
    }
}

fn check_format(listed: &Listed, format: u64) -> Result<(), Problem> {
    if format > u64::from(FORMAT) {
        let detail = format!(
            "{} has format {format}; use a newer version of trail",
            name(listed)
        );
        return Err((FindingKind::UnknownFormat, detail));
    }
    Ok(())
}

fn other_than_listed(listed: &Listed) -> Problem {
    let detail = format!("{} is not what the entry lists", name(listed));
    (FindingKind::DamagedRecord, detail)
}

fn name(listed: &Listed) -> String {
    format!(
        "{} {:?} ({})",
        listed.kind,
        listed.title,
        listed.digest.short()
    )
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
        | Kind::Review
        | Kind::DeliveryReceipt => true,
        Kind::Spec
        | Kind::Decision
        | Kind::Conclusion
        | Kind::TestResult
        | Kind::Observation
        | Kind::Failure
        | Kind::Trial
        | Kind::Mutant
        | Kind::Proof
        | Kind::ReportedResult
        | Kind::Revert => false,
    }
}
