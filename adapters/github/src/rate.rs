//! When a refusal is a rate limit, and how long to wait then.
//!
//! Source: "Rate limits for the REST API" of GitHub's documentation. The primary limit answers 403
//! or 429 with `x-ratelimit-remaining: 0`: wait until `x-ratelimit-reset`. Secondary limits answer
//! 403 or 429 with or without `retry-after`: wait that long, else at least a minute, longer each
//! time. Going on asking can have the account banned.

use std::time::Duration;

use http::{HeaderMap, StatusCode};
use trail_record::Moment;

/// The least wait after a secondary limit that names none.
const SECONDARY: Duration = Duration::from_secs(60);
/// The longest wait that such limits grow to.
const MAX_SECONDARY: Duration = Duration::from_secs(15 * 60);
/// The longest wait that is believed; primary limits are counted by the hour.
const MAX_WAIT: Duration = Duration::from_secs(2 * 3600);

/// A rate limit that was met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Limit {
    /// How long to ask for nothing.
    pub(crate) wait: Duration,
    /// Whether it is a secondary limit: one on everything the account does.
    pub(crate) secondary: bool,
}

/// Tells whether an answer is a rate limit. `now` is the server's time; `strikes` tells how many
/// secondary limits came before without a success since.
pub(crate) fn limit(
    status: StatusCode,
    headers: &HeaderMap,
    message: &str,
    now: Moment,
    strikes: u32,
) -> Option<Limit> {
    if !matches!(status.as_u16(), 403 | 429) {
        return None;
    }
    let asked = number(headers, "retry-after").map(Duration::from_secs);
    if let Some(wait) = asked {
        return Some(Limit {
            wait: wait.clamp(Duration::from_secs(1), MAX_WAIT),
            secondary: true,
        });
    }
    let message = message.to_lowercase();
    if number(headers, "x-ratelimit-remaining") == Some(0) {
        let reset = number(headers, "x-ratelimit-reset")
            .and_then(|reset| i64::try_from(reset).ok())
            .map(|reset| Moment::from_millis(reset.saturating_mul(1000)).since(now));
        // The second in which the hour ends is not over when it begins.
        let wait = reset.map_or(SECONDARY, |wait| wait + Duration::from_secs(1));
        return Some(Limit {
            wait: wait.min(MAX_WAIT),
            secondary: false,
        });
    }
    let told = message.contains("rate limit") || message.contains("abuse detection");
    (told || status == StatusCode::TOO_MANY_REQUESTS).then(|| Limit {
        wait: (SECONDARY * 2u32.saturating_pow(strikes.min(8))).min(MAX_SECONDARY),
        secondary: true,
    })
}

/// Reads a header that is a whole number.
fn number(headers: &HeaderMap, name: &str) -> Option<u64> {
    headers.get(name)?.to_str().ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The server's time in these tests, in seconds.
    const NOW: i64 = 1_800_000_000;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (http::HeaderName::from_static(name), value.parse().unwrap()))
            .collect()
    }

    #[test]
    fn refusals_are_told_from_limits() {
        let remaining = ("x-ratelimit-remaining", "0");
        let soon = ("x-ratelimit-reset", "1800000090");
        type Case<'a> = (
            u16,
            &'a [(&'static str, &'a str)],
            &'a str,
            u32,
            Option<(u64, bool)>,
        );
        let cases: [Case<'_>; 14] = [
            (403, &[], "Resource not accessible by integration", 0, None),
            (
                403,
                &[("x-ratelimit-remaining", "4999")],
                "Must have admin rights",
                0,
                None,
            ),
            (404, &[remaining, soon], "Not Found", 0, None),
            (422, &[("retry-after", "5")], "Validation Failed", 0, None),
            (
                403,
                &[remaining, soon],
                "API rate limit exceeded",
                0,
                Some((91, false)),
            ),
            (429, &[remaining, soon], "", 0, Some((91, false))),
            (
                403,
                &[remaining, ("x-ratelimit-reset", "1700000000")],
                "",
                0,
                Some((1, false)),
            ),
            (403, &[remaining], "", 0, Some((60, false))),
            (
                403,
                &[remaining, ("x-ratelimit-reset", "9900000000")],
                "",
                0,
                Some((7200, false)),
            ),
            (
                403,
                &[("retry-after", "17")],
                "You have exceeded a secondary rate limit",
                3,
                Some((17, true)),
            ),
            (429, &[("retry-after", "0")], "", 0, Some((1, true))),
            (
                403,
                &[],
                "You have exceeded a secondary rate limit",
                0,
                Some((60, true)),
            ),
            (
                403,
                &[],
                "You have triggered an abuse detection mechanism",
                2,
                Some((240, true)),
            ),
            (429, &[], "", 30, Some((900, true))),
        ];
        for (n, (status, pairs, message, strikes, expected)) in cases.into_iter().enumerate() {
            let status = StatusCode::from_u16(status).unwrap();
            let now = Moment::from_millis(NOW * 1000);
            let met = limit(status, &headers(pairs), message, now, strikes);
            let expected = expected.map(|(wait, secondary)| Limit {
                wait: Duration::from_secs(wait),
                secondary,
            });
            assert_eq!(met, expected, "case {n}");
        }
    }
}
