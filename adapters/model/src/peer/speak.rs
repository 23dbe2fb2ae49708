//! Says a turn in each of the wire formats, streamed and whole.

mod anthropic;
mod chat;
mod responses;

use serde_json::{Value, json};
use trail_record::digest::{Blob, Digest};

use super::Manner;
use super::hear::Format;
use super::play::Line;

/// How many characters a piece of streamed text has.
const PIECE: usize = 5;

/// Returns the events of a stream, each as it goes over the wire.
pub(super) fn events(format: Format, line: &Line, manner: Manner) -> Vec<String> {
    match format {
        Format::Anthropic => anthropic::events(line).iter().map(named).collect(),
        Format::OpenaiChat => {
            let chunks = chat::events(line, manner.without_ids);
            let end = (!manner.without_done).then(|| "data: [DONE]\n\n".to_owned());
            chunks
                .iter()
                .map(|chunk| format!("data: {chunk}\n\n"))
                .chain(end)
                .collect()
        }
        Format::OpenaiResponses => responses::events(line).iter().map(named).collect(),
    }
}

/// Returns the answer as one JSON body.
pub(super) fn whole(format: Format, line: &Line, manner: Manner) -> Value {
    match format {
        Format::Anthropic => anthropic::whole(line),
        Format::OpenaiChat => chat::whole(line, manner.without_ids),
        Format::OpenaiResponses => responses::whole(line),
    }
}

/// Returns an error body.
pub(super) fn error(format: Format, kind: &str, message: &str) -> Value {
    match format {
        Format::Anthropic => {
            json!({"type": "error", "error": {"type": kind, "message": message}})
        }
        Format::OpenaiChat | Format::OpenaiResponses => {
            json!({"error": {"message": message, "type": kind, "param": null, "code": null}})
        }
    }
}

/// Returns an error event of a stream.
pub(super) fn error_event(format: Format, kind: &str) -> String {
    let message = "scripted error event";
    match format {
        Format::Anthropic | Format::OpenaiChat => named(&error(format, kind, message)),
        Format::OpenaiResponses => {
            named(&json!({"type": "error", "code": kind, "message": message}))
        }
    }
}

/// Returns the mark on reasoning by which the peer knows it again.
pub(super) fn seal(reasoning: &str) -> String {
    Digest::<Blob>::of(reasoning.as_bytes()).hex()
}

/// Returns an event with its type as its name.
fn named(event: &Value) -> String {
    let name = event["type"].as_str().unwrap_or("message");
    format!("event: {name}\ndata: {event}\n\n")
}

/// Returns the pieces of a streamed text.
fn pieces(text: &str) -> Vec<String> {
    let characters: Vec<char> = text.chars().collect();
    characters
        .chunks(PIECE)
        .map(|piece| piece.iter().collect())
        .collect()
}

/// Returns the arguments of a call as text: a string stands for itself.
fn arguments(arguments: &Value) -> String {
    match arguments {
        Value::String(broken) => broken.clone(),
        other => other.to_string(),
    }
}

/// Returns a usage object of the OpenAI formats, whose input counts include the caches; null if the
/// script tells none.
fn openai_usage(line: &Line, input: &str, output: &str) -> Value {
    let Some(usage) = &line.turn.usage else {
        return Value::Null;
    };
    let mut told = json!({});
    let cached = usage.cache_read.unwrap_or(0) + usage.cache_write.unwrap_or(0);
    if let Some(uncached) = usage.input {
        told[input] = json!(uncached + cached);
    }
    if let Some(count) = usage.output {
        told[output] = json!(count);
    }
    let details = [
        (input, "cached_tokens", usage.cache_read),
        (input, "cache_write_tokens", usage.cache_write),
        (output, "reasoning_tokens", usage.reasoning),
    ];
    for (side, name, count) in details {
        if let Some(count) = count {
            told[format!("{side}_details")][name] = json!(count);
        }
    }
    told
}
