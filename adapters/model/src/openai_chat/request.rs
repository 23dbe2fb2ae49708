//! Writes a request in the shape of Chat Completions.

use serde_json::{Map, Value, json};
use trail_port::model::{Request, ToolCall};

use super::stream::{Accumulator, REASONING_FIELDS};
use crate::conversation::{Turn, sent_arguments, sent_name, turns};
use crate::fault::Fault;
use crate::order::Part;
use crate::remote::{Options, Wire};

/// The OpenAI Chat Completions API.
pub(crate) struct Chat {
    /// What the field for the output limit is called: OpenAI itself refuses the old name for its
    /// newer models, most other servers know only the old one.
    pub(crate) limit_field: &'static str,
}

impl Wire for Chat {
    type Accumulator = Accumulator;

    fn body(&self, request: &Request, options: &Options) -> Result<Map<String, Value>, Fault> {
        let mut body = Map::new();
        body.insert("model".to_owned(), json!(options.model));
        body.insert("stream".to_owned(), json!(true));
        body.insert("stream_options".to_owned(), json!({"include_usage": true}));
        if let Some(most) = options.max_output_tokens {
            body.insert(self.limit_field.to_owned(), json!(most));
        }
        if let Some(temperature) = options.temperature {
            body.insert("temperature".to_owned(), json!(temperature));
        }
        if !request.tools.is_empty() {
            let tools = request.tools.iter().map(|tool| {
                json!({
                    "type": "function",
                    "function": {
                        "name": tool.name,
                        "description": tool.description,
                        "parameters": tool.parameters,
                    },
                })
            });
            body.insert("tools".to_owned(), tools.collect());
        }
        let mut messages = Vec::new();
        if !request.system.trim().is_empty() {
            messages.push(json!({"role": "system", "content": request.system}));
        }
        for turn in turns(request)? {
            match turn {
                Turn::User(text) => messages.push(json!({"role": "user", "content": text})),
                Turn::Assistant(parts) => messages.push(assistant(&parts)),
                Turn::Results(results) => messages.extend(results.iter().map(|result| {
                    json!({"role": "tool", "tool_call_id": result.id, "content": result.content})
                })),
            }
        }
        body.insert("messages".to_owned(), Value::Array(messages));
        Ok(body)
    }
}

/// Returns an assistant message; the format has one text and no order.
fn assistant(parts: &[Part<'_>]) -> Value {
    let (mut text, mut calls) = (String::new(), Vec::new());
    let mut message = json!({"role": "assistant"});
    for part in parts {
        match part {
            Part::Text(piece) => text.push_str(piece),
            Part::Call(call) => calls.push(tool_call(call)),
            // Sent back under the name it came by; other providers' reasoning has neither field.
            Part::Reasoning(item) => {
                for field in REASONING_FIELDS {
                    if let Some(reasoning) = item.get(*field) {
                        message[*field] = reasoning.clone();
                    }
                }
            }
        }
    }
    message["content"] = if text.is_empty() {
        Value::Null
    } else {
        Value::String(text)
    };
    if !calls.is_empty() {
        message["tool_calls"] = Value::Array(calls);
    }
    message
}

fn tool_call(call: &ToolCall) -> Value {
    json!({
        "id": call.id,
        "type": "function",
        "function": {
            "name": sent_name(call),
            "arguments": sent_arguments(call).to_string(),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::tests::{assistant, call, request, results, user};

    #[test]
    fn a_conversation_with_tools_and_reasoning_is_written_whole() {
        let request = request(vec![
            user("fix add()"),
            assistant(
                "",
                vec![
                    json!({"reasoning_content": "hm"}),
                    json!({"type": "thinking"}),
                ],
                vec![call("a", json!({"path": "x"})), call("b", json!("{"))],
            ),
            results(&[("b", "bad arguments", true), ("a", "text of x", false)]),
        ]);
        let options = Options {
            model: "gpt-x".to_owned(),
            temperature: Some(0.0),
            max_output_tokens: Some(64),
            ..Options::default()
        };
        let body = Chat {
            limit_field: "max_tokens",
        }
        .body(&request, &options)
        .unwrap();
        assert_eq!(
            Value::Object(body),
            json!({
                "model": "gpt-x",
                "stream": true,
                "stream_options": {"include_usage": true},
                "max_tokens": 64,
                "temperature": 0.0,
                "tools": [{"type": "function", "function": {
                    "name": "read",
                    "description": "Reads a file.",
                    "parameters": request.tools[0].parameters,
                }}],
                "messages": [
                    {"role": "system", "content": "You write code."},
                    {"role": "user", "content": "fix add()"},
                    {"role": "assistant", "content": null, "reasoning_content": "hm",
                     "tool_calls": [
                        {"id": "a", "type": "function",
                         "function": {"name": "read", "arguments": "{\"path\":\"x\"}"}},
                        {"id": "b", "type": "function",
                         "function": {"name": "read", "arguments": "{\"_unparsed\":\"{\"}"}},
                    ]},
                    {"role": "tool", "tool_call_id": "a", "content": "text of x"},
                    {"role": "tool", "tool_call_id": "b", "content": "bad arguments"},
                ],
            })
        );
    }
}
