//! Comments over HTTP.

use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use serde::Deserialize;
use trail_port::tracker::{Append, Comment};
use trail_record::CommentId;

use super::extract::{Body, By, InItem};
use super::failure::Failed;
use crate::api::{CommentPatch, Comments, MadeComment, NewComment};

/// What the address of a comment names besides its item.
#[derive(Deserialize)]
pub(super) struct Named {
    comment: CommentId,
}

pub(super) async fn list(By(seat): By, InItem(item): InItem) -> Result<Json<Comments>, Failed> {
    Ok(Json(Comments {
        comments: seat.read_since(item, None).await?.comments,
    }))
}

pub(super) async fn create(
    By(seat): By,
    InItem(item): InItem,
    Body(new): Body<NewComment>,
) -> Result<(StatusCode, Json<MadeComment>), Failed> {
    let NewComment { text, key, after } = new;
    let made = match (key, after) {
        (Some(key), after) => {
            let landed = seat.append_to(item, Append { text, key, after }).await?;
            MadeComment {
                id: landed.id,
                already: landed.already,
            }
        }
        (None, None) => MadeComment {
            id: seat.say_to(item, text).await?,
            already: false,
        },
        (None, Some(_)) => {
            return Err(Failed::refused("`after` is only for comments with a `key`"));
        }
    };
    let status = if made.already {
        StatusCode::OK
    } else {
        StatusCode::CREATED
    };
    Ok((status, Json(made)))
}

pub(super) async fn show(
    By(seat): By,
    InItem(item): InItem,
    Path(Named { comment }): Path<Named>,
) -> Result<Json<Comment>, Failed> {
    let found = seat.comment_of(item, comment.clone()).await?;
    found
        .map(Json)
        .ok_or_else(|| Failed::not_found(format!("comment {comment}")))
}

pub(super) async fn edit(
    By(seat): By,
    InItem(item): InItem,
    Path(Named { comment }): Path<Named>,
    Body(patch): Body<CommentPatch>,
) -> Result<Json<Comment>, Failed> {
    seat.edit_comment(&item, &comment, &patch.text).await?;
    let found = seat.comment_of(item, comment.clone()).await?;
    found
        .map(Json)
        .ok_or_else(|| Failed::not_found(format!("comment {comment}")))
}

pub(super) async fn delete(
    By(seat): By,
    InItem(item): InItem,
    Path(Named { comment }): Path<Named>,
) -> Result<StatusCode, Failed> {
    seat.delete_comment(&item, &comment).await?;
    Ok(StatusCode::NO_CONTENT)
}
