//! Records: one content-addressed fact each.

use std::fmt;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::FORMAT;
use crate::body::Body;
use crate::canonical;
use crate::digest::Digest;

/// One fact of an item's history: what kind, what it says, and what it rests on.
///
/// Its digest is the SHA-256 of its canonical JSON (RFC 8785). `inputs` name the digests of the
/// records it depended on, so consequences are computed and never typed in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// The version of the stored format.
    pub format: u32,
    /// What kind of fact this is; it decides the shape of `body`.
    pub kind: Kind,
    /// A short name for people, and for addressing: `library_choice`, `patchset`.
    pub title: String,
    /// The records this one depended on, in the order they were used, each once.
    pub inputs: Vec<Digest<Self>>,
    /// The fact itself, in the shape its kind has in [`crate::body`].
    pub body: Raw,
}

/// JSON that is kept as text and read when it is needed: most bodies of a long history never are.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Raw(Box<RawValue>);

impl Raw {
    /// Writes a value in canonical form.
    ///
    /// # Errors
    /// If it has none.
    pub fn new<T: Serialize>(value: &T) -> Result<Self, canonical::Error> {
        let bytes = canonical::to_bytes(value)?;
        let text = String::from_utf8(bytes).expect("JSON is UTF-8");
        RawValue::from_string(text)
            .map(Self)
            .map_err(canonical::Error::Unwritable)
    }

    /// Returns the text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.get()
    }

    /// Reads the text as a value.
    ///
    /// # Errors
    /// If it is not strict JSON.
    pub fn value(&self) -> Result<Value, canonical::Error> {
        canonical::parse(self.as_str().as_bytes())
    }
}

impl PartialEq for Raw {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl fmt::Debug for Raw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The kinds of record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The work item as agreed: title, body, criteria, scope.
    Spec,
    /// One AI call.
    Decision,
    /// What an agent concluded: a summary, an analysis, a choice with its alternatives, a diagnosis.
    Conclusion,
    /// A change to the product's files.
    Patchset,
    /// A change that adds or alters tests.
    TestPatchset,
    /// What a test run gave.
    TestResult,
    /// The title and body of the pull request, rendered from the records.
    PullRequest,
    /// What the reviewer found on the last look.
    Review,
    /// What a gate would let through, and the code that approves it.
    GateRequest,
    /// What a human (or a delegate) said at a gate.
    GateDecision,
    /// Something a human did in the tracker, captured on sight.
    Observation,
    /// What policy said where no human was asked.
    PolicyVerdict,
    /// A change applied to the run's worktree and committed.
    Commit,
    /// What was done outside: the pull request as delivered.
    DeliveryReceipt,
    /// An attempt that failed, and why.
    Failure,
    /// A test run that was made to learn whether tests can fail.
    Trial,
    /// A deliberate fault that tests must find.
    Mutant,
    /// What one annotated test shows for its criteria.
    Proof,
    /// Test results from elsewhere, as reported.
    ReportedResult,
    /// Delivered work that is to be taken back.
    Revert,
}

/// What a record counts as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// What was asked for.
    Task,
    /// An AI call.
    Decision,
    /// A result between task and delivery.
    Intermediate,
    /// A decision taken at a gate.
    GateDecision,
    /// An effect on the world outside the run.
    OutsideAction,
    /// What keeps the run in order: requests, observations, verdicts, commits, reviews, failures.
    Control,
    /// What shows that a criterion holds: trials, mutants, proofs, reported results.
    Evidence,
}

impl Kind {
    /// Returns what records of this kind count as.
    #[must_use]
    pub const fn class(self) -> Class {
        match self {
            Self::Spec | Self::Revert => Class::Task,
            Self::Decision => Class::Decision,
            Self::Conclusion
            | Self::Patchset
            | Self::TestPatchset
            | Self::TestResult
            | Self::PullRequest => Class::Intermediate,
            Self::GateDecision => Class::GateDecision,
            Self::DeliveryReceipt => Class::OutsideAction,
            Self::Review
            | Self::GateRequest
            | Self::Observation
            | Self::PolicyVerdict
            | Self::Commit
            | Self::Failure => Class::Control,
            Self::Trial | Self::Mutant | Self::Proof | Self::ReportedResult => Class::Evidence,
        }
    }

    /// Returns the kind's name as stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Spec => "spec",
            Self::Decision => "decision",
            Self::Conclusion => "conclusion",
            Self::Patchset => "patchset",
            Self::TestPatchset => "test-patchset",
            Self::TestResult => "test-result",
            Self::PullRequest => "pull-request",
            Self::Review => "review",
            Self::GateRequest => "gate-request",
            Self::GateDecision => "gate-decision",
            Self::Observation => "observation",
            Self::PolicyVerdict => "policy-verdict",
            Self::Commit => "commit",
            Self::DeliveryReceipt => "delivery-receipt",
            Self::Failure => "failure",
            Self::Trial => "trial",
            Self::Mutant => "mutant",
            Self::Proof => "proof",
            Self::ReportedResult => "reported-result",
            Self::Revert => "revert",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Record {
    /// Makes a record of the current format from a typed body.
    ///
    /// # Errors
    /// If the body has no canonical form (an integer above 2^53, say).
    #[expect(
        clippy::new_ret_no_self,
        reason = "a record is made together with its bytes"
    )]
    pub fn new<B: Body>(
        title: impl Into<String>,
        inputs: impl IntoIterator<Item = Digest<Self>>,
        body: &B,
    ) -> Result<Sealable, canonical::Error> {
        let mut seen = Vec::new();
        for input in inputs {
            if !seen.contains(&input) {
                seen.push(input);
            }
        }
        let record = Self {
            format: FORMAT,
            kind: body.kind(),
            title: title.into(),
            inputs: seen,
            body: Raw::new(body)?,
        };
        Sealable::new(record)
    }

    /// Reads a record from its canonical bytes.
    ///
    /// # Errors
    /// If the bytes are not canonical, or not a record.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, canonical::Error> {
        canonical::from_bytes(bytes)
    }

    /// Reads the body as the type its kind has.
    ///
    /// # Errors
    /// If the body has another shape.
    pub fn read<B: DeserializeOwned>(&self) -> Result<B, canonical::Error> {
        canonical::from_any_form(self.body.as_str().as_bytes())
    }

    /// Returns the canonical bytes of a record whose body is canonical: its fields in order.
    pub(crate) fn compose(&self) -> Vec<u8> {
        let body = self.body.as_str();
        let mut out =
            Vec::with_capacity(body.len() + self.title.len() + 80 * self.inputs.len() + 80);
        out.extend_from_slice(b"{\"body\":");
        out.extend_from_slice(body.as_bytes());
        out.extend_from_slice(format!(",\"format\":{},\"inputs\":[", self.format).as_bytes());
        for (index, input) in self.inputs.iter().enumerate() {
            let comma = if index > 0 { "," } else { "" };
            out.extend_from_slice(format!("{comma}\"{input}\"").as_bytes());
        }
        out.extend_from_slice(format!("],\"kind\":\"{}\",\"title\":", self.kind).as_bytes());
        serde_json::to_writer(&mut out, &self.title).expect("a text is written into memory");
        out.push(b'}');
        out
    }
}

/// A record together with its canonical bytes and their digest.
#[derive(Debug, Clone, PartialEq)]
pub struct Sealable {
    record: Record,
    bytes: Vec<u8>,
    digest: Digest<Record>,
}

impl Sealable {
    /// Computes the canonical bytes and digest of `record`.
    ///
    /// # Errors
    /// If the record has no canonical form.
    pub fn new(mut record: Record) -> Result<Self, canonical::Error> {
        if !canonical::is_canonical(record.body.as_str().as_bytes()) {
            record.body = Raw::new(&record.body.value()?)?;
        }
        let bytes = record.compose();
        let digest = Digest::of(&bytes);
        Ok(Self {
            record,
            bytes,
            digest,
        })
    }

    /// Returns the record.
    #[must_use]
    pub const fn record(&self) -> &Record {
        &self.record
    }

    /// Returns the canonical bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Returns the digest of the canonical bytes.
    #[must_use]
    pub const fn digest(&self) -> Digest<Record> {
        self.digest
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::body::Failure;

    fn failure() -> Failure {
        Failure {
            action: "plan".to_owned(),
            reason: "a \"quoted\" \u{1} reason \u{1f600}".to_owned(),
            kind: "model".to_owned(),
            retryable: true,
        }
    }

    #[test]
    fn the_bytes_of_a_record_are_its_canonical_json() {
        let first = Record::new("first", [], &failure()).unwrap();
        let inputs = [first.digest(), first.digest(), Digest::of(b"other")];
        let second = Record::new("a \"title\"\n", inputs, &failure()).unwrap();
        assert_eq!(second.record().inputs.len(), 2, "each input stands once");
        for sealable in [first, second] {
            assert_eq!(
                sealable.bytes(),
                canonical::to_bytes(sealable.record()).unwrap()
            );
            let oracle = serde_json::to_value(sealable.record()).unwrap();
            assert_eq!(
                sealable.bytes(),
                serde_json_canonicalizer::to_vec(&oracle).unwrap()
            );
            let again = Record::from_bytes(sealable.bytes()).unwrap();
            assert_eq!(&again, sealable.record());
            assert_eq!(again.read::<Failure>().unwrap(), failure());
            let from_value: Record = serde_json::from_value(oracle).unwrap();
            assert_eq!(Sealable::new(from_value).unwrap(), sealable);
        }
    }

    #[test]
    fn a_body_without_a_canonical_form_makes_no_record() {
        let mut record = Record::new("t", [], &failure()).unwrap().record().clone();
        for text in [r#"{"a":1,"a":2}"#, "9007199254740993"] {
            record.body = serde_json::from_str(text).unwrap();
            assert!(Sealable::new(record.clone()).is_err(), "{text}");
        }
        record.body = serde_json::from_str(r#"{ "b":1.0, "a":"\u0041" }"#).unwrap();
        let sealed = Sealable::new(record).unwrap();
        assert_eq!(sealed.record().body.as_str(), r#"{"a":"A","b":1}"#);
    }
}
