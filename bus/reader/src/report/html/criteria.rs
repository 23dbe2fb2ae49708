//! How the criteria stand: each with its tests, and apart from them what was amended, removed, waived.

use trail_record::body::TestOutcome;

use super::agreed::by;
use super::tone;
use crate::page::{Html, Table, text};
use crate::report::Report;
use crate::revisions::{CriterionChanges, Waiver};
use crate::story::{Claim, Coverage};

pub(super) fn criteria(report: &Report) -> Html {
    let mut out = Html::text(
        "An annotation is a claim of its author. Only a test that was seen to fail by assertion, \
         and passes now, proves.",
    )
    .within("p", "dim");
    out.push(Html::text(&report.tally.sentence()).paragraph());
    let mut table = Table::new(
        "Each criterion of the task in force, with the tests that claim it",
        &["Criterion", "What must hold", "Standing", "Tests"],
    );
    for own in &report.criteria {
        table.row([name(own), Html::text(&own.text), standing(own), tests(own)]);
    }
    out.push(table.html());
    out.push(changes(report));
    out
}

fn name(own: &Coverage) -> Html {
    let keeps = if own.keeps { " (keeps)" } else { "" };
    text!("{}@{}{keeps}", own.criterion, own.revision).within("strong", "")
}

fn standing(own: &Coverage) -> Html {
    Html::chip(tone(own.standing), own.standing.as_str())
}

fn tests(own: &Coverage) -> Html {
    if own.tests.is_empty() {
        return Html::text("none");
    }
    Html::list(own.tests.iter().map(test))
}

fn test(own: &Claim) -> Html {
    let told = Html::code(&own.name).and(" ").and(outcome(own.outcome));
    let Some(shown) = &own.proof else {
        return told;
    };
    let (tone, word) = if shown.proves {
        ("ok", "proves")
    } else {
        ("warn", "does not prove")
    };
    let why = text!(" {}: {}", shown.verdict.as_str(), shown.reason);
    told.and(", ").with(Html::chip(tone, word)).with(why)
}

/// Returns the word for how a test went.
pub(super) const fn outcome(own: TestOutcome) -> &'static str {
    match own {
        TestOutcome::Passed => "passed",
        TestOutcome::Failed => "failed",
        TestOutcome::Skipped => "skipped",
    }
}

fn changes(report: &Report) -> Html {
    let mut table = Table::new(
        "They are named here and in the gaps; no figure hides them",
        &["Criterion", "What became of it", "What it says"],
    );
    let first = report.revisions.first().map(|own| own.spec);
    for own in &report.criteria_changes {
        let name = text!("{}@{}", own.criterion, own.newest().revision).within("strong", "");
        let said = own
            .revisions
            .iter()
            .map(|own| text!("revision {}: {}", own.revision, own.text));
        table.row([name, became(own, first), Html::list(said)]);
    }
    let table = table.html();
    if table.is_empty() {
        return table;
    }
    Html::text("Amended, removed and waived criteria")
        .heading()
        .with(table)
}

fn became(
    own: &CriterionChanges,
    first: Option<trail_record::Digest<trail_record::Record>>,
) -> Html {
    let mut told = Vec::new();
    for (index, revision) in own.revisions.iter().enumerate() {
        let word = match index {
            0 if Some(revision.spec) == first => continue,
            0 => "brought",
            _ => "amended",
        };
        told.push(Html::chip("warn", word).and(" by ").with(by(&revision.by)));
    }
    if let Some(word) = &own.removed {
        told.push(Html::chip("warn", "removed").and(" by ").with(by(word)));
    }
    told.extend(own.waived.iter().map(waived));
    Html::list(told)
}

fn waived(own: &Waiver) -> Html {
    let mut told = Html::chip("warn", "waived").with(text!(
        " at revision {} ({}) by ",
        own.revision,
        own.standing.as_str()
    ));
    if own.delegated {
        told.push(Html::text("the reviewer persona, delegated by a rule"));
    } else {
        told.push(by(&own.by));
    }
    if own.simulated {
        told.push(Html::text(" ").with(Html::chip("warn", "simulated")));
    }
    if let Some(why) = &own.why {
        told.push(text!(": {why}"));
    }
    told
}
