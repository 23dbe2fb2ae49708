//! A report for people, in Markdown. Text from models and strangers can look like nothing but itself.

use std::fmt::Write as _;

use trail_item::quote::{fence, inline, plain};
use trail_record::body::Authority;
use trail_record::verify::Tail;

use super::Report;

mod clauses;
mod conduct;
mod criteria;
mod gates;
mod proofs;
mod work;

/// Renders a report for people.
#[must_use]
pub fn markdown(report: &Report) -> String {
    let mut out = String::new();
    head(report, &mut out);
    open(report, &mut out);
    task(report, &mut out);
    gates::approvals(report, &mut out);
    criteria::criteria(report, &mut out);
    work::conclusions(report, &mut out);
    work::changes(report, &mut out);
    conduct::scope(report, &mut out);
    conduct::refusals(report, &mut out);
    conduct::personas(report, &mut out);
    conduct::totals(report, &mut out);
    clauses::clauses(&report.clauses, &mut out);
    out
}

fn head(report: &Report, out: &mut String) {
    let title = report
        .title
        .as_deref()
        .map_or_else(String::new, |own| format!(": {}", plain(own, 300)));
    put!(out, "# {}{title}\n", plain(report.item.as_str(), 100));
    let runs: Vec<String> = report
        .runs
        .iter()
        .map(|own| plain(own.as_str(), 100))
        .collect();
    put!(out, "- History: **{}**", report.chain);
    match &report.tail {
        Tail::Unchecked => put!(out, "- Tail: unchecked"),
        Tail::Checked { seq, at, after } => {
            put!(
                out,
                "- Tail: vouched for up to entry {seq} by a checkpoint of {at}; {after} entries after it"
            );
        }
    }
    put!(out, "- Stage: {}", report.stage);
    put!(
        out,
        "- Run: {}",
        if runs.is_empty() {
            "none".to_owned()
        } else {
            runs.join(", ")
        }
    );
    let head = report
        .head
        .map_or_else(|| "none".to_owned(), |own| format!("`{own}`"));
    put!(out, "- Head: {head}\n");
}

fn open(report: &Report, out: &mut String) {
    put!(out, "## Gaps and open points\n");
    if report.gaps.is_empty() {
        put!(out, "None.");
    }
    for gap in &report.gaps {
        put!(out, "- **{}**: {}", gap.kind, plain(&gap.what, 500));
    }
    if !report.findings.is_empty() {
        put!(out, "\n## Findings\n");
        for finding in &report.findings {
            put!(out, "- {}", plain(&finding.to_string(), 500));
        }
    }
    if !report.void.is_empty() {
        put!(out, "\n## Entries that do not stand\n");
        for own in &report.void {
            let comment = plain(own.comment.as_str(), 80);
            put!(
                out,
                "- {} ({}, number {}, comment {comment}): {}",
                own.digest.short(),
                own.persona,
                own.seq,
                plain(&own.why, 300)
            );
        }
    }
    out.push('\n');
}

fn task(report: &Report, out: &mut String) {
    put!(out, "## What was asked, and by whom\n");
    let Some(task) = &report.task else {
        put!(out, "No task was sealed.\n");
        return;
    };
    let who = plain(&task.authority_name, 100);
    match &task.authority {
        Authority::Author { user } => {
            put!(
                out,
                "{who} (account {}) filed it; the tracker showed the text as unedited.",
                plain(user.as_str(), 100)
            );
        }
        Authority::Command {
            user,
            comment,
            code,
        } => {
            put!(
                out,
                "{who} (account {}) bound exactly this text with code `{code}` in comment {}.",
                plain(user.as_str(), 100),
                plain(comment.as_str(), 100)
            );
        }
    }
    put!(
        out,
        "Sealed {} as `{}`, revision {}, declared risk {}.\n",
        task.sealed,
        task.spec,
        task.revision,
        task.risk.as_str()
    );
    for criterion in &task.criteria {
        let keeps = if criterion.keeps { " (keeps)" } else { "" };
        put!(
            out,
            "- **{}@{}**{keeps} {}",
            criterion.id,
            criterion.revision,
            plain(&criterion.text, 1000)
        );
    }
    let globs = |own: &[String]| {
        own.iter()
            .map(|own| inline(own, 200))
            .collect::<Vec<_>>()
            .join(", ")
    };
    let read = if task.scope.read.is_empty() {
        "everything in the repository".to_owned()
    } else {
        globs(&task.scope.read)
    };
    put!(
        out,
        "\nMay be written: {}. May be read: {read}.",
        globs(&task.scope.write)
    );
    if report.revisions.len() > 1 {
        put!(
            out,
            "\nThe task was sealed {} times:\n",
            report.revisions.len()
        );
        for own in &report.revisions {
            put!(
                out,
                "- revision {} of {}, the word of {}, `{}`: {}",
                own.revision,
                own.sealed,
                plain(&own.authority_name, 100),
                own.spec,
                plain(&own.criteria.join(", "), 1000)
            );
        }
    }
    put!(
        out,
        "\nThe whole text, as agreed:\n\n{}",
        fence("markdown", &task.text)
    );
}
