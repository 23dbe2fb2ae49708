//! Why one attempt failed, and whether trying again can help.

use std::time::Duration;

use serde_json::Value;

/// The longest text of a peer that is kept in an error.
const LONGEST: usize = 500;

/// What peers call errors that no repetition mends.
const FOR_GOOD: &[&str] = &[
    "authentication_error",
    "billing_error",
    "context_length_exceeded",
    "insufficient_quota",
    "invalid_api_key",
    "invalid_prompt",
    "invalid_request",
    "invalid_request_error",
    "model_not_found",
    "not_found_error",
    "permission_error",
    "request_too_large",
    "unsupported_value",
];

/// Why one attempt failed. Nothing of it is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Trying again may help.
    Transient {
        /// What happened.
        reason: String,
        /// How long the peer asks to wait.
        retry_after: Option<Duration>,
    },
    /// Trying again cannot help.
    Permanent {
        /// What happened and what to change.
        reason: String,
    },
}

impl Fault {
    /// Returns a fault that may pass by itself.
    pub(crate) fn transient(reason: impl Into<String>) -> Self {
        Self::Transient {
            reason: reason.into(),
            retry_after: None,
        }
    }

    /// Returns a fault that stays until something is changed.
    pub(crate) fn permanent(reason: impl Into<String>) -> Self {
        Self::Permanent {
            reason: reason.into(),
        }
    }

    /// Returns the fault for data that is not what the wire format says.
    pub(crate) fn malformed(what: &str, data: &str) -> Self {
        Self::transient(format!("{what}: {}", excerpt(data, 120)))
    }

    /// Returns the fault that an error object inside an answer tells of.
    pub(crate) fn told(error: &Value) -> Self {
        let code = ["code", "type"]
            .into_iter()
            .filter_map(|field| error.get(field)?.as_str())
            .find(|code| FOR_GOOD.contains(code));
        let reason = match (error.get("type").and_then(Value::as_str), message(error)) {
            (Some(kind), Some(text)) => format!("the peer reports {kind}: {text}"),
            (Some(kind), None) => format!("the peer reports {kind}"),
            (None, Some(text)) => format!("the peer reports: {text}"),
            (None, None) => format!("the peer reports an error: {error}"),
        };
        match code {
            Some(_) => Self::permanent(reason),
            None => Self::transient(reason),
        }
    }

    /// Returns the same fault with its reason fit to be kept: `secret` blotted out, control
    /// characters made spaces, overlong text cut.
    pub(crate) fn cleaned(self, secret: Option<&str>) -> Self {
        match self {
            Self::Transient {
                reason,
                retry_after,
            } => Self::Transient {
                reason: clean(&reason, secret),
                retry_after,
            },
            Self::Permanent { reason } => Self::Permanent {
                reason: clean(&reason, secret),
            },
        }
    }
}

/// Returns the message of an error body, in any of the shapes that servers use.
pub(crate) fn message(body: &Value) -> Option<&str> {
    let error = body.get("error").unwrap_or(body);
    error
        .as_str()
        .or_else(|| error.get("message")?.as_str())
        .or_else(|| body.get("message")?.as_str())
        .or_else(|| body.get("detail")?.as_str())
        .filter(|text| !text.trim().is_empty())
}

/// Says whether an error body calls the error final, whatever its status.
pub(crate) fn is_for_good(body: &Value) -> bool {
    let error = body.get("error").unwrap_or(body);
    // A spent budget comes as 429, but no waiting refills it.
    ["code", "type"]
        .into_iter()
        .any(|field| error.get(field).and_then(Value::as_str) == Some("insufficient_quota"))
}

/// Returns at most `most` bytes of `text`, and says so if it cut.
pub(crate) fn excerpt(text: &str, most: usize) -> String {
    if text.len() <= most {
        return text.to_owned();
    }
    let end = (0..=most)
        .rev()
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(0);
    format!("{}… ({} bytes in all)", &text[..end], text.len())
}

/// Returns `text` fit to be kept in an error.
fn clean(text: &str, secret: Option<&str>) -> String {
    let text = match secret {
        Some(secret) if !secret.is_empty() => text.replace(secret, "[redacted]"),
        Some(_) | None => text.to_owned(),
    };
    // Blotted before it is cut, so that no cut leaves half a secret behind.
    let text: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    excerpt(&text, LONGEST)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_secret_is_blotted_out_before_the_text_is_cut() {
        let text = format!("{} sk-secret-key says\u{1b}[31m no", "x".repeat(490));
        let Fault::Permanent { reason } = Fault::permanent(text).cleaned(Some("sk-secret-key"))
        else {
            panic!("kind changed");
        };
        assert!(!reason.contains("sk-"), "{reason}");
        assert!(!reason.contains('\u{1b}'), "{reason}");
        assert!(reason.contains("bytes in all"), "{reason}");
    }

    #[test]
    fn an_excerpt_never_splits_a_character() {
        assert_eq!(excerpt("äöü", 6), "äöü");
        assert_eq!(excerpt("äöü", 3), "ä… (6 bytes in all)");
    }

    #[test]
    fn the_message_is_found_in_every_common_shape() {
        for body in [
            json!({"error": {"message": "no"}}),
            json!({"error": "no"}),
            json!({"message": "no"}),
            json!({"detail": "no"}),
        ] {
            assert_eq!(message(&body), Some("no"), "{body}");
        }
        assert_eq!(message(&json!({"error": {"message": " "}})), None);
    }

    #[test]
    fn an_error_object_is_permanent_only_if_its_code_says_so() {
        let told = |body: Value| matches!(Fault::told(&body), Fault::Permanent { .. });
        assert!(told(
            json!({"type": "invalid_request_error", "message": "bad"})
        ));
        assert!(told(
            json!({"type": "server_error", "code": "invalid_prompt"})
        ));
        assert!(!told(
            json!({"type": "overloaded_error", "message": "later"})
        ));
        assert!(!told(json!({"code": 502})));
    }
}
