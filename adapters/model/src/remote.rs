//! A model behind HTTP: a wire format, a peer and retries make a [`Model`].

use async_trait::async_trait;
use bytes::Bytes;
use serde_json::{Map, Value};
use trail_port::Model;
use trail_port::model::{Answer, Error, Identity, Request};

use crate::draft::Draft;
use crate::fault::Fault;
use crate::http::Http;
use crate::retry::{Clock, Retry};

/// What a request is made with, beyond its conversation.
#[derive(Debug, Clone, Default)]
pub(crate) struct Options {
    pub(crate) model: String,
    pub(crate) temperature: Option<f64>,
    pub(crate) max_output_tokens: Option<u32>,
    /// Fields that the operator wants in every body; Trail's own fields win.
    pub(crate) extra: Map<String, Value>,
}

/// A wire format: how a request is written. How answers are read is its [`Accumulate`].
pub(crate) trait Wire: Send + Sync + 'static {
    /// Reads the answers.
    type Accumulator: Accumulate;

    /// Returns the body that asks `request`.
    fn body(&self, request: &Request, options: &Options) -> Result<Map<String, Value>, Fault>;
}

/// Whether a stream has said all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Progress {
    /// More may come.
    More,
    /// The end marker came.
    Done,
}

/// Collects an answer from the events of a stream; pure, so that it is tested without a network.
pub(crate) trait Accumulate: Default + Send {
    /// Takes in the data of one event.
    fn event(&mut self, data: &str) -> Result<Progress, Fault>;

    /// Returns the answer; a fault if the stream ended before its end marker.
    fn finish(self) -> Result<Draft, Fault>;

    /// Returns the answer that a plain JSON body holds.
    fn whole(body: &Value) -> Result<Draft, Fault>;
}

/// Returns the data of an event as JSON.
pub(crate) fn parse(data: &str) -> Result<Value, Fault> {
    serde_json::from_str(data)
        .map_err(|error| Fault::malformed(&format!("an event is not JSON ({error})"), data))
}

/// Returns the fault for a stream that ended early.
pub(crate) fn cut(marker: &str) -> Fault {
    Fault::transient(format!(
        "the stream ended without {marker}; nothing of it is used"
    ))
}

/// A model behind HTTP.
pub(crate) struct Remote<W> {
    pub(crate) wire: W,
    pub(crate) http: Http,
    pub(crate) identity: Identity,
    pub(crate) options: Options,
    pub(crate) retry: Retry,
    pub(crate) clock: Box<dyn Clock>,
}

#[async_trait]
impl<W: Wire> Model for Remote<W> {
    fn identity(&self) -> Identity {
        self.identity.clone()
    }

    async fn ask(&self, request: &Request) -> Result<Answer, Error> {
        let endpoint = &self.identity.endpoint;
        let refused = |reason| Error::Permanent {
            endpoint: endpoint.clone(),
            reason,
        };
        let mut body = self.options.extra.clone();
        match self.wire.body(request, &self.options) {
            Ok(own) => body.extend(own),
            Err(Fault::Permanent { reason } | Fault::Transient { reason, .. }) => {
                return Err(refused(reason));
            }
        }
        let bytes = serde_json::to_vec(&body).map_err(|error| refused(error.to_string()))?;
        let bytes = Bytes::from(bytes);
        let attempt = || self.http.attempt::<W::Accumulator>(bytes.clone());
        let ((draft, request_id), attempts) = self
            .retry
            .run(self.clock.as_ref(), endpoint, attempt)
            .await?;
        Ok(draft.settle(request, request_id, attempts))
    }
}
