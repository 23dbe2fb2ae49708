//! What changed, over HTTP.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use trail_port::tracker::Cursor;

use super::Server;
use super::extract::{By, InItem, Query};
use super::failure::Failed;
use crate::api::{About, Activities, ChangesAnswer, MAX_WAIT, ReadAnswer};
use crate::embedded::capabilities;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Since {
    since: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Waiting {
    since: Option<String>,
    limit: Option<usize>,
    wait: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct After {
    since: Option<u64>,
    limit: Option<usize>,
}

pub(super) async fn about(State(server): State<Server>, By(_): By) -> Result<Json<About>, Failed> {
    let project = server.embedded.project();
    Ok(Json(About {
        project: project.id,
        prefix: project.prefix,
        capabilities: capabilities(),
    }))
}

pub(super) async fn changes(
    State(server): State<Server>,
    By(seat): By,
    Query(asked): Query<Waiting>,
) -> Result<Json<ChangesAnswer>, Failed> {
    let wait = asked.wait.unwrap_or(0);
    if wait > MAX_WAIT {
        return Err(Failed::refused(format!(
            "`wait` is at most {MAX_WAIT} seconds"
        )));
    }
    let since = asked.since.map(Cursor);
    let within = |wait| seat.changes_within(since.as_ref(), asked.limit, wait);
    let found = tokio::select! {
        found = within(Duration::from_secs(wait)) => found?,
        // Nobody has to wait for those who wait.
        () = server.shutdown.cancelled() => within(Duration::ZERO).await?,
    };
    Ok(Json(ChangesAnswer {
        items: found.items,
        cursor: found.cursor.0,
        more: found.more,
    }))
}

pub(super) async fn read(
    By(seat): By,
    InItem(item): InItem,
    Query(asked): Query<Since>,
) -> Result<Json<ReadAnswer>, Failed> {
    let read = seat.read_since(item, asked.since.map(Cursor)).await?;
    Ok(Json(ReadAnswer {
        item: read.item,
        comments: read.comments,
        removed: read.removed,
        complete: read.complete,
        cursor: read.cursor.0,
    }))
}

pub(super) async fn item_activity(
    By(seat): By,
    InItem(item): InItem,
    Query(asked): Query<After>,
) -> Result<Json<Activities>, Failed> {
    let activity = seat
        .activity(Some(&item), asked.since.unwrap_or(0), asked.limit)
        .await?;
    Ok(Json(Activities { activity }))
}

pub(super) async fn activity(
    By(seat): By,
    Query(asked): Query<After>,
) -> Result<Json<Activities>, Failed> {
    let activity = seat
        .activity(None, asked.since.unwrap_or(0), asked.limit)
        .await?;
    Ok(Json(Activities { activity }))
}
