//! Leases: at most one holder per item and fence.
//!
//! A lapsed lease ends when somebody else claims, and not before: until then the holder's late
//! entry still extends the head and is good; afterwards it names a stale fence and is void.
//!
//! Clocks differ. A claim by a clock that runs behind may lapse at once, which wastes work and breaks
//! nothing; a claim by a clock that runs ahead would hold the item for longer than it lasts, so
//! another worker of the persona may say that it has lapsed by the tracker's time. Whoever would say
//! so too early takes an item over, and no more: fences keep holders apart, not clocks.

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

/// Ends the lease of somebody else who did not end it in time.
pub(super) fn lapsed(
    state: &mut State,
    actor: &Actor,
    fence: Fence,
) -> Result<Vec<Effect>, Illegal> {
    let Some(lease) = &state.lease else {
        return illegal("nobody holds the item");
    };
    if lease.fence != fence {
        return illegal(format!(
            "the item is held under fence {}, not {fence}",
            lease.fence
        ));
    }
    only(actor, lease.action.persona(), "the end of this lease")?;
    if lease.holder == actor.worker {
        return illegal("a worker releases its own lease");
    }
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

/// Returns the lease if `actor` holds it under this fence. A worker's name proves nothing, its
/// persona's key does: only the persona that takes the action can hold its lease.
pub(super) fn held_by<'s>(
    state: &'s mut State,
    actor: &Actor,
    fence: Fence,
) -> Result<&'s mut Lease, Illegal> {
    let Some(lease) = &mut state.lease else {
        return illegal(format!("nobody holds the item; fence {fence} has ended"));
    };
    if lease.fence == fence && lease.holder == actor.worker {
        only(actor, lease.action.persona(), "what comes of this lease")?;
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

#[cfg(test)]
mod tests {
    #[test]
    fn a_lease_lapses_by_the_word_of_another_worker_of_the_persona_and_its_holder_is_late() {
        let play = Play::ready().claim(Action::Plan);
        let other = Actor {
            worker: WorkerId::from("planner@host:2"),
            ..worker(Planner)
        };
        let again = Event::Claimed {
            action: Action::Plan,
            fence: Fence(2),
            holder: other.worker.clone(),
            until: minute(30),
        };
        assert!(
            play.refusal(&other, &again).is_some(),
            "the lease still runs"
        );
        play.check(&[
            (Planner, lapsed(1), Err("releases its own lease")),
            (Coder, lapsed(1), Err("the planner's to write")),
        ]);
        assert!(
            play.refusal(&other, &lapsed(2)).is_some(),
            "of that fence only"
        );
        let (state, _) = super::super::step(&play.state, &other, &lapsed(1), play.now()).unwrap();
        let (state, _) = super::super::step(&state, &other, &again, play.now()).unwrap();
        let plan = Event::Planned {
            fence: Fence(1),
            plan: record("plan"),
        };
        let late = super::super::step(&state, &worker(Planner), &plan, play.now()).unwrap_err();
        assert!(late.0.contains("fence 1 has lapsed"), "{late}");
    }

    use std::time::Duration;

    use trail_record::{Fence, WorkerId};

    use super::super::play::*;
    use super::super::{Actor, Effect};
    use crate::action::Action;
    use crate::event::{Event, Order};
    use crate::state::MAX_LEASE;

    fn other(persona: trail_record::Persona) -> Actor {
        Actor {
            persona,
            worker: WorkerId::new(format!("{persona}@elsewhere:2")),
        }
    }

    fn renewed(fence: u64, until: i64) -> Event {
        Event::Renewed {
            fence: Fence(fence),
            until: minute(until),
        }
    }

    fn released(fence: u64) -> Event {
        Event::Released {
            fence: Fence(fence),
        }
    }

    fn spent(fence: u64) -> Event {
        Event::Spent {
            fence: Fence(fence),
            calls: 2,
            cost_micros: 7,
        }
    }

    #[test]
    fn a_claim_takes_the_next_fence_for_what_is_due() {
        let play = Play::ready();
        play.check(&[
            (Planner, claimed(Action::Plan, 1, 30), Ok("ready")),
            (
                Planner,
                claimed(Action::Plan, 0, 30),
                Err("the next fence is 1"),
            ),
            (
                Planner,
                claimed(Action::Plan, 2, 30),
                Err("the next fence is 1"),
            ),
            (
                Planner,
                claimed(Action::Plan, 1, 0),
                Err("ends after it begins"),
            ),
            (Planner, claimed(Action::Plan, 1, 1441), Err("within a day")),
            (Coder, claimed(Action::Implement, 1, 30), Err("not due")),
            (
                Coder,
                claimed(Action::Plan, 1, 30),
                Err("the planner's to write"),
            ),
        ]);
        let claim = claimed(Action::Plan, 1, 30);
        let why = play.refusal(&other(Planner), &claim);
        assert_eq!(why.as_deref(), Some("a worker can claim only for itself"));
        assert_eq!(
            play.then(Planner, claim).effects,
            [Effect::Perform(Action::Plan)]
        );
    }

    #[test]
    fn nobody_claims_while_a_lease_runs() {
        let play = Play::ready().claim(Action::Plan).after(29);
        play.check(&[(Planner, claimed(Action::Plan, 2, 60), Err("not due"))]);
    }

    #[test]
    fn a_lapsed_lease_frees_the_item() {
        let play = Play::ready().claim(Action::Plan).after(30);
        assert_eq!(play.state.due(play.now()), Some(Action::Plan));
        play.check(&[
            (Planner, claimed(Action::Plan, 2, 60), Ok("ready")),
            (
                Planner,
                claimed(Action::Plan, 1, 60),
                Err("the next fence is 2"),
            ),
        ]);
    }

    #[test]
    fn a_late_holder_may_still_finish_while_nobody_else_claimed() {
        let play = Play::ready().claim(Action::Plan).after(600);
        let (fence, plan) = (Fence(1), record("plan"));
        play.check(&[
            (Planner, Event::Planned { fence, plan }, Ok("planned")),
            (Planner, renewed(1, 620), Ok("ready")),
        ]);
    }

    #[test]
    fn a_late_holder_is_void_once_another_claimed() {
        let late = worker(Planner);
        let play = Play::ready().claim(Action::Plan).after(30);
        let claim = Event::Claimed {
            action: Action::Plan,
            fence: Fence(2),
            holder: other(Planner).worker,
            until: minute(60),
        };
        let (state, _) =
            super::super::step(&play.state, &other(Planner), &claim, play.now()).unwrap();
        let play = Play { state, ..play };
        let plan = record("plan");
        for fence in [1, 2] {
            for event in [
                renewed(fence, 90),
                released(fence),
                spent(fence),
                failed(fence, true),
                Event::Planned {
                    fence: Fence(fence),
                    plan,
                },
            ] {
                let why = play.refusal(&late, &event).unwrap();
                assert!(why.contains("has lapsed"), "{why}");
            }
        }
    }

    #[test]
    fn a_lease_is_its_personas_whatever_name_a_worker_gives_itself() {
        let play = Play::red().claim(Action::Fix);
        let fence = play.fence();
        let forger = Actor {
            persona: Reviewer,
            worker: worker(Coder).worker,
        };
        for event in [
            committed(fence, "forged", 1),
            proposed(fence, "forged"),
            released(fence),
            spent(fence),
            failed(fence, false),
        ] {
            let why = play.refusal(&forger, &event).unwrap();
            assert!(why.contains("the coder's to write"), "{why}");
        }
    }

    #[test]
    fn a_renewal_makes_the_lease_longer_by_at_most_a_day() {
        let play = Play::ready().claim(Action::Plan).after(10);
        play.check(&[
            (Planner, renewed(1, 40), Ok("ready")),
            (Planner, renewed(1, 30), Err("longer")),
            (Planner, renewed(1, 10 + 1440), Ok("ready")),
            (Planner, renewed(1, 11 + 1440), Err("at most a day")),
            (Planner, renewed(2, 40), Err("has lapsed")),
        ]);
        assert_eq!(MAX_LEASE, Duration::from_secs(1440 * 60));
    }

    #[test]
    fn a_released_item_is_free_at_once_and_its_fence_is_spent() {
        let play = Play::ready().claim(Action::Plan).then(Planner, released(1));
        play.check(&[
            (Planner, claimed(Action::Plan, 2, 30), Ok("ready")),
            (
                Planner,
                claimed(Action::Plan, 1, 30),
                Err("the next fence is 2"),
            ),
            (Planner, released(1), Err("nobody holds the item")),
            (Planner, spent(1), Err("nobody holds the item")),
        ]);
    }

    #[test]
    fn what_was_spent_is_counted_for_the_run() {
        let play = Play::ready()
            .claim(Action::Plan)
            .then(Planner, spent(1))
            .then(Planner, spent(1));
        assert_eq!((play.state.calls, play.state.cost_micros), (4, 14));
    }

    #[test]
    fn nothing_is_claimed_while_people_hold_the_item_or_after_the_end() {
        let held = Play::ready().then(Planner, obeyed(Order::Hold, "c"));
        held.check(&[(Planner, claimed(Action::Plan, 1, 30), Err("not due"))]);
        let cancelled = Play::ready().then(Planner, obeyed(Order::Cancel, "c"));
        cancelled.check(&[(Planner, claimed(Action::Plan, 1, 30), Err("not due"))]);
        for action in Action::ALL {
            let play = Play::delivered();
            let claim = claimed(action, play.fence() + 1, 30);
            play.check(&[(action.persona(), claim, Err("not due"))]);
        }
    }
}
