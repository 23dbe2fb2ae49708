//! Entries: a signed batch of records, what one action appends to an item's history.
//!
//! The signed payload is an in-toto Statement v1 (in-toto/attestation, spec/v1/statement.md) whose
//! subjects are the records and whose predicate is the entry, so in-toto tools can read it. Its
//! canonical bytes are what the entry's digest is over.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::FORMAT;
use crate::canonical;
use crate::digest::{Digest, Policy};
use crate::envelope::{self, Envelope};
use crate::id::{CommitId, ItemId, ItemKey, Persona, ProjectId, RunId, WorkerId};
use crate::key::Keypair;
use crate::moment::{self, Moment};
use crate::record::{Kind, Record, Sealable};
use crate::trust::Trust;

/// The DSSE payload type of entries: an in-toto statement.
pub const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";
/// The statement type of entries.
pub const STATEMENT_TYPE: &str = "https://in-toto.io/Statement/v1";
/// The predicate type of entries of this format.
pub const PREDICATE_TYPE: &str = "urn:trail:entry:v0";
/// What the predicate types of all formats begin with; the format's number follows.
const PREDICATE_FAMILY: &str = "urn:trail:entry:v";

/// Records up to this many canonical bytes may stand inside their entry.
pub const INLINE_RECORD: usize = 4 * 1024;
/// The records inside one entry together have at most this many canonical bytes.
pub const INLINE_ENTRY: usize = 20 * 1024;

/// What one action appends to the history of one item.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The version of the stored format.
    pub format: u32,
    /// The version of the rules by which `step` folds `events`.
    pub rules: u32,
    /// The project the item belongs to.
    pub project: ProjectId,
    /// The item, by the tracker's stable id.
    pub item: ItemId,
    /// The item, as people called it then.
    pub key: ItemKey,
    /// The run this entry belongs to.
    pub run: RunId,
    /// The place in the chain, from 0.
    pub seq: u64,
    /// The entry before; none for the first.
    pub prev: Option<Digest<Self>>,
    /// Who wrote it.
    pub persona: Persona,
    /// Which process wrote it.
    pub worker: WorkerId,
    /// The trust document in force.
    pub trust: Digest<Trust>,
    /// The policy in force.
    pub policy: Digest<Policy>,
    /// The spec being worked on; none before intake.
    pub spec: Option<Digest<Record>>,
    /// The commit the run started from; none before the first worktree.
    pub base: Option<CommitId>,
    /// The writer's time.
    #[serde(deserialize_with = "moment::stored")]
    pub at: Moment,
    /// What happened, in order; `step` of the item core folds it.
    pub events: Vec<Value>,
    /// The records sealed here, in order.
    pub records: Vec<Listed>,
}

/// A record as its entry lists it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listed {
    /// The digest of the record's canonical bytes.
    pub digest: Digest<Record>,
    /// The record's kind.
    pub kind: Kind,
    /// The record's title.
    pub title: String,
    /// The number of its canonical bytes.
    pub size: u64,
    /// The record itself while small; else its bytes are a blob under `digest`.
    pub record: Option<Record>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Statement {
    #[serde(rename = "_type")]
    statement_type: String,
    subject: Vec<Subject>,
    predicate_type: String,
    predicate: Entry,
}

#[derive(PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Subject {
    name: String,
    digest: SubjectDigest,
}

#[derive(PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SubjectDigest {
    sha256: String,
}

/// An entry with its signed envelope and digest.
#[derive(Debug, Clone, PartialEq)]
pub struct Sealed {
    /// What was sealed.
    pub entry: Entry,
    /// The digest of the payload.
    pub digest: Digest<Entry>,
    /// The signed bytes.
    pub envelope: Envelope,
    /// How many bytes the payload has.
    pub size: usize,
}

/// Why an envelope holds no entry.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The envelope cannot be read.
    #[error(transparent)]
    Envelope(#[from] envelope::Error),
    /// The payload is not the canonical form of an entry.
    #[error("entry: {0}")]
    Payload(#[from] canonical::Error),
    /// The payload is another in-toto statement.
    #[error("statement of type {0:?}, not a Trail entry")]
    OtherStatement(String),
    /// The entry was written by a newer (or unknown) format.
    #[error(
        "entry has format {0}, this program reads up to {FORMAT}: use a newer version of trail"
    )]
    Format(u32),
    /// Subjects and listed records differ, or an inline record is not what the list says.
    #[error("entry lists {0} wrongly: digest, kind, title or size does not match")]
    Listing(String),
}

impl Listed {
    /// Lists a record, inside the entry if `inline`.
    #[must_use]
    pub fn new(sealable: &Sealable, inline: bool) -> Self {
        let record = sealable.record();
        Self {
            digest: sealable.digest(),
            kind: record.kind,
            title: record.title.clone(),
            size: sealable.bytes().len() as u64,
            record: inline.then(|| record.clone()),
        }
    }

    /// Lists records in order, inside the entry while they are small and there is room; returns the
    /// list and the indices of those whose bytes must be kept as blobs before the entry is posted.
    #[must_use]
    pub fn all(records: &[Sealable]) -> (Vec<Self>, Vec<usize>) {
        let mut room = INLINE_ENTRY;
        let mut apart = Vec::new();
        let listed = records
            .iter()
            .enumerate()
            .map(|(index, sealable)| {
                let size = sealable.bytes().len();
                let inline = size <= INLINE_RECORD && size <= room;
                if inline {
                    room -= size;
                } else {
                    apart.push(index);
                }
                Self::new(sealable, inline)
            })
            .collect();
        (listed, apart)
    }

    /// Tells whether `record` with canonical `bytes` is the one listed here.
    #[must_use]
    pub fn matches(&self, record: &Record, bytes: &[u8]) -> bool {
        self.digest == Digest::of(bytes)
            && self.size == bytes.len() as u64
            && self.kind == record.kind
            && self.title == record.title
    }

    fn subject(&self) -> Subject {
        Subject {
            name: format!("{}: {}", self.kind, self.title),
            digest: SubjectDigest {
                sha256: self.digest.hex(),
            },
        }
    }
}

impl Entry {
    /// Signs the entry.
    ///
    /// # Errors
    /// If it has no canonical form.
    pub fn seal(self, key: &Keypair) -> Result<Sealed, canonical::Error> {
        let statement = Statement {
            statement_type: STATEMENT_TYPE.to_owned(),
            subject: self.records.iter().map(Listed::subject).collect(),
            predicate_type: PREDICATE_TYPE.to_owned(),
            predicate: self,
        };
        let payload = canonical::to_bytes(&statement)?;
        Ok(Sealed {
            entry: statement.predicate,
            digest: Digest::of(&payload),
            envelope: Envelope::sign(PAYLOAD_TYPE, &payload, key),
            size: payload.len(),
        })
    }
}

/// Checks that a statement is an entry of a format this program knows.
fn is_ours(statement_type: &str, predicate_type: &str, format: u64) -> Result<(), Error> {
    let newer = |version: u64| {
        if version > u64::from(FORMAT) {
            return Err(Error::Format(u32::try_from(version).unwrap_or(u32::MAX)));
        }
        Ok(())
    };
    if statement_type == STATEMENT_TYPE
        && let Some(version) = predicate_type.strip_prefix(PREDICATE_FAMILY)
        && version.bytes().all(|byte| byte.is_ascii_digit())
        && let Ok(version) = version.parse()
    {
        newer(version)?;
    }
    if statement_type != STATEMENT_TYPE || predicate_type != PREDICATE_TYPE {
        return Err(Error::OtherStatement(predicate_type.to_owned()));
    }
    newer(format)
}

/// Checks that subjects, listed records and the records inside the entry say the same.
fn check_listing(entry: &Entry, subjects: &[Subject]) -> Result<(), Error> {
    if subjects.len() != entry.records.len() {
        return Err(Error::Listing("its subjects".to_owned()));
    }
    for (listed, subject) in entry.records.iter().zip(subjects) {
        // The payload is canonical, so the body that stands in it is.
        let fits = *subject == listed.subject()
            && listed
                .record
                .as_ref()
                .is_none_or(|record| listed.matches(record, &record.compose()));
        if !fits {
            return Err(Error::Listing(format!(
                "{} {:?}",
                listed.kind, listed.title
            )));
        }
    }
    Ok(())
}

/// An entry read from an envelope whose signature has not been judged yet.
#[derive(Debug, Clone)]
pub struct Unverified {
    pub(crate) entry: Entry,
    pub(crate) digest: Digest<Entry>,
    pub(crate) payload: Vec<u8>,
    pub(crate) envelope: Envelope,
}

impl Unverified {
    /// Reads an entry from an envelope and checks everything but its signature.
    ///
    /// # Errors
    /// See [`enum@Error`]; each variant says what is wrong with the bytes.
    pub fn open(envelope: Envelope) -> Result<Self, Error> {
        let payload = envelope.payload(PAYLOAD_TYPE)?;
        let statement: Statement = match canonical::from_bytes(&payload) {
            Ok(statement) => statement,
            Err(error) => {
                // The version is more telling than the shape: a newer entry is named as such.
                let value = canonical::parse(&payload)?;
                let text = |key: &str| value[key].as_str().unwrap_or_default();
                let format = value["predicate"]["format"].as_u64().unwrap_or(0);
                is_ours(text("_type"), text("predicateType"), format)?;
                return Err(error.into());
            }
        };
        let entry = statement.predicate;
        is_ours(
            &statement.statement_type,
            &statement.predicate_type,
            u64::from(entry.format),
        )?;
        check_listing(&entry, &statement.subject)?;
        Ok(Self {
            digest: Digest::of(&payload),
            entry,
            payload,
            envelope,
        })
    }

    /// Returns what the entry claims to be; nothing of it is proven yet.
    #[must_use]
    pub const fn claimed(&self) -> &Entry {
        &self.entry
    }

    /// Returns the digest of the payload.
    #[must_use]
    pub const fn digest(&self) -> Digest<Entry> {
        self.digest
    }
}
