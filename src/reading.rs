//! Histories as reading commands see them: gathered from the tracker, or from a directory.
//!
//! What the tracker shows now is compared with what was sealed as well: a comment that approved
//! something and was changed since, or an item whose text is no longer the sealed one, is a finding
//! whether or not a worker has seen it yet.

mod kept;
mod live;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use trail_item::{Fold, text};
use trail_port::tracker;
use trail_reader::history::{Blobs, Comment, History, Item};
use trail_reader::{Judged, Story};
use trail_record::chain::{self, Signed, Subject};
use trail_record::trust::TrustSet;
use trail_record::verify::verify;
use trail_record::{Blob, Digest, Finding, ItemId, PublicKey};

use crate::cli::Global;
use crate::memory::{Memories, vanished};
use crate::output::{Exit, Hinted, usage};
use crate::setup::Setup;
use crate::standing::posted;
use crate::wire::{self, Reach};

/// Where histories are read from.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct Source {
    /// Read an exported history directory instead of the tracker.
    #[arg(long, value_name = "DIR")]
    pub(crate) history: Option<PathBuf>,
    /// The file of the operator's public key, to judge an exported directory or a bundle by; without
    /// it their own is used, which says nothing of whose it is.
    #[arg(long, value_name = "FILE")]
    pub(crate) operator: Option<PathBuf>,
}

impl Source {
    /// Refuses an operator's key where the set-up directory's own counts.
    fn check(&self) -> anyhow::Result<()> {
        if self.operator.is_some() && self.history.is_none() {
            return Err(usage(
                "--operator is for exported directories and bundles",
                "items of the tracker are judged by the key in the set-up directory",
            ));
        }
        Ok(())
    }
}

/// What is done with a history that does not verify.
#[derive(Debug, Clone, Copy, Default, clap::Args)]
pub(crate) struct Trusting {
    /// Answer from a history that does not verify too; each answer is marked as unverified.
    #[arg(long)]
    pub(crate) unverified: bool,
}

impl Trusting {
    /// Refuses histories with findings, unless answers from such were asked for.
    pub(crate) fn check(self, reading: &Reading) -> anyhow::Result<()> {
        self.refuse(&reading.judged)
    }

    /// Refuses one item's history with findings, unless answers from such were asked for.
    pub(crate) fn check_one(self, reading: &Reading, index: usize) -> anyhow::Result<()> {
        self.refuse(&reading.judged[index..=index])
    }

    fn refuse(self, judged: &[Judged]) -> anyhow::Result<()> {
        let findings: Vec<String> = judged
            .iter()
            .flat_map(|own| &own.judgement.findings)
            .map(ToString::to_string)
            .collect();
        let Some(first) = findings.first().filter(|_| !self.unverified) else {
            return Ok(());
        };
        let message = format!(
            "this history does not verify ({}): {first}",
            trail_item::text::count(findings.len(), "finding")
        );
        Err(Hinted::new(Exit::Findings, message)
            .help("`trail verify` shows all; add --unverified to be answered nevertheless")
            .into())
    }
}

/// Histories, judged.
pub(crate) struct Reading {
    /// What was read.
    pub(crate) history: History,
    /// What became of each item.
    pub(crate) judged: Vec<Judged>,
    /// The trust documents, if they are one signed line.
    pub(crate) trust: Option<TrustSet>,
    /// What people should know of where it came from.
    pub(crate) note: Option<String>,
    /// Findings that belong to no item that was read: what is remembered and gone.
    pub(crate) elsewhere: Vec<Finding>,
}

impl Reading {
    /// Reads and judges items by key, or all if none is named.
    pub(crate) async fn of(
        global: &Global,
        source: &Source,
        keys: &[String],
    ) -> anyhow::Result<Self> {
        if let Some(dir) = &source.history {
            let mut reading = Self::from_dir(dir, source.operator.as_deref())?;
            reading.keep(keys)?;
            return Ok(reading);
        }
        source.check()?;
        let setup = Setup::open(global)?;
        let reach = wire::reach(&setup, global).await?;
        let items = reach.named(keys).await?;
        Self::gather(&setup, &reach, &items, None).await
    }

    /// Reads and judges items as [`Reading::of`], and compares them with what this machine and the
    /// shared history remember: an item that is remembered and gone is judged too.
    pub(crate) async fn remembering(
        global: &Global,
        source: &Source,
        keys: &[String],
    ) -> anyhow::Result<Self> {
        if source.history.is_some() {
            return Self::of(global, source, keys).await;
        }
        source.check()?;
        let setup = Setup::open(global)?;
        let reach = wire::reach(&setup, global).await?;
        let memories = match setup.trust() {
            Ok(trust) => Memories::gather(&setup, &trust).await?,
            // Without trust nothing can be judged; the reading says so.
            Err(_) => Memories::default(),
        };
        let (mut items, mut gone) = (Vec::new(), Vec::new());
        let remembered = memories.items();
        if keys.is_empty() {
            items = reach.items().await?;
            for (item, (last, from)) in &remembered {
                if !items.contains(item) && is_gone(&reach, item).await? {
                    gone.push(vanished(last, from));
                }
            }
        }
        for key in keys {
            let wanted = key.trim().to_uppercase();
            let known = remembered
                .iter()
                .find(|(_, (last, _))| last.signed.entry.key.as_str() == wanted);
            match (wire::find(reach.tracker.as_ref(), key).await, known) {
                (Ok(item), _) => items.push(item),
                (Err(_), Some((item, (last, from)))) if is_gone(&reach, item).await? => {
                    gone.push(vanished(last, from));
                }
                // It has another key by now.
                (Err(_), Some((item, _))) => items.push(item.clone()),
                (Err(error), None) => return Err(error),
            }
        }
        let mut reading = Self::gather(&setup, &reach, &items, Some(&memories)).await?;
        reading.elsewhere.extend(memories.findings);
        reading.elsewhere.extend(gone);
        if !memories.notes.is_empty() {
            reading.note = Some(memories.notes.join("; "));
        }
        Ok(reading)
    }

    /// Reads and judges an exported history directory.
    pub(crate) fn from_dir(dir: &Path, operator: Option<&Path>) -> anyhow::Result<Self> {
        let (history, note) = Self::load(dir, operator)?;
        Ok(Self::judge(history, note))
    }

    /// Reads an exported history directory, with what people should know of it.
    pub(crate) fn load(
        dir: &Path,
        operator: Option<&Path>,
    ) -> anyhow::Result<(History, Option<String>)> {
        let mut history = History::load(dir).map_err(|error| {
            usage(
                error.to_string(),
                "name a directory that `trail export` wrote",
            )
        })?;
        let note = match operator {
            Some(path) => {
                history.operator = operator_key(path)?;
                None
            }
            None => Some(format!(
                "judged by the operator key in the directory itself, {}: compare it with the one you know, or name that with --operator",
                history.operator.id()
            )),
        };
        let replayed = history
            .items
            .iter()
            .any(|item| trail_replay::is_replay(&item.subject.project));
        let note = match (replayed, note) {
            (true, note) => Some(format!(
                "this is a REPLAY, signed by keys that were made for it: it counts for nothing live{}",
                note.map(|note| format!("; {note}")).unwrap_or_default()
            )),
            (false, note) => note,
        };
        Ok((history, note))
    }

    /// Gathers items from the tracker and judges them, by what is remembered too if that is given.
    pub(crate) async fn gather(
        setup: &Setup,
        reach: &Reach,
        items: &[ItemId],
        memories: Option<&Memories>,
    ) -> anyhow::Result<Self> {
        let envelopes = setup.trust_envelopes()?;
        let mut history = History {
            operator: setup.operator_public()?,
            trust: envelopes
                .iter()
                .map(|own| own.to_json().into_bytes())
                .collect(),
            checkpoints: setup
                .checkpoints()?
                .iter()
                .map(|own| own.to_json().into_bytes())
                .collect(),
            items: Vec::with_capacity(items.len()),
            blobs: Blobs::Memory(BTreeMap::new()),
        };
        let trust = history.trust().ok();
        let (mut blobs, mut reads) = (BTreeMap::new(), Vec::with_capacity(items.len()));
        for id in items {
            let read = whole(reach, id).await?;
            let subject = Subject {
                project: setup.project(),
                item: read.item.id.clone(),
                key: read.item.key.clone(),
            };
            let comments: Vec<Comment> = read.comments.iter().filter_map(carried).collect();
            if let Some(trust) = &trust {
                let opened = |own: &Comment| chain::open(own.envelope.as_bytes(), trust).ok();
                let shown: Vec<Signed> = comments.iter().filter_map(opened).collect();
                // What a deleted entry listed is kept apart all the same.
                let known = memories.map(|own| own.of(&subject).0).unwrap_or_default();
                let known = known.iter().map(|own| own.signed.as_ref());
                let entries: Vec<&Signed> = shown.iter().chain(known).collect();
                fetch(reach, &entries, &mut blobs).await?;
            }
            history.items.push(Item { subject, comments });
            reads.push(read);
        }
        history.blobs = Blobs::Memory(blobs);
        let mut reading = Self::judge(history, None);
        for (index, read) in reads.iter().enumerate() {
            if let (Some(memories), Some(trust)) = (memories, &trust) {
                reading.remember(index, read, memories, trust, setup)?;
            }
            let story = reading.story(index);
            let findings = live::findings(&story, read);
            reading.judged[index].judgement.findings.extend(findings);
        }
        Ok(reading)
    }

    fn judge(history: History, note: Option<String>) -> Self {
        let judged = history.judge(Some(&mut |_| Box::new(Fold::default())));
        let trust = history.trust().ok();
        Self {
            history,
            judged,
            trust,
            note,
            elsewhere: Vec::new(),
        }
    }

    /// Judges an item again by what is remembered of it, if anything is.
    fn remember(
        &mut self,
        index: usize,
        read: &tracker::Read,
        memories: &Memories,
        trust: &TrustSet,
        setup: &Setup,
    ) -> anyhow::Result<()> {
        let judged = &mut self.judged[index];
        let (known, found) = memories.of(&judged.subject);
        if !known.is_empty() {
            let posted = posted(&read.comments, &known, trust);
            let mut fold = Fold::default();
            let subject = judged.subject.clone();
            let assembly = chain::assemble(&subject, &posted, &known, trust, &mut fold);
            let checkpoints = setup.checkpoints()?;
            let blobs = &self.history.blobs;
            judged.judgement = verify(&subject, &assembly, trust, &checkpoints, blobs);
            judged.assembly = assembly;
        }
        judged.judgement.findings.extend(found);
        Ok(())
    }

    /// Keeps only the items with these keys; all if none is named.
    fn keep(&mut self, keys: &[String]) -> anyhow::Result<()> {
        let wanted: Vec<String> = keys.iter().map(|key| key.trim().to_uppercase()).collect();
        for key in &wanted {
            if self
                .judged
                .iter()
                .all(|own| own.subject.key.as_str() != key)
            {
                return Err(usage(
                    format!("the history holds no item {key}"),
                    "name one that it holds, or none for all",
                ));
            }
        }
        if !wanted.is_empty() {
            let held = |key: &str| wanted.iter().any(|own| own == key);
            self.judged.retain(|own| held(own.subject.key.as_str()));
            self.history
                .items
                .retain(|own| held(own.subject.key.as_str()));
        }
        Ok(())
    }

    /// Tells the story of one of the items.
    pub(crate) fn story(&self, index: usize) -> Story {
        Story::of(
            &self.judged[index],
            self.trust.as_ref(),
            &self.history.blobs,
        )
    }

    /// Tells the stories of all items.
    pub(crate) fn stories(&self) -> Vec<Story> {
        (0..self.judged.len())
            .map(|index| self.story(index))
            .collect()
    }

    /// Tells the story of the only item.
    pub(crate) fn only(&self) -> anyhow::Result<Story> {
        if self.judged.len() == 1 {
            Ok(self.story(0))
        } else {
            let keys: Vec<&str> = self
                .judged
                .iter()
                .map(|own| own.subject.key.as_str())
                .collect();
            Err(usage(
                format!("there are {} items: {}", keys.len(), keys.join(", ")),
                "name one",
            ))
        }
    }
}

/// Reads the file of the operator's public key.
pub(crate) fn operator_key(path: &Path) -> anyhow::Result<PublicKey> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        usage(
            format!("{}: {error}", path.display()),
            "name the file of the operator's public key",
        )
    })?;
    text.trim().parse::<PublicKey>().map_err(|error| {
        usage(
            format!("{}: {error}", path.display()),
            "it should hold one public key",
        )
    })
}

/// Tells whether the tracker shows no such item any more.
async fn is_gone(reach: &Reach, item: &ItemId) -> anyhow::Result<bool> {
    match reach.tracker.read(item, None).await {
        Ok(_) => Ok(false),
        Err(tracker::Error::NotFound(_)) => Ok(true),
        Err(error) => Err(error.into()),
    }
}

/// Reads an item with all of its comments.
async fn whole(reach: &Reach, id: &ItemId) -> anyhow::Result<tracker::Read> {
    Ok(reach.tracker.read(id, None).await?)
}

/// Returns a comment as a history keeps it, if it carries an entry.
fn carried(comment: &tracker::Comment) -> Option<Comment> {
    let envelope = text::envelope_of(&comment.text)?.to_owned();
    Some(Comment {
        comment: comment.id.clone(),
        author: comment.author.clone(),
        edited: comment.edited,
        backdated: comment.backdated,
        envelope,
    })
}

/// Gets the records that the entries keep apart; what is not there becomes a finding later.
async fn fetch(
    reach: &Reach,
    entries: &[&Signed],
    blobs: &mut BTreeMap<Digest<Blob>, Vec<u8>>,
) -> anyhow::Result<()> {
    for signed in entries {
        for listed in signed
            .entry
            .records
            .iter()
            .filter(|own| own.record.is_none())
        {
            let digest: Digest<Blob> = listed.digest.cast();
            if blobs.contains_key(&digest) {
                continue;
            }
            match reach.blobs.get(&digest).await {
                Ok(Some(bytes)) => {
                    blobs.insert(digest, bytes);
                }
                Ok(None) | Err(trail_port::blobs::Error::Damaged(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
    Ok(())
}
