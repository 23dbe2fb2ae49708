//! How far the work is, and what is in its way, by looking through the log.

use std::collections::BTreeSet;

use trail_item::{Action, Event, Order};
use trail_record::body::{Contract, GateName, GateOutcome};
use trail_record::{CommentId, Digest, Text, TreeId};

use crate::model::{Ask, Done, gates, lease, of_work, takes_back};

/// The action that made the newest proposal.
pub(crate) fn maker(log: &[Done]) -> Action {
    let at = log
        .iter()
        .rposition(|done| matches!(done.event, Event::Proposed { .. }))
        .unwrap();
    lease(&log[..at]).unwrap().action
}

/// The action whose work the newest commit holds.
pub(crate) fn committed_by(log: &[Done], at: usize) -> Action {
    match lease(&log[..at]).unwrap().action {
        Action::Apply => maker(&log[..at]),
        action => action,
    }
}

pub(crate) fn remake(action: Action) -> Action {
    if [Action::Implement, Action::WriteTests].contains(&action) {
        action
    } else {
        Action::Fix
    }
}

/// What the work is about to do, were nothing in its way.
pub(crate) fn goal(log: &[Done]) -> Option<Action> {
    let (last, before) = log.split_last()?;
    match &last.event {
        Event::TakenUp { .. } | Event::Amended { .. } => Some(Action::Plan),
        Event::Planned { .. } => Some(Action::Implement),
        Event::Proposed { .. } => Some(Action::Apply),
        Event::Committed { .. } => match committed_by(log, before.len()) {
            Action::Implement => Some(Action::WriteTests),
            _ => Some(Action::RunTests),
        },
        Event::Tested { green: true, .. } => Some(Action::RunTests),
        Event::Tested { .. } | Event::Refused { .. } => Some(Action::Fix),
        Event::Proved { again: true, .. } => Some(Action::WriteTests),
        Event::Prepared { .. } => Some(Action::Deliver),
        Event::Delivered { .. }
        | Event::Obeyed {
            command: Order::Cancel,
            ..
        } => None,
        Event::GateDecided {
            outcome: GateOutcome::Rejected,
            gate,
            ..
        } => match gate.as_str() {
            GateName::FILE_WRITE => Some(remake(maker(before))),
            GateName::PR_CREATE => Some(Action::Fix),
            GateName::PLAN => Some(Action::Plan),
            _ => goal(before),
        },
        event @ Event::Disposed { .. } if takes_back(before, event) => {
            match gates(before).0.unwrap().name.as_str() {
                GateName::FILE_WRITE => Some(remake(maker(before))),
                _ => Some(Action::RunTests),
            }
        }
        _ => goal(before),
    }
}

/// Counts along the log: `up` adds one, `reset` begins anew.
pub(crate) fn count(
    log: &[Done],
    reset: impl Fn(usize) -> bool,
    up: impl Fn(usize) -> bool,
) -> usize {
    let mut counted = 0;
    for at in 0..log.len() {
        if reset(at) {
            counted = 0;
        }
        if up(at) {
            counted += 1;
        }
    }
    counted
}

pub(crate) fn looked_at(event: &Event) -> bool {
    matches!(
        event,
        Event::Amended { .. }
            | Event::Obeyed {
                command: Order::Retry,
                ..
            }
    )
}

pub(crate) fn failures(log: &[Done]) -> usize {
    let well = |event: &Event| {
        matches!(
            event,
            Event::Planned { .. }
                | Event::Proposed { .. }
                | Event::Committed { .. }
                | Event::Tested { .. }
                | Event::Delivered { .. }
                | Event::Refused { .. }
        )
    };
    count(
        log,
        |at| well(&log[at].event) || looked_at(&log[at].event),
        |at| matches!(log[at].event, Event::Failed { .. }),
    )
}

pub(crate) fn fixes(log: &[Done]) -> usize {
    count(
        log,
        |at| {
            matches!(log[at].event, Event::Tested { green: true, .. }) || looked_at(&log[at].event)
        },
        |at| {
            matches!(log[at].event, Event::Committed { .. }) && committed_by(log, at) == Action::Fix
        },
    )
}

/// How often tests went back to the tester since all was proven or somebody looked.
pub(crate) fn rewrites(log: &[Done]) -> usize {
    let rejected = |at: usize| {
        matches!(&log[at].event, Event::GateDecided { gate, outcome: GateOutcome::Rejected, .. }
            if gate.as_str() == GateName::PR_CREATE)
    };
    let all = |at: usize| {
        matches!(&log[at].event, Event::Proved { fence: Some(_), open, again: false, .. }
            if open.is_empty())
    };
    count(
        log,
        |at| all(at) || rejected(at) || looked_at(&log[at].event),
        |at| matches!(log[at].event, Event::Proved { again: true, .. }),
    )
}

pub(crate) fn stuck(log: &[Done]) -> bool {
    let mut stuck = false;
    for (at, done) in log.iter().enumerate() {
        match &done.event {
            Event::Failed { retryable, .. } if !retryable || failures(&log[..=at]) >= 3 => {
                stuck = true;
            }
            Event::Tested { green: false, .. } if fixes(&log[..at]) >= 5 => stuck = true,
            event if looked_at(event) => stuck = false,
            _ => {}
        }
    }
    stuck
}

pub(crate) fn ended(log: &[Done]) -> bool {
    log.iter().any(|done| {
        matches!(
            done.event,
            Event::Delivered { .. }
                | Event::Obeyed {
                    command: Order::Cancel,
                    ..
                }
        )
    })
}

pub(crate) fn next(log: &[Done]) -> Option<Action> {
    goal(log).filter(|_| !stuck(log) && !ended(log))
}

pub(crate) fn begun(log: &[Done]) -> bool {
    log.iter()
        .any(|done| matches!(done.event, Event::TakenUp { .. }))
}

pub(crate) fn bound(log: &[Done]) -> Option<Digest<Text>> {
    log.iter().rev().find_map(|done| match &done.event {
        Event::TakenUp { text, .. } | Event::Amended { text, .. } => Some(*text),
        _ => None,
    })
}

pub(crate) fn drift(log: &[Done]) -> Option<Digest<Text>> {
    let last = log.iter().rev().find(|done| {
        matches!(
            done.event,
            Event::Drifted { .. } | Event::Restored | Event::Amended { .. }
        )
    });
    match &last?.event {
        Event::Drifted { text, .. } => Some(*text),
        _ => None,
    }
}

pub(crate) fn held(log: &[Done]) -> bool {
    log.iter().fold(false, |held, done| match &done.event {
        Event::Obeyed {
            command: Order::Hold,
            ..
        } => true,
        Event::Obeyed {
            command: Order::Resume,
            ..
        } => false,
        Event::GateDecided {
            outcome: GateOutcome::Rejected,
            gate,
            ..
        } if !of_work(gate.as_str()) && gate.as_str() != GateName::PLAN => true,
        _ => held,
    })
}

pub(crate) fn open_findings(log: &[Done]) -> BTreeSet<String> {
    let mut open = BTreeSet::new();
    for done in log {
        match &done.event {
            Event::Found {
                id, closes: true, ..
            } => drop(open.insert(id.clone())),
            Event::Disposed { id, .. } => drop(open.remove(id)),
            _ => {}
        }
    }
    open
}

pub(crate) fn used(log: &[Done], comment: &CommentId) -> bool {
    log.iter().any(|done| match &done.event {
        Event::TakenUp { comment: own, .. } | Event::GateDecided { comment: own, .. } => {
            own.as_ref() == Some(comment)
        }
        Event::Answered { comment: own }
        | Event::Obeyed { comment: own, .. }
        | Event::Amended { comment: own, .. }
        | Event::Disposed { comment: own, .. } => own == comment,
        _ => false,
    })
}

pub(crate) fn since_amended(log: &[Done]) -> usize {
    log.iter()
        .rposition(|done| matches!(done.event, Event::Amended { .. }))
        .map_or(0, |at| at + 1)
}

pub(crate) fn passed(log: &[Done], name: &str) -> bool {
    (since_amended(log)..log.len()).any(|at| {
        let before = gates(&log[..at]).1.is_some_and(|ask| ask.name == name);
        let yes = matches!(
            log[at].event,
            Event::GateDecided {
                outcome: GateOutcome::Approved,
                ..
            }
        );
        before && yes && gates(&log[..=at]).1.is_none()
    })
}

/// The contract in force, and what passed under it.
pub(crate) fn contract(log: &[Done]) -> Option<(Contract, u32, u64)> {
    let mut found = None;
    for at in since_amended(log)..log.len() {
        let opened = |log: &[Done]| gates(log).0.filter(Ask::is_open);
        match &log[at].event {
            Event::GateDecided { .. } if opened(&log[..at]).is_none() => {
                if let Some(contract) = opened(&log[..=at]).and_then(|ask| ask.contract) {
                    found = Some((contract, 0, 0));
                }
            }
            Event::Committed { bytes, .. }
                if lease(&log[..at]).unwrap().action != Action::Apply =>
            {
                let (_, patchsets, sum) = found.as_mut().unwrap();
                *patchsets += 1;
                *sum += bytes;
            }
            _ => {}
        }
    }
    found
}

pub(crate) fn passing(log: &[Done]) -> Option<TreeId> {
    let last = log.iter().rposition(|done| {
        matches!(
            done.event,
            Event::Tested { green: true, .. } | Event::Committed { .. } | Event::Amended { .. }
        )
    })?;
    if !matches!(log[last].event, Event::Tested { .. }) {
        return None;
    }
    log.iter().rev().find_map(|done| match &done.event {
        Event::Committed { tree, .. } => Some(tree.clone()),
        _ => None,
    })
}

/// Tells whether a change of the tracker was captured.
pub(crate) fn captured(log: &[Done], id: &str) -> bool {
    log.iter().any(
        |done| matches!(&done.event, Event::Captured { changes, .. } if changes.iter().any(|own| own == id)),
    )
}

/// Returns whether the label of a gate that is still to be passed was last seen on the item; none if
/// no label asks for it.
pub(crate) fn label_seen(log: &[Done], name: &str) -> Option<bool> {
    let mut seen = None;
    for at in 0..log.len() {
        match &log[at].event {
            Event::Captured { gates, gone, .. } => {
                let has = |names: &[GateName]| names.iter().any(|own| own.as_str() == name);
                if has(gates) {
                    seen = Some(true);
                }
                if has(gone) {
                    seen = Some(false);
                }
            }
            Event::GateDecided { .. } => {
                let asked = gates(&log[..at]).1.is_some_and(|ask| ask.name == name);
                let open = gates(&log[..=at]).1.is_none();
                if asked && open && passed(&log[..=at], name) {
                    seen = None;
                }
            }
            _ => {}
        }
    }
    seen
}
