//! The digest of all that a model saw, as a hash chain over what each call added.
//!
//! `context(n) = sha256(canonical({"appended": appended(n), "prev": context(n-1) or null}))`.
//! The first call adds the system prompt, the tools and the first message. A later call adds what
//! stands between: an answer is named by the digest of what its decision record says in full, a
//! tool result by the digest of what the model was told, and what Trail itself said stands there.

use serde::Serialize;
use serde_json::{Value, json};
use trail_port::model::{Answer, Message, ToolResult, ToolSpec};
use trail_record::digest::Context;
use trail_record::{Blob, Digest, canonical};

/// How deep arguments may nest and still be stored as they are.
const DEPTH: usize = 32;

/// What the calls so far saw, and what was added since.
#[derive(Debug, Clone)]
pub(crate) struct Chain {
    prev: Option<Digest<Context>>,
    appended: Appended,
}

#[derive(Debug, Clone, Serialize)]
struct Appended {
    #[serde(skip_serializing_if = "Option::is_none")]
    system: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tools: Option<Vec<ToolSpec>>,
    messages: Vec<Value>,
}

impl Chain {
    /// Begins a chain with what the first call sees.
    pub(crate) fn begin(system: &str, tools: &[ToolSpec], first: &str) -> Self {
        let appended = Appended {
            system: Some(system.to_owned()),
            tools: Some(tools.to_vec()),
            messages: vec![said(first)],
        };
        Self {
            prev: None,
            appended,
        }
    }

    /// Notes that a call was answered, with this digest of its reasoning: what is added from now on
    /// is of the next call.
    pub(crate) fn answered(&mut self, answer: &Answer, reasoning: Option<Digest<Blob>>) {
        self.prev = Some(self.digest());
        let digest = digest_with(answer, reasoning);
        let messages = vec![json!({ "role": "assistant", "answer": digest })];
        self.appended = Appended {
            system: None,
            tools: None,
            messages,
        };
    }

    /// Adds what Trail says.
    pub(crate) fn said(&mut self, text: &str) {
        self.appended.messages.push(said(text));
    }

    /// Adds what came of tool calls.
    pub(crate) fn results(&mut self, results: &[ToolResult]) {
        let results: Vec<Value> = results
            .iter()
            .map(|result| {
                let ToolResult {
                    id,
                    content,
                    is_error,
                } = result;
                let content = Digest::<Blob>::of(content.as_bytes());
                json!({ "id": id, "content": content, "is_error": is_error })
            })
            .collect();
        self.appended
            .messages
            .push(json!({ "role": "tool", "results": results }));
    }

    /// Returns what was added since the last call.
    pub(crate) fn appended(&self) -> Value {
        serde_json::to_value(&self.appended).expect("texts and schemas are JSON")
    }

    /// Returns the digest of all that the next call sees.
    pub(crate) fn digest(&self) -> Digest<Context> {
        let bytes = canonical::to_bytes(&json!({ "prev": self.prev, "appended": self.appended() }));
        Digest::of(&bytes.expect("texts, digests and schemas have a canonical form"))
    }
}

fn said(text: &str) -> Value {
    serde_json::to_value(Message::User {
        text: text.to_owned(),
    })
    .expect("a text is JSON")
}

/// Returns the digest of an answer: of `{calls, reasoning, text}` in canonical form, where `calls`
/// lists id, name and [`storable`] arguments, and `reasoning` is [`reasoning_digest`].
#[must_use]
pub fn answer_digest(answer: &Answer) -> Digest<Blob> {
    digest_with(answer, reasoning_digest(&answer.reasoning))
}

fn digest_with(answer: &Answer, reasoning: Option<Digest<Blob>>) -> Digest<Blob> {
    let calls: Vec<Value> = answer
        .calls
        .iter()
        .map(|call| {
            let arguments = storable(&call.arguments);
            json!({ "id": call.id, "name": call.name, "arguments": arguments })
        })
        .collect();
    let bytes = canonical::to_bytes(
        &json!({ "text": answer.text, "calls": calls, "reasoning": reasoning }),
    );
    Digest::of(&bytes.expect("storable values have a canonical form"))
}

/// Returns the digest of the opaque reasoning a peer returned, if it returned any.
#[must_use]
pub fn reasoning_digest(reasoning: &[Value]) -> Option<Digest<Blob>> {
    if reasoning.is_empty() {
        return None;
    }
    let storable: Vec<Value> = reasoning.iter().map(storable).collect();
    let bytes = canonical::to_bytes(&storable);
    Some(Digest::of(
        &bytes.expect("storable values have a canonical form"),
    ))
}

/// Returns a model's value as it can be sealed.
///
/// Models may write what has no canonical form: an integer beyond 2^53 becomes a string of its
/// digits, and what nests too deep becomes a string of its JSON.
#[must_use]
pub fn storable(value: &Value) -> Value {
    storable_at(value, 0)
}

fn storable_at(value: &Value, depth: usize) -> Value {
    match value {
        Value::Number(number) => match number.as_f64() {
            Some(float) if float.abs() < canonical::MAX_SAFE_INTEGER as f64 => value.clone(),
            _ => Value::String(number.to_string()),
        },
        Value::Array(_) | Value::Object(_) if depth == DEPTH => Value::String(value.to_string()),
        Value::Array(items) => items
            .iter()
            .map(|item| storable_at(item, depth + 1))
            .collect::<Vec<_>>()
            .into(),
        Value::Object(fields) => fields
            .iter()
            .map(|(key, value)| (key.clone(), storable_at(value, depth + 1)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
        Value::Null | Value::Bool(_) | Value::String(_) => value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_canonical_form_is_made_storable() {
        let mut deep = json!(1);
        for _ in 0..100 {
            deep = json!([deep]);
        }
        let hostile = json!({
            "a": u64::MAX, "b": i64::MIN, "c": 1.5, "d": 1e300, "e": deep, "f": 9_007_199_254_740_990_u64,
        });
        let stored = storable(&hostile);
        assert_eq!(stored["a"], "18446744073709551615");
        assert_eq!(stored["c"], 1.5);
        assert_eq!(stored["f"], 9_007_199_254_740_990_u64);
        let bytes = canonical::to_bytes(&stored).unwrap();
        assert_eq!(canonical::from_bytes::<Value>(&bytes).unwrap(), stored);
        assert_eq!(storable(&stored), stored);
    }
}
