//! The plain oracle: every question is answered by looking through the whole log of what was
//! accepted. Slow, without state, and written without looking at `step`.

use trail_item::{Action, Actor, Event, Order};
use trail_record::body::{Contract, GateName, GateOutcome};
use trail_record::{CommentId, Digest, Fence, Moment, Persona, Record, UserId, WorkerId};

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
            | Event::Lapsed { .. }
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
pub(crate) fn takes_back(log: &[Done], event: &Event) -> bool {
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

pub(crate) fn of_work(name: &str) -> bool {
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
