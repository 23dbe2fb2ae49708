//! An answer as a wire format told it, and how it becomes the port's.

use std::collections::HashSet;

use serde_json::{Map, Value};
use trail_port::model::{Answer, Message, Request, ToolCall};
use trail_record::body::{Attempt, Usage};

use crate::order::{self, Block};

/// An answer as a wire format told it.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Draft {
    pub(crate) text: String,
    pub(crate) reasoning: Vec<Value>,
    pub(crate) calls: Vec<DraftCall>,
    /// How the parts stood.
    pub(crate) blocks: Vec<Block>,
    pub(crate) stop: Option<String>,
    /// Whether the peer says that it stopped in the middle, at a limit.
    pub(crate) cut: bool,
    pub(crate) model: Option<String>,
    pub(crate) message_id: Option<String>,
    pub(crate) usage: Usage,
    pub(crate) raw_usage: Value,
}

/// A tool call as a wire format told it.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct DraftCall {
    pub(crate) id: Option<String>,
    pub(crate) name: String,
    pub(crate) arguments: Arguments,
}

/// The arguments of a tool call: most formats send JSON as text, some send it as it is.
#[derive(Debug, PartialEq)]
pub(crate) enum Arguments {
    Text(String),
    Json(Value),
}

impl Default for Arguments {
    fn default() -> Self {
        Self::Text(String::new())
    }
}

impl Arguments {
    /// Reads arguments that may be text or JSON.
    pub(crate) fn read(value: &Value) -> Self {
        match value {
            Value::Null => Self::default(),
            Value::String(text) => Self::Text(text.clone()),
            Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
                Self::Json(value.clone())
            }
        }
    }

    /// Adds a piece of text.
    pub(crate) fn push(&mut self, piece: &str) {
        match self {
            Self::Text(text) => text.push_str(piece),
            // Text after whole JSON replaces it: the pieces are the real arguments.
            Self::Json(_) => *self = Self::Text(piece.to_owned()),
        }
    }

    /// Returns the JSON object, or the text as a string if it is none.
    fn settle(self, cut: bool) -> Value {
        let text = match self {
            Self::Json(object @ Value::Object(_)) => return object,
            Self::Json(other) => other.to_string(),
            Self::Text(text) => text,
        };
        // Many servers send nothing for a tool without arguments; but an answer that was cut may
        // just not have come to them.
        if text.trim().is_empty() && !cut {
            return Value::Object(Map::new());
        }
        match serde_json::from_str::<Value>(&text) {
            Ok(object @ Value::Object(_)) => object,
            Ok(_) | Err(_) => Value::String(text),
        }
    }
}

impl Draft {
    /// Adds a piece of text as a block of its own, or to the block before if that is text too.
    pub(crate) fn push_text(&mut self, piece: &str) {
        if piece.is_empty() {
            return;
        }
        self.text.push_str(piece);
        match self.blocks.last_mut() {
            Some(Block::Text(bytes)) => *bytes += piece.len(),
            Some(Block::Reasoning | Block::Call) | None => {
                self.blocks.push(Block::Text(piece.len()));
            }
        }
    }

    /// Adds a reasoning item.
    pub(crate) fn push_reasoning(&mut self, item: Value) {
        self.reasoning.push(item);
        self.blocks.push(Block::Reasoning);
    }

    /// Adds a tool call.
    pub(crate) fn push_call(&mut self, call: DraftCall) {
        self.calls.push(call);
        self.blocks.push(Block::Call);
    }

    /// Returns the port's answer to `request`.
    pub(crate) fn settle(
        self,
        request: &Request,
        request_id: Option<String>,
        attempts: Vec<Attempt>,
    ) -> Answer {
        let mut reasoning = self.reasoning;
        reasoning.extend(order::item(&self.blocks));
        Answer {
            text: self.text,
            reasoning,
            calls: settle_calls(self.calls, self.cut, request),
            stop: self.stop,
            model_served: self.model,
            message_id: self.message_id,
            request_id,
            usage: self.usage,
            raw_usage: self.raw_usage,
            attempts,
        }
    }
}

/// Returns the calls with ids that are unique in the whole conversation, for results are joined by
/// them: a missing id is made, one that was used before gets a number.
fn settle_calls(calls: Vec<DraftCall>, cut: bool, request: &Request) -> Vec<ToolCall> {
    let mut used: HashSet<String> = HashSet::new();
    for message in &request.messages {
        if let Message::Assistant { calls, .. } = message {
            used.extend(calls.iter().map(|call| call.id.clone()));
        }
    }
    // Ids that the peer gave keep their names; made ones step aside.
    let given: HashSet<String> = calls.iter().filter_map(|call| call.id.clone()).collect();
    calls
        .into_iter()
        .map(|call| {
            let id = match call.id.filter(|id| !id.is_empty()) {
                Some(id) if !used.contains(&id) => id,
                Some(id) => unused(&used, &given, |n| format!("{id}_{n}"), 2),
                None => unused(&used, &given, |n| format!("call_{n}"), used.len() + 1),
            };
            used.insert(id.clone());
            ToolCall {
                id,
                name: call.name,
                arguments: call.arguments.settle(cut),
            }
        })
        .collect()
}

/// Returns the first of the ids that `make` gives from `first` on which nobody has.
fn unused(
    used: &HashSet<String>,
    given: &HashSet<String>,
    make: impl Fn(usize) -> String,
    first: usize,
) -> String {
    (first..)
        .map(make)
        .find(|id| !used.contains(id) && !given.contains(id))
        .expect("there are more numbers than ids")
}

/// Returns the count at `path` of a usage object; none if the peer did not give it.
pub(crate) fn count(usage: &Value, path: &[&str]) -> Option<u64> {
    path.iter()
        .try_fold(usage, |value, key| value.get(key))?
        .as_u64()
}

/// Returns the usage of the OpenAI formats, whose input counts include what caches served and took;
/// `input` and `output` name the two totals.
pub(crate) fn openai_usage(raw: &Value, input: &str, output: &str) -> Usage {
    let input_details = format!("{input}_details");
    let cache_read = count(raw, &[&input_details, "cached_tokens"]);
    let cache_write = count(raw, &[&input_details, "cache_write_tokens"]);
    let cached = cache_read
        .unwrap_or(0)
        .saturating_add(cache_write.unwrap_or(0));
    Usage {
        // A sum that is smaller than its parts tells nothing.
        input: count(raw, &[input]).and_then(|all| all.checked_sub(cached)),
        cache_read,
        cache_write,
        output: count(raw, &[output]),
        reasoning: count(raw, &[&format!("{output}_details"), "reasoning_tokens"]),
    }
}

/// Returns the string at `key`, if there is one and it is not empty.
pub(crate) fn string(value: &Value, key: &str) -> Option<String> {
    value
        .get(key)?
        .as_str()
        .filter(|text| !text.is_empty())
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use trail_port::model::Purpose;
    use trail_record::Persona;

    use super::*;

    fn request(used: &[&str]) -> Request {
        let calls = used.iter().map(|id| ToolCall {
            id: (*id).to_owned(),
            name: "read".to_owned(),
            arguments: json!({}),
        });
        Request {
            purpose: Purpose {
                item: "PROJ-1".to_owned(),
                persona: Persona::Coder,
                action: "implement".to_owned(),
                round: 1,
            },
            system: String::new(),
            tools: vec![],
            messages: vec![Message::Assistant {
                text: String::new(),
                reasoning: vec![],
                calls: calls.collect(),
            }],
        }
    }

    fn ids(given: &[Option<&str>], used: &[&str]) -> Vec<String> {
        let calls = given
            .iter()
            .map(|id| DraftCall {
                id: id.map(str::to_owned),
                ..DraftCall::default()
            })
            .collect();
        settle_calls(calls, false, &request(used))
            .into_iter()
            .map(|call| call.id)
            .collect()
    }

    #[test]
    fn missing_ids_are_made_and_stay_clear_of_given_ones() {
        assert_eq!(
            ids(&[None, Some(""), None], &[]),
            ["call_1", "call_2", "call_3"]
        );
        assert_eq!(ids(&[None, Some("call_1")], &[]), ["call_2", "call_1"]);
        assert_eq!(ids(&[None], &["call_1"]), ["call_2"]);
    }

    #[test]
    fn an_id_is_unique_in_the_whole_conversation() {
        assert_eq!(
            ids(&[Some("a"), Some("a"), Some("a")], &[]),
            ["a", "a_2", "a_3"]
        );
        assert_eq!(ids(&[Some("a"), Some("a_2")], &["a"]), ["a_3", "a_2"]);
    }

    #[test]
    fn arguments_that_are_no_object_stay_text() {
        let settle = |text: &str, cut| Arguments::Text(text.to_owned()).settle(cut);
        assert_eq!(settle(r#"{"path":"a"}"#, false), json!({"path": "a"}));
        assert_eq!(settle(r#"{"path":"#, false), json!(r#"{"path":"#));
        assert_eq!(settle("[1]", false), json!("[1]"));
        assert_eq!(settle("", false), json!({}));
        assert_eq!(
            settle("", true),
            json!(""),
            "a cut answer may not have come to them"
        );
        assert_eq!(Arguments::read(&json!([1])).settle(false), json!("[1]"));
        assert_eq!(
            Arguments::read(&json!({"a": 1})).settle(false),
            json!({"a": 1})
        );
        assert_eq!(Arguments::read(&Value::Null).settle(false), json!({}));
    }

    #[test]
    fn openai_input_is_told_without_what_caches_served() {
        let raw = json!({"prompt_tokens": 100, "completion_tokens": 7,
            "prompt_tokens_details": {"cached_tokens": 60}});
        assert_eq!(
            openai_usage(&raw, "prompt_tokens", "completion_tokens"),
            Usage {
                input: Some(40),
                cache_read: Some(60),
                output: Some(7),
                ..Usage::default()
            }
        );
        let contradictory =
            json!({"prompt_tokens": 10, "prompt_tokens_details": {"cached_tokens": 60}});
        assert_eq!(
            openai_usage(&contradictory, "prompt_tokens", "completion_tokens").input,
            None
        );
        assert_eq!(
            openai_usage(&Value::Null, "input_tokens", "output_tokens"),
            Usage::default()
        );
        let strange = json!({"input_tokens": -3, "output_tokens": "9"});
        assert_eq!(
            openai_usage(&strange, "input_tokens", "output_tokens"),
            Usage::default()
        );
    }
}
