//! What this library refuses.

use std::fmt;

/// Why something is not part of an instance document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// Not a date of the form `2024-12-31`.
    Date(String),
    /// A duration that ends before it begins.
    Reversed(String, String),
    /// The taxonomy has no such concept.
    NoConcept(String),
    /// A value that the concept's item type does not allow.
    Type {
        /// The concept.
        concept: &'static str,
        /// What it allows.
        expected: &'static str,
    },
    /// A number that is no decimal number.
    Number(String),
    /// A text with a character that XML 1.0 cannot hold.
    Character(char),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Date(text) => write!(f, "`{text}` is not a date (write 2024-12-31)"),
            Error::Reversed(from, to) => write!(f, "the duration {from} to {to} is reversed"),
            Error::NoConcept(name) => write!(f, "the taxonomy has no concept `{name}`"),
            Error::Type { concept, expected } => write!(f, "`{concept}` takes {expected}"),
            Error::Number(text) => write!(f, "`{text}` is not a decimal number"),
            Error::Character(c) => write!(f, "XML cannot hold the character {c:?}"),
        }
    }
}

impl std::error::Error for Error {}
