//! Trail's own JSON.

use serde::Serialize;

use crate::check::{Counts, Report};
use crate::finding::Finding;
use crate::rule::Level;

#[derive(Serialize)]
struct Told<'r> {
    errors: usize,
    warnings: usize,
    baseline: Option<&'r str>,
    counts: Counts,
    notes: &'r [String],
    findings: &'r [Finding],
}

pub(super) fn write(report: &Report) -> String {
    let told = Told {
        errors: report.open(Level::Error).count(),
        warnings: report.open(Level::Warn).count(),
        baseline: report.baseline.as_deref(),
        counts: report.counts,
        notes: &report.notes,
        findings: &report.findings,
    };
    let mut text = serde_json::to_string_pretty(&told).expect("it has only text and numbers");
    text.push('\n');
    text
}
