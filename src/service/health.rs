//! Whether a worker works.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use trail_worker::Now;

use super::Service;

/// When a worker counts as working.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Health {
    /// How long ago the tracker may have answered a poll last.
    pub(crate) within: Duration,
}

impl Health {
    /// Returns the health of a worker that polls this often: a few polls, and the longest pause after
    /// failures, may pass.
    pub(crate) fn of(poll: Duration, backoff_cap: Duration) -> Self {
        let polls = poll.saturating_mul(4) + Duration::from_secs(45);
        Self {
            within: polls.max(backoff_cap.min(Duration::from_secs(120))),
        }
    }

    /// Tells why a worker does not work, if it does not.
    pub(crate) fn trouble(&self, pulse: Now, now: Instant) -> Option<String> {
        if pulse.draining {
            return Some("stopping: what was begun is finished, nothing new is taken".to_owned());
        }
        match pulse.polled {
            None => Some("the tracker has not answered yet".to_owned()),
            Some(at) => {
                let ago = now.saturating_duration_since(at);
                (ago > self.within)
                    .then(|| format!("the tracker last answered {} s ago", ago.as_secs()))
            }
        }
    }
}

/// `GET /readyz`
pub(super) async fn ready(
    State(service): State<Arc<Service>>,
) -> (StatusCode, Json<serde_json::Value>) {
    let now = service.pulse.now();
    let trouble = service.health.trouble(now, Instant::now());
    let code = if trouble.is_none() {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    let answer = serde_json::json!({
        "persona": service.persona,
        "ready": trouble.is_none(),
        "trouble": trouble,
        "running": now.running,
        "waiting": now.ready,
    });
    (code, Json(answer))
}
