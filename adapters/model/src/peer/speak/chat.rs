//! Chat Completions.

use serde_json::{Value, json};

use super::{Line, arguments, openai_usage, pieces};

pub(super) fn whole(line: &Line, without_ids: bool) -> Value {
    let mut message = json!({"role": "assistant", "content": line.turn.text});
    if let Some(text) = &line.turn.reasoning {
        message["reasoning_content"] = json!(text);
    }
    if !line.turn.calls.is_empty() {
        message["tool_calls"] = (0..line.turn.calls.len())
            .map(|n| {
                let mut call = call(line, n, without_ids);
                call["function"]["arguments"] = json!(arguments(&line.turn.calls[n].arguments));
                call
            })
            .collect();
    }
    json!({"id": format!("chatcmpl-{}", line.stem), "object": "chat.completion",
        "model": line.model,
        "choices": [{"index": 0, "message": message, "finish_reason": finish(line)}],
        "usage": openai_usage(line, "prompt_tokens", "completion_tokens")})
}

pub(super) fn events(line: &Line, without_ids: bool) -> Vec<Value> {
    let chunk = |delta: Value, finish: Value| {
        json!({"id": format!("chatcmpl-{}", line.stem), "object": "chat.completion.chunk",
            "model": line.model, "usage": null,
            "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})
    };
    let mut events = vec![chunk(
        json!({"role": "assistant", "content": ""}),
        Value::Null,
    )];
    let reasoning = pieces(line.turn.reasoning.as_deref().unwrap_or(""));
    events.extend(
        reasoning
            .iter()
            .map(|piece| chunk(json!({"reasoning_content": piece}), Value::Null)),
    );
    let text = pieces(&line.turn.text);
    events.extend(
        text.iter()
            .map(|piece| chunk(json!({"content": piece}), Value::Null)),
    );
    for (n, asked) in line.turn.calls.iter().enumerate() {
        let mut first = call(line, n, without_ids);
        first["index"] = json!(n);
        events.push(chunk(json!({"tool_calls": [first]}), Value::Null));
        events.extend(pieces(&arguments(&asked.arguments)).iter().map(|piece| {
            let delta = json!({"tool_calls": [{"index": n, "function": {"arguments": piece}}]});
            chunk(delta, Value::Null)
        }));
    }
    events.push(chunk(json!({}), json!(finish(line))));
    let usage = openai_usage(line, "prompt_tokens", "completion_tokens");
    if !usage.is_null() {
        let mut last = chunk(json!({}), Value::Null);
        last["choices"] = json!([]);
        last["usage"] = usage;
        events.push(last);
    }
    events
}

fn call(line: &Line, n: usize, without_ids: bool) -> Value {
    let function = json!({"name": line.turn.calls[n].name, "arguments": ""});
    let mut call = json!({"type": "function", "function": function});
    if !without_ids {
        call["id"] = json!(format!("{}-{}", line.stem, n + 1));
    }
    call
}

fn finish(line: &Line) -> &'static str {
    if line.turn.calls.is_empty() {
        "stop"
    } else {
        "tool_calls"
    }
}
