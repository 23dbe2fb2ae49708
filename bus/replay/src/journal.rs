//! Answers and results of the record, as a worker's journal would hold them.

use trail_item::Action;
use trail_port::model::{Answer, ToolCall};
use trail_record::body::{Decision, Effect, Failure, Review, TestResult};
use trail_record::{ItemId, Kind, RunId};
use trail_worker::{Answered, FromRecord, Place, Ran};

use crate::recorded::Step;
use crate::store::MemoryStore;

/// What one entry seals of a conversation.
pub(crate) struct Talk {
    /// The decisions, in order.
    pub(crate) decisions: Vec<Decision>,
    /// The test result, if the entry seals one.
    pub(crate) tests: Option<TestResult>,
    /// Why the agent gave up, if it did: no decision keeps these words.
    gave_up: Option<String>,
}

/// How much of the record a journal was filled with.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Filled {
    pub(crate) answers: u64,
    pub(crate) commands: u64,
    pub(crate) tests: u64,
}

impl Talk {
    /// Reads what an entry seals of a conversation.
    pub(crate) fn of(step: &Step) -> Self {
        let failure = step.bodies::<Failure>(Kind::Failure).pop();
        let review = step.bodies::<Review>(Kind::Review).pop();
        let gave_up = match (failure, review) {
            (Some((_, own)), _) if own.kind == "gave-up" => Some(own.reason),
            (_, Some((_, own))) if !own.confirmed => Some(own.summary),
            _ => None,
        };
        Self {
            decisions: bodies(step, Kind::Decision),
            tests: bodies(step, Kind::TestResult).pop(),
            gave_up,
        }
    }

    /// Fills a journal with the decisions before call `before` of the run, so that the same question
    /// gets the same answer.
    pub(crate) fn fill(
        &self,
        store: &MemoryStore,
        (item, run): (&ItemId, &RunId),
        action: Action,
        round: u32,
        before: u32,
    ) -> Filled {
        let place = Place::of(item, run, action, round);
        let mut filled = Filled::default();
        let own = (1..).zip(&self.decisions);
        for (call, decision) in own.filter(|(_, own)| own.call < before) {
            let last = decision.call == self.decisions.last().map_or(0, |own| own.call);
            write(store, place.answer(call), &self.answered(decision, last));
            filled.answers += 1;
            for (index, ask) in decision.asks.iter().enumerate() {
                let Some(command) = ran(&ask.effects) else {
                    continue;
                };
                let ran = Ran {
                    context: decision.context,
                    ask: ask.clone(),
                    tests: self.tests.clone().filter(|own| own.command == command),
                };
                filled.tests += u64::from(ran.tests.is_some());
                write(store, place.ran(call, index), &ran);
                filled.commands += 1;
            }
        }
        // A run that takes work back runs the tests without a word: then there is no decision at all.
        let whole = self.decisions.last().is_none_or(|own| own.call < before);
        if let Some(tests) = self.tests.as_ref().filter(|_| whole && filled.tests == 0) {
            write(store, place.own_tests(), tests);
            filled.tests += 1;
        }
        // Tests may be run several times in one conversation; one result is sealed.
        filled.tests = filled.tests.min(1);
        filled
    }

    fn answered(&self, decision: &Decision, last: bool) -> Answered {
        let mut calls: Vec<ToolCall> = decision
            .asks
            .iter()
            .map(|ask| ToolCall {
                id: ask.id.clone(),
                name: ask.tool.clone(),
                arguments: ask.arguments.clone(),
            })
            .collect();
        if let Some(reason) = self.gave_up.as_ref().filter(|_| last && calls.is_empty()) {
            // Nothing of an answer that gives up is done, so no ask of it is sealed.
            calls.push(ToolCall {
                id: "give-up".to_owned(),
                name: "give_up".to_owned(),
                arguments: serde_json::json!({ "reason": reason }),
            });
        }
        Answered {
            context: decision.context,
            at: decision.at,
            took_ms: decision.took_ms,
            answer: Answer {
                text: decision.text.clone(),
                reasoning: Vec::new(),
                calls,
                stop: decision.stop.clone(),
                model_served: decision.model_served.clone(),
                message_id: decision.message_id.clone(),
                request_id: decision.request_id.clone(),
                usage: decision.usage.clone(),
                raw_usage: serde_json::Value::Null,
                attempts: decision.attempts.clone(),
            },
            sealed: Some(FromRecord {
                model: decision.model_requested.clone(),
                endpoint: decision.endpoint.clone(),
                temperature: decision.temperature,
                reasoning: decision.reasoning,
                cost_micros: decision.cost_micros,
            }),
        }
    }
}

/// Returns the command that an ask ran, if it ran one.
pub(crate) fn ran(effects: &[Effect]) -> Option<Vec<String>> {
    effects.iter().find_map(|effect| match effect {
        Effect::Ran { command, .. } => Some(command.clone()),
        Effect::Read { .. }
        | Effect::Listed { .. }
        | Effect::Searched { .. }
        | Effect::Staged { .. }
        | Effect::Concluded { .. } => None,
    })
}

fn bodies<B: trail_record::body::Body>(step: &Step, kind: Kind) -> Vec<B> {
    let own = step.bodies(kind).into_iter();
    own.map(|(_, body)| body).collect()
}

fn write<T: serde::Serialize>(store: &MemoryStore, key: String, value: &T) {
    let bytes = serde_json::to_vec(value).expect("what was read from JSON can be written as JSON");
    store.put(key, bytes);
}
