use serde_json::json;
use trail_record::body::Usage;

use super::*;
use crate::order::Block;

fn play(events: &[Value]) -> Result<Draft, Fault> {
    let mut accumulator = Accumulator::default();
    for event in events {
        if accumulator.event(&event.to_string())? == Progress::Done {
            break;
        }
    }
    accumulator.finish()
}

fn items() -> Vec<Value> {
    vec![
        json!({"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "b3Bh"}),
        json!({"type": "message", "id": "msg_1", "role": "assistant",
            "content": [{"type": "output_text", "text": "I read."}]}),
        json!({"type": "reasoning", "id": "rs_2", "summary": [], "encrypted_content": "cXVl"}),
        json!({"type": "function_call", "id": "fc_1", "call_id": "call_a", "name": "read",
            "arguments": "{\"path\":\"a\"}"}),
        json!({"type": "web_search_call", "id": "ws_1"}),
    ]
}

fn done(index: usize, item: &Value) -> Value {
    json!({"type": "response.output_item.done", "output_index": index, "item": item})
}

fn end(kind: &str, response: Value) -> Value {
    let mut event = json!({"type": format!("response.{kind}"), "response": response});
    event["response"]["status"] = json!(kind);
    event
}

fn head(output: Vec<Value>) -> Value {
    json!({"id": "resp_1", "model": "gpt-x", "output": output, "error": null,
        "usage": {"input_tokens": 100, "output_tokens": 9,
            "input_tokens_details": {"cached_tokens": 60},
            "output_tokens_details": {"reasoning_tokens": 4}}})
}

fn session() -> Vec<Value> {
    let mut events = vec![
        json!({"type": "response.created", "response": {"id": "resp_1", "status": "in_progress"}}),
        json!({"type": "response.output_text.delta", "delta": "I re"}),
        json!({"type": "response.something_new"}),
    ];
    events.extend(
        items()
            .iter()
            .enumerate()
            .map(|(index, item)| done(index, item)),
    );
    events.push(end("completed", head(items())));
    events
}

fn expected() -> Draft {
    Draft {
        text: "I read.".to_owned(),
        reasoning: vec![items()[0].clone(), items()[2].clone()],
        calls: vec![DraftCall {
            id: Some("call_a".to_owned()),
            name: "read".to_owned(),
            arguments: Arguments::Text("{\"path\":\"a\"}".to_owned()),
        }],
        blocks: vec![
            Block::Reasoning,
            Block::Text(7),
            Block::Reasoning,
            Block::Call,
        ],
        stop: Some("completed".to_owned()),
        cut: false,
        model: Some("gpt-x".to_owned()),
        message_id: Some("resp_1".to_owned()),
        usage: Usage {
            input: Some(40),
            cache_read: Some(60),
            cache_write: None,
            output: Some(9),
            reasoning: Some(4),
        },
        raw_usage: head(vec![])["usage"].clone(),
    }
}

#[test]
fn a_streamed_response_is_put_together() {
    assert_eq!(play(&session()).unwrap(), expected());
}

#[test]
fn the_items_may_come_only_one_by_one_or_only_at_the_end() {
    let mut session = session();
    *session.last_mut().unwrap() = end("completed", head(vec![]));
    assert_eq!(play(&session).unwrap(), expected(), "one by one");
    assert_eq!(
        play(&[end("completed", head(items()))]).unwrap(),
        expected(),
        "at the end"
    );
    let pieces = [
        json!({"type": "response.output_text.delta", "delta": "lost"}),
        end("completed", head(vec![])),
    ];
    assert!(play(&pieces).is_err(), "text must not be lost silently");
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
    let mut accumulator = Accumulator::default();
    assert_eq!(accumulator.event("[DONE]"), Ok(Progress::Done));
    assert!(
        accumulator.finish().is_err(),
        "[DONE] is not this format's end marker"
    );
}

#[test]
fn an_incomplete_response_says_why_and_failed_ones_are_no_answers() {
    let mut response = head(items());
    response["incomplete_details"] = json!({"reason": "max_output_tokens"});
    let draft = play(&[end("incomplete", response)]).unwrap();
    assert_eq!(
        (draft.stop.as_deref(), draft.cut),
        (Some("max_output_tokens"), true)
    );
    let failed = |code: &str| {
        play(&[end(
            "failed",
            json!({"error": {"code": code, "message": "no"}}),
        )])
        .unwrap_err()
    };
    assert_eq!(
        failed("server_error"),
        Fault::transient("the peer reports: no")
    );
    assert_eq!(
        failed("invalid_prompt"),
        Fault::permanent("the peer reports: no")
    );
    let cancelled = Accumulator::whole(&json!({"status": "cancelled", "output": []}));
    assert!(
        matches!(cancelled, Err(Fault::Transient { .. })),
        "{cancelled:?}"
    );
}

#[test]
fn error_events_are_understood_flat_and_nested() {
    for event in [
        json!({"type": "error", "code": "rate_limit_exceeded", "message": "slow down"}),
        json!({"type": "error", "error": {"code": "rate_limit_exceeded", "message": "slow down"}}),
        json!({"error": {"message": "slow down"}}),
    ] {
        let fault = play(std::slice::from_ref(&event)).unwrap_err();
        let Fault::Transient { reason, .. } = fault else {
            panic!("{event}: {fault:?}")
        };
        assert!(reason.ends_with("slow down"), "{reason}");
    }
}

#[test]
fn a_plain_response_is_read_too() {
    let mut body = head(items());
    body["status"] = json!("completed");
    assert_eq!(Accumulator::whole(&body).unwrap(), expected());
    assert!(Accumulator::whole(&json!({"choices": []})).is_err());
}

#[test]
fn rubbish_fails_the_call() {
    for data in [
        "{",
        "7",
        "{}",
        r#"{"type":"response.completed"}"#,
        r#"{"type":"response.completed","response":"x"}"#,
        r#"{"type":"response.output_item.done","output_index":0}"#,
    ] {
        let outcome = Accumulator::default().event(data);
        assert!(
            matches!(outcome, Err(Fault::Transient { .. })),
            "{data}: {outcome:?}"
        );
    }
    let odd = json!({"type": "response.completed", "response": {"output": [
        3, {"type": "message", "content": 1}, {"type": "function_call", "arguments": 5}]}});
    let draft = play(&[odd]).unwrap();
    assert_eq!((draft.calls.len(), draft.calls[0].name.as_str()), (1, ""));
}
