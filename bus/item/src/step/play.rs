//! Runs played by hand, for the tests of the families of events.

use std::time::Duration;

use trail_record::body::{Contract, GateName, GateOutcome};
use trail_record::{
    CommentId, CommitId, CriterionId, Digest, Fence, Moment, Persona, Record, RunId, Text, TreeId,
    UserId, WorkerId, code,
};

use super::{Actor, Effect, step};
use crate::action::Action;
use crate::event::{Event, Order};
use crate::state::State;

pub(crate) use Persona::{Coder, Planner, Reviewer, Tester};

/// An item and the time; every event that is played must be legal.
#[derive(Debug, Clone, Default)]
pub(crate) struct Play {
    pub(crate) state: State,
    pub(crate) effects: Vec<Effect>,
    pub(crate) minutes: i64,
}

/// Who, what, and the stage it leads to or why it may not happen.
pub(crate) type Case = (Persona, Event, Result<&'static str, &'static str>);

pub(crate) fn record(name: &str) -> Digest<Record> {
    Digest::of(name.as_bytes())
}

pub(crate) fn text(name: &str) -> Digest<Text> {
    Digest::of(name.as_bytes())
}

pub(crate) fn minute(minutes: i64) -> Moment {
    Moment::from_millis(1_795_165_200_000).after(Duration::from_secs(60 * minutes.unsigned_abs()))
}

/// The first worker of a persona.
pub(crate) fn worker(persona: Persona) -> Actor {
    Actor {
        persona,
        worker: WorkerId::new(format!("{persona}@host:1")),
    }
}

pub(crate) fn claimed(action: Action, fence: u64, until: i64) -> Event {
    Event::Claimed {
        action,
        fence: Fence(fence),
        holder: worker(action.persona()).worker,
        until: minute(until),
    }
}

pub(crate) fn asked(gate: &str, by: Persona, performer: Persona, approvals: u32) -> Event {
    let request = record(&format!("request of {gate}"));
    let contract = (gate == GateName::FILE_WRITE).then(|| Contract {
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
        approvals,
        contract,
    }
}

pub(crate) fn decided(gate: &str, outcome: GateOutcome, who: &str, comment: Option<&str>) -> Event {
    Event::GateDecided {
        gate: GateName::new(gate),
        request: record(&format!("request of {gate}")),
        outcome,
        decision: record(&format!("decision of {who}")),
        approver: UserId::from(who),
        comment: comment.map(CommentId::from),
    }
}

pub(crate) fn approved(gate: &str, comment: &str) -> Event {
    decided(gate, GateOutcome::Approved, "u-ada", Some(comment))
}

pub(crate) fn rejected(gate: &str, comment: &str) -> Event {
    decided(gate, GateOutcome::Rejected, "u-ada", Some(comment))
}

pub(crate) fn obeyed(command: Order, comment: &str) -> Event {
    let comment = comment.into();
    Event::Obeyed { command, comment }
}

pub(crate) fn found(id: &str, comment: Option<&str>) -> Event {
    Event::Found {
        kind: "edited-approval".to_owned(),
        id: id.to_owned(),
        code: "AAAAA-AAAAA".to_owned(),
        comment: comment.map(CommentId::from),
        closes: true,
    }
}

pub(crate) fn captured(gates: &[&str], gone: &[&str], changes: &[&str]) -> Event {
    let names = |names: &[&str]| names.iter().map(|name| GateName::new(*name)).collect();
    Event::Captured {
        observation: record("observation"),
        gates: names(gates),
        gone: names(gone),
        changes: changes.iter().map(|id| (*id).to_owned()).collect(),
    }
}

pub(crate) fn lapsed(fence: u64) -> Event {
    Event::Lapsed {
        fence: Fence(fence),
        observation: record("observation"),
    }
}

pub(crate) fn disposed(id: &str, comment: &str) -> Event {
    let (id, comment) = (id.to_owned(), comment.into());
    Event::Disposed { id, comment }
}

pub(crate) fn committed(fence: u64, patchset: &str, bytes: u64) -> Event {
    Event::Committed {
        fence: Fence(fence),
        patchset: record(patchset),
        bytes,
        commit: CommitId::new(format!("commit of {patchset}")),
        tree: TreeId::new(format!("tree of {patchset}")),
    }
}

pub(crate) fn proposed(fence: u64, patchset: &str) -> Event {
    Event::Proposed {
        fence: Fence(fence),
        patchset: record(patchset),
    }
}

pub(crate) fn tested(fence: u64, green: bool) -> Event {
    Event::Tested {
        fence: Fence(fence),
        result: record("result"),
        passed: 3,
        failed: u32::from(!green),
        green,
    }
}

pub(crate) fn proved(fence: Option<u64>, proven: &[&str], open: &[&str], again: bool) -> Event {
    let ids = |own: &[&str]| own.iter().map(|id| CriterionId::from(*id)).collect();
    Event::Proved {
        fence: fence.map(Fence),
        proofs: vec![record("proof")],
        proven: ids(proven),
        open: ids(open),
        again,
        stopped: None,
    }
}

pub(crate) fn prepared(tree: &str) -> Event {
    Event::Prepared {
        pull_request: record("pull request"),
        tree: TreeId::from(tree),
    }
}

pub(crate) fn delivered(fence: u64) -> Event {
    Event::Delivered {
        fence: Fence(fence),
        receipt: record("receipt"),
    }
}

pub(crate) fn failed(fence: u64, retryable: bool) -> Event {
    Event::Failed {
        fence: Fence(fence),
        failure: record("failure"),
        retryable,
    }
}

pub(crate) fn taken_up(body: &str, comment: Option<&str>) -> Event {
    Event::TakenUp {
        spec: record("spec"),
        text: text(body),
        run: RunId::from("P-1.1"),
        comment: comment.map(CommentId::from),
    }
}

impl Play {
    /// Plays one event by a persona's first worker.
    pub(crate) fn then(mut self, who: Persona, event: Event) -> Self {
        let at = minute(self.minutes);
        match step(&self.state, &worker(who), &event, at) {
            Ok((state, effects)) => {
                self.state = state;
                self.effects = effects;
                self
            }
            Err(illegal) => panic!("{illegal}: {event:?} in {:#?}", self.state),
        }
    }

    pub(crate) fn after(mut self, minutes: i64) -> Self {
        self.minutes += minutes;
        self
    }

    pub(crate) fn now(&self) -> Moment {
        minute(self.minutes)
    }

    /// Claims an action for half an hour.
    pub(crate) fn claim(self, action: Action) -> Self {
        let (fence, until) = (self.state.fence.next().0, self.minutes + 30);
        self.then(action.persona(), claimed(action, fence, until))
    }

    /// The fence of the newest lease.
    pub(crate) fn fence(&self) -> u64 {
        self.state.fence.0
    }

    pub(crate) fn refusal(&self, who: &Actor, event: &Event) -> Option<String> {
        step(&self.state, who, event, self.now())
            .err()
            .map(|own| own.0)
    }

    /// Checks every case against the item as it stands.
    pub(crate) fn check(&self, cases: &[Case]) {
        for (who, event, expected) in cases {
            let came = step(&self.state, &worker(*who), event, self.now());
            match (came, expected) {
                (Ok((state, _)), Ok(stage)) => {
                    assert_eq!(state.stage_name(), *stage, "{who} {event:?}");
                }
                (Err(illegal), Err(why)) => {
                    assert!(illegal.0.contains(why), "{who} {event:?}: {illegal}");
                }
                (came, expected) => panic!(
                    "expected {expected:?} of {who} {event:?}, came {:?}",
                    came.map(|(state, _)| state.stage_name())
                ),
            }
        }
    }

    pub(crate) fn ready() -> Self {
        Self::default().then(Planner, taken_up("text", None))
    }

    pub(crate) fn planned() -> Self {
        let play = Self::ready().claim(Action::Plan);
        let (fence, plan) = (Fence(play.fence()), record("plan"));
        play.then(Planner, Event::Planned { fence, plan })
    }

    /// A patchset waits for `file_write`.
    pub(crate) fn proposed(approvals: u32) -> Self {
        let play = Self::planned().claim(Action::Implement);
        let fence = play.fence();
        play.then(Coder, proposed(fence, "patchset"))
            .then(Coder, asked("file_write", Coder, Coder, approvals))
    }

    pub(crate) fn written() -> Self {
        let play = Self::proposed(1)
            .then(Planner, approved("file_write", "c-1"))
            .claim(Action::Apply);
        let fence = play.fence();
        play.then(Coder, committed(fence, "patchset", 10))
    }

    pub(crate) fn testable() -> Self {
        let play = Self::written().claim(Action::WriteTests);
        let fence = play.fence();
        play.then(Tester, committed(fence, "tests", 10))
    }

    pub(crate) fn red() -> Self {
        let play = Self::testable().claim(Action::RunTests);
        let fence = play.fence();
        play.then(Tester, tested(fence, false))
    }

    /// A pull request waits for `pr_create`.
    pub(crate) fn green(approvals: u32) -> Self {
        let play = Self::testable().claim(Action::RunTests);
        let fence = play.fence();
        play.then(Tester, tested(fence, true))
            .then(Tester, prepared("tree of tests"))
            .then(Tester, asked("pr_create", Tester, Reviewer, approvals))
    }

    pub(crate) fn delivering() -> Self {
        Self::green(1)
            .then(Planner, approved("pr_create", "c-2"))
            .claim(Action::Deliver)
    }

    pub(crate) fn delivered() -> Self {
        let play = Self::delivering();
        let fence = play.fence();
        play.then(Reviewer, delivered(fence))
    }
}
