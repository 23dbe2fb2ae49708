//! A report for people, in Markdown. Text from models and strangers can look like nothing but itself.

use std::fmt::Write as _;

use trail_item::quote::{fence, inline, plain};
use trail_item::text::dollars;
use trail_record::body::{Authority, GateOutcome, TestOutcome};
use trail_record::verify::Tail;

use super::{Approval, Report};

/// Writes a line or more; a string takes all text.
macro_rules! put {
    ($out:expr, $($arg:tt)*) => { writeln!($out, $($arg)*).expect("a string takes all text") };
}

/// Renders a report for people.
#[must_use]
pub fn markdown(report: &Report) -> String {
    let mut out = String::new();
    head(report, &mut out);
    open(report, &mut out);
    task(report, &mut out);
    approvals(report, &mut out);
    criteria(report, &mut out);
    conclusions(report, &mut out);
    changes(report, &mut out);
    refusals(report, &mut out);
    personas(report, &mut out);
    totals(report, &mut out);
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
        "\nMay be written: {}. May be read: {read}.\n",
        globs(&task.scope.write)
    );
}

fn approvals(report: &Report, out: &mut String) {
    put!(out, "## Who approved what\n");
    if report.gates.is_empty() {
        put!(out, "No gate was asked for.\n");
        return;
    }
    for gate in &report.gates {
        let waited = gate
            .waited_ms
            .map_or_else(String::new, |ms| format!(", waited {}", span(ms)));
        put!(
            out,
            "- **{}**: {}. Code `{}`, request `{}`, asked {} by the {} for the {}{waited}",
            plain(&gate.gate, 80),
            gate.standing.as_str(),
            gate.code,
            gate.request,
            gate.asked,
            gate.requested_by,
            gate.performed_by,
        );
        let tree = gate
            .tree
            .as_ref()
            .map_or_else(String::new, |own| format!(", tree `{own}`"));
        put!(out, "  - covers `{}`{tree}", gate.subject);
        for own in &gate.decisions {
            put!(out, "  - {}", approval(own));
        }
    }
    out.push('\n');
}

fn approval(own: &Approval) -> String {
    let outcome = match own.outcome {
        GateOutcome::Approved => "approved",
        GateOutcome::Rejected => "rejected",
    };
    let who = if own.delegated {
        "the reviewer persona, delegated by a rule".to_owned()
    } else {
        format!(
            "{} (account {})",
            plain(&own.name, 100),
            plain(own.approver.as_str(), 100)
        )
    };
    let simulated = if own.simulated { ", **simulated**" } else { "" };
    let place = match (&own.comment, own.said) {
        (Some(comment), Some(said)) => {
            format!(" in comment {} of {said}", plain(comment.as_str(), 80))
        }
        (_, _) => String::new(),
    };
    let why = own
        .why
        .as_ref()
        .map_or_else(String::new, |why| format!(": {}", plain(why, 500)));
    format!(
        "{outcome} by {who}{simulated}{place}; attested by the {}, decision `{}`{why}",
        own.attested_by, own.digest
    )
}

fn criteria(report: &Report, out: &mut String) {
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

fn conclusions(report: &Report, out: &mut String) {
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

fn changes(report: &Report, out: &mut String) {
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

fn refusals(report: &Report, out: &mut String) {
    put!(out, "## What was refused\n");
    if report.refusals.is_empty() {
        put!(
            out,
            "No agent asked for anything outside its scope or its rules.\n"
        );
        return;
    }
    for own in &report.refusals {
        put!(
            out,
            "- call {}, {}: {} {}: {}",
            own.call,
            own.persona,
            inline(&own.tool, 40),
            inline(&own.arguments, 200),
            plain(&own.reason, 300)
        );
    }
    out.push('\n');
}

fn personas(report: &Report, out: &mut String) {
    put!(out, "## Who worked\n");
    for own in &report.personas {
        let account = own
            .account
            .as_ref()
            .map_or_else(|| "unknown".to_owned(), |own| plain(own.as_str(), 100));
        let keys: Vec<_> = own.keys.iter().map(|own| format!("`{own}`")).collect();
        let models: Vec<_> = own.models.iter().map(|own| inline(own, 100)).collect();
        let models = if models.is_empty() {
            "none".to_owned()
        } else {
            models.join(", ")
        };
        put!(
            out,
            "- {}: account {account}, key {}, {} entries, {} calls, models {models}",
            own.persona,
            keys.join(", "),
            own.entries,
            own.calls
        );
    }
    if let Some(trusted) = &report.trusted {
        let shared = if trusted.shares_accounts {
            "Several personas share an account."
        } else {
            "Each persona has an account of its own."
        };
        put!(
            out,
            "\n{shared} Trust document {}. The humans did not sign: the personas named above attest what they said.\n",
            trusted.serial
        );
    }
}

fn totals(report: &Report, out: &mut String) {
    let own = &report.totals;
    put!(out, "## Cost and time\n");
    let unpriced = if own.unpriced_calls > 0 {
        format!(", {} calls without a price", own.unpriced_calls)
    } else {
        String::new()
    };
    put!(
        out,
        "- {} decisions, {} gate decisions, {} intermediate records, {} outside actions, in {} entries and {} records",
        own.decisions,
        own.gates,
        own.intermediate,
        own.outside_actions,
        own.entries,
        own.records
    );
    put!(
        out,
        "- tokens: {} input, {} output, {} from cache, {} to cache",
        own.tokens.input,
        own.tokens.output,
        own.tokens.cache_read,
        own.tokens.cache_write
    );
    put!(out, "- cost: {}{unpriced}", dollars(own.cost_micros));
    put!(
        out,
        "- time: {} in all, {} of it models, {} waiting at gates; {} test runs, {} fixes",
        span(own.wall_ms),
        span(own.model_ms),
        span(own.waiting_ms),
        own.test_runs,
        own.fixes
    );
}

/// Writes a duration for people.
pub(crate) fn span(ms: u64) -> String {
    let seconds = ms / 1000;
    match seconds {
        0 => format!("{ms} ms"),
        1..60 => format!("{seconds}.{} s", ms % 1000 / 100),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}
