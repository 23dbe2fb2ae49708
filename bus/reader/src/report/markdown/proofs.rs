//! Red and green, and what was reported from elsewhere, in Markdown.

use std::fmt::Write as _;

use trail_item::quote::{inline, plain};
use trail_item::text;
use trail_record::body::Validates;

use crate::report::{Report, SideTold};
use crate::story::Tests;

pub(super) fn proofs(report: &Report, out: &mut String) {
    let figures = &report.proving;
    if figures.trials == 0 && figures.proofs == 0 {
        return;
    }
    put!(out, "\n### Red and green\n");
    put!(
        out,
        "{} and {} were made to learn whether the tests can fail; {} of the mutants made one fail by assertion.\n",
        count(figures.trials, "trial"),
        count(figures.mutants, "mutant"),
        figures.killed
    );
    for own in &report.proofs {
        let place = own.place.as_ref().map_or_else(String::new, |own| {
            format!(" ({}:{})", plain(&own.path, 200), own.line)
        });
        let stale = if own.counts {
            ""
        } else {
            "; **of another tree than was tested last, so it counts for nothing**"
        };
        put!(
            out,
            "- {}{place}, proof `{}`, tree `{}`{stale}",
            inline(&own.test, 200),
            own.digest.short(),
            own.tree
        );
        side("base", &own.base, out);
        side("change", &own.change, out);
        if let Some(mutant) = &own.mutant {
            side("mutant", mutant, out);
        }
        if let Some(fault) = &own.fault {
            put!(
                out,
                "    - {} at {}:{}, by {}: {} became {}",
                plain(&fault.operator, 80),
                plain(&fault.path, 200),
                fault.line,
                plain(&fault.made_by, 80),
                inline(&fault.before, 200),
                inline(&fault.after, 200)
            );
        }
        for claim in &own.claims {
            let word = if claim.proves {
                "proves"
            } else {
                "does not prove"
            };
            let keeps = if claim.keeps { " (keeps)" } else { "" };
            put!(
                out,
                "  - {word} **{}**{keeps}: {}, {}",
                named(&claim.criterion),
                claim.verdict.as_str(),
                plain(&claim.reason, 300)
            );
        }
    }
}

fn side(name: &str, own: &SideTold, out: &mut String) {
    let records: Vec<String> = own
        .runs
        .iter()
        .map(|own| format!("`{}`", own.record.short()))
        .collect();
    let said = own.runs.iter().find_map(|own| own.message.as_ref());
    let said = said.map_or_else(String::new, |said| format!(": {}", plain(said, 300)));
    put!(
        out,
        "  - {name}: {}, by {}{said}",
        own.outcome.as_str(),
        records.join(", ")
    );
}

fn named(own: &Validates) -> String {
    let revision = own
        .revision
        .map_or_else(String::new, |own| format!("@{own}"));
    format!("{}{revision}", own.criterion)
}

pub(super) fn reported(report: &Report, out: &mut String) {
    if report.reported.is_empty() {
        return;
    }
    put!(out, "\n### Reported, not performed\n");
    put!(
        out,
        "Trail did not run these tests. They are told as they were reported, and prove nothing.\n"
    );
    for own in &report.reported {
        let commit = own.commit.as_ref().map_or_else(
            || "of no named commit".to_owned(),
            |own| format!("said to be of `{own}`"),
        );
        put!(
            out,
            "- {} ({}, bytes `{}`), reported {} by {}, {commit}: {}",
            plain(&own.source, 200),
            plain(&own.format, 40),
            own.bytes.short(),
            own.at,
            plain(&own.reported_by, 100),
            figures(own.tests)
        );
        for criterion in &own.criteria {
            put!(
                out,
                "  - {}: {}",
                criterion.criterion,
                figures(criterion.tests)
            );
        }
    }
}

pub(super) fn figures(own: Tests) -> String {
    format!(
        "{} passed, {} failed, {} skipped",
        own.passed, own.failed, own.skipped
    )
}

fn count(number: u64, noun: &str) -> String {
    text::count(usize::try_from(number).unwrap_or(usize::MAX), noun)
}
