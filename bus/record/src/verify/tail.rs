//! How far the end of a history is vouched for.

use serde::{Deserialize, Serialize};

use crate::chain::{Assembly, Subject};
use crate::checkpoint::Checkpoint;
use crate::envelope::Envelope;
use crate::finding::{Finding, FindingKind, Place};
use crate::key::PublicKey;
use crate::moment::Moment;
use crate::trust::TrustSet;

/// How far the end of a history is vouched for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "tail")]
pub enum Tail {
    /// No checkpoint speaks of this item: entries may have been cut off unnoticed.
    Unchecked,
    /// A checkpoint vouches for the history up to and including this entry.
    Checked {
        /// The number of the entry.
        seq: u64,
        /// When the checkpoint was made.
        at: Moment,
        /// How many entries follow that no checkpoint vouches for yet.
        after: u64,
    },
}

/// Compares the history with every checkpoint of its item; the furthest that fits is the tail.
///
/// The places that revocations name are compared as well. Without that the thief of a revoked key
/// could write another history before the place of its revocation. They say nothing of the end.
pub(super) fn judge(
    subject: &Subject,
    assembly: &Assembly,
    trust: &TrustSet,
    checkpoints: &[Envelope],
    findings: &mut Vec<Finding>,
) -> Tail {
    let keys: Vec<PublicKey> = trust.latest().1.checkpoint_keys.clone();
    let entries = assembly.chain.entries();
    let mut tail = Tail::Unchecked;
    for envelope in checkpoints {
        let at = |seq: Option<u64>| Place {
            item: Some(subject.key.clone()),
            seq,
            ..Place::default()
        };
        let checkpoint = match Checkpoint::open(envelope, &keys) {
            Ok(checkpoint) => checkpoint,
            Err(error) => {
                findings.push(Finding::new(
                    FindingKind::Checkpoint,
                    at(None),
                    error.to_string(),
                ));
                continue;
            }
        };
        if checkpoint.item != subject.item || checkpoint.project != subject.project {
            continue;
        }
        let seq = checkpoint.seq;
        let own = usize::try_from(seq)
            .ok()
            .and_then(|index| entries.get(index));
        match own {
            None => {
                let detail = format!(
                    "a checkpoint of {} saw entry {seq}; the history ends after {} entries",
                    checkpoint.at,
                    entries.len()
                );
                findings.push(Finding::new(FindingKind::Truncated, at(Some(seq)), detail));
            }
            Some(own) if own.signed.digest != checkpoint.head => {
                let detail = format!(
                    "a checkpoint of {} saw another entry {seq} ({})",
                    checkpoint.at,
                    checkpoint.head.short()
                );
                findings.push(Finding::new(FindingKind::Checkpoint, at(Some(seq)), detail));
            }
            Some(_) => {
                let further = match tail {
                    Tail::Unchecked => true,
                    Tail::Checked { seq: known, .. } => known < seq,
                };
                if further {
                    let after = entries.len() as u64 - 1 - seq;
                    tail = Tail::Checked {
                        seq,
                        at: checkpoint.at,
                        after,
                    };
                }
            }
        }
    }
    for head in trust.revocation_heads(&subject.item) {
        let own = usize::try_from(head.seq)
            .ok()
            .and_then(|index| entries.get(index));
        let at = || Place {
            item: Some(subject.key.clone()),
            seq: Some(head.seq),
            ..Place::default()
        };
        match own {
            None => {
                let detail = "a key was revoked as of this entry; the history ends before it";
                findings.push(Finding::new(FindingKind::Truncated, at(), detail));
            }
            Some(own) if own.signed.digest != head.digest => {
                let detail = "a key was revoked as of another entry that stood here";
                findings.push(Finding::new(FindingKind::Checkpoint, at(), detail));
            }
            Some(_) => {}
        }
    }
    tail
}
