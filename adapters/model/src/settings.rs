//! Settings of one model, and how they become a [`Model`].

mod address;
mod build;

use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;
use serde::Deserialize;
use serde_json::{Map, Value};
use trail_port::model::Price;

use crate::scripted;

/// Which wire format a model speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Anthropic Messages.
    Anthropic,
    /// OpenAI Chat Completions; also Ollama `/v1`, vLLM, LiteLLM.
    OpenaiChat,
    /// OpenAI Responses.
    OpenaiResponses,
    /// A script from a file.
    Scripted,
}

/// The settings of one model.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The wire format.
    pub kind: Kind,
    /// Where the API is; the provider's own address if not given. `/v1` is added where it is a bare
    /// host.
    #[serde(default)]
    pub base_url: Option<String>,
    /// The model's name; a scripted model takes its name from the script.
    #[serde(default)]
    pub model: Option<String>,
    /// The script, for a scripted model.
    #[serde(default)]
    pub script: Option<PathBuf>,
    /// The key. It is never read from the same place as the other settings: the caller sets it.
    #[serde(skip)]
    pub api_key: Option<SecretString>,
    /// Sampling temperature; the provider's default if not given.
    #[serde(default)]
    pub temperature: Option<f64>,
    /// The most tokens of one answer; the provider's default if not given (8192 for Anthropic, whose
    /// API wants a number).
    #[serde(default)]
    pub max_output_tokens: Option<u32>,
    /// Further fields of every request body, such as `thinking` or `reasoning`.
    #[serde(default)]
    pub extra_body: Map<String, Value>,
    /// How long things may take.
    #[serde(default)]
    pub timeouts: Timeouts,
    /// How often failed calls are tried again.
    #[serde(default)]
    pub retry: RetryLimits,
    /// What it costs; see [`price::Table::lookup`](crate::price::Table::lookup).
    #[serde(default)]
    pub price: Option<Price>,
}

/// How long things may take, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Timeouts {
    /// To connect; default 15 s.
    pub connect_ms: u64,
    /// Until the answer begins; default 300 s, for a local server may load its model first.
    pub response_ms: u64,
    /// The longest silence in the middle of an answer; default 120 s.
    pub idle_ms: u64,
    /// The whole of one attempt; default 1800 s.
    pub overall_ms: u64,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect_ms: 15_000,
            response_ms: 300_000,
            idle_ms: 120_000,
            overall_ms: 1_800_000,
        }
    }
}

/// How often and after how long failed calls are tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RetryLimits {
    /// How many attempts are made in all; default 5.
    pub max_attempts: u32,
    /// The longest first wait in milliseconds, doubled from attempt to attempt; default 500.
    pub base_ms: u64,
    /// The longest wait in milliseconds that Trail chooses by itself; default 60 s.
    pub cap_ms: u64,
    /// The longest wait in milliseconds that a peer may ask for; default 120 s. If it asks for
    /// longer, the call fails at once and the error says how long.
    pub retry_after_cap_ms: u64,
}

impl Default for RetryLimits {
    fn default() -> Self {
        Self {
            max_attempts: 5,
            base_ms: 500,
            cap_ms: 60_000,
            retry_after_cap_ms: 120_000,
        }
    }
}

/// Why settings make no model.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A setting is missing.
    #[error("`{field}` is not set: {hint}")]
    Missing {
        /// The setting.
        field: &'static str,
        /// What to write.
        hint: &'static str,
    },
    /// A setting has a value that cannot be used.
    #[error("`{field}`: {reason}")]
    Bad {
        /// The setting.
        field: &'static str,
        /// What is wrong and what to write.
        reason: String,
    },
    /// The script cannot be used.
    #[error(transparent)]
    Script(#[from] scripted::LoadError),
    /// The HTTP client cannot be made.
    #[error("cannot make an HTTP client: {0}")]
    Client(String),
}

impl Settings {
    /// Returns settings of this kind with everything else at its default.
    #[must_use]
    pub fn new(kind: Kind) -> Self {
        Self {
            kind,
            base_url: None,
            model: None,
            script: None,
            api_key: None,
            temperature: None,
            max_output_tokens: None,
            extra_body: Map::new(),
            timeouts: Timeouts::default(),
            retry: RetryLimits::default(),
            price: None,
        }
    }
}

/// Returns milliseconds as a duration.
const fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}
