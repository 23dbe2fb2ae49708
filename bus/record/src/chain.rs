//! The chain: which of the posted entries stand, in which order, and what is wrong with the rest.
//!
//! Order is the chain's own: every entry names its predecessor, and the tracker's order decides only
//! between two entries on one predecessor that nobody has extended yet. What was accepted once stays
//! accepted: later edits and deletions in the tracker are findings, never a new election.

mod sift;
mod walk;

use std::collections::HashSet;
use std::sync::Arc;

use crate::digest::{Digest, Text};
use crate::entry::{self, Entry, Unverified};
use crate::envelope::Envelope;
use crate::finding::{Finding, FindingKind, Place};
use crate::id::{CommentId, ItemId, ItemKey, ProjectId, UserId};
use crate::key::PublicKey;
use crate::trust::TrustSet;

/// The item whose history is assembled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// The project.
    pub project: ProjectId,
    /// The item's stable id.
    pub item: ItemId,
    /// The item's key, for findings.
    pub key: ItemKey,
}

/// An entry whose bytes and signature are good; whether it stands is the chain's question.
#[derive(Debug, Clone, PartialEq)]
pub struct Signed {
    /// The entry.
    pub entry: Entry,
    /// Its digest.
    pub digest: Digest<Entry>,
    /// The key that signed it.
    pub key: PublicKey,
    /// The signed bytes.
    pub envelope: Envelope,
}

/// A comment that carries something that looks like an entry.
#[derive(Debug, Clone)]
pub struct Posted {
    /// The comment.
    pub comment: CommentId,
    /// The account it stands under, by a fresh read.
    pub author: UserId,
    /// Whether it was edited since it was posted.
    pub edited: bool,
    /// Whether the tracker's own times show that its time was set by hand.
    pub backdated: bool,
    /// Digest of the text where the envelope should be.
    pub text: Digest<Text>,
    /// Whether a key that a trust document gives a persona has signed it, be it no good entry.
    pub ours: bool,
    /// The entry, or what is wrong with its bytes or signature.
    pub signed: Result<Arc<Signed>, Finding>,
}

impl Posted {
    /// Reads what stands in a comment where the envelope of an entry should be.
    #[must_use]
    pub fn read(comment: CommentId, author: UserId, json: &str, trust: &TrustSet) -> Self {
        let signed = open(json.as_bytes(), trust).map(Arc::new);
        Self {
            comment,
            author,
            edited: false,
            backdated: false,
            text: Digest::of(json.as_bytes()),
            ours: signed.is_ok() || trust.has_signed(json.as_bytes()),
            signed,
        }
    }

    /// Says what the tracker tells of the comment besides its text.
    #[must_use]
    pub fn marked(self, edited: bool, backdated: bool) -> Self {
        Self {
            edited,
            backdated,
            ..self
        }
    }
}

/// An entry that was accepted before, as the local memory kept it.
#[derive(Debug, Clone)]
pub struct Known {
    /// The comment it stood in.
    pub comment: CommentId,
    /// The entry.
    pub signed: Arc<Signed>,
}

/// An entry that stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Accepted {
    /// The entry.
    pub signed: Arc<Signed>,
    /// The comment it stands in.
    pub comment: CommentId,
}

/// An entry that does not stand.
#[derive(Debug, Clone, PartialEq)]
pub struct Void {
    /// The entry.
    pub signed: Arc<Signed>,
    /// The comment it is in.
    pub comment: CommentId,
    /// Why, for people.
    pub why: String,
}

/// The entries of one item that stand, in order.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Chain {
    entries: Vec<Accepted>,
}

/// What became of the posted entries.
#[derive(Debug, Clone, Default)]
pub struct Assembly {
    /// What stands.
    pub chain: Chain,
    /// What does not, in the tracker's order.
    pub void: Vec<Void>,
    /// What is wrong.
    pub findings: Vec<Finding>,
    /// Whether the history cannot be ordered safely. It ends where it splits, or where the local
    /// memory ends.
    pub forked: bool,
    /// The version of the rules that the next entry follows, if these rules do not know it: the
    /// history goes on, and cannot be followed here.
    pub newer: Option<u32>,
}

/// The rules an entry must follow to stand after those before it; the item core's fold is one.
pub trait Rules {
    /// Tells whether these rules know the version that an entry says it follows. One they do not
    /// know can be neither admitted nor refused: the history is not followed further.
    fn knows(&self, _version: u32) -> bool {
        true
    }

    /// Takes the next entry, or says why it may not stand here; then nothing has changed.
    ///
    /// # Errors
    /// Why the entry is void.
    fn admit(&mut self, signed: &Signed) -> Result<(), String>;
}

/// Rules that allow everything: for verifiers that judge bytes, seals and order only.
#[derive(Debug, Clone, Copy, Default)]
pub struct AnyEntry;

impl Rules for AnyEntry {
    fn admit(&mut self, _: &Signed) -> Result<(), String> {
        Ok(())
    }
}

impl Chain {
    /// Returns the entries, first one first.
    #[must_use]
    pub fn entries(&self) -> &[Accepted] {
        &self.entries
    }

    /// Returns the last entry.
    #[must_use]
    pub fn last(&self) -> Option<&Accepted> {
        self.entries.last()
    }

    /// Returns the digest of the last entry.
    #[must_use]
    pub fn head(&self) -> Option<Digest<Entry>> {
        self.last().map(|last| last.signed.digest)
    }
}

/// Reads an entry from its envelope's JSON and verifies its signature against the trust documents.
///
/// # Errors
/// The finding that says what is wrong; its place holds what the bytes claim, as far as they do.
pub fn open(json: &[u8], trust: &TrustSet) -> Result<Signed, Finding> {
    let envelope = Envelope::from_json(json).map_err(|error| {
        Finding::new(FindingKind::Malformed, Place::default(), error.to_string())
    })?;
    let unverified = Unverified::open(envelope).map_err(|error| {
        let kind = match error {
            entry::Error::Format(_) => FindingKind::UnknownFormat,
            entry::Error::Envelope(_)
            | entry::Error::Payload(_)
            | entry::Error::OtherStatement(_)
            | entry::Error::Listing(_) => FindingKind::Malformed,
        };
        Finding::new(kind, Place::default(), error.to_string())
    })?;
    let Unverified {
        entry,
        digest,
        payload,
        envelope,
    } = unverified;
    let key = trust.signer(&entry, digest, &payload, &envelope)?;
    Ok(Signed {
        entry,
        digest,
        key,
        envelope,
    })
}

/// Decides which entries stand.
///
/// `posted` are the tracker's comments that look like entries, in the tracker's order; `known` what
/// was accepted before, in the chain's order; `rules` see each entry that is next in line.
pub fn assemble(
    subject: &Subject,
    posted: &[Posted],
    known: &[Known],
    trust: &TrustSet,
    rules: &mut dyn Rules,
) -> Assembly {
    let mut assembly = Assembly::default();
    sift::compare_with_memory(subject, posted, known, trust, &mut assembly);
    let candidates = sift::eligible(subject, posted, known, trust, &mut assembly);
    let (accepted, refused) = walk::walk(subject, &candidates, known, trust, rules, &mut assembly);
    explain_the_rest(subject, &candidates, &accepted, refused, &mut assembly);
    assembly
}

/// A posted entry that could stand.
struct Candidate {
    signed: Arc<Signed>,
    comment: CommentId,
    edited: bool,
    backdated: bool,
}

fn place(subject: &Subject, comment: &CommentId, signed: Option<&Signed>) -> Place {
    Place {
        item: Some(subject.key.clone()),
        seq: signed.map(|signed| signed.entry.seq),
        comment: Some(comment.clone()),
        digest: signed.map(|signed| signed.digest.to_string()),
    }
}

/// Says of every posted entry that does not stand why it does not.
fn explain_the_rest(
    subject: &Subject,
    candidates: &[Candidate],
    accepted: &HashSet<Digest<Entry>>,
    refused: walk::Refused,
    assembly: &mut Assembly,
) {
    let all: HashSet<Digest<Entry>> = candidates
        .iter()
        .map(|candidate| candidate.signed.digest)
        .collect();
    for candidate in candidates {
        let digest = candidate.signed.digest;
        if accepted.contains(&digest) {
            continue;
        }
        if assembly.newer.is_some() && !refused.contains_key(&digest) {
            // What follows an entry that cannot be judged here cannot be judged either.
            continue;
        }
        let why = match (refused.get(&digest), candidate.signed.entry.prev) {
            (Some(why), _) => why.clone(),
            (None, Some(prev)) if !accepted.contains(&prev) && !all.contains(&prev) => {
                let why = format!("its predecessor {} is missing", prev.short());
                let at = place(subject, &candidate.comment, Some(&candidate.signed));
                assembly
                    .findings
                    .push(Finding::new(FindingKind::MissingEntry, at, why.clone()));
                why
            }
            (None, Some(prev)) if !accepted.contains(&prev) => {
                "it extends an entry that does not stand".to_owned()
            }
            (None, _) => "another entry stands in its place".to_owned(),
        };
        assembly.void.push(Void {
            signed: Arc::clone(&candidate.signed),
            comment: candidate.comment.clone(),
            why,
        });
    }
}
