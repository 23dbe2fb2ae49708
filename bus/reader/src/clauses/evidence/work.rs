//! Evidence of the work: task, calls, changes, tests, delivery.

use trail_item::text::count;
use trail_record::body::{Effect, GateName};
use trail_record::{FindingKind, Kind};

use super::history::findings;
use super::{Found, absent, partly, present, share};
use crate::audit::UNSANDBOXED;
use crate::reconcile::patchset;
use crate::report::{Basis, short};
use crate::story::{GateStanding, Standing, scripted};

pub(super) fn scope(basis: &Basis<'_>) -> Found {
    let audit = &basis.audit;
    let touched: u64 = audit.totals.values().sum();
    if basis.story.decisions.is_empty() {
        absent("no AI call is recorded")
    } else if audit.unread > 0 {
        partly(format!(
            "{} AI calls cannot be read: what they touched is not known",
            audit.unread
        ))
    } else if !audit.violations.is_empty() {
        partly(format!(
            "{} outside the scope",
            count(audit.violations.len(), "access")
        ))
    } else {
        present(format!(
            "{touched} accesses recorded, none outside the scope; {} refused",
            audit.refusals.len()
        ))
    }
}

pub(super) fn sandboxed(basis: &Basis<'_>) -> Found {
    let story = basis.story;
    let asks = story.decisions.iter().flat_map(|own| &own.body.asks);
    let commands = asks
        .flat_map(|own| &own.effects)
        .filter_map(|own| match own {
            Effect::Ran { sandbox, .. } => Some(sandbox.as_str()),
            Effect::Read { .. }
            | Effect::Listed { .. }
            | Effect::Searched { .. }
            | Effect::Staged { .. }
            | Effect::Concluded { .. } => None,
        });
    let tests = story.tests.iter().map(|own| own.body.sandbox.as_str());
    let trials = story
        .trials
        .iter()
        .map(|own| own.body.result.sandbox.as_str());
    let all: Vec<&str> = commands.chain(tests).chain(trials).collect();
    let held = all.iter().filter(|own| **own != UNSANDBOXED).count();
    if all.is_empty() {
        absent("no command was run")
    } else {
        share(
            held,
            all.len(),
            "commands and test runs were held by a sandbox",
        )
    }
}

pub(super) fn calls(basis: &Basis<'_>) -> Found {
    let story = basis.story;
    let missing = story.unread.iter().filter(|own| own.kind == Kind::Decision);
    let missing = missing.count();
    let there = story.decisions.len();
    if there + missing == 0 {
        absent("no AI call is recorded")
    } else {
        share(
            there,
            there + missing,
            "AI calls can be read, with what each added to what the model saw",
        )
    }
}

pub(super) fn models(basis: &Basis<'_>) -> Found {
    let calls = &basis.story.decisions;
    if calls.is_empty() {
        return absent("no AI call is recorded");
    }
    let played = calls.iter().filter(|own| scripted(&own.body)).count();
    let named = calls
        .iter()
        .filter(|own| own.body.model_served.is_some())
        .count();
    let told = format!(
        "{named} of {} answers name their model, as the peer says",
        calls.len()
    );
    if played > 0 {
        partly(format!("{told}; a script played {played} of them"))
    } else {
        share(
            named,
            calls.len(),
            "answers name their model, as the peer says",
        )
    }
}

pub(super) fn rationale(basis: &Basis<'_>) -> Found {
    let all = basis.story.conclusions.len();
    if all == 0 {
        absent("no decision was recorded with its reason")
    } else {
        present(format!("{} with reasons", count(all, "recorded decision")))
    }
}

pub(super) fn task(basis: &Basis<'_>) -> Found {
    match basis.story.spec() {
        None => absent("no task was sealed"),
        Some(own) if own.body.criteria.is_empty() => partly("the task has no criteria"),
        Some(own) => present(format!(
            "revision {} with {}, as {}",
            own.body.revision,
            count(own.body.criteria.len(), "criterion"),
            own.digest.short()
        )),
    }
}

pub(super) fn amendments(basis: &Basis<'_>) -> Found {
    let specs = &basis.story.specs;
    let later = specs.iter().skip(1);
    let amendments = later.clone().count();
    let bound = later.filter(|own| own.body.revision > 1).count();
    let drift = findings(basis, &[FindingKind::Drift]);
    if specs.is_empty() {
        absent("no task was sealed")
    } else if drift > 0 || basis.story.state.drift.is_some() {
        partly("the item's text is no longer the sealed task, and nobody bound the change")
    } else if amendments == 0 {
        present("the task was not amended")
    } else {
        share(
            bound,
            amendments,
            "amendments are somebody's word, with a revision of their own",
        )
    }
}

pub(super) fn changes(basis: &Basis<'_>) -> Found {
    let story = basis.story;
    let commits = &story.commits;
    if commits.is_empty() {
        return absent("nothing was committed");
    }
    let traced = commits.iter().filter(|own| patchset(story, own).is_some());
    share(
        traced.count(),
        commits.len(),
        "commits lead to their patchset",
    )
}

pub(super) fn delivered(basis: &Basis<'_>) -> Found {
    let story = basis.story;
    let Some(receipt) = story.deliveries.last() else {
        return absent("nothing was delivered");
    };
    let approved = story.gates.iter().rev().any(|gate| {
        gate.request.body.gate.as_str() == GateName::PR_CREATE
            && gate.request.run == receipt.run
            && story.standing(gate) == GateStanding::Approved
            && gate.request.body.covers.tree.as_ref() == Some(&receipt.body.tree)
    });
    let broken = findings(basis, &[FindingKind::Approval, FindingKind::Ungated]);
    let tree = short(receipt.body.tree.as_str(), 60);
    if !approved {
        absent(format!(
            "tree {tree} was delivered, and no approval covers it"
        ))
    } else if broken > 0 {
        partly(format!(
            "tree {tree} was delivered; {} of approvals",
            count(broken, "finding")
        ))
    } else {
        present(format!("tree {tree}, as approved"))
    }
}

pub(super) fn tests(basis: &Basis<'_>) -> Found {
    let Some(last) = basis.story.tests.last() else {
        return absent("no tests were run");
    };
    let runs = count(basis.story.tests.len(), "test run");
    if last.body.is_green() {
        present(format!("{runs}, the last without a failure"))
    } else {
        partly(format!("{runs}, the last not green"))
    }
}

pub(super) fn tested(basis: &Basis<'_>) -> Found {
    let there = basis
        .coverage
        .iter()
        .filter(|own| !own.tests.is_empty())
        .count();
    share(
        there,
        basis.coverage.len(),
        "criteria have an annotated test",
    )
}

pub(super) fn proven(basis: &Basis<'_>) -> Found {
    let coverage = &basis.coverage;
    let proven = coverage
        .iter()
        .filter(|own| own.standing == Standing::Proven);
    let (standing, reason) = share(
        proven.count(),
        coverage.len(),
        "criteria are proven by a test that can fail",
    );
    let tally = &basis.tally;
    let apart = tally.amended.len() + tally.removed.len() + tally.waived.len();
    if apart > 0 {
        (
            standing,
            format!("{reason}; amended, removed and waived ones are named apart"),
        )
    } else {
        (standing, reason)
    }
}
