//! What workers say of their work.

use std::fmt::Write as _;

use trail_record::body::{
    Conclusion, GateName, Patchset, PullRequest, Risk, Spec, TestOutcome, TestResult,
};
use trail_record::{CommitId, Digest, Moment, Record};

use super::proofs::{Standing, lines};
use super::{Note, count, dollars, time};
use crate::action::Action;
use crate::quote;

/// Says that the task was sealed.
#[must_use]
pub fn taken_up(spec: &Spec) -> Note {
    let mut body = String::from("This is what will be built, and nothing else:\n\n");
    for criterion in &spec.criteria {
        let keeps = if criterion.keeps { " (keeps)" } else { "" };
        let text = quote::plain(&criterion.text, 500);
        writeln!(body, "- **{}**{keeps} {text}", criterion.id).expect("a string takes all text");
    }
    let paths: Vec<_> = spec
        .scope
        .write
        .iter()
        .map(|path| quote::inline(path, 120))
        .collect();
    let paths = if paths.is_empty() {
        "nothing".to_owned()
    } else {
        paths.join(", ")
    };
    write!(body, "\nMay be written: {paths}.").expect("a string takes all text");
    if spec.risk != Risk::Medium {
        write!(body, " Declared risk: {}.", spec.risk.as_str()).expect("a string takes all text");
    }
    body.push_str(
        " If the title or the body is edited from now on, work stops until a permitted person binds the new text with `/amend`.\n",
    );
    Note::new(
        format!(
            "took up the item: {}",
            count(spec.criteria.len(), "criterion")
        ),
        body,
    )
}

/// Says that a worker begins.
#[must_use]
pub fn claimed(action: Action, round: u32, until: Moment) -> Note {
    let what = match action {
        Action::Plan => "reads the repository and plans",
        Action::Implement => "implements; nothing touches the disk before `file_write` is approved",
        Action::Apply => "applies exactly the approved patchset",
        Action::WriteTests => "writes tests under the approved write contract",
        Action::RunTests => "runs the tests",
        Action::Fix => "diagnoses and mends under the approved write contract",
        Action::Deliver => "looks a last time at exactly what was approved, and delivers it",
    };
    let again = if round > 1 {
        format!(" (round {round})")
    } else {
        String::new()
    };
    Note::new(
        format!("{what}{again}"),
        format!("Lease until {}.\n", time(until)),
    )
}

/// Says that a lease was made longer.
#[must_use]
pub fn renewed(action: Action, until: Moment) -> Note {
    Note::new(
        format!("needs more time to {}", verb(action)),
        format!("Lease until {}.\n", time(until)),
    )
}

/// Says that a worker stopped without an outcome.
#[must_use]
pub fn released(action: Action) -> Note {
    Note::new(
        format!(
            "was stopped before it could {}; the item is free",
            verb(action)
        ),
        "",
    )
}

/// Returns what an action does, to stand after `to` or `could`.
const fn verb(action: Action) -> &'static str {
    match action {
        Action::Plan => "plan",
        Action::Implement => "implement",
        Action::Apply => "apply the patchset",
        Action::WriteTests => "write tests",
        Action::RunTests => "run the tests",
        Action::Fix => "mend what is wrong",
        Action::Deliver => "deliver",
    }
}

/// Says that a human's gate stands before the next action.
#[must_use]
pub fn held_up(gate: &GateName) -> Note {
    Note::new(
        format!("stops at gate {}", quote::inline(gate.as_str(), 80)),
        "",
    )
}

/// Says what was planned.
#[must_use]
pub fn planned(
    summary: &str,
    conclusions: &[(Digest<Record>, Conclusion)],
    calls: usize,
    cost_micros: u64,
) -> Note {
    Note::new(
        format!("planned in {}{}", count(calls, "call"), cost(cost_micros)),
        format!("{}{}", told(summary), concluded(conclusions)),
    )
}

/// Says that a patchset is ready; the gate request, which tells what it does, follows in the same
/// comment.
#[must_use]
pub fn proposed(
    patchset: &Patchset,
    conclusions: &[(Digest<Record>, Conclusion)],
    calls: usize,
    cost_micros: u64,
) -> Note {
    Note::new(
        format!(
            "made a patchset of {} in {}{}",
            count(patchset.files.len(), "file"),
            count(calls, "call"),
            cost(cost_micros)
        ),
        concluded(conclusions),
    )
}

/// Says that a patchset was applied and committed.
#[must_use]
pub fn applied(
    patchset: &Patchset,
    commit: &CommitId,
    conclusions: &[(Digest<Record>, Conclusion)],
    calls: usize,
    cost_micros: u64,
) -> Note {
    let mut body = told(&patchset.summary);
    body.push_str(&concluded(conclusions));
    for file in &patchset.files {
        let what = match (&file.before, &file.after) {
            (None, _) => "new",
            (Some(_), Some(_)) => "changed",
            (Some(_), None) => "deleted",
        };
        writeln!(body, "- {what} {}", quote::inline(&file.path, 200))
            .expect("a string takes all text");
    }
    let short = commit.as_str().get(..12).unwrap_or(commit.as_str());
    let calls = if calls > 0 {
        format!(" in {}{}", count(calls, "call"), cost(cost_micros))
    } else {
        String::new()
    };
    Note::new(format!("committed `{short}`{calls}"), body)
}

/// Says how the tests went.
#[must_use]
pub fn tested(result: &TestResult, summary: &str, calls: usize, cost_micros: u64) -> Note {
    let mut body = told(summary);
    for case in result
        .cases
        .iter()
        .filter(|case| case.outcome == TestOutcome::Failed)
    {
        let criteria: Vec<_> = case
            .validates
            .iter()
            .map(|own| own.criterion.as_str())
            .collect();
        let proves = if criteria.is_empty() {
            String::new()
        } else {
            format!(" ({})", criteria.join(", "))
        };
        writeln!(body, "- failed: {}{proves}", quote::inline(&case.name, 200))
            .expect("a string takes all text");
    }
    if let Some(ended) = &result.ended {
        writeln!(
            body,
            "- the run did not end by itself: {}",
            quote::inline(ended, 40)
        )
        .expect("a string takes all text");
    }
    Note::new(
        format!(
            "ran the tests: {} passed, {} failed, in {}{}",
            result.count(TestOutcome::Passed),
            result.count(TestOutcome::Failed),
            count(calls, "call"),
            cost(cost_micros),
        ),
        body,
    )
}

/// Says that the pull request was delivered.
#[must_use]
pub fn delivered(
    pull_request: &PullRequest,
    place: &str,
    remote: Option<&str>,
    summary: &str,
) -> Note {
    let mut body = told(summary);
    let to = remote.map_or_else(
        || "kept in the local repository".to_owned(),
        |remote| format!("pushed to {}", quote::inline(remote, 300)),
    );
    // Markdown is not read in the line of a summary: nothing from outside may stand there.
    writeln!(
        body,
        "Branch {} at `{}`, {to}. Pull request {}: {}.\n\n<details><summary>Text of the pull request</summary>\n\n{}\n</details>",
        quote::inline(&pull_request.branch, 200),
        pull_request.head,
        quote::inline(&pull_request.title, 200),
        quote::plain(place, 300),
        quote::fence("markdown", &pull_request.body),
    )
    .expect("a string takes all text");
    Note::new("delivered exactly what was approved", body)
}

/// Says that the reviewer refused.
#[must_use]
pub fn refused(why: &str) -> Note {
    Note::new(
        "refused to deliver; the approval of `pr_create` is void",
        format!(
            "{}\nThe coder takes it up again with this reason.\n",
            quote::quotation(why, 2000)
        ),
    )
}

/// Says that an action failed.
#[must_use]
pub fn failed(action: Action, reason: &str, stuck: bool) -> Note {
    let next = if stuck {
        "The item waits for a permitted person: look at the reason, then comment `/retry` or `/cancel`.\n"
    } else {
        "It will be tried again.\n"
    };
    Note::new(
        format!("could not {}", verb(action)),
        format!("{}\n{next}", quote::quotation(reason, 2000)),
    )
}

/// Renders the body of the pull request from the records.
#[must_use]
pub fn pull_request(
    spec: &Spec,
    conclusions: &[Conclusion],
    commits: &[(CommitId, String)],
    last: &TestResult,
    standings: Option<&[Standing]>,
    approvals: &[String],
) -> String {
    let mut out = format!(
        "Work item {}: {}\n\n## Criteria\n\n",
        quote::plain(spec.key.as_str(), 80),
        quote::plain(&spec.title, 300)
    );
    match standings {
        Some(standings) => out.push_str(&lines(standings)),
        None => out.push_str(&unproven(spec, last)),
    }
    out.push_str("\n## Decisions\n\n");
    if conclusions.is_empty() {
        out.push_str("None was recorded.\n");
    }
    for conclusion in conclusions {
        let choice = conclusion
            .choice
            .as_ref()
            .map_or_else(String::new, |choice| {
                format!(" = {}", quote::inline(choice, 200))
            });
        writeln!(
            out,
            "- {}{choice}: {}",
            quote::inline(&conclusion.name, 100),
            quote::plain(&conclusion.rationale, 600)
        )
        .expect("a string takes all text");
    }
    out.push_str("\n## Commits\n\n");
    for (commit, subject) in commits {
        writeln!(
            out,
            "- `{}` {}",
            commit.as_str().get(..12).unwrap_or(commit.as_str()),
            quote::plain(subject, 200)
        )
        .expect("a string takes all text");
    }
    write!(
        out,
        "\n## Tests\n\n{} passed, {} failed on tree `{}` in sandbox {}.\n\n## Approvals so far\n\n",
        last.count(TestOutcome::Passed),
        last.count(TestOutcome::Failed),
        last.tree,
        last.sandbox,
    )
    .expect("a string takes all text");
    if approvals.is_empty() {
        out.push_str("None.\n");
    }
    for approval in approvals {
        writeln!(out, "- {approval}").expect("a string takes all text");
    }
    out
}

/// Lists the criteria with how their tests went, where it was not found out what they prove.
fn unproven(spec: &Spec, last: &TestResult) -> String {
    let mut out = String::new();
    for criterion in &spec.criteria {
        let tests: Vec<String> = last
            .cases
            .iter()
            .filter(|case| {
                case.validates
                    .iter()
                    .any(|own| own.work_item == spec.key && own.criterion == criterion.id)
            })
            .map(|case| {
                let word = match case.outcome {
                    TestOutcome::Passed => "passed",
                    TestOutcome::Failed => "failed",
                    TestOutcome::Skipped => "skipped",
                };
                format!("{} {word}", quote::inline(&case.name, 200))
            })
            .collect();
        let tests = if tests.is_empty() {
            "no annotated test".to_owned()
        } else {
            tests.join(", ")
        };
        writeln!(
            out,
            "- **{}@{}** {} — {tests}",
            criterion.id,
            criterion.revision,
            quote::plain(&criterion.text, 500)
        )
        .expect("a string takes all text");
    }
    out
}

fn told(summary: &str) -> String {
    if summary.trim().is_empty() {
        String::new()
    } else {
        format!("{}\n", quote::quotation(summary, 2000))
    }
}

fn concluded(conclusions: &[(Digest<Record>, Conclusion)]) -> String {
    let mut out = String::new();
    for (digest, conclusion) in conclusions {
        let choice = conclusion
            .choice
            .as_ref()
            .map_or_else(String::new, |choice| {
                format!(" = {}", quote::inline(choice, 200))
            });
        writeln!(
            out,
            "- {}{choice} ({}): {}",
            quote::inline(&conclusion.name, 100),
            digest.short(),
            quote::plain(&conclusion.rationale, 600)
        )
        .expect("a string takes all text");
    }
    if !out.is_empty() {
        out.push('\n');
    }
    out
}

fn cost(micros: u64) -> String {
    if micros == 0 {
        String::new()
    } else {
        format!(", {}", dollars(micros))
    }
}
