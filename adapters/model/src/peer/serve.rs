//! Serves the peer over HTTP and makes the trouble it is told to.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, DefaultBodyLimit, State as Shared};
use axum::http::{HeaderMap, Response, header};
use axum::routing::post;
use futures::stream::{self, BoxStream, Stream, StreamExt as _};
use serde_json::Value;
use tokio::net::TcpListener;
use trail_record::digest::Digest;

use super::hear::{Format, hear};
use super::line::{Lines, Scissors};
use super::play::{Line, Play};
use super::speak;
use super::{Manner, Seen, Trouble};

/// The largest request that is read.
const REQUEST: usize = 64 << 20;

/// How long a peer that says nothing says nothing.
const LONG: Duration = Duration::from_secs(600);

/// What the peer knows.
#[derive(Debug)]
pub(super) struct State {
    pub(super) play: Play,
    pub(super) manner: Manner,
    pub(super) troubles: BTreeMap<usize, Trouble>,
    pub(super) always: Option<Trouble>,
    pub(super) seen: Vec<Seen>,
}

impl State {
    pub(super) const fn new(play: Play) -> Self {
        Self {
            play,
            manner: Manner {
                plain: false,
                without_done: false,
                without_ids: false,
                pieces: None,
            },
            troubles: BTreeMap::new(),
            always: None,
            seen: vec![],
        }
    }
}

/// What to do with one request.
enum Reply {
    Refuse {
        status: u16,
        kind: &'static str,
        message: String,
    },
    Say {
        line: Box<Line>,
        stream: bool,
        manner: Manner,
        trouble: Option<Trouble>,
    },
    Make(Trouble),
}

/// Serves until the task is ended.
pub(super) async fn serve(listener: TcpListener, state: Arc<Mutex<State>>) {
    let route = |format: Format| {
        post(
            move |Shared(state): Shared<Arc<Mutex<State>>>,
                  ConnectInfo(scissors): ConnectInfo<Scissors>,
                  headers: HeaderMap,
                  body: Bytes| answer(format, state, scissors, headers, body),
        )
    };
    let router = Router::new()
        .route("/v1/messages", route(Format::Anthropic))
        .route("/v1/chat/completions", route(Format::OpenaiChat))
        .route("/v1/responses", route(Format::OpenaiResponses))
        .layer(DefaultBodyLimit::max(REQUEST))
        .with_state(state);
    let service = router.into_make_service_with_connect_info::<Scissors>();
    // It never returns an error; the task is ended from outside.
    let _ = axum::serve(Lines(listener), service).await;
}

async fn answer(
    format: Format,
    state: Arc<Mutex<State>>,
    scissors: Scissors,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let (number, reply) = decide(format, &state, &headers, &body);
    let mut response = match reply {
        Reply::Refuse {
            status,
            kind,
            message,
        } => refuse(status, &speak::error(format, kind, &message)),
        Reply::Say {
            line,
            stream,
            manner,
            trouble,
        } if stream && !manner.plain => {
            let events = speak::events(format, &line, manner);
            streamed(troubled(format, events, trouble), manner.pieces)
        }
        Reply::Say { line, manner, .. } => json(&speak::whole(format, &line, manner)),
        Reply::Make(trouble) => make(format, trouble, &scissors).await,
    };
    let name = match format {
        Format::Anthropic => "request-id",
        Format::OpenaiChat | Format::OpenaiResponses => "x-request-id",
    };
    if let Ok(value) = format!("req_{number}").parse() {
        response.headers_mut().insert(name, value);
    }
    response
}

/// Decides what to do, under the lock and without waiting.
fn decide(
    format: Format,
    state: &Mutex<State>,
    headers: &HeaderMap,
    body: &Bytes,
) -> (usize, Reply) {
    let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
    let json: Value = serde_json::from_slice(body).unwrap_or(Value::Null);
    let told = headers.iter().map(|(name, value)| {
        (
            name.to_string(),
            String::from_utf8_lossy(value.as_bytes()).into_owned(),
        )
    });
    state.seen.push(Seen {
        format,
        headers: told.collect(),
        body: json.clone(),
    });
    let number = state.seen.len();
    let refuse = |message: String| {
        (
            number,
            Reply::Refuse {
                status: 400,
                kind: "invalid_request_error",
                message,
            },
        )
    };
    let trouble = state
        .troubles
        .get(&number)
        .or(state.always.as_ref())
        .cloned();
    let streamed = matches!(
        trouble,
        None | Some(
            Trouble::Cut(_)
                | Trouble::Stop(_)
                | Trouble::Stall(_)
                | Trouble::Garble(_)
                | Trouble::ErrorEvent(_)
                | Trouble::Slow(_)
        )
    );
    if !streamed && let Some(trouble) = trouble {
        return (number, Reply::Make(trouble));
    }
    if format == Format::Anthropic && !headers.contains_key("anthropic-version") {
        return refuse("the header anthropic-version is missing".to_owned());
    }
    let heard = match hear(format, &json) {
        Ok(heard) => heard,
        Err(message) => return refuse(message),
    };
    let digest = Digest::of(body);
    let cue = match state.play.find(&heard, digest) {
        Ok(cue) => cue,
        Err(message) => return refuse(message),
    };
    if matches!(trouble, None | Some(Trouble::Slow(_))) {
        state.play.done(cue, digest);
    }
    let (line, manner) = (Box::new(state.play.line(cue)), state.manner);
    (
        number,
        Reply::Say {
            line,
            stream: heard.stream,
            manner,
            trouble,
        },
    )
}

/// Makes trouble that is not within a stream.
async fn make(format: Format, trouble: Trouble, scissors: &Scissors) -> Response<Body> {
    match trouble {
        Trouble::Status {
            status,
            retry_after,
            message,
        } => {
            let kind = match status {
                401 => "authentication_error",
                429 => "rate_limit_error",
                529 => "overloaded_error",
                500..=599 => "api_error",
                _ => "invalid_request_error",
            };
            let mut response = refuse(status, &speak::error(format, kind, &message));
            if let Some(value) = retry_after.and_then(|text| text.parse().ok()) {
                response.headers_mut().insert(header::RETRY_AFTER, value);
            }
            response
        }
        Trouble::Silence => {
            tokio::time::sleep(LONG).await;
            json(&Value::Null)
        }
        Trouble::Html => text(
            "text/html",
            "<html><body>Please log in</body></html>".to_owned(),
        ),
        Trouble::HalfJson => text("application/json", "{\"id\": \"half".to_owned()),
        Trouble::Flood => {
            endless(b": the flood does not end, and every line of it is a comment only\n\n")
        }
        Trouble::LongLine => endless(b"data: a line that does not end, however long one reads it"),
        Trouble::Redirect(to) => {
            let mut response = refuse(307, &Value::Null);
            if let Ok(to) = to.parse() {
                response.headers_mut().insert(header::LOCATION, to);
            }
            response
        }
        Trouble::Disconnect
        | Trouble::Cut(_)
        | Trouble::Stop(_)
        | Trouble::Stall(_)
        | Trouble::Garble(_)
        | Trouble::ErrorEvent(_)
        | Trouble::Slow(_) => {
            scissors.cut();
            json(&Value::Null)
        }
    }
}

type Events = BoxStream<'static, io::Result<Bytes>>;

/// Returns the events of a stream with the trouble made in it.
fn troubled(format: Format, events: Vec<String>, trouble: Option<Trouble>) -> Events {
    let first = |count: usize| events.iter().take(count).cloned().collect::<Vec<String>>();
    match trouble {
        Some(Trouble::Cut(after)) => {
            // What was said before must be on its way before the connection breaks.
            let cut = stream::once(async {
                tokio::time::sleep(Duration::from_millis(20)).await;
                Err(io::ErrorKind::ConnectionReset.into())
            });
            said(first(after)).chain(cut).boxed()
        }
        Some(Trouble::Stop(after)) => said(first(after)).boxed(),
        Some(Trouble::Stall(after)) => said(first(after)).chain(stream::pending()).boxed(),
        Some(Trouble::Garble(after)) => {
            let mut events = events;
            events.insert(
                after.min(events.len()),
                "data: {\"type\": garbled\n\n".to_owned(),
            );
            said(events).boxed()
        }
        Some(Trouble::ErrorEvent(kind)) => {
            let mut events = first(1);
            events.push(speak::error_event(format, &kind));
            said(events).boxed()
        }
        Some(Trouble::Slow(wait)) => said(events)
            .then(move |event| async move {
                tokio::time::sleep(wait).await;
                event
            })
            .boxed(),
        Some(_) | None => said(events).boxed(),
    }
}

fn said(events: Vec<String>) -> impl Stream<Item = io::Result<Bytes>> + Send {
    stream::iter(events.into_iter().map(|event| Ok(Bytes::from(event))))
}

fn streamed(events: Events, pieces: Option<usize>) -> Response<Body> {
    let body = match pieces {
        None => Body::from_stream(events),
        Some(size) => Body::from_stream(events.flat_map(move |event| {
            stream::iter(match event {
                Ok(bytes) => bytes
                    .chunks(size.max(1))
                    .map(|c| Ok(Bytes::copy_from_slice(c)))
                    .collect(),
                Err(error) => vec![Err(error)],
            })
        })),
    };
    respond(200, "text/event-stream", body)
}

fn endless(bytes: &'static [u8]) -> Response<Body> {
    let chunk = Bytes::from(bytes.repeat(1024));
    let flood = stream::repeat_with(move || Ok::<_, Infallible>(chunk.clone()));
    respond(200, "text/event-stream", Body::from_stream(flood))
}

fn refuse(status: u16, body: &Value) -> Response<Body> {
    respond(status, "application/json", Body::from(body.to_string()))
}

fn json(body: &Value) -> Response<Body> {
    refuse(200, body)
}

fn text(kind: &'static str, body: String) -> Response<Body> {
    respond(200, kind, Body::from(body))
}

fn respond(status: u16, kind: &'static str, body: Body) -> Response<Body> {
    Response::builder()
        .status(status)
        .header(header::CONTENT_TYPE, kind)
        .body(body)
        .expect("status and content type are valid")
}
