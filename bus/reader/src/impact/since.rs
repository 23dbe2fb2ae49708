//! What was made since a criterion changed, so that what is older need not be looked at again.

use trail_record::body::GateOutcome;
use trail_record::{Digest, Record};

use super::{Change, Kind, Scope};
use crate::sources::Annotated;
use crate::story::{Coverage, Fact, Standing, Story};

/// Says what took the place of a record; none if nothing did.
pub(super) fn record(
    story: &Story,
    scope: &Scope,
    kind: Kind,
    digest: Digest<Record>,
) -> Option<String> {
    if scope.cause.change != Change::Amended && scope.cause.change != Change::Removed {
        return None;
    }
    let since = |entry: u64| entry >= scope.until;
    match kind {
        Kind::Conclusion => {
            let old = story.conclusions.iter().find(|own| own.digest == digest)?;
            let new = story
                .conclusions
                .iter()
                .rfind(|own| since(own.entry) && own.body.name == old.body.name)?;
            Some(format!("concluded again: {}", new.digest.short()))
        }
        Kind::Decision => {
            let old = story.decisions.iter().find(|own| own.digest == digest)?;
            let new = story
                .decisions
                .iter()
                .rfind(|own| since(own.entry) && own.body.action == old.body.action)?;
            Some(format!(
                "{} was done again in entry {}",
                old.body.action, new.entry
            ))
        }
        Kind::Commit => newest(&story.tests, since)
            .filter(|own| own.body.is_green())
            .map(|own| format!("tested again with what came later: {}", own.digest.short())),
        Kind::TestResult => newest(&story.tests, since)
            .map(|own| format!("tests were run again: {}", own.digest.short())),
        Kind::Proof => {
            let old = story.proofs.iter().find(|own| own.digest == digest)?;
            let new = story
                .proofs
                .iter()
                .rfind(|own| since(own.entry) && own.body.test == old.body.test)?;
            Some(format!("tried again: {}", new.digest.short()))
        }
        Kind::Approval => {
            let gate = story
                .gates
                .iter()
                .find(|gate| gate.decisions.iter().any(|own| own.digest == digest))?;
            let name = &gate.request.body.gate;
            let again = story
                .gates
                .iter()
                .filter(|own| own.request.body.gate == *name && since(own.request.entry))
                .flat_map(|own| &own.decisions)
                .rfind(|own| own.body.outcome == GateOutcome::Approved)?;
            Some(format!(
                "approved again by {}: {}",
                again.body.name,
                again.digest.short()
            ))
        }
        Kind::PullRequest => newest(&story.pull_requests, since)
            .map(|own| format!("rendered again: {}", own.digest.short())),
        Kind::Review => newest(&story.reviews, since)
            .filter(|own| own.body.confirmed)
            .map(|own| format!("looked at again: {}", own.digest.short())),
        Kind::Delivery => newest(&story.deliveries, since)
            .map(|own| format!("delivered again: {}", own.digest.short())),
        Kind::Code | Kind::Document | Kind::Test | Kind::Item => None,
    }
}

fn newest<B>(facts: &[Fact<B>], since: impl Fn(u64) -> bool) -> Option<&Fact<B>> {
    facts.last().filter(|own| since(own.entry))
}

/// Says what shows that something annotated holds for the criterion as it is now; none if nothing
/// does.
pub(super) fn source(story: &Story, scope: &Scope, kind: Kind, own: &Annotated) -> Option<String> {
    if scope.cause.change != Change::Amended {
        return None;
    }
    let criterion = scope.cause.criterion.as_ref()?;
    let coverage = story
        .coverage()
        .into_iter()
        .find(|covered| covered.criterion == *criterion)?;
    match kind {
        Kind::Test => proven_by(story, &coverage, own).map(|record| {
            format!(
                "it proves revision {}: {}",
                coverage.revision,
                record.short()
            )
        }),
        Kind::Code if coverage.standing == Standing::Proven => {
            Some(format!("revision {} is proven", coverage.revision))
        }
        Kind::Document => {
            let changed = story
                .patchsets
                .iter()
                .rfind(|patchset| {
                    patchset.entry >= scope.until
                        && patchset.body.files.iter().any(|file| file.path == own.path)
                })
                .filter(|patchset| committed(story, patchset.digest))?;
            Some(format!("changed since by {}", changed.digest.short()))
        }
        _ => None,
    }
}

fn committed(story: &Story, patchset: Digest<Record>) -> bool {
    story
        .commits
        .iter()
        .any(|own| own.inputs.contains(&patchset))
}

/// Returns the proof by which the annotated test proves the criterion in its newest revision.
fn proven_by(story: &Story, coverage: &Coverage, own: &Annotated) -> Option<Digest<Record>> {
    let target = own.annotation.target.as_ref()?;
    coverage.tests.iter().find_map(|claim| {
        let shown = claim.proof.as_ref().filter(|shown| shown.proves)?;
        let proof = story.proofs.iter().find(|own| own.digest == shown.record)?;
        let here = proof
            .body
            .place
            .as_ref()
            .is_some_and(|place| place.path == own.path)
            && claim.name.ends_with(&target.name);
        here.then_some(shown.record)
    })
}
