//! Answers to requests that were not done.

use std::fmt::Display;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::api::{Failure, Reason};
use crate::embedded::Error;

/// A request that was not done: its status and why.
#[derive(Debug)]
pub(super) struct Failed {
    status: StatusCode,
    code: &'static str,
    message: String,
}

impl Failed {
    pub(super) fn new(status: StatusCode, code: &'static str, message: impl Display) -> Self {
        Self {
            status,
            code,
            message: message.to_string(),
        }
    }

    pub(super) fn bad_request(why: impl Display) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad_request", why)
    }

    pub(super) fn refused(why: impl Display) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "refused", why)
    }

    pub(super) fn too_large(why: impl Display) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", why)
    }

    pub(super) fn not_found(what: impl Display) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "not_found",
            format!("{what} not found"),
        )
    }

    pub(super) fn method() -> Self {
        let why = "this address does not know this method";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "bad_request", why)
    }

    pub(super) fn timeout() -> Self {
        Self::new(
            StatusCode::REQUEST_TIMEOUT,
            "timeout",
            "the request took too long",
        )
    }

    /// Logs what went wrong inside and tells the client only that it did.
    pub(super) fn internal(error: &dyn Display) -> Self {
        tracing::error!(%error, "a request failed");
        let why = "the tracker failed; its log says why";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", why)
    }
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        match error {
            Error::Unauthenticated => Self::new(StatusCode::UNAUTHORIZED, "unauthorized", error),
            Error::Forbidden(why) => Self::new(StatusCode::FORBIDDEN, "forbidden", why),
            Error::NotFound(what) => Self::not_found(what),
            Error::Refused(why) => Self::refused(why),
            Error::Moved => Self::new(StatusCode::CONFLICT, "moved", error),
            Error::Damaged(_) | Error::Store(_) => Self::internal(&error),
        }
    }
}

impl IntoResponse for Failed {
    fn into_response(self) -> Response {
        let reason = Reason {
            code: self.code.to_owned(),
            message: self.message,
        };
        let mut response = (self.status, Json(Failure { error: reason })).into_response();
        if self.status == StatusCode::UNAUTHORIZED {
            let bearer = HeaderValue::from_static("Bearer");
            response
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, bearer);
        }
        response
    }
}
