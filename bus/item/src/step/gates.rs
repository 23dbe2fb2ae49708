//! Gates: asked and decided.

use trail_record::body::{GateName, GateOutcome};
use trail_record::{CommentId, Digest, Persona, Record};

use super::{Actor, Effect, Illegal, illegal, only};
use crate::action::Action;
use crate::event::Event;
use crate::state::{ContractState, Gate, Stage, State};

pub(super) fn asked(
    state: &mut State,
    actor: &Actor,
    event: &Event,
) -> Result<Vec<Effect>, Illegal> {
    let Event::GateAsked {
        gate: name,
        request,
        code,
        requested_by,
        performed_by,
        approvals,
        contract,
    } = event
    else {
        return illegal("not a gate request");
    };
    only(actor, *requested_by, "this gate request")?;
    if state.lease.is_some() {
        return illegal("a gate is asked for between actions");
    }
    if state.waiting().is_some() {
        return illegal("another gate waits already");
    }
    let next = state.next_action();
    if next.map(Action::persona) != Some(*performed_by) {
        return illegal("the persona that would act on it is not the one that is next");
    }
    let own = is_of_the_work(name);
    let fits = match name.as_str() {
        GateName::FILE_WRITE => matches!(state.stage, Stage::Proposed { .. }),
        GateName::PR_CREATE => matches!(state.stage, Stage::Green { .. }),
        _ => contract.is_none() && !state.passed.contains(name),
    };
    if !fits || (own && state.gate.is_some()) {
        return illegal(format!("gate {name} is not asked for here"));
    }
    let gate = Some(Gate {
        name: name.clone(),
        request: *request,
        entry: None,
        code: code.clone(),
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

pub(super) fn decided(
    state: &mut State,
    actor: &Actor,
    name: &GateName,
    request: Digest<Record>,
    outcome: GateOutcome,
    decision: Digest<Record>,
    comment: Option<&CommentId>,
) -> Result<Vec<Effect>, Illegal> {
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
    let attestor = gate.attestor();
    let delegated = comment.is_none();
    let delegate = delegated
        && Persona::Reviewer != gate.requested_by
        && Persona::Reviewer != gate.performed_by
        && actor.persona == Persona::Reviewer;
    if !delegate {
        if delegated {
            return illegal("only the reviewer can decide by delegation, and not for itself");
        }
        only(actor, attestor, "this gate decision")?;
    }
    if let Some(comment) = comment
        && !state.answered.insert(comment.clone())
    {
        return illegal("this comment was used already");
    }
    match outcome {
        GateOutcome::Approved => {
            gate.approvals.push((decision, comment.cloned()));
            if gate.is_open() {
                passed(state, name, decision);
            }
        }
        GateOutcome::Rejected => rejected(state, name),
    }
    Ok(Vec::new())
}

/// Tells whether a gate belongs to the work itself; all others come from labels and rules.
fn is_of_the_work(name: &GateName) -> bool {
    matches!(name.as_str(), GateName::FILE_WRITE | GateName::PR_CREATE)
}

/// Grants what an open gate grants. The gates of the work itself stay until they are used.
fn passed(state: &mut State, name: &GateName, decision: Digest<Record>) {
    if !is_of_the_work(name) {
        state.passed.insert(name.clone());
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
        state.stage = match state.stage {
            Stage::Proposed {
                of: Action::Implement,
                ..
            } => Stage::Planned,
            Stage::Proposed {
                of: Action::WriteTests,
                ..
            } => Stage::Written,
            _ => Stage::Red,
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
