//! What this machine and the shared history remember of items, against what the tracker shows.
//!
//! A tracker lets others cut, change and delete. What a worker has accepted is kept in its own
//! folder, and in `refs/trail/*` of the repository's remote; an item, an entry or an end that is
//! remembered and not shown any more is a finding.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use trail_port::Mirror as _;
use trail_record::chain::{self, Known, Subject};
use trail_record::{Finding, FindingKind, ItemId, ItemKey, Place, TrustSet};
use trail_store::LocalStore;
use trail_workspace::RefStore;

use crate::config::BlobKind;
use crate::setup::Setup;
use crate::wire;

/// How often a store that is being written is copied before it is given up.
const TRIES: usize = 3;

/// What one place remembers.
#[derive(Debug)]
struct Memory {
    /// The place, for people.
    from: String,
    /// Accepted entries by item, in the chain's order.
    items: BTreeMap<ItemId, Vec<Known>>,
}

/// What all places remember.
#[derive(Debug, Default)]
pub(crate) struct Memories {
    all: Vec<Memory>,
    /// What could not be compared, and why.
    pub(crate) notes: Vec<String>,
    /// What is wrong with the places themselves.
    pub(crate) findings: Vec<Finding>,
}

impl Memories {
    /// Gathers what the workers' folders and the shared history remember.
    pub(crate) async fn gather(setup: &Setup, trust: &TrustSet) -> anyhow::Result<Self> {
        Self::take(setup, trust, true).await
    }

    /// Gathers as [`Memories::gather`], from what lies on this machine: no remote is asked.
    pub(crate) async fn local(setup: &Setup, trust: &TrustSet) -> anyhow::Result<Self> {
        Self::take(setup, trust, false).await
    }

    async fn take(setup: &Setup, trust: &TrustSet, look: bool) -> anyhow::Result<Self> {
        let mut memories = Self::default();
        for home in homes(setup)? {
            let trust = trust.clone();
            let from = format!("worker {}", name(&home));
            let store = home.join("store");
            let recalled = tokio::task::spawn_blocking(move || recall(&store, &trust)).await?;
            match recalled {
                Ok(items) if items.is_empty() => {}
                Ok(items) => memories.all.push(Memory { from, items }),
                Err(error) => memories
                    .notes
                    .push(format!("{from}: its memory was not compared: {error:#}")),
            }
        }
        if setup.config.blobs.kind == Some(BlobKind::Refs) {
            memories.shared(setup, trust, look).await;
        }
        Ok(memories)
    }

    /// Takes what `refs/trail/*` remembers, after a look at the remote or as it was at the last one.
    async fn shared(&mut self, setup: &Setup, trust: &TrustSet, look: bool) {
        let from = "refs/trail".to_owned();
        let recalled = async {
            let refs: RefStore = wire::refs(setup).await?;
            if look {
                refs.refresh().await?;
            }
            let mut items = BTreeMap::new();
            for head in refs.heads().await? {
                let kept = refs.recall(&head.subject).await?;
                let entries = kept.iter().map_while(|own| {
                    let signed = chain::open(own.envelope.as_bytes(), trust).ok()?;
                    Some(Known {
                        comment: own.comment.clone(),
                        signed: Arc::new(signed),
                    })
                });
                let entries: Vec<Known> = entries.collect();
                if entries.len() < kept.len() {
                    let place = Place {
                        item: Some(head.subject.key.clone()),
                        seq: Some(entries.len() as u64),
                        ..Place::default()
                    };
                    let detail = "refs/trail keeps an entry here that is no signed entry";
                    self.findings
                        .push(Finding::new(FindingKind::Malformed, place, detail));
                }
                items.insert(head.subject.item.clone(), entries);
            }
            anyhow::Ok((items, refs.rewound()))
        };
        match recalled.await {
            Ok((items, rewound)) => {
                self.findings.extend(rewound.map(|own| own.finding(None)));
                self.all.push(Memory { from, items });
            }
            Err(error) => self
                .notes
                .push(format!("{from} was not compared: {error:#}")),
        }
    }

    /// Returns what is remembered of an item's chain, and where two memories do not agree.
    pub(crate) fn of(&self, subject: &Subject) -> (Vec<Known>, Vec<Finding>) {
        let mut own: Vec<(&str, &Vec<Known>)> = self
            .all
            .iter()
            .filter_map(|memory| Some((memory.from.as_str(), memory.items.get(&subject.item)?)))
            .collect();
        own.sort_by_key(|(_, entries)| std::cmp::Reverse(entries.len()));
        let Some(((longest, known), others)) = own.split_first() else {
            return (Vec::new(), Vec::new());
        };
        let mut findings = Vec::new();
        for (from, entries) in others {
            let differs = entries
                .iter()
                .zip(*known)
                .find(|(one, other)| one.signed.digest != other.signed.digest);
            if let Some((one, _)) = differs {
                let detail = format!("{from} and {longest} remember different entries here");
                let place = place(&subject.key, one);
                findings.push(Finding::new(FindingKind::Fork, place, detail));
            }
        }
        ((*known).clone(), findings)
    }

    /// Returns the items that are remembered, with the last entry of each and who remembers it.
    pub(crate) fn items(&self) -> BTreeMap<ItemId, (Known, String)> {
        let mut items: BTreeMap<ItemId, (Known, String)> = BTreeMap::new();
        for memory in &self.all {
            for (item, entries) in &memory.items {
                let Some(last) = entries.last() else {
                    continue;
                };
                let seq = last.signed.entry.seq;
                let known = items
                    .get(item)
                    .is_some_and(|(own, _)| own.signed.entry.seq >= seq);
                if !known {
                    items.insert(item.clone(), (last.clone(), memory.from.clone()));
                }
            }
        }
        items
    }
}

/// Returns the finding of an item that is remembered and gone.
pub(crate) fn vanished(last: &Known, from: &str) -> Finding {
    let entry = &last.signed.entry;
    let detail = format!(
        "{from} remembers {} entries of this item, and the tracker shows no such item any more",
        entry.seq + 1
    );
    Finding::new(FindingKind::Vanished, place(&entry.key, last), detail)
}

fn place(key: &ItemKey, known: &Known) -> Place {
    Place {
        item: Some(key.clone()),
        seq: Some(known.signed.entry.seq),
        comment: Some(known.comment.clone()),
        digest: Some(known.signed.digest.to_string()),
    }
}

/// Returns the folders of worker processes that keep something.
fn homes(setup: &Setup) -> anyhow::Result<Vec<PathBuf>> {
    let folder = setup.layout.workers();
    let Ok(entries) = std::fs::read_dir(&folder) else {
        return Ok(Vec::new());
    };
    let mut homes = Vec::new();
    for entry in entries {
        let path = entry.with_context(|| folder.display().to_string())?.path();
        if path.join("store").is_dir() {
            homes.push(path);
        }
    }
    homes.sort();
    Ok(homes)
}

fn name(home: &Path) -> String {
    let name = home
        .file_name()
        .map(|own| own.to_string_lossy().into_owned());
    name.unwrap_or_default()
}

/// Reads the chains that a worker's store holds.
///
/// A running worker owns its store: what is read is a copy of its log, whose torn end, if it was
/// being written, is left out as after a crash.
fn recall(store: &Path, trust: &TrustSet) -> anyhow::Result<BTreeMap<ItemId, Vec<Known>>> {
    let mut tries = 0;
    let (_folder, copy) = loop {
        tries += 1;
        match copied(store) {
            Ok(copy) => break copy,
            // The log may have been compacted meanwhile.
            Err(_) if tries < TRIES => {}
            Err(error) => return Err(error),
        }
    };
    let remembered = trail_worker::remembered(&copy, trust)?;
    Ok(remembered
        .into_iter()
        .map(|own| (own.item, own.known))
        .collect())
}

fn copied(store: &Path) -> anyhow::Result<(tempfile::TempDir, LocalStore)> {
    let folder = tempfile::tempdir()?;
    let to = folder.path().join("store");
    copy_logs(store, &to)?;
    let opened = LocalStore::open(&to)?;
    Ok((folder, opened))
}

/// Copies the folders of a store's log; its index is made again from them.
fn copy_logs(from: &Path, to: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from).with_context(|| from.display().to_string())? {
        let entry = entry?;
        let (name, path) = (entry.file_name(), entry.path());
        if name == "index" || name == "lock" {
            continue;
        }
        if entry.file_type()?.is_dir() {
            copy_logs(&path, &to.join(name))?;
        } else {
            std::fs::copy(&path, to.join(name)).with_context(|| path.display().to_string())?;
        }
    }
    Ok(())
}
