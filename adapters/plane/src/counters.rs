//! How much was asked of Plane, by kind.

use std::sync::atomic::{AtomicU64, Ordering};

/// What was asked by one process with one key; a snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counters {
    /// Requests that read.
    pub reads: u64,
    /// Requests that wrote, or tried to.
    pub writes: u64,
    /// Answers that said that too much was asked.
    pub refused: u64,
    /// Requests that waited for a place in the budget.
    pub waits: u64,
}

/// The counts as they grow.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    reads: AtomicU64,
    writes: AtomicU64,
    refused: AtomicU64,
}

impl Counts {
    pub(crate) fn asked(&self, writes: bool) {
        let count = if writes { &self.writes } else { &self.reads };
        count.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn refused(&self) {
        self.refused.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn snapshot(&self, waits: u64) -> Counters {
        Counters {
            reads: self.reads.load(Ordering::Relaxed),
            writes: self.writes.load(Ordering::Relaxed),
            refused: self.refused.load(Ordering::Relaxed),
            waits,
        }
    }
}
