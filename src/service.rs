//! What a worker's process answers over HTTP: health, metrics, and webhooks that shorten its waits.
//!
//! | path | what |
//! |---|---|
//! | `GET /healthz` | 200 while the process runs |
//! | `GET /readyz` | 200 while it works: the tracker answers and it is not about to stop; else 503 |
//! | `GET /metrics` | numbers for Prometheus |
//! | `POST /webhooks/github`, `POST /webhooks/plane` | a signed hint from the tracker |
//!
//! Nothing here changes what is done, only when: an item is judged by what the tracker shows when it
//! is read.

mod health;
mod metrics;
mod relay;
mod webhook;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::response::IntoResponse as _;
use axum::routing::{get, post};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use trail_record::Persona;
use trail_worker::Pulse;

pub(crate) use health::Health;
pub(crate) use metrics::Requests;
pub(crate) use webhook::{Hooks, Sender};

/// The most bytes of a webhook's body; GitHub's largest comment, escaped, fits several times.
const MAX_BODY: usize = 2 * 1024 * 1024;
/// How long one request may take.
const TIMEOUT: Duration = Duration::from_secs(10);
/// How long open requests may go on once the process is to stop.
const GRACE: Duration = Duration::from_secs(2);

/// What the handlers share.
pub(crate) struct Service {
    /// Whose process this is.
    pub(crate) persona: Persona,
    /// How its worker fares.
    pub(crate) pulse: Arc<Pulse>,
    /// When it counts as working.
    pub(crate) health: Health,
    /// How many requests went to the tracker, by kind.
    pub(crate) requests: Requests,
    /// What receives hints; none if no secret is set.
    pub(crate) hooks: Option<Hooks>,
}

/// Serves until `stop` is cancelled.
pub(crate) async fn serve(
    listener: TcpListener,
    service: Service,
    stop: CancellationToken,
) -> std::io::Result<()> {
    let told = stop.clone();
    let serving = axum::serve(listener, router(Arc::new(service)))
        .with_graceful_shutdown(async move { told.cancelled().await });
    let late = async {
        stop.cancelled().await;
        tokio::time::sleep(GRACE).await;
    };
    tokio::select! {
        served = serving => served,
        () = late => Ok(()),
    }
}

fn router(service: Arc<Service>) -> Router {
    Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(metrics::show))
        .route("/webhooks/{sender}", post(webhook::receive))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(axum::middleware::from_fn(
            async |request, next: axum::middleware::Next| match tokio::time::timeout(
                TIMEOUT,
                next.run(request),
            )
            .await
            {
                Ok(response) => response,
                Err(_) => (StatusCode::REQUEST_TIMEOUT, "too slow\n").into_response(),
            },
        ))
        .with_state(service)
}

#[cfg(test)]
mod tests;
