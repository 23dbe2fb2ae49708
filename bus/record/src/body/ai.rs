//! AI calls and what they concluded.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::digest::{Blob, Context, Digest};
use crate::id::Persona;
use crate::moment::{self, Moment};

/// One AI call: what was asked of which model, what it answered, what it then asked Trail to do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// The call's number within the run, from 1.
    pub call: u32,
    /// Which persona asked.
    pub persona: Persona,
    /// For which action.
    pub action: String,
    /// The model that was asked for.
    pub model_requested: String,
    /// The model that answered, as the peer says; `scripted-...` when a script played it.
    pub model_served: Option<String>,
    /// The provider's host, or `scripted`.
    pub endpoint: String,
    /// Sampling temperature, if one was set.
    pub temperature: Option<f64>,
    /// The digest of all the model saw: a hash chain over system prompt, tools and messages.
    pub context: Digest<Context>,
    /// What this call added to what the calls before it in this action saw.
    pub appended: Value,
    /// The answer's text.
    pub text: String,
    /// Digest of the reasoning the peer returned, if any; its text is kept in the journal only.
    pub reasoning: Option<Digest<Blob>>,
    /// What the answer asked Trail to do, and how that went.
    pub asks: Vec<Ask>,
    /// The raw stop reason; a hint, never trusted.
    pub stop: Option<String>,
    /// The provider's id of the message.
    pub message_id: Option<String>,
    /// The provider's id of the request.
    pub request_id: Option<String>,
    /// Tokens.
    pub usage: Usage,
    /// Cost in millionths of a US dollar by the configured price table; none if the model has no price.
    pub cost_micros: Option<u64>,
    /// When the request was sent.
    #[serde(deserialize_with = "moment::stored")]
    pub at: Moment,
    /// How long the answer took, in milliseconds.
    pub took_ms: u64,
    /// Attempts that failed before this answer came.
    pub attempts: Vec<Attempt>,
}

/// Tokens as the peer counted them; what it did not say is none.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Usage {
    /// Input tokens that no cache served.
    pub input: Option<u64>,
    /// Input tokens read from a cache.
    pub cache_read: Option<u64>,
    /// Input tokens written to a cache.
    pub cache_write: Option<u64>,
    /// Output tokens.
    pub output: Option<u64>,
    /// Output tokens spent on reasoning, where told apart.
    pub reasoning: Option<u64>,
}

/// A request to the model that failed before another succeeded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attempt {
    /// When it was sent.
    #[serde(deserialize_with = "moment::stored")]
    pub at: Moment,
    /// What went wrong.
    pub error: String,
}

/// One thing an agent asked Trail to do, and how that went.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ask {
    /// The model's id of the tool call.
    pub id: String,
    /// The tool.
    pub tool: String,
    /// What it was called with, as the model gave it.
    pub arguments: Value,
    /// What policy and scope said.
    pub verdict: Verdict,
    /// What was touched, for audits.
    pub effects: Vec<Effect>,
    /// What the model was told.
    pub result: String,
    /// Whether the result told of an error.
    pub error: bool,
}

/// What policy said, with the rules that made it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Verdict {
    /// Whether it was allowed.
    pub allowed: bool,
    /// The ids of the rules that decided; empty when no rule permits it.
    pub rules: Vec<String>,
    /// Why, for people and models: what would be accepted instead.
    pub reason: String,
}

/// What an ask touched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "did", deny_unknown_fields)]
pub enum Effect {
    /// Read a file.
    Read {
        /// Path in the repository.
        path: String,
        /// Digest of the bytes read; none if there was no such file.
        digest: Option<Digest<Blob>>,
    },
    /// Listed a folder.
    Listed {
        /// Path in the repository.
        path: String,
        /// How many names were returned.
        names: u64,
    },
    /// Searched files.
    Searched {
        /// The pattern.
        pattern: String,
        /// Where.
        path: String,
        /// The files with hits that were returned.
        files: Vec<String>,
    },
    /// Staged a change to a file.
    Staged {
        /// Path in the repository.
        path: String,
        /// Digest of the new bytes; none for a deletion.
        digest: Option<Digest<Blob>>,
    },
    /// Ran a command in the sandbox.
    Ran {
        /// The command and its arguments.
        command: Vec<String>,
        /// Exit code; none if it was ended.
        exit: Option<i32>,
        /// How it ended if not by itself: `timeout`, `output`, `signal`.
        ended: Option<String>,
        /// Which sandbox held it.
        sandbox: String,
        /// How long it ran, in milliseconds.
        took_ms: u64,
    },
    /// Recorded a conclusion.
    Concluded {
        /// Its name.
        name: String,
    },
}

/// What an agent concluded and recorded by `record_decision`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conclusion {
    /// Its name, unique within the run: `library_choice`.
    pub name: String,
    /// What was concluded.
    pub statement: String,
    /// What was chosen, where a choice was made.
    pub choice: Option<String>,
    /// What else was considered.
    pub alternatives: Vec<String>,
    /// Why.
    pub rationale: String,
    /// The criteria it bears on.
    pub criteria: Vec<String>,
}
