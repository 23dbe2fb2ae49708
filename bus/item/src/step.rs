//! `step`: what an event does to an item. The one function that live runs, recovery, verification
//! and replay all fold with.
//!
//! One file per family of events: the task, leases, work, gates, humans. An event that may not
//! happen where it is said to have happened is [`Illegal`]: met live it is not written, met in a
//! chain its entry is void.
//!
//! While a finding stands, nothing is claimed and no gate is decided. What was begun before may
//! still say how it ended: its effects have happened, and the history must not hide them.

mod fold;
mod gates;
mod humans;
mod leases;
#[cfg(test)]
mod play;
mod proving;
mod reverting;
mod sight;
mod task;
mod version;
mod work;

use trail_record::{Moment, Persona, WorkerId};

pub use fold::Fold;
pub use reverting::MAX_REVERTED;

use crate::action::Action;
use crate::event::Event;
use crate::state::{Phase, State};

/// Who did something: the writer of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// The persona.
    pub persona: Persona,
    /// The process.
    pub worker: WorkerId,
}

/// What must be done because of an event. Performed by the writer of the event, after it is sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Do the action that was claimed.
    Perform(Action),
    /// Let the tracker's board show the phase.
    Show(Phase),
    /// Give up what is kept for the run outside the history: worktree and journal.
    CleanUp,
}

/// Why an event may not happen here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Illegal(pub String);

/// Takes one event.
///
/// # Errors
/// [`Illegal`] if the rules do not allow `event` by `actor` in `state` at `at`.
pub fn step(
    state: &State,
    actor: &Actor,
    event: &Event,
    at: Moment,
) -> Result<(State, Vec<Effect>), Illegal> {
    let before = state.phase();
    let mut next = state.clone();
    let mut effects = apply(&mut next, actor, event, at)?;
    let after = next.phase();
    if before != after {
        effects.push(Effect::Show(after));
    }
    Ok((next, effects))
}

fn apply(
    state: &mut State,
    actor: &Actor,
    event: &Event,
    at: Moment,
) -> Result<Vec<Effect>, Illegal> {
    match event {
        Event::TakenUp {
            spec,
            text,
            run,
            comment,
        } => task::taken_up(state, actor, *spec, *text, run, comment.as_ref()),
        Event::StartAsked { text, code } => task::start_asked(state, actor, *text, code),
        Event::Unfit { text } => task::unfit(state, actor, *text),
        Event::Drifted { text, code } => task::drifted(state, actor, *text, code),
        Event::Restored => task::restored(state, actor),
        Event::Amended {
            spec,
            text,
            comment,
        } => task::amended(state, actor, *spec, *text, comment),
        Event::Claimed {
            action,
            fence,
            holder,
            until,
        } => leases::claimed(state, actor, *action, *fence, holder, *until, at),
        Event::Renewed { fence, until } => leases::renewed(state, actor, *fence, *until, at),
        Event::Released { fence } => leases::released(state, actor, *fence),
        Event::Spent {
            fence,
            calls,
            cost_micros,
        } => leases::spent(state, actor, *fence, *calls, *cost_micros),
        Event::Planned { fence, .. } => work::planned(state, actor, *fence),
        Event::Proposed { fence, patchset } => work::proposed(state, actor, *fence, *patchset),
        Event::Committed {
            fence,
            patchset,
            bytes,
            commit,
            tree,
        } => work::committed(state, actor, *fence, *patchset, *bytes, commit, tree),
        Event::Tested { fence, green, .. } => work::tested(state, actor, *fence, *green),
        Event::Proved {
            fence,
            proven,
            open,
            again,
            ..
        } => proving::proved(state, actor, *fence, proven, open, *again),
        Event::Reported { .. } => proving::reported(state, actor),
        Event::Prepared { pull_request, tree } => work::prepared(state, actor, *pull_request, tree),
        Event::Delivered { fence, receipt } => work::delivered(state, actor, *fence, *receipt),
        Event::Refused { fence, .. } => work::refused(state, actor, *fence),
        Event::Failed {
            fence, retryable, ..
        } => work::failed(state, actor, *fence, *retryable),
        Event::GateAsked { .. } => gates::asked(state, actor, event, at),
        Event::GateDecided {
            gate,
            request,
            outcome,
            decision,
            approver,
            comment,
        } => {
            let decided = gates::Decided {
                gate,
                request: *request,
                outcome: *outcome,
                decision: *decision,
                approver,
                comment: comment.as_ref(),
            };
            gates::decided(state, actor, &decided)
        }
        Event::Obeyed { command, comment } => humans::obeyed(state, actor, *command, comment),
        Event::Answered { comment } => humans::answered(state, actor, comment),
        Event::Found {
            kind,
            id,
            code,
            comment,
            closes,
        } => {
            let finding = humans::new_finding(kind, code, comment.as_ref(), *closes);
            humans::found(state, actor, id, finding)
        }
        Event::Disposed { id, comment } => humans::disposed(state, actor, id, comment),
        Event::Captured {
            gates,
            gone,
            changes,
            ..
        } => sight::captured(state, gates, gone, changes),
        Event::Lapsed { fence, .. } => leases::lapsed(state, actor, *fence),
        Event::RevertAsked {
            comment,
            receipts,
            code,
        } => reverting::asked(state, actor, comment, receipts, code),
        Event::Reverting {
            revert,
            run,
            comment,
            code,
        } => reverting::begun(state, actor, *revert, run, comment, code),
    }
}

fn illegal<T>(why: impl Into<String>) -> Result<T, Illegal> {
    Err(Illegal(why.into()))
}

/// Requires that `persona` is acting.
fn only(actor: &Actor, persona: Persona, what: &str) -> Result<(), Illegal> {
    if actor.persona == persona {
        Ok(())
    } else {
        illegal(format!(
            "{what} is the {persona}'s to write, not the {}'s",
            actor.persona
        ))
    }
}
