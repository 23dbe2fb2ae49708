//! What was asked of the fake, for tests to count.

use serde_json::Value;

/// What a request was for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// It reads by REST.
    Read,
    /// It makes, changes or deletes something by REST.
    Write,
    /// GraphQL.
    Graphql,
    /// It asks for a token or about an App.
    App,
}

/// How a conditional request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Conditional {
    /// The request had no condition.
    None,
    /// Nothing has changed: 304.
    Hit,
    /// Something has changed, or nothing was read.
    Miss,
}

/// A request that was asked, and how it was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logged {
    /// The method.
    pub method: String,
    /// The route, as GitHub's OpenAPI description writes it; the path itself if there is no such route.
    pub route: String,
    /// The path and the query, as asked.
    pub path: String,
    /// The status that was answered; none if the connection was cut instead.
    pub status: Option<u16>,
    /// The account that asked; none for strangers and for Apps that ask as themselves.
    pub account: Option<String>,
    /// Whether it was conditional.
    pub conditional: Conditional,
    /// What it was for.
    pub kind: Kind,
    /// When, by the fake's clock, in seconds since 1970.
    pub at: i64,
    /// Whether it counted for the primary limit.
    pub counted: bool,
    /// Whether a planned fault met it.
    pub faulty: bool,
}

/// How many requests there were, by kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Reads that were answered whole.
    pub reads: u32,
    /// Reads that were answered "not modified".
    pub not_modified: u32,
    /// Writes.
    pub writes: u32,
    /// GraphQL.
    pub graphql: u32,
    /// About Apps and their tokens.
    pub app: u32,
    /// Of all these, those that were refused: a status of 400 and more.
    pub refused: u32,
    /// Of all these, those that counted for the primary limit.
    pub counted: u32,
}

impl Counts {
    pub(crate) fn of(log: &[Logged]) -> Self {
        let mut counts = Self::default();
        for logged in log {
            match (logged.kind, logged.conditional) {
                (Kind::Read, Conditional::Hit) => counts.not_modified += 1,
                (Kind::Read, _) => counts.reads += 1,
                (Kind::Write, _) => counts.writes += 1,
                (Kind::Graphql, _) => counts.graphql += 1,
                (Kind::App, _) => counts.app += 1,
            }
            counts.refused += u32::from(logged.status.is_some_and(|status| status >= 400));
            counts.counted += u32::from(logged.counted);
        }
        counts
    }

    /// Returns all requests.
    #[must_use]
    pub const fn all(&self) -> u32 {
        self.reads + self.not_modified + self.writes + self.graphql + self.app
    }
}

/// A whole answer, kept for checks against GitHub's own description.
#[derive(Debug, Clone, PartialEq)]
pub struct Exchange {
    /// The method.
    pub method: String,
    /// The route, as GitHub's OpenAPI description writes it.
    pub route: String,
    /// The status.
    pub status: u16,
    /// The body of the request; null if there is none.
    pub asked: Value,
    /// The body; null if there is none.
    pub body: Value,
}
