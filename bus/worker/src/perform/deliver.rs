//! Delivery: the last look, and exactly what was approved.

use std::time::Duration;

use tracing::warn;
use trail_item::{Event, Stage, text};
use trail_port::forge::{self, Forge, NewPullRequest, Opened};
use trail_port::policy::{self, Principal, Question, Subject};
use trail_record::body::{DeliveryReceipt, PullRequest, Review};
use trail_record::record::Sealable;
use trail_record::{Digest, Fence, ItemId, Moment, Record};

use super::{Done, Held, Setback, with_session};
use crate::append::{Draft, MAX_DOUBTS};
use crate::facts::Facts;
use crate::session::{End, Spoken};
use crate::view::View;
use crate::worker::{Error, Worker};

/// What is to be delivered, confirmed by the reviewer.
struct Delivery<'d> {
    digest: Digest<Record>,
    pull_request: &'d PullRequest,
    review: Sealable,
    summary: &'d str,
}

impl Worker {
    pub(super) async fn deliver(&self, held: Held<'_>) -> Result<Done, Error> {
        let Stage::Green {
            pull_request: digest,
            ..
        } = &held.view.state.stage
        else {
            return Ok(Err(Setback::new(
                "history",
                "no pull request was approved",
                false,
            )));
        };
        let digest = *digest;
        let own = held
            .facts
            .pull_request
            .clone()
            .filter(|(own, _)| *own == digest);
        let Some((_, pull_request)) = own else {
            return Ok(Err(Setback::new(
                "history",
                "the approved pull request is missing",
                false,
            )));
        };
        let (spoken, _) = self.speak(&held).await?;
        let (confirmed, summary) = match &spoken.end {
            End::Delivered(summary) => (true, summary.clone()),
            End::GaveUp("gave-up", reason) => (false, reason.clone()),
            End::GaveUp(kind, reason) => {
                return Ok(Err(Setback::new(kind, reason.clone(), false).after(spoken)));
            }
        };
        let review = Review {
            confirmed,
            summary: summary.clone(),
            tree: pull_request.tree.clone(),
        };
        let review = Record::new("review", spoken.last.into_iter().chain([digest]), &review)?;
        if !confirmed {
            return self.refuse(held, &spoken, review, &summary).await;
        }
        let delivery = Delivery {
            digest,
            pull_request: &pull_request,
            review,
            summary: &summary,
        };
        // Whatever stands in the way of what was approved: what the reviewer's call cost is kept.
        let setback = match self.publish(held, &spoken, &delivery).await {
            Ok(Ok(())) => return Ok(Ok(())),
            Ok(Err(setback)) => setback,
            Err(Error::Workspace(error)) => Setback::new("workspace", error.to_string(), false),
            Err(Error::History { what, .. }) => Setback::new("history", what, false),
            Err(error) => return Err(error),
        };
        Ok(Err(setback.after(spoken)))
    }

    async fn refuse(
        &self,
        held: Held<'_>,
        spoken: &Spoken,
        review: Sealable,
        why: &str,
    ) -> Result<Done, Error> {
        let fence = held.fence;
        self.append(held.view, &|_: &View, _: Moment| {
            let refused = Event::Refused {
                fence,
                review: review.digest(),
            };
            let (events, records) =
                with_session(fence, spoken, vec![refused], vec![review.clone()]);
            Ok(Draft::new(events, records, text::refused(why)))
        })
        .await?;
        Ok(Ok(()))
    }

    /// Publishes the approved commit and opens its pull request, each after a last look at head,
    /// fence and approvals.
    async fn publish(
        &self,
        held: Held<'_>,
        spoken: &Spoken,
        delivery: &Delivery<'_>,
    ) -> Result<Done, Error> {
        let Held {
            view, facts, fence, ..
        } = held;
        let pull_request = delivery.pull_request;
        let (view, approvals) = match self.last_look(&view.item.id, &facts, fence).await? {
            Ok(seen) => seen,
            Err(setback) => return Ok(Err(setback)),
        };
        let (_, spec) = facts.spec(&view)?;
        let verdict = self.ports.policy.judge(&Question {
            principal: Principal::Persona(self.persona),
            action: policy::Action::Deliver,
            item: view.item.key.to_string(),
            labels: view.item.labels.clone(),
            risk: spec.risk,
            subject: Subject::Item,
        });
        if !verdict.allowed {
            return Ok(Err(Setback::new("policy", verdict.reason, false)));
        }
        self.keep_lease(&view, fence).await?;
        let published = self
            .ports
            .workspace
            .publish(&pull_request.branch, &pull_request.head, None)
            .await?;
        let mut place = format!("item {}", view.item.key);
        if let Some(forge) = &self.ports.forge {
            if let Err(setback) = self.last_look(&view.item.id, &facts, fence).await? {
                return Ok(Err(setback));
            }
            match self.open(forge.as_ref(), pull_request).await? {
                Ok(opened) => place = opened.url,
                Err(setback) => return Ok(Err(setback)),
            }
        }
        let receipt = DeliveryReceipt {
            place: place.clone(),
            branch: pull_request.branch.clone(),
            head: pull_request.head.clone(),
            tree: pull_request.tree.clone(),
            remote: published.remote.clone(),
        };
        let inputs: Vec<_> = [delivery.digest, delivery.review.digest()]
            .into_iter()
            .chain(approvals)
            .collect();
        let receipt = Record::new("delivery-receipt", inputs, &receipt)?;
        self.append(view, &|_: &View, _: Moment| {
            let remote = published.remote.as_deref();
            let note = text::delivered(pull_request, &place, remote, delivery.summary);
            let delivered = Event::Delivered {
                fence,
                receipt: receipt.digest(),
            };
            let records = vec![delivery.review.clone(), receipt.clone()];
            let (events, records) = with_session(fence, spoken, vec![delivered], records);
            Ok(Draft::new(events, records, note))
        })
        .await?;
        Ok(Ok(()))
    }

    /// Looks whether this worker still holds the item, the item is what was approved, and the
    /// approvals still hold: before each effect on the outside.
    async fn last_look(
        &self,
        item: &ItemId,
        facts: &Facts,
        fence: Fence,
    ) -> Result<Result<(View, Vec<Digest<Record>>), Setback>, Error> {
        let view = self.look(item).await?;
        let lease = view.state.lease.as_ref();
        if !lease.is_some_and(|own| own.fence == fence && own.holder == self.id) {
            return Err(trail_item::Illegal(format!("fence {fence} has lapsed")).into());
        }
        // An approval that was changed says more than the finding it gives.
        let approvals = match self.approvals_hold(&view, facts, &view.state).await? {
            Ok(approvals) => approvals,
            Err(setback) => return Ok(Err(setback)),
        };
        if view.is_closed() || view.state.drift.is_some() || self.drifted(&view) {
            let why = "the item changed before delivery";
            return Ok(Err(Setback::new("drift", why, true)));
        }
        Ok(Ok((view, approvals)))
    }

    /// Opens the pull request; asked again while it is unknown whether it was opened, which is safe.
    async fn open(
        &self,
        forge: &dyn Forge,
        pull_request: &PullRequest,
    ) -> Result<Result<Opened, Setback>, Error> {
        let new = NewPullRequest {
            title: pull_request.title.clone(),
            body: pull_request.body.clone(),
            branch: pull_request.branch.clone(),
            head: pull_request.head.clone(),
        };
        let mut wait = Duration::from_millis(50);
        for _ in 0..MAX_DOUBTS {
            match forge.open(&new).await {
                Ok(opened) => return Ok(Ok(opened)),
                Err(forge::Error::Doubt(why)) => {
                    warn!(branch = %new.branch, why, "unknown whether the pull request was opened; asking again");
                    tokio::time::sleep(wait).await;
                    wait *= 3;
                }
                Err(forge::Error::RateLimited { retry_after }) => {
                    tokio::time::sleep(retry_after.min(Duration::from_secs(120))).await;
                }
                Err(
                    error @ (forge::Error::Refused(_)
                    | forge::Error::Denied(_)
                    | forge::Error::NotFound(_)
                    | forge::Error::Moved),
                ) => {
                    let reason = format!("the pull request was not opened: {error}");
                    return Ok(Err(Setback::new("forge", reason, false)));
                }
            }
        }
        let why = format!("whether the pull request was opened ({MAX_DOUBTS} tries)");
        Err(Error::Tracker(forge::Error::Doubt(why)))
    }

    /// Tells whether the item's text is no longer the sealed one.
    pub(crate) fn drifted(&self, view: &View) -> bool {
        view.state
            .task
            .as_ref()
            .is_some_and(|task| task.reverts.is_none() && task.text != view.text())
    }
}
