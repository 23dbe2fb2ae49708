//! Makes a model of settings, refusing what cannot work.

use std::sync::Arc;

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Url, redirect};
use secrecy::{ExposeSecret as _, SecretString};
use trail_port::Model;
use trail_port::model::Identity;

use super::address::{address, endpoint, is_loopback};
use super::{Error, Kind, Settings, millis};
use crate::anthropic::Messages;
use crate::body::Limits;
use crate::http::Http;
use crate::openai_chat::Chat;
use crate::openai_responses::Responses;
use crate::remote::{Options, Remote, Wire};
use crate::retry::{Retry, System};
use crate::scripted::Scripted;

/// The most bytes of an answer: far more than any model writes.
const ANSWER: usize = 16 << 20;

/// The most bytes of one line: the last event of a response holds all of it once more.
const LINE: usize = 8 << 20;

/// The fields of a body that are Trail's own, in any of the formats.
const OWN_FIELDS: &str = "include input instructions max_completion_tokens max_output_tokens \
    max_tokens messages model store stream stream_options system temperature tools";

impl Settings {
    /// Returns the model that these settings describe.
    ///
    /// # Errors
    ///
    /// When a setting is missing, has a bad value or does not go with the kind.
    pub fn build(self) -> Result<Arc<dyn Model>, Error> {
        match self.kind {
            Kind::Scripted => self.scripted(),
            Kind::Anthropic => self.remote(Messages, "https://api.anthropic.com", "messages"),
            Kind::OpenaiChat => {
                let own = "https://api.openai.com";
                let base = self.base_url.as_deref().unwrap_or(own);
                let at_openai = base.trim_start().starts_with(own);
                let limit_field = if at_openai {
                    "max_completion_tokens"
                } else {
                    "max_tokens"
                };
                self.remote(Chat { limit_field }, own, "chat/completions")
            }
            Kind::OpenaiResponses => self.remote(Responses, "https://api.openai.com", "responses"),
        }
    }

    fn scripted(self) -> Result<Arc<dyn Model>, Error> {
        let unused = [
            ("base_url", self.base_url.is_some()),
            ("temperature", self.temperature.is_some()),
            ("max_output_tokens", self.max_output_tokens.is_some()),
            ("extra_body", !self.extra_body.is_empty()),
        ];
        if let Some((field, _)) = unused.into_iter().find(|(_, set)| *set) {
            return Err(bad(
                field,
                "a scripted model has no such setting; take it out",
            ));
        }
        let path = self.script.as_deref().ok_or(Error::Missing {
            field: "script",
            hint: "name the file that the scripted model plays",
        })?;
        let scripted = Scripted::from_file(path)?.with_price(self.price);
        let name = &scripted.script().name;
        match &self.model {
            Some(model) if model != name => Err(bad(
                "model",
                format!("{model:?} is not the script's name {name:?}; write that or nothing"),
            )),
            Some(_) | None => Ok(Arc::new(scripted)),
        }
    }

    fn remote<W: Wire>(self, wire: W, own: &str, path: &str) -> Result<Arc<dyn Model>, Error> {
        self.check()?;
        let model = self.model.clone().filter(|model| !model.trim().is_empty());
        let model = model.ok_or(Error::Missing {
            field: "model",
            hint: "write the model's name as its provider calls it",
        })?;
        let url = address(self.base_url.as_deref().unwrap_or(own), path)?;
        let endpoint = endpoint(&url);
        let key = self.api_key.as_ref().map(|key| key.expose_secret().trim());
        let key = key.filter(|key| !key.is_empty()).map(SecretString::from);
        if key.is_some() && url.scheme() == "http" && !is_loopback(&url) {
            tracing::warn!(%endpoint, "the API key travels unencrypted; use https in base_url");
        }
        let options = Options {
            model: model.clone(),
            temperature: self.temperature,
            max_output_tokens: self.max_output_tokens,
            extra: self.extra_body.clone(),
        };
        let http = Http {
            client: self.client(&url)?,
            headers: headers(self.kind, key.as_ref())?,
            url,
            key,
            model: model.clone(),
            limits: Limits {
                idle: millis(self.timeouts.idle_ms),
                answer: ANSWER,
                line: LINE,
            },
            response: millis(self.timeouts.response_ms),
            overall: millis(self.timeouts.overall_ms),
        };
        let identity = Identity {
            model,
            endpoint,
            temperature: self.temperature,
            price: self.price,
        };
        let retry = Retry {
            attempts: self.retry.max_attempts,
            base: millis(self.retry.base_ms),
            cap: millis(self.retry.cap_ms),
            retry_after_cap: millis(self.retry.retry_after_cap_ms),
        };
        Ok(Arc::new(Remote {
            wire,
            http,
            identity,
            options,
            retry,
            clock: Box::new(System),
        }))
    }

    /// Checks what does not depend on the peer.
    fn check(&self) -> Result<(), Error> {
        if self.script.is_some() {
            return Err(bad(
                "script",
                "only a model of kind \"scripted\" plays one; take it out",
            ));
        }
        let hottest = if self.kind == Kind::Anthropic {
            1.0
        } else {
            2.0
        };
        if let Some(temperature) = self.temperature
            && !(0.0..=hottest).contains(&temperature)
        {
            let reason = format!("{temperature} is not from 0 to {hottest}");
            return Err(bad("temperature", reason));
        }
        if self.max_output_tokens == Some(0) {
            return Err(bad(
                "max_output_tokens",
                "an answer needs at least one token",
            ));
        }
        if self.retry.max_attempts == 0 {
            return Err(bad(
                "retry.max_attempts",
                "1 means a single attempt; 0 would never ask",
            ));
        }
        for (field, value) in [
            ("timeouts.connect_ms", self.timeouts.connect_ms),
            ("timeouts.response_ms", self.timeouts.response_ms),
            ("timeouts.idle_ms", self.timeouts.idle_ms),
            ("timeouts.overall_ms", self.timeouts.overall_ms),
        ] {
            if value == 0 {
                return Err(bad(field, "0 leaves no time at all; write milliseconds"));
            }
        }
        match OWN_FIELDS
            .split(' ')
            .find(|field| self.extra_body.contains_key(*field))
        {
            Some(field) => Err(bad(
                "extra_body",
                format!("`{field}` is set by Trail itself"),
            )),
            None => Ok(()),
        }
    }

    fn client(&self, url: &Url) -> Result<Client, Error> {
        // Whoever came first has installed one, which serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .user_agent(concat!("trail/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(millis(self.timeouts.connect_ms))
            // A redirect would carry an `x-api-key` to whatever host it names.
            .redirect(redirect::Policy::none());
        let client = if is_loopback(url) {
            client.no_proxy()
        } else {
            client
        };
        client
            .build()
            .map_err(|error| Error::Client(error.without_url().to_string()))
    }
}

/// Returns the headers of every request.
fn headers(kind: Kind, key: Option<&SecretString>) -> Result<HeaderMap, Error> {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if kind == Kind::Anthropic {
        let name = HeaderName::from_static("anthropic-version");
        headers.insert(name, HeaderValue::from_static("2023-06-01"));
    }
    if let Some(key) = key {
        let key = key.expose_secret();
        let (name, value) = match kind {
            Kind::Anthropic => (HeaderName::from_static("x-api-key"), key.to_owned()),
            Kind::OpenaiChat | Kind::OpenaiResponses | Kind::Scripted => {
                (AUTHORIZATION, format!("Bearer {key}"))
            }
        };
        // The error of the header would show its value.
        let value = HeaderValue::from_str(&value).map_err(|_| {
            bad(
                "api_key",
                "holds characters that no header can carry; was it copied whole?",
            )
        })?;
        headers.insert(name, marked(value));
    }
    Ok(headers)
}

/// Marks a header value as one that is never shown.
fn marked(mut value: HeaderValue) -> HeaderValue {
    value.set_sensitive(true);
    value
}

pub(super) fn bad(field: &'static str, reason: impl Into<String>) -> Error {
    Error::Bad {
        field,
        reason: reason.into(),
    }
}

#[cfg(test)]
mod tests;
