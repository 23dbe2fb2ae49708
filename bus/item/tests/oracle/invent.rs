//! Inventing what might happen: mostly what a worker would do, often by the wrong one, at the wrong
//! time or with something in it that does not fit.

use crate::noise::{anything, spoil};
use trail_item::{Action, Actor, Event, Order, Stage, State};
use trail_record::body::{Contract, GateName, GateOutcome};
use trail_record::{
    CommentId, CommitId, CriterionId, Digest, Fence, Moment, Persona, RunId, TreeId, WorkerId, code,
};

/// Numbers to choose by; the same numbers choose the same.
pub(crate) struct Dice<'d> {
    numbers: &'d [u16],
    at: usize,
}

impl<'d> Dice<'d> {
    pub(crate) fn new(numbers: &'d [u16]) -> Self {
        Self { numbers, at: 0 }
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        let number = self.numbers[self.at % self.numbers.len()];
        self.at += 1;
        usize::from(number.rotate_left(u32::try_from(self.at).unwrap() / 8)) % limit
    }

    pub(crate) fn one_in(&mut self, chances: usize) -> bool {
        self.below(chances) == chances - 1
    }

    pub(crate) fn of<T: Clone>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())].clone()
    }
}

pub(crate) const START: i64 = 1_795_165_200_000;
pub(crate) const MINUTE: i64 = 60_000;

/// One of several workers of a persona; its clock goes wrong by up to twenty minutes.
pub(crate) fn worker(persona: Persona, number: usize) -> Actor {
    let worker = WorkerId::new(format!("{persona}@host:{number}"));
    Actor { persona, worker }
}

pub(crate) fn clock(who: &Actor, minutes: i64) -> Moment {
    let skew = match who.worker.as_str().bytes().last() {
        Some(b'1') => 20,
        Some(b'2') => -20,
        Some(b'3') => 3,
        _ => 0,
    };
    Moment::from_millis(START + (minutes + skew) * MINUTE)
}

/// Invents the next thing to happen in `state`: by whom, and what.
pub(crate) fn event(
    state: &State,
    minutes: i64,
    workers: usize,
    dice: &mut Dice<'_>,
) -> (Actor, Event) {
    let (persona, mut event) = if dice.one_in(5) {
        (dice.of(&Persona::ALL), anything(state, dice))
    } else {
        expected(state, dice)
    };
    let mut who = match &state.lease {
        Some(lease) if lease.action.persona() == persona && !dice.one_in(6) => Actor {
            persona,
            worker: lease.holder.clone(),
        },
        _ => worker(persona, dice.below(workers)),
    };
    if dice.one_in(9) {
        who.persona = dice.of(&Persona::ALL);
    }
    if let Event::Claimed { holder, until, .. } = &mut event {
        *holder = who.worker.clone();
        *until = clock(&who, minutes + 30);
    }
    if let Event::Renewed { until, .. } = &mut event {
        *until = clock(&who, minutes + dice.of(&[-10, 30, 45, 1439, 1470]));
    }
    if dice.one_in(12) {
        spoil(&mut event, dice);
    }
    (who, event)
}

/// What would happen next if all went well, or as badly as people and machines go.
fn expected(state: &State, dice: &mut Dice<'_>) -> (Persona, Event) {
    if let Some(lease) = &state.lease {
        return (
            lease.action.persona(),
            outcome(state, lease.action, lease.fence, dice),
        );
    }
    let finding = state.findings.iter().find(|(_, own)| !own.disposed);
    if let Some((id, _)) = finding.filter(|_| !dice.one_in(3)) {
        let (id, comment) = (id.clone(), comment(dice));
        return (state.desk(), Event::Disposed { id, comment });
    }
    if let Some((text, _)) = state.drift.as_ref().filter(|_| !dice.one_in(4)) {
        let event = if dice.one_in(2) {
            Event::Restored
        } else {
            Event::Amended {
                spec: Digest::of(b"amended"),
                text: *text,
                comment: comment(dice),
            }
        };
        return (state.desk(), event);
    }
    if state.held && !dice.one_in(3) {
        return (state.desk(), order(Order::Resume, dice));
    }
    if let Some(gate) = state.waiting() {
        let outcome = dice.of(&[
            GateOutcome::Approved,
            GateOutcome::Approved,
            GateOutcome::Approved,
            GateOutcome::Rejected,
        ]);
        let comment = (!dice.one_in(6)).then(|| comment(dice));
        let by = match comment {
            Some(_) => gate.attestor(),
            None => Persona::Reviewer,
        };
        let event = Event::GateDecided {
            gate: gate.name.clone(),
            request: gate.request,
            outcome,
            decision: Digest::of(b"decision"),
            approver: dice.of(&["u-ada", "u-bob", "u-cyd"]).into(),
            comment,
        };
        return (by, event);
    }
    if dice.one_in(20) {
        let desk = state.desk();
        let text = Digest::of(dice.of(&["text 0", "text 1"]).as_bytes());
        return (
            desk,
            Event::Drifted {
                text,
                code: "BBBBB-BBBBB".to_owned(),
            },
        );
    }
    if dice.one_in(7) {
        let kind = dice.of(&["plan", "exec", "legal", "legal", "privacy"]);
        if let Some(next) = state.next_action() {
            return (
                next.persona(),
                asked(kind, next.persona(), next.persona(), dice),
            );
        }
    }
    match (&state.stage, state.next_action()) {
        (Stage::Proposed { of, .. }, _) if state.gate.is_none() => {
            let by = of.persona();
            (by, asked(GateName::FILE_WRITE, by, Persona::Coder, dice))
        }
        (Stage::Green { .. }, _) if state.gate.is_none() => (
            Persona::Tester,
            asked(
                GateName::PR_CREATE,
                Persona::Tester,
                Persona::Reviewer,
                dice,
            ),
        ),
        (Stage::Testable, _) if state.passing.is_some() && dice.one_in(2) => {
            (Persona::Tester, proved(Some(state.fence), dice))
        }
        (Stage::Testable, _) if state.passing.is_some() && !dice.one_in(4) => {
            let tree = state.passing.clone().unwrap();
            let pull_request = Digest::of(b"pull request");
            (Persona::Tester, Event::Prepared { pull_request, tree })
        }
        (Stage::Stuck { .. }, _) => (state.desk(), order(Order::Retry, dice)),
        (_, Some(action)) => (action.persona(), claim(state, action)),
        (Stage::AwaitingStart { text, .. }, _) => {
            (Persona::Planner, taken_up(*text, Some(comment(dice))))
        }
        (_, None) => {
            let text = Digest::of(dice.of(&["text 0", "text 1"]).as_bytes());
            let code = "AAAAA-AAAAA".to_owned();
            let event = match dice.below(4) {
                0 => Event::Unfit { text },
                1 => Event::StartAsked { text, code },
                _ => taken_up(text, None),
            };
            (Persona::Planner, event)
        }
    }
}

pub(crate) fn outcome(state: &State, action: Action, fence: Fence, dice: &mut Dice<'_>) -> Event {
    match dice.below(12) {
        0 => {
            return Event::Renewed {
                fence,
                until: Moment::default(),
            };
        }
        1 => return Event::Released { fence },
        2 => {
            return Event::Spent {
                fence,
                calls: 1,
                cost_micros: 5,
            };
        }
        3 => {
            let failure = Digest::of(b"failure");
            let retryable = dice.below(3) > 0;
            return Event::Failed {
                fence,
                failure,
                retryable,
            };
        }
        _ => {}
    }
    match action {
        Action::Plan => Event::Planned {
            fence,
            plan: Digest::of(b"plan"),
        },
        Action::Implement => proposed(fence, dice),
        Action::Apply => {
            let Stage::Proposed { patchset, .. } = &state.stage else {
                return committed(fence, dice);
            };
            let (patchset, name) = (*patchset, dice.below(3));
            let (commit, tree) = made(name);
            Event::Committed {
                fence,
                patchset,
                bytes: 10,
                commit,
                tree,
            }
        }
        Action::WriteTests | Action::Fix => {
            if dice.one_in(4) {
                proposed(fence, dice)
            } else {
                committed(fence, dice)
            }
        }
        Action::RunTests => Event::Tested {
            fence,
            result: Digest::of(b"result"),
            passed: 1,
            failed: 0,
            green: dice.below(3) > 0,
        },
        Action::Deliver => {
            if dice.one_in(3) {
                Event::Refused {
                    fence,
                    review: Digest::of(b"review"),
                }
            } else {
                Event::Delivered {
                    fence,
                    receipt: Digest::of(b"receipt"),
                }
            }
        }
    }
}

pub(crate) fn comment(dice: &mut Dice<'_>) -> CommentId {
    CommentId::new(format!("c-{}", dice.below(60)))
}

pub(crate) fn claim(state: &State, action: Action) -> Event {
    Event::Claimed {
        action,
        fence: state.fence.next(),
        holder: WorkerId::from(""),
        until: Moment::default(),
    }
}

pub(crate) fn taken_up(text: Digest<trail_record::Text>, comment: Option<CommentId>) -> Event {
    Event::TakenUp {
        spec: Digest::of(b"spec"),
        text,
        run: RunId::from("P-1.1"),
        comment,
    }
}

pub(crate) fn order(command: Order, dice: &mut Dice<'_>) -> Event {
    let comment = comment(dice);
    Event::Obeyed { command, comment }
}

pub(crate) fn proved(fence: Option<Fence>, dice: &mut Dice<'_>) -> Event {
    let ids = |own: &[&str]| own.iter().map(|id| CriterionId::from(*id)).collect();
    let (proven, open): (&[&str], &[&str]) = dice.of(&[
        (&["AC-1", "AC-2"][..], &[][..]),
        (&["AC-1"], &["AC-2"]),
        (&[], &["AC-1", "AC-2"]),
        (&["AC-1"], &["AC-2"]),
        (&["AC-1", "AC-2"], &["AC-2"]),
    ]);
    Event::Proved {
        fence,
        proofs: vec![Digest::of(b"proof")],
        proven: ids(proven),
        open: ids(open),
        again: dice.below(3) > 0,
        stopped: dice.one_in(3).then(|| "the time was used up".to_owned()),
    }
}

fn proposed(fence: Fence, dice: &mut Dice<'_>) -> Event {
    let patchset = Digest::of(dice.of(&["patchset 0", "patchset 1"]).as_bytes());
    Event::Proposed { fence, patchset }
}

fn committed(fence: Fence, dice: &mut Dice<'_>) -> Event {
    let (commit, tree) = made(dice.below(3));
    Event::Committed {
        fence,
        patchset: Digest::of(dice.of(&["patchset 0", "patchset 1"]).as_bytes()),
        bytes: dice.of(&[1, 10, 60]),
        commit,
        tree,
    }
}

pub(crate) fn made(number: usize) -> (CommitId, TreeId) {
    let (commit, tree) = (format!("commit {number}"), format!("tree {number}"));
    (CommitId::new(commit), TreeId::new(tree))
}

pub(crate) fn asked(gate: &str, by: Persona, performer: Persona, dice: &mut Dice<'_>) -> Event {
    let request = Digest::of(dice.of(&["request 0", "request 1"]).as_bytes());
    let contract = (gate == GateName::FILE_WRITE || dice.one_in(6)).then(|| Contract {
        paths: vec!["src/**".to_owned()],
        max_bytes: 100,
        max_patchsets: 2,
    });
    Event::GateAsked {
        gate: GateName::new(gate),
        request,
        code: code::of(request.as_bytes()),
        requested_by: by,
        performed_by: performer,
        approvals: dice.of(&[1, 1, 0, 2]),
        contract,
    }
}
