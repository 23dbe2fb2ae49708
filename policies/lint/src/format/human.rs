//! Text for people: a finding, what it is about, what to do.

use std::fmt::Write as _;

use super::{plain, word};
use crate::check::Report;
use crate::finding::Finding;
use crate::rule::Level;

pub(super) fn write(report: &Report) -> String {
    let mut out = String::new();
    for finding in report.findings.iter().filter(|own| own.is_open()) {
        one(&mut out, finding);
    }
    for note in &report.notes {
        line(&mut out, format_args!("note: {}", plain(note)));
    }
    summary(&mut out, report);
    out
}

fn one(out: &mut String, finding: &Finding) {
    let mut place = finding.path.as_deref().map(plain).unwrap_or_default();
    for part in [finding.line, finding.column].into_iter().flatten() {
        place.push_str(&format!(":{part}"));
    }
    if !place.is_empty() {
        place.push_str(": ");
    }
    let (level, rule, message) = (word(finding.level), finding.rule, plain(&finding.message));
    line(out, format_args!("{place}{level}[{rule}] {message}"));
    match (&finding.thing, &finding.claim) {
        (Some(thing), Some(claim)) if !finding.message.contains(thing.as_str()) => {
            line(
                out,
                format_args!("    {} names {}", plain(thing), plain(claim)),
            );
        }
        (Some(thing), None) if !thing.is_empty() && !finding.message.contains(thing.as_str()) => {
            line(out, format_args!("    in {}", plain(thing)));
        }
        _ => {}
    }
    line(out, format_args!("    help: {}", plain(&finding.help)));
}

fn summary(out: &mut String, report: &Report) {
    let (errors, warnings) = (
        report.open(Level::Error).count(),
        report.open(Level::Warn).count(),
    );
    let silent = report.findings.len() - errors - warnings;
    let accepted = report
        .findings
        .iter()
        .filter(|own| matches!(own.standing, crate::finding::Standing::Accepted { .. }))
        .count();
    let mut said = match (errors, warnings) {
        (0, 0) => "clean".to_owned(),
        _ => format!("{}, {}", count(errors, "error"), count(warnings, "warning")),
    };
    if silent > 0 {
        let suppressed = silent - accepted;
        said.push_str(&format!(
            " ({accepted} more in the baseline, {suppressed} suppressed)"
        ));
    }
    let counts = &report.counts;
    let covered = counts.covered.map_or_else(String::new, |own| {
        format!(
            "; {own} of {} have a test",
            count(counts.criteria, "criterion")
        )
    });
    line(
        out,
        format_args!(
            "{said}: {}, {} of {} annotated{covered}",
            count(counts.files, "file"),
            counts.annotated,
            count(counts.tests, "test"),
        ),
    );
}

fn count(number: usize, what: &str) -> String {
    match (number, what) {
        (1, _) => format!("1 {what}"),
        (_, "criterion") => format!("{number} criteria"),
        _ => format!("{number} {what}s"),
    }
}

fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    writeln!(out, "{text}").expect("a string takes all text");
}
