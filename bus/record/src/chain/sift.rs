//! What is posted, against what was accepted before and against who may post it.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::{Assembly, Candidate, Known, Posted, Signed, Subject, place};
use crate::digest::{Digest, Text};
use crate::entry::Entry;
use crate::finding::{Finding, FindingKind, Place};
use crate::id::{CommentId, UserId};
use crate::trust::TrustSet;

/// Finds what was accepted before and is now changed, gone or under another account.
pub(super) fn compare_with_memory(
    subject: &Subject,
    posted: &[Posted],
    known: &[Known],
    trust: &TrustSet,
    assembly: &mut Assembly,
) {
    let now: HashMap<&CommentId, &Posted> = posted
        .iter()
        .map(|posted| (&posted.comment, posted))
        .collect();
    let elsewhere: HashSet<Digest<Entry>> = posted
        .iter()
        .filter_map(|posted| posted.signed.as_ref().ok().map(|signed| signed.digest))
        .collect();
    for known in known {
        let at = place(subject, &known.comment, Some(&known.signed));
        let same = |posted: &Posted| {
            posted
                .signed
                .as_ref()
                .is_ok_and(|signed| signed.digest == known.signed.digest)
        };
        match now.get(&known.comment) {
            Some(posted) if same(posted) => {
                let other_author = account(&known.signed, trust) != Some(&posted.author);
                for (holds, kind, detail) in [
                    (
                        posted.edited,
                        FindingKind::EditedEntry,
                        "the comment around this accepted entry was edited",
                    ),
                    (
                        posted.backdated,
                        FindingKind::Backdated,
                        "the time of this accepted entry was set by hand",
                    ),
                    (
                        other_author,
                        FindingKind::Reattributed,
                        "the comment of this accepted entry now has another author",
                    ),
                ] {
                    if holds {
                        assembly
                            .findings
                            .push(Finding::new(kind, at.clone(), detail));
                    }
                }
            }
            Some(Posted {
                signed: Err(finding),
                ..
            }) if finding.place.digest == Some(known.signed.digest.to_string()) => {
                // The same bytes, which the trust documents of today no longer cover.
                let mut finding = finding.clone();
                finding.place = at;
                assembly.findings.push(finding);
            }
            Some(_) => {
                let detail = "the comment of this accepted entry no longer holds it";
                assembly
                    .findings
                    .push(Finding::new(FindingKind::EditedEntry, at, detail));
            }
            None => {
                let detail = if elsewhere.contains(&known.signed.digest) {
                    "the comment of this accepted entry is gone; a copy stands elsewhere"
                } else {
                    "the comment of this accepted entry is gone"
                };
                assembly
                    .findings
                    .push(Finding::new(FindingKind::DeletedEntry, at, detail));
            }
        }
    }
}

/// Keeps the posted entries that are signed, of this item, and under their persona's account.
pub(super) fn eligible(
    subject: &Subject,
    posted: &[Posted],
    known: &[Known],
    trust: &TrustSet,
    assembly: &mut Assembly,
) -> Vec<Candidate> {
    let remembered: HashMap<&CommentId, &Known> =
        known.iter().map(|known| (&known.comment, known)).collect();
    let mut seen = HashSet::new();
    let mut told: HashSet<(&UserId, Digest<Text>)> = HashSet::new();
    let mut candidates = Vec::new();
    for posted in posted {
        let signed = match &posted.signed {
            Ok(signed) => signed,
            Err(_) if remembered.contains_key(&posted.comment) => continue,
            Err(_) if !posted.ours && !trust.ever_served(&posted.author) => {
                if told.insert((&posted.author, posted.text)) {
                    assembly.findings.push(posing(subject, posted));
                }
                continue;
            }
            Err(finding) => {
                let mut finding = finding.clone();
                finding
                    .place
                    .item
                    .get_or_insert_with(|| subject.key.clone());
                finding.place.comment = Some(posted.comment.clone());
                assembly.findings.push(finding);
                continue;
            }
        };
        let at = || place(subject, &posted.comment, Some(signed));
        let mut first = || told.insert((&posted.author, signed.digest.cast()));
        if signed.entry.item != subject.item || signed.entry.project != subject.project {
            if !first() {
                continue;
            }
            let detail = format!(
                "this entry belongs to {} ({} of project {})",
                signed.entry.key, signed.entry.item, signed.entry.project
            );
            assembly
                .findings
                .push(Finding::new(FindingKind::WrongItem, at(), detail));
            continue;
        }
        if account(signed, trust) != Some(&posted.author) {
            let known = remembered.get(&posted.comment);
            let moved = known.is_some_and(|known| known.signed.digest == signed.digest);
            if moved || !first() {
                continue;
            }
            let detail = format!(
                "an entry of the {} stands under account {}, which is not that persona's",
                signed.entry.persona, posted.author
            );
            assembly
                .findings
                .push(Finding::new(FindingKind::WrongAccount, at(), detail));
            continue;
        }
        // The same entry twice under its own account is a repeated post, not a second entry.
        if seen.insert(signed.digest) {
            candidates.push(Candidate {
                signed: Arc::clone(signed),
                comment: posted.comment.clone(),
                edited: posted.edited,
                backdated: posted.backdated,
            });
        }
    }
    candidates
}

/// Returns the account an entry must stand under.
fn account<'t>(signed: &Signed, trust: &'t TrustSet) -> Option<&'t UserId> {
    trust
        .get(&signed.entry.trust)
        .and_then(|trust| trust.persona(signed.entry.persona))
        .map(|persona| &persona.account)
}

/// Says that a comment which no persona wrote or signed looks like an entry. Its digest names author
/// and text, so that the same again is the same finding.
fn posing(subject: &Subject, posted: &Posted) -> Finding {
    let (seq, why) = match &posted.signed {
        Ok(_) => (None, String::new()),
        Err(finding) => (finding.place.seq, finding.detail.clone()),
    };
    let named = Digest::<Text>::of(format!("{}\n{}", posted.author, posted.text).as_bytes());
    let at = Place {
        item: Some(subject.key.clone()),
        seq,
        comment: Some(posted.comment.clone()),
        digest: Some(named.to_string()),
    };
    let detail = format!(
        "a comment of account {} looks like a sealed entry and is none: {why}",
        posted.author
    );
    Finding::new(FindingKind::Posing, at, detail)
}
