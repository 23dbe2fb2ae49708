//! The budget of each token: a sliding window of a minute, as Django REST framework keeps it.

use std::collections::{HashMap, VecDeque};

use jiff::{SignedDuration, Timestamp};

const WINDOW: SignedDuration = SignedDuration::from_secs(60);

/// The requests of the last minute by token.
#[derive(Debug, Default)]
pub(crate) struct Limiter {
    seen: HashMap<String, VecDeque<Timestamp>>,
}

/// What a token has left.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Budget {
    /// It may go on.
    Left {
        /// How many more now.
        remaining: usize,
        /// When Plane says the window begins anew: a minute from now, which is not true.
        reset: i64,
    },
    /// It must wait this many seconds.
    Wait(i64),
}

impl Limiter {
    /// Counts a request, or refuses it; refused ones do not count.
    pub(crate) fn ask(&mut self, token: &str, limit: usize, now: Timestamp) -> Budget {
        let seen = self.seen.entry(token.to_owned()).or_default();
        while seen
            .front()
            .is_some_and(|&at| now.duration_since(at) >= WINDOW)
        {
            seen.pop_front();
        }
        if seen.len() >= limit {
            let oldest = seen.front().copied().unwrap_or(now);
            let left = WINDOW - now.duration_since(oldest);
            let wait = left.as_secs() + i64::from(left.subsec_nanos() > 0);
            return Budget::Wait(wait.max(1));
        }
        seen.push_back(now);
        Budget::Left {
            remaining: limit - seen.len(),
            reset: now.as_second() + 60,
        }
    }

    /// Forgets what was counted.
    pub(crate) fn clear(&mut self) {
        self.seen.clear();
    }
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp};

    use super::{Budget, Limiter};

    #[test]
    fn the_window_slides_and_each_token_has_its_own() {
        let mut limiter = Limiter::default();
        let at = |s: i64| Timestamp::UNIX_EPOCH + SignedDuration::from_secs(s);
        assert_eq!(
            limiter.ask("a", 2, at(0)),
            Budget::Left {
                remaining: 1,
                reset: 60
            }
        );
        assert_eq!(
            limiter.ask("a", 2, at(6)),
            Budget::Left {
                remaining: 0,
                reset: 66
            }
        );
        assert_eq!(limiter.ask("a", 2, at(6)), Budget::Wait(54));
        assert_eq!(
            limiter.ask("b", 2, at(6)),
            Budget::Left {
                remaining: 1,
                reset: 66
            }
        );
        assert_eq!(
            limiter.ask("a", 2, at(60)),
            Budget::Left {
                remaining: 0,
                reset: 120
            }
        );
        assert_eq!(limiter.ask("a", 2, at(60)), Budget::Wait(6));
    }
}
