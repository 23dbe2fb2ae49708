//! Reads answers of the Messages API.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use trail_record::body::Usage;

use crate::draft::{Arguments, Draft, DraftCall, count, string};
use crate::fault::Fault;
use crate::remote::{Accumulate, Progress, cut, parse};

/// Collects a streamed message.
#[derive(Debug, Default)]
pub(crate) struct Accumulator {
    started: bool,
    done: bool,
    draft: Draft,
    /// Blocks by index; a map, for a hostile index must not size anything.
    blocks: BTreeMap<u64, Block>,
    usage: Map<String, Value>,
    /// Whether a `message_delta` told the output; what `message_start` says is a first guess.
    output_told: bool,
}

/// A content block that is being collected.
#[derive(Debug)]
enum Block {
    Text(String),
    Thinking(Map<String, Value>),
    Tool(DraftCall),
    /// A kind that Trail never asks for.
    Other,
}

impl Accumulate for Accumulator {
    fn event(&mut self, data: &str) -> Result<Progress, Fault> {
        let event = parse(data)?;
        match event.get("type").and_then(Value::as_str) {
            Some("message_start") => {
                let message = event.get("message").unwrap_or(&Value::Null);
                self.started = true;
                self.draft.model = string(message, "model");
                self.draft.message_id = string(message, "id");
                self.overlay(message.get("usage"));
            }
            Some("content_block_start") => {
                let block = event.get("content_block").and_then(Value::as_object);
                let block = block.ok_or_else(|| malformed("a block without content", data))?;
                self.blocks
                    .insert(index(&event, data)?, Block::start(block.clone()));
            }
            Some("content_block_delta") => {
                let block = self.blocks.get_mut(&index(&event, data)?);
                let block = block.ok_or_else(|| malformed("a piece of an unknown block", data))?;
                block.add(event.get("delta").unwrap_or(&Value::Null));
            }
            Some("message_delta") => {
                let delta = event.get("delta").unwrap_or(&Value::Null);
                if let Some(stop) = string(delta, "stop_reason") {
                    self.draft.stop = Some(stop);
                }
                let usage = event.get("usage");
                self.output_told |= usage.is_some_and(|u| count(u, &["output_tokens"]).is_some());
                self.overlay(usage);
            }
            Some("message_stop") => {
                self.done = true;
                return Ok(Progress::Done);
            }
            Some("error") => return Err(Fault::told(event.get("error").unwrap_or(&event))),
            // `ping`, `content_block_stop` and what the API may add.
            Some(_) => {}
            None => return Err(malformed("an event without type", data)),
        }
        Ok(Progress::More)
    }

    fn finish(mut self) -> Result<Draft, Fault> {
        if !self.done {
            return Err(cut("message_stop"));
        }
        if !self.started {
            return Err(Fault::transient("the stream has no message_start"));
        }
        for block in self.blocks.into_values() {
            block.put(&mut self.draft);
        }
        let raw = if self.usage.is_empty() {
            Value::Null
        } else {
            Value::Object(self.usage)
        };
        Ok(closed(self.draft, raw, self.output_told))
    }

    fn whole(body: &Value) -> Result<Draft, Fault> {
        let content = body.get("content").and_then(Value::as_array);
        let content = content.ok_or_else(|| malformed("no message", &body.to_string()))?;
        let mut draft = Draft {
            stop: string(body, "stop_reason"),
            model: string(body, "model"),
            message_id: string(body, "id"),
            ..Draft::default()
        };
        for block in content.iter().filter_map(Value::as_object) {
            Block::start(block.clone()).put(&mut draft);
        }
        Ok(closed(
            draft,
            body.get("usage").cloned().unwrap_or_default(),
            true,
        ))
    }
}

impl Accumulator {
    /// Lays a usage object over what was told before: later counts are cumulative.
    fn overlay(&mut self, usage: Option<&Value>) {
        for (key, value) in usage.and_then(Value::as_object).into_iter().flatten() {
            if !value.is_null() {
                self.usage.insert(key.clone(), value.clone());
            }
        }
    }
}

impl Block {
    /// Begins a block from its first or only mention.
    fn start(block: Map<String, Value>) -> Self {
        let text = |key| {
            block
                .get(key)
                .and_then(Value::as_str)
                .unwrap_or("")
                .to_owned()
        };
        match block.get("type").and_then(Value::as_str) {
            Some("text") => Self::Text(text("text")),
            Some("thinking" | "redacted_thinking") => Self::Thinking(block),
            Some("tool_use") => Self::Tool(DraftCall {
                id: Some(text("id")),
                name: text("name"),
                arguments: match block.get("input") {
                    // A stream begins with an empty object and brings the real one in pieces.
                    Some(Value::Object(input)) if input.is_empty() => Arguments::default(),
                    Some(input) => Arguments::read(input),
                    None => Arguments::default(),
                },
            }),
            Some(_) | None => Self::Other,
        }
    }

    /// Adds a piece; pieces that do not belong to this kind of block are ignored.
    fn add(&mut self, delta: &Value) {
        let piece = |key| delta.get(key).and_then(Value::as_str).unwrap_or("");
        match self {
            Self::Text(text) => text.push_str(piece("text")),
            Self::Thinking(block) => {
                for key in ["thinking", "signature"] {
                    if let Some(piece) = delta.get(key).and_then(Value::as_str) {
                        append(block, key, piece);
                    }
                }
            }
            Self::Tool(call) => {
                let piece = piece("partial_json");
                if !piece.is_empty() {
                    call.arguments.push(piece);
                }
            }
            Self::Other => {}
        }
    }

    /// Puts the finished block into the draft.
    fn put(self, draft: &mut Draft) {
        match self {
            Self::Text(text) => draft.push_text(&text),
            Self::Thinking(block) => draft.push_reasoning(Value::Object(block)),
            Self::Tool(call) => draft.push_call(call),
            Self::Other => {}
        }
    }
}

/// Appends `piece` to the string at `key`.
fn append(block: &mut Map<String, Value>, key: &str, piece: &str) {
    match block.get_mut(key) {
        Some(Value::String(text)) => text.push_str(piece),
        Some(_) | None => {
            block.insert(key.to_owned(), Value::String(piece.to_owned()));
        }
    }
}

/// Returns the draft with its usage and whether it was cut.
fn closed(mut draft: Draft, raw: Value, output_told: bool) -> Draft {
    let written = |key| count(&raw, &["cache_creation", key]);
    draft.usage = Usage {
        input: count(&raw, &["input_tokens"]),
        cache_read: count(&raw, &["cache_read_input_tokens"]),
        cache_write: count(&raw, &["cache_creation_input_tokens"]).or_else(|| {
            match (
                written("ephemeral_5m_input_tokens"),
                written("ephemeral_1h_input_tokens"),
            ) {
                (None, None) => None,
                (short, long) => short.unwrap_or(0).checked_add(long.unwrap_or(0)),
            }
        }),
        output: output_told
            .then(|| count(&raw, &["output_tokens"]))
            .flatten(),
        reasoning: count(&raw, &["output_tokens_details", "thinking_tokens"])
            .or_else(|| count(&raw, &["output_tokens_details", "reasoning_tokens"])),
    };
    draft.cut = matches!(
        draft.stop.as_deref(),
        Some("max_tokens" | "model_context_window_exceeded")
    );
    draft.raw_usage = raw;
    draft
}

fn index(event: &Value, data: &str) -> Result<u64, Fault> {
    count(event, &["index"]).ok_or_else(|| malformed("a block without index", data))
}

fn malformed(what: &str, data: &str) -> Fault {
    Fault::malformed(&format!("the message is malformed, {what}"), data)
}

#[cfg(test)]
mod tests;
