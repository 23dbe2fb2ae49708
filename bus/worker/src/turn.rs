//! A turn: one look at an item, and the one thing this persona can do about it now.

use trail_item::text::{self, GateShown};
use trail_item::{Action, Event, Stage};
use trail_port::tracker::{self, State as Shown};
use trail_record::body::GateName;
use trail_record::{Digest, ItemId, Kind, Moment, Record};

use crate::append::Draft;
use crate::gates::Asking;
use crate::run::{Stop, jittered};
use crate::view::View;
use crate::watch::Free;
use crate::worker::{Error, Worker};

/// What came of a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// There was nothing to do; a change of the item may alter that.
    Idle,
    /// Something was done; there may be more.
    Worked,
    /// There may be something to do then, without any change of the item.
    Later(Moment),
}

impl Worker {
    /// Takes one turn at an item.
    ///
    /// # Errors
    /// See [`Error`]; nothing is lost, the item can be looked at again.
    pub async fn turn(&self, item: &ItemId, stop: &Stop) -> Result<Outcome, Error> {
        let outcome = self.take_turn(item, stop).await?;
        if outcome == Outcome::Worked {
            self.keep(Vec::new())?;
            self.send_shared().await;
        }
        Ok(outcome)
    }

    async fn take_turn(&self, item: &ItemId, stop: &Stop) -> Result<Outcome, Error> {
        let view = match self.look(item).await {
            Err(Error::Tracker(tracker::Error::NotFound(_))) => return self.vanished(item),
            looked => looked?,
        };
        if self.leaves_alone(&view) {
            return Ok(Outcome::Idle);
        }
        if self.seal_rewound(&view).await? {
            return Ok(Outcome::Worked);
        }
        // A human's word comes before work, also before work that was begun.
        if self.sit(&view).await? {
            return Ok(Outcome::Worked);
        }
        let ours = view
            .state
            .lease
            .as_ref()
            .filter(|lease| lease.holder == self.id);
        if ours.is_some() {
            // This process held the item before: it was ended, or could not write its outcome.
            Box::pin(self.perform(view, stop)).await?;
            return Ok(Outcome::Worked);
        }
        if matches!(view.state.stage, Stage::Delivered { .. } | Stage::Cancelled) {
            self.forget_journal(item, &view.run())?;
            return Ok(Outcome::Idle);
        }
        let now = self.ports.clock.now();
        let mine = view
            .state
            .next_action()
            .is_some_and(|own| own.persona() == self.persona);
        if !mine || view.is_closed() || self.drifted(&view) {
            return Ok(Outcome::Idle);
        }
        // What is due once nobody is in the way.
        let mut unheld = view.state.clone();
        unheld.lease = None;
        let Some(action) = unheld.due(now) else {
            return Ok(Outcome::Idle);
        };
        if let Free::Until(then) = self.free(&view, now) {
            return Ok(Outcome::Later(then));
        }
        if let Some(later) = self.backing_off(&view, now) {
            return Ok(Outcome::Later(later));
        }
        if action == Action::Plan && self.waits_for_others(&view).await? {
            return Ok(Outcome::Later(now.after(self.settings.backoff_cap)));
        }
        if self.ask_label_gate(&view, action).await? {
            return Ok(Outcome::Worked);
        }
        if stop.is_cancelled() {
            return Err(Error::Stopped);
        }
        let view = self.claim(view, action).await?;
        Box::pin(self.perform(view, stop)).await?;
        Ok(Outcome::Worked)
    }

    /// Tells whether an item is none of ours: it was never taken up and has not the label for it.
    /// A label that is taken off later stops nothing; `/hold` and `/cancel` do.
    fn leaves_alone(&self, view: &View) -> bool {
        let Some(wanted) = &self.settings.label else {
            return false;
        };
        let labelled = |own: &String| own.eq_ignore_ascii_case(wanted);
        view.entries().next().is_none() && !view.item.labels.iter().any(labelled)
    }

    /// Seals claim and intent. Only a view that shows the claim standing is given to the work.
    async fn claim(&self, view: View, action: Action) -> Result<View, Error> {
        let lease = self.settings.lease;
        self.append(view, &|view: &View, at: Moment| {
            let (until, fence) = (at.after(lease), view.state.fence.next());
            let holder = self.id.clone();
            let (mut events, records) = self.lapse(view, at)?.into_iter().unzip();
            let claimed = Event::Claimed {
                action,
                fence,
                holder,
                until,
            };
            Vec::push(&mut events, claimed);
            let note = text::claimed(action, view.state.round(action), until);
            Ok(Draft::new(events, records, note))
        })
        .await
    }

    /// Returns until when to wait after failures in a row.
    fn backing_off(&self, view: &View, now: Moment) -> Option<Moment> {
        let failures = view.state.failures.checked_sub(1)?;
        let wait = self.settings.backoff.saturating_mul(1 << failures.min(16));
        let left = wait
            .min(self.settings.backoff_cap)
            .checked_sub(self.stood(view, now))?;
        (!left.is_zero()).then(|| now.after(jittered(left)))
    }

    /// Tells whether an item that must be done first is not done.
    async fn waits_for_others(&self, view: &View) -> Result<bool, Error> {
        let facts = self.facts(view).await?;
        let (_, spec) = facts.spec(view)?;
        for key in &spec.depends_on {
            let other = self.ports.tracker.find(key).await?;
            let other = self.look(&other).await?;
            let done = match other.state.stage {
                Stage::Delivered { .. } => true,
                // An item that Trail never worked on is done when its people say so.
                Stage::Filed | Stage::Unfit { .. } => other.item.state == Shown::Done,
                _ => false,
            };
            if !done {
                tracing::info!(item = %view.item.key, waits_for = %key, "waits for another item");
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Asks for the next gate of a label or rule; returns whether there was one.
    async fn ask_label_gate(&self, view: &View, action: Action) -> Result<bool, Error> {
        let facts = self.facts(view).await?;
        let (spec_digest, spec) = facts.spec(view)?;
        let Some(gate) = self.unpassed(view, spec) else {
            return Ok(false);
        };
        let subject = newest(view).unwrap_or((*spec_digest, "spec".to_owned()));
        let text: String = facts
            .conclusions
            .iter()
            .map(|(_, own)| format!("{}: {}\n{}\n\n", own.name, own.statement, own.rationale))
            .collect();
        let asking = Asking {
            gate: GateName::new(gate.as_str()),
            performed_by: self.persona,
            subject: subject.0,
            tree: view.state.commit.as_ref().map(|(_, tree)| tree.clone()),
            contract: None,
            paths: Vec::new(),
            shown: GateShown::Record {
                digest: subject.0,
                title: &subject.1,
                text: &text,
                next: action.as_str(),
            },
        };
        self.append(view.clone(), &|view: &View, at: Moment| {
            let note = text::held_up(&gate);
            let (mut events, mut records): (Vec<_>, Vec<_>) =
                self.lapse(view, at)?.into_iter().unzip();
            let (request, asked, note) =
                self.request(view, (*spec_digest, spec), &asking, &note)?;
            events.push(asked);
            records.push(request);
            Ok(Draft::new(events, records, note))
        })
        .await?;
        Ok(true)
    }
}

/// Returns the newest record that a human's own gate can stand before.
fn newest(view: &View) -> Option<(Digest<Record>, String)> {
    let wanted = |kind| {
        matches!(
            kind,
            Kind::Spec | Kind::Conclusion | Kind::Commit | Kind::TestResult | Kind::PullRequest
        )
    };
    view.entries()
        .rev()
        .flat_map(|signed| signed.entry.records.iter().rev())
        .find(|listed| wanted(listed.kind))
        .map(|listed| (listed.digest, listed.title.clone()))
}
