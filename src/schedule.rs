//! Schedules in the 5-field syntax of Vixie cron, carried out by the cron crate.
//!
//! The crate's own syntax differs: seconds first, Sunday is 1, and day of month *and* day of week
//! must fit. So an expression is read here into the values it names and written anew for the crate.
//! Where Vixie fires on day of month *or* day of week, that makes two schedules.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use chrono::{DateTime, Local, TimeZone, Utc};
use tokio_util::sync::CancellationToken;

/// When something periodic is due.
#[derive(Debug, Clone)]
pub(crate) struct Schedule {
    text: String,
    parts: Vec<cron::Schedule>,
}

/// Why a text is no schedule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is no schedule: {why}")]
pub(crate) struct Malformed {
    text: String,
    why: String,
}

/// One of the five fields.
struct Field {
    name: &'static str,
    low: u8,
    high: u8,
    names: &'static [&'static str],
}

const MONTHS: &[&str] = &[
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];
const DAYS: &[&str] = &["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

const MINUTE: Field = Field {
    name: "minute",
    low: 0,
    high: 59,
    names: &[],
};
const HOUR: Field = Field {
    name: "hour",
    low: 0,
    high: 23,
    names: &[],
};
const DAY: Field = Field {
    name: "day of month",
    low: 1,
    high: 31,
    names: &[],
};
const MONTH: Field = Field {
    name: "month",
    low: 1,
    high: 12,
    names: MONTHS,
};
// Both 0 and 7 are Sunday.
const WEEKDAY: Field = Field {
    name: "day of week",
    low: 0,
    high: 7,
    names: DAYS,
};

/// What a field names.
struct Values {
    /// Bit `n` stands for value `n`.
    bits: u64,
    /// Whether the field begins with `*`, which decides between *and* and *or* of the two days.
    star: bool,
}

impl Schedule {
    /// Returns the first time after `after` at which something is due.
    pub(crate) fn next<Z: TimeZone + Copy>(&self, after: &DateTime<Z>) -> Option<DateTime<Z>>
    where
        Z::Offset: Copy,
    {
        self.parts
            .iter()
            .filter_map(|part| part.after(after).next())
            .min()
    }

    /// Calls `due` each time something is due, in local time, until `stop` is cancelled.
    pub(crate) async fn run(&self, stop: &CancellationToken, mut due: impl FnMut()) {
        // The clock may be set or stand still while the machine sleeps, so it is looked at often.
        const LOOK: Duration = Duration::from_secs(30);
        let mut next = self.next(&Local::now());
        while let Some(at) = next {
            let now = Local::now();
            if now >= at {
                due();
                next = self.next(&now);
                continue;
            }
            let wait = (at - now).to_std().unwrap_or(Duration::ZERO).min(LOOK);
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(wait) => {}
            }
        }
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl FromStr for Schedule {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let malformed = |why: String| Malformed {
            text: text.to_owned(),
            why,
        };
        let expanded = expand(text.trim()).map_err(malformed)?;
        let fields: Vec<&str> = expanded.split_ascii_whitespace().collect();
        let &[minute, hour, day, month, weekday] = fields.as_slice() else {
            let seconds = if fields.len() > 5 {
                "; there is no field for seconds or years"
            } else {
                ""
            };
            return Err(malformed(format!(
                "it has {} fields, not the 5 of minute, hour, day of month, month, day of week{seconds}",
                fields.len()
            )));
        };
        let read = |field: &Field, text| field.read(text).map_err(malformed);
        let (minute, hour) = (read(&MINUTE, minute)?, read(&HOUR, hour)?);
        let (day, month, mut weekday) = (
            read(&DAY, day)?,
            read(&MONTH, month)?,
            read(&WEEKDAY, weekday)?,
        );
        if weekday.bits & (1 << 7) != 0 {
            weekday.bits = weekday.bits & !(1 << 7) | 1;
        }
        let (days, weekdays) = (DAY.written(day.bits, 0), WEEKDAY.written(weekday.bits, 1));
        // INVARIANT: as in Vixie cron, a day fits if both fields do where one begins with `*`, and
        // if one of them does where none does.
        let combinations = if day.star || weekday.star {
            vec![(days, weekdays)]
        } else {
            vec![(days, "*".to_owned()), ("*".to_owned(), weekdays)]
        };
        let mut parts = Vec::with_capacity(2);
        for (days, weekdays) in combinations {
            let written = format!(
                "0 {} {} {days} {} {weekdays}",
                MINUTE.written(minute.bits, 0),
                HOUR.written(hour.bits, 0),
                MONTH.written(month.bits, 0),
            );
            let part = cron::Schedule::from_str(&written);
            parts.push(part.map_err(|error| malformed(error.to_string()))?);
        }
        let schedule = Self {
            text: text.trim().to_owned(),
            parts,
        };
        if schedule.next(&Utc::now()).is_none() {
            return Err(malformed("no such day ever comes".to_owned()));
        }
        Ok(schedule)
    }
}

/// Puts the five fields in place of a word such as `@daily`.
fn expand(text: &str) -> Result<&str, String> {
    match text {
        "@yearly" | "@annually" => Ok("0 0 1 1 *"),
        "@monthly" => Ok("0 0 1 * *"),
        "@weekly" => Ok("0 0 * * 0"),
        "@daily" | "@midnight" => Ok("0 0 * * *"),
        "@hourly" => Ok("0 * * * *"),
        "@reboot" => {
            Err("@reboot is no time; what starts with the process needs no schedule".to_owned())
        }
        word if word.starts_with('@') => {
            Err("the words are @hourly, @daily, @weekly, @monthly and @yearly".to_owned())
        }
        fields => Ok(fields),
    }
}

impl Field {
    /// Reads a field: a list of values, ranges and steps.
    fn read(&self, text: &str) -> Result<Values, String> {
        let mut bits = 0;
        for element in text.split(',') {
            bits |= self.element(element)?;
        }
        Ok(Values {
            bits,
            star: text.starts_with('*'),
        })
    }

    /// Reads one element of a list.
    fn element(&self, element: &str) -> Result<u64, String> {
        let wrong = |why: &str| format!("in the {} field, {element:?} {why}", self.name);
        if element.contains(['?', 'L', 'W', '#', '~']) && self.names.is_empty()
            || element.contains(['?', '#', '~'])
        {
            return Err(wrong("uses a sign that 5-field cron does not have"));
        }
        let (range, step) = match element.split_once('/') {
            Some((range, step)) => {
                let number = step.parse::<u8>().ok().filter(|step| *step > 0);
                (
                    range,
                    Some(number.ok_or_else(|| wrong("has no step of 1 or more after the `/`"))?),
                )
            }
            None => (element, None),
        };
        let (first, last) = if range == "*" {
            // 7 would be Sunday once more and break the rhythm of steps.
            (self.low, if self.names.len() == 7 { 6 } else { self.high })
        } else if let Some((first, last)) = range.split_once('-') {
            (
                self.value(first).map_err(|why| wrong(&why))?,
                self.value(last).map_err(|why| wrong(&why))?,
            )
        } else if step.is_some() {
            return Err(wrong(&format!(
                "has a step but no range; write `*/N` or `{range}-{}/N`",
                self.high
            )));
        } else {
            let value = self.value(range).map_err(|why| wrong(&why))?;
            (value, value)
        };
        if first > last {
            let sunday = if self.names.len() == 7 && last == 0 {
                "; as the end of a range Sunday is 7"
            } else {
                ""
            };
            return Err(wrong(&format!("ends before it begins{sunday}")));
        }
        let step = usize::from(step.unwrap_or(1));
        Ok((first..=last)
            .step_by(step)
            .fold(0, |bits, value| bits | 1 << value))
    }

    /// Reads a number or name.
    fn value(&self, text: &str) -> Result<u8, String> {
        let lower = text.to_ascii_lowercase();
        let named = self.names.iter().position(|name| *name == lower);
        if let Some(index) = named.and_then(|index| u8::try_from(index).ok()) {
            return Ok(self.low + index);
        }
        let number = text
            .bytes()
            .all(|b| b.is_ascii_digit())
            .then(|| text.parse::<u8>().ok());
        match number.flatten() {
            Some(number) if (self.low..=self.high).contains(&number) => Ok(number),
            _ => {
                let names = match self.names {
                    [] => String::new(),
                    names => format!(" or {}", names.join(", ")),
                };
                Err(format!("is not from {} to {}{names}", self.low, self.high))
            }
        }
    }

    /// Writes values for the cron crate, each raised by `shift`.
    fn written(&self, bits: u64, shift: u8) -> String {
        let values = (self.low..=self.high).filter(|value| bits & (1 << value) != 0);
        let values: Vec<String> = values.map(|value| (value + shift).to_string()).collect();
        values.join(",")
    }
}

#[cfg(test)]
mod tests;
