//! Red and green side by side, the runs of the tests, and what was reported from elsewhere.

use trail_item::text::count;
use trail_record::body::proof::Outcome;

use super::criteria::outcome;
use crate::page::{Html, Table, text, when};
use crate::report::{Fault, ProofTold, Report, ReportedTold, SideTold};
use crate::story::Tests;

pub(super) fn proofs(report: &Report) -> Html {
    let own = &report.proving;
    if own.trials == 0 && report.proofs.is_empty() {
        return Html::text("No trial was made: nobody knows whether these tests can fail.")
            .paragraph();
    }
    let number = |own: u64, noun| count(usize::try_from(own).unwrap_or(usize::MAX), noun);
    let mut out = text!(
        "{} and {} were made to learn whether the tests can fail; {} of the mutants made one fail by assertion.",
        number(own.trials, "trial"),
        number(own.mutants, "mutant"),
        own.killed
    )
    .paragraph();
    for own in &report.proofs {
        out.push(proof(own));
    }
    out
}

fn proof(own: &ProofTold) -> Html {
    let mut out = Html::code(&own.test).heading();
    let place = own
        .place
        .as_ref()
        .map_or_else(String::new, |own| format!("{}:{}, ", own.path, own.line));
    let mut told = text!("{place}proof ").with(Html::code(&own.digest.to_string()));
    told.push(Html::text(", tree ").with(Html::code(own.tree.as_str())));
    out.push(told.within("p", "dim"));
    if !own.counts {
        let word = "of another tree than was tested last: it counts for nothing";
        out.push(Html::chip("warn", word).paragraph());
    }
    out.push(Html::list(own.claims.iter().map(|claim| {
        let revision = claim.criterion.revision;
        let revision = revision.map_or_else(String::new, |own| format!("@{own}"));
        let keeps = if claim.keeps { " (keeps)" } else { "" };
        let (tone, word) = if claim.proves {
            ("ok", "proves")
        } else {
            ("warn", "does not prove")
        };
        Html::chip(tone, word)
            .with(text!(" {}{revision}{keeps}, ", claim.criterion.criterion))
            .with(Html::text(claim.verdict.as_str()).within("strong", ""))
            .with(text!(": {}", claim.reason))
    })));
    let mut sides = side("Base, without the change", &own.base);
    sides.push(side("The change", &own.change));
    if let Some(mutant) = &own.mutant {
        let mut told = side_inner("A mutant of the change", mutant);
        if let Some(fault) = &own.fault {
            told.push(faulty(fault));
        }
        sides.push(told.within("div", "side"));
    }
    out.push(sides.within("div", "sides"));
    out.within("div", "card")
}

fn side(name: &str, own: &SideTold) -> Html {
    side_inner(name, own).within("div", "side")
}

fn side_inner(name: &str, own: &SideTold) -> Html {
    let tone = match own.outcome {
        Outcome::Passed => "ok",
        Outcome::Assertion | Outcome::Flaky => "bad",
        Outcome::Crashed | Outcome::NotBuilt | Outcome::TimedOut => "warn",
        Outcome::Skipped | Outcome::Absent => "dim",
    };
    let mut out = Html::text(name).within("strong", "");
    out.push(Html::chip(tone, own.outcome.as_str()));
    out.push(Html::list(own.runs.iter().map(|run| {
        let mut told = Html::code(&run.record.to_string());
        if let Some(commit) = &run.commit {
            told.push(Html::text(" at commit ").with(Html::code(commit.as_str())));
        }
        if let Some(message) = &run.message {
            told.push(Html::text(": ").with(Html::text(message).within("em", "")));
        }
        if run.tree.is_none() {
            told.push(Html::text(" (cannot be read)"));
        }
        told
    })));
    out
}

fn faulty(own: &Fault) -> Html {
    let before = Html::code(&own.before).within("del", "");
    let after = Html::code(&own.after).within("ins", "");
    text!(
        "{} at {}:{}, by {}: ",
        own.operator,
        own.path,
        own.line,
        own.made_by
    )
    .with(before)
    .and(" ")
    .with(after)
    .paragraph()
    .with(
        Html::text("mutant ")
            .with(Html::code(&own.record.to_string()))
            .within("p", "dim"),
    )
}

pub(super) fn tests(report: &Report) -> Html {
    let mut out = Html::new();
    if report.tests.is_empty() {
        out.push(Html::text("No tests were run.").paragraph());
    }
    let mut table = Table::new(
        "Test runs that Trail performed",
        &["When", "Figures", "Did not pass", "What was run"],
    );
    for run in &report.tests {
        let failed = run.not_passed.iter().map(|case| {
            let told = Html::code(&case.name).and(" ").and(outcome(case.outcome));
            match &case.message {
                Some(said) => told.and(": ").and(&crate::report::short(said, 300)),
                None => told,
            }
        });
        let failed = if run.not_passed.is_empty() {
            Html::text("none")
        } else {
            Html::list(failed)
        };
        table.row([
            Html::time(run.at),
            figures(run.tests),
            failed,
            Html::code(&run.command.join(" "))
                .with(text!(" in sandbox {} on tree ", run.sandbox))
                .with(Html::code(run.tree.as_str()))
                .and(", record ")
                .with(Html::code(&run.digest.to_string())),
        ]);
    }
    out.push(table.html());
    if !report.reported.is_empty() {
        out.push(reported(&report.reported));
    }
    out
}

fn reported(all: &[ReportedTold]) -> Html {
    let mut out = Html::text("Reported, not performed").heading();
    let notice =
        "Trail did not run these tests. They are told as they were reported, and prove nothing.";
    out.push(Html::chip("warn", notice).paragraph());
    let mut table = Table::new(
        "Results from elsewhere",
        &[
            "File",
            "Reported",
            "Figures",
            "Criteria they name",
            "Commit",
            "Record",
        ],
    );
    for own in all {
        let criteria = own
            .criteria
            .iter()
            .map(|own| text!("{}: ", own.criterion).with(figures(own.tests)));
        let commit = own
            .commit
            .as_ref()
            .map_or_else(|| Html::text("not said"), |own| Html::code(own.as_str()));
        table.row([
            text!("{} ({})", own.source, own.format),
            text!("{} by {}", when(own.at), own.reported_by),
            figures(own.tests),
            if own.criteria.is_empty() {
                Html::text("none")
            } else {
                Html::list(criteria)
            },
            commit,
            Html::code(&own.digest.to_string()),
        ]);
    }
    out.push(table.html());
    out
}

fn figures(own: Tests) -> Html {
    let tone = if own.failed > 0 { "bad" } else { "ok" };
    let word = format!("{} passed, {} failed", own.passed, own.failed);
    let told = Html::chip(tone, &word);
    if own.skipped > 0 {
        told.with(text!(" {} skipped", own.skipped))
    } else {
        told
    }
}
