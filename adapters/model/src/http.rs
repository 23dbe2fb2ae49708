//! One attempt over HTTP: send the body, judge the status, feed the accumulator.

use std::pin::pin;
use std::time::Duration;

use bytes::Bytes;
use eventsource_stream::{EventStreamError, Eventsource as _};
use futures::stream::{self, StreamExt as _};
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Client, StatusCode, Url};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;

use crate::body::{Body, Limits};
use crate::draft::Draft;
use crate::fault::{self, Fault};
use crate::remote::{Accumulate, Progress};
use crate::retry::{Clock as _, System, retry_after};

/// The most bytes of an error body that are read.
const ERROR_BODY: usize = 64 * 1024;

/// How long the rest of a finished stream is waited for, so that its connection can be used again.
const DRAIN: Duration = Duration::from_millis(50);

/// Where and how requests are sent.
pub(crate) struct Http {
    pub(crate) client: Client,
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    /// Kept to blot it out of what peers say; the header that carries it is marked as sensitive.
    pub(crate) key: Option<SecretString>,
    pub(crate) model: String,
    pub(crate) limits: Limits,
    /// The longest wait for the answer to begin.
    pub(crate) response: Duration,
    /// The longest time for the whole answer.
    pub(crate) overall: Duration,
}

impl Http {
    /// Sends `body` once; returns the answer and the peer's id of the request.
    pub(crate) async fn attempt<A: Accumulate>(
        &self,
        body: Bytes,
    ) -> Result<(Draft, Option<String>), Fault> {
        let outcome = match tokio::time::timeout(self.overall, self.exchange::<A>(body)).await {
            Ok(outcome) => outcome,
            Err(_) => Err(Fault::transient(format!(
                "no whole answer within {:?}",
                self.overall
            ))),
        };
        outcome.map_err(|fault| fault.cleaned(self.key.as_ref().map(|key| key.expose_secret())))
    }

    async fn exchange<A: Accumulate>(&self, body: Bytes) -> Result<(Draft, Option<String>), Fault> {
        let sent = self
            .client
            .post(self.url.clone())
            .headers(self.headers.clone())
            .body(body)
            .send();
        let response = match tokio::time::timeout(self.response, sent).await {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => return Err(Fault::transient(in_words(error))),
            Err(_) => {
                return Err(Fault::transient(format!(
                    "no answer began within {:?}",
                    self.response
                )));
            }
        };
        let (status, headers) = (response.status(), response.headers().clone());
        let body = Body::new(
            response.bytes_stream().map(|c| c.map_err(in_words)),
            self.limits,
        );
        if !status.is_success() {
            return Err(self.refusal(status, &headers, &body.beginning(ERROR_BODY).await));
        }
        let header = |name| text(&headers, name);
        let request_id = header("request-id").or_else(|| header("x-request-id"));
        let kind = headers
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .unwrap_or("");
        let draft = if kind.to_ascii_lowercase().contains("event-stream") {
            streamed::<A>(body).await?
        } else {
            self.whole::<A>(body.whole().await?).await?
        };
        Ok((draft, request_id))
    }

    /// Reads an answer that does not call itself an event stream: some servers answer
    /// `stream: true` with plain JSON, some stream under another name.
    async fn whole<A: Accumulate>(&self, bytes: Bytes) -> Result<Draft, Fault> {
        let begins = bytes.trim_ascii_start();
        if ["data:", "event:", ":"]
            .iter()
            .any(|mark| begins.starts_with(mark.as_bytes()))
        {
            let once = stream::iter([Ok(bytes.clone())]);
            return streamed::<A>(Body::new(once, self.limits)).await;
        }
        let read = serde_json::from_slice::<Value>(&bytes);
        let Ok(body @ Value::Object(_)) = read else {
            let begins = String::from_utf8_lossy(&bytes[..bytes.len().min(400)]).into_owned();
            return Err(Fault::malformed(
                "the answer is neither JSON nor an event stream (is base_url right?)",
                &begins,
            ));
        };
        match body.get("error").filter(|error| !error.is_null()) {
            Some(error) => Err(Fault::told(error)),
            None => A::whole(&body),
        }
    }

    /// Returns the fault that a status other than success means.
    fn refusal(&self, status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Fault {
        let json: Value = serde_json::from_slice(body).unwrap_or(Value::Null);
        let said = match fault::message(&json) {
            Some(message) => message.to_owned(),
            None => String::from_utf8_lossy(body).trim().to_owned(),
        };
        let said = if said.is_empty() {
            String::new()
        } else {
            format!(": {said}")
        };
        let reason = format!("HTTP {}{said}", status.as_u16());
        let transient = status.is_server_error() || matches!(status.as_u16(), 408 | 409 | 429);
        if transient && !fault::is_for_good(&json) {
            let retry_after = retry_after(|name| text(headers, name), System.now());
            return Fault::Transient {
                reason,
                retry_after,
            };
        }
        // The hint stands first, for what the peer says may be cut.
        Fault::permanent(format!("{} ({reason})", self.hint(status, headers)))
    }

    /// Returns what a person can do about a refusal.
    fn hint(&self, status: StatusCode, headers: &HeaderMap) -> String {
        let (model, url) = (&self.model, &self.url);
        match status.as_u16() {
            300..=399 => match text(headers, "location") {
                Some(to) => format!("{url} redirects to {to}; set base_url to where the API is"),
                None => format!("{url} redirects; set base_url to where the API is"),
            },
            401 if self.key.is_none() => "an API key is needed; set one for this model".to_owned(),
            401 => "the API key was refused; check that it is current and for this host".to_owned(),
            402 | 429 => "the account has no budget left; mend that or use another key".to_owned(),
            403 => format!("this key may not use model {model:?}; ask for access or change model"),
            404 => format!("nothing at {url} or no model {model:?}; check base_url and model"),
            413 => "the request is too large; let the worker read less at once".to_owned(),
            400 | 422 => format!(
                "the request was refused; check that model {model:?} takes tools and the \
                 temperature, max_output_tokens and extra_body that are set"
            ),
            _ => "the request was refused".to_owned(),
        }
    }
}

/// Feeds the events of a stream to an accumulator.
async fn streamed<A: Accumulate>(body: Body) -> Result<Draft, Fault> {
    let mut accumulator = A::default();
    let mut events = pin!(body.lines().eventsource());
    while let Some(event) = events.next().await {
        let event = event.map_err(|error| match error {
            EventStreamError::Transport(fault) => fault,
            EventStreamError::Utf8(_) => Fault::transient("the event stream is not UTF-8"),
            EventStreamError::Parser(_) => Fault::transient("the event stream is malformed"),
        })?;
        match accumulator.event(&event.data)? {
            Progress::More => {}
            Progress::Done => {
                // The answer stands whatever becomes of the connection.
                let _ = tokio::time::timeout(DRAIN, async {
                    while let Some(Ok(_)) = events.next().await {}
                })
                .await;
                break;
            }
        }
    }
    accumulator.finish()
}

/// Returns a header as text.
fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    let text = headers
        .get(name)
        .and_then(|value: &HeaderValue| value.to_str().ok())?;
    (!text.is_empty()).then(|| fault::excerpt(text, 200))
}

/// Returns a transport error with its causes, which is where the reason stands; without the URL.
fn in_words(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut words = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(error) = cause {
        let next = error.to_string();
        if !words.contains(&next) {
            words = format!("{words}: {next}");
        }
        cause = error.source();
    }
    words
}
