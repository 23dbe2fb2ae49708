//! The chain: which of the posted entries stand, in which order, and what is wrong with the rest.
//!
//! Order is the chain's own: every entry names its predecessor, and the tracker's order decides only
//! between two entries on one predecessor that nobody has extended yet. What was accepted once stays
//! accepted: later edits and deletions in the tracker are findings, never a new election.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::digest::Digest;
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
    /// The entry, or what is wrong with its bytes or signature.
    pub signed: Result<Arc<Signed>, Finding>,
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
    /// Whether the history cannot be ordered safely; it ends where it splits.
    pub forked: bool,
}

/// The rules an entry must follow to stand after those before it; the item core's fold is one.
pub trait Rules {
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
    let Unverified { entry, digest, payload, envelope } = unverified;
    let key = trust.signer(&entry, digest, &payload, &envelope)?;
    Ok(Signed { entry, digest, key, envelope })
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
    compare_with_memory(subject, posted, known, &mut assembly);
    let candidates = eligible(subject, posted, known, trust, &mut assembly);
    let (accepted, refused) = walk(subject, &candidates, known, trust, rules, &mut assembly);
    explain_the_rest(subject, &candidates, &accepted, refused, &mut assembly);
    assembly
}

/// A posted entry that could stand.
struct Candidate {
    signed: Arc<Signed>,
    comment: CommentId,
    edited: bool,
}

fn place(subject: &Subject, comment: &CommentId, signed: Option<&Signed>) -> Place {
    Place {
        item: Some(subject.key.clone()),
        seq: signed.map(|signed| signed.entry.seq),
        comment: Some(comment.clone()),
        digest: signed.map(|signed| signed.digest.to_string()),
    }
}

/// Finds what was accepted before and is now changed, gone or under another account.
fn compare_with_memory(
    subject: &Subject,
    posted: &[Posted],
    known: &[Known],
    assembly: &mut Assembly,
) {
    let now: HashMap<&CommentId, &Posted> =
        posted.iter().map(|posted| (&posted.comment, posted)).collect();
    let elsewhere: HashSet<Digest<Entry>> = posted
        .iter()
        .filter_map(|posted| posted.signed.as_ref().ok().map(|signed| signed.digest))
        .collect();
    for known in known {
        let at = place(subject, &known.comment, Some(&known.signed));
        let same = |posted: &Posted| {
            posted.signed.as_ref().is_ok_and(|signed| signed.digest == known.signed.digest)
        };
        match now.get(&known.comment) {
            Some(posted) if same(posted) => {
                if posted.edited {
                    let detail = "the comment around this accepted entry was edited";
                    assembly.findings.push(Finding::new(FindingKind::EditedEntry, at, detail));
                }
            }
            Some(_) => {
                let detail = "the comment of this accepted entry no longer holds it";
                assembly.findings.push(Finding::new(FindingKind::EditedEntry, at, detail));
            }
            None => {
                let detail = if elsewhere.contains(&known.signed.digest) {
                    "the comment of this accepted entry is gone; a copy stands elsewhere"
                } else {
                    "the comment of this accepted entry is gone"
                };
                assembly.findings.push(Finding::new(FindingKind::DeletedEntry, at, detail));
            }
        }
    }
}

/// Keeps the posted entries that are signed, of this item, and under their persona's account.
fn eligible(
    subject: &Subject,
    posted: &[Posted],
    known: &[Known],
    trust: &TrustSet,
    assembly: &mut Assembly,
) -> Vec<Candidate> {
    let remembered: HashSet<&CommentId> = known.iter().map(|known| &known.comment).collect();
    let mut seen = HashSet::new();
    let mut candidates = Vec::new();
    for posted in posted {
        let signed = match &posted.signed {
            Ok(signed) => signed,
            Err(_) if remembered.contains(&posted.comment) => continue,
            Err(finding) => {
                let mut finding = finding.clone();
                finding.place.item.get_or_insert_with(|| subject.key.clone());
                finding.place.comment = Some(posted.comment.clone());
                assembly.findings.push(finding);
                continue;
            }
        };
        let at = || place(subject, &posted.comment, Some(signed));
        if signed.entry.item != subject.item || signed.entry.project != subject.project {
            let detail = format!(
                "this entry belongs to {} ({} of project {})",
                signed.entry.key, signed.entry.item, signed.entry.project
            );
            assembly.findings.push(Finding::new(FindingKind::WrongItem, at(), detail));
            continue;
        }
        let account = trust
            .get(&signed.entry.trust)
            .and_then(|trust| trust.persona(signed.entry.persona))
            .map(|persona| &persona.account);
        if account != Some(&posted.author) {
            let detail = format!(
                "an entry of the {} stands under account {}, which is not that persona's",
                signed.entry.persona, posted.author
            );
            assembly.findings.push(Finding::new(FindingKind::WrongAccount, at(), detail));
            continue;
        }
        // The same entry twice under its own account is a repeated post, not a second entry.
        if seen.insert(signed.digest) {
            candidates.push(Candidate {
                signed: Arc::clone(signed),
                comment: posted.comment.clone(),
                edited: posted.edited,
            });
        }
    }
    candidates
}

type Refused = HashMap<Digest<Entry>, String>;

/// Follows the predecessors from the beginning and takes the entry that stands at each place.
fn walk(
    subject: &Subject,
    candidates: &[Candidate],
    known: &[Known],
    trust: &TrustSet,
    rules: &mut dyn Rules,
    assembly: &mut Assembly,
) -> (HashSet<Digest<Entry>>, Refused) {
    let mut by_prev: HashMap<Option<Digest<Entry>>, Vec<&Candidate>> = HashMap::new();
    for candidate in candidates {
        by_prev.entry(candidate.signed.entry.prev).or_default().push(candidate);
    }
    let mut accepted = HashSet::new();
    let mut refused = Refused::new();
    let mut serial = 0;
    let mut memory = known.iter();
    loop {
        let chain = &mut assembly.chain;
        let head = chain.head();
        let seq = chain.entries.len() as u64;
        let mut options: Vec<(Arc<Signed>, CommentId)> = Vec::new();
        if let Some(known) = memory.next() {
            options.push((Arc::clone(&known.signed), known.comment.clone()));
        } else {
            let siblings = by_prev.get(&head).map_or(&[][..], Vec::as_slice);
            let extended = |candidate: &&&Candidate| {
                by_prev.contains_key(&Some(candidate.signed.digest))
            };
            let mut first: Vec<_> = siblings.iter().filter(extended).collect();
            if first.len() > 1 {
                let detail = format!("{} entries extend entry {seq}'s predecessor", first.len());
                let at = place(subject, &first[0].comment, Some(&first[0].signed));
                assembly.findings.push(Finding::new(FindingKind::Fork, at, detail));
                assembly.forked = true;
                return (accepted, refused);
            }
            first.extend(siblings.iter().filter(|candidate| !extended(candidate)));
            for candidate in first {
                if candidate.edited && !extended(&candidate) {
                    let detail = "this entry was edited before anything relied on it";
                    let at = place(subject, &candidate.comment, Some(&candidate.signed));
                    assembly.findings.push(Finding::new(FindingKind::EditedEntry, at, detail));
                    refused.insert(candidate.signed.digest, detail.to_owned());
                    continue;
                }
                options.push((Arc::clone(&candidate.signed), candidate.comment.clone()));
            }
        }
        let next = options.into_iter().find(|(signed, comment)| {
            let entry = &signed.entry;
            let own_serial = trust.serial(&entry.trust).unwrap_or(0);
            let verdict = if entry.prev != head {
                Err((FindingKind::MissingEntry, "names another predecessor".to_owned()))
            } else if entry.seq != seq {
                let detail = format!("is numbered {} and stands at {seq}", entry.seq);
                Err((FindingKind::WrongSequence, detail))
            } else if own_serial < serial {
                let detail = "names an older trust document than the entry before it".to_owned();
                Err((FindingKind::Trust, detail))
            } else {
                rules.admit(signed).map_err(|why| (FindingKind::Illegal, why))
            };
            match verdict {
                Ok(()) => {
                    serial = own_serial;
                    true
                }
                Err((kind, why)) => {
                    // An entry that lost a race is void and no more; one that breaks the format is
                    // a finding as well.
                    if kind != FindingKind::Illegal {
                        let at = place(subject, comment, Some(signed));
                        assembly.findings.push(Finding::new(kind, at, why.clone()));
                    }
                    refused.insert(signed.digest, why);
                    false
                }
            }
        });
        let Some((signed, comment)) = next else {
            return (accepted, refused);
        };
        accepted.insert(signed.digest);
        assembly.chain.entries.push(Accepted { signed, comment });
    }
}

/// Says of every posted entry that does not stand why it does not.
fn explain_the_rest(
    subject: &Subject,
    candidates: &[Candidate],
    accepted: &HashSet<Digest<Entry>>,
    refused: Refused,
    assembly: &mut Assembly,
) {
    let all: HashSet<Digest<Entry>> =
        candidates.iter().map(|candidate| candidate.signed.digest).collect();
    for candidate in candidates {
        let digest = candidate.signed.digest;
        if accepted.contains(&digest) {
            continue;
        }
        let why = match (refused.get(&digest), candidate.signed.entry.prev) {
            (Some(why), _) => why.clone(),
            (None, Some(prev)) if !accepted.contains(&prev) && !all.contains(&prev) => {
                let why = format!("its predecessor {} is missing", prev.short());
                let at = place(subject, &candidate.comment, Some(&candidate.signed));
                assembly.findings.push(Finding::new(FindingKind::MissingEntry, at, why.clone()));
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
