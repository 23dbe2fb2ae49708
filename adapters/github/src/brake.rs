//! What a server's answers teach about when to send: its clock, and its refusals.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, MutexGuard};
use std::time::{SystemTime, UNIX_EPOCH};

use http::HeaderMap;
use http::header::DATE;
use tokio::time::Instant;
use trail_port::tracker::Error;
use trail_record::Moment;

use crate::failure::Failure;
use crate::rate::Limit;

/// Holds everything back after a rate limit was met.
#[derive(Debug, Default)]
pub(crate) struct Brake {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    until: Option<Instant>,
    strikes: u32,
}

impl Brake {
    fn locked(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().expect("no brake is left half-set")
    }

    /// Sends nothing for as long as a limit says.
    pub(crate) fn hold(&self, limit: Limit) {
        let mut inner = self.locked();
        let until = Instant::now() + limit.wait;
        inner.until = Some(inner.until.map_or(until, |own| own.max(until)));
        if limit.secondary {
            inner.strikes = inner.strikes.saturating_add(1);
        }
    }

    /// Fails while a limit holds: asking on would be counted against the account.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        let until = self.locked().until;
        let wait = until.map(|until| until.saturating_duration_since(Instant::now()));
        match wait {
            Some(retry_after) if !retry_after.is_zero() => {
                Err(Failure::of(Error::RateLimited { retry_after }))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Notes a success: the next limit is the first again.
    pub(crate) fn release(&self) {
        self.locked().strikes = 0;
    }

    /// Returns how many secondary limits were met since the last success.
    pub(crate) fn strikes(&self) -> u32 {
        self.locked().strikes
    }
}

/// The server's clock, as far as its answers tell: clocks of machines differ, and the times of limits
/// and tokens are the server's.
#[derive(Debug, Default)]
pub(crate) struct ServerClock {
    /// How far it is ahead of ours, in milliseconds.
    ahead: AtomicI64,
}

impl ServerClock {
    pub(crate) fn now(&self) -> Moment {
        Moment::from_millis(own_millis().saturating_add(self.ahead.load(Ordering::Relaxed)))
    }

    /// Learns from an answer when it was given.
    pub(crate) fn learn(&self, headers: &HeaderMap) {
        if let Some(date) = date(headers) {
            let ahead = date.as_millis().saturating_sub(own_millis());
            // The header has whole seconds: what is less is no difference.
            let ahead = if ahead.abs() < 2000 { 0 } else { ahead };
            self.ahead.store(ahead, Ordering::Relaxed);
        }
    }
}

fn own_millis() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| {
            i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
        })
}

/// Reads when an answer was given, by the server's clock.
pub(crate) fn date(headers: &HeaderMap) -> Option<Moment> {
    let text = headers.get(DATE)?.to_str().ok()?;
    let zoned = jiff::fmt::rfc2822::parse(text).ok()?;
    Some(Moment::from_millis(zoned.timestamp().as_millisecond()))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use http::HeaderValue;

    use super::*;

    fn dated(text: &'static str) -> HeaderMap {
        [(DATE, HeaderValue::from_static(text))]
            .into_iter()
            .collect()
    }

    #[test]
    fn the_servers_time_is_read_from_the_date_header() {
        let headers = dated("Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(
            date(&headers).unwrap().to_string(),
            "1994-11-06T08:49:37.000Z"
        );
        assert_eq!(
            (date(&dated("yesterday")), date(&HeaderMap::new())),
            (None, None)
        );
        let clock = ServerClock::default();
        clock.learn(&headers);
        let after = clock.now().since(date(&headers).unwrap());
        assert!(after < Duration::from_secs(5), "{after:?}");
        clock.learn(&dated("yesterday"));
        assert!(clock.now().to_string().starts_with("1994-11-06"));
    }

    #[tokio::test(start_paused = true)]
    async fn a_limit_holds_until_it_is_over_and_strikes_end_with_a_success() {
        let brake = Brake::default();
        let limit = |seconds, secondary| Limit {
            wait: Duration::from_secs(seconds),
            secondary,
        };
        brake.hold(limit(60, true));
        brake.hold(limit(5, true));
        tokio::time::advance(Duration::from_secs(59)).await;
        assert!(brake.check().is_err(), "a shorter one ends no longer one");
        tokio::time::advance(Duration::from_secs(1)).await;
        assert!(brake.check().is_ok());
        brake.hold(limit(1, false));
        assert_eq!(brake.strikes(), 2, "the primary limit is no strike");
        brake.release();
        assert_eq!(brake.strikes(), 0);
    }
}
