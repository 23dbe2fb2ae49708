//! The routes' answers.

pub(crate) mod apps;
pub(crate) mod comments;
pub(crate) mod issues;
pub(crate) mod labels;
pub(crate) mod meta;
pub(crate) mod pulls;
pub(crate) mod relations;
pub(crate) mod repos;
pub(crate) mod users;

use serde_json::Value;

use crate::acts::Act;
use crate::caller::Caller;
use crate::refusal::Refusal;
use crate::world::World;

/// The query of an address, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Query(pub(crate) Vec<(String, String)>);

impl Query {
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().rev().find(|(other, _)| other == name);
        found.map(|(_, value)| value.as_str())
    }

    /// Returns `address` with this query, in which `name` is `value`.
    pub(crate) fn with(&self, name: &str, value: &str, address: &str) -> String {
        let kept = self.0.iter().filter(|(other, _)| other != name);
        let pairs = kept
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .chain([(name, value)]);
        let query: Vec<String> = pairs
            .map(|(name, value)| format!("{}={}", escaped(name), escaped(value)))
            .collect();
        format!("{address}?{}", query.join("&"))
    }
}

fn escaped(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
            char::from(byte).to_string()
        }
        other => format!("%{other:02X}"),
    };
    text.bytes().map(byte).collect()
}

/// A request that has found its route.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    pub(crate) caller: &'a Caller,
    /// The repository of the route, if it has one.
    pub(crate) repo: u64,
    /// The other parameters of the path.
    pub(crate) args: &'a [String],
    pub(crate) query: &'a Query,
    pub(crate) body: &'a Value,
    /// The address without its query.
    pub(crate) address: &'a str,
    pub(crate) now: i64,
}

impl Call<'_> {
    pub(crate) const fn act(&self) -> Act<'_> {
        Act {
            caller: self.caller,
            now: self.now,
        }
    }

    /// Returns a parameter of the path that is a number; what is none is not there.
    pub(crate) fn number(&self, at: usize) -> Result<u64, Refusal> {
        let given = self.args.get(at).and_then(|text| text.parse().ok());
        given.ok_or_else(Refusal::not_found)
    }

    pub(crate) fn arg(&self, at: usize) -> &str {
        self.args.get(at).map_or("", String::as_str)
    }

    /// Returns a field of the body that is text, or none; null is none.
    pub(crate) fn text(&self, field: &str) -> Result<Option<&str>, Refusal> {
        match &self.body[field] {
            Value::Null => Ok(None),
            Value::String(text) => Ok(Some(text)),
            other => Err(wrong_type(field, other, "a string")),
        }
    }

    /// Returns a field of the body that lists texts, or objects with a `name`.
    pub(crate) fn names(&self, field: &str) -> Result<Option<Vec<String>>, Refusal> {
        names(field, &self.body[field])
    }
}

/// Returns names that are listed as texts or as objects.
pub(crate) fn names(field: &str, value: &Value) -> Result<Option<Vec<String>>, Refusal> {
    let listed = match value {
        Value::Null => return Ok(None),
        Value::Array(listed) => listed,
        other => return Err(wrong_type(field, other, "an array")),
    };
    let name = |value: &Value| {
        let text = value.as_str().or_else(|| value["name"].as_str());
        text.map(str::to_owned)
            .ok_or_else(|| wrong_type(field, value, "a string"))
    };
    listed.iter().map(name).collect::<Result<_, _>>().map(Some)
}

fn wrong_type(field: &str, given: &Value, wanted: &str) -> Refusal {
    let why = format!("Invalid request.\n\nFor 'properties/{field}', {given} is not {wanted}.");
    Refusal::new(422, why)
}

/// An answer that is no refusal.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
    pub(crate) headers: Vec<(&'static str, String)>,
}

impl Answer {
    pub(crate) const fn ok(body: Value) -> Self {
        Self::new(200, body)
    }

    pub(crate) const fn new(status: u16, body: Value) -> Self {
        Self {
            status,
            body,
            headers: Vec::new(),
        }
    }

    /// Something was made; the answer says where it is.
    pub(crate) fn made(body: Value) -> Self {
        let at = body["url"].as_str().unwrap_or_default().to_owned();
        Self {
            headers: vec![("location", at)],
            ..Self::new(201, body)
        }
    }
}

pub(crate) type Reply = Result<Answer, Refusal>;

/// How a route is answered.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Serve {
    Read(fn(&World, &Call<'_>) -> Reply),
    Write(fn(&mut World, &Call<'_>) -> Reply),
}
