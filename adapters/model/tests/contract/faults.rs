//! What goes wrong, and what becomes of it.

use std::time::{Duration, Instant};

use trail_model::Kind;
use trail_model::peer::Trouble;
use trail_port::model::{Error, Message};

use crate::common::{FORMATS, KEY, model, request, settings};
use crate::turn_peer;

#[tokio::test]
async fn every_passing_trouble_is_tried_again_and_listed() {
    let troubles = [
        (Trouble::status(408), "HTTP 408"),
        (Trouble::status(429), "HTTP 429"),
        (Trouble::status(500), "HTTP 500"),
        (Trouble::status(529), "HTTP 529"),
        (Trouble::Disconnect, ""),
        (Trouble::Cut(0), "cut"),
        (Trouble::Cut(2), "cut"),
        (Trouble::Stop(2), "ended without"),
        (Trouble::Garble(1), "not JSON"),
        (
            Trouble::ErrorEvent("overloaded_error".to_owned()),
            "error event",
        ),
        (Trouble::Html, "log in"),
        (Trouble::HalfJson, "neither JSON"),
    ];
    for kind in FORMATS {
        let peer = turn_peer(&["partly heard, then whole"; 12]).await;
        let model = model(kind, peer.url());
        for (n, (trouble, says)) in troubles.iter().enumerate() {
            peer.trouble(2 * n + 1, trouble.clone());
            let answer = model.ask(&request("go")).await.unwrap();
            assert_eq!(
                answer.text, "partly heard, then whole",
                "{kind:?} {trouble:?}"
            );
            let [failed] = &answer.attempts[..] else {
                panic!("{kind:?} {trouble:?}: {answer:?}")
            };
            assert!(
                failed.error.contains(says),
                "{kind:?} {trouble:?}: {}",
                failed.error
            );
            assert!(failed.at.as_millis() > 1_700_000_000_000, "{failed:?}");
            assert_eq!(answer.request_id, Some(format!("req_{}", 2 * n + 2)));
        }
    }
}

#[tokio::test]
async fn a_stalled_or_silent_peer_is_given_up_and_tried_again() {
    for kind in FORMATS {
        let peer = turn_peer(&["one", "two"]).await;
        let mut settings = settings(kind, peer.url());
        (settings.timeouts.idle_ms, settings.timeouts.response_ms) = (400, 600);
        let model = settings.build().unwrap();
        for (request_number, trouble, says) in [
            (1, Trouble::Stall(2), "stalled for 400ms"),
            (3, Trouble::Silence, "no answer began"),
        ] {
            peer.trouble(request_number, trouble);
            let answer = model.ask(&request("go")).await.unwrap();
            assert_eq!(answer.attempts.len(), 1, "{kind:?}");
            assert!(
                answer.attempts[0].error.contains(says),
                "{:?}",
                answer.attempts
            );
        }
    }
}

#[tokio::test]
async fn an_answer_that_never_ends_is_cut_off_by_the_clock() {
    let peer = turn_peer(&["x".repeat(2000).as_str()]).await;
    peer.trouble_always(Trouble::Slow(Duration::from_millis(50)));
    let mut settings = settings(Kind::Anthropic, peer.url());
    settings.timeouts.overall_ms = 300;
    settings.retry.max_attempts = 1;
    let error = settings
        .build()
        .unwrap()
        .ask(&request("go"))
        .await
        .unwrap_err();
    assert!(
        error.to_string().contains("no whole answer within 300ms"),
        "{error}"
    );
}

#[tokio::test]
async fn attempts_end_and_nothing_of_a_failed_call_is_used() {
    for kind in FORMATS {
        let peer = turn_peer(&["never told"]).await;
        peer.trouble_always(Trouble::Cut(3));
        let outcome = model(kind, peer.url()).ask(&request("go")).await;
        let Err(Error::Transient {
            endpoint,
            attempts,
            reason,
            retry_after,
        }) = outcome
        else {
            panic!("{kind:?}: {outcome:?}");
        };
        assert_eq!(attempts.len(), 5, "{kind:?}");
        assert_eq!(peer.seen().len(), 5, "{kind:?}");
        assert!(reason.contains("gave up after attempt 5"), "{reason}");
        assert_eq!(format!("http://{endpoint}"), peer.url());
        assert_eq!(retry_after, None);
    }
}

#[tokio::test]
async fn the_peers_wish_to_wait_is_kept_up_to_a_limit() {
    for kind in FORMATS {
        let peer = turn_peer(&["at last"]).await;
        let busy = |wait: &str| Trouble::Status {
            status: 429,
            retry_after: Some(wait.to_owned()),
            message: "slow down".to_owned(),
        };
        peer.trouble(1, busy("0.3"));
        peer.trouble(3, busy("3600"));
        let model = model(kind, peer.url());
        let start = Instant::now();
        let answer = model.ask(&request("go")).await.unwrap();
        assert!(
            start.elapsed() >= Duration::from_millis(300),
            "{:?}",
            start.elapsed()
        );
        assert_eq!(answer.attempts.len(), 1);
        let outcome = model.ask(&request("go")).await;
        let Err(Error::Transient {
            retry_after,
            attempts,
            ..
        }) = outcome
        else {
            panic!("{kind:?}: {outcome:?}");
        };
        assert_eq!(
            (retry_after, attempts.len()),
            (Some(Duration::from_secs(3600)), 1)
        );
    }
}

#[tokio::test]
async fn a_refusal_for_good_is_not_tried_again_says_what_to_do_and_shows_no_key() {
    let statuses = [
        (400, "temperature"),
        (401, "API key was refused"),
        (403, "claude-or-gpt"),
        (404, "base_url"),
        (413, "too large"),
        (422, "extra_body"),
    ];
    for kind in FORMATS {
        for (status, hint) in statuses {
            let peer = turn_peer(&["never told"]).await;
            let message = format!("bad key {KEY}\u{1b}[2J {}", "x".repeat(100_000));
            peer.trouble_always(Trouble::Status {
                status,
                retry_after: None,
                message,
            });
            let model = model(kind, peer.url());
            let error = model.ask(&request("go")).await.unwrap_err();
            assert!(matches!(error, Error::Permanent { .. }), "{error:?}");
            let shown = format!("{error} {error:?}");
            assert!(
                shown.contains(hint) && shown.contains(&status.to_string()),
                "{shown}"
            );
            assert!(
                !shown.contains("sk-very") && !shown.contains('\u{1b}'),
                "{shown}"
            );
            assert!(shown.len() < 3000, "{} bytes", shown.len());
            assert_eq!(peer.seen().len(), 1);
        }
    }
}

#[tokio::test]
async fn a_final_error_inside_a_stream_is_not_tried_again() {
    for kind in FORMATS {
        let peer = turn_peer(&["never told"]).await;
        let kind_of_error = "context_length_exceeded".to_owned();
        peer.trouble_always(Trouble::ErrorEvent(kind_of_error));
        let error = model(kind, peer.url())
            .ask(&request("go"))
            .await
            .unwrap_err();
        assert!(
            matches!(error, Error::Permanent { .. }),
            "{kind:?}: {error:?}"
        );
        assert_eq!(peer.seen().len(), 1);
    }
}

#[tokio::test]
async fn the_key_goes_where_it_belongs_and_never_after_a_redirect() {
    for kind in FORMATS {
        let thief = turn_peer(&["stolen"]).await;
        let peer = turn_peer(&["hello"]).await;
        let model = model(kind, peer.url());
        model.ask(&request("go")).await.unwrap();
        let seen = peer.seen();
        let (name, value) = match kind {
            Kind::Anthropic => ("x-api-key", KEY.to_owned()),
            Kind::OpenaiChat | Kind::OpenaiResponses | Kind::Scripted => {
                ("authorization", format!("Bearer {KEY}"))
            }
        };
        assert_eq!(seen[0].header(name), Some(value.as_str()));
        assert!(
            !seen[0].body.to_string().contains("PROJ-1"),
            "the purpose is never sent"
        );
        peer.trouble_always(Trouble::Redirect(format!("{}/v1/messages", thief.url())));
        let error = model.ask(&request("go")).await.unwrap_err();
        assert!(matches!(error, Error::Permanent { .. }), "{error:?}");
        assert!(error.to_string().contains("redirects to"), "{error}");
        assert!(thief.seen().is_empty());
    }
}

#[tokio::test]
async fn a_peer_that_floods_is_cut_off() {
    for kind in FORMATS {
        for (trouble, says) in [
            (Trouble::Flood, "larger than the 16777216 bytes"),
            (Trouble::LongLine, "longer than the 8388608 bytes"),
        ] {
            let peer = turn_peer(&["never told"]).await;
            peer.trouble_always(trouble);
            let mut settings = settings(kind, peer.url());
            settings.retry.max_attempts = 1;
            let error = settings
                .build()
                .unwrap()
                .ask(&request("go"))
                .await
                .unwrap_err();
            assert!(error.to_string().contains(says), "{kind:?}: {error}");
        }
    }
}

#[tokio::test]
async fn no_peer_at_all_is_a_passing_trouble() {
    let gone = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    };
    for kind in FORMATS {
        let error = model(kind, &gone).ask(&request("go")).await.unwrap_err();
        let Error::Transient {
            attempts, reason, ..
        } = error
        else {
            panic!("{error:?}")
        };
        assert_eq!(attempts.len(), 5);
        assert!(reason.to_lowercase().contains("refused"), "{reason}");
    }
}

#[tokio::test]
async fn a_conversation_that_does_not_join_never_reaches_the_peer() {
    for kind in FORMATS {
        let peer = turn_peer(&["never told"]).await;
        let mut broken = request("go");
        broken.messages.push(Message::Tool { results: vec![] });
        broken.messages.push(Message::Assistant {
            text: "I".to_owned(),
            reasoning: vec![],
            calls: vec![],
        });
        let error = model(kind, peer.url()).ask(&broken).await.unwrap_err();
        assert!(matches!(error, Error::Permanent { .. }), "{error:?}");
        assert!(peer.seen().is_empty());
    }
}
