//! What GitHub says when it does not do what it was asked.

use serde_json::{Value, json};

/// Where GitHub's errors point to.
const DOCS: &str = "https://docs.github.com/rest";
/// Where it tells of its limits.
const LIMITS: &str = "https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api";
/// Where it tells of its secondary limits.
const SECONDARY: &str = "https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits";

/// A refusal, as an answer tells it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{status}: {message}")]
pub struct Refusal {
    /// The HTTP status.
    pub status: u16,
    /// What is wrong, in GitHub's words.
    pub message: String,
    /// The items of `errors` of a 422.
    pub errors: Vec<Value>,
    /// Where to read more.
    pub documentation_url: &'static str,
    /// Headers that only this answer has.
    pub headers: Vec<(&'static str, String)>,
}

impl Refusal {
    pub(crate) fn new(status: u16, message: impl Into<String>) -> Self {
        Self {
            status,
            message: message.into(),
            errors: Vec::new(),
            documentation_url: DOCS,
            headers: Vec::new(),
        }
    }

    /// It is not there, or the caller may not see it.
    pub(crate) fn not_found() -> Self {
        Self::new(404, "Not Found")
    }

    /// The caller may see it and not do this.
    pub(crate) fn forbidden(message: impl Into<String>) -> Self {
        Self::new(403, message)
    }

    /// It is gone for good, or its feature is off.
    pub(crate) fn gone(message: impl Into<String>) -> Self {
        Self::new(410, message)
    }

    /// The request is well formed and its values are not: `code` is GitHub's (`missing_field`,
    /// `invalid`, `already_exists`, `custom`).
    pub(crate) fn invalid(resource: &str, field: &str, code: &str, message: Option<&str>) -> Self {
        let mut error = json!({"resource": resource, "field": field, "code": code});
        if let Some(message) = message {
            error["message"] = json!(message);
        }
        Self {
            errors: vec![error],
            ..Self::new(422, "Validation Failed")
        }
    }

    /// The token names nobody.
    pub(crate) fn bad_credentials() -> Self {
        Self::new(401, "Bad credentials")
    }

    /// What was asked for is elsewhere now.
    pub(crate) fn moved(status: u16, to: String) -> Self {
        let message = if status == 301 {
            "Moved Permanently"
        } else {
            "Temporary Redirect"
        };
        Self {
            headers: vec![("location", to)],
            ..Self::new(status, message)
        }
    }

    /// The hour's requests are used up.
    pub(crate) fn primary_limit(who: &str) -> Self {
        Self {
            documentation_url: LIMITS,
            ..Self::new(403, format!("API rate limit exceeded for {who}."))
        }
    }

    /// Too much at once, or too much written.
    pub(crate) fn secondary_limit(status: u16, retry_after: Option<u64>) -> Self {
        let message = "You have exceeded a secondary rate limit. Please wait a few minutes before you \
                       try again. If you reach out to GitHub Support for help, please include the \
                       request ID.";
        Self {
            documentation_url: SECONDARY,
            headers: retry_after
                .map(|seconds| ("retry-after", seconds.to_string()))
                .into_iter()
                .collect(),
            ..Self::new(status, message)
        }
    }

    /// Returns the body of the answer.
    pub(crate) fn body(&self) -> Value {
        let mut body = json!({
            "message": self.message,
            "documentation_url": self.documentation_url,
            "status": self.status.to_string(),
        });
        if !self.errors.is_empty() {
            body["errors"] = json!(self.errors);
        }
        let mut headers = self.headers.iter();
        if let Some((_, to)) = headers.find(|(name, _)| *name == "location") {
            body["url"] = json!(to);
        }
        body
    }
}
