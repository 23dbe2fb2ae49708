use trail_record::body::Usage;

use super::*;
use crate::order::Block;

fn play(events: &[String]) -> Result<Draft, Fault> {
    let mut accumulator = Accumulator::default();
    for event in events {
        if accumulator.event(event)? == Progress::Done {
            break;
        }
    }
    accumulator.finish()
}

fn chunk(delta: Value, finish: Option<&str>) -> String {
    json!({"id": "chatcmpl-1", "model": "gpt-x", "usage": null,
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})
    .to_string()
}

fn tool(pieces: Value) -> String {
    chunk(json!({ "tool_calls": pieces }), None)
}

fn call(id: Option<&str>, name: &str, arguments: &str) -> DraftCall {
    DraftCall {
        id: id.map(str::to_owned),
        name: name.to_owned(),
        arguments: Arguments::Text(arguments.to_owned()),
    }
}

/// Returns what a stream of just these chunks asks for.
fn calls(chunks: &[String]) -> Vec<DraftCall> {
    let end = chunk(json!({}), Some("stop"));
    play(&[chunks, &[end, "[DONE]".to_owned()]].concat())
        .unwrap()
        .calls
}

fn session() -> Vec<String> {
    vec![
        chunk(json!({"role": "assistant", "content": ""}), None),
        chunk(json!({"reasoning_content": "h"}), None),
        chunk(json!({"reasoning_content": "m"}), None),
        chunk(json!({"content": "I re"}), None),
        chunk(json!({"content": "ad."}), None),
        tool(json!([{"index": 0, "id": "call_a", "type": "function",
            "function": {"name": "read", "arguments": ""}}])),
        tool(json!([{"index": 0, "function": {"arguments": "{\"path\""}}])),
        tool(json!([{"index": 1, "id": "call_b", "function": {"name": "list"}}])),
        tool(json!([{"index": 0, "function": {"arguments": ":\"a\"}"}}])),
        chunk(json!({}), Some("tool_calls")),
        json!({"id": "chatcmpl-1", "model": "gpt-x", "choices": [],
            "usage": {"prompt_tokens": 100, "completion_tokens": 9,
                "prompt_tokens_details": {"cached_tokens": 60, "cache_write_tokens": 10},
                "completion_tokens_details": {"reasoning_tokens": 4}}})
        .to_string(),
        "[DONE]".to_owned(),
    ]
}

#[test]
fn a_streamed_completion_is_put_together() {
    let draft = play(&session()).unwrap();
    let expected = Draft {
        text: "I read.".to_owned(),
        reasoning: vec![json!({"reasoning_content": "hm"})],
        calls: vec![
            call(Some("call_a"), "read", "{\"path\":\"a\"}"),
            call(Some("call_b"), "list", ""),
        ],
        blocks: vec![Block::Reasoning, Block::Text(7), Block::Call, Block::Call],
        stop: Some("tool_calls".to_owned()),
        cut: false,
        model: Some("gpt-x".to_owned()),
        message_id: Some("chatcmpl-1".to_owned()),
        usage: Usage {
            input: Some(30),
            cache_read: Some(60),
            cache_write: Some(10),
            output: Some(9),
            reasoning: Some(4),
        },
        raw_usage: json!({"prompt_tokens": 100, "completion_tokens": 9,
            "prompt_tokens_details": {"cached_tokens": 60, "cache_write_tokens": 10},
            "completion_tokens_details": {"reasoning_tokens": 4}}),
    };
    assert_eq!(draft, expected);
}

#[test]
fn a_stream_cut_before_its_finish_reason_is_a_failed_call() {
    let session = session();
    for end in 0..session.len() {
        let finished = end > 9;
        let outcome = play(&session[..end]);
        assert_eq!(outcome.is_ok(), finished, "cut at {end}: {outcome:?}");
    }
    assert!(
        play(&["[DONE]".to_owned()]).is_err(),
        "an end without a beginning"
    );
}

#[test]
fn without_the_usage_chunk_nothing_is_known() {
    let mut session = session();
    session.remove(10);
    let draft = play(&session).unwrap();
    assert_eq!(
        (draft.usage, draft.raw_usage),
        (Usage::default(), Value::Null)
    );
}

#[test]
fn calls_are_told_apart_however_the_server_numbers_them() {
    let function = |name: &str, arguments: &str| json!({"name": name, "arguments": arguments});
    // Every call has index 0.
    let zeros = calls(&[
        tool(json!([{"index": 0, "id": "a", "function": function("read", "{}")}])),
        tool(json!([{"index": 0, "id": "b", "function": function("list", "{}")}])),
    ]);
    assert_eq!(
        zeros,
        [call(Some("a"), "read", "{}"), call(Some("b"), "list", "{}")]
    );
    // No index at all, the second piece without id.
    let none = calls(&[
        tool(json!([{"id": "a", "function": function("read", "{\"x\"")}])),
        tool(json!([{"function": {"arguments": ":1}"}}])),
        tool(json!([{"id": "b", "function": function("list", "{}")}])),
    ]);
    assert_eq!(
        none,
        [
            call(Some("a"), "read", "{\"x\":1}"),
            call(Some("b"), "list", "{}")
        ]
    );
    // Neither index nor id.
    let bare = calls(&[tool(json!([
        {"function": function("read", "{}")}, {"function": function("list", "{}")}
    ]))]);
    assert_eq!(bare, [call(None, "read", "{}"), call(None, "list", "{}")]);
    // The name comes again with every piece, the arguments as an object.
    let repeated = calls(&[
        tool(json!([{"index": 0, "id": "a", "function": {"name": "read"}}])),
        tool(json!([{"index": 0, "id": "a",
            "function": {"name": "read", "arguments": {"x": 1}}}])),
    ]);
    assert_eq!(
        repeated,
        [DraftCall {
            id: Some("a".to_owned()),
            name: "read".to_owned(),
            arguments: Arguments::Json(json!({"x": 1}))
        }]
    );
}

#[test]
fn a_plain_completion_is_read_too() {
    let draft = Accumulator::whole(&json!({
        "id": "chatcmpl-1", "model": "alias",
        "choices": [{"index": 0, "finish_reason": "stop", "message": {
            "role": "assistant",
            "content": [{"type": "text", "text": "I "}, {"type": "text", "text": "read."}],
            "reasoning": "hm",
            "tool_calls": [{"id": "a", "type": "function",
                "function": {"name": "read", "arguments": "{}"}}]}}],
        "usage": {"prompt_tokens": 3, "completion_tokens": 2}
    }))
    .unwrap();
    assert_eq!(
        (draft.text.as_str(), draft.stop.as_deref()),
        ("I read.", Some("stop"))
    );
    assert_eq!(draft.reasoning, [json!({"reasoning": "hm"})]);
    assert_eq!(draft.calls, [call(Some("a"), "read", "{}")]);
    assert_eq!((draft.usage.input, draft.usage.cache_read), (Some(3), None));
    assert!(Accumulator::whole(&json!({"choices": []})).is_err());
    assert!(Accumulator::whole(&json!({"content": []})).is_err());
}

#[test]
fn a_refusal_is_the_text_and_reasoning_under_two_names_is_taken_once() {
    let draft = play(&[
        chunk(json!({"reasoning_content": "a", "reasoning": "a"}), None),
        chunk(json!({"reasoning_content": "b", "reasoning": "b"}), None),
        chunk(json!({"refusal": "I will not."}), Some("stop")),
    ])
    .unwrap();
    assert_eq!(draft.reasoning, [json!({"reasoning_content": "ab"})]);
    assert_eq!(draft.text, "I will not.");
}

#[test]
fn errors_and_rubbish_in_the_stream_fail_the_call() {
    let first = |data: &str| Accumulator::default().event(data).unwrap_err();
    for data in ["{", "[1]", "null", "\"x\"", "[DONE", "<html>"] {
        assert!(matches!(first(data), Fault::Transient { .. }), "{data}");
    }
    assert_eq!(
        first(r#"{"error":{"message":"busy","code":502}}"#),
        Fault::transient("the peer reports: busy")
    );
    assert_eq!(
        first(r#"{"error":{"message":"no","type":"invalid_request_error"}}"#),
        Fault::permanent("the peer reports invalid_request_error: no")
    );
    // Wrong types where others are expected do no harm.
    let odd = json!({"id": 7, "model": [], "usage": "much", "choices": [
        {"index": 0, "delta": {"content": 5, "tool_calls": [3, {"index": "x", "function": 1}]},
         "finish_reason": "length"}]});
    let draft = play(&[odd.to_string()]).unwrap();
    assert!(draft.cut && draft.text.is_empty() && draft.model.is_none());
}
