//! What waits to be sent: files that are staged on disk, and entries that the tracker holds too.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use trail_port::mirror::Kept;
use trail_record::chain::Subject;

use super::stage::{Stage, Staged};

/// The most bytes that wait; more is refused until the remote can be reached again.
pub(super) const MAX_WAITING: usize = 512 << 20;
/// About so many bytes are sent with one commit.
const BATCH: usize = 64 << 20;

/// What waits.
#[derive(Debug, Default)]
pub(super) struct Pending {
    files: BTreeMap<String, Waiting>,
    /// How many files of a staged ticket wait.
    tickets: HashMap<u64, usize>,
    entries: BTreeMap<String, Entries>,
    bytes: usize,
}

#[derive(Debug)]
struct Waiting {
    bytes: Arc<Vec<u8>>,
    tickets: Vec<u64>,
}

/// Entries of one item, by their place.
#[derive(Debug, Clone)]
pub(super) struct Entries {
    pub(super) subject: Subject,
    pub(super) kept: BTreeMap<u64, Kept>,
}

/// What is sent together.
#[derive(Debug, Clone, Default)]
pub(super) struct Batch {
    pub(super) files: Vec<Staged>,
    /// By folder of the item.
    pub(super) entries: BTreeMap<String, Entries>,
}

impl Batch {
    pub(super) fn is_empty(&self) -> bool {
        self.files.is_empty() && self.entries.is_empty()
    }
}

impl Pending {
    /// Takes files that stand under a staged ticket.
    pub(super) fn stage(&mut self, ticket: u64, files: Vec<Staged>) {
        self.tickets.insert(ticket, files.len());
        for (path, bytes) in files {
            let waiting = self.files.entry(path).or_insert_with(|| {
                self.bytes += bytes.len();
                Waiting {
                    bytes,
                    tickets: Vec::new(),
                }
            });
            waiting.tickets.push(ticket);
        }
    }

    /// Takes entries of an item.
    pub(super) fn enter(&mut self, folder: &str, subject: &Subject, kept: Vec<Kept>) {
        if kept.is_empty() {
            return;
        }
        let own = self
            .entries
            .entry(folder.to_owned())
            .or_insert_with(|| Entries {
                subject: subject.clone(),
                kept: BTreeMap::new(),
            });
        for one in kept {
            own.kept.entry(one.seq).or_insert(one);
        }
    }

    /// Returns the bytes of a file that waits.
    pub(super) fn file(&self, path: &str) -> Option<Arc<Vec<u8>>> {
        self.files.get(path).map(|own| Arc::clone(&own.bytes))
    }

    /// Returns the entries of an item that wait.
    pub(super) fn entries(&self, folder: &str) -> Option<Entries> {
        self.entries.get(folder).cloned()
    }

    /// Returns how many bytes of files wait.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Returns the next of what waits, about as much as one commit should carry.
    pub(super) fn batch(&self) -> Batch {
        let mut sum = 0;
        let files = self.files.iter().take_while(|(_, own)| {
            let fits = sum < BATCH;
            sum += own.bytes.len();
            fits
        });
        Batch {
            files: files
                .map(|(path, own)| (path.clone(), Arc::clone(&own.bytes)))
                .collect(),
            entries: self.entries.clone(),
        }
    }

    /// Forgets what has been sent.
    pub(super) fn sent(&mut self, batch: &Batch, stage: &Stage) {
        for (path, _) in &batch.files {
            let Some(own) = self.files.remove(path) else {
                continue;
            };
            self.bytes -= own.bytes.len();
            for ticket in own.tickets {
                if let Some(left) = self.tickets.get_mut(&ticket) {
                    *left = left.saturating_sub(1);
                    if *left == 0 {
                        self.tickets.remove(&ticket);
                        stage.forget(ticket);
                    }
                }
            }
        }
        for (folder, sent) in &batch.entries {
            if let Some(own) = self.entries.get_mut(folder) {
                own.kept.retain(|seq, _| !sent.kept.contains_key(seq));
                if own.kept.is_empty() {
                    self.entries.remove(folder);
                }
            }
        }
    }

    /// Tells whether all of these files were sent.
    pub(super) fn has_none(&self, paths: &[String]) -> bool {
        paths.iter().all(|path| !self.files.contains_key(path))
    }
}
