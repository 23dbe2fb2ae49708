//! The fake's clock: whole seconds, moved by the test.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jiff::Timestamp;

/// How the fake tells the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Clock {
    /// As the machine does, plus what the test added: for sessions of several processes and for App
    /// tokens, whose holders look at their own clocks.
    #[default]
    Running,
    /// It stands still, but for `step` seconds after each write and what the test adds.
    Standing {
        /// Where it begins, in seconds since 1970.
        start: i64,
        /// How far each write moves it.
        step: i64,
    },
}

impl Clock {
    /// A clock in which each write has a second of its own.
    pub const STEPPING: Self = Self::Standing {
        start: 1_767_000_000,
        step: 1,
    };
    /// A clock in which everything happens in one second until the test moves it.
    pub const STILL: Self = Self::Standing {
        start: 1_767_000_000,
        step: 0,
    };
}

/// A running [`Clock`].
#[derive(Debug)]
pub(crate) struct Ticking {
    clock: Clock,
    added: i64,
}

impl Ticking {
    pub(crate) const fn new(clock: Clock) -> Self {
        Self { clock, added: 0 }
    }

    /// Returns the time, in seconds since 1970.
    pub(crate) fn now(&self) -> i64 {
        self.added
            + match self.clock {
                Clock::Running => machine(),
                Clock::Standing { start, .. } => start,
            }
    }

    pub(crate) fn advance(&mut self, by: Duration) {
        self.added += seconds(by);
    }

    /// Moves on after a write.
    pub(crate) const fn wrote(&mut self) {
        if let Clock::Standing { step, .. } = self.clock {
            self.added += step;
        }
    }
}

/// Returns whole seconds.
fn seconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_secs()).expect("tests do not wait for ever")
}

fn machine() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    seconds(since.expect("the machine's clock is past 1970"))
}

/// Writes a time as GitHub does: `2026-01-02T03:04:05Z`.
pub(crate) fn written(at: i64) -> String {
    moment(at).to_string()
}

/// Writes a time as the `Date` header does (RFC 9110, section 5.6.7).
pub(crate) fn http_date(at: i64) -> String {
    moment(at).strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// Reads a time as GitHub takes it in `since`; fractions are cut.
pub(crate) fn read(text: &str) -> Option<i64> {
    text.parse::<Timestamp>().ok().map(Timestamp::as_second)
}

fn moment(at: i64) -> Timestamp {
    Timestamp::from_second(at).expect("times of tests are within jiff's range")
}
