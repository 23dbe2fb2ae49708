//! A budget of requests that all processes acting as one identity share.
//!
//! Trackers count requests per token, not per process. [`Budget::take`] waits for a place under
//! every [`Rule`] before a request is sent, so that a team of workers stays under the server's
//! limits instead of finding them; [`Budget::hold_for`] obeys a server that refused all the same.
//!
//! With a file, the processes of one machine that act as one identity share one budget. The file
//! holds times and nothing else: no token, no name, no address.

mod budget;
mod file;
mod ledger;

#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::time::Duration;

pub use budget::Budget;

/// The longest window a rule may have.
pub const MAX_WINDOW: Duration = Duration::from_secs(24 * 3600);
/// The most requests a rule may allow within its window.
pub const MAX_COUNT: u32 = 100_000;

/// At most `count` requests in any window of length `per`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// How many requests; at least 1, at most [`MAX_COUNT`].
    pub count: u32,
    /// The length of the window; at least 1 ms, at most [`MAX_WINDOW`].
    pub per: Duration,
}

impl Rule {
    /// Returns the rule of `count` requests per `per`.
    #[must_use]
    pub const fn new(count: u32, per: Duration) -> Self {
        Self { count, per }
    }
}

/// Why there is no place for a request.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A rule that nothing could keep, or no rule at all.
    #[error(
        "the rule {count} per {per:?} makes no sense; give 1 to {MAX_COUNT} requests per 1 ms to 24 h"
    )]
    Rule {
        /// Its count.
        count: u32,
        /// Its window.
        per: Duration,
    },
    /// The wait would be longer than the caller wants to wait.
    #[error("the budget of requests is used up; try again in {} s", .retry_after.as_secs().max(1))]
    Busy {
        /// When a place is expected.
        retry_after: Duration,
    },
    /// The file that the processes share cannot be used.
    #[error("the shared budget {path} cannot be used: {source}; make its directory writable")]
    File {
        /// Where it is.
        path: PathBuf,
        /// What failed.
        source: std::io::Error,
    },
}
