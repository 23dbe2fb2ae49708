//! The plain oracle's verdict: what may be added to a log.

use trail_item::{Action, Actor, Event, Order};
use trail_record::body::{GateName, GateOutcome};
use trail_record::{CommentId, Fence, Moment, Persona, code};

use crate::model::*;
use crate::progress::*;

/// Says whether `who` may add `event` to the log at `at`.
pub(crate) fn legal(log: &[Done], who: &Actor, event: &Event, at: Moment) -> bool {
    let is = |persona| who.persona == persona;
    let day = |until: Moment| until.as_millis() - at.as_millis() <= 24 * 60 * 60 * 1000;
    let holds = |fence: &Fence, actions: &[Action]| {
        lease(log).is_some_and(|own| {
            own.fence == *fence
                && own.worker == who.worker
                && is(own.action.persona())
                && actions.contains(&own.action)
        })
    };
    let closed = !open_findings(log).is_empty();
    let answers = |comment: &CommentId| is(desk(log)) && !used(log, comment);
    let makers = [Action::Implement, Action::WriteTests, Action::Fix];
    let (work, label) = gates(log);
    match event {
        Event::TakenUp { text, comment, .. } => {
            let asked = log.iter().rev().find_map(|done| match &done.event {
                Event::StartAsked { text, .. } => Some(Some(*text)),
                Event::Unfit { .. } => Some(None),
                _ => None,
            });
            is(Persona::Planner)
                && !begun(log)
                && !ended(log)
                && comment
                    .as_ref()
                    .is_none_or(|own| !used(log, own) && asked == Some(Some(*text)))
        }
        Event::StartAsked { .. } | Event::Unfit { .. } => {
            let mut last = log.iter().rev().map(|done| &done.event);
            let last =
                last.find(|own| matches!(own, Event::StartAsked { .. } | Event::Unfit { .. }));
            is(Persona::Planner) && !begun(log) && !ended(log) && last != Some(event)
        }
        Event::Claimed {
            action,
            fence,
            holder,
            until,
        } => {
            let claims = log
                .iter()
                .filter(|done| matches!(done.event, Event::Claimed { .. }))
                .count();
            let unasked = [Action::Apply, Action::Deliver].contains(action) && work.is_none();
            is(action.persona())
                && *holder == who.worker
                && fence.0 == claims as u64 + 1
                && *until > at
                && day(*until)
                && next(log) == Some(*action)
                && lease(log).is_none_or(|own| own.until <= at)
                && waiting(log).is_none()
                && !unasked
                && !held(log)
                && drift(log).is_none()
                && !closed
        }
        Event::Renewed { fence, until } => {
            holds(fence, &Action::ALL)
                && day(*until)
                && lease(log).is_some_and(|own| *until > own.until)
        }
        Event::Released { fence } | Event::Spent { fence, .. } | Event::Failed { fence, .. } => {
            holds(fence, &Action::ALL)
        }
        Event::Planned { fence, .. } => holds(fence, &[Action::Plan]),
        Event::Proposed { fence, .. } => holds(fence, &makers),
        Event::Committed {
            fence,
            patchset,
            bytes,
            ..
        } => {
            let proposal = log.iter().rev().find_map(|done| match &done.event {
                Event::Proposed { patchset, .. } => Some(*patchset),
                _ => None,
            });
            let applies = holds(fence, &[Action::Apply])
                && proposal == Some(*patchset)
                && work.is_some_and(|ask| ask.is_open() && ask.name == GateName::FILE_WRITE);
            let covered = contract(log).is_some_and(|(own, patchsets, sum)| {
                patchsets < own.max_patchsets && sum.saturating_add(*bytes) <= own.max_bytes
            });
            applies || (holds(fence, &[Action::WriteTests, Action::Fix]) && covered)
        }
        Event::Tested { fence, .. } => holds(fence, &[Action::RunTests]),
        Event::Proved {
            fence,
            proven,
            open,
            again,
            ..
        } => {
            let claims = log
                .iter()
                .filter(|done| matches!(done.event, Event::Claimed { .. }))
                .count();
            let delivered = log
                .iter()
                .any(|done| matches!(done.event, Event::Delivered { .. }));
            let place = match fence {
                Some(fence) => {
                    next(log) == Some(Action::RunTests)
                        && passing(log).is_some()
                        && fence.0 == claims as u64
                        && (!again || (!open.is_empty() && rewrites(log) < 5))
                }
                None => !again && (delivered || next(log) == Some(Action::Deliver)),
            };
            is(Persona::Tester)
                && lease(log).is_none()
                && proven.iter().all(|own| !open.contains(own))
                && place
        }
        Event::Reported { .. } => is(Persona::Tester) && begun(log),
        // Never invented here: `step/reverting.rs` has tables of its own.
        Event::RevertAsked { .. } | Event::Reverting { .. } => false,
        Event::Prepared { tree, .. } => {
            is(Persona::Tester)
                && next(log) == Some(Action::RunTests)
                && lease(log).is_none()
                && passing(log).as_ref() == Some(tree)
        }
        Event::Delivered { fence, .. } => {
            holds(fence, &[Action::Deliver])
                && work.is_some_and(|ask| ask.is_open() && ask.name == GateName::PR_CREATE)
        }
        Event::Refused { fence, .. } => holds(fence, &[Action::Deliver]),
        Event::GateAsked {
            gate,
            request,
            code: shown,
            requested_by,
            performed_by,
            contract,
            ..
        } => {
            let next = next(log);
            let place = match gate.as_str() {
                GateName::FILE_WRITE => {
                    next == Some(Action::Apply)
                        && work.is_none()
                        && *requested_by == maker(log).persona()
                }
                GateName::PR_CREATE => {
                    next == Some(Action::Deliver)
                        && work.is_none()
                        && *requested_by == Persona::Tester
                        && contract.is_none()
                }
                name => {
                    requested_by == performed_by
                        && contract.is_none()
                        && !passed(log, name)
                        && (name != GateName::PLAN || next == Some(Action::Implement))
                        && (name != GateName::EXEC || next == Some(Action::RunTests))
                }
            };
            is(*requested_by)
                && next.map(Action::persona) == Some(*performed_by)
                && lease(log).is_none_or(|own| own.until <= at)
                && waiting(log).is_none()
                && label.is_none()
                && *shown == code::of(request.as_bytes())
                && place
        }
        Event::GateDecided {
            gate,
            request,
            outcome,
            approver,
            comment,
            ..
        } => waiting(log).is_some_and(|ask| {
            let first = ask.yes.iter().all(|(own, _)| own != approver);
            let by = match comment {
                Some(comment) => answers(comment),
                None => {
                    is(Persona::Reviewer)
                        && ![ask.by, ask.performer].contains(&Persona::Reviewer)
                        && *outcome == GateOutcome::Approved
                        && ask.needed == 1
                }
            };
            by && !closed
                && drift(log).is_none()
                && ask.name == gate.as_str()
                && ask.request == *request
                && (first || *outcome == GateOutcome::Rejected)
        }),
        Event::Obeyed { command, comment } => {
            let fits = match command {
                Order::Hold => !held(log),
                Order::Resume => held(log),
                Order::Retry => stuck(log),
                Order::Cancel => true,
            };
            answers(comment) && !ended(log) && fits
        }
        Event::Answered { comment } => answers(comment),
        Event::Drifted { text, .. } => {
            is(desk(log))
                && !ended(log)
                && bound(log).is_some_and(|own| own != *text)
                && drift(log) != Some(*text)
        }
        Event::Restored => is(desk(log)) && drift(log).is_some(),
        Event::Amended { text, comment, .. } => {
            answers(comment) && !ended(log) && drift(log) == Some(*text)
        }
        Event::Found {
            id, kind, closes, ..
        } => {
            let known =
                |done: &Done| matches!(&done.event, Event::Found { id: own, .. } if own == id);
            let holds =
                lease(log).is_some_and(|own| own.worker == who.worker && is(own.action.persona()));
            let by = if *closes {
                is(desk(log)) || holds
            } else {
                kind == "posing"
            };
            by && !log.iter().any(known)
        }
        Event::Disposed { id, comment } => {
            let found =
                |done: &Done| matches!(&done.event, Event::Found { id: own, .. } if own == id);
            let cleared =
                |done: &Done| matches!(&done.event, Event::Disposed { id: own, .. } if own == id);
            answers(comment) && log.iter().any(found) && !log.iter().any(cleared)
        }
        Event::Captured {
            gates,
            gone,
            changes,
            ..
        } => {
            let new = changes.iter().all(|id| !captured(log, id));
            let fits = |name: &GateName| {
                !of_work(name.as_str()) && label_seen(log, name.as_str()) != Some(true)
            };
            let went = |name: &GateName| label_seen(log, name.as_str()) == Some(true);
            let something = !(gates.is_empty() && gone.is_empty() && changes.is_empty());
            something && new && gates.iter().all(fits) && gone.iter().all(went)
        }
        Event::Lapsed { fence, .. } => lease(log).is_some_and(|own| {
            own.fence == *fence && own.worker != who.worker && is(own.action.persona())
        }),
    }
}
