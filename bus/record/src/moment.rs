//! Points in time, in milliseconds, as values from outside.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A point in time with millisecond precision; its text form is RFC 3339 in UTC with three
/// fraction digits, `2026-11-21T09:30:00.000Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Moment(i64);

/// What is wrong with a text that should be a time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an RFC 3339 time: {0:?}")]
pub struct Malformed(pub String);

impl Moment {
    /// The earliest and latest representable moments: the beginning of year 0001 and the last
    /// second that jiff can write, late on 30 December 9999.
    const RANGE: std::ops::RangeInclusive<i64> = -62_135_596_800_000..=253_402_207_200_000;

    /// Returns the moment `millis` milliseconds after the Unix epoch, held to years 1 to 9999.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        let (low, high) = (*Self::RANGE.start(), *Self::RANGE.end());
        Self(if millis < low {
            low
        } else if millis > high {
            high
        } else {
            millis
        })
    }

    /// Returns the milliseconds since the Unix epoch.
    #[must_use]
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// Returns the moment `duration` later, or the last one there is.
    #[must_use]
    pub fn after(self, duration: Duration) -> Self {
        let millis = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        Self::from_millis(self.0.saturating_add(millis))
    }

    /// Returns how long after `earlier` this is, or zero if it is not after it.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let timestamp = jiff::Timestamp::from_millisecond(self.0).map_err(|_| fmt::Error)?;
        write!(f, "{timestamp:.3}")
    }
}

impl FromStr for Moment {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        text.parse::<jiff::Timestamp>()
            .map(|timestamp| Self::from_millis(timestamp.as_millisecond()))
            .map_err(|_| Malformed(text.to_owned()))
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}

/// Reads a moment of the stored format, which has one form: for `#[serde(deserialize_with)]`.
///
/// # Errors
/// If the text is no time, or not written as [`Moment`] writes it.
pub fn stored<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Moment, D::Error> {
    let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
    match text.parse::<Moment>() {
        Ok(moment) if moment.to_string() == text => Ok(moment),
        Ok(_) | Err(_) => Err(D::Error::custom(format_args!(
            "not a time as stored (expected `2026-11-21T09:30:00.000Z`): {text:?}"
        ))),
    }
}

/// Reads a moment of the stored format, or null: for `#[serde(deserialize_with)]`.
///
/// # Errors
/// As [`stored`].
pub(crate) fn stored_or_null<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Moment>, D::Error> {
    #[derive(Deserialize)]
    struct Stored(#[serde(deserialize_with = "stored")] Moment);
    Ok(Option::<Stored>::deserialize(deserializer)?.map(|Stored(moment)| moment))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_form_has_three_fraction_digits_and_any_offset_is_read() {
        let moment = Moment::from_millis(1_763_000_000_120);
        assert_eq!(moment.to_string(), "2025-11-13T02:13:20.120Z");
        assert_eq!("2025-11-13T03:13:20.12+01:00".parse(), Ok(moment));
        assert!("yesterday".parse::<Moment>().is_err());
    }

    #[test]
    fn a_stored_moment_has_one_form() {
        #[derive(Debug, Deserialize)]
        struct At(#[serde(deserialize_with = "stored")] Moment);
        let read = |text: &str| serde_json::from_value::<At>(text.into()).map(|At(at)| at);
        assert_eq!(
            read("2025-11-13T02:13:20.120Z").unwrap(),
            Moment::from_millis(1_763_000_000_120)
        );
        for text in [
            "2025-11-13T03:13:20.120+01:00",
            "2025-11-13T02:13:20Z",
            "yesterday",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_ends_of_time_can_be_written_and_read() {
        for millis in [i64::MIN, i64::MAX] {
            let moment = Moment::from_millis(millis);
            assert_eq!(moment.to_string().parse(), Ok(moment));
        }
    }
}
