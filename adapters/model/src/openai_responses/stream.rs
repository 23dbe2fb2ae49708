//! Reads answers of the Responses API.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::draft::{Arguments, Draft, DraftCall, count, openai_usage, string};
use crate::fault::Fault;
use crate::remote::{Accumulate, Progress, cut, parse};

/// Collects a streamed response.
///
/// The finished items come twice, one by one and all together at the end; some servers leave one of
/// the two out. The pieces before an item is finished are of no interest.
#[derive(Debug, Default)]
pub(crate) struct Accumulator {
    /// Finished items by index; a map, for a hostile index must not size anything.
    items: BTreeMap<u64, Value>,
    /// Whether pieces of text or arguments came.
    pieces: bool,
    /// The response as the end marker told it.
    response: Option<Value>,
}

impl Accumulate for Accumulator {
    fn event(&mut self, data: &str) -> Result<Progress, Fault> {
        // Some servers end like Chat Completions does; it says nothing here.
        if data.trim() == "[DONE]" {
            return Ok(Progress::Done);
        }
        let mut event = parse(data)?;
        match event.get("type").and_then(Value::as_str) {
            Some("response.output_item.done") => {
                let index = count(&event, &["output_index"]);
                let index = index.unwrap_or(self.items.len() as u64);
                let item = event.get_mut("item").map(Value::take);
                let item = item.filter(Value::is_object);
                let item = item.ok_or_else(|| Fault::malformed("an item is missing", data))?;
                self.items.insert(index, item);
            }
            Some("response.output_text.delta" | "response.function_call_arguments.delta") => {
                self.pieces = true;
            }
            Some("response.completed" | "response.incomplete" | "response.failed") => {
                let response = event.get_mut("response").map(Value::take);
                let response = response.filter(Value::is_object);
                let response =
                    response.ok_or_else(|| Fault::malformed("the response is missing", data))?;
                check(&response)?;
                self.response = Some(response);
                return Ok(Progress::Done);
            }
            Some("error") => {
                return Err(Fault::told(match event.get("error") {
                    Some(error @ Value::Object(_)) => error,
                    Some(_) | None => &event,
                }));
            }
            Some(_) => {}
            None => match event.get("error").filter(|error| !error.is_null()) {
                Some(error) => return Err(Fault::told(error)),
                None => return Err(Fault::malformed("an event has no type", data)),
            },
        }
        Ok(Progress::More)
    }

    fn finish(self) -> Result<Draft, Fault> {
        let Some(response) = self.response else {
            return Err(cut("response.completed"));
        };
        let told = response.get("output").and_then(Value::as_array);
        let items: Vec<&Value> = match told {
            Some(items) if !items.is_empty() => items.iter().collect(),
            Some(_) | None => self.items.values().collect(),
        };
        if items.is_empty() && self.pieces {
            return Err(Fault::transient(
                "the stream has pieces of items but no finished item",
            ));
        }
        Ok(draft(&response, items))
    }

    fn whole(body: &Value) -> Result<Draft, Fault> {
        let output = body.get("output").and_then(Value::as_array);
        let output = output
            .ok_or_else(|| Fault::malformed("the response has no output", &body.to_string()))?;
        check(body)?;
        Ok(draft(body, output.iter().collect()))
    }
}

/// Returns a fault unless the response is one that can be used.
fn check(response: &Value) -> Result<(), Fault> {
    match response.get("status").and_then(Value::as_str) {
        Some("completed" | "incomplete") | None => {}
        Some("failed") => {
            let error = response.get("error").unwrap_or(&Value::Null);
            return Err(Fault::told(error));
        }
        Some(other) => {
            return Err(Fault::transient(format!(
                "the response ended with status {other:?}"
            )));
        }
    }
    match response.get("error").filter(|error| !error.is_null()) {
        Some(error) => Err(Fault::told(error)),
        None => Ok(()),
    }
}

/// Returns the draft of a usable response with these items.
fn draft(response: &Value, items: Vec<&Value>) -> Draft {
    let usage = response
        .get("usage")
        .filter(|usage| usage.is_object())
        .cloned();
    let usage = usage.unwrap_or_default();
    let status = string(response, "status");
    let why = response
        .get("incomplete_details")
        .and_then(|why| string(why, "reason"));
    let mut draft = Draft {
        cut: status.as_deref() == Some("incomplete"),
        // A response with calls is `completed` too; of an incomplete one the reason says more.
        stop: why.or(status),
        model: string(response, "model"),
        message_id: string(response, "id"),
        usage: openai_usage(&usage, "input_tokens", "output_tokens"),
        raw_usage: usage,
        ..Draft::default()
    };
    for item in items {
        match item.get("type").and_then(Value::as_str) {
            Some("message") => {
                let content = item.get("content").and_then(Value::as_array);
                for part in content.into_iter().flatten() {
                    let text = part.get("text").or_else(|| part.get("refusal"));
                    draft.push_text(text.and_then(Value::as_str).unwrap_or(""));
                }
            }
            Some("function_call") => draft.push_call(DraftCall {
                id: string(item, "call_id").or_else(|| string(item, "id")),
                name: string(item, "name").unwrap_or_default(),
                arguments: item
                    .get("arguments")
                    .map(Arguments::read)
                    .unwrap_or_default(),
            }),
            Some("reasoning") => draft.push_reasoning(item.clone()),
            // Items of tools that Trail never asks for.
            Some(_) | None => {}
        }
    }
    draft
}

#[cfg(test)]
mod tests;
