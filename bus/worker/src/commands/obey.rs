//! Obeying: what comes of a command that its author may give.

use trail_item::text::{self, Note};
use trail_item::{Event, Order, Stage};
use trail_port::tracker::Comment;
use trail_record::Record;
use trail_record::body::{Authority, GateDecision, GateOutcome, Verdict};

use super::{Reply, observed, stands_after};
use crate::facts::Facts;
use crate::view::{View, seen};
use crate::worker::{Error, Worker};

impl Worker {
    pub(super) async fn start(
        &self,
        view: &View,
        comment: &Comment,
        code: &str,
        word: &str,
    ) -> Result<(), Error> {
        let Stage::AwaitingStart { text, code: asked } = &view.state.stage else {
            let note = text::answered_ended(word, "nothing waits for a start");
            return self.reply(view, comment, note).await;
        };
        if asked != code || *text != view.text() {
            return self
                .reply(view, comment, text::answered_stale(word, code, None))
                .await;
        }
        let authority = Authority::Command {
            user: comment.author.clone(),
            comment: comment.id.clone(),
            code: code.to_owned(),
        };
        self.take_up(view, authority, Some(observed(comment))).await
    }

    pub(super) async fn amend(
        &self,
        view: &View,
        comment: &Comment,
        code: &str,
        word: &str,
        facts: &Facts,
    ) -> Result<(), Error> {
        let drifted = view
            .state
            .drift
            .as_ref()
            .filter(|(text, own)| own == code && *text == view.text());
        if drifted.is_none() {
            return self
                .reply(view, comment, text::answered_stale(word, code, None))
                .await;
        }
        let authority = Authority::Command {
            user: comment.author.clone(),
            comment: comment.id.clone(),
            code: code.to_owned(),
        };
        let (before, earlier) = facts.spec(view)?;
        let spec = match self.spec(view, authority, Some(earlier)) {
            Ok(spec) => spec,
            Err(Error::History { what, .. }) => {
                return self
                    .reply(view, comment, text::answered_ended(word, &what))
                    .await;
            }
            Err(error) => return Err(error),
        };
        let before = *before;
        self.answer(view, comment, None, &|_, evidence| {
            let inputs = evidence.iter().copied().chain([before]);
            let record = Record::new("spec", inputs, &spec)?;
            let event = Event::Amended {
                spec: record.digest(),
                text: spec.text,
                comment: comment.id.clone(),
            };
            Ok(Reply {
                events: vec![event],
                records: vec![record],
                note: text::taken_up(&spec),
            })
        })
        .await
    }

    pub(super) async fn decide(
        &self,
        view: &View,
        comment: &Comment,
        code: &str,
        (outcome, why): (GateOutcome, Option<String>),
        verdict: Verdict,
        stale: Note,
    ) -> Result<(), Error> {
        let gate = view
            .state
            .waiting()
            .filter(|gate| gate.code == code)
            .cloned();
        let Some(gate) = gate else {
            return self.reply(view, comment, stale).await;
        };
        if view.is_closed() || view.state.drift.is_some() {
            let why = "the gates are closed; clear the findings first";
            return self
                .reply(view, comment, text::answered_ended("/approve", why))
                .await;
        }
        if !stands_after(view, comment, gate.entry) {
            return self.reply(view, comment, stale).await;
        }
        let facts = self.facts(view).await?;
        let counted = facts
            .decisions
            .iter()
            .any(|(_, own)| own.request == gate.request && own.approver == comment.author);
        if counted && outcome == GateOutcome::Approved {
            let why = "you have approved this already, and one person counts once";
            return self
                .reply(view, comment, text::answered_ended("/approve", why))
                .await;
        }
        let approver = self.trusted().1.approver(&comment.author).cloned();
        let Some(approver) = approver else {
            let note = text::answered_not_permitted("/approve", "the account is not an approver");
            return self.reply(view, comment, note).await;
        };
        let why = why.map(|why| self.redactor.redact(&why).into_owned());
        let history = self.board(view).await;
        self.answer(view, comment, Some(&history), &|_, evidence| {
            let decision = GateDecision {
                gate: gate.name.clone(),
                request: gate.request,
                code: code.to_owned(),
                outcome,
                why: why.clone(),
                approver: approver.id.clone(),
                name: approver.name.clone(),
                comment: Some(seen(comment)),
                attested_by: self.persona,
                delegated: false,
                simulated: approver.simulated,
                verdict: verdict.clone(),
            };
            let title = format!("gate {} decided", gate.name);
            let inputs = std::iter::once(gate.request).chain(evidence.iter().copied());
            let record = Record::new(title, inputs, &decision)?;
            let event = Event::GateDecided {
                gate: gate.name.clone(),
                request: gate.request,
                outcome,
                decision: record.digest(),
                approver: approver.id.clone(),
                comment: Some(comment.id.clone()),
            };
            let note = text::gate_decided(&decision, gate.missing().saturating_sub(1));
            Ok(Reply {
                events: vec![event],
                records: vec![record],
                note,
            })
        })
        .await
    }

    pub(super) async fn dispose(
        &self,
        view: &View,
        comment: &Comment,
        code: &str,
        why: &str,
        stale: Note,
    ) -> Result<(), Error> {
        let found = view
            .state
            .findings
            .iter()
            .find(|(_, finding)| finding.code == code && !finding.disposed)
            .map(|(id, finding)| (id.clone(), finding.kind.clone()));
        let Some((id, kind)) = found else {
            return self.reply(view, comment, stale).await;
        };
        let who = self.name_of(comment);
        self.answer(view, comment, None, &|_, _| {
            let event = Event::Disposed {
                id: id.clone(),
                comment: comment.id.clone(),
            };
            let note = text::disposed(&kind, &who, why);
            Ok(Reply {
                events: vec![event],
                records: Vec::new(),
                note,
            })
        })
        .await
    }

    pub(super) async fn order(
        &self,
        view: &View,
        comment: &Comment,
        order: Order,
        word: &str,
    ) -> Result<(), Error> {
        let event = Event::Obeyed {
            command: order,
            comment: comment.id.clone(),
        };
        let actor = trail_item::Actor {
            persona: self.persona,
            worker: self.id.clone(),
        };
        let now = self.ports.clock.now();
        if let Err(illegal) = trail_item::step(&view.state, &actor, &event, now) {
            return self
                .reply(view, comment, text::answered_ended(word, &illegal.0))
                .await;
        }
        let who = self.name_of(comment);
        self.answer(view, comment, None, &|_, _| {
            let events = vec![event.clone()];
            Ok(Reply {
                events,
                records: Vec::new(),
                note: text::obeyed(order, &who),
            })
        })
        .await
    }
}
