//! A recorded run: the entries of its item up to its end, with the bytes of all their records.

use std::collections::HashMap;
use std::sync::Arc;

use trail_item::event::RULES;
use trail_item::{Event, Fold, State};
use trail_reader::{History, Judged};
use trail_record::body::Body;
use trail_record::chain::{Accepted, Subject};
use trail_record::verify::{self, Bytes as _};
use trail_record::{
    Blob, CommitId, Digest, Entry, Envelope, FORMAT, Finding, FindingKind, Kind, Listed, PublicKey,
    Record, RunId, TrustSet, UserId,
};

use crate::error::Error;

/// A recorded run.
#[derive(Debug, Clone)]
pub struct Recorded {
    /// The item.
    pub subject: Subject,
    /// The run.
    pub run: RunId,
    /// The entries of the item from its first to the run's last.
    pub steps: Vec<Step>,
    /// Where the item stood before each entry, and after the last.
    pub states: Vec<State>,
    /// What is wrong with the history; empty unless it is replayed unverified.
    pub findings: Vec<Finding>,
    trust: Vec<Envelope>,
    operator: PublicKey,
}

/// One entry that stands, read whole.
#[derive(Debug, Clone)]
pub struct Step {
    /// The entry and the comment it stands in.
    pub accepted: Accepted,
    /// The account the comment stands under.
    pub author: UserId,
    /// What happened.
    pub events: Vec<Event>,
    /// Its records, in order, with their canonical bytes where those are kept apart.
    pub records: Vec<Kept>,
}

/// A record as listed and as read.
#[derive(Debug, Clone)]
pub struct Kept {
    /// As its entry lists it.
    pub listed: Listed,
    /// The record.
    pub record: Record,
    /// Its bytes, if they are not inside the entry.
    pub apart: Option<Vec<u8>>,
}

impl Step {
    /// Returns the entry.
    #[must_use]
    pub fn entry(&self) -> &Entry {
        &self.accepted.signed.entry
    }

    /// Returns the entry's digest.
    #[must_use]
    pub fn digest(&self) -> Digest<Entry> {
        self.accepted.signed.digest
    }

    /// Returns the bodies of the records of one kind, with their digests.
    pub(crate) fn bodies<B: Body>(&self, kind: Kind) -> Vec<(Digest<Record>, B)> {
        let own = self.records.iter().filter(|own| own.listed.kind == kind);
        own.filter_map(|own| Some((own.listed.digest, own.record.read().ok()?)))
            .collect()
    }

    /// Tells whether the entry lists a record of this kind.
    pub(crate) fn holds(&self, kind: Kind) -> bool {
        self.records.iter().any(|own| own.listed.kind == kind)
    }
}

impl Recorded {
    /// Reads a run of a judged item; `run` none is its newest.
    ///
    /// # Errors
    /// If the history does not verify (unless `unverified` is set), the run is not there, a record's
    /// bytes are missing, or the entries follow other rules than this program's.
    pub fn of(
        history: &History,
        judged: &Judged,
        run: Option<&RunId>,
        unverified: bool,
    ) -> Result<Self, Error> {
        let key = judged.subject.key.to_string();
        let findings: Vec<Finding> = judged
            .judgement
            .findings
            .iter()
            .filter(|own| concerns_history(own.kind))
            .cloned()
            .collect();
        let refuse = |first: &Finding| Error::Unverified {
            item: judged.subject.key.to_string(),
            count: findings.len(),
            first: first.to_string(),
        };
        let first = findings.first().filter(|_| !unverified);
        // What is merely missing is told below, with what to do about it.
        if let Some(first) = first.filter(|own| own.kind != FindingKind::MissingBlob) {
            return Err(refuse(first));
        }
        let accepted = judged.assembly.chain.entries();
        let runs = runs(accepted);
        let newest = runs.last().cloned();
        let asked = run.cloned().or(newest);
        let Some(run) = asked.filter(|own| runs.contains(own)) else {
            let known: Vec<&str> = runs.iter().map(RunId::as_str).collect();
            return Err(Error::UnknownRun {
                item: key,
                run: run.map_or_else(|| "(newest)".to_owned(), ToString::to_string),
                known: if known.is_empty() {
                    "none yet".to_owned()
                } else {
                    known.join(", ")
                },
            });
        };
        let end = accepted
            .iter()
            .rposition(|own| own.signed.entry.run == run)
            .map_or(0, |last| last + 1);
        let item = history
            .items
            .iter()
            .find(|own| own.subject == judged.subject);
        let authors: HashMap<_, _> = item
            .iter()
            .flat_map(|own| &own.comments)
            .map(|own| (&own.comment, &own.author))
            .collect();
        let mut fold = Fold::default();
        let (mut steps, mut states) = (Vec::with_capacity(end), vec![State::default()]);
        for own in &accepted[..end] {
            let author = authors.get(&own.comment).copied().cloned();
            let step = read(own, author, history, unverified)?;
            fold.entry(step.entry(), step.digest())
                .map_err(|illegal| Error::History(illegal.0))?;
            states.push(fold.state.clone());
            steps.push(step);
        }
        if let Some(first) = first {
            return Err(refuse(first));
        }
        let trust = history
            .trust
            .iter()
            .map(|json| Envelope::from_json(json).map_err(trail_record::trust::Error::from))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            subject: judged.subject.clone(),
            run,
            steps,
            states,
            findings,
            trust,
            operator: history.operator,
        })
    }

    /// Returns the trust documents as they were when the one with this digest was the newest.
    pub(crate) fn trust_at(&self, digest: &Digest<trail_record::Trust>) -> Result<TrustSet, Error> {
        for count in 1..=self.trust.len() {
            let set = TrustSet::open(&self.trust[..count], &self.operator)?;
            if set.latest().0 == *digest {
                return Ok(set);
            }
        }
        Err(Error::History(format!(
            "an entry names trust document {digest}, which the history does not hold"
        )))
    }

    /// Returns the commit the run started from.
    #[must_use]
    pub fn base(&self) -> Option<&CommitId> {
        self.own().find_map(|step| step.entry().base.as_ref())
    }

    /// Returns the run's own entries.
    pub fn own(&self) -> impl DoubleEndedIterator<Item = &Step> {
        self.steps
            .iter()
            .filter(|step| step.entry().run == self.run)
    }

    /// Returns the head of what is replayed.
    #[must_use]
    pub fn head(&self) -> Option<Digest<Entry>> {
        self.steps.last().map(Step::digest)
    }

    /// Returns the bytes of all records that stand outside their entries.
    pub(crate) fn blobs(&self) -> HashMap<Digest<Blob>, Arc<Vec<u8>>> {
        let kept = self.steps.iter().flat_map(|step| &step.records);
        kept.filter_map(|own| {
            let bytes = own.apart.clone()?;
            Some((own.listed.digest.cast(), Arc::new(bytes)))
        })
        .collect()
    }
}

/// Tells whether a finding is about the sealed history and not about what the tracker shows now.
fn concerns_history(kind: FindingKind) -> bool {
    !matches!(
        kind,
        FindingKind::DeletedApproval
            | FindingKind::EditedApproval
            | FindingKind::Reattributed
            | FindingKind::Drift
    )
}

fn runs(accepted: &[Accepted]) -> Vec<RunId> {
    let mut runs: Vec<RunId> = Vec::new();
    for own in accepted {
        let begins = |event: &serde_json::Value| {
            event["event"] == "taken-up" || event["event"] == "reverting"
        };
        let entry = &own.signed.entry;
        if entry.events.iter().any(begins) && !runs.contains(&entry.run) {
            runs.push(entry.run.clone());
        }
    }
    runs
}

fn read(
    accepted: &Accepted,
    author: Option<UserId>,
    history: &History,
    unverified: bool,
) -> Result<Step, Error> {
    let entry = &accepted.signed.entry;
    if entry.rules != RULES || entry.format != FORMAT {
        return Err(Error::OtherRules {
            entry: entry.seq,
            what: format!("rules {} and format {}", entry.rules, entry.format),
        });
    }
    let events = entry
        .events
        .iter()
        .map(|value| serde_json::from_value(value.clone()))
        .collect::<Result<_, _>>()
        .map_err(|error| Error::History(format!("entry {}: {error}", entry.seq)))?;
    let missing = |what: String| Error::MissingRecord {
        entry: entry.seq,
        what,
    };
    let mut records = Vec::with_capacity(entry.records.len());
    for listed in &entry.records {
        let record = match verify::record(listed, &history.blobs) {
            Ok(record) => record.into_owned(),
            Err((_, what)) if !unverified => return Err(missing(what)),
            Err((_, what)) => history
                .blobs
                .bytes(&listed.digest)
                .and_then(|bytes| Record::from_bytes(&bytes).ok())
                .ok_or_else(|| missing(what))?,
        };
        let apart = match &listed.record {
            Some(_) => None,
            None => history.blobs.bytes(&listed.digest),
        };
        records.push(Kept {
            listed: listed.clone(),
            record,
            apart,
        });
    }
    let author = author.ok_or_else(|| {
        Error::History(format!(
            "the comment of entry {} is not in the history",
            entry.seq
        ))
    })?;
    Ok(Step {
        accepted: accepted.clone(),
        author,
        events,
        records,
    })
}
