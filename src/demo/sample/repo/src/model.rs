//! What a report says, free of any output format.

use std::fmt;

/// A sustainability report of one entity for one period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The entity's name.
    pub entity: String,
    /// Its legal entity identifier, 20 characters.
    pub lei: String,
    /// The reporting period.
    pub period: Period,
    /// The disclosures, in the order in which they are reported.
    pub disclosures: Vec<Disclosure>,
}

/// The first and the last day of what is reported, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// The first day.
    pub from: Date,
    /// The last day.
    pub to: Date,
}

/// A day of the Gregorian calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date {
    /// The year, four digits.
    pub year: u16,
    /// The month, from 1.
    pub month: u8,
    /// The day of the month, from 1.
    pub day: u8,
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

/// The headline figure of one disclosure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disclosure {
    /// Its code, `B3` say. A report may use codes that this crate does not know.
    pub code: String,
    /// What is reported.
    pub value: Value,
}

/// What a disclosure reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// A text.
    Text(String),
    /// Yes or no.
    Flag(bool),
    /// A number with its unit.
    Number(Amount, Unit),
}

/// A decimal number as it was measured: 412.5 is 4125 with one decimal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Amount {
    /// All its digits.
    pub digits: i64,
    /// How many of them stand after the point.
    pub decimals: u8,
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.digits < 0 { "-" } else { "" };
        let digits = self.digits.unsigned_abs().to_string();
        let width = usize::from(self.decimals) + 1;
        let digits = format!("{digits:0>width$}");
        let (whole, fraction) = digits.split_at(digits.len() + 1 - width);
        match fraction {
            "" => write!(f, "{sign}{whole}"),
            fraction => write!(f, "{sign}{whole}.{fraction}"),
        }
    }
}

/// The units a report may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Energy.
    MegawattHour,
    /// Mass of pollutants.
    Kilogram,
    /// Area.
    Hectare,
    /// Volume of water.
    CubicMetre,
    /// Mass of waste.
    Tonne,
    /// Headcount.
    People,
    /// Number of cases.
    Cases,
    /// Time.
    Hour,
    /// Money.
    Euro,
}

impl Unit {
    /// All units.
    pub const ALL: [Unit; 9] = [
        Unit::MegawattHour,
        Unit::Kilogram,
        Unit::Hectare,
        Unit::CubicMetre,
        Unit::Tonne,
        Unit::People,
        Unit::Cases,
        Unit::Hour,
        Unit::Euro,
    ];

    /// Returns the unit as it is written in reports.
    pub fn symbol(self) -> &'static str {
        match self {
            Unit::MegawattHour => "MWh",
            Unit::Kilogram => "kg",
            Unit::Hectare => "ha",
            Unit::CubicMetre => "m3",
            Unit::Tonne => "t",
            Unit::People => "people",
            Unit::Cases => "cases",
            Unit::Hour => "h",
            Unit::Euro => "EUR",
        }
    }
}
