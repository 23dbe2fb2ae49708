//! The walk along the predecessors, which decides what stands.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::{Accepted, Assembly, Candidate, Known, Rules, Signed, Subject, place};
use crate::digest::Digest;
use crate::entry::Entry;
use crate::finding::{Finding, FindingKind};
use crate::id::CommentId;
use crate::trust::TrustSet;

/// Why entries that were next in line do not stand.
pub(super) type Refused = HashMap<Digest<Entry>, String>;

/// An entry that may be next.
struct Contender<'c> {
    signed: &'c Arc<Signed>,
    comment: &'c CommentId,
    /// Whether the comment around it was edited since.
    edited: bool,
    /// Whether the time of its comment was set by hand.
    backdated: bool,
    /// Whether somebody relied on it: the local memory, or an entry that extends it.
    relied_on: bool,
}

/// The posted candidates by the entry they extend.
struct Posts<'c>(HashMap<Option<Digest<Entry>>, Vec<&'c Candidate>>);

impl<'c> Posts<'c> {
    fn new(candidates: &'c [Candidate]) -> Self {
        let mut by_prev: HashMap<_, Vec<_>> = HashMap::new();
        for candidate in candidates {
            by_prev
                .entry(candidate.signed.entry.prev)
                .or_default()
                .push(candidate);
        }
        Self(by_prev)
    }

    fn after(&self, head: Option<Digest<Entry>>) -> &[&'c Candidate] {
        self.0.get(&head).map_or(&[], Vec::as_slice)
    }

    fn extend(&self, candidate: &Candidate) -> bool {
        self.0.contains_key(&Some(candidate.signed.digest))
    }
}

/// Follows the predecessors from the beginning and takes the entry that stands at each place.
pub(super) fn walk(
    subject: &Subject,
    candidates: &[Candidate],
    known: &[Known],
    trust: &TrustSet,
    rules: &mut dyn Rules,
    assembly: &mut Assembly,
) -> (HashSet<Digest<Entry>>, Refused) {
    let posts = Posts::new(candidates);
    let mut accepted = HashSet::new();
    let mut refused = Refused::new();
    let mut serial = 0;
    let mut memory = known.iter();
    loop {
        let head = assembly.chain.head();
        let seq = assembly.chain.entries.len() as u64;
        let siblings = posts.after(head);
        let remembered = memory.next();
        let options = match remembered {
            Some(known) => {
                let other = |post: &&&Candidate| post.signed.digest != known.signed.digest;
                let mut rivals = siblings
                    .iter()
                    .filter(other)
                    .filter(|post| posts.extend(post));
                if let Some(rival) = rivals.next() {
                    fork(subject, rival, assembly);
                }
                let (signed, comment) = (&known.signed, &known.comment);
                vec![Contender {
                    signed,
                    comment,
                    edited: false,
                    backdated: false,
                    relied_on: true,
                }]
            }
            None if assembly.forked => return (accepted, refused),
            None => {
                let extended: Vec<_> = siblings.iter().filter(|post| posts.extend(post)).collect();
                if extended.len() > 1 {
                    fork(subject, extended[0], assembly);
                    return (accepted, refused);
                }
                let loose = siblings.iter().filter(|post| !posts.extend(post));
                extended
                    .into_iter()
                    .chain(loose)
                    .map(|post| Contender {
                        signed: &post.signed,
                        comment: &post.comment,
                        edited: post.edited,
                        backdated: post.backdated,
                        relied_on: posts.extend(post),
                    })
                    .collect()
            }
        };
        let mut next = None;
        for option in options {
            let Contender {
                signed,
                comment,
                edited,
                backdated,
                relied_on,
            } = option;
            let mut find = |kind, why: &str| {
                let at = place(subject, comment, Some(signed));
                assembly.findings.push(Finding::new(kind, at, why));
            };
            let marks = if relied_on {
                (false, false)
            } else {
                (edited, backdated)
            };
            let version = signed.entry.rules;
            let next_in_line = signed.entry.prev == head && signed.entry.seq == seq;
            if next_in_line && marks == (false, false) && !rules.knows(version) {
                let why = format!(
                    "this entry follows rules {version}, which this program does not know: use a newer version of trail"
                );
                find(FindingKind::UnknownFormat, &why);
                assembly.newer = Some(version);
                return (accepted, refused);
            }
            match judge(signed, marks, head, seq, serial, trust, rules) {
                Ok(()) => {
                    if edited {
                        find(
                            FindingKind::EditedEntry,
                            "the comment around this accepted entry was edited",
                        );
                    }
                    if backdated {
                        find(
                            FindingKind::Backdated,
                            "the time of this accepted entry was set by hand",
                        );
                    }
                    next = Some((signed, comment));
                    break;
                }
                Err((kind, why)) => {
                    // An entry that lost a race is void and no more; one that breaks the format, or
                    // that others relied on, is a finding as well.
                    if kind != FindingKind::Illegal || relied_on {
                        find(kind, &why);
                    }
                    refused.insert(signed.digest, why);
                }
            }
        }
        let Some((signed, comment)) = next else {
            return (accepted, refused);
        };
        serial = trust.serial(&signed.entry.trust).unwrap_or(0);
        accepted.insert(signed.digest);
        let entry = Accepted {
            signed: Arc::clone(signed),
            comment: comment.clone(),
        };
        assembly.chain.entries.push(entry);
    }
}

/// Says why an entry may not stand next.
fn judge(
    signed: &Signed,
    (edited, backdated): (bool, bool),
    head: Option<Digest<Entry>>,
    seq: u64,
    serial: u64,
    trust: &TrustSet,
    rules: &mut dyn Rules,
) -> Result<(), (FindingKind, String)> {
    let entry = &signed.entry;
    if edited {
        let why = "this entry was edited before anything relied on it";
        Err((FindingKind::EditedEntry, why.to_owned()))
    } else if backdated {
        let why = "the time of this entry was set by hand before anything relied on it";
        Err((FindingKind::Backdated, why.to_owned()))
    } else if entry.prev != head {
        Err((
            FindingKind::MissingEntry,
            "names another predecessor".to_owned(),
        ))
    } else if entry.seq != seq {
        let why = format!("is numbered {} and stands at {seq}", entry.seq);
        Err((FindingKind::WrongSequence, why))
    } else if trust.serial(&entry.trust).unwrap_or(0) < serial {
        let why = "names an older trust document than the entry before it";
        Err((FindingKind::Trust, why.to_owned()))
    } else {
        rules
            .admit(signed)
            .map_err(|why| (FindingKind::Illegal, why))
    }
}

fn fork(subject: &Subject, rival: &Candidate, assembly: &mut Assembly) {
    let why = "several entries follow the same entry, and more than one was relied on";
    let at = place(subject, &rival.comment, Some(&rival.signed));
    assembly
        .findings
        .push(Finding::new(FindingKind::Fork, at, why));
    assembly.forked = true;
}
