//! What is posted, against what was accepted before and against who may post it.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::{Assembly, Candidate, Known, Posted, Subject, place};
use crate::digest::Digest;
use crate::entry::Entry;
use crate::finding::{Finding, FindingKind};
use crate::id::CommentId;
use crate::trust::TrustSet;

/// Finds what was accepted before and is now changed, gone or under another account.
pub(super) fn compare_with_memory(
    subject: &Subject,
    posted: &[Posted],
    known: &[Known],
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
                if posted.edited {
                    let detail = "the comment around this accepted entry was edited";
                    assembly
                        .findings
                        .push(Finding::new(FindingKind::EditedEntry, at, detail));
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
    let remembered: HashSet<&CommentId> = known.iter().map(|known| &known.comment).collect();
    let mut seen = HashSet::new();
    let mut candidates = Vec::new();
    for posted in posted {
        let signed = match &posted.signed {
            Ok(signed) => signed,
            Err(_) if remembered.contains(&posted.comment) => continue,
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
        if signed.entry.item != subject.item || signed.entry.project != subject.project {
            let detail = format!(
                "this entry belongs to {} ({} of project {})",
                signed.entry.key, signed.entry.item, signed.entry.project
            );
            assembly
                .findings
                .push(Finding::new(FindingKind::WrongItem, at(), detail));
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
            });
        }
    }
    candidates
}
