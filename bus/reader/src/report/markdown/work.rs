//! Decisions, commits and delivery, in Markdown.

use std::fmt::Write as _;

use trail_item::quote::{fence, inline, plain};

use crate::report::Report;

pub(super) fn conclusions(report: &Report, out: &mut String) {
    put!(out, "## Decisions and their reasons\n");
    if report.conclusions.is_empty() {
        put!(out, "None was recorded.");
    }
    for own in &report.conclusions {
        let told = &own.conclusion;
        let choice = told
            .choice
            .as_ref()
            .map_or_else(String::new, |choice| format!(" = {}", inline(choice, 200)));
        let call = own
            .call
            .map_or_else(String::new, |call| format!(", call {call}"));
        put!(
            out,
            "- **{}**{choice} ({}{call}, `{}`)",
            plain(&told.name, 100),
            own.persona,
            own.digest.short()
        );
        put!(out, "  - {}", plain(&told.statement, 2000));
        put!(out, "  - because: {}", plain(&told.rationale, 2000));
        for other in &told.alternatives {
            put!(out, "  - not: {}", plain(other, 500));
        }
    }
    for own in &report.failures {
        put!(
            out,
            "- {} failed ({}): {}",
            plain(&own.body.action, 40),
            plain(&own.body.kind, 40),
            plain(&own.body.reason, 500)
        );
    }
    for own in &report.reviews {
        let word = if own.body.confirmed {
            "confirmed"
        } else {
            "refused"
        };
        put!(
            out,
            "- last look: the reviewer {word} tree `{}`: {}",
            own.body.tree,
            plain(&own.body.summary, 1000)
        );
    }
    out.push('\n');
}

pub(super) fn changes(report: &Report, out: &mut String) {
    put!(out, "## Commits and delivery\n");
    for own in &report.commits {
        let subject = own.body.message.lines().next().unwrap_or_default();
        put!(
            out,
            "- `{}` by the {}: {}",
            own.body.commit,
            own.body.author,
            plain(subject, 200)
        );
    }
    if let Some(own) = &report.pull_request {
        put!(
            out,
            "\nPull request `{}`: {} ({}, from `{}` to `{}`)",
            own.digest.short(),
            plain(&own.title, 300),
            inline(&own.branch, 200),
            own.base,
            own.head
        );
    }
    for own in &report.deliveries {
        let remote = own.body.remote.as_ref().map_or_else(
            || "kept in the local repository".to_owned(),
            |own| format!("pushed to {}", inline(own, 300)),
        );
        put!(
            out,
            "\nDelivered {}: branch {} at `{}`, {remote}; receipt `{}`.",
            own.at,
            inline(&own.body.branch, 200),
            own.body.head,
            own.digest
        );
        if own.body.place.starts_with("https://") || own.body.place.starts_with("http://") {
            put!(
                out,
                "\nThe pull request is {}.",
                inline(&own.body.place, 300)
            );
        }
    }
    if report.deliveries.is_empty() {
        put!(out, "\nNothing was delivered.");
    }
    if let Some(own) = &report.pull_request {
        put!(
            out,
            "\nIts text, as approved:\n\n{}",
            fence("markdown", &own.body).trim_end()
        );
    }
    out.push('\n');
}
