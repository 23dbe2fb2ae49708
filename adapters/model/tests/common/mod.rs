//! What the tests over HTTP share: settings of each format and a conversation.

#![allow(dead_code, reason = "each test binary uses its own part of it")]

use std::sync::Arc;

use serde_json::{Value, json};
use trail_model::{Kind, RetryLimits, Settings, Timeouts};
use trail_port::Model;
use trail_port::model::{Answer, Message, Purpose, Request, ToolResult, ToolSpec};
use trail_record::Persona;

/// The key that must never be shown.
pub(crate) const KEY: &str = "sk-very-secret-key";

/// All formats that go over HTTP.
pub(crate) const FORMATS: [Kind; 3] = [Kind::Anthropic, Kind::OpenaiChat, Kind::OpenaiResponses];

/// Returns settings with short waits between attempts; the timeouts are long, for the machine that
/// runs the tests may be busy.
pub(crate) fn settings(kind: Kind, url: &str) -> Settings {
    Settings {
        base_url: Some(url.to_owned()),
        model: Some("claude-or-gpt".to_owned()),
        api_key: Some(KEY.into()),
        timeouts: Timeouts {
            idle_ms: 10_000,
            response_ms: 10_000,
            ..Timeouts::default()
        },
        retry: RetryLimits {
            base_ms: 5,
            cap_ms: 20,
            ..RetryLimits::default()
        },
        ..Settings::new(kind)
    }
}

/// Returns the model of such settings.
pub(crate) fn model(kind: Kind, url: &str) -> Arc<dyn Model> {
    settings(kind, url).build().unwrap()
}

/// Returns a request with some tools that begins with `text`.
pub(crate) fn request(text: &str) -> Request {
    let tool = |name: &str, argument: &str| ToolSpec {
        name: name.to_owned(),
        description: format!("Does {name}."),
        parameters: json!({
            "type": "object",
            "properties": {argument: {"type": "string"}},
            "required": [argument],
        }),
    };
    Request {
        purpose: Purpose {
            item: "PROJ-1".to_owned(),
            persona: Persona::Coder,
            action: "implement".to_owned(),
            round: 1,
        },
        system: "You write code.".to_owned(),
        tools: vec![
            tool("read_file", "path"),
            tool("write_file", "path"),
            tool("run_command", "command"),
            tool("record_decision", "choice"),
        ],
        messages: vec![Message::User {
            text: text.to_owned(),
        }],
    }
}

/// Adds an answer to the conversation, and for each of its calls the result that `result` gives.
pub(crate) fn go_on(
    request: &mut Request,
    answer: &Answer,
    result: impl Fn(&str, &Value) -> String,
) {
    request.messages.push(Message::Assistant {
        text: answer.text.clone(),
        reasoning: answer.reasoning.clone(),
        calls: answer.calls.clone(),
    });
    if !answer.calls.is_empty() {
        let results = answer.calls.iter().map(|call| ToolResult {
            id: call.id.clone(),
            content: result(&call.name, &call.arguments),
            is_error: false,
        });
        request.messages.push(Message::Tool {
            results: results.collect(),
        });
    }
}
