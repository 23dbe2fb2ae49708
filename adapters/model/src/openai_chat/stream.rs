//! Reads answers of Chat Completions.

use serde_json::{Value, json};

use crate::draft::{Arguments, Draft, DraftCall, openai_usage, string};
use crate::fault::Fault;
use crate::remote::{Accumulate, Progress, cut, parse};

/// What servers call the reasoning they show; the official type has no such field.
pub(super) const REASONING_FIELDS: &[&str] = &["reasoning_content", "reasoning"];

/// Collects a streamed completion.
#[derive(Debug, Default)]
pub(crate) struct Accumulator {
    /// Whether `[DONE]` came.
    done: bool,
    /// Whether any chunk of a completion came.
    started: bool,
    text: String,
    refusal: String,
    reasoning: Option<(&'static str, String)>,
    calls: Vec<Pending>,
    stop: Option<String>,
    model: Option<String>,
    message_id: Option<String>,
    usage: Value,
}

/// A tool call that is being collected.
#[derive(Debug)]
struct Pending {
    index: Option<u64>,
    call: DraftCall,
}

impl Accumulate for Accumulator {
    fn event(&mut self, data: &str) -> Result<Progress, Fault> {
        if data.trim() == "[DONE]" {
            self.done = true;
            return Ok(Progress::Done);
        }
        let chunk = parse(data)?;
        if !chunk.is_object() {
            return Err(Fault::malformed("a chunk is no object", data));
        }
        if let Some(error) = chunk.get("error").filter(|error| !error.is_null()) {
            return Err(Fault::told(error));
        }
        self.head(&chunk);
        if let Some(choice) = first_choice(&chunk) {
            self.started = true;
            self.part(choice.get("delta").unwrap_or(&Value::Null));
            if let Some(stop) = string(choice, "finish_reason") {
                self.stop = Some(stop);
            }
        }
        Ok(Progress::More)
    }

    fn finish(self) -> Result<Draft, Fault> {
        // Some servers close the stream properly but without the marker.
        if !self.done && self.stop.is_none() {
            return Err(cut("[DONE] or a finish_reason"));
        }
        if !self.started {
            return Err(Fault::transient("the stream has no choice in it"));
        }
        Ok(self.close())
    }

    fn whole(body: &Value) -> Result<Draft, Fault> {
        let mut whole = Self::default();
        whole.head(body);
        let choice = first_choice(body);
        let message = choice.and_then(|choice| choice.get("message"));
        let message = message
            .ok_or_else(|| Fault::malformed("the completion has no choice", &body.to_string()))?;
        whole.part(message);
        whole.stop = choice.and_then(|choice| string(choice, "finish_reason"));
        Ok(whole.close())
    }
}

impl Accumulator {
    /// Takes in what stands at the top of chunks and completions alike.
    fn head(&mut self, chunk: &Value) {
        self.model = self.model.take().or_else(|| string(chunk, "model"));
        self.message_id = self.message_id.take().or_else(|| string(chunk, "id"));
        if let Some(usage) = chunk.get("usage").filter(|usage| usage.is_object()) {
            self.usage = usage.clone();
        }
    }

    /// Takes in a delta or a whole message: they have the same fields.
    fn part(&mut self, part: &Value) {
        match part.get("content") {
            Some(Value::String(text)) => self.text.push_str(text),
            // Some servers answer in parts, as requests may.
            Some(Value::Array(parts)) => {
                for text in parts.iter().filter_map(|part| part.get("text")?.as_str()) {
                    self.text.push_str(text);
                }
            }
            Some(_) | None => {}
        }
        self.refusal
            .push_str(part.get("refusal").and_then(Value::as_str).unwrap_or(""));
        // Some servers send both fields with the same text, so the first one seen is the one.
        let fields = match &self.reasoning {
            Some((field, _)) => std::slice::from_ref(field),
            None => REASONING_FIELDS,
        };
        let told = fields
            .iter()
            .find_map(|field| Some((*field, string(part, field)?)));
        if let Some((field, piece)) = told {
            self.reasoning
                .get_or_insert((field, String::new()))
                .1
                .push_str(&piece);
        }
        for call in part
            .get("tool_calls")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            self.tool(call);
        }
    }

    /// Takes in a tool call or a piece of one.
    ///
    /// Pieces belong together by index. A server without indexes sends whole calls, or pieces of
    /// which only the first has an id; one that gives every call index 0 tells them apart by id.
    fn tool(&mut self, piece: &Value) {
        let index = piece.get("index").and_then(Value::as_u64);
        let id = string(piece, "id");
        let function = piece.get("function").unwrap_or(&Value::Null);
        let name = string(function, "name");
        let pending = match index {
            Some(_) => self
                .calls
                .iter()
                .rposition(|pending| pending.index == index),
            None if id.is_none() && name.is_none() => self.calls.len().checked_sub(1),
            None => self
                .calls
                .iter()
                .rposition(|pending| id.is_some() && pending.call.id == id),
        };
        let another = |at: &usize| {
            let known = &self.calls[*at].call.id;
            id.is_some() && known.is_some() && *known != id
        };
        let at = pending.filter(|at| !another(at)).unwrap_or_else(|| {
            self.calls.push(Pending {
                index,
                call: DraftCall::default(),
            });
            self.calls.len() - 1
        });
        let call = &mut self.calls[at].call;
        call.id = call.id.take().or(id);
        // Some servers repeat the name in every piece.
        if call.name.is_empty() {
            call.name = name.unwrap_or_default();
        }
        match function.get("arguments") {
            Some(Value::String(piece)) => call.arguments.push(piece),
            Some(Value::Null) | None => {}
            Some(whole) => call.arguments = Arguments::read(whole),
        }
    }

    fn close(self) -> Draft {
        let mut draft = Draft {
            cut: self.stop.as_deref() == Some("length"),
            stop: self.stop,
            model: self.model,
            message_id: self.message_id,
            usage: openai_usage(&self.usage, "prompt_tokens", "completion_tokens"),
            raw_usage: self.usage,
            ..Draft::default()
        };
        if let Some((field, text)) = self.reasoning {
            draft.push_reasoning(json!({ field: text }));
        }
        draft.push_text(&self.text);
        draft.push_text(&self.refusal);
        for pending in self.calls {
            draft.push_call(pending.call);
        }
        draft
    }
}

/// Returns the one choice Trail asks for.
fn first_choice(chunk: &Value) -> Option<&Value> {
    let choices = chunk.get("choices")?.as_array()?;
    choices
        .iter()
        .find(|choice| choice.get("index").is_none_or(|index| *index == 0))
}

#[cfg(test)]
mod tests;
