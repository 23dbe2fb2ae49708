//! Items that are gone although their history is remembered.
//!
//! Nothing can be written on an item that is not there. So the finding is logged and kept in the
//! local memory, where those who verify ask for it, and the worker goes on with other items.

use serde::{Deserialize, Serialize};
use tracing::{debug, error, info};
use trail_port::store::{self, Op, Store};
use trail_record::{Digest, Entry, Finding, FindingKind, ItemId, ItemKey, Moment, Place, TrustSet};

use crate::turn::Outcome;
use crate::worker::{Error, Worker};

/// What a worker's local memory holds of one item.
#[derive(Debug, Clone)]
pub struct Remembered {
    /// The item.
    pub item: ItemId,
    /// What people called it when the newest remembered entry was written.
    pub key: ItemKey,
    /// How many entries are remembered.
    pub entries: u64,
    /// The newest of them.
    pub head: Digest<Entry>,
    /// All of them, first one first, with the comments they stood in.
    pub known: Vec<trail_record::chain::Known>,
    /// When the item was first found to be gone; none if it was there when last looked for.
    pub vanished: Option<Moment>,
}

#[derive(Serialize, Deserialize)]
struct Mark {
    at: Moment,
}

/// Reads what a worker remembers of all items, for those who compare it with a tracker or a history.
///
/// # Errors
/// If the store cannot be read. An entry that cannot be opened ends what is remembered of its item.
pub fn remembered(store: &dyn Store, trust: &TrustSet) -> Result<Vec<Remembered>, store::Error> {
    let mut all: Vec<Remembered> = Vec::new();
    let mut broken: Option<ItemId> = None;
    for (key, value) in store.scan("mirror/")? {
        let Some((item, _)) = key
            .strip_prefix("mirror/")
            .and_then(|rest| rest.rsplit_once('/'))
        else {
            continue;
        };
        let item = ItemId::from(item);
        if broken.as_ref() == Some(&item) {
            continue;
        }
        let Some(known) = crate::append::unmirrored(&value, trust) else {
            broken = Some(item);
            continue;
        };
        let (head, name) = (known.signed.digest, known.signed.entry.key.clone());
        match all.last_mut().filter(|own| own.item == item) {
            Some(own) => {
                own.entries += 1;
                (own.head, own.key) = (head, name);
                own.known.push(known);
            }
            None => {
                let mark = store.get(&mark_key(&item))?;
                let mark: Option<Mark> = mark.and_then(|own| serde_json::from_slice(&own).ok());
                all.push(Remembered {
                    item,
                    key: name,
                    entries: 1,
                    head,
                    known: vec![known],
                    vanished: mark.map(|own| own.at),
                });
            }
        }
    }
    Ok(all)
}

impl Remembered {
    /// Returns the finding, if the item is gone.
    #[must_use]
    pub fn finding(&self) -> Option<Finding> {
        let at = self.vanished?;
        let place = Place {
            item: Some(self.key.clone()),
            seq: self.entries.checked_sub(1),
            comment: None,
            digest: Some(self.head.to_string()),
        };
        let detail = format!(
            "the item is gone, or this account may not see it any more, since {at}; {} entries of it are remembered",
            self.entries
        );
        Some(Finding::new(FindingKind::Vanished, place, detail))
    }
}

impl Worker {
    /// Takes note that an item is gone; the worker goes on with others.
    pub(crate) fn vanished(&self, item: &ItemId) -> Result<Outcome, Error> {
        self.keep(Vec::new())?;
        let entries = self.ports.store.scan(&format!("mirror/{item}/"))?.len();
        if entries == 0 {
            debug!(%item, "there is no such item");
            return Ok(Outcome::Idle);
        }
        if self.ports.store.get(&mark_key(item))?.is_some() {
            return Ok(Outcome::Idle);
        }
        error!(
            %item, entries,
            "finding vanished: the item is gone, or this account may not see it any more; its history is remembered here"
        );
        let at = self.ports.clock.now();
        let value =
            serde_json::to_vec(&Mark { at }).map_err(trail_record::canonical::Error::Unwritable)?;
        let key = mark_key(item);
        self.keep(vec![Op::Put { key, value }])?;
        Ok(Outcome::Idle)
    }

    /// Takes note that an item which was gone is there again.
    pub(crate) fn reappeared(&self, item: &ItemId) -> Result<(), Error> {
        let key = mark_key(item);
        if self.ports.store.get(&key)?.is_some() {
            info!(%item, "an item that was gone is there again");
            self.learn(vec![Op::Remove { key }])?;
        }
        Ok(())
    }
}

fn mark_key(item: &ItemId) -> String {
    format!("vanished/{item}")
}
