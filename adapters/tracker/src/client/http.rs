//! Requests and answers: what failed, and whether it may have been done.

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue, RETRY_AFTER};
use reqwest::{Method, RequestBuilder, Response, StatusCode, Url};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde::de::DeserializeOwned;
use trail_port::tracker::Error;

use crate::api::Failure;

/// How long a request may take, besides what it asks to wait.
const TIMEOUT: Duration = Duration::from_secs(30);
const CONNECT: Duration = Duration::from_secs(5);
/// The largest answer that is read; a whole item with very many comments.
const MAX_ANSWER: usize = 256 * 1024 * 1024;
/// How long to wait if the server does not say.
const RETRY: Duration = Duration::from_secs(30);

/// Sends requests with one account's token.
#[derive(Clone)]
pub(super) struct Http {
    base: Url,
    client: reqwest::Client,
}

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Http")
            .field("base", &self.base.as_str())
            .finish_non_exhaustive()
    }
}

/// An answer that is no success.
#[derive(Debug)]
pub(super) struct Unsuccessful {
    status: StatusCode,
    retry_after: Option<Duration>,
    failure: Option<Failure>,
}

/// Why there is no answer that can be used.
#[derive(Debug)]
pub(super) enum NoAnswer {
    /// There was none, or not all of it.
    Cut(String),
    /// The server says it did not do it, or that it failed.
    Unsuccessful(Unsuccessful),
}

impl Http {
    pub(super) fn new(base: &str, token: &SecretString) -> Result<Self, Error> {
        let malformed = |why: &str| {
            Error::Refused(format!(
                "the tracker's address {base:?} {why}; it should be like http://127.0.0.1:7300"
            ))
        };
        let base =
            Url::parse(base).map_err(|error| malformed(&format!("is malformed: {error}")))?;
        if !matches!(base.scheme(), "http" | "https") || base.host_str().is_none() {
            return Err(malformed("is no http or https address"));
        }
        if !base.username().is_empty() || base.password().is_some() {
            return Err(malformed(
                "has a user in it; the token is given apart from it",
            ));
        }
        let mut bearer = HeaderValue::from_str(&format!("Bearer {}", token.expose_secret()))
            .map_err(|_| Error::Refused("the token has characters no token has".to_owned()))?;
        bearer.set_sensitive(true);
        // reqwest is built without a provider of its own; another part of the program may have
        // been first.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut client = reqwest::Client::builder()
            .default_headers(HeaderMap::from_iter([(AUTHORIZATION, bearer)]))
            .connect_timeout(CONNECT)
            // A tracker that sends its clients elsewhere would be sent the token.
            .redirect(reqwest::redirect::Policy::none())
            .tcp_nodelay(true)
            .pool_max_idle_per_host(4);
        if is_loopback(&base) {
            client = client.no_proxy();
        }
        let client = client
            .build()
            .map_err(|error| Error::Refused(format!("no client can be made: {error}")))?;
        Ok(Self { base, client })
    }

    pub(super) const fn base(&self) -> &Url {
        &self.base
    }

    /// Begins a request to `/api/v1` and `path`.
    pub(super) fn request(&self, method: Method, path: &[&str]) -> RequestBuilder {
        let mut url = self.base.clone();
        url.path_segments_mut()
            .expect("http addresses have paths")
            .pop_if_empty()
            .extend(["api", "v1"])
            .extend(path);
        self.client.request(method, url)
    }

    /// Sends a request and returns the bytes of a successful answer.
    pub(super) async fn send(
        &self,
        request: RequestBuilder,
        wait: Duration,
    ) -> Result<Vec<u8>, NoAnswer> {
        let cut = |error: reqwest::Error| NoAnswer::Cut(told(&error));
        let response = request.timeout(TIMEOUT + wait).send().await.map_err(cut)?;
        let status = response.status();
        let retry_after = retry_after(response.headers());
        let body = body(response).await?;
        if status.is_success() {
            return Ok(body);
        }
        let failure = serde_json::from_slice(&body).ok();
        Err(NoAnswer::Unsuccessful(Unsuccessful {
            status,
            retry_after,
            failure,
        }))
    }

    /// Sends JSON and reads JSON.
    pub(super) async fn json<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &[&str],
        query: &[(&str, String)],
        body: Option<&(impl Serialize + Sync)>,
        wait: Duration,
    ) -> Result<T, Error> {
        named(path)?;
        let mut request = self.request(method, path);
        if !query.is_empty() {
            request = request.query(query);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = self
            .send(request, wait)
            .await
            .map_err(|none| none.into_error(path))?;
        serde_json::from_slice(&answer)
            .map_err(|error| Error::Doubt(format!("the answer makes no sense: {error}")))
    }

    /// Sends JSON and wants no answer but success.
    pub(super) async fn done(
        &self,
        method: Method,
        path: &[&str],
        body: Option<&(impl Serialize + Sync)>,
    ) -> Result<(), Error> {
        named(path)?;
        let mut request = self.request(method, path);
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = self.send(request, Duration::ZERO).await;
        answer.map(drop).map_err(|none| none.into_error(path))
    }
}

impl Unsuccessful {
    /// Returns the server's word for what went wrong.
    pub(super) fn code(&self) -> &str {
        self.failure
            .as_ref()
            .map_or("", |failure| failure.error.code.as_str())
    }

    pub(super) const fn status(&self) -> StatusCode {
        self.status
    }
}

impl NoAnswer {
    /// Returns what it means for the port; `path` is what was asked for.
    pub(super) fn into_error(self, path: &[&str]) -> Error {
        let Unsuccessful {
            status,
            retry_after,
            failure,
        } = match self {
            Self::Cut(why) => return Error::Doubt(why),
            Self::Unsuccessful(answer) => answer,
        };
        let code = failure.as_ref().map(|failure| failure.error.code.clone());
        let why = failure.map_or_else(
            || format!("the tracker answered {status}"),
            |failure| failure.error.message,
        );
        match status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Error::Denied(why),
            StatusCode::NOT_FOUND | StatusCode::GONE => {
                let named = why.strip_suffix(" not found").filter(|_| code.is_some());
                Error::NotFound(named.map_or_else(|| path.join("/"), str::to_owned))
            }
            StatusCode::CONFLICT if code.as_deref() == Some("moved") => Error::Moved,
            StatusCode::TOO_MANY_REQUESTS => Error::RateLimited {
                retry_after: retry_after.unwrap_or(RETRY),
            },
            // The request may have come through before it took too long.
            StatusCode::REQUEST_TIMEOUT => Error::Doubt(why),
            status if status.is_client_error() => Error::Refused(why),
            _ => Error::Doubt(why),
        }
    }
}

/// Refuses names that would make the address that of something else.
fn named(path: &[&str]) -> Result<(), Error> {
    match path
        .iter()
        .find(|segment| matches!(**segment, "" | "." | ".."))
    {
        Some(segment) => Err(Error::NotFound(format!("{segment:?}"))),
        None => Ok(()),
    }
}

/// Reads a body up to the limit.
async fn body(mut response: Response) -> Result<Vec<u8>, NoAnswer> {
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() > MAX_ANSWER => {
                return Err(NoAnswer::Cut("the answer is too long".to_owned()));
            }
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => return Ok(body),
            Err(error) => return Err(NoAnswer::Cut(told(&error))),
        }
    }
}

/// Reads how long to wait, in whole seconds.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers
        .get(RETRY_AFTER)?
        .to_str()
        .ok()?
        .trim()
        .parse()
        .ok()?;
    Some(Duration::from_secs(seconds))
}

/// Tells an error with its causes, which reqwest leaves out.
fn told(error: &reqwest::Error) -> String {
    let mut told = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        told = format!("{told}: {cause}");
        source = cause.source();
    }
    told
}

fn is_loopback(base: &Url) -> bool {
    let host = base.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost"
        || host
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}
