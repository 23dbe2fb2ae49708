//! What a working worker answers over HTTP, what wakes it, and how it ends in order.

use std::time::{Duration, Instant};

use serde_json::json;
use trail_fake_plane::hook::{self, About};
use trail_tests::foreign::say;

use crate::process::Worker;
use crate::project::Project;
use crate::stand::{KLARA, Stand, Which};
use crate::team::Team;

const SECRET: &str = "the webhook's secret";
/// How long a worker waits that nobody wakes: longer than a test takes.
const POLL: Duration = Duration::from_secs(300);
/// How soon a worker that was woken must be at work.
const SOON: Duration = Duration::from_secs(20);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_is_woken_by_signed_deliveries_alone_and_drains_on_github() {
    woken(Which::GitHub).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_is_woken_by_signed_deliveries_alone_and_drains_on_plane() {
    woken(Which::Plane).await;
}

/// A delivery: headers and body.
struct Delivery {
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

async fn woken(which: Which) {
    let poll = format!("{}s", POLL.as_secs());
    let settings = [
        ("TRAIL_WORKER__POLL", poll.as_str()),
        ("TRAIL_WEBHOOKS__SECRET_ENV", "HOOK_SECRET"),
        ("HOOK_SECRET", SECRET),
    ];
    let team = Team::new(which, Project::pages(8, 400), &settings).await;
    let planner = team.start("planner");
    let until = Instant::now() + SOON;
    while get(&planner, "readyz").await != Some(200) {
        assert!(Instant::now() < until, "it is not ready\n{}", team.logs());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(get(&planner, "healthz").await, Some(200));
    assert_eq!(get(&planner, "metrics").await, Some(200));
    quiet(&planner).await;

    let item = team.file();
    let filed = delivery(&team, &item, None);
    let mut unsigned = delivery(&team, &item, None);
    unsigned
        .headers
        .retain(|(name, _)| !name.to_lowercase().contains("signature"));
    assert_eq!(deliver(&team, &planner, &unsigned).await, 401);
    let mut forged = delivery(&team, &item, None);
    forged.body.push(b' ');
    assert_eq!(deliver(&team, &planner, &forged).await, 401);
    quiet(&planner).await;

    let rung = Instant::now();
    assert_eq!(deliver(&team, &planner, &filed).await, 202);
    if which == Which::Plane {
        let start = woken_to(&team, &planner, "the question for a start", || {
            let status = team.status();
            let start = status["waits_for"].as_str()?.split('`').nth(1)?.to_owned();
            start.starts_with("/start ").then_some(start)
        });
        let start = start.await;
        quiet(&planner).await;
        let comment = team.stand.say(KLARA, &item, &start);
        let said = delivery(&team, &item, Some(&comment));
        assert_eq!(deliver(&team, &planner, &said).await, 202);
    }
    let lease = woken_to(&team, &planner, "the plan", || {
        let lease = team.status()["lease"].clone();
        lease.is_object().then_some(lease)
    });
    let lease = lease.await;
    assert_eq!(lease["action"], "plan");
    say(&format!(
        "{}: woken, the planner was at work {:.1?} after the first delivery (it polls each {POLL:?})",
        team.stand.name(),
        rung.elapsed()
    ));
    // What came once rings no second time.
    let hints = planner.metric("hints").await;
    assert_eq!(deliver(&team, &planner, &filed).await, 200);
    assert_eq!(planner.metric("hints").await, hints);

    drained(&team, planner).await;
}

/// Asks a worker to end in the midst of its work: it says so, finishes its call and gives the lease
/// back.
async fn drained(team: &Team, planner: Worker) {
    let url = planner.url().unwrap();
    let watch = tokio::spawn(async move {
        let mut seen = Vec::new();
        while let Ok(answer) = reqwest::get(format!("{url}/readyz")).await {
            seen.push(answer.status().as_u16());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        seen
    });
    let stopped = tokio::task::spawn_blocking(move || planner.service.stop(SOON)).await;
    let (status, took) = stopped.unwrap().expect("it ends in time");
    assert_eq!(status.code(), Some(0), "{}", team.logs());
    let seen = watch.await.unwrap();
    assert!(seen.contains(&503), "it never said that it stops: {seen:?}");
    let standing = team.status();
    assert_eq!(
        standing["lease"],
        json!(null),
        "{standing}\n{}",
        team.logs()
    );
    say(&format!(
        "{}: SIGTERM in mid-work: not ready at once, ended after {took:.1?}, the lease given back",
        team.stand.name()
    ));
}

/// Waits until a worker did something.
async fn woken_to<T>(
    team: &Team,
    worker: &Worker,
    what: &str,
    mut look: impl FnMut() -> Option<T>,
) -> T {
    let until = Instant::now() + SOON;
    loop {
        if let Some(found) = tokio::task::block_in_place(&mut look) {
            return found;
        }
        let logged = worker.logged();
        assert!(
            Instant::now() < until,
            "in vain for {what}\n{logged}\n{}",
            team.logs()
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Asserts that a worker does nothing for a while.
async fn quiet(worker: &Worker) {
    // What it was at may take a moment to end.
    tokio::time::sleep(Duration::from_millis(1500)).await;
    let before = worker.metric("polls").await;
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert!(before.is_some());
    assert_eq!(worker.metric("polls").await, before, "{}", worker.logged());
}

async fn get(worker: &Worker, path: &str) -> Option<u16> {
    let answer = reqwest::get(format!("{}/{path}", worker.url()?))
        .await
        .ok()?;
    Some(answer.status().as_u16())
}

/// Returns what the tracker would send, signed: of an item that was filed, or of a comment.
fn delivery(team: &Team, item: &str, comment: Option<&str>) -> Delivery {
    match &team.stand {
        Stand::GitHub(_) | Stand::Emulate(_) => {
            let number = crate::stand::number(item);
            let body = json!({
                "action": "opened",
                "issue": {"id": 1_000 + number, "number": number, "title": team.project.title},
                "repository": {"full_name": "acme/widgets"},
                "sender": {"login": KLARA},
            });
            let body = body.to_string().into_bytes();
            let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, SECRET.as_bytes());
            let tag = ring::hmac::sign(&key, &body);
            let tag: String = tag
                .as_ref()
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect();
            let headers = [
                ("X-GitHub-Event", "issues".to_owned()),
                (
                    "X-GitHub-Delivery",
                    "72d3162e-cc78-11e3-81ab-4c9367dc0958".to_owned(),
                ),
                ("X-Hub-Signature-256", format!("sha256={tag}")),
            ];
            Delivery {
                headers: headers.map(|(name, value)| (name.to_owned(), value)).into(),
                body,
            }
        }
        Stand::Plane(fake) => {
            let about = comment.map_or(About::ItemCreated(item), About::CommentCreated);
            let made = hook::delivery(fake, SECRET, KLARA, about).unwrap();
            let headers = made.headers.into_iter();
            Delivery {
                headers: headers
                    .map(|(name, value)| (name.to_owned(), value))
                    .collect(),
                body: made.body,
            }
        }
    }
}

async fn deliver(team: &Team, worker: &Worker, delivery: &Delivery) -> u16 {
    let url = format!("{}/webhooks/{}", worker.url().unwrap(), team.stand.name());
    let mut request = reqwest::Client::new().post(url).body(delivery.body.clone());
    for (name, value) in &delivery.headers {
        request = request.header(name, value);
    }
    request.send().await.unwrap().status().as_u16()
}
