//! Humans: their orders, answers to them, and what was found wrong in the tracker.

use trail_record::CommentId;

use super::{Actor, Effect, Illegal, illegal, only};
use crate::event::Order;
use crate::state::{FindingState, Stage, State};

pub(super) fn obeyed(
    state: &mut State,
    actor: &Actor,
    order: Order,
    comment: &CommentId,
) -> Result<Vec<Effect>, Illegal> {
    answered(state, actor, comment)?;
    if matches!(state.stage, Stage::Delivered { .. } | Stage::Cancelled) {
        return illegal("the run has ended");
    }
    match order {
        Order::Hold if state.held => illegal("the item is held already"),
        Order::Hold => {
            state.held = true;
            Ok(Vec::new())
        }
        Order::Resume if !state.held => illegal("the item is not held"),
        Order::Resume => {
            state.held = false;
            Ok(Vec::new())
        }
        Order::Retry => {
            let Stage::Stuck { back } = &state.stage else {
                return illegal("nothing is stuck");
            };
            state.stage = (**back).clone();
            state.failures = 0;
            Ok(Vec::new())
        }
        Order::Cancel => {
            state.stage = Stage::Cancelled;
            state.gate = None;
            state.label_gate = None;
            state.lease = None;
            Ok(vec![Effect::CleanUp])
        }
    }
}

pub(super) fn answered(
    state: &mut State,
    actor: &Actor,
    comment: &CommentId,
) -> Result<Vec<Effect>, Illegal> {
    only(actor, state.desk(), "an answer to a human")?;
    if state.answered.insert(comment.clone()) {
        Ok(Vec::new())
    } else {
        illegal("this comment was answered already")
    }
}

pub(super) fn found(
    state: &mut State,
    kind: &str,
    id: &str,
    code: &str,
) -> Result<Vec<Effect>, Illegal> {
    if state.findings.contains_key(id) {
        return illegal("this finding is sealed already");
    }
    let finding = FindingState {
        kind: kind.to_owned(),
        code: code.to_owned(),
        disposed: false,
    };
    state.findings.insert(id.to_owned(), finding);
    Ok(Vec::new())
}

pub(super) fn disposed(
    state: &mut State,
    actor: &Actor,
    id: &str,
    comment: &CommentId,
) -> Result<Vec<Effect>, Illegal> {
    match state.findings.get_mut(id) {
        Some(finding) if !finding.disposed => finding.disposed = true,
        Some(_) => return illegal("this finding was cleared already"),
        None => return illegal("there is no such finding"),
    }
    answered(state, actor, comment)
}
