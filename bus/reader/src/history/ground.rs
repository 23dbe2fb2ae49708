//! What all items of a history are judged by, verified once.

use trail_record::chain::Subject;
use trail_record::trust::{self, TrustSet};
use trail_record::{Checkpoint, Envelope};

/// The trust documents and checkpoints of a history: what every item is judged by.
///
/// A checkpoint speaks of one item. Sorted by item here, so that a history of many items does not
/// verify every checkpoint's signature for each of them.
#[derive(Debug)]
pub struct Ground {
    /// The trust documents, or why they are not one line signed by the operator.
    pub trust: Result<TrustSet, trust::Error>,
    checkpoints: Vec<(Envelope, Option<Checkpoint>)>,
    /// Why some checkpoints cannot be read at all.
    unreadable: Vec<String>,
}

impl Ground {
    pub(super) fn of(trust: Result<TrustSet, trust::Error>, checkpoints: &[Vec<u8>]) -> Self {
        let keys = trust
            .as_ref()
            .map(|trust| trust.latest().1.checkpoint_keys.clone())
            .unwrap_or_default();
        let mut ground = Self {
            trust,
            checkpoints: Vec::new(),
            unreadable: Vec::new(),
        };
        for json in checkpoints {
            match Envelope::from_json(json) {
                Ok(envelope) => {
                    let opened = Checkpoint::open(&envelope, &keys).ok();
                    ground.checkpoints.push((envelope, opened));
                }
                Err(error) => ground.unreadable.push(format!("checkpoint: {error}")),
            }
        }
        ground
    }

    /// Returns the checkpoints that speak of an item, with those that are not good: nobody knows of
    /// which item they speak, so they are a finding of each.
    pub(super) fn checkpoints(&self, subject: &Subject) -> Vec<Envelope> {
        let own = self.checkpoints.iter().filter(|(_, opened)| {
            opened
                .as_ref()
                .is_none_or(|own| own.item == subject.item && own.project == subject.project)
        });
        own.map(|(envelope, _)| envelope.clone()).collect()
    }

    pub(super) fn unreadable(&self) -> &[String] {
        &self.unreadable
    }
}
