//! The tracker behind HTTP: JSON under `/api/v1`, a bearer token with each request.

use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::api::{MAX_BATCH, MAX_BLOB, MAX_WAIT};
use crate::embedded::Embedded;

mod blobs;
mod comments;
mod extract;
mod failure;
mod feed;
mod items;
mod users;

use failure::Failed;

/// The most bytes of a JSON request: the longest comment or body, every character escaped.
const MAX_JSON: usize = 1024 * 1024;
/// How long a request may take, besides what it asked to wait.
const TIMEOUT: Duration = Duration::from_secs(30);
/// How long open requests may go on once the server is to stop.
const GRACE: Duration = Duration::from_secs(5);

/// What the handlers share.
#[derive(Clone)]
struct Server {
    embedded: Embedded,
    shutdown: CancellationToken,
}

/// Serves the tracker on `listener` until `shutdown` is cancelled, then lets open requests finish.
///
/// # Errors
/// If the listener fails.
pub async fn serve(
    embedded: Embedded,
    listener: TcpListener,
    shutdown: CancellationToken,
) -> std::io::Result<()> {
    let address = listener.local_addr()?;
    let project = embedded.project().id;
    tracing::info!(%address, %project, "the tracker is served");
    let server = Server {
        embedded,
        shutdown: shutdown.clone(),
    };
    let stop = shutdown.clone();
    let serving = axum::serve(listener, router(server))
        .with_graceful_shutdown(async move { stop.cancelled().await });
    let late = async {
        shutdown.cancelled().await;
        tokio::time::sleep(GRACE).await;
    };
    tokio::select! {
        served = serving => served,
        () = late => {
            tracing::warn!("requests that did not finish in time were cut off");
            Ok(())
        }
    }
}

fn router(server: Server) -> Router {
    let blobs = Router::new()
        .route("/blobs", post(blobs::put_many))
        .layer(DefaultBodyLimit::max(MAX_BATCH))
        .merge(
            Router::new()
                .route("/blobs/{digest}", put(blobs::put_one).get(blobs::get))
                .layer(DefaultBodyLimit::max(MAX_BLOB)),
        );
    let api = Router::new()
        .route("/project", get(feed::about))
        .route("/me", get(users::me))
        .route("/users", get(users::list).post(users::create))
        .route("/users/{user}", get(users::show).patch(users::patch))
        .route("/users/{user}/token", post(users::replace_token))
        .route("/items", get(items::list).post(items::create))
        .route("/items/{item}", get(items::show).patch(items::patch))
        .route("/items/{item}/read", get(feed::read))
        .route("/items/{item}/activity", get(feed::item_activity))
        .route(
            "/items/{item}/comments",
            get(comments::list).post(comments::create),
        )
        .route(
            "/items/{item}/comments/{comment}",
            get(comments::show)
                .patch(comments::edit)
                .delete(comments::delete),
        )
        .route("/changes", get(feed::changes))
        .route("/activity", get(feed::activity))
        .layer(DefaultBodyLimit::max(MAX_JSON))
        .merge(blobs);
    Router::new()
        .nest("/api/v1", api)
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .fallback(|| async { Failed::not_found("this address") })
        .method_not_allowed_fallback(|| async { Failed::method() })
        .layer(middleware::from_fn(in_time))
        .with_state(server)
}

async fn ready(State(server): State<Server>) -> Result<&'static str, Failed> {
    let embedded = server.embedded;
    let ready = tokio::task::spawn_blocking(move || embedded.ready()).await;
    ready.map_err(|error| Failed::internal(&error))??;
    Ok("ready\n")
}

/// Ends requests that take too long, such as bodies that never come.
async fn in_time(request: Request, next: Next) -> Response {
    let limit = TIMEOUT + Duration::from_secs(MAX_WAIT);
    match tokio::time::timeout(limit, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Failed::timeout().into_response(),
    }
}

#[cfg(test)]
mod tests;
