//! Whether a gate request says what its entry says, and a decision fits its request.

use crate::body::{GateDecision, GateOutcome, GateRequest, PullRequest};
use crate::code;
use crate::digest::Digest;
use crate::entry::Entry;
use crate::id::Persona;
use crate::record::Record;
use crate::trust::TrustSet;

/// Judges a request against the entry that seals it; `pull_request` is its subject, if it is one.
pub(super) fn judge_request(
    entry: &Entry,
    request: &GateRequest,
    subject_stands: bool,
    pull_request: Option<&PullRequest>,
) -> Vec<&'static str> {
    let covers = &request.covers;
    let fits = subject_stands
        && entry.spec == Some(covers.spec)
        && entry.policy == covers.policy
        && entry.trust == covers.trust
        && entry.base == covers.base
        && entry.prev == covers.head
        && pull_request.is_none_or(|own| covers.tree.as_ref() == Some(&own.tree));
    let mut problems = Vec::new();
    if !fits {
        problems.push("the request covers something its entry does not show");
    }
    if request.requested_by != entry.persona {
        problems.push("the request is sealed by another persona than the one it says asks");
    }
    problems
}

/// Judges a decision against its request, its approver and who sealed it; `earlier` are the
/// decisions that stand before it.
pub(super) fn judge_decision<'d>(
    trust: &TrustSet,
    entry: &Entry,
    decision: &GateDecision,
    request: &GateRequest,
    earlier: impl Iterator<Item = &'d GateDecision>,
) -> Vec<&'static str> {
    let mut problems = Vec::new();
    let mut claim = |holds: bool, problem: &'static str| {
        if !holds {
            problems.push(problem);
        }
    };
    let named = trust.get(&entry.trust);
    claim(
        decision.gate == request.gate,
        "decision and request name different gates",
    );
    claim(
        decision.code == code_of(&decision.request),
        "the code is not the one of the request",
    );
    claim(
        decision.attested_by == entry.persona,
        "the decision says that another persona attests it than the one that sealed it",
    );
    claim(
        entry.persona != request.requested_by && entry.persona != request.performed_by,
        "the persona that sealed the decision asked for it or performs it",
    );
    claim(
        decision.verdict.allowed,
        "policy did not allow this decision",
    );
    if decision.delegated {
        let reviewer = named.and_then(|trust| trust.persona(Persona::Reviewer));
        claim(
            entry.persona == Persona::Reviewer
                && reviewer.is_some_and(|own| own.account == decision.approver),
            "a delegated decision is not the reviewer's own",
        );
        claim(
            !decision.verdict.rules.is_empty(),
            "a delegated decision names no rule that delegates",
        );
        claim(
            request.approvals <= 1,
            "a delegate decided where several people must",
        );
    } else {
        let approver = named.and_then(|trust| trust.approver(&decision.approver));
        claim(
            approver.is_some(),
            "the approver is not one the trust document lists, or serves a persona",
        );
        claim(
            approver.is_none_or(|approver| approver.simulated == decision.simulated),
            "the decision hides or invents that its approver is played",
        );
        claim(
            decision.comment.as_ref().is_some_and(|seen| {
                seen.author == decision.approver && seen.created == seen.updated
            }),
            "the comment was not the approver's own, or was edited",
        );
    }
    let mut again = earlier.filter(|earlier| {
        earlier.request == decision.request
            && (earlier.approver == decision.approver || earlier.outcome == GateOutcome::Rejected)
    });
    claim(again.next().is_none(), "the request was decided before");
    problems
}

fn code_of(request: &Digest<Record>) -> String {
    code::of(request.as_bytes())
}
