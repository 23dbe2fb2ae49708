//! Passing a delivery on to the other workers of this machine, as it came and still signed: each
//! checks it by itself.

use std::time::Duration;

use bytes::Bytes;

use super::webhook::Sender;

/// The header that marks a delivery which was passed on once and is not passed on again.
pub(super) const RELAYED: &str = "x-trail-relayed";

/// The other workers.
pub(super) struct Relay {
    peers: Vec<String>,
    http: reqwest::Client,
}

impl Relay {
    /// Passes deliveries on to the workers that listen at `peers`, `host:port` each.
    pub(super) fn new(peers: Vec<String>) -> anyhow::Result<Self> {
        let http = reqwest::Client::builder()
            .timeout(Duration::from_secs(5))
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()?;
        Ok(Self { peers, http })
    }

    /// Passes a delivery on; a worker that does not answer looks when its own wait is over.
    pub(super) fn pass_on(&self, sender: Sender, signature: &str, body: Bytes) {
        for peer in &self.peers {
            let request = self
                .http
                .post(format!("http://{peer}/webhooks/{sender}"))
                .header(sender.signature(), signature)
                .header(RELAYED, "1")
                .body(body.clone());
            let peer = peer.clone();
            tokio::spawn(async move {
                if let Err(error) = request.send().await {
                    tracing::debug!(peer, %error, "a hint was not passed on");
                }
            });
        }
    }
}
