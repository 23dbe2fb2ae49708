use std::time::{Duration, Instant};

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::task::JoinHandle;

use super::*;
use crate::embedded::{Project, Role};

struct Served {
    base: String,
    token: String,
    http: reqwest::Client,
    shutdown: CancellationToken,
    serving: JoinHandle<std::io::Result<()>>,
    _dir: tempfile::TempDir,
}

async fn served() -> Served {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let dir = tempfile::tempdir().unwrap();
    let project = Project {
        id: "tests".into(),
        prefix: "TRK".to_owned(),
    };
    let embedded = Embedded::open(dir.path(), &project).unwrap();
    let (_, token) = embedded.add_user("root", "Root", Role::Admin).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let shutdown = CancellationToken::new();
    let serving = tokio::spawn(serve(embedded, listener, shutdown.clone()));
    Served {
        base,
        token: token.expose().to_owned(),
        http: reqwest::Client::builder().no_proxy().build().unwrap(),
        shutdown,
        serving,
        _dir: dir,
    }
}

impl Served {
    async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> (StatusCode, Value) {
        let request = self.http.request(method, format!("{}{path}", self.base));
        let mut request = request.bearer_auth(&self.token);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await.unwrap();
        let status = response.status();
        let text = response.text().await.unwrap();
        (
            status,
            serde_json::from_str(&text).unwrap_or(Value::String(text)),
        )
    }

    async fn item(&self) -> String {
        let new = json!({"title": "an item"});
        let (status, item) = self.ask(Method::POST, "/api/v1/items", Some(new)).await;
        assert_eq!(status, StatusCode::CREATED);
        item["id"].as_str().unwrap().to_owned()
    }
}

#[tokio::test]
async fn health_needs_no_token_and_everything_else_does() {
    let served = served().await;
    for path in ["/healthz", "/readyz"] {
        let answer = served
            .http
            .get(format!("{}{path}", served.base))
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
    }
    for path in [
        "me",
        "users",
        "items",
        "changes",
        "activity",
        "project",
        "items/w1/read",
    ] {
        let request = served.http.get(format!("{}/api/v1/{path}", served.base));
        for request in [
            request.try_clone().unwrap(),
            request.basic_auth("root", Some("x")),
        ] {
            let answer = request.send().await.unwrap();
            assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{path}");
            assert_eq!(answer.headers()["www-authenticate"], "Bearer");
            let body: Value = answer.json().await.unwrap();
            assert_eq!(body["error"]["code"], "unauthorized");
        }
    }
}

#[tokio::test]
async fn refusals_are_json_and_say_why() {
    let served = served().await;
    let item = served.item().await;
    let comments = format!("/api/v1/items/{item}/comments");
    let key = format!("sha256:{}", "0".repeat(64));
    let cases = [
        (
            Method::GET,
            "/nowhere".to_owned(),
            None,
            404,
            "this address",
        ),
        (
            Method::GET,
            "/api/v1/items/w99".to_owned(),
            None,
            404,
            "w99",
        ),
        (Method::PUT, "/api/v1/items".to_owned(), None, 405, "method"),
        (
            Method::POST,
            comments.clone(),
            Some(json!({"text": "a", "auther": 1})),
            422,
            "auther",
        ),
        (
            Method::POST,
            comments.clone(),
            Some(json!({"txt": "a"})),
            422,
            "txt",
        ),
        (
            Method::POST,
            comments.clone(),
            Some(json!({"text": "a", "key": "x"})),
            422,
            "digest",
        ),
        (
            Method::POST,
            comments.clone(),
            Some(json!({"text": "a", "after": "c1"})),
            422,
            "after",
        ),
        (
            Method::POST,
            comments.clone(),
            Some(json!({"text": "a", "key": key, "after": "c99"})),
            422,
            "c99",
        ),
        (
            Method::POST,
            comments.clone(),
            Some(json!({"text": "x".repeat(65_537)})),
            422,
            "65536",
        ),
        (
            Method::POST,
            comments.clone(),
            Some(json!({"text": "x".repeat(2_000_000)})),
            413,
            "large",
        ),
        (
            Method::POST,
            "/api/v1/items".to_owned(),
            Some(json!({"title": ""})),
            422,
            "title",
        ),
        (
            Method::PATCH,
            format!("/api/v1/items/{item}"),
            Some(json!({"state": "finished"})),
            422,
            "finished",
        ),
        (
            Method::GET,
            "/api/v1/changes?wait=31".to_owned(),
            None,
            422,
            "30",
        ),
        (
            Method::GET,
            "/api/v1/changes?sinse=1".to_owned(),
            None,
            400,
            "sinse",
        ),
        (
            Method::GET,
            "/api/v1/changes?since=1".to_owned(),
            None,
            422,
            "cursor",
        ),
        (
            Method::POST,
            "/api/v1/users".to_owned(),
            Some(json!({"login": "u1", "name": "x", "role": "bot"})),
            422,
            "id",
        ),
        (
            Method::POST,
            "/api/v1/users".to_owned(),
            Some(json!({"login": "eve", "name": "x", "role": "king"})),
            422,
            "king",
        ),
        (
            Method::GET,
            "/api/v1/blobs/abc".to_owned(),
            None,
            400,
            "digest",
        ),
    ];
    for (method, path, body, status, says) in cases {
        let (found, answer) = served.ask(method.clone(), &path, body).await;
        assert_eq!(found.as_u16(), status, "{method} {path}: {answer}");
        let message = answer["error"]["message"].as_str().unwrap_or_default();
        assert!(message.contains(says), "{method} {path}: {answer}");
    }
    let request = served.http.post(format!("{}{comments}", served.base));
    let request = request
        .bearer_auth(&served.token)
        .header("content-type", "application/json");
    let answer = request.body("{\"text\": ").send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn an_item_is_addressed_by_id_or_key() {
    let served = served().await;
    let id = served.item().await;
    let (_, by_id) = served
        .ask(Method::GET, &format!("/api/v1/items/{id}"), None)
        .await;
    let (_, by_key) = served.ask(Method::GET, "/api/v1/items/TRK-1", None).await;
    assert_eq!(by_id, by_key);
    assert_eq!(by_id["unedited"], true);
    let path = "/api/v1/items/TRK-1/comments";
    let (status, made) = served
        .ask(Method::POST, path, Some(json!({"text": "hi"})))
        .await;
    assert_eq!(
        (status, &made["already"]),
        (StatusCode::CREATED, &json!(false))
    );
    let path = format!("{path}/{}", made["id"].as_str().unwrap());
    let (_, edited) = served
        .ask(Method::PATCH, &path, Some(json!({"text": "ho"})))
        .await;
    assert_eq!(
        (&edited["text"], &edited["edited"]),
        (&json!("ho"), &json!(true))
    );
    let (status, _) = served.ask(Method::DELETE, &path, None).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    assert_eq!(
        served.ask(Method::GET, &path, None).await.0,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn a_waiting_feed_answers_as_soon_as_something_changes() {
    let served = served().await;
    let id = served.item().await;
    let (_, all) = served.ask(Method::GET, "/api/v1/changes", None).await;
    let path = format!(
        "/api/v1/changes?wait=20&since={}",
        all["cursor"].as_str().unwrap()
    );
    let began = Instant::now();
    let say = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let path = format!("/api/v1/items/{id}/comments");
        served
            .ask(Method::POST, &path, Some(json!({"text": "now"})))
            .await
    };
    let ((_, changes), _) = tokio::join!(served.ask(Method::GET, &path, None), say);
    assert_eq!(changes["items"], json!([id]));
    assert!(
        began.elapsed() >= Duration::from_millis(90),
        "it did not wait"
    );
    assert!(began.elapsed() < Duration::from_secs(10), "it waited on");
    let cursor = changes["cursor"].as_str().unwrap();
    let path = format!("/api/v1/changes?wait=1&since={cursor}");
    let (_, idle) = served.ask(Method::GET, &path, None).await;
    assert_eq!(
        (&idle["items"], idle["cursor"].as_str()),
        (&json!([]), Some(cursor))
    );
}

#[tokio::test]
async fn a_stop_ends_those_who_wait_and_frees_the_directory() {
    let served = served().await;
    served.item().await;
    let (_, all) = served.ask(Method::GET, "/api/v1/changes", None).await;
    let path = format!(
        "/api/v1/changes?wait=20&since={}",
        all["cursor"].as_str().unwrap()
    );
    let began = Instant::now();
    let stop = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        served.shutdown.cancel();
    };
    let ((status, changes), ()) = tokio::join!(served.ask(Method::GET, &path, None), stop);
    assert_eq!((status, &changes["items"]), (StatusCode::OK, &json!([])));
    drop(served.http);
    served.serving.await.unwrap().unwrap();
    assert!(began.elapsed() < Duration::from_secs(10));
    Embedded::open_existing(served._dir.path()).unwrap();
}

#[tokio::test]
async fn blobs_are_kept_under_the_digest_they_have() {
    let served = served().await;
    let bytes = vec![7; 100_000];
    let digest = trail_record::Digest::<trail_record::Blob>::of(&bytes);
    let put = |name: String, bytes: Vec<u8>| {
        let request = served
            .http
            .put(format!("{}/api/v1/blobs/{name}", served.base));
        request.bearer_auth(&served.token).body(bytes).send()
    };
    let wrong = put(digest.to_string(), b"other".to_vec()).await.unwrap();
    assert_eq!(wrong.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let get = || {
        let request = served
            .http
            .get(format!("{}/api/v1/blobs/{digest}", served.base));
        request.bearer_auth(&served.token).send()
    };
    assert_eq!(get().await.unwrap().status(), StatusCode::NOT_FOUND);
    let right = put(digest.to_string(), bytes.clone()).await.unwrap();
    assert_eq!(right.status(), StatusCode::NO_CONTENT);
    let answer = get().await.unwrap();
    assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
    assert_eq!(answer.bytes().await.unwrap(), bytes);
    let large = put(digest.to_string(), vec![0; MAX_BLOB + 1]).await;
    // The server may answer and close before all is sent.
    assert!(large.is_err() || large.is_ok_and(|answer| answer.status() == 413));
    let path = "/api/v1/blobs";
    let (status, _) = served.ask(Method::POST, path, Some(json!([]))).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn garbage_on_the_wire_harms_nobody_else() {
    let served = served().await;
    let address = served.base.strip_prefix("http://").unwrap();
    for garbage in [
        &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc"[..],
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST /api/v1/items HTTP/1.1\r\nhost: x\r\ncontent-length: 99999999999\r\n\r\n{",
        b"GET /api/v1/items/%ff%00/read HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
    ] {
        let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
        stream.write_all(garbage).await.unwrap();
        let mut answer = Vec::new();
        let read = stream.read_to_end(&mut answer);
        let _ = tokio::time::timeout(Duration::from_millis(300), read).await;
    }
    served.item().await;
}
