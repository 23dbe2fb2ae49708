//! A report as one HTML page that holds all it needs, for screens, phones and paper.

mod agreed;
mod clauses;
mod conduct;
mod criteria;
mod gates;
mod proofs;
mod work;

use trail_item::text::dollars;
use trail_record::verify::Tail;

use super::brief::span;
use super::{Report, Tally};
use crate::page::{Html, Section, page, text, when};
use crate::story::Standing;

/// Renders a report as a page.
#[must_use]
pub fn html(report: &Report) -> String {
    let title = match &report.title {
        Some(title) => format!("{}: {title}", report.item),
        None => report.item.to_string(),
    };
    let sections = [
        ("gaps", "Gaps and open points", open(report)),
        (
            "agreed",
            "What was asked, and by whom",
            agreed::agreed(report),
        ),
        ("criteria", "Criteria", criteria::criteria(report)),
        ("proofs", "Red and green", proofs::proofs(report)),
        ("tests", "Test runs", proofs::tests(report)),
        ("approvals", "Who approved what", gates::gates(report)),
        (
            "decisions",
            "Decisions and their reasons",
            work::decisions(report),
        ),
        ("delivery", "Commits and delivery", work::delivery(report)),
        ("scope", "What was touched", conduct::scope(report)),
        ("people", "Who worked", conduct::people(report)),
        ("cost", "Cost and time", conduct::cost(report)),
        (
            "clauses",
            "What this bears on which clause",
            clauses::clauses(&report.clauses),
        ),
        ("calls", "AI calls", conduct::calls(report)),
    ];
    let sections = sections
        .into_iter()
        .map(|(id, title, body)| Section { id, title, body });
    page(&title, top(report), sections.collect())
}

/// Tells in which tone a criterion's standing is shown.
pub(crate) const fn tone(standing: Standing) -> &'static str {
    match standing {
        Standing::Proven => "ok",
        Standing::AnnotatedTestsPass | Standing::NotProven | Standing::Suspect => "warn",
        Standing::AnnotatedTestsFail => "bad",
        Standing::NotTested | Standing::Unclaimed => "dim",
    }
}

/// Tells in which tone the word for a chain is shown.
pub(crate) fn tone_of_chain(word: &str) -> &'static str {
    match word {
        "verified" => "ok",
        "findings" => "bad",
        _ => "warn",
    }
}

fn top(report: &Report) -> Html {
    let tail = match &report.tail {
        Tail::Unchecked => text!("nothing vouches for the end"),
        Tail::Checked { seq, at, after } => {
            text!(
                "vouched for up to entry {seq} by a checkpoint of {}; {after} entries after it",
                when(*at)
            )
        }
    };
    let runs: Vec<&str> = report.runs.iter().map(|own| own.as_str()).collect();
    let mut marks = Vec::new();
    if report.scripted {
        marks.push(Html::chip("warn", "a script played the model"));
    }
    if report.simulated {
        marks.push(Html::chip("warn", "a played human decided"));
    }
    let mut top = Html::facts([
        (
            "History",
            Html::chip(tone_of_chain(report.chain), report.chain)
                .and(" ")
                .with(tail),
        ),
        ("Criteria", proven(&report.tally)),
        ("Stage", text!("{}, run {}", report.stage, runs.join(", "))),
        (
            "Cost and time",
            text!(
                "{} in {}",
                dollars(report.totals.cost_micros),
                span(report.totals.wall_ms)
            ),
        ),
        (
            "Head of the chain",
            report
                .head
                .map_or_else(|| Html::text("none"), |own| Html::code(&own.to_string())),
        ),
    ]);
    if !marks.is_empty() {
        top.push(Html::joined(marks, " ").paragraph());
    }
    top
}

/// Says how many criteria are proven, and that others are told apart.
fn proven(tally: &Tally) -> Html {
    let proven = tally.proven.len() as u64;
    let tone = if proven == tally.total && proven > 0 {
        "ok"
    } else {
        "warn"
    };
    let apart = [
        (tally.amended.len(), "amended"),
        (tally.removed.len(), "removed"),
        (tally.waived.len(), "waived"),
        (tally.suspect.len(), "suspect"),
    ];
    let apart: Vec<String> = apart
        .iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, word)| format!("{number} {word}"))
        .collect();
    let word = format!("{proven} of {} proven", tally.total);
    let chip = Html::chip(tone, &word);
    if apart.is_empty() {
        chip
    } else {
        chip.and(&format!(" {}", apart.join(", ")))
    }
}

fn open(report: &Report) -> Html {
    let mut out = Html::new();
    if report.gaps.is_empty() {
        out.push(Html::text("None.").paragraph());
    } else {
        out.push(Html::list(report.gaps.iter().map(|gap| {
            let tone = match gap.kind {
                "findings" | "unread" | "scope" | "trust" | "void" => "bad",
                _ => "warn",
            };
            Html::chip(tone, gap.kind).and(" ").and(&gap.what)
        })));
    }
    if !report.findings.is_empty() {
        out.push(Html::text("Findings of verification").heading());
        let findings = report.findings.iter();
        out.push(Html::list(findings.map(|own| Html::text(&own.to_string()))));
    }
    if !report.void.is_empty() {
        out.push(Html::text("Entries that do not stand").heading());
        out.push(Html::list(report.void.iter().map(|own| {
            Html::code(&own.digest.to_string()).with(text!(
                " ({}, number {}, comment {}): {}",
                own.persona,
                own.seq,
                own.comment,
                own.why
            ))
        })));
    }
    out
}
