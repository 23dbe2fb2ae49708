//! Histories as this machine keeps them: what its workers accepted, and its copy of the shared
//! history. No tracker and no remote is asked, so what was changed there since is not seen.

use std::collections::BTreeMap;
use std::sync::Arc;

use trail_port::Blobs;
use trail_reader::history::{self, Comment, History, Item};
use trail_record::chain::{Known, Subject};
use trail_record::{Blob, Digest, TrustSet};

use super::Reading;
use crate::cli::Global;
use crate::config::BlobKind;
use crate::memory::Memories;
use crate::output::usage;
use crate::setup::Setup;
use crate::wire;

impl Reading {
    /// Reads and judges what this machine keeps of items by key, or of all if none is named.
    pub(crate) async fn kept(global: &Global, keys: &[String]) -> anyhow::Result<Self> {
        let setup = Setup::open(global)?;
        let trust = setup.trust()?;
        let memories = Memories::local(&setup, &trust).await?;
        let apart = apart(&setup, global).await;
        let (mut items, mut blobs, mut forks) = (Vec::new(), BTreeMap::new(), Vec::new());
        for (item, (last, _)) in memories.items() {
            let subject = Subject {
                project: setup.project(),
                item,
                key: last.signed.entry.key.clone(),
            };
            let (known, differing) = memories.of(&subject);
            forks.extend(differing);
            if let Some(apart) = &apart {
                fetch(apart.as_ref(), &known, &mut blobs).await;
            }
            let comments = known.iter().map(|own| comment(own, &trust)).collect();
            items.push(Item { subject, comments });
        }
        if items.is_empty() {
            return Err(usage(
                "this machine keeps no history",
                "leave out --offline, or name an exported history with --history DIR",
            ));
        }
        let bytes = |own: Vec<trail_record::Envelope>| {
            own.iter().map(|own| own.to_json().into_bytes()).collect()
        };
        let history = History {
            operator: setup.operator_public()?,
            trust: bytes(setup.trust_envelopes()?),
            checkpoints: bytes(setup.checkpoints()?),
            items,
            blobs: history::Blobs::Memory(blobs),
        };
        let mut notes = vec![
            "read as this machine keeps it: the tracker was not asked, and what changed there since is not seen"
                .to_owned(),
        ];
        notes.extend(memories.notes);
        let mut reading = Self::judge(history, Some(notes.join("; ")));
        reading.elsewhere.extend(memories.findings);
        reading.elsewhere.extend(forks);
        reading.keep(keys)?;
        Ok(reading)
    }
}

/// Returns an entry as the comment it was accepted from: under its persona's account, untouched.
fn comment(own: &Known, trust: &TrustSet) -> Comment {
    let entry = &own.signed.entry;
    let account = trust
        .get(&entry.trust)
        .and_then(|trust| trust.persona(entry.persona))
        .map(|own| own.account.clone());
    Comment {
        comment: own.comment.clone(),
        // An entry whose trust document is not known is a finding whatever stands here.
        author: account.unwrap_or_else(|| entry.persona.as_str().into()),
        edited: false,
        backdated: false,
        envelope: own.signed.envelope.to_json(),
    }
}

/// Returns where this machine keeps the records that are too large for their entries: its copy of the
/// shared history, or an embedded tracker whose directory is here. None if that is elsewhere.
async fn apart(setup: &Setup, global: &Global) -> Option<Arc<dyn Blobs>> {
    if setup.config.blobs.kind == Some(BlobKind::Refs) {
        return Some(Arc::new(wire::refs(setup).await.ok()?));
    }
    if !setup.layout.tracker().is_dir() {
        return None;
    }
    Some(wire::reach(setup, global).await.ok()?.blobs)
}

/// Gets the records that entries keep apart; what is missing is told as missing.
async fn fetch(apart: &dyn Blobs, known: &[Known], blobs: &mut BTreeMap<Digest<Blob>, Vec<u8>>) {
    let records = known.iter().flat_map(|own| &own.signed.entry.records);
    for listed in records.filter(|own| own.record.is_none()) {
        let digest: Digest<Blob> = listed.digest.cast();
        if let Ok(Some(bytes)) = apart.get(&digest).await {
            blobs.insert(digest, bytes);
        }
    }
}
