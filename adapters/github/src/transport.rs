//! Requests and answers: one request at a time, what failed, and whether it may have been done.
//!
//! octocrab carries the requests. Who they are sent as, redirects, retries and conditions are
//! decided here: its own ways of doing that repeat writes, or lose sight of headers.

use std::fmt;
use std::sync::Mutex;

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, ETAG};
use http::header::{IF_NONE_MATCH, LOCATION, USER_AGENT};
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode, Uri};
use http_body_util::{BodyExt as _, Limited};
use octocrab::Octocrab;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::Semaphore;
use trail_port::tracker::Error;
use trail_record::Moment;

use crate::auth::Auth;
use crate::brake::{Brake, ServerClock};
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
    brake: Brake,
    clock: ServerClock,
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
            brake: Brake::default(),
            clock: ServerClock::default(),
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
        self.brake.check()?;
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
            self.clock.learn(&answer.headers);
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
            self.brake.release();
            return Ok(answer);
        }
        if *status == StatusCode::NOT_MODIFIED && ask.unless.is_some() {
            self.counts.unchanged();
            return Ok(answer);
        }
        let message = Told::of(body).message;
        let strikes = self.brake.strikes();
        let limit = rate::limit(*status, headers, &message, self.now(), strikes);
        if let Some(limit) = limit {
            self.counts.limited();
            // GraphQL has an hour of its own; secondary limits are on everything.
            if limit.secondary || ask.kind != Kind::Query {
                self.brake.hold(limit);
            }
        }
        Err(failure::failure(*status, headers, body, &ask.what, limit))
    }

    /// Returns the server's time.
    pub(crate) fn now(&self) -> Moment {
        self.clock.now()
    }
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
