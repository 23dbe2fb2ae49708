//! The turn machine: one action's conversation with a model.
//!
//! The session asks for the [`Conversation::request`], puts it to the model, hands the answer to
//! [`Conversation::answered`], performs what the [`Turn`] says and hands back the results. The
//! machine does nothing by itself, so the same answers and results give the same conversation.

use serde_json::Value;
use trail_port::model::{Answer, Message, Purpose, Request, ToolResult, ToolSpec};
use trail_record::digest::Context;
use trail_record::{Blob, CriterionId, Digest};

use crate::action::Action;
use crate::briefing::Briefing;
use crate::context::{Chain, reasoning_digest};
use crate::prompts::Prompts;
use crate::tool::{self, Tool, ToolError};

/// How often a model that ends nothing and asks for nothing is told so before it is given up.
const NUDGES: u32 = 2;

/// Raw stop reasons that say an answer was cut. They only ever make the machine more careful.
const CUT: [&str; 4] = ["max_tokens", "length", "max_output_tokens", "incomplete"];

/// One action's conversation.
#[derive(Debug, Clone)]
pub struct Conversation {
    action: Action,
    criteria: Vec<CriterionId>,
    system: String,
    nudge: String,
    tools: Vec<ToolSpec>,
    messages: Vec<Message>,
    /// The ids of the calls that wait for their result.
    open: Vec<String>,
    nudges: u32,
    chain: Chain,
}

/// One tool call of an answer, as it could be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The id of the call.
    pub id: String,
    /// The tool's name as the model gave it.
    pub name: String,
    /// What is asked; an error's text is the result to give back.
    pub tool: Result<Tool, ToolError>,
}

/// What an answer means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Turn {
    /// Do what is asked, in order, give back a result for each, and ask the model again.
    Work(Vec<Asked>),
    /// The action is done.
    ///
    /// What else the same answer asked is done first, in order; `asked` lists the delivery too. If
    /// some of it fails, the session may give back results for all of `asked` instead, and go on.
    Delivered {
        /// What the model says of its work.
        summary: String,
        /// All calls of the answer; empty if it delivered by its text alone.
        asked: Vec<Asked>,
    },
    /// The action has no result.
    GaveUp {
        /// Why.
        reason: String,
        /// All calls of the answer; nothing of it is to be done.
        asked: Vec<Asked>,
    },
    /// The model ended nothing and asked for nothing; it is told so when it is asked again.
    Nudge,
}

/// Results that do not answer the calls that were made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("results for the calls {given:?} do not answer {expected:?}")]
pub struct Unmatched {
    /// The ids of the calls that wait for a result, in order.
    pub expected: Vec<String>,
    /// The ids of the results.
    pub given: Vec<String>,
}

impl Conversation {
    /// Begins the conversation of an action.
    #[must_use]
    pub fn begin(prompts: &Prompts, briefing: &Briefing) -> Self {
        let action = briefing.action;
        let system = prompts.system(action.persona()).to_owned();
        let tools = tool::specs(action);
        let first = briefing.message(prompts);
        Self {
            action,
            criteria: briefing
                .spec
                .criteria
                .iter()
                .map(|c| c.id.clone())
                .collect(),
            nudge: prompts.nudge().to_owned(),
            chain: Chain::begin(&system, &tools, &first),
            messages: vec![Message::User { text: first }],
            system,
            tools,
            open: Vec::new(),
            nudges: 0,
        }
    }

    /// Returns the question to put to the model next.
    #[must_use]
    pub fn request(&self, item: &str, round: u32) -> Request {
        Request {
            purpose: Purpose {
                item: item.to_owned(),
                persona: self.action.persona(),
                action: self.action.as_str().to_owned(),
                round,
            },
            system: self.system.clone(),
            tools: self.tools.clone(),
            messages: self.messages.clone(),
        }
    }

    /// Returns the digest of all that the next call sees: a decision record's `context`.
    #[must_use]
    pub fn context(&self) -> Digest<Context> {
        self.chain.digest()
    }

    /// Returns what the next call sees beyond the calls before it: a decision record's `appended`.
    #[must_use]
    pub fn appended(&self) -> Value {
        self.chain.appended()
    }

    /// Reads an answer, already redacted, and returns what it means.
    pub fn answered(&mut self, answer: &Answer) -> Turn {
        let reasoning = reasoning_digest(&answer.reasoning);
        self.answered_again(answer, reasoning)
    }

    /// Reads an answer of which the record holds everything but its reasoning, of which it holds the
    /// digest: what a replay knows.
    pub fn answered_again(&mut self, answer: &Answer, reasoning: Option<Digest<Blob>>) -> Turn {
        self.chain.answered(answer, reasoning);
        let Answer {
            text,
            reasoning,
            calls,
            ..
        } = answer;
        // Some peers refuse a message that holds nothing.
        if !text.is_empty() || !reasoning.is_empty() || !calls.is_empty() {
            self.messages.push(Message::Assistant {
                text: text.clone(),
                reasoning: reasoning.clone(),
                calls: calls.clone(),
            });
        }
        self.open = calls.iter().map(|call| call.id.clone()).collect();
        if calls.is_empty() {
            return self.without_calls(answer);
        }
        let mut asked: Vec<Asked> = calls
            .iter()
            .map(|call| Asked {
                id: call.id.clone(),
                name: call.name.clone(),
                tool: Tool::parse(self.action, &self.criteria, call),
            })
            .collect();
        let is_end = |asked: &Asked| asked.tool.as_ref().is_ok_and(Tool::ends);
        let ends = asked.iter().filter(|asked| is_end(asked)).count();
        let faults = asked.iter().any(|asked| asked.tool.is_err());
        for end in asked.iter_mut().filter(|asked| is_end(asked)) {
            let delivers = matches!(end.tool, Ok(Tool::Deliver { .. }));
            if ends > 1 {
                end.tool = Err(ToolError::SeveralEndings);
            } else if delivers && faults {
                end.tool = Err(ToolError::NotYet);
            }
        }
        let end = asked.iter().find_map(|asked| match &asked.tool {
            Ok(Tool::Deliver { summary }) => Some((true, summary.clone())),
            Ok(Tool::GiveUp { reason }) => Some((false, reason.clone())),
            _ => None,
        });
        match end {
            Some((true, summary)) => Turn::Delivered { summary, asked },
            Some((false, reason)) => Turn::GaveUp { reason, asked },
            None => Turn::Work(asked),
        }
    }

    /// Reads an answer that asks for nothing. A reviewer must confirm or refuse by name; for the
    /// others a text that says something, and was not cut, is their delivery.
    fn without_calls(&mut self, answer: &Answer) -> Turn {
        let cut = answer
            .stop
            .as_deref()
            .is_some_and(|stop| CUT.contains(&stop));
        let text = answer.text.trim();
        if self.action != Action::Deliver && !text.is_empty() && !cut {
            return Turn::Delivered {
                summary: text.to_owned(),
                asked: Vec::new(),
            };
        }
        if self.nudges == NUDGES {
            let reason = format!(
                "the model ended nothing and asked for nothing, {} times in spite of being told",
                NUDGES + 1
            );
            return Turn::GaveUp {
                reason,
                asked: Vec::new(),
            };
        }
        self.nudges += 1;
        self.messages.push(Message::User {
            text: self.nudge.clone(),
        });
        self.chain.said(&self.nudge);
        Turn::Nudge
    }

    /// Takes what came of all calls of the last answer, in their order, as it is to be sealed and as
    /// the model is to be told.
    ///
    /// # Errors
    /// If the results do not answer those calls; then nothing is taken.
    pub fn results(&mut self, results: Vec<ToolResult>) -> Result<(), Unmatched> {
        let matched = self.open.iter().eq(results.iter().map(|result| &result.id));
        if !matched || results.is_empty() {
            return Err(Unmatched {
                expected: self.open.clone(),
                given: results.into_iter().map(|result| result.id).collect(),
            });
        }
        self.open.clear();
        self.chain.results(&results);
        self.messages.push(Message::Tool { results });
        Ok(())
    }
}
