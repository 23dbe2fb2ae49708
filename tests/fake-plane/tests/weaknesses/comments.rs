//! What comments are like.

use std::time::Duration;

use serde_json::{Value, json};
use trail_fake_plane::{Seed, Timing};

use crate::{Plane, text};

#[tokio::test]
async fn external_ids_race_and_are_free_again_after_deletion() {
    let plane = Plane::racing().await;
    let same =
        json!({ "comment_html": "<p>x</p>", "external_source": "trail", "external_id": "1" });
    let (one, two) = tokio::join!(
        plane.post("coder", same.clone()),
        plane.post("tester", same.clone())
    );
    assert_eq!(
        (one.0, two.0),
        (201, 201),
        "both looked before either inserted"
    );
    let (status, body) = plane.post("coder", same.clone()).await;
    assert_eq!(status, 409);
    assert!([&one.1["id"], &two.1["id"]].contains(&&body["id"]));
    for made in [one.1, two.1] {
        let path = format!("{}{}/", plane.comments(), made["id"].as_str().unwrap());
        assert_eq!(
            plane.ask("guest", "DELETE", &path, Value::Null).await.0,
            204
        );
    }
    assert_eq!(plane.post("coder", same).await.0, 201);
    // With one of the two fields only, nothing is looked at.
    for _ in 0..2 {
        let half = json!({ "comment_html": "<p>x</p>", "external_id": "2", "external_source": "" });
        assert_eq!(plane.post("coder", half).await.0, 201);
    }
}

#[tokio::test]
async fn a_time_is_written_twice_and_readers_see_both() {
    let slow = Timing {
        rewrite: Duration::from_millis(150)..Duration::from_millis(151),
        ..Timing::quick()
    };
    let plane = Plane::start(Seed::new().per_minute(10_000).timing(slow)).await;
    let post = plane.post("coder", text("<p>x</p>"));
    let look = async {
        tokio::time::sleep(Duration::from_millis(60)).await;
        plane.list().await
    };
    let ((_, posted), early) = tokio::join!(post, look);
    let (early, late) = (&early[0], &plane.list().await[0]);
    let time = |row: &Value, field: &str| row[field].as_str().unwrap().to_owned();
    assert!(
        time(early, "created_at") < time(early, "updated_at"),
        "{early}"
    );
    assert!(
        time(late, "created_at") > time(late, "updated_at"),
        "{late}"
    );
    assert_eq!(late["updated_at"], early["updated_at"]);
    assert_eq!(late["created_at"], posted["created_at"]);
    assert_eq!(
        (&late["updated_by"], &late["edited_at"]),
        (&Value::Null, &Value::Null)
    );
}

#[tokio::test]
async fn what_is_answered_400_or_500_may_be_stored() {
    let plane = Plane::quick().await;
    let nobody = "00000000-0000-4000-8000-000000000000";
    for (bad, error) in [
        (
            json!({ "comment_html": "a", "created_by": nobody }),
            "The payload is not valid",
        ),
        (
            json!({ "comment_html": "b", "created_at": "garbage" }),
            "Please provide valid detail",
        ),
    ] {
        let (status, body) = plane.post("coder", bad).await;
        assert_eq!((status, &body["error"]), (400, &error.into()));
    }
    plane.fake.faults().broker_down(true);
    let sent = json!({ "comment_html": "c", "external_source": "trail", "external_id": "c" });
    assert_eq!(plane.post("coder", sent.clone()).await.0, 500);
    plane.fake.faults().broker_down(false);
    assert_eq!(plane.post("coder", sent).await.0, 409);
    let there: Vec<_> = plane
        .list()
        .await
        .iter()
        .map(|row| row["comment_html"].clone())
        .collect();
    assert_eq!(there, ["c", "b", "a"]);
    let rows = plane.fake.comments(&plane.item);
    assert!(
        rows[1].created_at < rows[1].updated_at,
        "it stays provisional"
    );
}

#[tokio::test]
async fn what_cannot_be_a_comment_is_refused() {
    let plane = Plane::quick().await;
    for (body, place) in [
        (json!({ "comment_html": "a\0b" }), "/comment_html/0"),
        (json!({ "comment_html": ["a"] }), "/comment_html/0"),
        (json!({ "external_id": "x".repeat(256) }), "/external_id/0"),
    ] {
        let (status, body) = plane.post("coder", body).await;
        assert!(
            status == 400 && body.pointer(place).is_some(),
            "{status} {body}"
        );
    }
    let project = plane.fake.project();
    let url = format!(
        "{}/api/v1/workspaces/acme/projects/{project}/{}",
        plane.fake.url(),
        plane.comments()
    );
    let send = |body: Vec<u8>| {
        let request = plane
            .client
            .post(&url)
            .header("X-Api-Key", plane.fake.key("coder"));
        request
            .header("Content-Type", "application/json")
            .body(body)
            .send()
    };
    assert_eq!(
        send(b"{\"comment_html\": \"\\ud800\"}".to_vec())
            .await
            .unwrap()
            .status(),
        400
    );
    assert_eq!(
        send(b"{\"comment_html\": \"\xff\"}".to_vec())
            .await
            .unwrap()
            .status(),
        400
    );
    let fits = 5_242_880 - r#"{"comment_html":""}"#.len();
    let (status, _) = plane.post("coder", text(&"x".repeat(fits))).await;
    assert_eq!(status, 201);
    let (status, body) = plane.post("coder", text(&"x".repeat(fits + 1))).await;
    assert_eq!(
        (status, &body["error"]),
        (413, &"REQUEST_BODY_TOO_LARGE".into())
    );
    assert_eq!(plane.list().await.len(), 1);
    // A comment of an item that is not there is refused, its list is empty.
    let unknown = "work-items/00000000-0000-4000-8000-000000000000/comments/";
    assert_eq!(plane.ask("coder", "POST", unknown, text("x")).await.0, 400);
    let (status, body) = plane.ask("coder", "GET", unknown, Value::Null).await;
    assert_eq!((status, &body["total_count"]), (200, &0.into()));
}

#[tokio::test]
async fn comments_are_kept_byte_for_byte_and_trimmed_at_the_ends() {
    let plane = Plane::quick().await;
    let hostile = "<!-- c --><details><summary>s</summary>\r\n<script>x</script></details>&quot; e\u{301} \u{1F600}\u{2028}<p>open";
    plane
        .post("coder", text(&format!(" \n{hostile}\u{a0}\n")))
        .await;
    assert_eq!(plane.list().await[0]["comment_html"], hostile);
}

#[tokio::test]
async fn rows_of_one_time_lie_as_in_a_heap() {
    let plane = Plane::quick().await;
    let at = "2030-01-01T00:00:00Z";
    let mut ids = Vec::new();
    for n in 0..3 {
        let body = json!({ "comment_html": n.to_string(), "created_at": at });
        ids.push(plane.post("coder", body).await.1["id"].clone());
    }
    let order = |rows: Vec<Value>| {
        rows.iter()
            .map(|row| row["comment_html"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(order(plane.list().await), ["0", "1", "2"]);
    let path = format!("{}{}/", plane.comments(), ids[0].as_str().unwrap());
    plane.ask("tester", "PATCH", &path, json!({})).await;
    assert_eq!(
        order(plane.list().await),
        ["1", "2", "0"],
        "an edit of nothing moves the row"
    );
    assert_eq!(
        plane.list().await[2]["updated_by"],
        plane.fake.user("tester").as_str()
    );
    assert_eq!(
        plane.list().await[0]["created_at"],
        at,
        "no fraction where it is zero"
    );
}
