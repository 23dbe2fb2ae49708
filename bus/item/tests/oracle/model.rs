//! The plain oracle: every question is answered by looking through the whole log of what was
//! accepted. Slow, without state, and written without looking at `step`.

use std::collections::BTreeSet;

use trail_item::{Action, Actor, Event, Order};
use trail_record::body::{Contract, GateName, GateOutcome};
use trail_record::{
    CommentId, Digest, Fence, Moment, Persona, Record, Text, TreeId, UserId, WorkerId, code,
};

/// Something that was accepted.
#[derive(Debug, Clone)]
pub(crate) struct Done {
    pub(crate) who: Actor,
    pub(crate) event: Event,
    pub(crate) at: Moment,
}

pub(crate) struct Lease {
    pub(crate) fence: Fence,
    pub(crate) worker: WorkerId,
    pub(crate) action: Action,
    pub(crate) until: Moment,
}

#[derive(Clone)]
pub(crate) struct Ask {
    pub(crate) name: String,
    pub(crate) request: Digest<Record>,
    pub(crate) by: Persona,
    pub(crate) performer: Persona,
    pub(crate) needed: usize,
    pub(crate) contract: Option<Contract>,
    pub(crate) yes: Vec<(UserId, Option<CommentId>)>,
}

impl Ask {
    pub(crate) fn is_open(&self) -> bool {
        self.yes.len() >= self.needed
    }
}

/// The gate of the work, and the one of a label.
pub(crate) type Gates = (Option<Ask>, Option<Ask>);

const ORDER: [Persona; 4] = [
    Persona::Planner,
    Persona::Reviewer,
    Persona::Tester,
    Persona::Coder,
];

pub(crate) fn lease(log: &[Done]) -> Option<Lease> {
    let mut lease: Option<Lease> = None;
    for (at, done) in log.iter().enumerate() {
        match &done.event {
            Event::Claimed {
                action,
                fence,
                holder,
                until,
            } => {
                lease = Some(Lease {
                    fence: *fence,
                    worker: holder.clone(),
                    action: *action,
                    until: *until,
                });
            }
            Event::Renewed { until, .. } => lease.as_mut().expect("was held").until = *until,
            Event::Disposed { .. } if takes_back(&log[..at], &done.event) => lease = None,
            event if ends_lease(event) => lease = None,
            _ => {}
        }
    }
    lease
}

fn ends_lease(event: &Event) -> bool {
    matches!(
        event,
        Event::Released { .. }
            | Event::Planned { .. }
            | Event::Proposed { .. }
            | Event::Committed { .. }
            | Event::Tested { .. }
            | Event::Delivered { .. }
            | Event::Refused { .. }
            | Event::Failed { .. }
            | Event::Amended { .. }
            | Event::GateAsked { .. }
            | Event::Obeyed {
                command: Order::Cancel,
                ..
            }
    )
}

pub(crate) fn gates(log: &[Done]) -> Gates {
    let (mut work, mut label): Gates = (None, None);
    for (at, done) in log.iter().enumerate() {
        match &done.event {
            Event::GateAsked {
                gate,
                request,
                requested_by,
                performed_by,
                approvals,
                contract,
                ..
            } => {
                let ask = Ask {
                    name: gate.as_str().to_owned(),
                    request: *request,
                    by: *requested_by,
                    performer: *performed_by,
                    needed: usize::try_from((*approvals).max(1)).unwrap(),
                    contract: contract.clone(),
                    yes: Vec::new(),
                };
                if of_work(&ask.name) {
                    work = Some(ask);
                } else {
                    label = Some(ask);
                }
            }
            Event::GateDecided {
                outcome,
                approver,
                comment,
                ..
            } => {
                let slot = if label.is_some() {
                    &mut label
                } else {
                    &mut work
                };
                let ask = slot.as_mut().expect("was asked");
                match outcome {
                    GateOutcome::Approved => ask.yes.push((approver.clone(), comment.clone())),
                    GateOutcome::Rejected => *slot = None,
                }
                label = label.filter(|ask| !ask.is_open());
            }
            Event::Proposed { .. }
            | Event::Committed { .. }
            | Event::Delivered { .. }
            | Event::Refused { .. } => work = None,
            Event::Amended { .. }
            | Event::Obeyed {
                command: Order::Cancel,
                ..
            } => (work, label) = (None, None),
            Event::Disposed { id, .. } => {
                if let Some(about) = about(&log[..at], id) {
                    let rests =
                        |ask: &Ask| ask.yes.iter().any(|(_, own)| own.as_ref() == Some(&about));
                    work = work.filter(|ask| !rests(ask));
                    label = label.filter(|ask| !rests(ask));
                }
            }
            _ => {}
        }
    }
    (work, label)
}

fn about(log: &[Done], finding: &str) -> Option<CommentId> {
    log.iter().find_map(|done| match &done.event {
        Event::Found { id, comment, .. } if id == finding => comment.clone(),
        _ => None,
    })
}

/// Tells whether clearing a finding takes the approval of the work's gate back.
fn takes_back(log: &[Done], event: &Event) -> bool {
    let mut after = log.to_vec();
    let before = gates(log).0;
    after.push(Done {
        who: Actor {
            persona: Persona::Planner,
            worker: WorkerId::from(""),
        },
        event: event.clone(),
        at: Moment::default(),
    });
    matches!(event, Event::Disposed { .. }) && before.is_some() && gates(&after).0.is_none()
}

fn of_work(name: &str) -> bool {
    name == GateName::FILE_WRITE || name == GateName::PR_CREATE
}

pub(crate) fn waiting(log: &[Done]) -> Option<Ask> {
    let (work, label) = gates(log);
    label.or(work.filter(|ask| !ask.is_open()))
}

pub(crate) fn desk(log: &[Done]) -> Persona {
    waiting(log).map_or(Persona::Planner, |ask| neutral(ask.by, ask.performer))
}

pub(crate) fn neutral(by: Persona, performer: Persona) -> Persona {
    *ORDER
        .iter()
        .find(|own| ![by, performer].contains(own))
        .unwrap()
}

/// The action that made the newest proposal.
fn maker(log: &[Done]) -> Action {
    let at = log
        .iter()
        .rposition(|done| matches!(done.event, Event::Proposed { .. }))
        .unwrap();
    lease(&log[..at]).unwrap().action
}

/// The action whose work the newest commit holds.
fn committed_by(log: &[Done], at: usize) -> Action {
    match lease(&log[..at]).unwrap().action {
        Action::Apply => maker(&log[..at]),
        action => action,
    }
}

fn remake(action: Action) -> Action {
    if [Action::Implement, Action::WriteTests].contains(&action) {
        action
    } else {
        Action::Fix
    }
}

/// What the work is about to do, were nothing in its way.
fn goal(log: &[Done]) -> Option<Action> {
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
fn count(log: &[Done], reset: impl Fn(usize) -> bool, up: impl Fn(usize) -> bool) -> usize {
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

fn looked_at(event: &Event) -> bool {
    matches!(
        event,
        Event::Amended { .. }
            | Event::Obeyed {
                command: Order::Retry,
                ..
            }
    )
}

fn failures(log: &[Done]) -> usize {
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

fn fixes(log: &[Done]) -> usize {
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

fn stuck(log: &[Done]) -> bool {
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

fn next(log: &[Done]) -> Option<Action> {
    goal(log).filter(|_| !stuck(log) && !ended(log))
}

fn begun(log: &[Done]) -> bool {
    log.iter()
        .any(|done| matches!(done.event, Event::TakenUp { .. }))
}

fn bound(log: &[Done]) -> Option<Digest<Text>> {
    log.iter().rev().find_map(|done| match &done.event {
        Event::TakenUp { text, .. } | Event::Amended { text, .. } => Some(*text),
        _ => None,
    })
}

fn drift(log: &[Done]) -> Option<Digest<Text>> {
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

fn held(log: &[Done]) -> bool {
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
            Event::Found { id, .. } => drop(open.insert(id.clone())),
            Event::Disposed { id, .. } => drop(open.remove(id)),
            _ => {}
        }
    }
    open
}

fn used(log: &[Done], comment: &CommentId) -> bool {
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

fn since_amended(log: &[Done]) -> usize {
    log.iter()
        .rposition(|done| matches!(done.event, Event::Amended { .. }))
        .map_or(0, |at| at + 1)
}

fn passed(log: &[Done], name: &str) -> bool {
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

fn passing(log: &[Done]) -> Option<TreeId> {
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
            let last = log.iter().rev().map(|done| &done.event);
            let last = last
                .filter(|own| matches!(own, Event::StartAsked { .. } | Event::Unfit { .. }))
                .next();
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
        Event::Found { id, .. } => {
            let known =
                |done: &Done| matches!(&done.event, Event::Found { id: own, .. } if own == id);
            is(desk(log)) && !log.iter().any(known)
        }
        Event::Disposed { id, comment } => answers(comment) && open_findings(log).contains(id),
    }
}
