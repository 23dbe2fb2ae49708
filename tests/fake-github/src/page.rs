//! Pages of lists, and the `Link` header that leads from one to the next.

use serde_json::Value;

use crate::api::{Answer, Query};

/// Cuts the page out of a list that the query asks for, shows it, and says where the others are.
pub(crate) fn page<T>(
    all: Vec<T>,
    show: impl Fn(T) -> Value,
    query: &Query,
    address: &str,
) -> Answer {
    let number = |name: &str, default: usize| {
        let given = query.get(name).and_then(|text| text.parse().ok());
        given.filter(|given| *given > 0).unwrap_or(default)
    };
    let (size, at) = (number("per_page", 30).min(100), number("page", 1));
    let last = all.len().div_ceil(size).max(1);
    let cut = all.into_iter().skip((at - 1) * size).take(size);
    let shown: Vec<Value> = cut.map(show).collect();
    let mut links = Vec::new();
    let mut link = |page: usize, rel: &str| {
        let address = query.with("page", &page.to_string(), address);
        links.push(format!("<{address}>; rel=\"{rel}\""));
    };
    if at > 1 {
        link((at - 1).min(last), "prev");
    }
    if at < last {
        link(at + 1, "next");
        link(last, "last");
    }
    if at > 1 {
        link(1, "first");
    }
    let mut answer = Answer::ok(Value::Array(shown));
    if !links.is_empty() {
        answer.headers.push(("link", links.join(", ")));
    }
    answer
}
