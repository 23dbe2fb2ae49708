//! The way of a request: fault, view, fault, log.

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderName, HeaderValue, Response, StatusCode, header};
use tokio_util::sync::CancellationToken;

use crate::answer::Answer;
use crate::api::{self, Call};
use crate::fault::Fault;
use crate::handle::Seen;
use crate::route::{Found, Route, find};
use crate::server::Shared;
use crate::wire::{Loopback, Wire};

/// The largest body that Plane reads (`FILE_SIZE_LIMIT`), in bytes.
const LARGEST: usize = 5_242_880;
/// How much of a body is read to answer that it is too large, in bytes.
const READ: usize = 4 * LARGEST;

/// Serves until told to stop.
pub(crate) async fn serve(listener: Loopback, shared: Shared, stop: CancellationToken) {
    let router = Router::new().fallback(answer).with_state(shared);
    let served = axum::serve(
        listener,
        router.into_make_service_with_connect_info::<Wire>(),
    );
    tokio::select! {
        () = stop.cancelled() => {}
        ended = served => if let Err(error) = ended { tracing::warn!(%error, "the stand-in ended") },
    }
}

/// Answers a request, and cuts the connection where a fault says so.
async fn answer(
    State(shared): State<Shared>,
    ConnectInfo(wire): ConnectInfo<Wire>,
    request: Request,
) -> Response<Body> {
    let (head, body) = request.into_parts();
    let header = |name: &str| {
        let value = head.headers.get(name)?;
        Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
    };
    let path = head.uri.path().to_owned();
    let found = find(&path);
    let route = match &found {
        Found::View(target) => target.route,
        Found::AddSlash | Found::Nothing => Route::Unknown,
    };
    let (method, key) = (head.method.as_str().to_owned(), header("x-api-key"));
    let struck = shared.lock().plan.strike(&method, route);
    let fault = struck.map(|(fault, _)| fault);
    let seen = Seen::new(&method, route, &path, key.as_deref());
    let dated = |mut response: Response<Body>| {
        // The server's own time, which a test may have moved.
        let date = http_date(shared.lock().clock.now());
        if let Ok(date) = HeaderValue::from_str(&date) {
            response.headers_mut().insert(header::DATE, date);
        }
        response
    };
    let before = match fault {
        Some(Fault::CutBefore) => Some(None),
        Some(Fault::DieBetweenWrites) if (method.as_str(), route) != ("POST", Route::Comments) => {
            Some(None)
        }
        Some(Fault::Status(status)) => Some(Some(page(status))),
        Some(Fault::Throttled(wait)) => Some(Some(write(Answer::throttled(wait), ""))),
        _ => None,
    };
    match before {
        Some(Some(response)) => {
            seen.log(&shared, Some(response.status().as_u16()));
            return dated(response);
        }
        Some(None) => return cut(&wire, 0, &shared, seen),
        None => {}
    }
    if let Some(Fault::Slow(time)) = fault {
        shared.pause(time).await;
    }
    let answer = match (axum::body::to_bytes(body, READ).await, found) {
        (Err(_), _) => Answer::too_large(),
        (Ok(body), _) if body.len() > LARGEST => Answer::too_large(),
        (Ok(_), Found::Nothing) => Answer::no_page(),
        (Ok(_), Found::AddSlash) => {
            let query = head.uri.query().map(|query| format!("?{query}"));
            let mut moved = Answer::no_content();
            moved.status = 301;
            let to = format!("{path}/{}", query.unwrap_or_default());
            moved.headers.push(("Location", to));
            moved
        }
        (Ok(body), Found::View(target)) => {
            let call = Call {
                target,
                method,
                query: query(head.uri.query().unwrap_or_default()),
                body: body.to_vec(),
                content_type: header("content-type"),
                key,
                dies: fault == Some(Fault::DieBetweenWrites),
            };
            api::respond(&shared, &call).await
        }
    };
    let response = dated(write(answer.clone(), route.allow()));
    let spared = struck.is_some_and(|(_, done)| done) && answer.status >= 400;
    match fault.filter(|_| !spared) {
        Some(Fault::CutAfter | Fault::DieBetweenWrites) => cut(&wire, 0, &shared, seen),
        Some(Fault::CutInAnswer) => {
            let size = answer.body.map_or(0, |body| body.to_string().len());
            wire.cut_after(size / 2 + 1);
            seen.log(&shared, None);
            response
        }
        Some(Fault::StoredThenStatus(status)) => {
            seen.log(&shared, Some(status));
            dated(page(status))
        }
        Some(Fault::Garbage) => {
            seen.log(&shared, Some(answer.status));
            dated(page(answer.status))
        }
        Some(Fault::Truncated) => {
            seen.log(&shared, Some(answer.status));
            let text = answer.body.map(|body| body.to_string()).unwrap_or_default();
            let half = text.chars().count() / 2;
            let (mut head, _) = response.into_parts();
            head.headers.remove(header::CONTENT_LENGTH);
            Response::from_parts(
                head,
                Body::from(text.chars().take(half).collect::<String>()),
            )
        }
        _ => {
            seen.log(&shared, Some(answer.status));
            response
        }
    }
}

/// Writes a time as the `Date` header has it (RFC 9110, section 5.6.7).
fn http_date(at: jiff::Timestamp) -> String {
    at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// Cuts the connection after some bytes; what is answered then reaches nobody.
fn cut(wire: &Wire, bytes: usize, shared: &Shared, seen: Seen) -> Response<Body> {
    wire.cut_after(bytes);
    seen.log(shared, None);
    Response::new(Body::empty())
}

/// Writes an answer as Plane does.
fn write(answer: Answer, allow: &str) -> Response<Body> {
    let body = answer.body.map(|body| body.to_string()).unwrap_or_default();
    let mut response = Response::new(Body::from(Bytes::from(body.into_bytes())));
    *response.status_mut() =
        StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(header::SERVER, HeaderValue::from_static("uvicorn"));
    if answer.status != 204 {
        let json = HeaderValue::from_static("application/json");
        headers.insert(header::CONTENT_TYPE, json);
    }
    let own = answer
        .headers
        .iter()
        .map(|(name, value)| (*name, value.as_str()));
    for (name, value) in own.chain((!allow.is_empty()).then_some(("Allow", allow))) {
        if let (Ok(name), Ok(value)) = (
            HeaderName::from_bytes(name.as_bytes()),
            HeaderValue::from_str(value),
        ) {
            headers.insert(name, value);
        }
    }
    response
}

/// What a proxy before Plane shows.
fn page(status: u16) -> Response<Body> {
    let mut response = Response::new(Body::from(
        "<html><body><h1>Plane didn't start up</h1></body></html>",
    ));
    *response.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let html = HeaderValue::from_static("text/html");
    response.headers_mut().insert(header::CONTENT_TYPE, html);
    response
}

/// Reads a query string (WHATWG URL, application/x-www-form-urlencoded).
fn query(text: &str) -> Vec<(String, String)> {
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(key), decode(value))
        })
        .collect()
}

fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = text
            .get(at + 1..at + 3)
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match (bytes[at], hex) {
            (b'%', Some(byte)) => {
                out.push(byte);
                at += 2;
            }
            (b'+', _) => out.push(b' '),
            (byte, _) => out.push(byte),
        }
        at += 1;
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::query;

    #[test]
    fn queries_are_decoded() {
        let pair = |k: &str, v: &str| (k.to_owned(), v.to_owned());
        assert_eq!(
            query("a=1%3A2&b=x+y&c&d=%zz%C3%A9"),
            [
                pair("a", "1:2"),
                pair("b", "x y"),
                pair("c", ""),
                pair("d", "%zzé")
            ]
        );
    }
}
