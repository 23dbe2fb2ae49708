//! What handlers take from a request, each refusal in the tracker's own form.

use axum::extract::rejection::{BytesRejection, JsonRejection};
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::http::StatusCode;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use bytes::Bytes;
use serde::de::DeserializeOwned;
use trail_record::ItemId;

use super::Server;
use super::failure::Failed;
use crate::embedded::{Error, Seat};

/// The place of the account whose token the request carries.
pub(super) struct By(pub(super) Seat);

impl FromRequestParts<Server> for By {
    type Rejection = Failed;

    async fn from_request_parts(parts: &mut Parts, server: &Server) -> Result<Self, Failed> {
        let token = parts
            .headers
            .get(AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, token)| token.trim())
            .ok_or(Error::Unauthenticated)?;
        Ok(Self(server.embedded.with_token(token)?))
    }
}

/// The item an address names, by id or key.
pub(super) struct InItem(pub(super) ItemId);

impl FromRequestParts<Server> for InItem {
    type Rejection = Failed;

    async fn from_request_parts(parts: &mut Parts, server: &Server) -> Result<Self, Failed> {
        // Whoever has no token is not told which items there are.
        let By(seat) = By::from_request_parts(parts, server).await?;
        let Named { item } = named(parts, server).await?;
        Ok(Self(seat.find_any(item).await?))
    }
}

#[derive(serde::Deserialize)]
struct Named {
    item: String,
}

/// Reads what an address names.
async fn named<T: DeserializeOwned + Send>(
    parts: &mut Parts,
    server: &Server,
) -> Result<T, Failed> {
    let path = Path::<T>::from_request_parts(parts, server).await;
    path.map(|Path(named)| named)
        .map_err(|_| Failed::not_found("this address"))
}

/// The parameters of an address; unknown ones are refused.
pub(super) struct Query<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequestParts<Server> for Query<T> {
    type Rejection = Failed;

    async fn from_request_parts(parts: &mut Parts, server: &Server) -> Result<Self, Failed> {
        match axum::extract::Query::<T>::from_request_parts(parts, server).await {
            Ok(axum::extract::Query(query)) => Ok(Self(query)),
            Err(rejection) => Err(Failed::bad_request(rejection.body_text())),
        }
    }
}

/// A JSON body; unknown fields are refused.
pub(super) struct Body<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequest<Server> for Body<T> {
    type Rejection = Failed;

    async fn from_request(request: Request, server: &Server) -> Result<Self, Failed> {
        match axum::Json::<T>::from_request(request, server).await {
            Ok(axum::Json(body)) => Ok(Self(body)),
            Err(JsonRejection::BytesRejection(rejection)) => Err(cut(&rejection)),
            Err(rejection @ JsonRejection::JsonDataError(_)) => {
                Err(Failed::refused(rejection.body_text()))
            }
            Err(rejection) => Err(Failed::bad_request(rejection.body_text())),
        }
    }
}

/// The bytes of a body.
pub(super) struct Raw(pub(super) Bytes);

impl FromRequest<Server> for Raw {
    type Rejection = Failed;

    async fn from_request(request: Request, server: &Server) -> Result<Self, Failed> {
        match Bytes::from_request(request, server).await {
            Ok(bytes) => Ok(Self(bytes)),
            Err(rejection) => Err(cut(&rejection)),
        }
    }
}

fn cut(rejection: &BytesRejection) -> Failed {
    match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Failed::too_large("the request is larger than allowed"),
        _ => Failed::bad_request(rejection.body_text()),
    }
}
