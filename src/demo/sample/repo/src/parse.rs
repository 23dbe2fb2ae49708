//! Reads `.vsme` files: one `key = value` a line, `#` starts a comment line.

use std::fmt;
use std::str::FromStr;

use crate::model::{Amount, Date, Disclosure, Period, Report, Unit, Value};

/// What is wrong with a `.vsme` file, and in which line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseError {
    /// The line, from 1; 0 if something is missing as a whole.
    pub line: usize,
    /// What is wrong.
    pub reason: String,
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.reason)
    }
}

impl std::error::Error for ParseError {}

impl FromStr for Report {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Report, ParseError> {
        let (mut entity, mut lei, mut from, mut to) = (None, None, None, None);
        let mut disclosures: Vec<Disclosure> = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let error = |reason: String| ParseError {
                line: index + 1,
                reason,
            };
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (key, value) = line
                .split_once('=')
                .ok_or_else(|| error("expected `key = value`".into()))?;
            let (key, value) = (key.trim(), value.trim());
            match key {
                "entity" => entity = Some(value.to_owned()),
                "lei" => lei = Some(value.to_owned()),
                "from" => from = Some(date(value).map_err(error)?),
                "to" => to = Some(date(value).map_err(error)?),
                code if disclosures.iter().any(|known| known.code == code) => {
                    return Err(error(format!("{code} is stated twice")));
                }
                code => disclosures.push(Disclosure {
                    code: code.to_owned(),
                    value: self::value(value).map_err(error)?,
                }),
            }
        }
        let missing = |key: &str| ParseError {
            line: 0,
            reason: format!("`{key}` is missing"),
        };
        let period = Period {
            from: from.ok_or_else(|| missing("from"))?,
            to: to.ok_or_else(|| missing("to"))?,
        };
        if period.to < period.from {
            return Err(ParseError {
                line: 0,
                reason: "the period ends before it begins".into(),
            });
        }
        Ok(Report {
            entity: entity.ok_or_else(|| missing("entity"))?,
            lei: lei.ok_or_else(|| missing("lei"))?,
            period,
            disclosures,
        })
    }
}

fn date(text: &str) -> Result<Date, String> {
    let mut parts = text.split('-');
    let date = (|| {
        Some(Date {
            year: parts.next()?.parse().ok()?,
            month: parts
                .next()?
                .parse()
                .ok()
                .filter(|month| (1..=12).contains(month))?,
            day: parts
                .next()?
                .parse()
                .ok()
                .filter(|day| (1..=31).contains(day))?,
        })
    })();
    date.filter(|_| parts.next().is_none())
        .ok_or_else(|| format!("`{text}` is not a date (write 2024-12-31)"))
}

fn value(text: &str) -> Result<Value, String> {
    if let Some(text) = text
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'))
    {
        return Ok(Value::Text(text.to_owned()));
    }
    match text {
        "yes" => return Ok(Value::Flag(true)),
        "no" => return Ok(Value::Flag(false)),
        _ => {}
    }
    let (amount, symbol) = text
        .split_once(' ')
        .ok_or_else(|| format!("`{text}` is not yes, no, a \"text\" or a number with a unit"))?;
    let unit = Unit::ALL
        .into_iter()
        .find(|unit| unit.symbol() == symbol)
        .ok_or_else(|| format!("`{symbol}` is not a unit"))?;
    Ok(Value::Number(self::amount(amount)?, unit))
}

fn amount(text: &str) -> Result<Amount, String> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = format!("{whole}{fraction}").parse();
    match (digits, u8::try_from(fraction.len())) {
        (Ok(digits), Ok(decimals)) => Ok(Amount { digits, decimals }),
        _ => Err(format!("`{text}` is not a number")),
    }
}
