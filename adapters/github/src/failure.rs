//! What a failed request means for the port, in words that say what to do next.

use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use trail_port::tracker::Error;

use crate::rate::Limit;

/// The most characters of a server's message that are passed on.
const MAX_TOLD: usize = 300;

/// A request that did not succeed.
#[derive(Debug)]
pub(crate) struct Failure {
    /// What the port says.
    pub(crate) error: Error,
    /// The status of the answer; none if there was none that could be used.
    pub(crate) status: Option<StatusCode>,
    /// The codes of a 422, such as `already_exists`, and its messages, in small letters.
    pub(crate) reasons: String,
}

impl Failure {
    /// There is no answer, or not all of it, or it makes no sense.
    pub(crate) fn doubt(why: impl Into<String>) -> Self {
        Self::of(Error::Doubt(why.into()))
    }

    /// It was not sent.
    pub(crate) fn of(error: Error) -> Self {
        Self {
            error,
            status: None,
            reasons: String::new(),
        }
    }

    /// Tells whether the server may have done it or not.
    pub(crate) const fn is_doubt(&self) -> bool {
        matches!(self.error, Error::Doubt(_))
    }

    /// Tells whether the server says that it is not there, or no more.
    pub(crate) fn is_missing(&self) -> bool {
        matches!(self.status, Some(StatusCode::NOT_FOUND | StatusCode::GONE))
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        failure.error
    }
}

/// The body of a refusal.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Told {
    #[serde(default)]
    pub(crate) message: String,
    #[serde(default)]
    errors: serde_json::Value,
}

impl Told {
    pub(crate) fn of(body: &[u8]) -> Self {
        serde_json::from_slice(body).unwrap_or_default()
    }

    /// Returns the message with the details of a 422, fit to be shown.
    fn whole(&self) -> String {
        let mut whole = self.message.clone();
        for detail in self.errors.as_array().map_or(&[][..], Vec::as_slice) {
            let text = |name: &str| detail.get(name).and_then(serde_json::Value::as_str);
            let told = match (
                detail.as_str(),
                text("message"),
                text("field"),
                text("code"),
            ) {
                (Some(told), ..) | (None, Some(told), ..) => told.to_owned(),
                (None, None, field, code) => {
                    format!("{} {}", field.unwrap_or("?"), code.unwrap_or("?"))
                }
            };
            whole.push_str("; ");
            whole.push_str(&told);
        }
        plain(&whole)
    }
}

/// Makes a server's text fit for a message: one line, no control characters, not too long.
pub(crate) fn plain(text: &str) -> String {
    let mut out: String = text
        .chars()
        .map(|own| if own.is_control() { ' ' } else { own })
        .take(MAX_TOLD)
        .collect();
    if text.chars().nth(MAX_TOLD).is_some() {
        out.push('…');
    }
    out
}

/// Returns what an answer that is no success means. `what` is what was asked for, in words;
/// `limit` is the rate limit it was found to be.
pub(crate) fn failure(
    status: StatusCode,
    headers: &HeaderMap,
    body: &[u8],
    what: &str,
    limit: Option<Limit>,
) -> Failure {
    let told = Told::of(body);
    let whole = told.whole();
    let error = match limit {
        Some(limit) => Error::RateLimited {
            retry_after: limit.wait,
        },
        None => meaning(status, headers, &whole, what),
    };
    Failure {
        error,
        status: Some(status),
        reasons: format!("{whole} {}", told.errors).to_lowercase(),
    }
}

fn meaning(status: StatusCode, headers: &HeaderMap, told: &str, what: &str) -> Error {
    let lower = told.to_lowercase();
    match status.as_u16() {
        401 => Error::Denied(format!(
            "GitHub does not accept the token ({told}); it is wrong, expired or revoked: make a new \
             one and set it"
        )),
        403 if lower.contains("archived") => Error::Refused(format!(
            "{what}: the repository is archived and so read-only; unarchive it in its settings"
        )),
        403 if lower.contains("locked") => Error::Denied(format!(
            "{what}: the issue is locked; unlock it, or give this account write access"
        )),
        403 if lower.contains("create labels") => Error::Denied(format!(
            "{what}: {told}; let somebody with write access make the label (`trail init` makes those \
             that Trail needs)"
        )),
        403 => Error::Denied(format!("{what}: {told}{}", lacking(headers))),
        404 => Error::NotFound(format!("{what} (or this token may not see it)")),
        410 if lower.contains("issues") && lower.contains("disabled") => Error::Refused(format!(
            "{what}: issues are disabled in this repository; switch them on in its settings \
             (General, Features)"
        )),
        410 => Error::NotFound(format!("{what} (it was deleted)")),
        // The request may have come through before it took too long.
        408 => Error::Doubt(format!("{what}: GitHub took too long")),
        413 => Error::Refused(format!("{what}: it is too large for GitHub")),
        300..=499 => Error::Refused(format!("{what}: GitHub answered {status}: {told}")),
        _ => Error::Doubt(format!("{what}: GitHub answered {status}")),
    }
}

/// Tells which permission would have been enough, where GitHub says so.
fn lacking(headers: &HeaderMap) -> String {
    let header = |name: &str| {
        headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .map(plain)
            .filter(|value| !value.trim().is_empty())
    };
    if let Some(accepted) = header("x-accepted-github-permissions") {
        return format!("; the token needs the repository permission {accepted}");
    }
    match (header("x-accepted-oauth-scopes"), header("x-oauth-scopes")) {
        (Some(accepted), has) => format!(
            "; the token needs the scope {accepted} and has {}",
            has.as_deref().unwrap_or("none")
        ),
        (None, _) => {
            "; the account needs a role in the repository that may do this, and its token \
                      the permission"
                .to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(status: u16, headers: &[(&'static str, &str)], body: &str) -> Error {
        let headers = headers
            .iter()
            .map(|(name, value)| (http::HeaderName::from_static(name), value.parse().unwrap()))
            .collect();
        let status = StatusCode::from_u16(status).unwrap();
        failure(status, &headers, body.as_bytes(), "issue #1", None).error
    }

    #[test]
    fn every_status_has_a_meaning_and_says_what_to_do() {
        let permission = ("x-accepted-github-permissions", "issues=write");
        for (status, headers, body, expected) in [
            (
                401,
                &[][..],
                r#"{"message":"Bad credentials"}"#,
                "not permitted: GitHub does not accept the token (Bad credentials)",
            ),
            (
                403,
                &[permission][..],
                r#"{"message":"Resource not accessible"}"#,
                "needs the repository permission issues=write",
            ),
            (
                403,
                &[
                    ("x-accepted-oauth-scopes", "repo"),
                    ("x-oauth-scopes", "gist"),
                ][..],
                "{}",
                "needs the scope repo and has gist",
            ),
            (
                403,
                &[][..],
                r#"{"message":"Repository was archived so is read-only."}"#,
                "refused: issue #1: the repository is archived",
            ),
            (
                403,
                &[][..],
                r#"{"message":"Unable to create comment because issue is locked."}"#,
                "not permitted: issue #1: the issue is locked",
            ),
            (
                404,
                &[][..],
                r#"{"message":"Not Found"}"#,
                "issue #1 (or this token may not see it) not found",
            ),
            (
                410,
                &[][..],
                r#"{"message":"Issues are disabled for this repo"}"#,
                "refused: issue #1: issues are disabled",
            ),
            (
                410,
                &[][..],
                r#"{"message":"This issue was deleted"}"#,
                "issue #1 (it was deleted) not found",
            ),
            (
                422,
                &[][..],
                r#"{"message":"Validation Failed","errors":[{"field":"body","code":"custom","message":"body is too long"}]}"#,
                "Validation Failed; body is too long",
            ),
            (
                422,
                &[][..],
                r#"{"message":"Validation Failed","errors":[{"field":"name","code":"already_exists"}]}"#,
                "name already_exists",
            ),
            (
                422,
                &[][..],
                r#"{"message":"m","errors":["a","b"]}"#,
                "m; a; b",
            ),
            (302, &[][..], "", "refused: issue #1: GitHub answered 302"),
            (
                500,
                &[][..],
                "<html>",
                "unknown whether done: issue #1: GitHub answered 500",
            ),
            (502, &[][..], "", "unknown whether done"),
            (408, &[][..], "", "unknown whether done"),
        ] {
            let told = error(status, headers, body).to_string();
            assert!(told.contains(expected), "{status}: {told}");
        }
    }

    #[test]
    fn a_servers_text_is_told_on_one_line_and_not_at_length() {
        let told = plain(&format!("a\nb\u{7}c{}", "x".repeat(1000)));
        assert!(told.starts_with("a b c") && told.ends_with('…'));
        assert_eq!(told.chars().count(), MAX_TOLD + 1);
    }
}
