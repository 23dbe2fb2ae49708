//! The turn machine: what answers mean, and what the model is asked next.

use serde_json::{Value, json};
use trail_agents::{Action, Conversation, Prompts, Tool, ToolError, Turn};
use trail_port::model::{Answer, Message};
use trail_record::digest::Context;
use trail_record::{Digest, canonical};

use crate::sample::{answer, briefing, result};

fn begin(action: Action) -> Conversation {
    Conversation::begin(&Prompts::builtin(), &briefing(action))
}

fn read(path: &str) -> (&'static str, Value) {
    ("read", json!({ "path": path }))
}

fn deliver(summary: &str) -> (&'static str, Value) {
    ("deliver", json!({ "summary": summary }))
}

#[test]
fn work_is_asked_and_its_results_are_told() {
    let mut conversation = begin(Action::Plan);
    let first = conversation.request("VSME-142", 1);
    assert_eq!(
        (first.messages.len(), first.purpose.action.as_str()),
        (1, "plan")
    );

    let turn = conversation.answered(&answer("I read.", &[read("a"), ("raed", json!({}))]));
    let Turn::Work(asked) = turn else {
        panic!("{turn:?}")
    };
    assert_eq!(
        asked[0].tool,
        Ok(Tool::Read {
            path: "a".to_owned(),
            from_line: None,
            lines: None
        })
    );
    let told = asked[1].tool.as_ref().unwrap_err().to_string();
    conversation
        .results(vec![result("c1", "text of a"), result("c2", &told)])
        .unwrap();

    let next = conversation.request("VSME-142", 1);
    assert_eq!(next.messages[..1], first.messages);
    assert!(matches!(&next.messages[1], Message::Assistant { calls, .. } if calls.len() == 2));
    assert!(
        matches!(&next.messages[2], Message::Tool { results } if results[0].content == "text of a")
    );
}

#[test]
fn work_and_delivery_may_come_in_one_answer() {
    let mut conversation = begin(Action::Implement);
    let write = ("write", json!({"path": "a", "content": "b"}));
    let turn = conversation.answered(&answer("", &[write, deliver("done")]));
    let Turn::Delivered { summary, asked } = turn else {
        panic!("{turn:?}")
    };
    assert_eq!((summary.as_str(), asked.len()), ("done", 2));
    assert_eq!(
        asked[0].tool,
        Ok(Tool::Write {
            path: "a".to_owned(),
            content: "b".to_owned()
        })
    );

    // The write failed after all: the session may say so and go on.
    conversation
        .results(vec![result("c1", "no"), result("c2", "not delivered")])
        .unwrap();
    let turn = conversation.answered(&answer("", &[deliver("now")]));
    assert!(matches!(turn, Turn::Delivered { summary, .. } if summary == "now"));
}

#[test]
fn nothing_is_delivered_beside_a_call_that_cannot_be_read() {
    let mut conversation = begin(Action::Implement);
    let turn = conversation.answered(&answer(
        "",
        &[("write", json!({"path": "a"})), deliver("done")],
    ));
    let Turn::Work(asked) = turn else {
        panic!("{turn:?}")
    };
    assert!(matches!(
        asked[0].tool,
        Err(ToolError::Missing {
            field: "content",
            ..
        })
    ));
    assert_eq!(asked[1].tool, Err(ToolError::NotYet));
}

#[test]
fn an_answer_ends_an_action_at_most_once() {
    for other in [("give_up", json!({"reason": "no"})), deliver("again")] {
        let mut conversation = begin(Action::Deliver);
        let turn = conversation.answered(&answer("", &[deliver("yes"), other]));
        let Turn::Work(asked) = turn else {
            panic!("{turn:?}")
        };
        assert!(
            asked
                .iter()
                .all(|asked| asked.tool == Err(ToolError::SeveralEndings))
        );
    }
}

#[test]
fn giving_up_holds_even_beside_a_call_that_cannot_be_read() {
    let mut conversation = begin(Action::Plan);
    let calls = [
        ("raed", json!({})),
        ("give_up", json!({"reason": "AC-1 contradicts AC-2"})),
    ];
    let turn = conversation.answered(&answer("", &calls));
    assert!(matches!(turn, Turn::GaveUp { reason, .. } if reason == "AC-1 contradicts AC-2"));
}

#[test]
fn a_text_without_calls_delivers_for_all_but_the_reviewer() {
    let said = answer(" All is well. \n", &[]);
    for action in Action::ALL {
        let turn = begin(action).answered(&said);
        match action {
            Action::Deliver => assert_eq!(turn, Turn::Nudge),
            _ => {
                let summary = "All is well.".to_owned();
                assert_eq!(
                    turn,
                    Turn::Delivered {
                        summary,
                        asked: Vec::new()
                    }
                );
            }
        }
    }
}

#[test]
fn a_model_that_ends_nothing_is_told_twice_and_then_given_up() {
    let cut = Answer {
        stop: Some("max_tokens".to_owned()),
        ..answer("I will now wri", &[])
    };
    for (action, said) in [
        (Action::Deliver, answer("Looks good to me.", &[])),
        (Action::Plan, answer(" ", &[])),
        (Action::Implement, answer("", &[])),
        (Action::Implement, cut),
    ] {
        let mut conversation = begin(action);
        for _ in 0..2 {
            assert_eq!(conversation.answered(&said), Turn::Nudge);
            let request = conversation.request("VSME-142", 1);
            let newest = request.messages.last().unwrap();
            assert!(matches!(newest, Message::User { text } if text.contains("`deliver`")));
        }
        assert!(
            matches!(conversation.answered(&said), Turn::GaveUp { .. }),
            "{action}"
        );
    }
}

#[test]
fn an_empty_answer_leaves_no_empty_message() {
    let mut conversation = begin(Action::Plan);
    conversation.answered(&answer("", &[]));
    let roles: Vec<bool> = conversation
        .request("VSME-142", 1)
        .messages
        .iter()
        .map(|message| matches!(message, Message::User { .. }))
        .collect();
    assert_eq!(roles, [true, true]);
}

#[test]
fn results_must_answer_the_calls_in_order() {
    let mut conversation = begin(Action::Plan);
    assert!(conversation.results(vec![result("c1", "x")]).is_err());
    conversation.answered(&answer("", &[read("a"), read("b")]));
    let before = conversation.request("VSME-142", 1);
    for wrong in [
        vec![],
        vec![result("c1", "x")],
        vec![result("c2", "x"), result("c1", "y")],
        vec![result("c1", "x"), result("c2", "y"), result("c3", "z")],
    ] {
        assert!(conversation.results(wrong).is_err());
    }
    assert_eq!(conversation.request("VSME-142", 1), before);
    conversation
        .results(vec![result("c1", "x"), result("c2", "y")])
        .unwrap();
    assert!(
        conversation
            .results(vec![result("c1", "x"), result("c2", "y")])
            .is_err()
    );
}

/// Computes the digest as the documentation of `context` says.
fn chained(prev: Option<Digest<Context>>, appended: &Value) -> Digest<Context> {
    Digest::of(&canonical::to_bytes(&json!({ "appended": appended, "prev": prev })).unwrap())
}

#[test]
fn the_context_is_a_chain_over_what_each_call_added() {
    let mut conversation = begin(Action::Plan);
    let first = conversation.context();
    assert_eq!(first, chained(None, &conversation.appended()));
    assert_eq!(conversation.appended()["messages"][0]["role"], "user");

    conversation.answered(&answer("I read.", &[read("a")]));
    conversation
        .results(vec![result("c1", "text of a")])
        .unwrap();
    let second = conversation.context();
    assert_eq!(second, chained(Some(first), &conversation.appended()));
    assert_eq!(conversation.appended().get("system"), None);

    conversation.answered(&answer("", &[]));
    assert_eq!(
        conversation.context(),
        chained(Some(second), &conversation.appended())
    );
}

#[test]
fn the_same_conversation_gives_the_same_digests_and_another_does_not() {
    let play = |text: &str, told: &str, arguments: Value| {
        let mut conversation = begin(Action::Plan);
        conversation.answered(&answer(text, &[("read", arguments)]));
        conversation.results(vec![result("c1", told)]).unwrap();
        conversation.context()
    };
    let base = || play("I read.", "text of a", json!({"path": "a"}));
    assert_eq!(base(), base());
    assert_ne!(base(), play("I look.", "text of a", json!({"path": "a"})));
    assert_ne!(base(), play("I read.", "text of b", json!({"path": "a"})));
    assert_ne!(base(), play("I read.", "text of a", json!({"path": "b"})));
}

#[test]
fn what_a_model_writes_cannot_break_the_digest() {
    let mut conversation = begin(Action::Plan);
    let mut deep = json!(u64::MAX);
    for _ in 0..120 {
        deep = json!({ "x": [deep] });
    }
    let mut hostile = answer("\u{0}", &[("read", deep.clone())]);
    hostile.reasoning = vec![deep];
    let before = conversation.context();
    conversation.answered(&hostile);
    conversation
        .results(vec![result("c1", "\u{FFFF}")])
        .unwrap();
    assert_ne!(conversation.context(), before);
}
