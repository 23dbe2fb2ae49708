//! Leases: at most one holder per item and fence.
//!
//! A lapsed lease ends when somebody else claims, and not before: until then the holder's late
//! entry still extends the head and is good; afterwards it names a stale fence and is void.

use trail_record::{Fence, Moment, WorkerId};

use super::{Actor, Effect, Illegal, illegal, only};
use crate::action::Action;
use crate::state::{Lease, MAX_LEASE, State};

pub(super) fn claimed(
    state: &mut State,
    actor: &Actor,
    action: Action,
    fence: Fence,
    holder: &WorkerId,
    until: Moment,
    at: Moment,
) -> Result<Vec<Effect>, Illegal> {
    only(actor, action.persona(), action.as_str())?;
    if *holder != actor.worker {
        return illegal("a worker can claim only for itself");
    }
    if fence != state.fence.next() {
        return illegal(format!(
            "the next fence is {}, not {fence}",
            state.fence.next()
        ));
    }
    if until <= at || until.since(at) > MAX_LEASE {
        return illegal("a lease ends after it begins and within a day");
    }
    if state.due(at) != Some(action) {
        return illegal(format!("{action} is not due"));
    }
    state.fence = fence;
    state.lease = Some(Lease {
        fence,
        holder: holder.clone(),
        action,
        until,
    });
    Ok(vec![Effect::Perform(action)])
}

pub(super) fn renewed(
    state: &mut State,
    actor: &Actor,
    fence: Fence,
    until: Moment,
    at: Moment,
) -> Result<Vec<Effect>, Illegal> {
    let lease = held_by(state, actor, fence)?;
    if until <= lease.until || until.since(at) > MAX_LEASE {
        return illegal("a renewal makes the lease longer, by at most a day from now");
    }
    lease.until = until;
    Ok(Vec::new())
}

pub(super) fn released(
    state: &mut State,
    actor: &Actor,
    fence: Fence,
) -> Result<Vec<Effect>, Illegal> {
    held_by(state, actor, fence)?;
    state.lease = None;
    Ok(Vec::new())
}

pub(super) fn spent(
    state: &mut State,
    actor: &Actor,
    fence: Fence,
    calls: u32,
    cost_micros: u64,
) -> Result<Vec<Effect>, Illegal> {
    held_by(state, actor, fence)?;
    state.calls = state.calls.saturating_add(calls);
    state.cost_micros = state.cost_micros.saturating_add(cost_micros);
    Ok(Vec::new())
}

/// Returns the lease if `actor` holds it under this fence.
pub(super) fn held_by<'s>(
    state: &'s mut State,
    actor: &Actor,
    fence: Fence,
) -> Result<&'s mut Lease, Illegal> {
    let Some(lease) = &mut state.lease else {
        return illegal(format!("nobody holds the item; fence {fence} has ended"));
    };
    if lease.fence == fence && lease.holder == actor.worker {
        return Ok(lease);
    }
    illegal(format!(
        "fence {fence} has lapsed: {} holds the item under fence {}",
        lease.holder, lease.fence
    ))
}

/// Ends the lease of an action that came to an outcome.
pub(super) fn finish(
    state: &mut State,
    actor: &Actor,
    fence: Fence,
    actions: &[Action],
) -> Result<Action, Illegal> {
    let action = held_by(state, actor, fence)?.action;
    if !actions.contains(&action) {
        return illegal(format!("this cannot come of {action}"));
    }
    state.lease = None;
    Ok(action)
}

/// Counts a completed action.
pub(super) fn complete(state: &mut State, action: Action) {
    *state.rounds.entry(action).or_default() += 1;
    state.failures = 0;
}
