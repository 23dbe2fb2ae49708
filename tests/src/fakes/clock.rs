//! A clock that is pushed.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use trail_record::Moment;
use trail_worker::Clock;

/// A clock that moves one millisecond at each look, and otherwise only when it is pushed.
#[derive(Debug)]
pub struct PushedClock(AtomicI64);

impl PushedClock {
    /// Makes a clock that shows the morning of 2026-11-21.
    #[must_use]
    pub fn new() -> Self {
        Self(AtomicI64::new(1_795_255_200_000))
    }

    /// Moves the clock on.
    pub fn push(&self, by: Duration) {
        let millis = i64::try_from(by.as_millis()).expect("tests push by sensible times");
        self.0.fetch_add(millis, Ordering::SeqCst);
    }
}

/// A clock that is off from another by a fixed time.
#[derive(Debug)]
pub struct SkewedClock {
    inner: Arc<PushedClock>,
    /// Milliseconds; ahead if positive.
    by: i64,
}

impl SkewedClock {
    /// Makes a clock that is `minutes` ahead of `inner`, or behind if negative.
    #[must_use]
    pub fn new(inner: &Arc<PushedClock>, minutes: i64) -> Self {
        Self {
            inner: Arc::clone(inner),
            by: minutes * 60_000,
        }
    }
}

impl Clock for SkewedClock {
    fn now(&self) -> Moment {
        Moment::from_millis(self.inner.now().as_millis() + self.by)
    }
}

impl Default for PushedClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for PushedClock {
    fn now(&self) -> Moment {
        Moment::from_millis(self.0.fetch_add(1, Ordering::SeqCst))
    }
}
