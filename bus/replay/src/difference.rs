//! The first place where a replay came to something else than the record.

use std::fmt;

use serde::Serialize;
use serde_json::Value;

/// How many characters of a value a difference shows.
const SHOWN: usize = 240;
/// How many characters stand before the first one that differs.
const BEFORE: usize = 40;

/// The first place where a replay came to something else than the record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The entry, by its number.
    pub entry: u64,
    /// The record in it, by kind and title; none if it is the entry itself that differs.
    pub record: Option<String>,
    /// The field, as a JSON pointer (RFC 6901) into the entry or the record.
    pub path: String,
    /// What the record says there; none if nothing.
    pub expected: Option<String>,
    /// What the replay came to; none if nothing.
    pub got: Option<String>,
}

impl Difference {
    /// Names a place and what stands there, cut to what differs.
    pub(crate) fn at(
        entry: u64,
        record: Option<String>,
        path: impl Into<String>,
        expected: Option<&Value>,
        got: Option<&Value>,
    ) -> Self {
        let (expected, got) = (expected.map(text), got.map(text));
        let from = match (&expected, &got) {
            (Some(one), Some(other)) => shared(one, other).saturating_sub(BEFORE),
            _ => 0,
        };
        let cut = |text: String| excerpt(&text, from);
        Self {
            entry,
            record,
            path: path.into(),
            expected: expected.map(cut),
            got: got.map(cut),
        }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "entry {}", self.entry)?;
        if let Some(record) = &self.record {
            write!(f, ", {record}")?;
        }
        let field = if self.path.is_empty() {
            "/"
        } else {
            &self.path
        };
        let shown = |side: &Option<String>| side.clone().unwrap_or_else(|| "nothing".to_owned());
        write!(
            f,
            ", field {field}: expected {}, got {}",
            shown(&self.expected),
            shown(&self.got)
        )
    }
}

/// Finds the first field, in the order of canonical JSON, in which two values differ.
pub(crate) fn first<'v>(
    expected: &'v Value,
    got: &'v Value,
) -> Option<(String, Option<&'v Value>, Option<&'v Value>)> {
    if expected == got {
        return None;
    }
    match (expected, got) {
        (Value::Object(one), Value::Object(other)) => {
            let mut names: Vec<&String> = one.keys().chain(other.keys()).collect();
            names.sort_by(|a, b| a.encode_utf16().cmp(b.encode_utf16()));
            names.dedup();
            names
                .into_iter()
                .find_map(|name| below(&escaped(name), one.get(name), other.get(name)))
        }
        (Value::Array(one), Value::Array(other)) => (0..one.len().max(other.len()))
            .find_map(|index| below(&index.to_string(), one.get(index), other.get(index))),
        _ => Some((String::new(), Some(expected), Some(got))),
    }
}

fn below<'v>(
    name: &str,
    expected: Option<&'v Value>,
    got: Option<&'v Value>,
) -> Option<(String, Option<&'v Value>, Option<&'v Value>)> {
    match (expected, got) {
        (Some(one), Some(other)) => {
            first(one, other).map(|(path, one, other)| (format!("/{name}{path}"), one, other))
        }
        (None, None) => None,
        (one, other) => Some((format!("/{name}"), one, other)),
    }
}

fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => format!("{text:?}"),
        other => other.to_string(),
    }
}

/// Returns how many characters two texts share at their beginning.
fn shared(one: &str, other: &str) -> usize {
    one.chars()
        .zip(other.chars())
        .take_while(|(a, b)| a == b)
        .count()
}

fn excerpt(text: &str, from: usize) -> String {
    let shown: String = text.chars().skip(from).take(SHOWN).collect();
    let more = text.chars().count() > from + SHOWN;
    let (before, after) = (if from > 0 { "…" } else { "" }, if more { "…" } else { "" });
    format!("{before}{shown}{after}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_first_field_that_differs_is_named() {
        let one = json!({"a": [1, {"b/c": "x"}], "z": 1});
        let other = json!({"a": [1, {"b/c": "y"}], "z": 2});
        let (path, expected, got) = first(&one, &other).unwrap();
        assert_eq!(path, "/a/1/b~1c");
        assert_eq!((expected, got), (Some(&json!("x")), Some(&json!("y"))));
        let (one, two) = (json!([1]), json!([1, 2]));
        let (path, expected, got) = first(&one, &two).unwrap();
        assert_eq!(
            (path.as_str(), expected, got),
            ("/1", None, Some(&json!(2)))
        );
        assert_eq!(first(&one, &one), None);
    }

    #[test]
    fn long_values_are_cut_to_what_differs() {
        let (one, other) = ("a".repeat(5000) + "b", "a".repeat(5000) + "c");
        let difference = Difference::at(3, None, "/x", Some(&json!(one)), Some(&json!(other)));
        let (expected, got) = (difference.expected.unwrap(), difference.got.unwrap());
        assert!(
            expected.ends_with("b\"") && got.ends_with("c\""),
            "{expected}"
        );
        assert!(expected.chars().count() < 100);
    }
}
