//! Makes the parts of a report from a story.

use std::collections::HashMap;

use trail_record::body::{Authority, ReportedResult, TestOutcome, TestResult};
use trail_record::{Digest, Record};

use super::brief::{about, short};
use super::told::{
    Approval, AskTold, Call, ChangeTold, ConclusionTold, GateTold, PullRequestTold, Refusal,
    ReportedCriterion, ReportedTold, Revision, ScopeTold, Task, TestRun,
};
use crate::audit::Audit;
use crate::reconcile::patchset;
use crate::revisions::CriterionChanges;
use crate::story::{Fact, Story, Tests};

pub(super) fn task(story: &Story) -> Option<Task> {
    let fact = story.spec()?;
    let spec = &fact.body;
    Some(Task {
        spec: fact.digest,
        revision: spec.revision,
        sealed: fact.at,
        author: spec.author.clone(),
        author_name: story.name_of(&spec.author),
        authority: spec.authority.clone(),
        authority_name: story.name_of(word_of(&spec.authority)),
        risk: spec.risk,
        scope: spec.scope.clone(),
        criteria: spec.criteria.clone(),
        depends_on: spec.depends_on.clone(),
        text: spec.body.clone(),
    })
}

/// Returns whose word a task is.
const fn word_of(authority: &Authority) -> &trail_record::UserId {
    match authority {
        Authority::Author { user } | Authority::Command { user, .. } => user,
    }
}

pub(super) fn revisions(story: &Story) -> Vec<Revision> {
    let told = story.specs.iter().map(|fact| {
        let spec = &fact.body;
        let criteria = spec.criteria.iter();
        Revision {
            spec: fact.digest,
            revision: spec.revision,
            sealed: fact.at,
            authority: spec.authority.clone(),
            authority_name: story.name_of(word_of(&spec.authority)),
            criteria: criteria
                .map(|own| format!("{}@{}", own.id, own.revision))
                .collect(),
        }
    });
    told.collect()
}

pub(super) fn gates(story: &Story) -> Vec<GateTold> {
    let told = story.gates.iter().map(|gate| {
        let request = &gate.request.body;
        let decisions = gate.decisions.iter().map(|own| Approval {
            digest: own.digest,
            outcome: own.body.outcome,
            approver: own.body.approver.clone(),
            name: own.body.name.clone(),
            why: own.body.why.clone(),
            comment: own.body.comment.as_ref().map(|seen| seen.id.clone()),
            said: own.body.comment.as_ref().map(|seen| seen.created),
            sealed: own.at,
            attested_by: own.body.attested_by,
            delegated: own.body.delegated,
            simulated: own.body.simulated,
            rules: own.body.verdict.rules.clone(),
        });
        GateTold {
            gate: request.gate.to_string(),
            request: gate.request.digest,
            code: gate.code.clone(),
            subject: request.subject,
            tree: request.covers.tree.clone(),
            requested_by: request.requested_by,
            performed_by: request.performed_by,
            asked: gate.request.at,
            needed: request.approvals,
            standing: story.standing(gate),
            waited_ms: gate.waited_ms(),
            decisions: decisions.collect(),
        }
    });
    told.collect()
}

pub(super) fn conclusions(story: &Story) -> Vec<ConclusionTold> {
    let decisions = story.decisions.iter();
    let calls: HashMap<Digest<Record>, u32> =
        decisions.map(|own| (own.digest, own.body.call)).collect();
    let told = story.conclusions.iter().map(|own| {
        let from = |digest: &Digest<Record>| calls.get(digest).copied();
        ConclusionTold {
            digest: own.digest,
            call: own.inputs.iter().find_map(from),
            persona: own.persona,
            at: own.at,
            conclusion: own.body.clone(),
        }
    });
    told.collect()
}

pub(super) fn test_run(own: &Fact<TestResult>) -> TestRun {
    let body = &own.body;
    let failed = body
        .cases
        .iter()
        .filter(|case| case.outcome != TestOutcome::Passed);
    TestRun {
        digest: own.digest,
        title: own.title.clone(),
        at: own.at,
        tree: body.tree.clone(),
        command: body.command.clone(),
        sandbox: body.sandbox.clone(),
        tests: Tests::of(body),
        not_passed: failed.cloned().collect(),
    }
}

pub(super) fn pull_request(story: &Story) -> Option<PullRequestTold> {
    let own = story.pull_requests.last()?;
    Some(PullRequestTold {
        digest: own.digest,
        title: own.body.title.clone(),
        branch: own.body.branch.clone(),
        base: own.body.base.clone(),
        head: own.body.head.clone(),
        tree: own.body.tree.clone(),
        body: own.body.body.clone(),
    })
}

pub(super) fn refusals(story: &Story) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    for decision in &story.decisions {
        for ask in decision.body.asks.iter().filter(|ask| !ask.verdict.allowed) {
            refusals.push(Refusal {
                call: decision.body.call,
                persona: decision.persona,
                tool: ask.tool.clone(),
                arguments: short(&ask.arguments.to_string(), 200),
                rules: ask.verdict.rules.clone(),
                reason: ask.verdict.reason.clone(),
            });
        }
    }
    refusals
}

pub(super) fn calls(story: &Story) -> Vec<Call> {
    let told = story.decisions.iter().map(|own| {
        let body = &own.body;
        let asks = body.asks.iter().map(|ask| AskTold {
            tool: ask.tool.clone(),
            about: about(&ask.arguments),
            allowed: ask.verdict.allowed,
            error: ask.error,
        });
        Call {
            call: body.call,
            digest: own.digest,
            run: own.run.clone(),
            persona: body.persona,
            action: body.action.clone(),
            model_requested: body.model_requested.clone(),
            model_served: body.model_served.clone(),
            at: body.at,
            took_ms: body.took_ms,
            input_tokens: body.usage.input,
            output_tokens: body.usage.output,
            cost_micros: body.cost_micros,
            text: short(&body.text, 160),
            asks: asks.collect(),
        }
    });
    told.collect()
}

/// Tells results from elsewhere, with what they say of the criteria in force.
pub(super) fn reported(story: &Story, own: &Fact<ReportedResult>) -> ReportedTold {
    let body = &own.body;
    let criteria = story.spec().into_iter().flat_map(|spec| {
        spec.body.criteria.iter().filter_map(|criterion| {
            let cases = body.cases.iter().filter(|case| {
                let mut claims = case.validates.iter();
                claims.any(|own| own.work_item == story.key && own.criterion == criterion.id)
            });
            let tests = Tests::of_cases(cases);
            (tests.all() > 0).then(|| ReportedCriterion {
                criterion: criterion.id.clone(),
                tests,
            })
        })
    });
    ReportedTold {
        digest: own.digest,
        at: own.at,
        source: body.source.clone(),
        format: body.format.clone(),
        bytes: body.bytes,
        commit: body.commit.clone(),
        reported_by: body.reported_by.clone(),
        performed: false,
        tests: Tests::of_cases(&body.cases),
        criteria: criteria.collect(),
    }
}

pub(super) fn changes(story: &Story) -> Vec<ChangeTold> {
    let told = story.commits.iter().filter_map(|commit| {
        let own = patchset(story, commit)?;
        Some(ChangeTold {
            commit: commit.body.commit.clone(),
            record: commit.digest,
            patchset: own.digest,
            purpose: own.body.purpose,
            summary: own.body.summary.clone(),
            files: own
                .body
                .files
                .iter()
                .map(|file| file.path.clone())
                .collect(),
        })
    });
    told.collect()
}

pub(super) fn scope(audit: &Audit) -> ScopeTold {
    ScopeTold {
        violations: audit.violations.clone(),
        refused: audit.refusals.len() as u64,
        totals: audit.totals.clone(),
        unread: audit.unread,
    }
}

/// Keeps the criteria of which there is more to tell than that they were agreed at intake.
pub(super) fn criteria_changes(story: &Story, all: &[CriterionChanges]) -> Vec<CriterionChanges> {
    let first = story.specs.first().map(|own| own.digest);
    let told = all.iter().filter(|own| {
        let brought = own.revisions.first().map(|own| own.spec) != first;
        brought || own.is_amended() || own.removed.is_some() || !own.waived.is_empty()
    });
    told.cloned().collect()
}
