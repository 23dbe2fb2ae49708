//! Items over HTTP.

use axum::Json;
use axum::http::StatusCode;
use serde::Deserialize;
use trail_port::tracker::{Item, NewItem, State};

use super::extract::{Body, By, InItem, Query};
use super::failure::Failed;
use crate::api::{ItemPatch, Items};
use crate::embedded::Filter;

/// How many items are listed unless asked otherwise, and at most.
const PAGE: usize = 100;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Listing {
    state: Option<State>,
    label: Option<String>,
    before: Option<u64>,
    limit: Option<usize>,
}

/// An item to make, refusing fields that are unknown.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct New {
    title: String,
    #[serde(default)]
    body: String,
    #[serde(default)]
    labels: Vec<String>,
}

pub(super) async fn list(
    By(seat): By,
    Query(listing): Query<Listing>,
) -> Result<Json<Items>, Failed> {
    let Listing {
        state,
        label,
        before,
        limit,
    } = listing;
    let limit = limit.unwrap_or(PAGE).clamp(1, PAGE);
    Ok(Json(
        seat.items(Filter {
            state,
            label,
            before,
            limit,
        })
        .await?,
    ))
}

pub(super) async fn create(
    By(seat): By,
    Body(new): Body<New>,
) -> Result<(StatusCode, Json<Item>), Failed> {
    let New {
        title,
        body,
        labels,
    } = new;
    let item = seat
        .create_item(NewItem {
            title,
            body,
            labels,
        })
        .await?;
    Ok((StatusCode::CREATED, Json(item)))
}

pub(super) async fn show(By(seat): By, InItem(item): InItem) -> Result<Json<Item>, Failed> {
    Ok(Json(seat.item(item).await?))
}

pub(super) async fn patch(
    By(seat): By,
    InItem(item): InItem,
    Body(patch): Body<ItemPatch>,
) -> Result<Json<Item>, Failed> {
    seat.patch_item(&item, &patch).await?;
    Ok(Json(seat.item(item).await?))
}
