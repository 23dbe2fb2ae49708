//! GitHub's workflow commands.
//!
//! Source of the form: "Workflow commands for GitHub Actions"; of what is escaped:
//! `packages/core/src/command.ts` of actions/toolkit (`escapeData`, `escapeProperty`).

use std::fmt::Write as _;

use super::plain;
use crate::check::Report;
use crate::finding::Finding;
use crate::rule::Level;

pub(super) fn write(report: &Report) -> String {
    let mut out = String::new();
    for finding in report.findings.iter().filter(|own| own.is_open()) {
        one(&mut out, finding);
    }
    out
}

fn one(out: &mut String, finding: &Finding) {
    let command = match finding.level {
        Level::Error => "error",
        Level::Warn => "warning",
        Level::Off => "notice",
    };
    let mut properties = Vec::new();
    let mut put = |name: &str, value: String| {
        properties.push(format!("{name}={}", property(&value)));
    };
    if let Some(path) = &finding.path {
        put("file", path.clone());
        for (name, number) in [
            ("line", finding.line),
            ("endLine", finding.end_line),
            ("col", finding.column),
        ] {
            if let Some(number) = number {
                put(name, number.to_string());
            }
        }
    }
    put("title", finding.rule.id().to_owned());
    let text = format!("{}\n{}", plain(&finding.message), plain(&finding.help));
    writeln!(out, "::{command} {}::{}", properties.join(","), data(&text))
        .expect("a string takes all text");
}

/// Escapes what stands after the second `::`.
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// Escapes a property's value.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::Rule;

    #[test]
    fn a_hostile_name_ends_neither_the_property_nor_the_line() {
        let finding = Finding::new(Rule::DeadTest, "100%\n::error::forged")
            .at("a,line=9::b%0A.py", 3)
            .help("h");
        let mut out = String::new();
        one(&mut out, &finding);
        assert_eq!(
            out,
            "::error file=a%2Cline=9%3A%3Ab%250A.py,line=3,title=trail/dead-test::100%25<U+000A>::error::forged%0Ah\n"
        );
        assert_eq!(out.lines().count(), 1);
    }
}
