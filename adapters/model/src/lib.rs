//! Model adapters: the port [`trail_port::Model`] over three wire formats and over scripts.
//!
//! [`Settings::build`] is the way in; it returns one of
//!
//! | kind | speaks | module |
//! |---|---|---|
//! | `anthropic` | Anthropic Messages | `anthropic` |
//! | `openai-chat` | OpenAI Chat Completions (also Ollama `/v1`, vLLM, LiteLLM) | `openai_chat` |
//! | `openai-responses` | OpenAI Responses | `openai_responses` |
//! | `scripted` | nothing: it plays a session from a file | [`scripted`] |
//!
//! A wire format is two pure parts: a function from a [`Request`](trail_port::model::Request) to a
//! body, and an accumulator that turns the events of the stream into a `Draft`. What all formats
//! share stands once: HTTP in `http`, limits on hostile peers in `body`, retries in `retry`, ids and
//! arguments of tool calls in `draft`.

mod anthropic;
mod body;
mod conversation;
mod draft;
mod fault;
mod http;
mod openai_chat;
mod openai_responses;
mod order;
#[cfg(feature = "peer")]
pub mod peer;
pub mod price;
mod remote;
mod retry;
pub mod scripted;
mod settings;

pub use scripted::Scripted;
pub use settings::{Error as SettingsError, Kind, RetryLimits, Settings, Timeouts};
