//! Accounts over HTTP.

use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;

use super::extract::{Body, By};
use super::failure::Failed;
use crate::api::{AccountPatch, Accounts, MadeAccount, MadeToken, NewAccount};
use crate::embedded::Account;

pub(super) async fn me(By(seat): By) -> Result<Json<Account>, Failed> {
    Ok(Json(seat.account().await?))
}

pub(super) async fn list(By(seat): By) -> Result<Json<Accounts>, Failed> {
    Ok(Json(Accounts {
        users: seat.users().await?,
    }))
}

pub(super) async fn show(By(seat): By, Path(user): Path<String>) -> Result<Json<Account>, Failed> {
    Ok(Json(seat.account_of(user).await?))
}

pub(super) async fn create(
    By(seat): By,
    Body(new): Body<NewAccount>,
) -> Result<(StatusCode, Json<MadeAccount>), Failed> {
    let (user, token) = seat.add_user(&new.login, &new.name, new.role).await?;
    let made = MadeAccount {
        user,
        token: token.expose().to_owned(),
    };
    Ok((StatusCode::CREATED, Json(made)))
}

pub(super) async fn patch(
    By(seat): By,
    Path(user): Path<String>,
    Body(patch): Body<AccountPatch>,
) -> Result<Json<Account>, Failed> {
    match patch.disabled {
        Some(disabled) => Ok(Json(seat.set_disabled(&user, disabled).await?)),
        None => Ok(Json(seat.account_of(user).await?)),
    }
}

pub(super) async fn replace_token(
    By(seat): By,
    Path(user): Path<String>,
) -> Result<Json<MadeToken>, Failed> {
    let token = seat.replace_token(&user).await?;
    Ok(Json(MadeToken {
        token: token.expose().to_owned(),
    }))
}
