//! Criteria, tests and what proves them, in Markdown.

use std::fmt::Write as _;

use trail_item::quote::{inline, plain};
use trail_record::body::TestOutcome;

use crate::report::Report;

pub(super) fn criteria(report: &Report, out: &mut String) {
    put!(out, "## Criteria and tests\n");
    put!(
        out,
        "An annotation is a claim of its author. \"Annotated tests pass\" says no more than that.\n"
    );
    for own in &report.criteria {
        put!(
            out,
            "- **{}@{}**: {}",
            own.criterion,
            own.revision,
            own.standing.as_str()
        );
        for test in &own.tests {
            put!(
                out,
                "  - {} {}",
                inline(&test.name, 200),
                outcome(test.outcome)
            );
        }
    }
    for run in &report.tests {
        let command = inline(&run.command.join(" "), 200);
        put!(
            out,
            "\n{} ({}): {} passed, {} failed, {} skipped, by {command} on tree `{}` in sandbox {}.",
            plain(&run.title, 100),
            run.at,
            run.tests.passed,
            run.tests.failed,
            run.tests.skipped,
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
    out.push('\n');
}

const fn outcome(outcome: TestOutcome) -> &'static str {
    match outcome {
        TestOutcome::Passed => "passed",
        TestOutcome::Failed => "failed",
        TestOutcome::Skipped => "skipped",
    }
}
