//! Doing what was claimed: one file per family of actions.
//!
//! Whatever goes wrong on the way becomes an outcome of its own: a failure that the item's history
//! keeps, or a release. Only trouble in writing the outcome leaves the lease as it is, to be resumed.

mod brief;
mod change;
mod deliver;
mod kept;
mod plan;
mod prove;
mod rebuild;
mod revert;
mod sent_back;
mod tests;

pub(crate) use prove::{Found, Judged, record_of, redacted};

use std::sync::Arc;

use tracing::warn;
use trail_item::text::Note;
use trail_item::{Action, Event, text};
use trail_port::{Worktree, model, workspace};
use trail_record::body::Failure;
use trail_record::record::Sealable;
use trail_record::{CommitId, Digest, Fence, Finding, Moment, Record};

use crate::append::Draft;
use crate::facts::Facts;
use crate::redact::{REDACTED, secret_in};
use crate::run::Stop;
use crate::session::Spoken;
use crate::view::{View, finding_id};
use crate::worker::{Error, Worker};

/// A claim that is being worked on.
pub(crate) struct Held<'h> {
    pub(crate) view: View,
    pub(crate) facts: Arc<Facts>,
    pub(crate) action: Action,
    pub(crate) fence: Fence,
    pub(crate) stop: &'h Stop,
}

/// Why an action came to nothing, as its failure record says it.
pub(crate) struct Setback {
    pub(crate) kind: &'static str,
    pub(crate) reason: String,
    pub(crate) retryable: bool,
    /// What was said before it came to nothing; sealed with the failure.
    pub(crate) spoken: Option<Box<Spoken>>,
    /// What was found wrong in the tracker; it closes the gates.
    pub(crate) finding: Option<Box<Finding>>,
}

/// What came of an action: the outcome is sealed, or there is a setback to seal.
pub(crate) type Done = Result<(), Setback>;

impl Setback {
    pub(crate) fn new(kind: &'static str, reason: impl Into<String>, retryable: bool) -> Self {
        Self {
            kind,
            reason: reason.into(),
            retryable,
            spoken: None,
            finding: None,
        }
    }

    pub(crate) fn found(mut self, finding: Finding) -> Self {
        self.finding = Some(Box::new(finding));
        self
    }

    pub(crate) fn after(mut self, spoken: Spoken) -> Self {
        self.spoken = Some(Box::new(spoken));
        self
    }
}

impl Worker {
    /// Does the action whose lease `view` shows to be this worker's.
    pub(crate) async fn perform(&self, view: View, stop: &Stop) -> Result<(), Error> {
        let Some(lease) = view.state.lease.clone() else {
            return Err(trail_item::Illegal("nobody holds the item".to_owned()).into());
        };
        let item = view.item.id.clone();
        let (action, fence) = (lease.action, lease.fence);
        let done = async {
            let facts = self.facts(&view).await?;
            let held = Held {
                view,
                facts,
                action,
                fence,
                stop,
            };
            match action {
                // On the heap, one by one: what all of them keep at once is too much for a stack.
                Action::Plan => Box::pin(self.plan(held)).await,
                Action::Implement | Action::WriteTests | Action::Fix => {
                    Box::pin(self.change(held)).await
                }
                Action::Apply => Box::pin(self.apply(held)).await,
                Action::RunTests => Box::pin(self.test(held)).await,
                Action::Deliver => Box::pin(self.deliver(held)).await,
            }
        };
        let setback = match done.await {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(setback)) => setback,
            Err(Error::Stopped) => {
                let view = self.look(&item).await?;
                self.append(view, &|_: &View, _: Moment| {
                    let events = vec![Event::Released { fence }];
                    Ok(Draft::new(events, Vec::new(), text::released(action)))
                })
                .await?;
                return Err(Error::Stopped);
            }
            Err(Error::Model(error)) => {
                let retryable = matches!(error, model::Error::Transient { .. });
                Setback::new("model", error.to_string(), retryable)
            }
            Err(Error::Workspace(error)) => Setback::new("workspace", error.to_string(), false),
            Err(Error::Setup(reason)) => Setback::new("setup", reason, false),
            Err(Error::History { what, .. }) => Setback::new("history", what, false),
            Err(
                error @ (Error::Tracker(_)
                | Error::Store(_)
                | Error::Blobs(_)
                | Error::Illegal(_)
                | Error::Newer { .. }
                | Error::Canonical(_)),
            ) => return Err(error),
        };
        warn!(%item, %action, kind = setback.kind, reason = %setback.reason, "the action failed");
        let view = self.look(&item).await?;
        self.fail(view, action, fence, setback).await
    }

    /// Seals a failure, with the calls that led to it.
    async fn fail(
        &self,
        view: View,
        action: Action,
        fence: Fence,
        setback: Setback,
    ) -> Result<(), Error> {
        let Setback {
            kind,
            reason,
            retryable,
            spoken,
            finding,
        } = setback;
        let reason = self.redactor.redact(&reason).into_owned();
        let failure = Failure {
            action: action.to_string(),
            reason: reason.clone(),
            kind: kind.to_owned(),
            retryable,
        };
        let inputs = spoken.as_ref().and_then(|spoken| spoken.last);
        let sealed = Record::new(format!("{action} failed"), inputs, &failure)?;
        self.append(view, &|view: &View, at: Moment| {
            let stuck = !retryable || view.state.failures + 1 >= trail_item::state::MAX_FAILURES;
            let mut events: Vec<Event> = spoken
                .as_deref()
                .and_then(|spoken| spent(fence, spoken))
                .into_iter()
                .collect();
            let mut records = spoken
                .as_ref()
                .map_or_else(Vec::new, |spoken| spoken.records.clone());
            let mut note = text::failed(action, &reason, stuck);
            // The desk may have sealed the same meanwhile.
            let new = |own: &&Finding| !view.state.findings.contains_key(&finding_id(own));
            if let Some(finding) = finding.as_deref().filter(new) {
                let (found, record, told) = self.found(finding, at)?;
                events.push(found);
                records.push(record);
                note = Note {
                    headline: told.headline,
                    body: format!("{}\n\n{}", note.body.trim_end(), told.body),
                };
            }
            events.push(Event::Failed {
                fence,
                failure: sealed.digest(),
                retryable,
            });
            records.push(sealed.clone());
            Ok(Draft::new(events, records, note))
        })
        .await?;
        Ok(())
    }

    /// Opens the run's worktree where the run stands.
    pub(crate) async fn worktree(&self, view: &View) -> Result<Box<dyn Worktree>, Error> {
        let at = stands_at(view)?;
        match self.ports.workspace.open(&view.run(), &at).await {
            Err(workspace::Error::Missing { .. }) => self.rebuild(view, &at).await,
            opened => Ok(opened?),
        }
    }
}

/// Returns the commit the run stands at: its newest, or the one it started from.
pub(crate) fn stands_at(view: &View) -> Result<CommitId, Error> {
    let newest = view.state.commit.as_ref().map(|(commit, _)| commit);
    newest
        .or_else(|| view.base())
        .cloned()
        .ok_or_else(|| Error::History {
            item: view.item.key.to_string(),
            what: "no entry names the commit the run starts from".to_owned(),
        })
}

/// Returns the event that counts a session's calls, if there were any.
pub(crate) fn spent(fence: Fence, spoken: &Spoken) -> Option<Event> {
    (spoken.calls > 0).then_some(Event::Spent {
        fence,
        calls: spoken.calls,
        cost_micros: spoken.cost_micros,
    })
}

/// Returns the events and records of an outcome that begins with a session.
pub(crate) fn with_session(
    fence: Fence,
    spoken: &Spoken,
    events: Vec<Event>,
    records: Vec<Sealable>,
) -> (Vec<Event>, Vec<Sealable>) {
    let events = spent(fence, spoken).into_iter().chain(events).collect();
    let records = spoken.records.iter().cloned().chain(records).collect();
    (events, records)
}

/// Refuses what would be applied or published if it holds a secret, or held one: the model's words
/// were redacted before they were used, and what is applied is never silently rewritten.
pub(crate) fn no_secret(what: &str, text: &str) -> Result<(), Setback> {
    let redacted = text.contains(REDACTED).then_some("redacted");
    match secret_in(text).or(redacted) {
        None => Ok(()),
        Some(kind) => Err(Setback::new(
            "secret",
            format!("{what} holds what looks like a secret ({kind}); nothing was applied"),
            false,
        )),
    }
}

/// Returns the digests of named records.
pub(crate) fn digests<B>(known: &[(Digest<Record>, B)]) -> impl Iterator<Item = Digest<Record>> {
    known.iter().map(|(digest, _)| *digest)
}
