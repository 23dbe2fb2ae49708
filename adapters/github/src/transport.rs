//! Requests and answers: one request at a time, what failed, and whether it may have been done.
//!
//! octocrab carries the requests. Who they are sent as, redirects, retries and conditions are
//! decided here: its own ways of doing that repeat writes, or lose sight of headers.

use std::fmt;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, DATE, ETAG};
use http::header::{IF_NONE_MATCH, LOCATION, USER_AGENT};
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode, Uri};
use http_body_util::{BodyExt as _, Limited};
use octocrab::Octocrab;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::Semaphore;
use tokio::time::Instant;
use trail_port::tracker::Error;
use trail_record::Moment;

use crate::auth::Auth;
use crate::cache::Cache;
use crate::count::{Counts, Kind};
use crate::failure::{self, Failure, Told};
use crate::settings::{Checked, Settings, Timeouts};
use crate::{link, rate};

/// The version of the API that answers are read as.
const VERSION: &str = "2022-11-28";
/// The largest answer that is read: a page of a hundred of the longest comments, escaped.
const MAX_ANSWER: usize = 64 * 1024 * 1024;
/// How often one request is sent on to where something has moved.
const MAX_REDIRECTS: u32 = 3;
/// How many requests are on their way at once; GitHub allows a hundred per account.
const MAX_CONCURRENT: usize = 16;

/// Sends requests as one identity.
pub(crate) struct Http {
    crab: Octocrab,
    pub(crate) origin: Uri,
    pub(crate) auth: Auth,
    pub(crate) timeouts: Timeouts,
    pub(crate) counts: Counts,
    pub(super) cache: Mutex<Cache>,
    places: Semaphore,
    brake: Mutex<Brake>,
    /// How far the server's clock is ahead of ours, in milliseconds.
    ahead: AtomicI64,
}

/// What is held back after a rate limit was met.
#[derive(Debug, Default)]
struct Brake {
    until: Option<Instant>,
    strikes: u32,
}

/// An answer that is a success, or "not modified".
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    /// Reads the body as JSON.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        json(&self.body)
    }

    pub(crate) fn etag(&self) -> Option<HeaderValue> {
        self.headers.get(ETAG).cloned()
    }
}

/// Reads a body as JSON.
pub(crate) fn json<T: DeserializeOwned>(body: &[u8]) -> Result<T, Failure> {
    serde_json::from_slice(body)
        .map_err(|error| Failure::doubt(format!("GitHub's answer makes no sense: {error}")))
}

/// What to send.
#[derive(Debug, Clone)]
pub(crate) struct Ask {
    pub(crate) method: Method,
    pub(crate) kind: Kind,
    /// Path and query on the API's origin.
    pub(crate) path: String,
    pub(crate) body: Option<Bytes>,
    /// Answer only if it is not this any more.
    pub(crate) unless: Option<HeaderValue>,
    /// What is asked for, in words for people.
    pub(crate) what: String,
}

impl Ask {
    pub(crate) fn get(path: impl Into<String>, what: impl Into<String>) -> Self {
        Self {
            method: Method::GET,
            kind: Kind::Read,
            path: path.into(),
            body: None,
            unless: None,
            what: what.into(),
        }
    }

    pub(crate) fn send(
        method: Method,
        path: impl Into<String>,
        body: Option<&(impl Serialize + ?Sized)>,
        what: impl Into<String>,
    ) -> Self {
        let body = body.map(|body| {
            serde_json::to_vec(body)
                .expect("what is sent has text for keys")
                .into()
        });
        Self {
            method,
            kind: Kind::Write,
            path: path.into(),
            body,
            unless: None,
            what: what.into(),
        }
    }

    /// Asks by GraphQL: sent as a write is, but it changes nothing.
    pub(crate) fn query(
        path: impl Into<String>,
        body: &impl Serialize,
        what: impl Into<String>,
    ) -> Self {
        let mut ask = Self::send(Method::POST, path, Some(body), what);
        ask.kind = Kind::Query;
        ask
    }
}

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Http")
            .field("origin", &self.origin)
            .finish_non_exhaustive()
    }
}

impl Http {
    /// Makes the client; must be called within a tokio runtime.
    pub(crate) fn new(settings: &Settings, checked: &Checked) -> Result<Self, Error> {
        // Another part of the program may have been first.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let unusable = |error: octocrab::Error| {
            Error::Refused(format!(
                "no client can be made ({}); are the system's CA certificates installed?",
                told(&error)
            ))
        };
        let crab = Octocrab::builder()
            .base_uri(checked.origin.clone())
            .map_err(unusable)?
            .set_connect_timeout(Some(settings.timeouts.connect))
            .set_read_timeout(Some(settings.timeouts.read))
            .set_write_timeout(Some(settings.timeouts.read))
            .add_header(
                USER_AGENT,
                concat!("trail/", env!("CARGO_PKG_VERSION")).to_owned(),
            )
            .build()
            .map_err(unusable)?;
        Ok(Self {
            crab,
            origin: checked.origin.clone(),
            auth: Auth::of(&settings.credential, checked)?,
            timeouts: settings.timeouts,
            counts: Counts::default(),
            cache: Mutex::default(),
            places: Semaphore::new(MAX_CONCURRENT),
            brake: Mutex::default(),
            ahead: AtomicI64::new(0),
        })
    }

    /// Sends a request once, as the account, and returns its success.
    ///
    /// A token of an App that is not accepted any more is renewed once: what is answered 401 was
    /// not done.
    pub(crate) async fn once(&self, ask: &Ask) -> Result<Answer, Failure> {
        let bearer = self.bearer().await?;
        let answer = self.send_as(ask, &bearer).await;
        match answer {
            Err(failure)
                if failure.status == Some(StatusCode::UNAUTHORIZED)
                    && self.forget(&bearer).await =>
            {
                let bearer = self.bearer().await?;
                self.send_as(ask, &bearer).await
            }
            other => other,
        }
    }

    /// Sends a request with these credentials, following what has moved on the same origin.
    pub(crate) async fn send_as(&self, ask: &Ask, bearer: &HeaderValue) -> Result<Answer, Failure> {
        self.braked()?;
        let _place = self
            .places
            .acquire()
            .await
            .map_err(|_| Failure::doubt("the client is closed"))?;
        let mut path = ask.path.clone();
        for _ in 0..=MAX_REDIRECTS {
            let sent =
                tokio::time::timeout(self.timeouts.request, self.exchange(ask, &path, bearer));
            let answer = sent.await.unwrap_or_else(|_| {
                Err(Failure::doubt(format!(
                    "{}: no answer within {} s",
                    ask.what,
                    self.timeouts.request.as_secs()
                )))
            })?;
            self.learn_time(&answer.headers);
            if !matches!(answer.status.as_u16(), 301 | 302 | 307 | 308) {
                return self.judged(ask, answer);
            }
            let Some(location) = answer.headers.get(LOCATION) else {
                return self.judged(ask, answer);
            };
            // The server has not done it but says where it would: the same request goes there.
            path = link::on_origin(location.to_str().unwrap_or_default(), &self.origin)?;
        }
        Err(Failure::of(Error::Refused(format!(
            "{}: GitHub sends us around in circles",
            ask.what
        ))))
    }

    /// Sends one request and reads its whole answer.
    async fn exchange(
        &self,
        ask: &Ask,
        path: &str,
        bearer: &HeaderValue,
    ) -> Result<Answer, Failure> {
        let cut = |error: &dyn std::error::Error| {
            Failure::doubt(format!(
                "{}: no connection, or it was cut ({})",
                ask.what,
                told(error)
            ))
        };
        let mut request = Request::builder()
            .method(ask.method.clone())
            .uri(path)
            .header(AUTHORIZATION, bearer)
            .header(ACCEPT, "application/vnd.github+json")
            .header("x-github-api-version", VERSION);
        if let Some(etag) = &ask.unless {
            request = request.header(IF_NONE_MATCH, etag);
        }
        if ask.body.is_some() {
            request = request.header(CONTENT_TYPE, "application/json");
        } else if ask.method != Method::GET {
            request = request.header(CONTENT_LENGTH, 0);
        }
        let request = request
            .body(ask.body.clone().unwrap_or_default())
            .map_err(|_| Failure::of(Error::NotFound(ask.what.clone())))?;
        self.counts.sent(ask.kind);
        let response = self.crab.execute(request).await.map_err(|own| cut(&own))?;
        let (parts, body) = response.into_parts();
        let body = Limited::new(body, MAX_ANSWER)
            .collect()
            .await
            .map_err(|error| cut(error.as_ref()))?
            .to_bytes();
        Ok(Answer {
            status: parts.status,
            headers: parts.headers,
            body,
        })
    }

    /// Tells a success from a failure, and obeys rate limits from then on.
    fn judged(&self, ask: &Ask, answer: Answer) -> Result<Answer, Failure> {
        let Answer {
            status,
            headers,
            body,
        } = &answer;
        if status.is_success() {
            self.locked_brake().strikes = 0;
            return Ok(answer);
        }
        if *status == StatusCode::NOT_MODIFIED && ask.unless.is_some() {
            self.counts.unchanged();
            return Ok(answer);
        }
        let strikes = self.locked_brake().strikes;
        let message = Told::of(body).message;
        let limit = rate::limit(*status, headers, &message, self.now(), strikes);
        if let Some(limit) = limit {
            self.counts.limited();
            self.hold(limit.wait, limit.secondary);
        }
        Err(failure::failure(*status, headers, body, &ask.what, limit))
    }

    /// Sends nothing for a while.
    pub(crate) fn hold(&self, wait: Duration, secondary: bool) {
        let mut brake = self.locked_brake();
        let until = Instant::now() + wait;
        brake.until = Some(brake.until.map_or(until, |own| own.max(until)));
        if secondary {
            brake.strikes = brake.strikes.saturating_add(1);
        }
    }

    /// Fails while a rate limit holds: asking on would be counted against the account.
    fn braked(&self) -> Result<(), Failure> {
        let brake = self.locked_brake();
        match brake
            .until
            .map(|until| until.saturating_duration_since(Instant::now()))
        {
            Some(wait) if !wait.is_zero() => {
                Err(Failure::of(Error::RateLimited { retry_after: wait }))
            }
            Some(_) | None => Ok(()),
        }
    }

    fn locked_brake(&self) -> MutexGuard<'_, Brake> {
        self.brake.lock().expect("no brake is left half-set")
    }

    /// Returns the server's time, as far as its answers tell: clocks of machines differ, and times
    /// of limits and tokens are the server's.
    pub(crate) fn now(&self) -> Moment {
        let own = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| {
                i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
            });
        Moment::from_millis(own.saturating_add(self.ahead.load(Ordering::Relaxed)))
    }

    fn learn_time(&self, headers: &HeaderMap) {
        let Some(date) = date(headers) else {
            return;
        };
        let own = self.now().as_millis() - self.ahead.load(Ordering::Relaxed);
        let ahead = date.as_millis().saturating_sub(own);
        // The header has whole seconds: what is less is no difference.
        let ahead = if ahead.abs() < 2000 { 0 } else { ahead };
        self.ahead.store(ahead, Ordering::Relaxed);
    }
}

/// Reads when an answer was given, by the server's clock.
pub(crate) fn date(headers: &HeaderMap) -> Option<Moment> {
    let text = headers.get(DATE)?.to_str().ok()?;
    let zoned = jiff::fmt::rfc2822::parse(text).ok()?;
    Some(Moment::from_millis(zoned.timestamp().as_millisecond()))
}

/// Tells an error by what caused it; octocrab's own texts may have whole backtraces in them.
fn told(error: &dyn std::error::Error) -> String {
    let mut causes = Vec::new();
    let mut cause = error.source();
    while let Some(own) = cause {
        let text = own.to_string();
        let line = text.lines().next().unwrap_or_default();
        if !causes.iter().any(|known: &String| known == line) {
            causes.push(line.to_owned());
        }
        cause = own.source();
    }
    if causes.is_empty() {
        causes.push(
            error
                .to_string()
                .lines()
                .next()
                .unwrap_or_default()
                .to_owned(),
        );
    }
    failure::plain(&causes.join(": "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_servers_time_is_read_from_the_date_header() {
        let headers = [(
            DATE,
            HeaderValue::from_static("Sun, 06 Nov 1994 08:49:37 GMT"),
        )]
        .into_iter()
        .collect();
        assert_eq!(
            date(&headers).unwrap().to_string(),
            "1994-11-06T08:49:37.000Z"
        );
        let bad = [(DATE, HeaderValue::from_static("yesterday"))]
            .into_iter()
            .collect();
        assert_eq!((date(&bad), date(&HeaderMap::new())), (None, None));
    }
}
