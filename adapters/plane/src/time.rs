//! Plane's times: RFC 3339 with microseconds, in the time zone of whoever asks, without a fraction
//! where it is zero. They are parsed, never compared as text.

use jiff::Timestamp;
use trail_port::tracker::Error;
use trail_record::Moment;

/// Reads a time, in microseconds since the epoch.
pub(crate) fn micros(text: &str) -> Result<i64, Error> {
    let read: Result<Timestamp, _> = text.parse();
    read.map(Timestamp::as_microsecond).map_err(|_| {
        let shown: String = text.chars().take(40).collect();
        Error::Doubt(format!("the answer has {shown:?} where a time should be"))
    })
}

/// Returns the moment of a time in microseconds.
pub(crate) const fn moment(micros: i64) -> Moment {
    Moment::from_millis(micros.div_euclid(1000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_in_every_form_plane_writes() {
        let table = [
            ("2026-11-21T00:05:50.634053Z", 1_795_219_550_634_053),
            ("2026-11-21T01:05:50.634053+01:00", 1_795_219_550_634_053),
            ("2026-11-20T18:35:50.634053-05:30", 1_795_219_550_634_053),
            ("2026-11-21T00:05:50Z", 1_795_219_550_000_000),
            ("2099-01-01T00:00:00Z", 4_070_908_800_000_000),
            ("1969-12-31T23:59:59.999999Z", -1),
        ];
        for (text, expected) in table {
            assert_eq!(micros(text).unwrap(), expected, "{text}");
        }
        for text in ["", "yesterday", "2026-11-21", "2026-11-21T00:05:50"] {
            assert!(matches!(micros(text), Err(Error::Doubt(_))), "{text}");
        }
        assert_eq!(moment(-1).as_millis(), -1);
        assert_eq!(moment(1_999).as_millis(), 1);
    }
}
