//! How a worker process fares, in numbers that only grow, for its health and metrics endpoints.
//!
//! Nothing decides by them.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use trail_record::body::Usage;

/// A number that only grows.
#[derive(Debug, Default)]
pub struct Count(AtomicU64);

impl Count {
    pub(crate) fn add(&self, more: u64) {
        self.0.fetch_add(more, Ordering::Relaxed);
    }

    /// Returns the number.
    #[must_use]
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// What one worker has done since it started.
#[derive(Debug, Default)]
pub struct Pulse {
    /// Polls the tracker answered.
    pub polls: Count,
    /// Polls that came to nothing.
    pub failed_polls: Count,
    /// Turns in which something was done.
    pub worked: Count,
    /// Turns with nothing to do.
    pub idle: Count,
    /// Turns that came to nothing and will be tried again.
    pub failed_turns: Count,
    /// Entries that stand.
    pub entries: Count,
    /// Entries that were written anew because another came between.
    pub races: Count,
    /// Appends that were repeated because it was unknown whether they were done.
    pub doubts: Count,
    /// Questions a model answered.
    pub calls: Count,
    /// Questions no model answered.
    pub failed_calls: Count,
    /// Tokens the model read, as far as it said.
    pub input_tokens: Count,
    /// Tokens the model wrote, as far as it said.
    pub output_tokens: Count,
    /// What the answers cost, in millionths of a US dollar, as far as prices are known.
    pub cost_micros: Count,
    /// Runs of tests whose result was known from an equal run: of the same tree, by the same command,
    /// in the same environment.
    pub known_results: Count,
    /// Hints that shortened a wait.
    pub hints: Count,
    now: Mutex<Now>,
}

/// How it is right now.
#[derive(Debug, Clone, Copy, Default)]
pub struct Now {
    /// When the tracker last answered a poll; none before the first answer.
    pub polled: Option<Instant>,
    /// How many items are being worked on.
    pub running: usize,
    /// How many items wait for a turn.
    pub ready: usize,
    /// Whether the worker finishes what it does and takes nothing new.
    pub draining: bool,
}

impl Pulse {
    /// Returns how it is right now.
    #[must_use]
    pub fn now(&self) -> Now {
        *self.now.lock().expect("no number is left half-written")
    }

    /// Counts an answer of a model.
    pub(crate) fn answered(&self, usage: &Usage) {
        self.calls.add(1);
        self.input_tokens.add(usage.input.unwrap_or(0));
        self.output_tokens.add(usage.output.unwrap_or(0));
    }

    pub(crate) fn set(&self, change: impl FnOnce(&mut Now)) {
        change(&mut self.now.lock().expect("no number is left half-written"));
    }
}
