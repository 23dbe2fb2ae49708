//! A request, read.

use axum::http::request::Parts;
use bytes::Bytes;
use serde_json::Value;

use crate::api::Query;
use crate::routes::{Route, find};
use crate::world::World;

/// A request.
#[derive(Debug)]
pub(super) struct Ask {
    pub(super) method: String,
    /// The path, as asked.
    pub(super) path: String,
    /// The path and the query, as asked.
    pub(super) whole: String,
    pub(super) query: Query,
    pub(super) route: Option<(&'static Route, Vec<String>)>,
    pub(super) authorization: Option<String>,
    pub(super) user_agent: Option<String>,
    pub(super) version: Option<String>,
    pub(super) if_none_match: Option<String>,
    /// The body; none if it is no JSON. No body at all is null.
    pub(super) body: Option<Value>,
}

impl Ask {
    pub(super) fn of(world: &World, parts: &Parts, body: &Bytes) -> Self {
        let header = |name: &str| {
            let value = parts.headers.get(name)?;
            value.to_str().ok().map(str::to_owned)
        };
        let method = parts.method.as_str().to_owned();
        let path = parts.uri.path();
        let route = segments(world, path).and_then(|segments| find(&method, &segments));
        let whole = parts.uri.path_and_query();
        Self {
            route,
            method,
            path: path.to_owned(),
            whole: whole.map_or_else(|| path.to_owned(), ToString::to_string),
            query: query(parts.uri.query().unwrap_or_default()),
            authorization: header("authorization"),
            user_agent: header("user-agent"),
            version: header("x-github-api-version"),
            if_none_match: header("if-none-match"),
            body: if body.is_empty() {
                Some(Value::Null)
            } else {
                serde_json::from_slice(body).ok()
            },
        }
    }

    /// Returns the name of its route, or else what was asked.
    pub(super) fn name(&self) -> String {
        match &self.route {
            Some((route, _)) => route.name(),
            None => format!("{} {}", self.method, self.path),
        }
    }
}

/// Cuts a path into its segments. `/repositories/ID` is a repository by its id, and an Enterprise
/// Server has all under `/api`.
fn segments(world: &World, path: &str) -> Option<Vec<String>> {
    let path = path
        .strip_prefix("/api/v3")
        .or_else(|| path.strip_prefix("/api").filter(|rest| *rest == "/graphql"))
        .unwrap_or(path);
    let parts = path.strip_prefix('/')?.split('/').map(decoded);
    let mut segments = parts.collect::<Option<Vec<String>>>()?;
    if segments
        .first()
        .is_some_and(|first| first == "repositories")
    {
        let repo = world.repos.get(&segments.get(1)?.parse().ok()?)?;
        let named = [
            "repos".to_owned(),
            world.login_of(repo.owner).to_owned(),
            repo.name.clone(),
        ];
        segments.splice(..2, named);
    }
    Some(segments)
}

fn query(text: &str) -> Query {
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    let pair = |pair: &str| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let plain = |text: &str| decoded(&text.replace('+', " ")).unwrap_or_default();
        (plain(name), plain(value))
    };
    Query(pairs.map(pair).collect())
}

/// Undoes percent encoding; none if it is no text then, or malformed.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let pair = [rest.next()?, rest.next()?];
            hex::decode(pair)
                .ok()?
                .iter()
                .for_each(|byte| bytes.push(*byte));
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}
