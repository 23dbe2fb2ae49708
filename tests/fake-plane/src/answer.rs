//! Plane's answers, word for word.

use serde_json::{Value, json};

/// An answer before it is on the wire.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// None is an empty body.
    pub(crate) body: Option<Value>,
    pub(crate) headers: Vec<(&'static str, String)>,
}

impl Answer {
    /// Answers with a status and a body.
    pub(crate) const fn new(status: u16, body: Value) -> Self {
        Self {
            status,
            body: Some(body),
            headers: Vec::new(),
        }
    }

    pub(crate) const fn ok(body: Value) -> Self {
        Self::new(200, body)
    }

    pub(crate) const fn created(body: Value) -> Self {
        Self::new(201, body)
    }

    pub(crate) const fn no_content() -> Self {
        Self {
            status: 204,
            body: None,
            headers: Vec::new(),
        }
    }

    fn error(status: u16, text: &str) -> Self {
        Self::new(status, json!({ "error": text }))
    }

    /// Refuses a request that could not be read.
    pub(crate) fn detail(status: u16, text: &str) -> Self {
        Self::new(status, json!({ "detail": text }))
    }

    pub(crate) fn no_key() -> Self {
        Self::detail(401, "Authentication credentials were not provided.")
    }

    pub(crate) fn bad_key() -> Self {
        Self::detail(403, "Given API token is not valid")
    }

    /// No permission; also the answer for workspaces and projects that are not there.
    pub(crate) fn denied() -> Self {
        Self::detail(403, "You do not have permission to perform this action.")
    }

    pub(crate) fn only_admin_or_creator() -> Self {
        Self::error(403, "Only admin or creator can delete the work item")
    }

    pub(crate) fn missing() -> Self {
        Self::error(404, "The requested resource does not exist.")
    }

    pub(crate) fn no_page() -> Self {
        Self::error(404, "Page not found.")
    }

    pub(crate) fn bad_payload() -> Self {
        Self::error(400, "The payload is not valid")
    }

    pub(crate) fn bad_detail() -> Self {
        Self::error(400, "Please provide valid detail")
    }

    pub(crate) fn refused(text: &str) -> Self {
        Self::error(400, text)
    }

    pub(crate) fn failed() -> Self {
        Self::error(500, "Something went wrong please try again later")
    }

    /// There is one already, and this is its id.
    pub(crate) fn conflict(what: &str, id: &str) -> Self {
        Self::new(409, json!({ "error": what, "id": id }))
    }

    pub(crate) fn too_large() -> Self {
        Self::new(
            413,
            json!({
                "error": "REQUEST_BODY_TOO_LARGE",
                "detail": "The size of the request body exceeds the maximum allowed size.",
            }),
        )
    }

    pub(crate) fn throttled(wait_seconds: i64) -> Self {
        let mut answer = Self::new(
            429,
            json!({ "error_code": 5900, "error_message": "RATE_LIMIT_EXCEEDED" }),
        );
        answer
            .headers
            .push(("Retry-After", wait_seconds.to_string()));
        answer
    }
}
