//! The Model port: one question to a model, one answer.

use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use trail_record::Persona;
use trail_record::body::{Attempt, Usage};

/// What a model is asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// What the question is for; never sent, but scripts and logs go by it.
    pub purpose: Purpose,
    /// The system prompt.
    pub system: String,
    /// The tools the model may ask for.
    pub tools: Vec<ToolSpec>,
    /// The conversation so far, first message first.
    pub messages: Vec<Message>,
}

/// What a question is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Purpose {
    /// The item's key.
    pub item: String,
    /// Which persona asks.
    pub persona: Persona,
    /// The action: `plan`, `implement`, `write-tests`, `run-tests`, `fix`, `deliver`.
    pub action: String,
    /// The how-many-eth time this action is done in the run, from 1.
    pub round: u32,
}

/// A tool as the model is told of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ToolSpec {
    /// Its name: letters, digits and `_`.
    pub name: String,
    /// What it does and when to use it.
    pub description: String,
    /// JSON Schema of its arguments; the root is an object.
    pub parameters: Value,
}

/// One message of a conversation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "role", rename_all = "lowercase")]
pub enum Message {
    /// What Trail says.
    User {
        /// The text.
        text: String,
    },
    /// What the model said before.
    Assistant {
        /// Its text.
        text: String,
        /// Opaque reasoning items that must be sent back unchanged to the provider that made them.
        reasoning: Vec<Value>,
        /// The tools it asked for.
        calls: Vec<ToolCall>,
    },
    /// What came of the tools it asked for, in the same order.
    Tool {
        /// The results.
        results: Vec<ToolResult>,
    },
}

/// A tool the model asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ToolCall {
    /// The peer's id, or one made by the adapter where the peer gave none.
    pub id: String,
    /// The tool's name as the model gave it.
    pub name: String,
    /// Its arguments; a string if the model's text was no JSON object.
    pub arguments: Value,
}

/// What came of a tool call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToolResult {
    /// The id of the call.
    pub id: String,
    /// What the model is told.
    pub content: String,
    /// Whether it tells of an error.
    pub is_error: bool,
}

/// What a model answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// The text.
    pub text: String,
    /// Opaque reasoning items, to be sent back unchanged.
    pub reasoning: Vec<Value>,
    /// The tools it asks for; empty means it is done or has nothing to ask.
    pub calls: Vec<ToolCall>,
    /// The raw stop reason; a hint only (some servers say `stop` with tool calls).
    pub stop: Option<String>,
    /// The model that answered as the peer says.
    pub model_served: Option<String>,
    /// The peer's id of the message.
    pub message_id: Option<String>,
    /// The peer's id of the request.
    pub request_id: Option<String>,
    /// Tokens; what the peer did not say is none.
    pub usage: Usage,
    /// The usage object as it came.
    pub raw_usage: Value,
    /// Attempts that failed before this answer came.
    pub attempts: Vec<Attempt>,
}

/// Who answers: set by configuration, the same for every question.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Identity {
    /// The model asked for.
    pub model: String,
    /// The provider's host, or `scripted`.
    pub endpoint: String,
    /// Sampling temperature, if one is set.
    pub temperature: Option<f64>,
    /// The price table's row, if the model has one.
    pub price: Option<Price>,
}

/// Prices in millionths of a US dollar per million tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// Input that no cache served.
    pub input: u64,
    /// Output, reasoning included.
    pub output: u64,
    /// Input read from a cache; the input price if not given.
    pub cache_read: Option<u64>,
    /// Input written to a cache; the input price if not given.
    pub cache_write: Option<u64>,
}

impl Price {
    /// Returns the cost of `usage` in millionths of a US dollar, rounded up; none if the peer did
    /// not say how many tokens it took.
    #[must_use]
    pub fn cost(&self, usage: &Usage) -> Option<u64> {
        let (input, output) = (usage.input?, usage.output?);
        let parts = [
            (input, self.input),
            (output, self.output),
            (
                usage.cache_read.unwrap_or(0),
                self.cache_read.unwrap_or(self.input),
            ),
            (
                usage.cache_write.unwrap_or(0),
                self.cache_write.unwrap_or(self.input),
            ),
        ];
        let total: u128 = parts
            .into_iter()
            .map(|(tokens, price)| u128::from(tokens) * u128::from(price))
            .sum();
        u64::try_from(total.div_ceil(1_000_000)).ok()
    }
}

/// Why a model gave no answer. Nothing of a failed call is used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The peer refused for now: rate limit, overload, 5xx, a cut or slow stream, no connection.
    #[error("{endpoint}: {reason}")]
    Transient {
        /// The provider's host.
        endpoint: String,
        /// What happened.
        reason: String,
        /// How long the peer asks to wait.
        retry_after: Option<Duration>,
        /// The attempts that were made.
        attempts: Vec<Attempt>,
    },
    /// The peer refuses for good: bad key, unknown model, request too large, bad request.
    #[error("{endpoint}: {reason}")]
    Permanent {
        /// The provider's host.
        endpoint: String,
        /// What happened and what to change.
        reason: String,
    },
    /// The script has no such step.
    #[error("script {script}: {reason}")]
    Script {
        /// The script's name.
        script: String,
        /// What was asked and what there is.
        reason: String,
    },
}

/// Answers questions.
///
/// Laws: one call is one question (the adapter retries transient failures by itself and lists them
/// in `attempts`); a stream that ended without its end marker is a failed call; unknown facts are
/// none, never 0; tool calls are joined by id and never inferred from text.
#[async_trait]
pub trait Model: Send + Sync {
    /// Returns who answers.
    fn identity(&self) -> Identity;

    /// Asks one question.
    async fn ask(&self, request: &Request) -> Result<Answer, Error>;
}
