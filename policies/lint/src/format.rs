//! What the linter prints, for people and for other programs.

mod github;
mod human;
mod json;
mod junit;
mod sarif;

use trail_record::hidden;

use crate::check::Report;
use crate::rule::Level;

/// How a report is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// Text for people.
    #[default]
    Human,
    /// Trail's own JSON, as `JSON.md` documents it.
    Json,
    /// SARIF 2.1.0, as code scanning takes it.
    Sarif,
    /// JUnit's XML, as CI servers show it.
    Junit,
    /// GitHub's workflow commands, which annotate a pull request's lines.
    Github,
}

/// Writes a report.
#[must_use]
pub fn write(report: &Report, format: Format, version: &str) -> String {
    match format {
        Format::Human => human::write(report),
        Format::Json => json::write(report),
        Format::Sarif => sarif::write(report, version),
        Format::Junit => junit::write(report),
        Format::Github => github::write(report),
    }
}

/// Returns text from sources with every character shown that would hide or change others: a file's
/// name or a test's title must not steer a terminal.
fn plain(text: &str) -> String {
    let hides = |own: char| own == '\n' || own == '\t' || hidden::hides(own);
    if text.chars().any(hides) {
        hidden::shown(text, "<", ">", hides)
    } else {
        text.to_owned()
    }
}

const fn word(level: Level) -> &'static str {
    match level {
        Level::Error => "error",
        Level::Warn => "warning",
        Level::Off => "note",
    }
}
