//! Criteria, tests and what proves them, in Markdown.

use std::fmt::Write as _;

use trail_item::quote::{inline, plain};
use trail_record::body::TestOutcome;

use super::proofs::{self, figures};
use crate::report::Report;
use crate::revisions::Word;

pub(super) fn criteria(report: &Report, out: &mut String) {
    put!(out, "## Criteria and tests\n");
    put!(
        out,
        "An annotation is a claim of its author. \"Annotated tests pass\" says no more than that. \
         Only a test that was seen to fail by assertion, and passes now, proves.\n"
    );
    put!(out, "{}\n", plain(&report.tally.sentence(), 5000));
    for own in &report.criteria {
        put!(
            out,
            "- **{}@{}**: {}",
            own.criterion,
            own.revision,
            own.standing.as_str()
        );
        for test in &own.tests {
            let shown = test.proof.as_ref().map_or_else(String::new, |own| {
                format!(", {}: {}", own.verdict.as_str(), plain(&own.reason, 300))
            });
            put!(
                out,
                "  - {} {}{shown}",
                inline(&test.name, 200),
                outcome(test.outcome)
            );
        }
    }
    changes(report, out);
    runs(report, out);
    proofs::proofs(report, out);
    proofs::reported(report, out);
    out.push('\n');
}

/// Tells what was amended, brought, removed and waived, and by whom.
fn changes(report: &Report, out: &mut String) {
    if report.criteria_changes.is_empty() {
        return;
    }
    put!(out, "\n### Amended, removed and waived criteria\n");
    for own in &report.criteria_changes {
        for (index, revision) in own.revisions.iter().enumerate() {
            let word = if index > 0 {
                "amended"
            } else if report.revisions.first().map(|first| first.spec) == Some(revision.spec) {
                "agreed"
            } else {
                "brought"
            };
            put!(
                out,
                "- **{}@{}** {word} by {}: {}",
                own.criterion,
                revision.revision,
                by(&revision.by),
                plain(&revision.text, 1000)
            );
        }
        if let Some(word) = &own.removed {
            put!(out, "  - **removed** by {}", by(word));
        }
        for waiver in &own.waived {
            let simulated = if waiver.simulated {
                ", **simulated**"
            } else {
                ""
            };
            let who = if waiver.delegated {
                "the reviewer persona, delegated by a rule".to_owned()
            } else {
                by(&waiver.by)
            };
            let why = waiver
                .why
                .as_ref()
                .map_or_else(String::new, |why| format!(": {}", plain(why, 500)));
            put!(
                out,
                "  - **waived** at revision {} ({}) by {who}{simulated}{why}",
                waiver.revision,
                waiver.standing.as_str()
            );
        }
    }
}

fn by(word: &Word) -> String {
    let comment = word.comment.as_ref().map_or_else(String::new, |own| {
        format!(" in comment {}", plain(own.as_str(), 80))
    });
    format!(
        "{} (account {}){comment} of {}",
        plain(&word.name, 100),
        plain(word.user.as_str(), 100),
        word.at
    )
}

fn runs(report: &Report, out: &mut String) {
    if !report.tests.is_empty() {
        put!(out, "\n### Test runs");
    }
    for run in &report.tests {
        let command = inline(&run.command.join(" "), 200);
        put!(
            out,
            "\n{} ({}): {}, by {command} on tree `{}` in sandbox {}.",
            plain(&run.title, 100),
            run.at,
            figures(run.tests),
            run.tree,
            plain(&run.sandbox, 80)
        );
        for case in &run.not_passed {
            put!(
                out,
                "- {} {}",
                outcome(case.outcome),
                inline(&case.name, 200)
            );
        }
    }
}

const fn outcome(outcome: TestOutcome) -> &'static str {
    match outcome {
        TestOutcome::Passed => "passed",
        TestOutcome::Failed => "failed",
        TestOutcome::Skipped => "skipped",
    }
}
