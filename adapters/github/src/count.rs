//! How many requests were sent, by kind.

use std::sync::atomic::{AtomicU64, Ordering};

/// A snapshot of what an adapter has sent since it was made; clones of it share the counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters {
    /// Reads by REST, those answered "not modified" among them.
    pub reads: u64,
    /// Reads answered "not modified" (304), which cost nothing of the primary limit.
    pub unchanged: u64,
    /// Writes.
    pub writes: u64,
    /// Queries by GraphQL.
    pub graphql: u64,
    /// Rate limits that were met.
    pub limited: u64,
}

/// The kinds of requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Read,
    Write,
    Query,
}

#[derive(Debug, Default)]
pub(crate) struct Counts {
    reads: AtomicU64,
    unchanged: AtomicU64,
    writes: AtomicU64,
    graphql: AtomicU64,
    limited: AtomicU64,
}

impl Counts {
    pub(crate) fn sent(&self, kind: Kind) {
        let count = match kind {
            Kind::Read => &self.reads,
            Kind::Write => &self.writes,
            Kind::Query => &self.graphql,
        };
        count.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn unchanged(&self) {
        self.unchanged.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn limited(&self) {
        self.limited.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn snapshot(&self) -> Counters {
        let now = |own: &AtomicU64| own.load(Ordering::Relaxed);
        Counters {
            reads: now(&self.reads),
            unchanged: now(&self.unchanged),
            writes: now(&self.writes),
            graphql: now(&self.graphql),
            limited: now(&self.limited),
        }
    }
}
