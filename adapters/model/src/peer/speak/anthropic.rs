//! The Messages API.

use serde_json::{Value, json};

use super::{Line, arguments, pieces, seal};

pub(super) fn whole(line: &Line) -> Value {
    let mut content = Vec::new();
    if let Some(text) = &line.turn.reasoning {
        content.push(json!({"type": "thinking", "thinking": text, "signature": seal(text)}));
    }
    if !line.turn.text.is_empty() {
        content.push(json!({"type": "text", "text": line.turn.text}));
    }
    for (call, n) in line.turn.calls.iter().zip(1..) {
        content.push(
            json!({"type": "tool_use", "id": format!("{}-{n}", line.stem),
            "name": call.name, "input": call.arguments}),
        );
    }
    let mut message = head(line);
    message["content"] = Value::Array(content);
    message["stop_reason"] = json!(line.turn.stop());
    let mut usage = input_usage(line);
    if let Some(output) = line.turn.usage.as_ref().and_then(|usage| usage.output) {
        usage["output_tokens"] = json!(output);
    }
    message["usage"] = usage;
    message
}

pub(super) fn events(line: &Line) -> Vec<Value> {
    let mut message = head(line);
    message["content"] = json!([]);
    message["usage"] = input_usage(line);
    let mut events = vec![json!({"type": "message_start", "message": message})];
    let mut index = 0;
    let mut block = |start: Value, deltas: Vec<Value>| {
        events.push(json!({"type": "content_block_start", "index": index, "content_block": start}));
        events.extend(
            deltas.into_iter().map(
                |delta| json!({"type": "content_block_delta", "index": index, "delta": delta}),
            ),
        );
        events.push(json!({"type": "content_block_stop", "index": index}));
        index += 1;
    };
    if let Some(text) = &line.turn.reasoning {
        let mut deltas: Vec<Value> = pieces(text)
            .iter()
            .map(|piece| json!({"type": "thinking_delta", "thinking": piece}))
            .collect();
        deltas.push(json!({"type": "signature_delta", "signature": seal(text)}));
        block(
            json!({"type": "thinking", "thinking": "", "signature": ""}),
            deltas,
        );
    }
    if !line.turn.text.is_empty() {
        let deltas = pieces(&line.turn.text);
        let deltas = deltas
            .iter()
            .map(|piece| json!({"type": "text_delta", "text": piece}));
        block(json!({"type": "text", "text": ""}), deltas.collect());
    }
    for (call, n) in line.turn.calls.iter().zip(1..) {
        let deltas = pieces(&arguments(&call.arguments));
        let deltas = deltas
            .iter()
            .map(|piece| json!({"type": "input_json_delta", "partial_json": piece}));
        let start = json!({"type": "tool_use", "id": format!("{}-{n}", line.stem),
            "name": call.name, "input": {}});
        block(start, deltas.collect());
    }
    let mut delta = json!({"type": "message_delta", "delta": {"stop_reason": line.turn.stop()}});
    if let Some(output) = line.turn.usage.as_ref().and_then(|usage| usage.output) {
        delta["usage"] = json!({"output_tokens": output});
    }
    events.extend([
        json!({"type": "ping"}),
        delta,
        json!({"type": "message_stop"}),
    ]);
    events
}

fn head(line: &Line) -> Value {
    json!({"id": format!("msg_{}", line.stem), "type": "message", "role": "assistant",
        "model": line.model, "stop_reason": null, "stop_sequence": null})
}

fn input_usage(line: &Line) -> Value {
    let mut told = json!({});
    let Some(usage) = &line.turn.usage else {
        return told;
    };
    for (name, count) in [
        ("input_tokens", usage.input),
        ("cache_read_input_tokens", usage.cache_read),
        ("cache_creation_input_tokens", usage.cache_write),
    ] {
        if let Some(count) = count {
            told[name] = json!(count);
        }
    }
    if let Some(count) = usage.reasoning {
        told["output_tokens_details"] = json!({"thinking_tokens": count});
    }
    told
}
