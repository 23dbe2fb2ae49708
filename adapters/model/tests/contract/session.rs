//! Sessions that go well, whatever the manners of the peer.

use std::sync::Arc;

use serde_json::{Value, json};
use trail_model::peer::{Manner, Peer};
use trail_model::scripted::{Call, Script, Turn};
use trail_model::{Kind, Scripted};
use trail_port::Model;
use trail_port::model::{Answer, Request};
use trail_record::body::Usage;

use crate::common::{FORMATS, go_on, model, request, settings};
use crate::{turn, turn_peer, usage};

const SCRIPT: &str = r#"{
    "name": "scripted-session",
    "actions": [{"action": "implement", "round": 1, "turns": [
        {"expect": "fix add()", "text": "I read the file — für alle Fälle 🦀.",
         "reasoning": "add() subtracts;\nthe test wants 5.",
         "calls": [{"name": "read_file", "arguments": {"path": "calc.py"}},
                   {"name": "run_command", "arguments": {"command": "python3 \"test\".py\n"}}],
         "usage": {"input": 1200, "output": 40, "cache_read": 300, "cache_write": 7,
                   "reasoning": 12}},
        {"expect": "return a - b", "reasoning": "minus",
         "calls": [{"name": "record_decision"}], "usage": {"input": 1300, "output": 9}},
        {"expect": "recorded", "text": "Fixed add()."}
    ]}]
}"#;

/// Plays the session to its end and returns the answers and the last request.
async fn play(model: &dyn Model) -> (Vec<Answer>, Request) {
    let mut request = request("please fix add()");
    let mut answers = Vec::new();
    loop {
        let answer = model.ask(&request).await.unwrap();
        go_on(&mut request, &answer, |name, _| match name {
            "read_file" => "def add(a, b):\n    return a - b\n".to_owned(),
            "record_decision" => "recorded".to_owned(),
            _ => String::new(),
        });
        answers.push(answer);
        if answers[answers.len() - 1].calls.is_empty() {
            return (answers, request);
        }
    }
}

/// Checks what every model must give for the session.
fn check(answers: &[Answer]) {
    let [first, second, third] = answers else {
        panic!("{} answers", answers.len())
    };
    assert_eq!(first.text, "I read the file — für alle Fälle 🦀.");
    let calls: Vec<(&str, &str, &Value)> = first
        .calls
        .iter()
        .map(|c| (c.id.as_str(), c.name.as_str(), &c.arguments))
        .collect();
    assert_eq!(
        calls,
        [
            ("implement-1-1-1", "read_file", &json!({"path": "calc.py"})),
            (
                "implement-1-1-2",
                "run_command",
                &json!({"command": "python3 \"test\".py\n"})
            ),
        ]
    );
    assert_eq!(first.reasoning.len(), 1);
    assert_eq!(
        first.usage,
        Usage {
            cache_read: Some(300),
            cache_write: Some(7),
            reasoning: Some(12),
            ..usage(1200, 40)
        }
    );
    assert!(first.raw_usage.is_object(), "{}", first.raw_usage);
    assert_eq!((second.text.as_str(), second.calls.len()), ("", 1));
    assert_eq!(second.calls[0].arguments, json!({}));
    assert_eq!(second.usage, usage(1300, 9), "what was not told is unknown");
    assert_eq!(
        (third.text.as_str(), third.calls.len()),
        ("Fixed add().", 0)
    );
    assert_eq!(third.usage, Usage::default());
    for answer in answers {
        assert_eq!(answer.model_served.as_deref(), Some("scripted-session"));
        assert_eq!(answer.attempts, []);
        assert!(answer.stop.is_some());
    }
}

async fn script_peer() -> Peer {
    Peer::of_script(Script::read("test", SCRIPT).unwrap())
        .await
        .unwrap()
}

#[tokio::test]
async fn a_session_with_tools_and_reasoning_is_played_on_every_format() {
    for kind in FORMATS {
        let peer = script_peer().await;
        let model = model(kind, peer.url());
        let (answers, request) = play(model.as_ref()).await;
        check(&answers);
        for (n, answer) in answers.iter().enumerate() {
            assert_eq!(
                answer.request_id,
                Some(format!("req_{}", n + 1)),
                "{kind:?}"
            );
            assert!(answer.message_id.is_some(), "{kind:?}");
        }
        // The peer refuses changed reasoning; that some was sent back at all is checked here.
        let seen = peer.seen();
        let last = seen.last().unwrap().body.to_string();
        for item in answers.iter().flat_map(|answer| &answer.reasoning) {
            let sent = match kind {
                Kind::OpenaiChat => item["reasoning_content"].to_string(),
                Kind::Anthropic | Kind::OpenaiResponses | Kind::Scripted => item.to_string(),
            };
            assert!(last.contains(&sent), "{kind:?}: {sent} is not in {last}");
        }
        assert_eq!(request.messages.len(), 6);
    }
}

#[tokio::test]
async fn the_same_script_without_a_network_gives_the_same_session() {
    let model: Scripted = SCRIPT.parse().unwrap();
    let (answers, _) = play(&model).await;
    check(&answers);
}

#[tokio::test]
async fn plain_json_answers_to_a_stream_are_taken() {
    for kind in FORMATS {
        let peer = script_peer().await;
        peer.set_manner(Manner {
            plain: true,
            ..Manner::default()
        });
        let (answers, _) = play(model(kind, peer.url()).as_ref()).await;
        check(&answers);
        assert!(peer.seen().iter().all(|seen| seen.body["stream"] == true));
    }
}

#[tokio::test]
async fn events_may_fall_apart_anywhere() {
    for kind in FORMATS {
        for size in [1, 7] {
            let peer = script_peer().await;
            peer.set_manner(Manner {
                pieces: Some(size),
                ..Manner::default()
            });
            let (answers, _) = play(model(kind, peer.url()).as_ref()).await;
            check(&answers);
        }
    }
}

#[tokio::test]
async fn a_chat_server_may_leave_out_ids_and_the_end_marker() {
    let peer = script_peer().await;
    peer.set_manner(Manner {
        without_ids: true,
        without_done: true,
        ..Manner::default()
    });
    let (answers, _) = play(model(Kind::OpenaiChat, peer.url()).as_ref()).await;
    let ids: Vec<&str> = answers
        .iter()
        .flat_map(|a| &a.calls)
        .map(|call| call.id.as_str())
        .collect();
    assert_eq!(ids, ["call_1", "call_2", "call_3"]);
}

#[tokio::test]
async fn arguments_that_are_no_object_stay_text_and_can_be_sent_back() {
    for kind in FORMATS {
        let broken = Call {
            name: "read_file".to_owned(),
            arguments: json!("{\"path\": \"ca"),
        };
        let first = Turn {
            calls: vec![broken],
            ..Turn::default()
        };
        let peer = Peer::of_turns(vec![first, turn("sorry")]).await.unwrap();
        let model = model(kind, peer.url());
        let mut request = request("go");
        let answer = model.ask(&request).await.unwrap();
        assert_eq!(
            answer.calls[0].arguments,
            json!("{\"path\": \"ca"),
            "{kind:?}"
        );
        go_on(&mut request, &answer, |_, _| "no JSON".to_owned());
        assert_eq!(model.ask(&request).await.unwrap().text, "sorry", "{kind:?}");
    }
}

#[tokio::test]
async fn extra_fields_are_sent_with_every_body() {
    for kind in FORMATS {
        let peer = turn_peer(&["hello"]).await;
        let mut settings = settings(kind, peer.url());
        settings
            .extra_body
            .insert("reasoning".to_owned(), json!({"effort": "high"}));
        settings.temperature = Some(0.5);
        settings.build().unwrap().ask(&request("go")).await.unwrap();
        let body = peer.seen().remove(0).body;
        assert_eq!(
            (&body["reasoning"]["effort"], &body["temperature"]),
            (&json!("high"), &json!(0.5))
        );
    }
}

#[tokio::test]
async fn one_model_answers_many_at_once() {
    let peer = Arc::new(turn_peer(&["hello"; 20]).await);
    let model = model(Kind::OpenaiChat, peer.url());
    let asked: Vec<_> = (0..20)
        .map(|n| {
            let model = Arc::clone(&model);
            tokio::spawn(async move { model.ask(&request(&format!("go {n}"))).await })
        })
        .collect();
    for answer in asked {
        assert_eq!(answer.await.unwrap().unwrap().text, "hello");
    }
}
