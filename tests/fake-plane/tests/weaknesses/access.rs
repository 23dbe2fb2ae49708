//! Who is let in, how often, and what time it is there.

use std::time::Duration;

use serde_json::{Value, json};
use trail_fake_plane::{Account, Role, Seed, Timing};

use crate::{Plane, text};

#[tokio::test]
async fn times_show_in_the_readers_zone() {
    let prague = Account {
        login: "prague".to_owned(),
        workspace: Role::Member,
        project: Some(Role::Member),
        service: false,
        offset: 3600,
    };
    let plane = Plane::start(Seed::new().timing(Timing::quick()).with(prague)).await;
    plane
        .post(
            "coder",
            json!({ "comment_html": "x", "created_at": "2026-11-21T23:30:00.5Z" }),
        )
        .await;
    let (_, seen) = plane
        .ask("prague", "GET", &plane.comments(), Value::Null)
        .await;
    assert_eq!(
        seen["results"][0]["created_at"],
        "2026-11-22T00:30:00.500000+01:00"
    );
    assert_eq!(
        plane.list().await[0]["created_at"],
        "2026-11-21T23:30:00.500000Z"
    );
}

#[tokio::test]
async fn sixty_requests_a_minute_and_key() {
    let plane = Plane::start(Seed::new().timing(Timing::quick())).await;
    plane.fake.hold_clock();
    let other = plane.fake.new_key("coder");
    for n in 0..60 {
        assert_eq!(
            plane.ask("coder", "GET", "labels/", Value::Null).await.0,
            200,
            "{n}"
        );
    }
    plane.fake.advance(Duration::from_secs(6));
    let url = format!("{}/api/v1/users/me/", plane.fake.url());
    let ask = |key: String| plane.client.get(&url).header("X-Api-Key", key).send();
    let refused = ask(plane.fake.key("coder")).await.unwrap();
    assert_eq!(refused.status(), 429);
    assert_eq!(refused.headers()["Retry-After"], "54");
    assert!(!refused.headers().contains_key("X-RateLimit-Remaining"));
    assert_eq!(
        ask(other).await.unwrap().headers()["X-RateLimit-Remaining"],
        "59"
    );
    plane.fake.advance(Duration::from_secs(54));
    assert_eq!(ask(plane.fake.key("coder")).await.unwrap().status(), 200);
    for _ in 0..70 {
        assert_eq!(
            ask("plane_api_bogus".to_owned()).await.unwrap().status(),
            403
        );
    }
}

#[tokio::test]
async fn a_path_without_its_slash_leads_elsewhere_and_loses_the_body() {
    let plane = Plane::quick().await;
    let path = plane.comments();
    let (status, _) = plane
        .ask("coder", "POST", path.trim_end_matches('/'), text("x"))
        .await;
    assert_eq!(status, 301);
    assert_eq!(plane.list().await.len(), 0);
}

#[tokio::test]
async fn accounts_that_are_out_are_refused_and_still_listed() {
    let plane = Plane::quick().await;
    plane.fake.deactivate_member("tester");
    assert_eq!(plane.post("tester", text("x")).await.0, 403);
    let (_, members) = plane.ask("coder", "GET", "members/", Value::Null).await;
    assert!(members.to_string().contains("tester"));
    plane.fake.deactivate_account("guest");
    let (status, body) = plane.post("guest", text("x")).await;
    assert_eq!(
        (status, &body["detail"]),
        (403, &"Given API token is not valid".into())
    );
    let (guest, key) = (plane.fake.web("klara"), plane.fake.key("klara"));
    assert!(guest.comment(&plane.item, "<p>x</p>").is_ok());
    plane.fake.revoke(&key);
    assert_eq!(plane.post("klara", text("x")).await.0, 403);
}

#[tokio::test]
async fn a_guest_comments_by_the_api_and_not_in_the_browser() {
    let plane = Plane::quick().await;
    assert_eq!(plane.post("guest", text("x")).await.0, 201);
    assert!(plane.fake.web("guest").comment(&plane.item, "x").is_err());
    plane.fake.set_role("guest", Role::Member);
    assert!(plane.fake.web("guest").comment(&plane.item, "x").is_ok());
}
