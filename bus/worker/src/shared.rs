//! The shared history: accepted entries go there lazily, a machine without memory begins with it,
//! and one that went backwards closes the gates until a human disposes of it.
//!
//! Trouble with it never stops what does not need it: the tracker and the local memory hold the same.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use tracing::{info, warn};
use trail_item::Stage;
use trail_port::Mirror;
use trail_port::mirror::{Error as MirrorError, Kept};
use trail_port::store::Op;
use trail_port::tracker::Item;
use trail_record::chain::{self, Known, Subject};
use trail_record::{Finding, ItemId};

use crate::append::mirrored;
use crate::view::{View, finding_id};
use crate::worker::{Error, Worker};

/// For how many items it is remembered what was noted; noting again does no harm.
const MAX_NOTED: usize = 4096;

/// The shared history, if there is one, and how much of each chain was noted for it.
#[derive(Default)]
pub(crate) struct Shared {
    mirror: Option<Arc<dyn Mirror>>,
    noted: Mutex<HashMap<ItemId, usize>>,
}

impl Worker {
    /// Makes the worker share the entries it sees standing.
    #[must_use]
    pub fn with_mirror(mut self, mirror: Arc<dyn Mirror>) -> Self {
        self.shared.mirror = Some(mirror);
        self
    }

    /// Returns what is remembered of an item's chain: on this machine, or else in the shared history.
    pub(crate) async fn memory_of(&self, item: &Item) -> Result<Vec<Known>, Error> {
        let own = self.recall(&item.id)?;
        let Some(mirror) = self.shared.mirror.as_ref().filter(|_| own.is_empty()) else {
            return Ok(own);
        };
        let subject = self.subject(item);
        let kept = match mirror.recall(&subject).await {
            Ok(kept) => kept,
            Err(error) => {
                warn!(item = %item.key, %error, "beginning without the memory of the shared history");
                return Ok(own);
            }
        };
        let known = self.linked(&subject, &kept);
        if known.len() < kept.len() {
            let (good, all) = (known.len(), kept.len());
            warn!(item = %item.key, good, all, "the shared history of this item is no chain; using what is");
        }
        if !known.is_empty() {
            info!(item = %item.key, entries = known.len(), "remembered from the shared history");
            let ops = known.iter().enumerate().map(|(seq, own)| Op::Put {
                key: format!("mirror/{}/{seq:08}", item.id),
                value: mirrored(own),
            });
            self.learn(ops.collect())?;
        }
        Ok(known)
    }

    /// Returns the entries as far as they are sealed by trusted keys for this item and each names
    /// the one before. Whether the rules allow them is the fold's question.
    fn linked(&self, subject: &Subject, kept: &[Kept]) -> Vec<Known> {
        let mut known: Vec<Known> = Vec::new();
        for (seq, own) in kept.iter().enumerate() {
            let Ok(signed) = chain::open(own.envelope.as_bytes(), &self.trust) else {
                break;
            };
            let entry = &signed.entry;
            let fits = entry.item == subject.item
                && entry.project == subject.project
                && entry.seq == seq as u64
                && entry.prev == known.last().map(|last| last.signed.digest);
            if !fits {
                break;
            }
            known.push(Known {
                comment: own.comment.clone(),
                signed: signed.into(),
            });
        }
        known
    }

    /// Notes the entries that stand for the shared history, and adds to the view what was found of
    /// it. Called with every look.
    pub(crate) async fn share(&self, view: &mut View) {
        let Some(mirror) = &self.shared.mirror else {
            return;
        };
        self.note(mirror.as_ref(), view);
        if let Err(error) = mirror.look().await {
            warn!(item = %view.item.key, %error, "cannot look at the shared history");
        }
        let Some(rewound) = mirror.rewound() else {
            return;
        };
        let finding = rewound.finding(Some(view.item.key.clone()));
        match view.state.findings.get(&finding_id(&finding)) {
            Some(sealed) if sealed.disposed => match mirror.accept(rewound.id()).await {
                Ok(()) => info!(item = %view.item.key, "put back what the shared history had lost"),
                Err(error) => warn!(%error, "could not put back what the shared history lost"),
            },
            Some(_) => {}
            None if is_ended(view) => {}
            None => view.assembly.findings.push(finding),
        }
    }

    fn note(&self, mirror: &dyn Mirror, view: &View) {
        let entries = view.assembly.chain.entries();
        let from = {
            let mut noted = self.shared.noted.lock().expect("it is left whole");
            if noted.len() >= MAX_NOTED {
                noted.clear();
            }
            noted
                .insert(view.item.id.clone(), entries.len())
                .unwrap_or_default()
        };
        let trust = self.trusted().1;
        let new = entries.iter().enumerate().skip(from);
        let kept: Vec<Kept> = new
            .filter_map(|(seq, own)| {
                let account = trust.persona(own.signed.entry.persona);
                let author = match view.comment(&own.comment) {
                    // Re-attributed since: it was accepted under its persona's account.
                    Some(comment) if trust.serves(&comment.author).is_some() => &comment.author,
                    Some(_) | None => &account?.account,
                };
                Some(Kept {
                    seq: seq as u64,
                    comment: own.comment.clone(),
                    author: author.clone(),
                    envelope: own.signed.envelope.to_json(),
                })
            })
            .collect();
        if !kept.is_empty() {
            mirror.keep(&self.subject(&view.item), kept);
        }
    }

    /// Sends what was noted, at the end of a turn that did something.
    pub(crate) async fn send_shared(&self) {
        let Some(mirror) = &self.shared.mirror else {
            return;
        };
        match mirror.flush().await {
            // The next look makes it a finding of the item.
            Ok(()) | Err(MirrorError::Rewound(_)) => {}
            Err(error) => warn!(%error, "entries wait to be shared"),
        }
    }

    /// Seals that the shared history went backwards, if this worker holds the item: then it cannot
    /// go on, and the desk may not know. Returns whether it was sealed.
    pub(crate) async fn seal_rewound(&self, view: &View) -> Result<bool, Error> {
        let Some(rewound) = self.shared.mirror.as_ref().and_then(|own| own.rewound()) else {
            return Ok(false);
        };
        let lease = view.state.lease.as_ref();
        let holds = lease.is_some_and(|lease| lease.holder == self.id);
        let finding: Finding = rewound.finding(Some(view.item.key.clone()));
        let sealed = view.state.findings.contains_key(&finding_id(&finding));
        if !holds || sealed || is_ended(view) {
            return Ok(false);
        }
        self.seal_finding(view.clone(), &finding).await?;
        Ok(true)
    }

    fn subject(&self, item: &Item) -> Subject {
        Subject {
            project: self.project.clone(),
            item: item.id.clone(),
            key: item.key.clone(),
        }
    }
}

fn is_ended(view: &View) -> bool {
    matches!(view.state.stage, Stage::Delivered { .. } | Stage::Cancelled)
}
