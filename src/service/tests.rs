use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use trail_record::Persona;
use trail_worker::{Hint, Now, Pulse};

use super::*;

const SECRET: &str = "a secret of this test";

/// A worker's endpoints, with the end of its bell.
struct Served {
    url: String,
    address: String,
    hints: mpsc::Receiver<Hint>,
    stop: CancellationToken,
}

async fn served(sender: Sender, peers: Vec<String>) -> Served {
    // The client of this process speaks TLS by the provider that `main` installs.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let listener = crate::listen::listen("127.0.0.1:0", false).await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (bell, hints) = mpsc::channel(8);
    let service = Service {
        persona: Persona::Coder,
        pulse: Arc::new(Pulse::default()),
        health: Health::of(Duration::from_secs(2), Duration::from_secs(300)),
        requests: Arc::new(|| vec![("read", 7), ("write", 2)]),
        hooks: Some(Hooks::new(sender, SECRET.into(), bell, peers).unwrap()),
    };
    let stop = CancellationToken::new();
    tokio::spawn(serve(listener, service, stop.clone()));
    Served {
        url: format!("http://{address}"),
        address,
        hints,
        stop,
    }
}

fn signature(sender: Sender, body: &str) -> String {
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, SECRET.as_bytes());
    let tag = hex::encode(ring::hmac::sign(&key, body.as_bytes()));
    match sender {
        Sender::GitHub => format!("sha256={tag}"),
        Sender::Plane => tag,
    }
}

async fn deliver(url: &str, sender: Sender, body: &str, signature: Option<String>) -> u16 {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut request = client
        .post(format!("{url}/webhooks/{sender}"))
        .body(body.to_owned());
    if let Some(signature) = signature {
        request = request.header(sender.signature(), signature);
    }
    request.send().await.unwrap().status().as_u16()
}

async fn get(url: &str) -> (u16, String) {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let answer = client.get(url).send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

#[tokio::test]
async fn only_a_good_signature_rings_and_only_once() {
    for sender in [Sender::GitHub, Sender::Plane] {
        let mut own = served(sender, Vec::new()).await;
        let body = r#"{"action":"created","event":"issue_comment","data":{}}"#;
        for bad in [
            None,
            Some(String::new()),
            Some("sha256=".to_owned()),
            Some("zz".to_owned()),
            Some(signature(sender, "another body")),
            Some(format!("{}0", signature(sender, body))),
        ] {
            assert_eq!(
                deliver(&own.url, sender, body, bad.clone()).await,
                401,
                "{bad:?}"
            );
        }
        assert!(own.hints.try_recv().is_err(), "{sender} rang for nothing");
        let good = Some(signature(sender, body));
        assert_eq!(deliver(&own.url, sender, body, good.clone()).await, 202);
        assert!(own.hints.recv().await.is_some());
        assert_eq!(deliver(&own.url, sender, body, good).await, 200);
        assert!(own.hints.try_recv().is_err(), "{sender} rang twice");
        let other = if sender == Sender::GitHub {
            Sender::Plane
        } else {
            Sender::GitHub
        };
        assert_eq!(
            deliver(&own.url, other, body, Some(signature(other, body))).await,
            404
        );
        own.stop.cancel();
    }
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused() {
    let mut own = served(Sender::GitHub, Vec::new()).await;
    let body = "x".repeat(MAX_BODY + 1);
    let good = Some(signature(Sender::GitHub, &body));
    assert_eq!(deliver(&own.url, Sender::GitHub, &body, good).await, 413);
    assert!(own.hints.try_recv().is_err());
}

#[tokio::test]
async fn a_delivery_is_passed_on_once_and_checked_again() {
    let mut second = served(Sender::GitHub, Vec::new()).await;
    let gone = "127.0.0.1:9".to_owned();
    let mut first = served(Sender::GitHub, vec![gone, second.address.clone()]).await;
    let body = r#"{"action":"created"}"#;
    let good = Some(signature(Sender::GitHub, body));
    assert_eq!(deliver(&first.url, Sender::GitHub, body, good).await, 202);
    let wait = Duration::from_secs(10);
    let heard = tokio::time::timeout(wait, second.hints.recv()).await;
    assert!(
        heard.is_ok_and(|hint| hint.is_some()),
        "the other worker heard nothing"
    );
    assert!(first.hints.recv().await.is_some());
    // A forged one is not passed on.
    let bad = Some(signature(Sender::GitHub, "other"));
    assert_eq!(
        deliver(&first.url, Sender::GitHub, r#"{"n":2}"#, bad).await,
        401
    );
    assert!(second.hints.try_recv().is_err());
}

#[tokio::test]
async fn health_and_metrics_are_told() {
    let own = served(Sender::GitHub, Vec::new()).await;
    assert_eq!(get(&format!("{}/healthz", own.url)).await.0, 200);
    let (code, text) = get(&format!("{}/readyz", own.url)).await;
    assert_eq!(code, 503, "{text}");
    assert!(text.contains("has not answered yet"));
    let (code, text) = get(&format!("{}/metrics", own.url)).await;
    assert_eq!(code, 200);
    for line in [
        "trail_worker_polls_total{persona=\"coder\"} 0",
        "trail_worker_tracker_requests_total{persona=\"coder\",kind=\"read\"} 7",
        "trail_worker_tracker_requests_total{persona=\"coder\",kind=\"write\"} 2",
        "trail_worker_ready{persona=\"coder\"} 0",
        "# EOF",
    ] {
        assert!(text.contains(line), "{line} is not in:\n{text}");
    }
}

#[test]
fn a_worker_is_ready_while_the_tracker_answers_and_it_does_not_stop() {
    let health = Health::of(Duration::from_secs(2), Duration::from_secs(60));
    let now = Instant::now();
    let polled = |ago: u64| Now {
        polled: now.checked_sub(Duration::from_secs(ago)),
        ..Now::default()
    };
    assert_eq!(health.trouble(polled(1), now), None);
    assert!(health.trouble(Now::default(), now).is_some());
    assert!(
        health
            .trouble(polled(600), now)
            .is_some_and(|why| why.contains("600 s"))
    );
    let draining = Now {
        draining: true,
        ..polled(1)
    };
    assert!(
        health
            .trouble(draining, now)
            .is_some_and(|why| why.contains("stopping"))
    );
}

#[tokio::test]
async fn an_address_that_others_reach_is_refused_unless_it_is_allowed() {
    assert!(crate::listen::listen("0.0.0.0:0", false).await.is_err());
    assert!(crate::listen::listen("nonsense", false).await.is_err());
    let taken = crate::listen::listen("127.0.0.1:0", false).await.unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let error = crate::listen::listen(&address, false).await.unwrap_err();
    assert!(error.to_string().contains(&address));
}
