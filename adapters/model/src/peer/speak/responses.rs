//! The Responses API.

use serde_json::{Value, json};

use super::{Line, arguments, openai_usage, pieces, seal};

pub(super) fn whole(line: &Line) -> Value {
    let mut response = head(line, "completed");
    response["output"] = Value::Array(items(line));
    response["usage"] = openai_usage(line, "input_tokens", "output_tokens");
    response
}

pub(super) fn events(line: &Line) -> Vec<Value> {
    let mut events = vec![
        json!({"type": "response.created", "response": head(line, "in_progress")}),
        json!({"type": "response.in_progress", "response": head(line, "in_progress")}),
    ];
    for (index, item) in items(line).into_iter().enumerate() {
        let mut begun = item.clone();
        begun["status"] = json!("in_progress");
        events.push(
            json!({"type": "response.output_item.added", "output_index": index, "item": begun}),
        );
        let (kind, text) = match item["type"].as_str() {
            Some("message") => ("output_text", line.turn.text.clone()),
            Some("function_call") => (
                "function_call_arguments",
                item["arguments"].as_str().unwrap_or("").to_owned(),
            ),
            _ => (
                "reasoning_summary_text",
                line.turn.reasoning.clone().unwrap_or_default(),
            ),
        };
        events.extend(pieces(&text).iter().map(|piece| {
            json!({"type": format!("response.{kind}.delta"), "output_index": index,
                "delta": piece})
        }));
        events.push(
            json!({"type": "response.output_item.done", "output_index": index, "item": item}),
        );
    }
    events.push(json!({"type": "response.completed", "response": whole(line)}));
    events
}

fn head(line: &Line, status: &str) -> Value {
    json!({"id": format!("resp_{}", line.stem), "object": "response", "model": line.model,
        "status": status, "output": [], "error": null, "incomplete_details": null})
}

fn items(line: &Line) -> Vec<Value> {
    let mut items = Vec::new();
    if let Some(text) = &line.turn.reasoning {
        items.push(
            json!({"type": "reasoning", "id": format!("rs_{}", line.stem),
            "summary": [{"type": "summary_text", "text": text}],
            "encrypted_content": seal(text)}),
        );
    }
    if !line.turn.text.is_empty() {
        items.push(
            json!({"type": "message", "id": format!("msg_{}", line.stem),
            "role": "assistant", "status": "completed",
            "content": [{"type": "output_text", "text": line.turn.text, "annotations": []}]}),
        );
    }
    for (call, n) in line.turn.calls.iter().zip(1..) {
        items.push(
            json!({"type": "function_call", "id": format!("fc_{}-{n}", line.stem),
            "call_id": format!("{}-{n}", line.stem), "name": call.name,
            "arguments": arguments(&call.arguments), "status": "completed"}),
        );
    }
    items
}
