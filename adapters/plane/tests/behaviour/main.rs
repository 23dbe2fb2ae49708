//! The adapter against the Plane stand-in: what Plane does wrong, and what must come of it.

#![expect(
    clippy::unwrap_used,
    reason = "this is test code: what is not as expected ends the test"
)]

mod append;
mod feed;
mod items;
mod people;
mod recordings;

use secrecy::SecretString;
use trail_fake_plane::{PlaneFake, Role, Seed, Timing};
use trail_plane::{Plane, Settings};
use trail_port::Tracker;
use trail_port::tracker::{Append, Comment, NewItem};
use trail_record::{CommentId, Digest, ItemId};

/// A project with two personas, two humans and a guest, whose limits do not matter.
async fn start() -> PlaneFake {
    PlaneFake::start(seed()).await
}

fn seed() -> Seed {
    Seed::new()
        .account("planner", Role::Member)
        .account("coder", Role::Member)
        .account("maria", Role::Member)
        .account("root", Role::Admin)
        .account("visitor", Role::Guest)
        .labels(&["trail", "gate:plan"])
        .per_minute(1_000_000)
        .timing(Timing::quick())
}

/// Returns the settings of an account.
fn settings(fake: &PlaneFake, login: &str) -> Settings {
    let key = SecretString::from(fake.key(login));
    let mut settings = Settings::new(fake.url(), &fake.workspace(), "PROJ", key);
    settings.requests_per_minute = 100_000;
    settings
}

/// Returns a client of an account, as a process of its own would have.
fn client(fake: &PlaneFake, login: &str) -> Plane {
    Plane::new(&settings(fake, login)).unwrap()
}

/// Files an item as a human.
async fn file(fake: &PlaneFake, title: &str) -> ItemId {
    let new = NewItem {
        title: title.to_owned(),
        body: format!("{title}\n\n- AC-1: it works\n"),
        labels: vec!["trail".to_owned()],
    };
    client(fake, "maria").create(&new).await.unwrap().id
}

/// Makes an append as the worker does: words, and an envelope at the end.
fn entry(name: &str, after: Option<&CommentId>) -> Append {
    Append {
        text: format!(
            "**Trail · planner** — {name}\n\n<details><summary>Sealed entry {name}</summary>\n\n\
             ```trail-entry\n{{\"payload\":\"{name}\"}}\n```\n\n</details>\n"
        ),
        key: Digest::of(name.as_bytes()),
        after: after.cloned(),
    }
}

/// Reads an item's comments.
async fn comments(plane: &Plane, item: &ItemId) -> Vec<Comment> {
    let read = plane.read(item, None).await.unwrap();
    assert!(read.complete);
    read.comments
}

fn texts(comments: &[Comment]) -> Vec<&str> {
    comments.iter().map(|own| own.text.as_str()).collect()
}

/// Posts a comment as anybody with a key can: every field as they like.
async fn post_raw(fake: &PlaneFake, login: &str, item: &ItemId, body: serde_json::Value) -> String {
    let url = format!(
        "{}/api/v1/workspaces/{}/projects/{}/work-items/{item}/comments/",
        fake.url(),
        fake.workspace(),
        fake.project()
    );
    let answer = reqwest::Client::builder()
        .no_proxy()
        .build()
        .unwrap()
        .post(url)
        .header("X-Api-Key", fake.key(login))
        .json(&body)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 201);
    let made: serde_json::Value = answer.json().await.unwrap();
    made["id"].as_str().unwrap().to_owned()
}

/// Lets the queue do what it has to.
async fn settle(fake: &PlaneFake) {
    while fake.queued() > 0 {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}
