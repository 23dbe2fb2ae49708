//! What a real Plane (CE 1.3.1) answered, served as it was recorded and read by the adapter.

use std::collections::BTreeMap;

use secrecy::SecretString;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use trail_plane::{Plane, Settings, webhook};
use trail_port::Tracker;
use trail_port::tracker::{Changed, Error, State};
use trail_record::{CommentId, ItemId, ItemKey, Moment, UserId};

const PROJECT: &str = "59addb1c-b4aa-4086-b9a7-ccf870d437cb";
const ITEM: &str = "f63ff895-7b6c-4c98-81c1-3bf2ad052dd3";
const CODER: &str = "e1f7ba5b-0d5f-43d6-84c2-34ea3c7648d4";

fn recording(name: &str) -> Value {
    let path = format!(
        "{}/tests/recordings/{name}.json",
        env!("CARGO_MANIFEST_DIR")
    );
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// Serves recordings by the beginning of their path, each request one connection.
async fn replay(table: &[(&str, &str)]) -> Plane {
    let routes: BTreeMap<String, Value> = table
        .iter()
        .map(|(path, name)| {
            (
                path.replace("{P}", PROJECT).replace("{I}", ITEM),
                recording(name),
            )
        })
        .collect();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut head = Vec::new();
            let mut byte = [0; 4096];
            while !head.windows(4).any(|end| end == b"\r\n\r\n") {
                let read = stream.read(&mut byte).await.unwrap();
                head.extend_from_slice(&byte[..read]);
            }
            let head = String::from_utf8_lossy(&head);
            let asked = head.split(' ').nth(1).unwrap();
            let path = asked
                .split('?')
                .next()
                .unwrap()
                .strip_prefix("/api/v1/")
                .unwrap();
            let found = routes.get(path);
            let answer = &found.unwrap_or_else(|| panic!("{path} was not expected"))["response"];
            let body = answer["body"].to_string();
            let mut text = format!("HTTP/1.1 {} x\r\nConnection: close\r\n", answer["status"]);
            for (name, value) in answer["headers"].as_object().unwrap() {
                if matches!(
                    name.to_lowercase().as_str(),
                    "date" | "retry-after" | "x-ratelimit-remaining"
                ) {
                    text.push_str(&format!("{name}: {}\r\n", value.as_str().unwrap()));
                }
            }
            text.push_str(&format!("Content-Length: {}\r\n\r\n{body}", body.len()));
            stream.write_all(text.as_bytes()).await.unwrap();
        }
    });
    let key = SecretString::from("plane_api_x");
    let mut settings = Settings::new(&url, "acme", PROJECT, key);
    settings.requests_per_minute = 1000;
    Plane::new(&settings).unwrap()
}

const PROJECT_ROUTE: (&str, &str) = ("workspaces/acme/projects/{P}/", "project_get");

#[tokio::test]
async fn an_item_with_its_comments_is_read() {
    let plane = replay(&[
        PROJECT_ROUTE,
        (
            "workspaces/acme/projects/{P}/work-items/{I}/",
            "work_item_get_expand",
        ),
        (
            "workspaces/acme/projects/{P}/work-items/{I}/comments/",
            "comment_list_adapter_fields",
        ),
    ])
    .await;
    let read = plane.read(&ItemId::new(ITEM), None).await.unwrap();
    assert_eq!(read.item.key, ItemKey::new("PROJ-1"));
    assert_eq!(
        (read.item.title.as_str(), read.item.body.as_str()),
        ("First work item", "Goal\n")
    );
    assert_eq!(
        (read.item.state, read.item.labels.as_slice()),
        (State::Todo, &["trail:managed".to_owned()][..])
    );
    assert_eq!(read.item.author, UserId::new(CODER));
    assert_eq!(
        read.item.created, read.item.updated,
        "the queue's second stamp is no change"
    );
    let told: Vec<_> = read
        .comments
        .iter()
        .map(|own| (own.text.as_str(), own.edited, own.backdated))
        .collect();
    // The one dated 2099 stands where it was stored.
    assert_eq!(
        told,
        [
            ("self edit", true, false),
            ("fut", false, true),
            ("null", false, false)
        ]
    );
    assert!(
        read.comments
            .iter()
            .all(|own| own.author == UserId::new(CODER))
    );
}

#[tokio::test]
async fn single_comments_are_read_for_what_they_are() {
    // Recording, text, author, edited, backdated.
    let coder = CODER;
    let klara = "375312f5-e46b-4500-8de5-0ad0211c2447";
    let table = [
        ("comment_get", "plain **hello**", coder, false, false),
        (
            "comment_get_created_in_ui",
            "approve sha256:abc & go",
            klara,
            false,
            false,
        ),
        (
            "comment_get_edited_in_ui",
            "approve EDITED",
            klara,
            true,
            false,
        ),
        (
            "comment_get_spoofed_readback",
            "APPROVED",
            coder,
            false,
            true,
        ),
    ];
    for (name, text, author, edited, backdated) in table {
        let id = recording(name)["response"]["body"]["id"]
            .as_str()
            .unwrap()
            .to_owned();
        let path = format!("workspaces/acme/projects/{{P}}/work-items/{{I}}/comments/{id}/");
        let plane = replay(&[PROJECT_ROUTE, (&path, name)]).await;
        let read = plane
            .comment(&ItemId::new(ITEM), &CommentId::new(id))
            .await
            .unwrap()
            .unwrap();
        assert_eq!(
            (
                read.text.as_str(),
                read.author.as_str(),
                read.edited,
                read.backdated
            ),
            (text, author, edited, backdated),
            "{name}"
        );
        if backdated {
            let stored: Moment = "2026-11-21T00:05:52.768Z".parse().unwrap();
            assert_eq!(read.created, stored);
        }
    }
}

#[tokio::test]
async fn activities_become_changes() {
    let plane = replay(&[
        PROJECT_ROUTE,
        (
            "workspaces/acme/projects/{P}/work-items/{I}/activities/",
            "activity_list_gate_flow",
        ),
        ("workspaces/acme/projects/{P}/states/", "states_list"),
    ])
    .await;
    let told: Vec<_> = plane
        .history(&ItemId::new(ITEM))
        .await
        .unwrap()
        .into_iter()
        .map(|own| own.what)
        .collect();
    let label = || "gate:plan-approval".to_owned();
    assert_eq!(
        told,
        [
            Changed::Labelled { label: label() },
            Changed::Unlabelled { label: label() },
            Changed::State {
                state: State::Done,
                name: "Done".to_owned()
            },
        ]
    );
}

#[tokio::test]
async fn accounts_and_roles_are_read() {
    let plane = replay(&[
        PROJECT_ROUTE,
        ("users/me/", "users_me"),
        (
            "workspaces/acme/projects/{P}/members/",
            "project_members_list",
        ),
        ("workspaces/acme/members/", "workspace_members_list"),
        ("workspaces/acme/projects/{P}/states/", "states_list"),
    ])
    .await;
    let me = plane.me().await.unwrap();
    assert_eq!(
        (me.id.as_str(), me.login.as_str(), me.name.as_str()),
        (CODER, "coder", "Coder")
    );
    assert_eq!(plane.user("klara").await.unwrap().name, "Klara");
    let rights = plane.rights().await.unwrap();
    assert_eq!((rights.role, rights.strangers.len()), (Some(15), 7));
    let members = [("klara", true), ("guest", false), ("wsonly", false)];
    for (login, member) in members {
        let id = plane.user(login).await.unwrap().id;
        assert_eq!(plane.is_member(&id).await.unwrap(), member, "{login}");
    }
}

/// Tells whether an error is of the expected kind.
type Kind = fn(&Error) -> bool;

#[tokio::test]
async fn refusals_are_told_apart() {
    let table: [(&str, Kind, &str); 8] = [
        (
            "error_401_no_key",
            |error| matches!(error, Error::Denied(_)),
            "proxy",
        ),
        (
            "error_403_bad_key",
            |error| matches!(error, Error::Denied(_)),
            "API key",
        ),
        (
            "error_403_unknown_workspace",
            |error| matches!(error, Error::Denied(_)),
            "workspace",
        ),
        (
            "error_403_unknown_project",
            |error| matches!(error, Error::Denied(_)),
            "project",
        ),
        (
            "error_404_bad_uuid",
            |error| matches!(error, Error::NotFound(_)),
            "account",
        ),
        (
            "error_429_rate_limited",
            |error| matches!(error, Error::RateLimited { retry_after } if retry_after.as_secs() == 54),
            "54 s",
        ),
        (
            "error_400_validation",
            |error| matches!(error, Error::Refused(_)),
            "name: ",
        ),
        (
            "error_400_malformed_json",
            |error| matches!(error, Error::Refused(_)),
            "JSON",
        ),
    ];
    for (name, kind, said) in table {
        let plane = replay(&[("users/me/", name)]).await;
        let error = plane.me().await.unwrap_err();
        assert!(kind(&error), "{name}: {error:?}");
        assert!(error.to_string().contains(said), "{name}: {error}");
    }
}

#[tokio::test]
async fn the_cheap_poll_names_what_changed() {
    let plane = replay(&[
        PROJECT_ROUTE,
        (
            "workspaces/acme/projects/{P}/work-items/",
            "work_item_list_poll",
        ),
        (
            "workspaces/acme/work-items/PROJ-1/",
            "work_item_get_by_identifier",
        ),
    ])
    .await;
    let first = plane.changes(None).await.unwrap();
    assert_eq!(
        (first.items.as_slice(), first.more),
        (&[ItemId::new(ITEM)][..], false)
    );
    let second = plane.changes(Some(&first.cursor)).await.unwrap();
    assert!(second.items.is_empty() && !second.more);
    assert_eq!(
        plane.find(&ItemKey::new("PROJ-1")).await.unwrap(),
        ItemId::new(ITEM)
    );
}

#[test]
fn deliveries_name_their_item() {
    for name in [
        "webhook_issue_comment_created",
        "webhook_issue_updated_labels",
    ] {
        let raw = recording(name)["request"]["raw_body"]
            .as_str()
            .unwrap()
            .to_owned();
        let secret = SecretString::from("plane_wh_x");
        let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, b"plane_wh_x");
        let signature = hex::encode(ring::hmac::sign(&key, raw.as_bytes()));
        let hint = webhook::verify(&secret, &signature, raw.as_bytes()).unwrap();
        assert_eq!(
            hint.item.unwrap().as_str(),
            "05f7266c-2146-4d95-b65e-1c38b6d9e26c",
            "{name}"
        );
    }
}
