//! What an item's history says: its records, read as far as an action needs them.

use std::sync::Arc;

use trail_record::body::{
    Body, CommitMade, Conclusion, Failure, GateDecision, GateOutcome, GateRequest, Patchset, Proof,
    PullRequest, Revert, Review, Spec, TestResult,
};
use trail_record::entry::Listed;
use trail_record::{Digest, Kind, Record, canonical};

use crate::view::View;
use crate::worker::{Error, Worker};

/// The facts that later actions start from. Decisions are left out: nothing starts from them.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    pub(crate) spec: Option<(Digest<Record>, Spec)>,
    pub(crate) conclusions: Vec<(Digest<Record>, Conclusion)>,
    pub(crate) patchsets: Vec<(Digest<Record>, Patchset)>,
    pub(crate) commits: Vec<(Digest<Record>, CommitMade)>,
    pub(crate) tests: Vec<(Digest<Record>, TestResult)>,
    /// What the newest run of the tests was found to prove.
    pub(crate) proofs: Vec<(Digest<Record>, Proof)>,
    pub(crate) pull_request: Option<(Digest<Record>, PullRequest)>,
    /// All of them, in order: of runs that came to nothing as well.
    pub(crate) pull_requests: Vec<(Digest<Record>, PullRequest)>,
    /// Words to take delivered work back.
    pub(crate) reverts: Vec<(Digest<Record>, Revert)>,
    pub(crate) requests: Vec<(Digest<Record>, GateRequest)>,
    pub(crate) decisions: Vec<(Digest<Record>, GateDecision)>,
    /// Why earlier attempts did not stand, oldest first: failures, rejections, refusals.
    pub(crate) setbacks: Vec<(Digest<Record>, Setback)>,
}

/// Why an earlier attempt did not stand.
#[derive(Debug, Clone)]
pub(crate) struct Setback {
    pub(crate) what: String,
    pub(crate) reason: String,
}

/// Tells whether actions start from records of this kind.
const fn tells(kind: Kind) -> bool {
    !matches!(
        kind,
        Kind::Decision
            | Kind::Observation
            | Kind::PolicyVerdict
            | Kind::Trial
            | Kind::Mutant
            | Kind::ReportedResult
    )
}

/// The facts of how many items are kept between turns.
const KEPT_FACTS: usize = 16;
/// How many records are kept between turns.
const KEPT: usize = 4096;

impl Worker {
    /// Reads the facts of the item's run; they are kept while its head stays the same.
    pub(crate) async fn facts(&self, view: &View) -> Result<Arc<Facts>, Error> {
        let key = (view.item.id.clone(), view.state.head);
        let known = self
            .facts
            .lock()
            .expect("no facts are left half-read")
            .get(&key)
            .cloned();
        if let Some(facts) = known {
            return Ok(facts);
        }
        let mut facts = Facts::default();
        let listed: Vec<Listed> = view
            .entries()
            .flat_map(|signed| &signed.entry.records)
            .filter(|listed| tells(listed.kind))
            .cloned()
            .collect();
        for listed in listed {
            let digest = listed.digest;
            let record = self.record(view, listed).await?;
            facts
                .take(digest, &record)
                .map_err(|error| Error::History {
                    item: view.item.key.to_string(),
                    what: format!("record {}: {error}", digest.short()),
                })?;
        }
        let facts = Arc::new(facts);
        let mut kept = self.facts.lock().expect("no facts are left half-read");
        kept.retain(|(item, _), _| *item != key.0);
        if kept.len() >= KEPT_FACTS {
            kept.clear();
        }
        kept.insert(key, Arc::clone(&facts));
        Ok(facts)
    }

    /// Reads one record, from its entry or from the blobs.
    pub(crate) async fn record(&self, view: &View, listed: Listed) -> Result<Arc<Record>, Error> {
        let known = self
            .records
            .lock()
            .expect("no record is left half-read")
            .get(&listed.digest)
            .cloned();
        if let Some(record) = known {
            return Ok(record);
        }
        let history = |what: String| Error::History {
            item: view.item.key.to_string(),
            what,
        };
        let record = if let Some(record) = listed.record {
            record
        } else {
            let bytes = self
                .ports
                .blobs
                .get(&listed.digest.cast())
                .await?
                .ok_or_else(|| {
                    history(format!(
                        "the bytes of {} {:?} ({}) are not here; fetch the blobs first",
                        listed.kind, listed.title, listed.digest
                    ))
                })?;
            let record = Record::from_bytes(&bytes).map_err(|error| history(error.to_string()))?;
            if !listed.matches(&record, &bytes) {
                return Err(history(format!(
                    "{} is not what its entry lists",
                    listed.digest
                )));
            }
            record
        };
        let record = Arc::new(record);
        let mut records = self.records.lock().expect("no record is left half-read");
        if records.len() >= KEPT {
            records.clear();
        }
        records.insert(listed.digest, Arc::clone(&record));
        Ok(record)
    }
}

impl Facts {
    fn take(&mut self, digest: Digest<Record>, record: &Record) -> Result<(), canonical::Error> {
        match record.kind {
            Kind::Spec => {
                // An amended task starts from its plan again.
                self.setbacks.clear();
                self.conclusions.clear();
                self.proofs.clear();
                self.spec = Some((digest, record.read()?));
            }
            Kind::Conclusion => self.conclusions.push((digest, record.read()?)),
            Kind::Patchset | Kind::TestPatchset => {
                self.patchsets.push((digest, record.read()?));
            }
            Kind::Commit => self.commits.push((digest, record.read()?)),
            Kind::TestResult => {
                self.setbacks.clear();
                self.proofs.clear();
                self.tests.push((digest, record.read()?));
            }
            Kind::Proof => self.proofs.push((digest, record.read()?)),
            Kind::PullRequest => {
                let own: PullRequest = record.read()?;
                self.pull_requests.push((digest, own.clone()));
                self.pull_request = Some((digest, own));
            }
            Kind::Revert => self.reverts.push((digest, record.read()?)),
            Kind::GateRequest => self.requests.push((digest, record.read()?)),
            Kind::GateDecision => {
                let decision: GateDecision = record.read()?;
                if decision.outcome == GateOutcome::Rejected {
                    let what = format!("gate {} rejected by {}", decision.gate, decision.name);
                    let reason = decision.why.clone().unwrap_or_default();
                    self.setbacks.push((digest, Setback { what, reason }));
                }
                self.decisions.push((digest, decision));
            }
            Kind::Review => {
                let review: Review = record.read()?;
                if !review.confirmed {
                    let what = "delivery refused by the reviewer".to_owned();
                    self.setbacks.push((
                        digest,
                        Setback {
                            what,
                            reason: review.summary,
                        },
                    ));
                }
            }
            Kind::Failure => {
                let failure: Failure = record.read()?;
                // A model that could not be reached says nothing to the next attempt, which must
                // begin with the same words to be answered from the journal.
                if failure.kind != "model" {
                    let what = format!("{} failed", failure.action);
                    self.setbacks.push((
                        digest,
                        Setback {
                            what,
                            reason: failure.reason,
                        },
                    ));
                }
            }
            Kind::Decision
            | Kind::Observation
            | Kind::PolicyVerdict
            | Kind::DeliveryReceipt
            | Kind::Trial
            | Kind::Mutant
            | Kind::ReportedResult => {}
        }
        Ok(())
    }

    /// Returns the spec in force.
    pub(crate) fn spec(&self, view: &View) -> Result<&(Digest<Record>, Spec), Error> {
        self.spec.as_ref().ok_or_else(|| Error::History {
            item: view.item.key.to_string(),
            what: "there is no spec".to_owned(),
        })
    }

    /// Returns the record with this digest among `known`.
    pub(crate) fn find<B: Body>(
        known: &[(Digest<Record>, B)],
        digest: Digest<Record>,
    ) -> Option<&B> {
        known
            .iter()
            .find(|(own, _)| *own == digest)
            .map(|(_, body)| body)
    }
}
