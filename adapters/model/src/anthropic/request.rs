//! Writes a request in the shape of the Messages API.

use serde_json::{Map, Value, json};
use trail_port::model::Request;

use super::stream::Accumulator;
use crate::conversation::{Turn, sent_arguments, sent_name, turns};
use crate::fault::Fault;
use crate::order::Part;
use crate::remote::{Options, Wire};

/// The API wants a limit; this one all current models take.
const MAX_OUTPUT_TOKENS: u32 = 8192;

/// The Anthropic Messages API.
pub(crate) struct Messages;

impl Wire for Messages {
    type Accumulator = Accumulator;

    fn body(&self, request: &Request, options: &Options) -> Result<Map<String, Value>, Fault> {
        let mut body = Map::new();
        body.insert("model".to_owned(), json!(options.model));
        body.insert("stream".to_owned(), json!(true));
        let most = options.max_output_tokens.unwrap_or(MAX_OUTPUT_TOKENS);
        body.insert("max_tokens".to_owned(), json!(most));
        if let Some(temperature) = options.temperature {
            body.insert("temperature".to_owned(), json!(temperature));
        }
        if !request.system.trim().is_empty() {
            body.insert("system".to_owned(), json!(request.system));
        }
        if !request.tools.is_empty() {
            let tools = request.tools.iter().map(|tool| {
                json!({
                    "name": tool.name,
                    "description": tool.description,
                    "input_schema": tool.parameters,
                })
            });
            body.insert("tools".to_owned(), tools.collect());
        }
        body.insert(
            "messages".to_owned(),
            Value::Array(messages(&turns(request)?)),
        );
        Ok(body)
    }
}

/// Returns the messages, with roles taking turns: results and text of Trail that follow one another
/// are one user message, results first.
fn messages(turns: &[Turn<'_>]) -> Vec<Value> {
    let mut messages: Vec<(&str, Vec<Value>)> = Vec::new();
    for turn in turns {
        let (role, blocks): (_, Vec<Value>) = match turn {
            Turn::User(text) => ("user", vec![json!({"type": "text", "text": text})]),
            Turn::Assistant(parts) => ("assistant", parts.iter().filter_map(part).collect()),
            Turn::Results(results) => {
                let block = |result: &&trail_port::model::ToolResult| {
                    json!({
                        "type": "tool_result",
                        "tool_use_id": result.id,
                        "content": result.content,
                        "is_error": result.is_error,
                    })
                };
                ("user", results.iter().map(block).collect())
            }
        };
        match messages.last_mut() {
            Some((last, content)) if *last == role => content.extend(blocks),
            Some(_) | None => messages.push((role, blocks)),
        }
    }
    messages
        .into_iter()
        .map(|(role, content)| json!({"role": role, "content": content}))
        .collect()
}

/// Returns a block of an assistant message; none for reasoning of another provider.
fn part(part: &Part<'_>) -> Option<Value> {
    match part {
        Part::Reasoning(item) => {
            let kind = item.get("type").and_then(Value::as_str);
            matches!(kind, Some("thinking" | "redacted_thinking")).then(|| (*item).clone())
        }
        Part::Text(text) => Some(json!({"type": "text", "text": text})),
        Part::Call(call) => Some(json!({
            "type": "tool_use",
            "id": call.id,
            "name": sent_name(call),
            "input": sent_arguments(call),
        })),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::tests::{assistant, call, request, results, user};

    fn body(request: &Request, options: &Options) -> Value {
        Value::Object(Messages.body(request, options).unwrap())
    }

    #[test]
    fn a_conversation_with_tools_and_thinking_is_written_whole() {
        let thinking = json!({"type": "thinking", "thinking": "hm", "signature": "c2ln"});
        let foreign = json!({"type": "reasoning", "encrypted_content": "x"});
        let request = request(vec![
            user("fix add()"),
            user("soon"),
            assistant(
                "I read.",
                vec![thinking.clone(), foreign],
                vec![call("a", json!({"path": "x"})), call("b", json!("{"))],
            ),
            results(&[("b", "bad arguments", true), ("a", "text of x", false)]),
            user("and be quick"),
        ]);
        let options = Options {
            model: "claude-x".to_owned(),
            ..Options::default()
        };
        assert_eq!(
            body(&request, &options),
            json!({
                "model": "claude-x",
                "stream": true,
                "max_tokens": 8192,
                "system": "You write code.",
                "tools": [{
                    "name": "read",
                    "description": "Reads a file.",
                    "input_schema": request.tools[0].parameters,
                }],
                "messages": [
                    {"role": "user", "content": [
                        {"type": "text", "text": "fix add()"},
                        {"type": "text", "text": "soon"},
                    ]},
                    {"role": "assistant", "content": [
                        thinking,
                        {"type": "text", "text": "I read."},
                        {"type": "tool_use", "id": "a", "name": "read", "input": {"path": "x"}},
                        {"type": "tool_use", "id": "b", "name": "read",
                         "input": {"_unparsed": "{"}},
                    ]},
                    {"role": "user", "content": [
                        {"type": "tool_result", "tool_use_id": "a", "content": "text of x",
                         "is_error": false},
                        {"type": "tool_result", "tool_use_id": "b", "content": "bad arguments",
                         "is_error": true},
                        {"type": "text", "text": "and be quick"},
                    ]},
                ],
            })
        );
    }

    #[test]
    fn options_are_sent_and_what_is_not_set_is_not() {
        let mut request = request(vec![user("go")]);
        request.tools.clear();
        request.system = "\n".to_owned();
        let options = Options {
            model: "m".to_owned(),
            temperature: Some(0.5),
            max_output_tokens: Some(64),
            ..Options::default()
        };
        let body = body(&request, &options);
        assert_eq!(
            (&body["temperature"], &body["max_tokens"]),
            (&json!(0.5), &json!(64))
        );
        assert!(body.get("tools").is_none() && body.get("system").is_none());
    }
}
