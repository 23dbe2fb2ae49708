//! Trying again: which faults, how often, after how long.

use std::future::Future;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use trail_port::model::Error;
use trail_record::Moment;
use trail_record::body::Attempt;

use crate::fault::Fault;

/// How often and after how long a transient fault is tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Retry {
    /// How many attempts are made in all; at least one.
    pub(crate) attempts: u32,
    /// The longest first wait; it doubles from attempt to attempt.
    pub(crate) base: Duration,
    /// The longest wait that Trail chooses by itself.
    pub(crate) cap: Duration,
    /// The longest wait that a peer may ask for; if it asks for longer, the call fails at once so
    /// that the item is not held while nothing happens.
    pub(crate) retry_after_cap: Duration,
}

/// Time and chance, as seen by the retries.
#[async_trait]
pub(crate) trait Clock: Send + Sync {
    /// Returns the time.
    fn now(&self) -> Moment;

    /// Returns a number from 0 to 1 by chance.
    fn jitter(&self) -> f64;

    /// Waits.
    async fn sleep(&self, duration: Duration);
}

/// The machine's clock and random source.
#[derive(Debug, Clone, Copy)]
pub(crate) struct System;

#[async_trait]
impl Clock for System {
    fn now(&self) -> Moment {
        let since = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default();
        Moment::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }

    fn jitter(&self) -> f64 {
        // Without a random source the full wait is taken, which is safe.
        getrandom::u32().map_or(1.0, |bits| f64::from(bits) / f64::from(u32::MAX))
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

impl Retry {
    /// Returns how long to wait after failed attempt number `failed`, from 1: exponential backoff
    /// with full jitter, but never shorter than the peer asks.
    fn wait(&self, failed: u32, jitter: f64, retry_after: Option<Duration>) -> Duration {
        let doubled = 2_u32
            .checked_pow(failed.saturating_sub(1))
            .unwrap_or(u32::MAX);
        let longest = self.base.saturating_mul(doubled).min(self.cap);
        longest
            .mul_f64(jitter.clamp(0.0, 1.0))
            .max(retry_after.unwrap_or_default())
    }

    /// Runs `attempt` until it succeeds, fails for good, or has been tried often enough; returns
    /// what it gave and the attempts that failed before.
    pub(crate) async fn run<T, F>(
        &self,
        clock: &dyn Clock,
        endpoint: &str,
        mut attempt: impl FnMut() -> F,
    ) -> Result<(T, Vec<Attempt>), Error>
    where
        F: Future<Output = Result<T, Fault>>,
    {
        let mut attempts = Vec::new();
        for made in 1.. {
            let at = clock.now();
            let (reason, retry_after) = match attempt().await {
                Ok(done) => return Ok((done, attempts)),
                Err(Fault::Permanent { reason }) => {
                    return Err(Error::Permanent {
                        endpoint: endpoint.to_owned(),
                        reason,
                    });
                }
                Err(Fault::Transient {
                    reason,
                    retry_after,
                }) => (reason, retry_after),
            };
            tracing::warn!(endpoint, attempt = made, %reason, "model call failed");
            attempts.push(Attempt {
                at,
                error: reason.clone(),
            });
            let too_long = retry_after.filter(|wait| *wait > self.retry_after_cap);
            let reason = match too_long {
                Some(wait) => format!(
                    "{reason}; the peer asks to wait {} s, longer than the {} s that are allowed",
                    wait.as_secs(),
                    self.retry_after_cap.as_secs()
                ),
                None if made >= self.attempts => format!("{reason}; gave up after attempt {made}"),
                None => {
                    clock
                        .sleep(self.wait(made, clock.jitter(), retry_after))
                        .await;
                    continue;
                }
            };
            let endpoint = endpoint.to_owned();
            return Err(Error::Transient {
                endpoint,
                reason,
                retry_after,
                attempts,
            });
        }
        unreachable!("the loop only ends by returning")
    }
}

/// Returns how long the peer asks to wait, from the headers `retry-after-ms` and `retry-after`
/// (seconds or an HTTP date).
pub(crate) fn retry_after(
    header: impl Fn(&str) -> Option<String>,
    now: Moment,
) -> Option<Duration> {
    if let Some(millis) = header("retry-after-ms").and_then(|text| text.trim().parse().ok()) {
        return Some(Duration::from_millis(millis));
    }
    let text = header("retry-after")?;
    let text = text.trim();
    if let Ok(seconds) = text.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let date = jiff::fmt::rfc2822::parse(text).ok()?;
    Some(Moment::from_millis(date.timestamp().as_millisecond()).since(now))
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    /// A clock that moves only by sleeping, with full jitter.
    #[derive(Default)]
    struct Pushed(Mutex<Vec<Duration>>);

    #[async_trait]
    impl Clock for Pushed {
        fn now(&self) -> Moment {
            let slept: Duration = self.0.lock().unwrap().iter().sum();
            Moment::from_millis(1_000).after(slept)
        }

        fn jitter(&self) -> f64 {
            1.0
        }

        async fn sleep(&self, duration: Duration) {
            self.0.lock().unwrap().push(duration);
        }
    }

    const RETRY: Retry = Retry {
        attempts: 5,
        base: Duration::from_millis(500),
        cap: Duration::from_secs(3),
        retry_after_cap: Duration::from_secs(60),
    };

    fn busy(retry_after: Option<u64>) -> Fault {
        Fault::Transient {
            reason: "busy".to_owned(),
            retry_after: retry_after.map(Duration::from_secs),
        }
    }

    #[tokio::test]
    async fn waits_double_up_to_the_cap_and_every_attempt_is_listed() {
        let clock = Pushed::default();
        let result = RETRY
            .run::<(), _>(&clock, "host", || async { Err(busy(None)) })
            .await;
        let Err(Error::Transient {
            attempts,
            reason,
            retry_after,
            ..
        }) = result
        else {
            panic!("{result:?}");
        };
        let slept: Vec<u64> = clock
            .0
            .lock()
            .unwrap()
            .iter()
            .map(|d| d.as_millis() as u64)
            .collect();
        assert_eq!(slept, [500, 1000, 2000, 3000]);
        let at: Vec<i64> = attempts
            .iter()
            .map(|attempt| attempt.at.as_millis())
            .collect();
        assert_eq!(at, [1000, 1500, 2500, 4500, 7500]);
        assert_eq!(reason, "busy; gave up after attempt 5");
        assert_eq!(retry_after, None);
    }

    #[tokio::test]
    async fn the_peers_wish_is_honoured_where_it_is_longer() {
        let clock = Pushed::default();
        let mut left = vec![Err(busy(Some(1))), Err(busy(Some(20))), Ok(7)].into_iter();
        let (got, attempts) = RETRY
            .run(&clock, "host", || std::future::ready(left.next().unwrap()))
            .await
            .unwrap();
        assert_eq!((got, attempts.len()), (7, 2));
        assert_eq!(*clock.0.lock().unwrap(), [1, 20].map(Duration::from_secs));
    }

    #[tokio::test]
    async fn a_wish_beyond_the_cap_fails_at_once_and_is_passed_on() {
        let clock = Pushed::default();
        let result = RETRY
            .run::<(), _>(&clock, "host", || async { Err(busy(Some(3600))) })
            .await;
        let Err(Error::Transient {
            attempts,
            retry_after,
            reason,
            ..
        }) = result
        else {
            panic!("{result:?}");
        };
        assert_eq!(
            (attempts.len(), retry_after),
            (1, Some(Duration::from_secs(3600)))
        );
        assert!(reason.contains("3600 s"), "{reason}");
        assert!(clock.0.lock().unwrap().is_empty());
    }

    #[tokio::test]
    async fn a_permanent_fault_is_not_tried_again() {
        let clock = Pushed::default();
        let mut calls = 0;
        let result = RETRY
            .run::<(), _>(&clock, "host", || {
                calls += 1;
                std::future::ready(Err(Fault::permanent("bad key")))
            })
            .await;
        assert!(matches!(result, Err(Error::Permanent { .. })), "{result:?}");
        assert_eq!(calls, 1);
    }

    #[test]
    fn retry_after_is_read_as_seconds_milliseconds_or_a_date() {
        let now = Moment::from_millis(784_111_777_000); // Sun, 06 Nov 1994 08:49:37 GMT
        let read = |name: &'static str, value: &'static str| {
            retry_after(|asked| (asked == name).then(|| value.to_owned()), now)
        };
        assert_eq!(read("retry-after", "12"), Some(Duration::from_secs(12)));
        assert_eq!(
            read("retry-after", " 0.5 "),
            Some(Duration::from_millis(500))
        );
        assert_eq!(
            read("retry-after-ms", "250"),
            Some(Duration::from_millis(250))
        );
        let date = read("retry-after", "Sun, 06 Nov 1994 08:50:07 GMT");
        assert_eq!(date, Some(Duration::from_secs(30)));
        let past = read("retry-after", "Sun, 06 Nov 1994 08:00:00 GMT");
        assert_eq!(past, Some(Duration::ZERO));
        for nonsense in ["soon", "-1", "NaN", "1e300", ""] {
            assert_eq!(read("retry-after", nonsense), None, "{nonsense:?}");
        }
    }

    #[test]
    fn jitter_shortens_the_wait_down_to_nothing() {
        assert_eq!(RETRY.wait(3, 0.0, None), Duration::ZERO);
        assert_eq!(RETRY.wait(3, 0.5, None), Duration::from_secs(1));
        assert_eq!(RETRY.wait(400, 1.0, None), RETRY.cap);
        assert!((0.0..=1.0).contains(&System.jitter()));
    }
}
