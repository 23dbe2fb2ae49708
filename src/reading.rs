//! Histories as reading commands see them: gathered from the tracker, or from a directory.
//!
//! What the tracker shows now is compared with what was sealed as well: a comment that approved
//! something and was changed since, or an item whose text is no longer the sealed one, is a finding
//! whether or not a worker has seen it yet.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use trail_item::{Fold, Stage, text};
use trail_port::tracker;
use trail_reader::history::{Blobs, Comment, History, Item};
use trail_reader::{Judged, Story};
use trail_record::chain::{self, Subject};
use trail_record::trust::TrustSet;
use trail_record::{Blob, Digest, Finding, FindingKind, ItemId, Moment, Place, PublicKey};

use crate::cli::Global;
use crate::output::{Exit, Hinted, usage};
use crate::setup::Setup;
use crate::wire::{self, Reach};

/// Where histories are read from.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct Source {
    /// Read an exported history directory instead of the tracker.
    #[arg(long, value_name = "DIR")]
    pub(crate) history: Option<PathBuf>,
    /// The file of the operator's public key, to judge an exported directory by; without it the
    /// directory's own is used, which says nothing of whose it is.
    #[arg(long, value_name = "FILE", requires = "history")]
    pub(crate) operator: Option<PathBuf>,
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
        let setup = Setup::open(global)?;
        let reach = wire::reach(&setup, global).await?;
        let items = reach.named(keys).await?;
        Self::gather(&setup, &reach, &items).await
    }

    /// Reads and judges an exported history directory.
    pub(crate) fn from_dir(dir: &Path, operator: Option<&Path>) -> anyhow::Result<Self> {
        let mut history = History::load(dir).map_err(|error| {
            usage(
                error.to_string(),
                "name a directory that `trail export` wrote",
            )
        })?;
        let note = match operator {
            Some(path) => {
                let text = std::fs::read_to_string(path).map_err(|error| {
                    usage(
                        format!("{}: {error}", path.display()),
                        "name the file of the operator's public key",
                    )
                })?;
                history.operator = text.trim().parse::<PublicKey>().map_err(|error| {
                    usage(
                        format!("{}: {error}", path.display()),
                        "it should hold one public key",
                    )
                })?;
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
        Ok(Self::judge(history, note))
    }

    /// Gathers items from the tracker and judges them.
    pub(crate) async fn gather(
        setup: &Setup,
        reach: &Reach,
        items: &[ItemId],
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
                fetch(reach, trust, &comments, &mut blobs).await?;
            }
            history.items.push(Item { subject, comments });
            reads.push(read);
        }
        history.blobs = Blobs::Memory(blobs);
        let mut reading = Self::judge(history, None);
        for (index, read) in reads.iter().enumerate() {
            let story = reading.story(index);
            let findings = live_findings(&story, read);
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
        }
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
        envelope,
    })
}

/// Gets the records that the entries keep apart; what is not there becomes a finding later.
async fn fetch(
    reach: &Reach,
    trust: &TrustSet,
    comments: &[Comment],
    blobs: &mut BTreeMap<Digest<Blob>, Vec<u8>>,
) -> anyhow::Result<()> {
    for comment in comments {
        let Ok(signed) = chain::open(comment.envelope.as_bytes(), trust) else {
            continue;
        };
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

/// Compares what the tracker shows now with what was sealed.
fn live_findings(story: &Story, read: &tracker::Read) -> Vec<Finding> {
    let mut findings = Vec::new();
    for decision in story.gates.iter().flat_map(|gate| &gate.decisions) {
        let Some(sealed) = &decision.body.comment else {
            continue;
        };
        let now = read.comments.iter().find(|own| own.id == sealed.id);
        let (kind, what) = match now {
            None => (FindingKind::DeletedApproval, "is gone"),
            Some(now) if now.author != sealed.author => {
                (FindingKind::Reattributed, "now has another author")
            }
            Some(now) if touched(now, sealed) => (FindingKind::EditedApproval, "was changed"),
            Some(_) => continue,
        };
        let place = Place {
            item: Some(story.key.clone()),
            seq: Some(decision.entry),
            comment: Some(sealed.id.clone()),
            digest: Some(decision.digest.to_string()),
        };
        let detail = format!(
            "the comment in which {} decided gate {} {what}",
            decision.body.name, decision.body.gate
        );
        findings.push(Finding::new(kind, place, detail));
    }
    let ended = matches!(
        story.state.stage,
        Stage::Delivered { .. } | Stage::Cancelled
    );
    let text: Digest<trail_record::Text> =
        Digest::of(format!("{}\n{}", read.item.title, read.item.body).as_bytes());
    if let Some(task) = story
        .state
        .task
        .as_ref()
        .filter(|task| !ended && task.text != text)
    {
        let place = Place {
            item: Some(story.key.clone()),
            digest: Some(task.spec.to_string()),
            ..Place::default()
        };
        let detail = "title and body are no longer the sealed ones; nothing goes on until `/amend`";
        findings.push(Finding::new(FindingKind::Drift, place, detail));
    }
    findings
}

/// Tells whether a comment is no longer what was sealed of it.
fn touched(now: &tracker::Comment, sealed: &trail_record::body::CommentSeen) -> bool {
    let updated = if now.edited && now.updated == now.created {
        Moment::from_millis(now.created.as_millis() + 1)
    } else {
        now.updated
    };
    Digest::of(now.text.as_bytes()) != sealed.text
        || now.created != sealed.created
        || updated != sealed.updated
}
