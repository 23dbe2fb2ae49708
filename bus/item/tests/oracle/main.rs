//! Random histories against a plain oracle, and what must hold after every accepted event.

#![allow(clippy::unwrap_used, reason = "this is a test, helpers included")]

mod invent;
mod legal;
mod model;
mod noise;
mod progress;

use std::cell::RefCell;
use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use trail_item::{Action, Event, Stage, State, step};
use trail_record::body::GateName;
use trail_record::canonical;

use invent::Dice;
use legal::legal;
use model::{Done, gates, lease, neutral, waiting};
use progress::{contract, open_findings};

/// How often each kind of event was accepted and refused, over all histories.
type Seen = BTreeMap<String, (u32, u32)>;

fn name(event: &Event) -> String {
    let value = serde_json::to_value(event).unwrap();
    value["event"].as_str().unwrap().to_owned()
}

/// Plays one history; every event is judged by `step` and by the oracle.
fn play(numbers: &[Vec<u16>], workers: usize, seen: &RefCell<Seen>) -> Result<(), TestCaseError> {
    let mut state = State::default();
    let mut log: Vec<Done> = Vec::new();
    let mut minutes = 0;
    for numbers in numbers {
        let mut dice = Dice::new(numbers);
        minutes += [0, 1, 5, 5, 12, 31][dice.below(6)];
        let (who, event) = invent::event(&state, minutes, workers, &mut dice);
        let at = invent::clock(&who, minutes);

        let bytes = canonical::to_bytes(&event).unwrap();
        let read: Event = canonical::from_bytes(&bytes).unwrap();
        prop_assert_eq!(&read, &event);

        let before = state.clone();
        let came = step(&state, &who, &event, at);
        let expected = legal(&log, &who, &event, at);
        prop_assert_eq!(
            came.is_ok(),
            expected,
            "{:?} by {:?} at {}: {:?} in {:#?}",
            event,
            who,
            at,
            came.as_ref().err(),
            state
        );
        prop_assert_eq!(&state, &before, "judging an event changes nothing");
        let mut seen = seen.borrow_mut();
        let count = seen.entry(name(&event)).or_default();
        let Ok((next, _)) = came else {
            count.1 += 1;
            continue;
        };
        count.0 += 1;
        drop(seen);
        must_hold(
            &log,
            &Done {
                who: who.clone(),
                event: event.clone(),
                at,
            },
            &next,
        )?;
        log.push(Done { who, event, at });
        state = next;
    }
    // The same history gives the same state.
    let mut again = State::default();
    for done in &log {
        again = step(&again, &done.who, &done.event, done.at).unwrap().0;
    }
    prop_assert_eq!(again, state);
    Ok(())
}

/// What must hold when `done` was accepted after `log` and led to `next`.
fn must_hold(log: &[Done], done: &Done, next: &State) -> Result<(), TestCaseError> {
    let held = lease(log);
    match &done.event {
        Event::Claimed { fence, .. } => {
            let fences = log.iter().filter_map(|own| match &own.event {
                Event::Claimed { fence, .. } => Some(*fence),
                _ => None,
            });
            // One claim per fence, and each greater than all before.
            prop_assert!(fences.max().is_none_or(|last| last < *fence));
            prop_assert_eq!(next.lease.as_ref().unwrap().fence, *fence);
            prop_assert!(open_findings(log).is_empty());
            prop_assert!(waiting(log).is_none());
        }
        Event::Renewed { fence, .. }
        | Event::Released { fence }
        | Event::Spent { fence, .. }
        | Event::Planned { fence, .. }
        | Event::Proposed { fence, .. }
        | Event::Committed { fence, .. }
        | Event::Tested { fence, .. }
        | Event::Delivered { fence, .. }
        | Event::Refused { fence, .. }
        | Event::Failed { fence, .. } => {
            // Whoever acts under a fence is the one who claimed it, and nobody claimed since.
            let claim = log.iter().rev().find_map(|own| match &own.event {
                Event::Claimed { fence, .. } => Some((*fence, &own.who)),
                _ => None,
            });
            prop_assert_eq!(claim, Some((*fence, &done.who)));
        }
        Event::Lapsed { fence, .. } => {
            // Only somebody else's lease is ended, and nobody holds the item then.
            let own = lease(log).unwrap();
            prop_assert!(own.fence == *fence && own.worker != done.who.worker);
            prop_assert_eq!(&next.lease, &None);
        }
        Event::Proved { again, .. } => {
            // Nothing is proven under somebody's hands, and only a rewrite moves the work.
            prop_assert!(lease(log).is_none());
            prop_assert_eq!(next.stage == Stage::Written, *again);
        }
        Event::GateDecided { .. } => {
            let ask = waiting(log).unwrap();
            prop_assert!(done.who.persona != ask.by && done.who.persona != ask.performer);
            prop_assert!(open_findings(log).is_empty());
        }
        Event::TakenUp { .. }
        | Event::StartAsked { .. }
        | Event::Unfit { .. }
        | Event::Prepared { .. }
        | Event::Reported { .. }
        | Event::RevertAsked { .. }
        | Event::Reverting { .. }
        | Event::GateAsked { .. }
        | Event::Obeyed { .. }
        | Event::Answered { .. }
        | Event::Drifted { .. }
        | Event::Restored
        | Event::Captured { .. }
        | Event::Amended { .. }
        | Event::Found { .. }
        | Event::Disposed { .. } => {}
    }
    let acts = matches!(
        done.event,
        Event::Committed { .. } | Event::Delivered { .. }
    );
    if acts {
        let action = held.unwrap().action;
        if [Action::Apply, Action::Deliver].contains(&action) {
            let wanted = if action == Action::Apply {
                GateName::FILE_WRITE
            } else {
                GateName::PR_CREATE
            };
            let gate = gates(log).0.unwrap();
            prop_assert!(gate.is_open() && gate.name == wanted);
            let mut people: Vec<_> = gate.yes.iter().map(|(approver, _)| approver).collect();
            people.dedup();
            prop_assert!(people.len() >= gate.needed);
            prop_assert_eq!(&next.gate, &None, "an approval is used once");
        } else {
            let (own, patchsets, _) = contract(log).unwrap();
            prop_assert!(patchsets < own.max_patchsets);
        }
    }
    if let Some(gate) = next.waiting() {
        prop_assert!(next.desk() != gate.requested_by && next.desk() != gate.performed_by);
        prop_assert_eq!(next.desk(), neutral(gate.requested_by, gate.performed_by));
        prop_assert_eq!(next.due(done.at), None);
    }
    if next.is_closed() || next.held || next.drift.is_some() || next.has_ended() {
        prop_assert_eq!(next.due(done.at), None);
    }
    Ok(())
}

#[test]
fn step_agrees_with_a_plain_oracle_on_random_histories() {
    let seen = RefCell::new(Seen::new());
    let mut runner = TestRunner::new(Config {
        cases: 600,
        failure_persistence: None,
        ..Config::default()
    });
    let history = prop::collection::vec(prop::collection::vec(any::<u16>(), 12), 1..90);
    runner
        .run(&(history, 2..=4_usize), |(numbers, workers)| {
            play(&numbers, workers, &seen)
        })
        .unwrap();
    // The histories reach everything: a check of what is never tried would prove nothing.
    let seen = seen.into_inner();
    for (event, (accepted, refused)) in &seen {
        assert!(
            *accepted > 0 && *refused > 0,
            "{event}: {accepted} accepted, {refused} refused"
        );
    }
    assert_eq!(seen.len(), 28, "{seen:?}");
}
