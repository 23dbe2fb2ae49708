//! Delivery: the last look, and exactly what was approved.

use trail_item::{Event, Stage, text};
use trail_port::policy::{self, Principal, Question, Subject};
use trail_record::body::{DeliveryReceipt, PullRequest, Review};
use trail_record::record::Sealable;
use trail_record::{Digest, Moment, Record};

use super::{Done, Held, Setback, with_session};
use crate::append::Draft;
use crate::session::{End, Spoken};
use crate::view::View;
use crate::worker::{Error, Worker};

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
        if confirmed {
            self.publish(held, &spoken, review, (digest, &pull_request), &summary)
                .await
        } else {
            self.refuse(held, &spoken, review, &summary).await
        }
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

    /// Publishes the approved commit, after a last look at head, fence and approvals.
    async fn publish(
        &self,
        held: Held<'_>,
        spoken: &Spoken,
        review: Sealable,
        (digest, pull_request): (Digest<Record>, &PullRequest),
        summary: &str,
    ) -> Result<Done, Error> {
        let Held {
            view, facts, fence, ..
        } = held;
        let view = self.look(&view.item.id).await?;
        let ours = view
            .state
            .lease
            .as_ref()
            .is_some_and(|own| own.fence == fence && own.holder == self.id);
        if !ours {
            return Err(trail_item::Illegal(format!("fence {fence} has lapsed")).into());
        }
        if view.is_closed() || view.state.drift.is_some() || self.drifted(&view) {
            return Ok(Err(Setback::new(
                "drift",
                "the item changed before delivery",
                true,
            )));
        }
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
        let approvals = self.approvals_hold(&view, &facts, &view.state).await?;
        self.keep_lease(&view, fence).await?;
        let published = self
            .ports
            .workspace
            .publish(&pull_request.branch, &pull_request.head, None)
            .await?;
        let receipt = DeliveryReceipt {
            place: format!("item {}", view.item.key),
            branch: pull_request.branch.clone(),
            head: pull_request.head.clone(),
            tree: pull_request.tree.clone(),
            remote: published.remote.clone(),
        };
        let inputs: Vec<_> = [digest, review.digest()]
            .into_iter()
            .chain(approvals)
            .collect();
        let receipt = Record::new("delivery-receipt", inputs, &receipt)?;
        let place = format!("item {}", view.item.key);
        self.append(view, &|_: &View, _: Moment| {
            let note = text::delivered(pull_request, &place, published.remote.as_deref(), summary);
            let delivered = Event::Delivered {
                fence,
                receipt: receipt.digest(),
            };
            let records = vec![review.clone(), receipt.clone()];
            let (events, records) = with_session(fence, spoken, vec![delivered], records);
            Ok(Draft::new(events, records, note))
        })
        .await?;
        Ok(Ok(()))
    }

    /// Tells whether the item's text is no longer the sealed one.
    pub(crate) fn drifted(&self, view: &View) -> bool {
        view.state
            .task
            .as_ref()
            .is_some_and(|task| task.text != view.text())
    }
}
