//! The task: taken up, unfit, drifting, amended.

use trail_record::digest::Text;
use trail_record::{CommentId, Digest, Persona, Record, RunId};

use super::{Actor, Effect, Illegal, illegal, only};
use crate::state::{Stage, State, Task};

/// A run may begin where none is going on.
fn may_begin(stage: &Stage) -> bool {
    match stage {
        Stage::Filed | Stage::Unfit { .. } | Stage::AwaitingStart { .. } => true,
        Stage::Ready
        | Stage::Planned
        | Stage::Proposed { .. }
        | Stage::Written
        | Stage::Testable
        | Stage::Red
        | Stage::Green { .. }
        | Stage::Delivered { .. }
        | Stage::Stuck { .. }
        | Stage::Cancelled => false,
    }
}

pub(super) fn taken_up(
    state: &mut State,
    actor: &Actor,
    spec: Digest<Record>,
    text: Digest<Text>,
    run: &RunId,
) -> Result<Vec<Effect>, Illegal> {
    only(actor, Persona::Planner, "intake")?;
    if !may_begin(&state.stage) {
        return illegal("a run has begun already");
    }
    if let Stage::AwaitingStart { text: asked, .. } = &state.stage
        && *asked != text
    {
        return illegal("the text was changed after its start was asked for");
    }
    state.stage = Stage::Ready;
    state.task = Some(Task {
        spec,
        text,
        run: run.clone(),
    });
    state.runs += 1;
    Ok(Vec::new())
}

pub(super) fn start_asked(
    state: &mut State,
    actor: &Actor,
    text: Digest<Text>,
    code: &str,
) -> Result<Vec<Effect>, Illegal> {
    only(actor, Persona::Planner, "intake")?;
    if !may_begin(&state.stage) {
        return illegal("a run has begun already");
    }
    state.stage = Stage::AwaitingStart {
        text,
        code: code.to_owned(),
    };
    Ok(Vec::new())
}

pub(super) fn unfit(
    state: &mut State,
    actor: &Actor,
    text: Digest<Text>,
) -> Result<Vec<Effect>, Illegal> {
    only(actor, Persona::Planner, "intake")?;
    if !may_begin(&state.stage) {
        return illegal("a run has begun already");
    }
    state.stage = Stage::Unfit { text };
    Ok(Vec::new())
}

pub(super) fn drifted(
    state: &mut State,
    actor: &Actor,
    text: Digest<Text>,
    code: &str,
) -> Result<Vec<Effect>, Illegal> {
    only(actor, state.desk(), "drift")?;
    match &state.task {
        None => illegal("there is no sealed text to drift from"),
        Some(task) if task.text == text => illegal("the text is the sealed one"),
        Some(_) => {
            state.drift = Some((text, code.to_owned()));
            Ok(Vec::new())
        }
    }
}

pub(super) fn restored(state: &mut State, actor: &Actor) -> Result<Vec<Effect>, Illegal> {
    only(actor, state.desk(), "drift")?;
    if state.drift.take().is_none() {
        return illegal("the text had not drifted");
    }
    Ok(Vec::new())
}

pub(super) fn amended(
    state: &mut State,
    actor: &Actor,
    spec: Digest<Record>,
    text: Digest<Text>,
    comment: &CommentId,
) -> Result<Vec<Effect>, Illegal> {
    only(actor, state.desk(), "an amendment")?;
    if state
        .drift
        .as_ref()
        .is_none_or(|(drifted, _)| *drifted != text)
    {
        return illegal("only the text the item has drifted to can be bound");
    }
    if matches!(state.stage, Stage::Delivered { .. } | Stage::Cancelled) {
        return illegal("the run has ended; file a new item");
    }
    let Some(task) = &mut state.task else {
        return illegal("there is no task to amend");
    };
    // What was approved was approved for the old text: gate, contract and lease are void.
    task.spec = spec;
    task.text = text;
    state.drift = None;
    state.gate = None;
    state.label_gate = None;
    state.passed.clear();
    state.contract = None;
    state.lease = None;
    state.stage = Stage::Ready;
    state.answered.insert(comment.clone());
    Ok(Vec::new())
}
