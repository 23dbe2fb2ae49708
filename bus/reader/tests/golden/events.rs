//! The events of the golden history, as the item core writes them.

use serde_json::Value;
use trail_item::action::Action;
use trail_item::event::Event;
use trail_record::body::{GateName, GateOutcome, GateRequest, Spec};
use trail_record::record::Sealable;
use trail_record::{CommentId, Fence, Persona, RunId, UserId, code};

use crate::facts;
use crate::world::{minute, worker};

pub(crate) fn event(event: &Event) -> Value {
    serde_json::to_value(event).expect("an event is JSON")
}

pub(crate) fn claimed(action: Action, fence: u64, by: Persona, until: u64) -> Value {
    event(&Event::Claimed {
        action,
        fence: Fence(fence),
        holder: worker(by),
        until: minute(until),
    })
}

pub(crate) fn taken_up(spec: &Sealable, run: &str) -> Value {
    event(&Event::TakenUp {
        spec: spec.digest(),
        text: spec.record().read::<Spec>().expect("is a spec").text,
        run: RunId::from(run),
        comment: None,
    })
}

pub(crate) fn asked(request: &GateRequest, sealed: &Sealable) -> Value {
    event(&Event::GateAsked {
        gate: request.gate.clone(),
        request: sealed.digest(),
        code: code::of(sealed.digest().as_bytes()),
        requested_by: request.requested_by,
        performed_by: request.performed_by,
        approvals: request.approvals,
        contract: request.contract.clone(),
    })
}

pub(crate) fn tested(fence: u64, result: &Sealable, failed: u32) -> Value {
    event(&Event::Tested {
        fence: Fence(fence),
        result: result.digest(),
        passed: 12 - failed,
        failed,
        green: failed == 0,
    })
}

pub(crate) fn spent(fence: u64, calls: u32) -> Value {
    event(&Event::Spent {
        fence: Fence(fence),
        calls,
        cost_micros: 0,
    })
}

pub(crate) fn committed(fence: u64, patchset: &Sealable, bytes: usize, number: u8) -> Value {
    event(&Event::Committed {
        fence: Fence(fence),
        patchset: patchset.digest(),
        bytes: bytes as u64,
        commit: facts::commit_id(number),
        tree: facts::tree_id(number),
    })
}

pub(crate) fn decided(gate: &str, request: &Sealable, decision: &Sealable) -> Value {
    event(&Event::GateDecided {
        gate: GateName::new(gate),
        request: request.digest(),
        outcome: GateOutcome::Approved,
        decision: decision.digest(),
        approver: UserId::from("u-klara"),
        comment: Some(CommentId::new(format!("h-{gate}"))),
    })
}
