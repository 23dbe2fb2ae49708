//! What items and labels are like.

use std::time::Duration;

use serde_json::{Value, json};
use trail_fake_plane::Seed;

use crate::{Plane, text};

#[tokio::test]
async fn items_are_marked_late_and_labels_vanish_without_a_sign() {
    let plane = Plane::start(Seed::new().per_minute(10_000).labels(&["gate:plan"])).await;
    let settle = || plane.fake.advance(Duration::from_secs(1));
    let updated = || plane.fake.item(&plane.item).unwrap().updated_at;
    plane
        .fake
        .web("klara")
        .label(&plane.item, "gate:plan")
        .unwrap();
    settle();
    let before = updated();
    plane.post("coder", text("<p>x</p>")).await;
    assert_eq!(updated(), before, "the queue comes later");
    assert_eq!(plane.fake.queued(), 1);
    settle();
    assert!(updated() > before);
    let before = updated();
    plane.fake.web("coder").delete_label("gate:plan").unwrap();
    settle();
    assert_eq!(updated(), before);
    assert_eq!(plane.fake.item(&plane.item).unwrap().labels, [""; 0]);
    let path = format!("work-items/{}/activities/", plane.item);
    let (_, rows) = plane.ask("coder", "GET", &path, Value::Null).await;
    let fields: Vec<_> = rows["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["comment"].clone())
        .collect();
    assert_eq!(fields, ["created the issue", "added label "]);
    // Stopped, the queue keeps its work; with the broker down, it never hears of it.
    plane.fake.faults().queue_stopped(true);
    plane.post("coder", text("<p>y</p>")).await;
    settle();
    assert_eq!(updated(), before);
    plane.fake.faults().queue_stopped(false);
    settle();
    assert!(updated() > before);
    let before = updated();
    plane.fake.faults().broker_down(true);
    plane.post("coder", text("<p>z</p>")).await;
    plane.fake.faults().broker_down(false);
    settle();
    assert_eq!(updated(), before);
}

#[tokio::test]
async fn of_any_number_of_callers_one_makes_a_label() {
    let plane = Plane::quick().await;
    let make = |login| plane.ask(login, "POST", "labels/", json!({ "name": "trail-claim:1" }));
    let made = tokio::join!(make("coder"), make("tester"), make("klara"), make("coder"));
    let mut statuses = [made.0.0, made.1.0, made.2.0, made.3.0];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409, 409, 409]);
    assert_eq!(make("guest").await.0, 403);
}

#[tokio::test]
async fn a_member_makes_itself_creator_and_destroys_an_item() {
    let plane = Plane::quick().await;
    plane.post("coder", text("<p>history</p>")).await;
    let path = format!("work-items/{}/", plane.item);
    assert_eq!(
        plane.ask("tester", "DELETE", &path, Value::Null).await.0,
        403
    );
    let own = json!({ "created_by": plane.fake.user("tester"), "sequence_id": 9999 });
    let (status, row) = plane.ask("tester", "PATCH", &path, own).await;
    assert_eq!((status, &row["sequence_id"]), (200, &9999.into()));
    assert_eq!(
        plane.ask("tester", "DELETE", &path, Value::Null).await.0,
        204
    );
    assert_eq!(plane.list().await, [Value::Null; 0]);
    assert_eq!(plane.ask("coder", "GET", &path, Value::Null).await.0, 404);
}

#[tokio::test]
async fn bodies_of_items_are_rewritten_and_external_ids_found() {
    let plane = Plane::racing().await;
    let body = json!({
        "name": "x", "external_source": "trail", "external_id": "1",
        "description_html": "<p>&quot;a&quot;</p>\r\n<!-- c --><p data-x=\"1\">b</p>",
    });
    let (one, two) = tokio::join!(
        plane.ask("coder", "POST", "work-items/", body.clone()),
        plane.ask("coder", "POST", "work-items/", body)
    );
    assert_eq!(
        one.1["description_html"],
        "<div><p>\"a\"</p>\n<p>b</p></div>"
    );
    assert_eq!((one.0, two.0), (201, 201));
    let found = plane.ask(
        "coder",
        "GET",
        "work-items/?external_source=trail&external_id=1",
        Value::Null,
    );
    assert_eq!(found.await.0, 500, "two have it");
    let empty = json!({ "name": "x", "description_html": "<!-- c -->" });
    assert_eq!(
        plane.ask("coder", "POST", "work-items/", empty).await.0,
        400
    );
}
