//! The clock of the stand-in: it runs, or stands until a test moves it.

use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

use crate::time::micros;

/// A clock that never shows the same microsecond to two writers.
#[derive(Debug)]
pub(crate) struct Clock {
    base: Timestamp,
    started: Instant,
    moved: Duration,
    /// What had passed when the clock was held; it runs while there is none.
    held: Option<Duration>,
    last: Timestamp,
}

impl Clock {
    pub(crate) fn new(base: Timestamp) -> Self {
        Self {
            base,
            started: Instant::now(),
            moved: Duration::ZERO,
            held: None,
            last: base,
        }
    }

    /// Returns the time now.
    pub(crate) fn now(&self) -> Timestamp {
        let passed = self.held.unwrap_or_else(|| self.started.elapsed()) + self.moved;
        let passed = SignedDuration::try_from(passed).unwrap_or(SignedDuration::MAX);
        let now = self.base.saturating_add(passed);
        micros(now.unwrap_or(self.base)).max(self.last)
    }

    /// Returns the time of a write: now, and later than all writes before.
    pub(crate) fn tick(&mut self) -> Timestamp {
        let next = self.last.saturating_add(SignedDuration::from_micros(1));
        self.last = self.now().max(next.unwrap_or(self.last));
        self.last
    }

    /// Moves the clock on.
    pub(crate) fn advance(&mut self, by: Duration) {
        self.moved += by;
    }

    /// Stops the clock; it then moves by [`advance`](Self::advance) only, and by a microsecond with
    /// each write.
    pub(crate) fn hold(&mut self) {
        self.held.get_or_insert_with(|| self.started.elapsed());
    }

    /// Tells whether the clock stands.
    pub(crate) const fn is_held(&self) -> bool {
        self.held.is_some()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jiff::{SignedDuration, Timestamp};

    use super::Clock;

    #[test]
    fn a_held_clock_moves_by_order_and_no_two_writes_share_a_time() {
        let mut clock = Clock::new(Timestamp::UNIX_EPOCH);
        clock.hold();
        let first = clock.tick();
        let second = clock.tick();
        assert!(second > first);
        let before = clock.now();
        clock.advance(Duration::from_secs(5));
        let moved = clock.now().duration_since(before);
        assert!(
            moved <= SignedDuration::from_secs(5) && moved >= SignedDuration::from_millis(4_999)
        );
    }
}
