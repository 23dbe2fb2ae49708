//! Secrets: found and kept out of trackers, blobs, logs and prompts.
//!
//! What a tool or a model returns is redacted before it is used, hashed and stored. A secret in what
//! would be applied or published blocks instead: what is approved, sealed and applied stay the same
//! bytes.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::{Regex, RegexSet};

/// The kinds of secret that are known by their form, with the form.
const FORMS: [(&str, &str); 14] = [
    ("aws-access-key", r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
    (
        "github-token",
        r"\b(?:ghp|gho|ghu|ghs|ghr)_[A-Za-z0-9]{36,255}\b",
    ),
    (
        "github-fine-grained-token",
        r"\bgithub_pat_[A-Za-z0-9_]{60,255}\b",
    ),
    ("gitlab-token", r"\bglpat-[A-Za-z0-9_-]{20,}\b"),
    ("anthropic-key", r"\bsk-ant-[A-Za-z0-9_-]{20,}"),
    ("openai-key", r"\bsk-(?:proj-|svcacct-)?[A-Za-z0-9_-]{32,}"),
    ("slack-token", r"\bxox[abposr]-[A-Za-z0-9-]{10,}"),
    ("stripe-key", r"\b[rs]k_live_[A-Za-z0-9]{20,}"),
    ("google-key", r"\bAIza[0-9A-Za-z_-]{35}\b"),
    ("npm-token", r"\bnpm_[A-Za-z0-9]{36}\b"),
    ("plane-key", r"\bplane_(?:api|wh)_[A-Za-z0-9]{20,}"),
    ("trail-token", r"\btrk_[A-Za-z0-9_-]{20,}"),
    (
        "json-web-token",
        r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}",
    ),
    (
        "private-key",
        r"-----BEGIN (?:[A-Z ]+ )?PRIVATE KEY-----[\s\S]*?(?:-----END (?:[A-Z ]+ )?PRIVATE KEY-----|\z)",
    ),
];

/// How every replacement of a secret begins.
pub(crate) const REDACTED: &str = "[redacted: ";

static SET: LazyLock<RegexSet> = LazyLock::new(|| {
    RegexSet::new(FORMS.map(|(_, form)| form)).expect("the forms are valid regular expressions")
});
static EACH: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    FORMS
        .iter()
        .map(|(_, form)| Regex::new(form).expect("the forms are valid regular expressions"))
        .collect()
});

/// Returns the kind of the first secret in `text`, by its form.
#[must_use]
pub fn secret_in(text: &str) -> Option<&'static str> {
    SET.matches(text).iter().next().map(|index| FORMS[index].0)
}

/// Replaces secrets: those known by their form, and those it was told.
#[derive(Debug, Clone, Default)]
pub struct Redactor {
    told: Vec<String>,
}

impl Redactor {
    /// Makes a redactor that also knows these values; short ones are left out, they would match
    /// everywhere.
    #[must_use]
    pub fn knowing(values: impl IntoIterator<Item = String>) -> Self {
        Self {
            told: values
                .into_iter()
                .filter(|value| value.len() >= 8)
                .collect(),
        }
    }

    /// Returns `text` with each secret replaced by `[redacted: kind]`.
    #[must_use]
    pub fn redact<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut out = Cow::Borrowed(text);
        for value in &self.told {
            if out.contains(value.as_str()) {
                out = Cow::Owned(out.replace(value.as_str(), "[redacted: configured]"));
            }
        }
        for index in &SET.matches(&out.clone()) {
            let replacement = format!("{REDACTED}{}]", FORMS[index].0);
            out = Cow::Owned(
                EACH[index]
                    .replace_all(&out, replacement.as_str())
                    .into_owned(),
            );
        }
        out
    }

    /// Returns `value` with each string in it redacted.
    #[must_use]
    pub fn redact_json(&self, value: serde_json::Value) -> serde_json::Value {
        use serde_json::Value;
        match value {
            Value::String(text) => Value::String(self.redact(&text).into_owned()),
            Value::Array(items) => items
                .into_iter()
                .map(|item| self.redact_json(item))
                .collect(),
            Value::Object(fields) => fields
                .into_iter()
                .map(|(key, value)| (key, self.redact_json(value)))
                .collect(),
            Value::Null | Value::Bool(_) | Value::Number(_) => value,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_of_known_form_and_told_values_are_replaced() {
        let token = format!("ghp_{}", "a1".repeat(18));
        let text = format!("token {token} and hunter2hunter2 stay out");
        let shown = Redactor::knowing(["hunter2hunter2".to_owned(), "x".to_owned()])
            .redact(&text)
            .into_owned();
        assert_eq!(
            shown,
            "token [redacted: github-token] and [redacted: configured] stay out"
        );
        assert_eq!(secret_in(&text), Some("github-token"));
    }

    #[test]
    fn a_private_key_is_replaced_whole_even_if_cut_off() {
        let text = "a -----BEGIN PRIVATE KEY-----\nMC4CAQ\nmore";
        assert_eq!(
            Redactor::default().redact(text),
            "a [redacted: private-key]"
        );
    }

    #[test]
    fn ordinary_code_is_left_alone() {
        let text = "let sk = risk-analysis-of-something-rather-long; // AKIA is a prefix";
        assert_eq!(secret_in(text), None);
        assert!(matches!(Redactor::default().redact(text), Cow::Borrowed(_)));
    }
}
