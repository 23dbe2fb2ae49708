//! Receiving hints from the tracker.
//!
//! A delivery whose signature is good rings the worker's bell, and those of the other personas on
//! this machine. What it says is not believed: only which item to look at is taken from it.

use std::collections::{HashSet, VecDeque};
use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, Mutex};

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use bytes::Bytes;
use secrecy::SecretString;
use tokio::sync::mpsc;
use trail_worker::Hint;

use super::Service;
use super::relay::{RELAYED, Relay};

/// How many deliveries are remembered, so that a repeated one rings no second time.
const REMEMBERED: usize = 1024;

/// Who signs deliveries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sender {
    /// GitHub: `X-Hub-Signature-256`.
    GitHub,
    /// Plane: `X-Plane-Signature`.
    Plane,
}

impl Sender {
    /// Returns the word in the path.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::GitHub => "github",
            Self::Plane => "plane",
        }
    }

    /// Returns the header that holds the signature.
    pub(super) const fn signature(self) -> &'static str {
        match self {
            Self::GitHub => "x-hub-signature-256",
            Self::Plane => "x-plane-signature",
        }
    }

    /// Returns the header that names the delivery.
    pub(super) const fn delivery(self) -> &'static str {
        match self {
            Self::GitHub => "x-github-delivery",
            Self::Plane => "x-plane-delivery",
        }
    }

    /// Checks a delivery's signature and returns what it hints at.
    fn verify(self, secret: &SecretString, signature: &str, body: &[u8]) -> Result<Hint, String> {
        match self {
            Self::GitHub => trail_github::webhook::verify(secret, signature, body)
                .map(|hint| Hint { item: hint.item })
                .map_err(|error| error.to_string()),
            Self::Plane => trail_plane::webhook::verify(secret, signature, body)
                .map(|hint| Hint { item: hint.item })
                .map_err(|error| error.to_string()),
        }
    }
}

impl fmt::Display for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Sender {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        [Self::GitHub, Self::Plane]
            .into_iter()
            .find(|own| own.as_str() == text)
            .ok_or(())
    }
}

/// What receives hints.
pub(crate) struct Hooks {
    sender: Sender,
    secret: SecretString,
    bell: mpsc::Sender<Hint>,
    relay: Relay,
    seen: Mutex<Seen>,
}

/// The signatures of the newest deliveries. A delivery's id is not signed, so it is not what tells
/// a repeated one.
#[derive(Default)]
struct Seen {
    known: HashSet<String>,
    order: VecDeque<String>,
}

impl Seen {
    /// Remembers a signature; tells whether it is new.
    fn is_new(&mut self, signature: &str) -> bool {
        if !self.known.insert(signature.to_owned()) {
            return false;
        }
        self.order.push_back(signature.to_owned());
        if self.order.len() > REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
        true
    }
}

impl Hooks {
    /// Receives deliveries of `sender` signed with `secret`; rings `bell`, and passes each on to the
    /// workers that listen at `peers`.
    pub(crate) fn new(
        sender: Sender,
        secret: SecretString,
        bell: mpsc::Sender<Hint>,
        peers: Vec<String>,
    ) -> anyhow::Result<Self> {
        Ok(Self {
            sender,
            secret,
            bell,
            relay: Relay::new(peers)?,
            seen: Mutex::default(),
        })
    }
}

/// `POST /webhooks/{sender}`
pub(super) async fn receive(
    State(service): State<Arc<Service>>,
    Path(sender): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, &'static str) {
    let Some(hooks) = &service.hooks else {
        return (StatusCode::NOT_FOUND, "no webhook secret is set here\n");
    };
    if sender.parse() != Ok(hooks.sender) {
        return (StatusCode::NOT_FOUND, "this set-up has another tracker\n");
    }
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let Some(signature) = header(hooks.sender.signature()) else {
        return (StatusCode::UNAUTHORIZED, "not signed\n");
    };
    let hint = match hooks.sender.verify(&hooks.secret, signature, &body) {
        Ok(hint) => hint,
        Err(why) => {
            tracing::warn!(sender = %hooks.sender, why, "a webhook delivery was refused");
            return (StatusCode::UNAUTHORIZED, "the signature is not good\n");
        }
    };
    let new = {
        let mut seen = hooks.seen.lock().expect("no set is left half-made");
        seen.is_new(signature)
    };
    if !new {
        return (StatusCode::OK, "known already\n");
    }
    tracing::debug!(
        sender = %hooks.sender,
        delivery = header(hooks.sender.delivery()),
        item = ?hint.item,
        "there may be news"
    );
    // A full bell rings already.
    let _ = hooks.bell.try_send(hint);
    if !headers.contains_key(RELAYED) {
        hooks.relay.pass_on(hooks.sender, signature, body);
    }
    (StatusCode::ACCEPTED, "looking\n")
}
