//! A session: one action's conversation with a model, every ask of it answered in one place.
//!
//! Order of things for each call: budget and policy, the journal (an answer already paid for is
//! used), the model, the journal again (durable before use), redaction, then each tool the answer
//! asks for through [`crate::toolbox`], and at last the decision record.

use tracing::{info, warn};
use trail_agents::{Asked, Briefing, Conversation, Turn};
use trail_item::{Action, Event, text};
use trail_port::Worktree;
use trail_port::model::{self, Answer, ToolResult};
use trail_port::policy::{self, Principal, Question, Subject};
use trail_record::body::{Ask, Conclusion, Decision, Spec, TestResult, Usage};
use trail_record::digest::Context;
use trail_record::record::Sealable;
use trail_record::{Digest, Fence, Moment, Record};

use crate::append::Draft;
use crate::journal::{Answered, FromRecord, Place, Ran};
use crate::overlay::Overlay;
use crate::run::Stop;
use crate::toolbox::Toolbox;
use crate::view::View;
use crate::worker::{Error, Worker};

/// What a session starts from.
pub(crate) struct Job<'j> {
    pub(crate) view: &'j View,
    pub(crate) spec: &'j Spec,
    pub(crate) action: Action,
    pub(crate) round: u32,
    pub(crate) fence: Fence,
    pub(crate) briefing: Briefing,
    /// The records the briefing was made from.
    pub(crate) inputs: Vec<Digest<Record>>,
    /// Names of conclusions that stand already.
    pub(crate) names: Vec<String>,
    pub(crate) worktree: &'j mut dyn Worktree,
    pub(crate) stop: &'j Stop,
}

/// Where in the journal, and in the conversation, an answer stands.
struct At<'p> {
    place: &'p Place,
    call: u32,
    context: Digest<Context>,
}

/// What came of a session.
pub(crate) struct Spoken {
    /// Decisions and conclusions, in the order in which they came.
    pub(crate) records: Vec<Sealable>,
    pub(crate) conclusions: Vec<(Digest<Record>, Conclusion)>,
    /// The newest decision.
    pub(crate) last: Option<Digest<Record>>,
    pub(crate) overlay: Overlay,
    pub(crate) tests: Option<TestResult>,
    pub(crate) end: End,
    pub(crate) calls: u32,
    pub(crate) cost_micros: u64,
}

/// How a session ended.
pub(crate) enum End {
    /// The agent says that it is done.
    Delivered(String),
    /// The agent gives up, or may not go on: kind and reason.
    GaveUp(&'static str, String),
}

impl Worker {
    /// Holds one action's conversation to its end.
    pub(crate) async fn converse(&self, job: Job<'_>) -> Result<Spoken, Error> {
        let Job {
            view,
            spec,
            action,
            round,
            fence,
            briefing,
            inputs,
            names,
            worktree,
            stop,
        } = job;
        let place = Place::of(&view.item.id, &view.run(), action, round);
        let mut conversation = Conversation::begin(&self.prompts, &briefing);
        let mut toolbox = Toolbox {
            worker: self,
            view,
            spec,
            action,
            worktree,
            overlay: Overlay::default(),
            names,
            tests: None,
        };
        let mut spoken = Spoken {
            records: Vec::new(),
            conclusions: Vec::new(),
            last: None,
            overlay: Overlay::default(),
            tests: None,
            end: End::GaveUp(
                "calls",
                "the limit of calls for one action is reached".to_owned(),
            ),
            calls: 0,
            cost_micros: 0,
        };
        while spoken.calls < self.settings.max_calls_per_action {
            if stop.is_cancelled() {
                return Err(Error::Stopped);
            }
            if let Some(refusal) = self.may_think(view, spec, &spoken) {
                spoken.end = End::GaveUp("budget", refusal);
                break;
            }
            self.keep_lease(view, fence).await?;
            let call = spoken.calls + 1;
            let (answered, context, appended) = self
                .ask(&place, call, &mut conversation, view, round)
                .await?;
            let turn = match &answered.sealed {
                None => conversation.answered(&answered.answer),
                Some(own) => conversation.answered_again(&answered.answer, own.reasoning),
            };
            let (asked, mut end) = match turn {
                Turn::Work(asked) => (asked, None),
                Turn::Delivered { summary, asked } => (asked, Some(End::Delivered(summary))),
                // Who gives up asks for nothing more.
                Turn::GaveUp { reason, .. } => (Vec::new(), Some(End::GaveUp("gave-up", reason))),
                Turn::Nudge => (Vec::new(), None),
            };
            let at = At {
                place: &place,
                call,
                context,
            };
            let (asks, concluded) = self
                .answer_asks(&mut toolbox, &at, &asked, &answered.answer)
                .await?;
            if asks.iter().any(undone) && matches!(end, Some(End::Delivered(_))) {
                // What was delivered rests on something that was not done: the agent is told so.
                end = None;
            }
            if end.is_none() && !asks.is_empty() {
                conversation
                    .results(told(&asks))
                    .map_err(|error| Error::Setup(error.to_string()))?;
            }
            let number = view.state.calls + call;
            let decision = self.decision(number, action, answered, context, appended, asks);
            spoken.cost_micros += decision.cost_micros.unwrap_or(0);
            self.pulse
                .cost_micros
                .add(decision.cost_micros.unwrap_or(0));
            spoken.seal(number, &inputs, &decision, concluded)?;
            info!(
                item = %view.item.key, persona = %self.persona, %action, call = number,
                "decision"
            );
            if let Some(end) = end {
                spoken.end = end;
                break;
            }
        }
        if action == Action::RunTests && toolbox.tests.is_none() {
            // What counts is a run of Trail's own, whatever the agent says of it.
            toolbox.run_tests().await?;
        }
        spoken.overlay = toolbox.overlay;
        spoken.tests = toolbox.tests;
        Ok(spoken)
    }

    /// Returns why no further call may be made, if none may.
    fn may_think(&self, view: &View, spec: &Spec, spoken: &Spoken) -> Option<String> {
        let verdict = self.ports.policy.judge(&Question {
            principal: Principal::Persona(self.persona),
            action: policy::Action::Think,
            item: view.item.key.to_string(),
            labels: view.item.labels.clone(),
            risk: spec.risk,
            subject: Subject::Spend {
                spent_micros: view.state.cost_micros + spoken.cost_micros,
                budget_micros: self.settings.budget_micros,
                calls: view.state.calls + spoken.calls,
                max_calls: self.settings.max_calls_per_run,
            },
        });
        (!verdict.allowed).then_some(verdict.reason)
    }

    /// Gets the answer to the next question, from the journal or from the model.
    async fn ask(
        &self,
        place: &Place,
        call: u32,
        conversation: &mut Conversation,
        view: &View,
        round: u32,
    ) -> Result<(Answered, Digest<Context>, serde_json::Value), Error> {
        let request = conversation.request(view.item.key.as_str(), round);
        let appended = conversation.appended();
        let context = conversation.context();
        if let Some(answered) = self.recall_answer(place, call, context)? {
            return Ok((answered, context, appended));
        }
        let at = self.ports.clock.now();
        let began = std::time::Instant::now();
        let answer = self.ports.model.ask(&request).await.inspect_err(|_| {
            self.pulse.failed_calls.add(1);
        })?;
        self.pulse.answered(&answer.usage);
        let took_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        let answered = Answered {
            context,
            at,
            took_ms,
            answer: self.redacted(answer),
            sealed: None,
        };
        self.journal_answer(place, call, &answered)?;
        Ok((answered, context, appended))
    }

    /// Redacts an answer before it is used, hashed and stored.
    fn redacted(&self, mut answer: Answer) -> Answer {
        answer.text = self.redactor.redact(&answer.text).into_owned();
        for call in &mut answer.calls {
            call.arguments = self
                .redactor
                .redact_json(std::mem::take(&mut call.arguments));
        }
        answer
    }

    /// Does or refuses what one answer asks for. Results of commands are journaled: a command run
    /// again could give another result, and the conversation would part from what was paid for.
    async fn answer_asks(
        &self,
        toolbox: &mut Toolbox<'_>,
        at: &At<'_>,
        asked: &[Asked],
        answer: &Answer,
    ) -> Result<(Vec<Ask>, Vec<Conclusion>), Error> {
        let At {
            place,
            call,
            context,
        } = *at;
        let mut asks = Vec::with_capacity(asked.len());
        let mut conclusions = Vec::new();
        for (index, asked) in asked.iter().enumerate() {
            let arguments = answer
                .calls
                .get(index)
                .map_or(serde_json::Value::Null, |call| {
                    trail_agents::context::storable(&call.arguments)
                });
            if !Toolbox::runs(asked) {
                let done = toolbox.perform(asked, arguments).await?;
                conclusions.extend(done.conclusion);
                asks.push(done.ask);
            } else if let Some(ran) = self.recall_ran(place, call, index, context)? {
                toolbox.tests = ran.tests.or(toolbox.tests.take());
                asks.push(ran.ask);
            } else {
                let done = toolbox.perform(asked, arguments).await?;
                let ran = Ran {
                    context,
                    ask: done.ask,
                    tests: done.tests,
                };
                self.journal_ran(place, call, index, &ran)?;
                asks.push(ran.ask);
            }
        }
        Ok((asks, conclusions))
    }

    fn decision(
        &self,
        call: u32,
        action: Action,
        answered: Answered,
        context: Digest<Context>,
        appended: serde_json::Value,
        asks: Vec<Ask>,
    ) -> Decision {
        let Answered {
            at,
            took_ms,
            answer,
            sealed,
            ..
        } = answered;
        let FromRecord {
            model,
            endpoint,
            temperature,
            reasoning,
            cost_micros,
        } = sealed.unwrap_or_else(|| {
            let identity = self.ports.model.identity();
            FromRecord {
                model: identity.model,
                endpoint: identity.endpoint,
                temperature: identity.temperature,
                reasoning: trail_agents::context::reasoning_digest(&answer.reasoning),
                cost_micros: cost(identity.price, &answer.usage),
            }
        });
        Decision {
            call,
            persona: self.persona,
            action: action.to_string(),
            model_requested: model,
            model_served: answer.model_served,
            endpoint,
            temperature,
            context,
            appended,
            text: answer.text,
            reasoning,
            asks,
            stop: answer.stop,
            message_id: answer.message_id,
            request_id: answer.request_id,
            cost_micros,
            usage: answer.usage,
            at,
            took_ms,
            attempts: answer.attempts,
        }
    }

    /// Makes the lease longer when less than half of it is left; tells whether it did.
    pub(crate) async fn keep_lease(&self, view: &View, fence: Fence) -> Result<bool, Error> {
        let now = self.ports.clock.now();
        let until = {
            let views = self.views.lock().expect("no view is left half-made");
            let state = views
                .get(&view.item.id)
                .map_or(&view.state, |own| &own.state);
            match &state.lease {
                Some(lease) if lease.fence == fence => lease.until,
                Some(_) | None => {
                    return Err(trail_item::Illegal(format!("fence {fence} has lapsed")).into());
                }
            }
        };
        if until.since(now) > self.settings.lease / 2 {
            return Ok(false);
        }
        let view = self.look(&view.item.id).await?;
        let action = view
            .state
            .lease
            .as_ref()
            .map_or(Action::Plan, |lease| lease.action);
        let lease = self.settings.lease;
        self.append(view, &|_: &View, at: Moment| {
            let until = at.after(lease);
            let events = vec![Event::Renewed { fence, until }];
            Ok(Draft::new(events, Vec::new(), text::renewed(action, until)))
        })
        .await?;
        Ok(true)
    }
}

impl Spoken {
    /// Seals a decision and what it concluded.
    fn seal(
        &mut self,
        number: u32,
        briefed: &[Digest<Record>],
        decision: &Decision,
        concluded: Vec<Conclusion>,
    ) -> Result<(), Error> {
        let inputs = briefed
            .iter()
            .copied()
            .chain(self.last)
            .chain(self.conclusions.iter().map(|(digest, _)| *digest));
        let sealed = Record::new(format!("call {number}"), inputs, decision)?;
        let digest = sealed.digest();
        self.last = Some(digest);
        self.calls += 1;
        self.records.push(sealed);
        for conclusion in concluded {
            let sealed = Record::new(conclusion.name.clone(), [digest], &conclusion)?;
            self.conclusions.push((sealed.digest(), conclusion));
            self.records.push(sealed);
        }
        Ok(())
    }

    /// Returns the records that what the session made rests on.
    pub(crate) fn sources(&self, briefed: &[Digest<Record>]) -> Vec<Digest<Record>> {
        briefed
            .iter()
            .copied()
            .chain(self.last)
            .chain(self.conclusions.iter().map(|(digest, _)| *digest))
            .collect()
    }
}

/// Tells whether something was to change and did not: what was only looked at in vain leaves a
/// delivery as it is.
fn undone(ask: &Ask) -> bool {
    ask.error
        && matches!(
            ask.tool.as_str(),
            "write" | "patch" | "delete" | "run" | "record_decision"
        )
}

fn told(asks: &[Ask]) -> Vec<ToolResult> {
    asks.iter()
        .map(|ask| ToolResult {
            id: ask.id.clone(),
            content: ask.result.clone(),
            is_error: ask.error,
        })
        .collect()
}

fn cost(price: Option<model::Price>, usage: &Usage) -> Option<u64> {
    let cost = price.and_then(|price| price.cost(usage));
    if price.is_some() && cost.is_none() {
        warn!("the model's answer does not say how many tokens it took; its cost is unknown");
    }
    cost
}
