use axum::Router;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use trail_port::tracker::{Append, NewItem};
use trail_port::{Blobs, Tracker, blobs as port};
use trail_record::{Blob, Digest};

use super::*;
use crate::api::MAX_BLOB;

fn client(base: &str) -> Client {
    Client::new(base, &"trk_secret".to_owned().into()).unwrap()
}

/// Serves the same answer to everything.
async fn peer(answer: impl Fn() -> Response + Clone + Send + Sync + 'static) -> Client {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new().fallback(move || std::future::ready(answer()));
    tokio::spawn(async move { axum::serve(listener, router).await });
    client(&base)
}

fn append() -> Append {
    Append {
        text: "x".to_owned(),
        key: Digest::of(b"x"),
        after: None,
    }
}

#[tokio::test]
async fn what_may_have_been_done_is_a_doubt() {
    let item = ItemId::new("w1");
    let answers: [fn() -> Response; 6] = [
        || StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        || (StatusCode::BAD_GATEWAY, "<html>").into_response(),
        || {
            (
                StatusCode::SERVICE_UNAVAILABLE,
                [(header::RETRY_AFTER, "1")],
            )
                .into_response()
        },
        || "no JSON".into_response(),
        || "{\"id\": 7}".into_response(),
        || {
            (
                StatusCode::FOUND,
                [(header::LOCATION, "http://127.0.0.1:1/")],
            )
                .into_response()
        },
    ];
    for (n, answer) in answers.into_iter().enumerate() {
        let found = peer(answer).await.append(&item, &append()).await;
        assert!(matches!(found, Err(Error::Doubt(_))), "{n}: {found:?}");
    }
}

#[tokio::test]
async fn no_connection_and_a_cut_one_are_doubts() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    // The first connection is cut at once, the second in the middle of the answer.
    let cutting = tokio::spawn(async move {
        for reply in [
            &b""[..],
            b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"id\":",
        ] {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 1024];
            let _ = stream.read(&mut request).await.unwrap();
            stream.write_all(reply).await.unwrap();
        }
    });
    let client = client(&base);
    for _ in 0..2 {
        let found = client.append(&ItemId::new("w1"), &append()).await;
        assert!(matches!(found, Err(Error::Doubt(_))), "{found:?}");
    }
    cutting.await.unwrap();
    let found = client.append(&ItemId::new("w1"), &append()).await;
    assert!(matches!(found, Err(Error::Doubt(_))), "{found:?}");
}

#[tokio::test]
async fn refusals_are_told_apart() {
    let item = ItemId::new("w1");
    fn reason(status: u16, code: &str) -> Response {
        let body = format!("{{\"error\":{{\"code\":\"{code}\",\"message\":\"because\"}}}}");
        (StatusCode::from_u16(status).unwrap(), body).into_response()
    }
    async fn asked(answer: impl Fn() -> Response + Clone + Send + Sync + 'static) -> Error {
        peer(answer)
            .await
            .append(&ItemId::new("w1"), &append())
            .await
            .unwrap_err()
    }
    assert!(matches!(
        asked(|| reason(401, "unauthorized")).await,
        Error::Denied(_)
    ));
    assert!(
        matches!(asked(|| reason(403, "forbidden")).await, Error::Denied(why) if why == "because")
    );
    assert!(matches!(
        asked(|| reason(404, "not_found")).await,
        Error::NotFound(_)
    ));
    assert!(matches!(asked(|| reason(409, "moved")).await, Error::Moved));
    assert!(matches!(
        asked(|| reason(409, "other")).await,
        Error::Refused(_)
    ));
    assert!(matches!(
        asked(|| reason(422, "refused")).await,
        Error::Refused(_)
    ));
    assert!(matches!(
        asked(|| reason(408, "timeout")).await,
        Error::Doubt(_)
    ));
    let limited =
        asked(|| (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, "17")]).into_response());
    let wait = Duration::from_secs(17);
    assert!(matches!(limited.await, Error::RateLimited { retry_after } if retry_after == wait));
    let foreign = peer(|| (StatusCode::NOT_FOUND, "<html>").into_response()).await;
    let found = foreign.read(&item, None).await.unwrap_err().to_string();
    assert_eq!(found, "items/w1/read not found");
}

#[tokio::test]
async fn blobs_that_are_others_are_damaged_and_never_believed() {
    let digest = Digest::<Blob>::of(b"true");
    let lying = peer(|| "false".into_response()).await;
    assert!(matches!(
        lying.get(&digest).await,
        Err(port::Error::Damaged(_))
    ));
    let failing = peer(|| StatusCode::INTERNAL_SERVER_ERROR.into_response()).await;
    assert!(matches!(
        failing.get(&digest).await,
        Err(port::Error::Unavailable(_))
    ));
    assert!(failing.put(&[b"true"]).await.is_err());
    // A page that is not there is not a tracker that has no such blob.
    let foreign = peer(|| (StatusCode::NOT_FOUND, "<html>").into_response()).await;
    assert!(matches!(
        foreign.get(&digest).await,
        Err(port::Error::Unavailable(_))
    ));
}

#[tokio::test]
async fn blobs_travel_together_and_come_back() {
    let dir = tempfile::tempdir().unwrap();
    let project = crate::Project {
        id: "tests".into(),
        prefix: "TRK".to_owned(),
    };
    let embedded = crate::Embedded::open(dir.path(), &project).unwrap();
    let (_, token) = embedded.add_user("coder", "Coder", Role::Bot).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(crate::serve(embedded.clone(), listener, Default::default()));
    let client = Client::new(&base, &token.expose().to_owned().into()).unwrap();
    let blobs = [vec![1; 10], Vec::new(), vec![2; 300_000], vec![3; 65_536]];
    let before = embedded.syncs();
    client
        .put(&blobs.each_ref().map(Vec::as_slice))
        .await
        .unwrap();
    assert_eq!(embedded.syncs(), before + 1);
    for blob in &blobs {
        let found = client.get(&Digest::of(blob)).await.unwrap();
        assert_eq!(found.as_ref(), Some(blob));
    }
    assert_eq!(client.get(&Digest::of(b"absent")).await.unwrap(), None);
    let new = NewItem {
        title: "x".to_owned(),
        body: String::new(),
        labels: Vec::new(),
    };
    assert_eq!(client.create(&new).await.unwrap().key.as_str(), "TRK-1");
}

#[test]
fn addresses_that_make_no_sense_are_refused_and_the_token_is_never_shown() {
    let token: SecretString = "trk_secret".to_owned().into();
    for bad in [
        "",
        "tracker",
        "ftp://x",
        "http://",
        "http://maria:pw@127.0.0.1",
        "file:///tmp",
    ] {
        let refused = Client::new(bad, &token).unwrap_err();
        assert!(matches!(refused, Error::Refused(_)), "{bad}");
    }
    assert!(Client::new("http://127.0.0.1", &"a\nb".to_owned().into()).is_err());
    let shown = format!("{:?}", client("https://example.org/tracker/"));
    assert!(!shown.contains("secret"), "{shown}");
}

#[test]
fn batches_hold_what_a_request_may_carry() {
    let large = vec![0; MAX_BLOB];
    let batches = super::blobs::batches(&[&large, &large, b"x"]);
    let sizes: Vec<_> = batches.iter().map(Vec::len).collect();
    assert_eq!(sizes, [MAX_BLOB + 4, MAX_BLOB + 9]);
}
