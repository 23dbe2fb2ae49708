//! One thing of a history: where an item stands, or an entry or record by the start of its digest.

use serde::Serialize;
use serde_json::Value;
use trail_item::{Phase, State};
use trail_record::chain::Signed;
use trail_record::verify::{self, Bytes};
use trail_record::{Digest, Entry, ItemKey, Kind, Moment, Persona, Record};

use crate::history::Judged;
use crate::story::Story;

/// How few digits of a digest may name it.
pub const MIN_DIGITS: usize = 4;

/// Where an item stands.
#[derive(Debug, Clone, Serialize)]
pub struct ItemShown {
    /// The item.
    pub item: ItemKey,
    /// Its title as sealed.
    pub title: Option<String>,
    /// `verified`, `tail: unchecked` or `findings`.
    pub chain: &'static str,
    /// The stage.
    pub stage: &'static str,
    /// What a board shows.
    pub phase: Phase,
    /// The action that comes next, if any.
    pub next: Option<trail_item::Action>,
    /// The whole state, as folded.
    pub state: State,
    /// How many entries stand.
    pub entries: u64,
    /// The head.
    pub head: Option<Digest<Entry>>,
}

/// What a digest's beginning names.
#[derive(Debug, Clone)]
pub enum Found {
    /// An entry.
    Entry(Box<EntryShown>),
    /// A record.
    Record(Box<RecordShown>),
    /// Several; the beginning must be longer.
    Several(Vec<Candidate>),
    /// Nothing.
    Nothing,
}

/// An entry that stands, or does not.
#[derive(Debug, Clone, Serialize)]
pub struct EntryShown {
    /// Its digest.
    pub digest: Digest<Entry>,
    /// Whether it stands.
    pub stands: bool,
    /// Which item it belongs to.
    pub item: ItemKey,
    /// The key that signed it.
    pub key: trail_record::KeyId,
    /// What it says; records inside it included.
    pub entry: Entry,
}

/// A record and where it stands.
#[derive(Debug, Clone, Serialize)]
pub struct RecordShown {
    /// Its digest.
    pub digest: Digest<Record>,
    /// Its kind.
    pub kind: Kind,
    /// Its title.
    pub title: String,
    /// Its item.
    pub item: ItemKey,
    /// The entry that seals it.
    pub entry: Digest<Entry>,
    /// That entry's number.
    pub seq: u64,
    /// When it was sealed.
    pub at: Moment,
    /// Who sealed it.
    pub persona: Persona,
    /// What it rests on.
    pub inputs: Vec<Digest<Record>>,
    /// The records of this item that rest on it.
    pub used_by: Vec<Digest<Record>>,
    /// What it says; none if its bytes are missing or damaged.
    pub body: Option<Value>,
    /// What is wrong with its bytes.
    pub problem: Option<String>,
}

/// One of several things a beginning could name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Candidate {
    /// The digest.
    pub digest: String,
    /// What it is: `entry`, or the record's kind.
    pub kind: String,
    /// Its title; an entry's is who wrote it and its number.
    pub title: String,
    /// Its item.
    pub item: ItemKey,
}

/// Returns where an item stands.
#[must_use]
pub fn item(story: &Story) -> ItemShown {
    ItemShown {
        item: story.key.clone(),
        title: story.spec().map(|own| own.body.title.clone()),
        chain: story.judgement.word(),
        stage: story.state.stage_name(),
        phase: story.state.phase(),
        next: story.state.next_action(),
        state: story.state.clone(),
        entries: story.judgement.counts.entries,
        head: story.head(),
    }
}

/// Finds an entry or record by the beginning of its digest, with or without `sha256:`.
#[must_use]
pub fn find(judged: &[Judged], bytes: &dyn Bytes, prefix: &str) -> Found {
    let digits = prefix
        .strip_prefix("sha256:")
        .unwrap_or(prefix)
        .to_ascii_lowercase();
    if digits.len() < MIN_DIGITS || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Found::Nothing;
    }
    let mut candidates: Vec<Candidate> = Vec::new();
    let mut found = Found::Nothing;
    for one in judged {
        let standing = one
            .assembly
            .chain
            .entries()
            .iter()
            .map(|own| (own.signed.as_ref(), true));
        let void = one
            .assembly
            .void
            .iter()
            .map(|own| (own.signed.as_ref(), false));
        for (signed, stands) in standing.chain(void) {
            if signed.digest.hex().starts_with(&digits) {
                let (persona, seq) = (signed.entry.persona, signed.entry.seq);
                add(
                    &mut candidates,
                    signed.digest.to_string(),
                    "entry",
                    format!("{persona} {seq}"),
                    one,
                );
                found = Found::Entry(Box::new(EntryShown {
                    digest: signed.digest,
                    stands,
                    item: one.subject.key.clone(),
                    key: signed.key.id(),
                    entry: signed.entry.clone(),
                }));
            }
            for listed in &signed.entry.records {
                if listed.digest.hex().starts_with(&digits) {
                    let new = add(
                        &mut candidates,
                        listed.digest.to_string(),
                        listed.kind.as_str(),
                        listed.title.clone(),
                        one,
                    );
                    if new {
                        found = Found::Record(Box::new(record(one, signed, listed, bytes)));
                    }
                }
            }
        }
    }
    if candidates.len() > 1 {
        Found::Several(candidates)
    } else {
        found
    }
}

fn add(
    candidates: &mut Vec<Candidate>,
    digest: String,
    kind: &str,
    title: String,
    one: &Judged,
) -> bool {
    let new = candidates.iter().all(|own| own.digest != digest);
    if new {
        let item = one.subject.key.clone();
        candidates.push(Candidate {
            digest,
            kind: kind.to_owned(),
            title,
            item,
        });
    }
    new
}

fn record(
    one: &Judged,
    signed: &Signed,
    listed: &trail_record::Listed,
    bytes: &dyn Bytes,
) -> RecordShown {
    let read = verify::record(listed, bytes);
    let (inputs, body, problem) = match &read {
        Ok(record) => match record.body.value() {
            Ok(body) => (record.inputs.clone(), Some(body), None),
            Err(error) => (record.inputs.clone(), None, Some(error.to_string())),
        },
        Err((kind, why)) => (Vec::new(), None, Some(format!("{kind}: {why}"))),
    };
    let mut used_by = Vec::new();
    for accepted in one.assembly.chain.entries() {
        for other in &accepted.signed.entry.records {
            let rests =
                verify::record(other, bytes).is_ok_and(|own| own.inputs.contains(&listed.digest));
            if rests && !used_by.contains(&other.digest) {
                used_by.push(other.digest);
            }
        }
    }
    RecordShown {
        digest: listed.digest,
        kind: listed.kind,
        title: listed.title.clone(),
        item: one.subject.key.clone(),
        entry: signed.digest,
        seq: signed.entry.seq,
        at: signed.entry.at,
        persona: signed.entry.persona,
        inputs,
        used_by,
        body,
        problem,
    }
}
