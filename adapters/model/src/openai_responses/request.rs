//! Writes a request in the shape of the Responses API.

use serde_json::{Map, Value, json};
use trail_port::model::Request;

use super::stream::Accumulator;
use crate::conversation::{Turn, sent_arguments, sent_name, turns};
use crate::fault::Fault;
use crate::order::Part;
use crate::remote::{Options, Wire};

/// The OpenAI Responses API.
pub(crate) struct Responses;

impl Wire for Responses {
    type Accumulator = Accumulator;

    fn body(&self, request: &Request, options: &Options) -> Result<Map<String, Value>, Fault> {
        let mut body = Map::new();
        body.insert("model".to_owned(), json!(options.model));
        body.insert("stream".to_owned(), json!(true));
        // Nothing is kept at the provider, so what it needs of its reasoning travels with us.
        body.insert("store".to_owned(), json!(false));
        body.insert("include".to_owned(), json!(["reasoning.encrypted_content"]));
        if let Some(most) = options.max_output_tokens {
            body.insert("max_output_tokens".to_owned(), json!(most));
        }
        if let Some(temperature) = options.temperature {
            body.insert("temperature".to_owned(), json!(temperature));
        }
        if !request.system.trim().is_empty() {
            body.insert("instructions".to_owned(), json!(request.system));
        }
        if !request.tools.is_empty() {
            let tools = request.tools.iter().map(|tool| {
                json!({
                    "type": "function",
                    "name": tool.name,
                    "description": tool.description,
                    "parameters": tool.parameters,
                    // Strict schemas allow no optional argument; arguments are checked here anyway.
                    "strict": false,
                })
            });
            body.insert("tools".to_owned(), tools.collect());
        }
        let mut input = Vec::new();
        for turn in turns(request)? {
            match turn {
                Turn::User(text) => input.push(message("user", "input_text", text)),
                Turn::Assistant(parts) => input.extend(parts.iter().filter_map(part)),
                Turn::Results(results) => input.extend(results.iter().map(|result| {
                    json!({
                        "type": "function_call_output",
                        "call_id": result.id,
                        "output": result.content,
                    })
                })),
            }
        }
        body.insert("input".to_owned(), Value::Array(input));
        Ok(body)
    }
}

fn message(role: &str, kind: &str, text: &str) -> Value {
    json!({"type": "message", "role": role, "content": [{"type": kind, "text": text}]})
}

/// Returns the item of a part of an answer; none for reasoning of another provider.
fn part(part: &Part<'_>) -> Option<Value> {
    match part {
        Part::Reasoning(item) => {
            let own = item.get("type").and_then(Value::as_str) == Some("reasoning");
            own.then(|| (*item).clone())
        }
        Part::Text(text) => Some(message("assistant", "output_text", text)),
        Part::Call(call) => Some(json!({
            "type": "function_call",
            "call_id": call.id,
            "name": sent_name(call),
            "arguments": sent_arguments(call).to_string(),
        })),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::tests::{assistant, call, request, results, user};

    #[test]
    fn a_conversation_with_tools_and_reasoning_is_written_whole() {
        let reasoning = json!({"type": "reasoning", "id": "rs_1", "summary": [],
            "encrypted_content": "b3BhcXVl"});
        let request = request(vec![
            user("fix add()"),
            assistant(
                "I read.",
                vec![reasoning.clone(), json!({"reasoning_content": "foreign"})],
                vec![call("a", json!({"path": "x"})), call("b", json!("{"))],
            ),
            results(&[("b", "bad arguments", true), ("a", "text of x", false)]),
        ]);
        let options = Options {
            model: "gpt-x".to_owned(),
            max_output_tokens: Some(64),
            ..Options::default()
        };
        assert_eq!(
            Value::Object(Responses.body(&request, &options).unwrap()),
            json!({
                "model": "gpt-x",
                "stream": true,
                "store": false,
                "include": ["reasoning.encrypted_content"],
                "max_output_tokens": 64,
                "instructions": "You write code.",
                "tools": [{"type": "function", "name": "read", "description": "Reads a file.",
                    "parameters": request.tools[0].parameters, "strict": false}],
                "input": [
                    {"type": "message", "role": "user",
                     "content": [{"type": "input_text", "text": "fix add()"}]},
                    reasoning,
                    {"type": "message", "role": "assistant",
                     "content": [{"type": "output_text", "text": "I read."}]},
                    {"type": "function_call", "call_id": "a", "name": "read",
                     "arguments": "{\"path\":\"x\"}"},
                    {"type": "function_call", "call_id": "b", "name": "read",
                     "arguments": "{\"_unparsed\":\"{\"}"},
                    {"type": "function_call_output", "call_id": "a", "output": "text of x"},
                    {"type": "function_call_output", "call_id": "b", "output": "bad arguments"},
                ],
            })
        );
    }
}
