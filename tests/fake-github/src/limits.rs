//! GitHub's limits: so many requests an hour, so many writes a minute, so many at once.
//!
//! Source: <https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api>.

use std::collections::{BTreeMap, VecDeque};

use crate::refusal::Refusal;

/// The limits of a fake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Requests an hour of one account, whatever the number of its tokens.
    pub hour: u32,
    /// Writes a minute of one account.
    pub writes_minute: u32,
    /// Writes an hour of one account.
    pub writes_hour: u32,
    /// Points a minute of one account: 1 for a read, 5 for a write.
    pub points_minute: u32,
    /// Requests of one account at once.
    pub at_once: u32,
    /// The status of a secondary limit: 403 or 429.
    pub secondary_status: u16,
    /// Whether a secondary limit says how long to wait.
    pub retry_after: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            hour: 5_000,
            writes_minute: 80,
            writes_hour: 500,
            points_minute: 900,
            at_once: 100,
            secondary_status: 403,
            retry_after: true,
        }
    }
}

impl Limits {
    /// No limit is met: for tests of something else.
    pub const NONE: Self = Self {
        hour: 1_000_000,
        writes_minute: 1_000_000,
        writes_hour: 1_000_000,
        points_minute: 10_000_000,
        at_once: 1_000_000,
        secondary_status: 403,
        retry_after: true,
    };
}

/// What one account has used.
#[derive(Debug, Default)]
struct Used {
    /// When the hour began.
    began: i64,
    /// Requests in it.
    requests: u32,
    /// Requests of the last hour: when, points, and whether they wrote.
    recent: VecDeque<(i64, u32, bool)>,
    /// Requests that are being answered.
    at_once: u32,
}

/// The figures of an answer's `X-RateLimit-*` headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Figures {
    pub(crate) limit: u32,
    pub(crate) used: u32,
    pub(crate) reset: i64,
}

impl Figures {
    pub(crate) const fn remaining(&self) -> u32 {
        self.limit.saturating_sub(self.used)
    }
}

/// Counts what the accounts use.
#[derive(Debug)]
pub(crate) struct Meter {
    limits: Limits,
    used: BTreeMap<String, Used>,
}

impl Meter {
    pub(crate) const fn new(limits: Limits) -> Self {
        Self {
            limits,
            used: BTreeMap::new(),
        }
    }

    pub(crate) const fn set(&mut self, limits: Limits) {
        self.limits = limits;
    }

    fn limit(&self, who: &str) -> u32 {
        // Whoever has no token shares the address's 60.
        if who.is_empty() {
            self.limits.hour.min(60)
        } else {
            self.limits.hour
        }
    }

    fn of(&mut self, who: &str, now: i64) -> &mut Used {
        let used = self.used.entry(who.to_owned()).or_default();
        if now - used.began >= 3_600 {
            used.began = now;
            used.requests = 0;
        }
        while used
            .recent
            .front()
            .is_some_and(|(at, ..)| now - at >= 3_600)
        {
            used.recent.pop_front();
        }
        used
    }

    pub(crate) fn figures(&mut self, who: &str, now: i64) -> Figures {
        let limit = self.limit(who);
        let used = self.of(who, now);
        Figures {
            limit,
            used: used.requests.min(limit),
            reset: used.began + 3_600,
        }
    }

    /// Counts a request that begins; every request that began must [`end`](Self::end).
    pub(crate) fn begin(&mut self, who: &str) {
        self.used.entry(who.to_owned()).or_default().at_once += 1;
    }

    pub(crate) fn end(&mut self, who: &str) {
        if let Some(used) = self.used.get_mut(who) {
            used.at_once = used.at_once.saturating_sub(1);
        }
    }

    /// Admits a request, or says which limit it meets. A refused one counts for the primary limit
    /// only if that is not what refused it.
    pub(crate) fn admit(&mut self, who: &str, writes: bool, now: i64) -> Result<(), Refusal> {
        let (limits, limit) = (self.limits, self.limit(who));
        let used = self.of(who, now);
        if used.requests >= limit {
            let named = if who.is_empty() { "127.0.0.1" } else { who };
            return Err(Refusal::primary_limit(named));
        }
        used.requests += 1;
        let points = if writes { 5 } else { 1 };
        let within = |seconds: i64| {
            used.recent
                .iter()
                .filter(move |(at, ..)| now - at < seconds)
        };
        let spent: u32 = within(60).map(|(_, points, _)| points).sum();
        let written = |seconds: i64| within(seconds).filter(|(.., wrote)| *wrote).count();
        let over = spent + points > limits.points_minute
            || used.at_once > limits.at_once
            || (writes && written(60) >= limits.writes_minute as usize)
            || (writes && written(3_600) >= limits.writes_hour as usize);
        if over {
            let wait = limits.retry_after.then_some(60);
            return Err(Refusal::secondary_limit(limits.secondary_status, wait));
        }
        used.recent.push_back((now, points, writes));
        Ok(())
    }

    /// Takes back what a request cost that was answered "not modified".
    pub(crate) fn give_back(&mut self, who: &str, now: i64) {
        let used = self.of(who, now);
        used.requests = used.requests.saturating_sub(1);
    }

    /// Uses up the hour of an account.
    pub(crate) fn exhaust(&mut self, who: &str, now: i64) {
        let limit = self.limit(who);
        self.of(who, now).requests = limit;
    }
}
