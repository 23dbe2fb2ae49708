use serde_json::json;

use super::*;
use crate::order::Block as Order;

/// Feeds events until the accumulator is done, then finishes it.
fn play(events: &[Value]) -> Result<Draft, Fault> {
    let mut accumulator = Accumulator::default();
    for event in events {
        if accumulator.event(&event.to_string())? == Progress::Done {
            break;
        }
    }
    accumulator.finish()
}

fn start() -> Value {
    json!({"type": "message_start", "message": {"id": "msg_1", "model": "claude-x",
        "content": [], "usage": {"input_tokens": 10, "cache_read_input_tokens": 5,
        "cache_creation": {"ephemeral_5m_input_tokens": 3}, "output_tokens": 1}}})
}

fn block(index: u64, block: Value) -> Value {
    json!({"type": "content_block_start", "index": index, "content_block": block})
}

fn delta(index: u64, delta: Value) -> Value {
    json!({"type": "content_block_delta", "index": index, "delta": delta})
}

fn session() -> Vec<Value> {
    vec![
        start(),
        json!({"type": "ping"}),
        block(
            0,
            json!({"type": "thinking", "thinking": "", "signature": ""}),
        ),
        delta(0, json!({"type": "thinking_delta", "thinking": "add() "})),
        delta(
            0,
            json!({"type": "thinking_delta", "thinking": "subtracts"}),
        ),
        delta(0, json!({"type": "signature_delta", "signature": "c2ln"})),
        json!({"type": "content_block_stop", "index": 0}),
        block(1, json!({"type": "redacted_thinking", "data": "b3BhcXVl"})),
        block(2, json!({"type": "text", "text": ""})),
        delta(2, json!({"type": "text_delta", "text": "I re"})),
        delta(2, json!({"type": "text_delta", "text": "ad."})),
        block(
            3,
            json!({"type": "tool_use", "id": "toolu_1", "name": "read", "input": {}}),
        ),
        delta(3, json!({"type": "input_json_delta", "partial_json": ""})),
        delta(
            3,
            json!({"type": "input_json_delta", "partial_json": "{\"path\":"}),
        ),
        delta(
            3,
            json!({"type": "input_json_delta", "partial_json": "\"a\"}"}),
        ),
        block(
            4,
            json!({"type": "tool_use", "id": "toolu_2", "name": "list", "input": {}}),
        ),
        json!({"type": "message_delta", "delta": {"stop_reason": "tool_use"},
            "usage": {"output_tokens": 40, "cache_read_input_tokens": null}}),
        json!({"type": "message_stop"}),
    ]
}

#[test]
fn a_streamed_message_is_put_together() {
    let draft = play(&session()).unwrap();
    let tool = |id: &str, name: &str, arguments: &str| DraftCall {
        id: Some(id.to_owned()),
        name: name.to_owned(),
        arguments: Arguments::Text(arguments.to_owned()),
    };
    let expected = Draft {
        text: "I read.".to_owned(),
        reasoning: vec![
            json!({"type": "thinking", "thinking": "add() subtracts", "signature": "c2ln"}),
            json!({"type": "redacted_thinking", "data": "b3BhcXVl"}),
        ],
        calls: vec![
            tool("toolu_1", "read", "{\"path\":\"a\"}"),
            tool("toolu_2", "list", ""),
        ],
        blocks: vec![
            Order::Reasoning,
            Order::Reasoning,
            Order::Text(7),
            Order::Call,
            Order::Call,
        ],
        stop: Some("tool_use".to_owned()),
        cut: false,
        model: Some("claude-x".to_owned()),
        message_id: Some("msg_1".to_owned()),
        usage: Usage {
            input: Some(10),
            cache_read: Some(5),
            cache_write: Some(3),
            output: Some(40),
            reasoning: None,
        },
        raw_usage: json!({"input_tokens": 10, "cache_read_input_tokens": 5,
            "cache_creation": {"ephemeral_5m_input_tokens": 3}, "output_tokens": 40}),
    };
    assert_eq!(draft, expected);
}

#[test]
fn a_stream_cut_at_any_event_is_a_failed_call() {
    let session = session();
    for end in 0..session.len() {
        let outcome = play(&session[..end]);
        assert!(
            matches!(outcome, Err(Fault::Transient { .. })),
            "cut at {end}: {outcome:?}"
        );
    }
}

#[test]
fn a_plain_message_gives_the_same_as_its_stream() {
    let whole = json!({"id": "msg_1", "type": "message", "model": "claude-x",
        "stop_reason": "tool_use",
        "content": [
            {"type": "thinking", "thinking": "hm", "signature": "c2ln"},
            {"type": "text", "text": "I read."},
            {"type": "server_tool_use", "id": "x"},
            {"type": "tool_use", "id": "toolu_1", "name": "read", "input": {"path": "a"}}],
        "usage": {"input_tokens": 10, "output_tokens": 40}});
    let draft = Accumulator::whole(&whole).unwrap();
    assert_eq!(
        draft.calls[0].arguments,
        Arguments::Json(json!({"path": "a"}))
    );
    assert_eq!(
        (draft.usage.input, draft.usage.output),
        (Some(10), Some(40))
    );
    assert_eq!(
        (draft.usage.cache_read, draft.usage.cache_write),
        (None, None)
    );
    assert_eq!(
        draft.blocks,
        [Order::Reasoning, Order::Text(7), Order::Call]
    );
    assert!(Accumulator::whole(&json!({"choices": []})).is_err());
}

#[test]
fn what_the_peer_did_not_count_is_unknown() {
    let mut session = session();
    session[0] = json!({"type": "message_start", "message": {"usage": {"output_tokens": 1}}});
    session.retain(|event| event["type"] != "message_delta");
    let draft = play(&session).unwrap();
    assert_eq!(draft.usage, Usage::default(), "the first guess is no count");
    assert_eq!(
        (draft.model, draft.message_id, draft.stop),
        (None, None, None)
    );
}

#[test]
fn errors_in_the_stream_are_told_apart() {
    let error = |kind: &str| {
        play(&[
            start(),
            json!({"type": "error", "error": {"type": kind, "message": "no"}}),
        ])
    };
    assert_eq!(
        error("overloaded_error"),
        Err(Fault::transient("the peer reports overloaded_error: no"))
    );
    assert_eq!(
        error("invalid_request_error"),
        Err(Fault::permanent(
            "the peer reports invalid_request_error: no"
        ))
    );
}

#[test]
fn hostile_events_are_refused_and_cost_nothing() {
    for data in [
        "{",
        "[]",
        "null",
        r#"{"type":7}"#,
        r#"{"type":"content_block_start","index":-1,"content_block":{"type":"text"}}"#,
        r#"{"type":"content_block_start","index":0}"#,
        r#"{"type":"content_block_delta","index":9,"delta":{"text":"x"}}"#,
    ] {
        let outcome = Accumulator::default().event(data);
        assert!(
            matches!(outcome, Err(Fault::Transient { .. })),
            "{data}: {outcome:?}"
        );
    }
    let mut accumulator = Accumulator::default();
    let far = block(u64::MAX, json!({"type": "text", "text": "x"}));
    accumulator.event(&far.to_string()).unwrap();
    let deep = format!(r#"{{"type":"ping","x":{}}}"#, "[".repeat(100_000));
    assert!(accumulator.event(&deep).is_err());
    accumulator.event(r#"{"type":"message_stop"}"#).unwrap();
    assert!(accumulator.finish().is_err(), "no message_start");
}

#[test]
fn a_message_cut_at_a_limit_says_so() {
    let mut session = session();
    session[16] = json!({"type": "message_delta", "delta": {"stop_reason": "max_tokens"}});
    assert!(play(&session).unwrap().cut);
}
