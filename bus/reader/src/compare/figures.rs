//! A run in figures.

use std::collections::BTreeMap;

use trail_record::body::{Decision, Effect, GateDecision, PatchPurpose, TestResult};
use trail_record::{Digest, Record};

use super::{
    Carried, Changes, Choice, Chosen, Decided, FileTold, GateTold, Rated, Reused, RunTold, Side,
    Time, Told,
};
use crate::story::{Fact, Story, Tests};

/// Tells one of several runs; `stories` are the runs' own.
pub(super) fn told(sides: &[Side<'_>], stories: &[Story], index: usize) -> RunTold {
    let (side, story) = (&sides[index], &stories[index]);
    let original = original(sides, side).map(|place| &stories[place]);
    let decisions = || story.decisions.iter().map(|own| &own.body);
    let coverage = story.coverage();
    let costs = || decisions().filter_map(|own| own.cost_micros);
    let reused = original.map(|original| reused(story, original));
    let rated = |own: Option<&Fact<TestResult>>| own.map(|own| Rated::of(Tests::of(&own.body)));
    RunTold {
        item: story.key.clone(),
        run: side.run.clone(),
        chain: story.judgement.word(),
        verified: story.judgement.findings.is_empty(),
        findings: story.judgement.findings.len() as u64,
        unread: story.unread.len() as u64,
        scripted: story.is_scripted(),
        simulated: story.is_simulated(),
        replay_of: side.replay.clone(),
        original_compared: side.replay.as_ref().map(|_| original.is_some()),
        delivered: !story.deliveries.is_empty(),
        models: distinct(decisions().filter_map(|own| own.model_served.as_deref())),
        endpoints: distinct(decisions().map(|own| own.endpoint.as_str())),
        calls: story.decisions.len() as u64,
        tokens: Told::of(decisions()),
        cost_micros: costs().next().map(|_| costs().sum()),
        unpriced_calls: decisions().filter(|own| own.cost_micros.is_none()).count() as u64,
        time: time(story, reused.is_some_and(|own| own.answers > 0)),
        fix_cycles: story
            .patchsets
            .iter()
            .filter(|own| own.body.purpose == PatchPurpose::Fix)
            .count() as u64,
        first_tests: rated(story.tests.first()),
        last_tests: rated(story.tests.last()),
        test_runs: story.tests.len() as u64,
        criteria: coverage.len() as u64,
        criteria_with_passing_tests: coverage.iter().filter(|own| own.standing.passes()).count()
            as u64,
        changes: changes(story),
        gates: gates(side, story, original),
        refusals: decisions()
            .flat_map(|own| &own.asks)
            .filter(|ask| !ask.verdict.allowed)
            .count() as u64,
        reused,
    }
}

/// Returns the place of a replay's original among the compared runs: the run it names, in a chain that
/// holds the head it names.
fn original(sides: &[Side<'_>], side: &Side<'_>) -> Option<usize> {
    let of = side.replay.as_ref()?;
    sides.iter().position(|other| {
        let held = |head| other.story.entries.iter().any(|step| step.digest == head);
        other.run == of.run && held(of.head)
    })
}

fn distinct<'t>(texts: impl Iterator<Item = &'t str>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for text in texts {
        if !found.iter().any(|own| own == text) {
            found.push(text.to_owned());
        }
    }
    found
}

fn time(story: &Story, from_record: bool) -> Time {
    let wall = match (story.entries.first(), story.entries.last()) {
        (Some(first), Some(last)) => last.at.since(first.at),
        (None, _) | (_, None) => std::time::Duration::ZERO,
    };
    let wall_ms = u64::try_from(wall.as_millis()).unwrap_or(u64::MAX);
    let sum = |own: u64, more: u64| own.saturating_add(more);
    let model_ms = story
        .decisions
        .iter()
        .map(|own| own.body.took_ms)
        .fold(0, sum);
    let gates_ms = story
        .gates
        .iter()
        .filter_map(crate::story::Gate::waited_ms)
        .fold(0, sum);
    let effects = story.decisions.iter().flat_map(|own| &own.body.asks);
    let commands_ms = effects
        .flat_map(|ask| &ask.effects)
        .filter_map(|effect| match effect {
            Effect::Ran { took_ms, .. } => Some(*took_ms),
            Effect::Read { .. }
            | Effect::Listed { .. }
            | Effect::Searched { .. }
            | Effect::Staged { .. }
            | Effect::Concluded { .. } => None,
        })
        .fold(0, sum);
    let others = model_ms
        .saturating_add(gates_ms)
        .saturating_add(commands_ms);
    Time {
        wall_ms,
        model_ms,
        gates_ms,
        commands_ms,
        own_ms: wall_ms.checked_sub(others).filter(|_| !from_record),
    }
}

fn changes(story: &Story) -> Changes {
    // What stood there before the first patchset, and what stands there after the last.
    let mut files: BTreeMap<&str, (bool, Option<&str>)> = BTreeMap::new();
    for change in story.patchsets.iter().flat_map(|own| &own.body.files) {
        let own = files
            .entry(&change.path)
            .or_insert((change.before.is_some(), None));
        own.1 = change.after.as_deref();
    }
    let mut changes = Changes {
        added: 0,
        changed: 0,
        deleted: 0,
        lines_in_new_files: 0,
        lines_in_changed_files: 0,
        files: Vec::with_capacity(files.len()),
    };
    for (path, (before, after)) in files {
        let lines = after.map(|text| text.lines().count() as u64);
        let what = match (before, lines) {
            (false, None) => continue,
            (false, Some(lines)) => {
                changes.added += 1;
                changes.lines_in_new_files += lines;
                "added"
            }
            (true, Some(lines)) => {
                changes.changed += 1;
                changes.lines_in_changed_files += lines;
                "changed"
            }
            (true, None) => {
                changes.deleted += 1;
                "deleted"
            }
        };
        changes.files.push(FileTold {
            path: path.to_owned(),
            what,
            lines,
        });
    }
    changes
}

fn gates(side: &Side<'_>, story: &Story, original: Option<&Story>) -> Vec<GateTold> {
    story
        .gates
        .iter()
        .map(|gate| GateTold {
            gate: gate.request.body.gate.to_string(),
            standing: story.standing(gate).as_str(),
            subject: gate.request.body.subject,
            waited_ms: gate.waited_ms(),
            decisions: gate
                .decisions
                .iter()
                .map(|own| Decided {
                    name: own.body.name.clone(),
                    outcome: own.body.outcome,
                    why: own.body.why.clone(),
                    at: own.at,
                    simulated: own.body.simulated,
                    delegated: own.body.delegated,
                    carried: side
                        .replay
                        .as_ref()
                        .and_then(|_| carried(&own.body, gate.request.body.subject, original)),
                })
                .collect(),
        })
        .collect()
}

/// Reads where a replay's gate decision comes from: its reason ends with the digests, as the replay
/// wrote them.
fn carried(
    decision: &GateDecision,
    subject: Digest<Record>,
    original: Option<&Story>,
) -> Option<Carried> {
    let why = decision.why.as_deref()?;
    let (_, from) = why.rsplit_once("carried over from decision ")?;
    let (digest, rest) = from.split_once(" on ")?;
    let (original_subject, here) = rest.split_once("; here it stands for ")?;
    let own: Digest<Record> = digest.trim().parse().ok()?;
    let original_subject: Digest<Record> = original_subject.trim().parse().ok()?;
    let here: Digest<Record> = here.trim().parse().ok()?;
    if here != subject {
        return None;
    }
    let confirmed = original.map(|story| {
        story.gates.iter().any(|gate| {
            gate.request.body.subject == original_subject
                && gate
                    .decisions
                    .iter()
                    .any(|other| other.digest == own && other.body.outcome == decision.outcome)
        })
    });
    Some(Carried {
        decision: own,
        original_subject,
        subject,
        same_subject: original_subject == subject,
        confirmed,
    })
}

fn reused(story: &Story, original: &Story) -> Reused {
    let known = |own: &Decision| {
        let mut all = original.decisions.iter().map(|other| &other.body);
        all.any(|other| other.context == own.context && other.at == own.at)
    };
    let tested = |own: &TestResult| {
        let mut all = original.tests.iter().map(|other| &other.body);
        all.any(|other| {
            other.tree == own.tree
                && other.command == own.command
                && other.environment == own.environment
                && other.output_digest == own.output_digest
        })
    };
    Reused {
        answers: story
            .decisions
            .iter()
            .filter(|own| known(&own.body))
            .count() as u64,
        test_results: story.tests.iter().filter(|own| tested(&own.body)).count() as u64,
    }
}

/// Tells what the runs concluded, by name, in the order in which the first to have it did.
pub(super) fn choices(stories: &[Story]) -> Vec<Choice> {
    let conclusions = stories.iter().flat_map(|story| &story.conclusions);
    let names = distinct(conclusions.map(|own| own.body.name.as_str()));
    names
        .into_iter()
        .map(|name| {
            let runs: Vec<Option<Chosen>> =
                stories.iter().map(|story| chosen(story, &name)).collect();
            let mut told = runs.iter().flatten().map(|own| &own.choice);
            let first = told.next();
            Choice {
                differs: told.any(|own| Some(own) != first),
                name,
                runs,
            }
        })
        .collect()
}

/// Returns the newest conclusion of a name.
fn chosen(story: &Story, name: &str) -> Option<Chosen> {
    let mut all = story.conclusions.iter().rev();
    let own = all.find(|own| own.body.name == name)?;
    let call = story
        .decisions
        .iter()
        .filter(|call| own.inputs.contains(&call.digest))
        .map(|call| call.body.call)
        .max();
    Some(Chosen {
        choice: own.body.choice.clone(),
        statement: own.body.statement.clone(),
        alternatives: own.body.alternatives.clone(),
        rationale: own.body.rationale.clone(),
        digest: own.digest,
        call,
    })
}
