//! When a fact holds.

use crate::error::Error;

/// When a fact holds: on a day, or from a day to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Period(pub(crate) Kind);

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    Instant(String),
    Duration(String, String),
}

impl Period {
    /// A point in time: the end of the day `date`. For stocks.
    pub fn instant(date: &str) -> Result<Period, Error> {
        Ok(Period(Kind::Instant(checked(date)?)))
    }

    /// The days `from` to `to`, both included. For flows.
    pub fn duration(from: &str, to: &str) -> Result<Period, Error> {
        let (from, to) = (checked(from)?, checked(to)?);
        if to < from {
            return Err(Error::Reversed(from, to));
        }
        Ok(Period(Kind::Duration(from, to)))
    }
}

fn checked(date: &str) -> Result<String, Error> {
    let shape = date.bytes().enumerate().all(|(i, b)| match i {
        4 | 7 => b == b'-',
        _ => b.is_ascii_digit(),
    });
    if shape && date.len() == 10 {
        Ok(date.to_owned())
    } else {
        Err(Error::Date(date.to_owned()))
    }
}
