//! Times as Plane writes and reads them.

use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};

/// Returns `at` cut to microseconds, which is all that Plane's database keeps.
pub(crate) fn micros(at: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(at.as_microsecond()).unwrap_or(at)
}

/// Writes a time as Django REST framework does: microseconds, left out when 0, and the offset of the
/// calling user's time zone, `Z` for UTC.
pub(crate) fn show(at: Timestamp, offset_seconds: i32) -> String {
    let offset = Offset::from_seconds(offset_seconds).unwrap_or(Offset::UTC);
    let local = at.to_zoned(TimeZone::fixed(offset)).datetime();
    let mut text = format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}",
        local.year(),
        local.month(),
        local.day(),
        local.hour(),
        local.minute(),
        local.second()
    );
    let micros = local.subsec_nanosecond() / 1000;
    if micros != 0 {
        text.push_str(&format!(".{micros:06}"));
    }
    if offset_seconds == 0 {
        text.push('Z');
    } else {
        let (sign, minutes) = (
            if offset_seconds < 0 { '-' } else { '+' },
            offset_seconds.unsigned_abs() / 60,
        );
        text.push_str(&format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60));
    }
    text
}

/// Reads a time that a client sent: RFC 3339, with or without offset.
pub(crate) fn read(text: &str) -> Option<Timestamp> {
    let at = text.parse::<Timestamp>().ok().or_else(|| {
        let local = text.parse::<jiff::civil::DateTime>().ok()?;
        Some(local.to_zoned(TimeZone::UTC).ok()?.timestamp())
    })?;
    Some(micros(at))
}

#[cfg(test)]
mod tests {
    use super::{read, show};

    #[test]
    fn times_show_in_the_zone_of_the_reader_and_drop_a_fraction_of_zero() {
        let at = read("2026-11-21T00:05:02.018729Z").unwrap();
        assert_eq!(show(at, 0), "2026-11-21T00:05:02.018729Z");
        assert_eq!(show(at, 3600), "2026-11-21T01:05:02.018729+01:00");
        assert_eq!(show(at, -12600), "2026-11-20T20:35:02.018729-03:30");
        let whole = read("2099-01-01T00:00:00Z").unwrap();
        assert_eq!(show(whole, 0), "2099-01-01T00:00:00Z");
        assert_eq!(read("garbage"), None);
        assert_eq!(read("2099-01-01T01:00:00+01:00"), Some(whole));
        assert_eq!(read("2099-01-01T00:00:00"), Some(whole));
    }
}
