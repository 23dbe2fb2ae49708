//! Requests and answers: what failed, and whether it may have been done.

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, DATE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use reqwest::{Method, Response, StatusCode, Url};
use secrecy::ExposeSecret;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tracing::debug;
use trail_budget::{Budget, Rule};
use trail_port::tracker::Error;

use crate::Settings;
use crate::counters::{Counters, Counts};

/// The largest body that Plane takes (`FILE_SIZE_LIMIT`, its default).
pub(crate) const MAX_BODY: usize = 5_242_880;
/// The largest answer that is read: a whole item with very many comments.
const MAX_ANSWER: usize = 256 * 1024 * 1024;
/// How long to wait if a refusal does not say.
const RETRY: Duration = Duration::from_secs(60);

/// Sends requests with one account's key.
pub(crate) struct Http {
    base: Url,
    workspace: String,
    client: reqwest::Client,
    budget: Budget,
    counts: Counts,
}

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Http")
            .field("base", &self.base.as_str())
            .field("workspace", &self.workspace)
            .finish_non_exhaustive()
    }
}

/// Why there is no answer that can be used.
#[derive(Debug)]
pub(crate) enum Failed {
    /// There was none, or not all of it, or it makes no sense: what was asked may have been done.
    Cut(String),
    /// The server answers with an error.
    Status(Refusal),
    /// It was not sent.
    Unsent(Error),
}

/// An answer that is no success.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    /// How long the server asks to wait.
    retry_after: Option<Duration>,
    /// The server's word for it.
    pub(crate) why: String,
    /// The id of what is there already.
    pub(crate) id: Option<String>,
}

/// An answer with the server's own time, in seconds since the epoch, if it tells.
#[derive(Debug)]
pub(crate) struct Answer<T> {
    pub(crate) body: T,
    pub(crate) server_time: Option<i64>,
}

impl Http {
    pub(crate) fn new(settings: &Settings) -> Result<Self, Error> {
        let base = address(&settings.url)?;
        let key = settings.key.expose_secret().trim();
        let mut key = HeaderValue::from_str(key)
            .ok()
            .filter(|_| !key.is_empty())
            .ok_or_else(|| Error::Refused("the API key is empty or no key of Plane".to_owned()))?;
        key.set_sensitive(true);
        // reqwest is built without a provider of its own; another part of the program may have
        // been first.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let header = HeaderName::from_static("x-api-key");
        let mut client = reqwest::Client::builder()
            .default_headers(HeaderMap::from_iter([(header, key)]))
            .connect_timeout(settings.connect)
            .timeout(settings.timeout)
            // A redirected write loses its body, and a Plane that sends its clients elsewhere would
            // be sent the key.
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("trail/", env!("CARGO_PKG_VERSION")))
            .tcp_nodelay(true)
            .pool_max_idle_per_host(4);
        if is_loopback(&base) {
            client = client.no_proxy();
        }
        let client = client
            .build()
            .map_err(|error| Error::Refused(format!("no client can be made: {error}")))?;
        let rules = [Rule::new(
            settings.requests_per_minute,
            Duration::from_secs(60),
        )];
        let budget = Budget::new(&rules, settings.budget.clone())
            .map_err(|error| Error::Refused(error.to_string()))?
            .waiting(settings.wait);
        Ok(Self {
            base,
            workspace: settings.workspace.clone(),
            client,
            budget,
            counts: Counts::default(),
        })
    }

    pub(crate) fn counters(&self) -> Counters {
        self.counts.snapshot(self.budget.waits())
    }

    pub(crate) fn workspace(&self) -> &str {
        &self.workspace
    }

    /// Reads JSON. `path` follows `/api/v1/`.
    pub(crate) async fn get<T: DeserializeOwned>(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> Result<Answer<T>, Failed> {
        self.send(Method::GET, path, query, None).await
    }

    /// Sends JSON and reads JSON.
    pub(crate) async fn put<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &[&str],
        body: &(impl Serialize + Sync),
    ) -> Result<T, Failed> {
        let body = serde_json::to_vec(body).map_err(|error| {
            Failed::Unsent(Error::Refused(format!("it cannot be written: {error}")))
        })?;
        if body.len() > MAX_BODY {
            return Err(Failed::Unsent(Error::Refused(format!(
                "it is too long: Plane takes {MAX_BODY} bytes a request, this has {}; shorten the text",
                body.len()
            ))));
        }
        let answer = self.send(method, path, &[], Some(body)).await?;
        Ok(answer.body)
    }

    async fn send<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &[&str],
        query: &[(&str, &str)],
        body: Option<Vec<u8>>,
    ) -> Result<Answer<T>, Failed> {
        self.budget
            .take()
            .await
            .map_err(|error| Failed::Unsent(no_place(error)))?;
        self.counts.asked(body.is_some());
        let mut url = self.base.clone();
        url.path_segments_mut()
            .expect("http addresses have paths")
            .pop_if_empty()
            .extend(["api", "v1"])
            .extend(path)
            // Without the slash at its end Plane redirects, and a write loses its body.
            .push("");
        let mut request = self.client.request(method, url).query(query);
        if let Some(body) = body {
            request = request.header(CONTENT_TYPE, "application/json").body(body);
        }
        let cut = |error: reqwest::Error| Failed::Cut(told(&error));
        let response = request.send().await.map_err(cut)?;
        let status = response.status();
        let headers = response.headers().clone();
        let body = read(response).await?;
        if status.is_success() {
            let body = serde_json::from_slice(&body)
                .map_err(|error| Failed::Cut(format!("the answer makes no sense: {error}")))?;
            let server_time = header(&headers, DATE.as_str()).and_then(http_date);
            return Ok(Answer { body, server_time });
        }
        let refusal = Refusal::new(status, &headers, &body);
        if status == StatusCode::TOO_MANY_REQUESTS {
            self.counts.refused();
            self.budget.hold_for(refusal.retry_after.unwrap_or(RETRY));
        }
        debug!(%status, why = refusal.why, "Plane refused");
        Err(Failed::Status(refusal))
    }
}

impl Refusal {
    fn new(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Self {
        let retry_after = header(headers, RETRY_AFTER.as_str())
            .and_then(|seconds| seconds.trim().parse().ok())
            .map(Duration::from_secs);
        let said: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
        let word = |name: &str| said.get(name).and_then(|own| own.as_str());
        let why = word("detail")
            .or_else(|| word("error"))
            .or_else(|| word("error_message"))
            .map_or_else(|| said_of_fields(&said), str::to_owned);
        Self {
            status,
            retry_after,
            why: why.chars().take(500).collect(),
            id: word("id").map(str::to_owned),
        }
    }
}

impl Failed {
    /// Returns what it means for the port; `what` names what was asked for.
    pub(crate) fn into_error(self, what: &str) -> Error {
        let refusal = match self {
            Self::Cut(why) => return Error::Doubt(why),
            Self::Unsent(error) => return error,
            Self::Status(refusal) => refusal,
        };
        let Refusal {
            status,
            retry_after,
            why,
            ..
        } = refusal;
        match status {
            StatusCode::UNAUTHORIZED => Error::Denied(format!(
                "Plane saw no API key ({why}); is there a proxy before it that removes X-Api-Key?"
            )),
            StatusCode::FORBIDDEN if why.contains("API token") => Error::Denied(format!(
                "Plane refuses the API key ({why}): it is wrong, expired or its account is disabled; \
                 make a new one in Plane under Profile settings, Personal access tokens"
            )),
            StatusCode::FORBIDDEN => Error::Denied(format!(
                "Plane refuses {what} ({why}): the account may not do it, or there is no such \
                 workspace or project for it; check both names and its role in the project"
            )),
            StatusCode::NOT_FOUND | StatusCode::GONE => Error::NotFound(what.to_owned()),
            StatusCode::TOO_MANY_REQUESTS => Error::RateLimited {
                retry_after: retry_after.unwrap_or(RETRY),
            },
            StatusCode::PAYLOAD_TOO_LARGE => Error::Refused(format!(
                "{what} is too long for Plane, which takes {MAX_BODY} bytes a request unless set up \
                 otherwise; shorten the text"
            )),
            StatusCode::REQUEST_TIMEOUT => Error::Doubt(why),
            status if status.is_redirection() => Error::Refused(format!(
                "Plane's address leads elsewhere ({status}); set it to the address it leads to, with https"
            )),
            status if status.is_client_error() => {
                Error::Refused(format!("Plane refuses {what} ({status}): {why}"))
            }
            status => Error::Doubt(format!("Plane answered {status}: {why}")),
        }
    }

    /// Tells whether what was asked may have been done all the same. Plane has stored comments that
    /// it answered with 400 or 500.
    pub(crate) fn may_be_done(&self) -> bool {
        match self {
            Self::Cut(_) => true,
            Self::Unsent(_) => false,
            Self::Status(refusal) => {
                refusal.status.is_server_error()
                    || matches!(
                        refusal.status,
                        StatusCode::BAD_REQUEST | StatusCode::REQUEST_TIMEOUT
                    )
            }
        }
    }

    /// Returns the status that was answered.
    pub(crate) fn status(&self) -> Option<StatusCode> {
        match self {
            Self::Status(refusal) => Some(refusal.status),
            Self::Cut(_) | Self::Unsent(_) => None,
        }
    }
}

/// Reads the address of a Plane.
fn address(url: &str) -> Result<Url, Error> {
    let malformed = |why: &str| {
        Error::Refused(format!(
            "Plane's address {url:?} {why}; it should be like https://plane.example.org"
        ))
    };
    let base = Url::parse(url).map_err(|error| malformed(&format!("is malformed: {error}")))?;
    if !matches!(base.scheme(), "http" | "https") || base.host_str().is_none() {
        return Err(malformed("is no http or https address"));
    }
    if !base.username().is_empty() || base.password().is_some() {
        return Err(Error::Refused(
            "Plane's address has a user in it; the key is given apart from it".to_owned(),
        ));
    }
    if base.query().is_some() || base.fragment().is_some() {
        return Err(malformed("has a query or fragment"));
    }
    Ok(base)
}

fn no_place(error: trail_budget::Error) -> Error {
    match error {
        trail_budget::Error::Busy { retry_after } => Error::RateLimited { retry_after },
        trail_budget::Error::Rule { .. } | trail_budget::Error::File { .. } => {
            Error::Refused(error.to_string())
        }
    }
}

/// Tells what Plane says of single fields: `{"name": ["This field is required."]}`.
fn said_of_fields(said: &serde_json::Value) -> String {
    let Some(fields) = said.as_object() else {
        return "no reason given".to_owned();
    };
    let told: Vec<String> = fields
        .iter()
        .map(|(name, why)| {
            let first = why.get(0).unwrap_or(why);
            let why = first
                .as_str()
                .map_or_else(|| first.to_string(), str::to_owned);
            format!("{name}: {why}")
        })
        .collect();
    told.join("; ")
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// Reads the server's time in seconds, `Sat, 21 Nov 2026 00:05:50 GMT` (RFC 9110, 5.6.7).
fn http_date(text: &str) -> Option<i64> {
    let stamp = jiff::fmt::rfc2822::parse(text.trim()).ok()?;
    Some(stamp.timestamp().as_second())
}

/// Reads a body up to the limit.
async fn read(mut response: Response) -> Result<Vec<u8>, Failed> {
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() > MAX_ANSWER => {
                return Err(Failed::Cut("the answer is too long".to_owned()));
            }
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => return Ok(body),
            Err(error) => return Err(Failed::Cut(told(&error))),
        }
    }
}

/// Tells an error with its causes, which reqwest leaves out, and without its address.
fn told(error: &reqwest::Error) -> String {
    let mut told = if error.is_timeout() {
        "no answer in time".to_owned()
    } else if error.is_connect() {
        "no connection".to_owned()
    } else {
        "the exchange was cut".to_owned()
    };
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
