//! Gaps: what is open, missing or to be known before anything else in a report is believed.

use serde::Serialize;
use trail_item::Stage;
use trail_record::verify::Tail;

use super::Basis;
use super::brief::short;
use crate::story::{GateStanding, Standing, Story};

/// One thing that is open, missing or to be known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Gap {
    /// A stable word: `source`, `filter`, `no-task`, `findings`, `tail`, `unread`, `void`, `not-delivered`, `waiting`, `stuck`,
    /// `drift`, `reverted`, `criterion`, `unproven`, `amended`, `removed`, `waived`, `reported`,
    /// `scope`, `scripted`, `simulated`, `delegated`, `shared-account`, `cost`, `tokens`, `model`,
    /// `trust`.
    pub kind: &'static str,
    /// What it is, for people.
    pub what: String,
}

pub(super) fn of(basis: &Basis<'_>) -> Vec<Gap> {
    let mut gaps = Vec::new();
    let mut gap = |kind, what: String| gaps.push(Gap { kind, what });
    history(basis.story, &mut gap);
    work(basis.story, &mut gap);
    criteria(basis, &mut gap);
    scope(basis, &mut gap);
    honesty(basis, &mut gap);
    gaps
}

/// What the history lacks.
fn history(story: &Story, gap: &mut dyn FnMut(&'static str, String)) {
    let findings = story.judgement.findings.len();
    if findings > 0 {
        gap(
            "findings",
            format!("verification has {findings} findings; they are listed below"),
        );
    }
    let closed = story
        .state
        .findings
        .values()
        .filter(|own| !own.disposed)
        .count();
    if closed > 0 {
        gap(
            "findings",
            format!("{closed} sealed findings close the gates until `/dispose CODE why`"),
        );
    }
    let disposed = story.state.findings.len() - closed;
    if disposed > 0 {
        gap(
            "findings",
            format!("{disposed} sealed findings were cleared by a human"),
        );
    }
    match &story.judgement.tail {
        Tail::Unchecked => gap(
            "tail",
            "no checkpoint vouches for the end of this history: entries may have been cut off unnoticed"
                .to_owned(),
        ),
        Tail::Checked { seq, after, .. } if *after > 0 => {
            gap("tail", format!("{after} entries after entry {seq} are vouched for by no checkpoint"));
        }
        Tail::Checked { .. } => {}
    }
    for unread in &story.unread {
        let (kind, why) = (unread.kind, short(&unread.why, 200));
        gap(
            "unread",
            format!(
                "{kind} {} of entry {}: {why}",
                unread.digest.short(),
                unread.entry
            ),
        );
    }
    if !story.void.is_empty() {
        gap(
            "void",
            format!("{} posted entries do not stand", story.void.len()),
        );
    }
    if story.trusted.is_none() {
        gap(
            "trust",
            "the trust documents could not be verified: nobody is trusted".to_owned(),
        );
    }
}

/// What the work lacks.
fn work(story: &Story, gap: &mut dyn FnMut(&'static str, String)) {
    if story.spec().is_none() {
        gap("not-delivered", "no task was sealed".to_owned());
        return;
    }
    if !story.is_delivered() {
        gap(
            "not-delivered",
            format!(
                "nothing was delivered; the item is {}",
                story.state.stage_name()
            ),
        );
    }
    if let Stage::Stuck { .. } = story.state.stage {
        gap(
            "stuck",
            "the work stopped after failures and waits for `/retry` or `/cancel`".to_owned(),
        );
    }
    if story.state.drift.is_some() {
        gap(
            "drift",
            "the item's text is no longer the sealed task".to_owned(),
        );
    }
    for gate in &story.gates {
        if story.standing(gate) == GateStanding::Waiting {
            let name = short(gate.request.body.gate.as_str(), 80);
            gap(
                "waiting",
                format!("gate {name} waits for `/approve {}`", gate.code),
            );
        }
    }
    for own in &story.reverts {
        let items: Vec<&str> = own.body.items.iter().map(|own| own.key.as_str()).collect();
        gap(
            "reverted",
            format!(
                "{} asked to take {} back",
                short(&story.name_of(&own.body.user), 100),
                short(&items.join(", "), 300)
            ),
        );
    }
}

/// What the criteria lack. Those that only have passing tests are one gap together: it is the same.
fn criteria(basis: &Basis<'_>, gap: &mut dyn FnMut(&'static str, String)) {
    let proven = |standing| matches!(standing, Standing::Proven | Standing::AnnotatedTestsPass);
    for own in basis.coverage.iter().filter(|own| !proven(own.standing)) {
        let named = format!("{}@{}", own.criterion, own.revision);
        gap("criterion", format!("{named}: {}", own.standing.as_str()));
    }
    let tally = &basis.tally;
    let mut group = |kind, own: &[String], what: &str| {
        if !own.is_empty() {
            gap(kind, format!("{}: {what}", own.join(", ")));
        }
    };
    group(
        "unproven",
        &tally.annotated_tests_pass,
        "annotated tests pass; whether they can fail was not found out",
    );
    group(
        "amended",
        &tally.amended,
        "amended since it was first agreed",
    );
    group("removed", &tally.removed, "removed from what was agreed");
    group(
        "waived",
        &tally.waived,
        "not proven when the pull request was let through",
    );
    if !basis.story.reported.is_empty() {
        let results = trail_item::text::count(basis.story.reported.len(), "test result");
        gap(
            "reported",
            format!(
                "{results} came from elsewhere: reported, not performed, and they prove nothing"
            ),
        );
    }
}

/// What was touched and should not have been.
fn scope(basis: &Basis<'_>, gap: &mut dyn FnMut(&'static str, String)) {
    let violations = basis.audit.violations.len();
    if violations > 0 {
        let told = trail_item::text::count(violations, "access");
        gap(
            "scope",
            format!("{told} happened outside the scope; they are listed below"),
        );
    }
}

/// What a reader must know of how it came about.
fn honesty(basis: &Basis<'_>, gap: &mut dyn FnMut(&'static str, String)) {
    let (story, totals) = (basis.story, &basis.totals);
    if story.is_scripted() {
        gap(
            "scripted",
            "a script played the model: the decisions show the machinery, not a model's judgement"
                .to_owned(),
        );
    }
    if totals.simulated > 0 {
        gap(
            "simulated",
            format!(
                "{} gate decisions were made by a played human, not by a person",
                totals.simulated
            ),
        );
    }
    if totals.delegated > 0 {
        gap(
            "delegated",
            format!(
                "{} gate decisions were delegated to the reviewer persona by a rule",
                totals.delegated
            ),
        );
    }
    for (account, personas) in story.trusted.iter().flat_map(|own| &own.shared) {
        let names: Vec<&str> = personas.iter().map(|own| own.as_str()).collect();
        gap(
            "shared-account",
            format!(
                "{} share tracker account {account}: the tracker does not tell them apart, only their keys do",
                names.join(", ")
            ),
        );
    }
    if totals.unpriced_calls > 0 {
        gap(
            "cost",
            format!(
                "the cost of {} of {} calls is not known",
                totals.unpriced_calls, totals.decisions
            ),
        );
    }
    if totals.tokens.untold_calls > 0 {
        gap(
            "tokens",
            format!(
                "the tokens of {} of {} calls are not known",
                totals.tokens.untold_calls, totals.decisions
            ),
        );
    }
    let unnamed = story
        .decisions
        .iter()
        .filter(|own| own.body.model_served.is_none())
        .count();
    if unnamed > 0 {
        gap(
            "model",
            format!("{unnamed} answers do not say which model gave them"),
        );
    }
}
