//! Gates: asked and decided.

use trail_record::body::{GateName, GateOutcome};
use trail_record::{CommentId, Digest, Moment, Persona, Record, UserId, code};

use super::{Actor, Effect, Illegal, illegal, only, reverting};
use crate::action::Action;
use crate::event::Event;
use crate::state::{Approval, ContractState, Gate, Stage, State};

pub(super) fn asked(
    state: &mut State,
    actor: &Actor,
    event: &Event,
    at: Moment,
) -> Result<Vec<Effect>, Illegal> {
    let Event::GateAsked {
        gate: name,
        request,
        code: shown,
        requested_by,
        performed_by,
        approvals,
        contract,
    } = event
    else {
        return illegal("not a gate request");
    };
    only(actor, *requested_by, "this gate request")?;
    if *shown != code::of(request.as_bytes()) {
        return illegal("the code is not the one of the request");
    }
    if state.lease.as_ref().is_some_and(|lease| lease.until > at) {
        return illegal("a gate is asked for between actions");
    }
    // Who let a lease lapse must not go on behind a gate that was put up since.
    state.lease = None;
    if state.waiting().is_some() {
        return illegal("another gate waits already");
    }
    let next = state.next_action();
    if next.map(Action::persona) != Some(*performed_by) {
        return illegal("the persona that would act on it is not the one that is next");
    }
    let own = is_of_the_work(name);
    if !fits(state, name, *requested_by, contract.is_some()) || (own && state.gate.is_some()) {
        return illegal(format!("gate {name} is not asked for here"));
    }
    let gate = Some(Gate {
        name: name.clone(),
        request: *request,
        entry: None,
        code: shown.clone(),
        requested_by: *requested_by,
        performed_by: *performed_by,
        needed: (*approvals).max(1),
        approvals: Vec::new(),
        contract: contract.clone(),
    });
    if own {
        state.gate = gate;
    } else {
        state.label_gate = gate;
    }
    Ok(Vec::new())
}

/// Tells whether a gate stands here, and this persona is the one to ask for it.
///
/// Whoever made what would take effect asks for the gates of the work; who would act next asks for
/// those of labels and rules. Only `file_write` grants a contract.
fn fits(state: &State, name: &GateName, by: Persona, contract: bool) -> bool {
    let performer = state.next_action().map(Action::persona) == Some(by);
    match name.as_str() {
        GateName::FILE_WRITE => match state.stage {
            Stage::Proposed { of, .. } => by == of.persona(),
            _ => false,
        },
        GateName::PR_CREATE => {
            matches!(state.stage, Stage::Green { .. }) && by == Persona::Tester && !contract
        }
        other => {
            let place = match other {
                GateName::PLAN => state.stage == Stage::Planned,
                GateName::EXEC => state.stage == Stage::Testable,
                _ => true,
            };
            place && performer && !contract && !state.passed.contains(name)
        }
    }
}

/// A decision as its event tells it.
pub(super) struct Decided<'e> {
    pub(super) gate: &'e GateName,
    pub(super) request: Digest<Record>,
    pub(super) outcome: GateOutcome,
    pub(super) decision: Digest<Record>,
    pub(super) approver: &'e UserId,
    pub(super) comment: Option<&'e CommentId>,
}

pub(super) fn decided(
    state: &mut State,
    actor: &Actor,
    decided: &Decided<'_>,
) -> Result<Vec<Effect>, Illegal> {
    let Decided {
        gate: name,
        request,
        outcome,
        decision,
        approver,
        comment,
    } = *decided;
    if state.is_closed() || state.drift.is_some() {
        return illegal("the gates are closed until a human clears the findings");
    }
    let waiting = match &mut state.label_gate {
        Some(gate) => Some(gate),
        None => state.gate.as_mut().filter(|gate| !gate.is_open()),
    };
    let Some(gate) = waiting else {
        return illegal("no gate waits");
    };
    if gate.name != *name || gate.request != request {
        return illegal("the gate that waits is another one");
    }
    if let Some(comment) = comment {
        only(actor, gate.attestor(), "this gate decision")?;
        if !state.answered.insert(comment.clone()) {
            return illegal("this comment was used already");
        }
    } else {
        only(actor, Persona::Reviewer, "a decision by delegation")?;
        if Persona::Reviewer == gate.requested_by || Persona::Reviewer == gate.performed_by {
            return illegal("the reviewer cannot decide for itself");
        }
        if outcome != GateOutcome::Approved || gate.needed > 1 {
            return illegal("a delegate can approve where one approval is enough, and no more");
        }
    }
    match outcome {
        GateOutcome::Approved => {
            if gate.approvals.iter().any(|own| own.approver == *approver) {
                return illegal("this approver has approved already; another one must");
            }
            gate.approvals.push(Approval {
                decision,
                approver: approver.clone(),
                comment: comment.cloned(),
            });
            if gate.is_open() {
                passed(state, name, decision);
            }
        }
        GateOutcome::Rejected => {
            // What was computed is computed the same again: a rejection ends the attempt.
            let ends = is_of_the_work(name) || name.as_str() == GateName::PLAN;
            match ends.then(|| reverting::given_up(state)).flatten() {
                Some(effects) => return Ok(effects),
                None => rejected(state, name),
            }
        }
    }
    Ok(Vec::new())
}

/// Tells whether a gate belongs to the work itself; all others come from labels and rules.
pub(super) fn is_of_the_work(name: &GateName) -> bool {
    matches!(name.as_str(), GateName::FILE_WRITE | GateName::PR_CREATE)
}

/// Grants what an open gate grants. The gates of the work itself stay until they are used.
fn passed(state: &mut State, name: &GateName, decision: Digest<Record>) {
    if !is_of_the_work(name) {
        state.passed.insert(name.clone());
        state.wanted.remove(name);
        state.unlabelled.remove(name);
        state.label_gate = None;
    } else if let Some(contract) = state.gate.as_ref().and_then(|gate| gate.contract.clone()) {
        state.contract = Some(ContractState {
            contract,
            decision,
            patchsets: 0,
            bytes: 0,
        });
    }
}

/// Returns the item to where the next attempt starts; the reason is that attempt's input.
fn rejected(state: &mut State, name: &GateName) {
    if is_of_the_work(name) {
        state.gate = None;
        state.stage = match &state.stage {
            Stage::Proposed { of, .. } => before(*of),
            _ => {
                state.rewrites = 0;
                Stage::Red
            }
        };
    } else {
        state.label_gate = None;
        if name.as_str() == GateName::PLAN {
            state.stage = Stage::Ready;
        } else {
            // A human's own gate: nothing goes on until they say so.
            state.held = true;
        }
    }
}

/// Returns the stage in which an action that makes patchsets is due.
const fn before(action: Action) -> Stage {
    match action {
        Action::Implement => Stage::Planned,
        Action::WriteTests => Stage::Written,
        Action::Plan | Action::Apply | Action::RunTests | Action::Fix | Action::Deliver => {
            Stage::Red
        }
    }
}

/// Takes the approval back that was given in a comment which is no longer what it was: the item
/// returns to where the gate is asked for anew.
pub(super) fn taken_back(state: &mut State, comment: &CommentId) {
    let rests_on = |gate: &Gate| {
        let given = |own: &Approval| own.comment.as_ref() == Some(comment);
        gate.approvals.iter().any(given)
    };
    if state.label_gate.as_ref().is_some_and(rests_on) {
        state.label_gate = None;
    }
    if !state.gate.as_ref().is_some_and(rests_on) {
        return;
    }
    state.gate = None;
    state.lease = None;
    let stage = match &mut state.stage {
        Stage::Stuck { back } => back.as_mut(),
        stage => stage,
    };
    match stage {
        Stage::Proposed { of, .. } => *stage = before(*of),
        Stage::Green { .. } => *stage = Stage::Testable,
        _ => {}
    }
}

#[cfg(test)]
mod tests;
