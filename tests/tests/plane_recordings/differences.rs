//! In what two answers differ.

use reqwest::header::HeaderMap;
use serde_json::Value;
use trail_fake_plane::recording::Response;

/// Tells whether two errors say the same; ids of rows that the recording does not define may differ.
pub(crate) fn same_words(own: &Value, recorded: &Value) -> bool {
    let (mut own, mut recorded) = (own.clone(), recorded.clone());
    for body in [&mut own, &mut recorded] {
        if let Some(id) = body.get_mut("id")
            && id.as_str().is_some_and(|id| id.len() == 36)
        {
            *id = "an id".into();
        }
    }
    own == recorded
}

/// Says in what the marks of two pages with the same number of rows differ.
pub(crate) fn paging(own: &Value, recorded: &Value) -> Vec<String> {
    if recorded.get("total_count").is_none() || own["total_count"] != recorded["total_count"] {
        return Vec::new();
    }
    let marks = [
        "next_cursor",
        "prev_cursor",
        "next_page_results",
        "prev_page_results",
        "count",
        "total_pages",
        "total_results",
    ];
    let differing = marks.iter().filter(|mark| own[**mark] != recorded[**mark]);
    differing
        .map(|mark| format!("{mark}: {}, not {}", own[*mark], recorded[*mark]))
        .collect()
}

/// Says in what the keys and types of two values differ.
pub(crate) fn differences(place: &str, own: &Value, recorded: &Value) -> Vec<String> {
    match (own, recorded) {
        (Value::Object(own), Value::Object(recorded)) => {
            let mut wrong = Vec::new();
            for key in own.keys().filter(|key| !recorded.contains_key(*key)) {
                wrong.push(format!("{place}/{key} was not recorded"));
            }
            for (key, value) in recorded {
                let place = format!("{place}/{key}");
                match own.get(key) {
                    Some(own) => wrong.extend(differences(&place, own, value)),
                    None => wrong.push(format!("{place} is not there")),
                }
            }
            wrong
        }
        (Value::Array(own), Value::Array(recorded)) => {
            if own.is_empty() != recorded.is_empty() {
                return vec![format!(
                    "{place}: {} rows, not {}",
                    own.len(),
                    recorded.len()
                )];
            }
            // Each of our rows has the shape of a recorded one.
            let differing = own.iter().map(|own| {
                let tries = recorded
                    .iter()
                    .map(|recorded| differences(place, own, recorded));
                tries.min_by_key(Vec::len).unwrap_or_default()
            });
            differing.flatten().collect()
        }
        _ if kind(own) == kind(recorded) => Vec::new(),
        _ => vec![format!("{place}: {own}, not {recorded}")],
    }
}

/// Names the type of a value; times and ids are types of their own.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_f64() => "float",
        Value::Number(_) => "int",
        Value::String(text) => {
            let digits = |c: char| if c.is_ascii_digit() { '0' } else { c };
            let shape: String = text.chars().map(digits).collect();
            match shape.as_str() {
                "0000-00-00T00:00:00.000000Z" | "0000-00-00T00:00:00Z" => "time",
                _ if text.len() == 36 && text.matches('-').count() == 4 => "uuid",
                _ => "text",
            }
        }
        Value::Array(_) => "list",
        Value::Object(_) => "object",
    }
}

/// Says in what the headers that clients may rely on differ.
pub(crate) fn header_differences(own: &HeaderMap, recorded: &Response) -> Vec<String> {
    let mut wrong = Vec::new();
    for name in ["Allow", "Content-Type"] {
        let there = recorded.headers.get(name).and_then(Value::as_str);
        let own = own.get(name).map(|value| value.to_str().unwrap());
        if own != there {
            wrong.push(format!("{name}: {own:?}, not {there:?}"));
        }
    }
    for name in ["X-RateLimit-Remaining", "X-RateLimit-Reset", "Retry-After"] {
        if own.contains_key(name) != recorded.headers.contains_key(name) {
            wrong.push(format!("{name}: {:?}", own.get(name)));
        }
    }
    wrong
}
