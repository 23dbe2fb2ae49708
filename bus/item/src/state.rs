//! Where a work item stands, as the fold of its history.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::Serialize;
use trail_record::body::{Contract, GateName};
use trail_record::digest::Text;
use trail_record::{
    CommentId, CommitId, Digest, Entry, Fence, Moment, Persona, Record, RunId, TreeId, UserId,
    WorkerId,
};

use crate::action::Action;

/// How often an action may fail in a row before a human is asked.
pub const MAX_FAILURES: u32 = 3;
/// How often tests may come out red before a human is asked.
pub const MAX_FIXES: u32 = 5;
/// How often tests may go back to the tester in a row because they prove nothing.
pub const MAX_REWRITES: u32 = 5;
/// The longest lease there is: a claim that asks for more is void.
pub const MAX_LEASE: Duration = Duration::from_secs(24 * 60 * 60);

/// How many poses of strangers are sealed on one item; more would only tell the same.
pub const MAX_POSES: usize = 50;

/// Where a work item stands.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct State {
    /// How far the work has come.
    pub stage: Stage,
    /// What taking the delivery back would do was told under this code.
    pub revert_asked: Option<RevertAsked>,
    /// What is being worked on; none before intake.
    pub task: Option<Task>,
    /// Who is acting now.
    pub lease: Option<Lease>,
    /// The number of the newest lease.
    pub fence: Fence,
    /// The gate of the work itself (`file_write`, `pr_create`) that waits, or was passed for the next
    /// action.
    pub gate: Option<Gate>,
    /// The gate of a human's label or of a rule (`plan`, `exec`, ...) that waits.
    pub label_gate: Option<Gate>,
    /// Gates of humans' labels that were passed in this run.
    pub passed: BTreeSet<GateName>,
    /// Gates that labels asked for and that were not passed since; a label that is taken off again
    /// does not take its gate away.
    pub wanted: BTreeSet<GateName>,
    /// Those of them whose label is known to be gone.
    pub unlabelled: BTreeSet<GateName>,
    /// The tracker's ids of the changes that were captured.
    pub captured: BTreeSet<String>,
    /// Whether a human holds the item.
    pub held: bool,
    /// The text the item has drifted to, and the code that would bind it.
    pub drift: Option<(Digest<Text>, String)>,
    /// Findings, by name, and whether a human has cleared each.
    pub findings: BTreeMap<String, FindingState>,
    /// Comments of humans that were answered or obeyed.
    pub answered: BTreeSet<CommentId>,
    /// How often each action was completed in this run.
    pub rounds: BTreeMap<Action, u32>,
    /// How often actions failed in a row.
    pub failures: u32,
    /// How many fixes there were since tests last passed or a human last looked.
    pub fixes: u32,
    /// How often tests went back to the tester since they last proved everything or a human last
    /// looked.
    pub rewrites: u32,
    /// How many patchsets and bytes have passed under the contract.
    pub contract: Option<ContractState>,
    /// The newest commit of the run and its tree.
    pub commit: Option<(CommitId, TreeId)>,
    /// The tree that may be proposed, until another is committed: all tests passed on it, or it takes
    /// deliveries back and its test run is a human's to judge.
    pub passing: Option<TreeId>,
    /// AI calls in this run.
    pub calls: u32,
    /// What they cost, in millionths of a US dollar, as far as prices are known.
    pub cost_micros: u64,
    /// How many runs there have been.
    pub runs: u32,
    /// How many entries there are.
    pub entries: u64,
    /// The newest entry.
    pub head: Option<Digest<Entry>>,
}

/// How far the work has come; each stage carries what is true only there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "stage")]
pub enum Stage {
    /// Nothing of Trail's is on the item.
    #[default]
    Filed,
    /// The text must be mended before it can be worked on.
    Unfit {
        /// Digest of the text that was judged.
        text: Digest<Text>,
    },
    /// Waits for `/start CODE`.
    AwaitingStart {
        /// Digest of the text it would bind.
        text: Digest<Text>,
        /// The code.
        code: String,
    },
    /// The task is sealed; the plan is due.
    Ready,
    /// The plan is made; the implementation is due.
    Planned,
    /// A patchset waits for `file_write`, or was approved and is to be applied.
    Proposed {
        /// The patchset.
        patchset: Digest<Record>,
        /// The action that made it.
        of: Action,
    },
    /// The change is committed; tests are to be written.
    Written,
    /// Tests are committed, or a fix is; they are to be run.
    Testable,
    /// Something is to be mended: tests failed, or a human or the reviewer refused.
    Red,
    /// All tests pass; the pull request waits for `pr_create`, or was approved and is to be delivered.
    Green {
        /// The pull request.
        pull_request: Digest<Record>,
        /// The tree it would deliver.
        tree: TreeId,
    },
    /// Done.
    Delivered {
        /// The receipt.
        receipt: Digest<Record>,
    },
    /// Waits for `/retry`.
    Stuck {
        /// The stage to go back to.
        back: Box<Self>,
    },
    /// A human ended it.
    Cancelled,
}

/// What is being worked on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Task {
    /// The spec.
    pub spec: Digest<Record>,
    /// Digest of the item's title and body as sealed.
    pub text: Digest<Text>,
    /// The run.
    pub run: RunId,
    /// What the run takes back, if that is what it is for.
    pub reverts: Option<Reverts>,
}

/// What a run takes back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reverts {
    /// The record that says what, and on whose word.
    pub revert: Digest<Record>,
    /// The delivery that stands if the run comes to nothing.
    pub receipt: Digest<Record>,
}

/// What a human was told of taking a delivery back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RevertAsked {
    /// The receipts of what may be taken back: the item's own, then those of what builds on it.
    pub receipts: Vec<Digest<Record>>,
    /// The code that `/revert` must name.
    pub code: String,
}

/// Who is acting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Lease {
    /// Its number.
    pub fence: Fence,
    /// Who holds it.
    pub holder: WorkerId,
    /// What for.
    pub action: Action,
    /// When it lapses.
    pub until: Moment,
}

/// A gate that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Gate {
    /// Its name.
    pub name: GateName,
    /// The request.
    pub request: Digest<Record>,
    /// The entry that carries the request.
    pub entry: Option<Digest<Entry>>,
    /// The code.
    pub code: String,
    /// Who asks.
    pub requested_by: Persona,
    /// Who will act on it.
    pub performed_by: Persona,
    /// How many must approve.
    pub needed: u32,
    /// The approvals so far, each by another account.
    pub approvals: Vec<Approval>,
    /// The contract it would grant.
    pub contract: Option<Contract>,
}

/// One approval at a gate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Approval {
    /// The gate decision.
    pub decision: Digest<Record>,
    /// The account that approved.
    pub approver: UserId,
    /// The comment it was given in; none where a rule delegated it.
    pub comment: Option<CommentId>,
}

/// A contract in force and what it has let through.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ContractState {
    /// The contract.
    pub contract: Contract,
    /// The gate decision that granted it.
    pub decision: Digest<Record>,
    /// Patchsets that passed under it.
    pub patchsets: u32,
    /// Bytes of new text that passed under it.
    pub bytes: u64,
}

/// Whether a finding still closes the gates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FindingState {
    /// Its stable word.
    pub kind: String,
    /// The code that clears it.
    pub code: String,
    /// The comment it is about, if it is about one.
    pub comment: Option<CommentId>,
    /// Whether it closes the gates until it is cleared.
    pub closes: bool,
    /// Whether a human has cleared it.
    pub disposed: bool,
}

/// What a tracker's board shows of an item; nothing relies on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// To be worked on.
    Todo,
    /// Being worked on.
    InProgress,
    /// Waits for a human.
    Waiting,
    /// Delivered.
    Done,
    /// Given up.
    Cancelled,
}

impl Gate {
    /// Tells whether enough permitted humans have approved.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.missing() == 0
    }

    /// Returns how many permitted humans have still to approve.
    #[must_use]
    pub fn missing(&self) -> u32 {
        let given = u32::try_from(self.approvals.len()).unwrap_or(u32::MAX);
        self.needed.max(1).saturating_sub(given)
    }

    /// Returns the persona that reads the humans' comments at this gate and seals the decision: one
    /// that neither asked for it nor performs it.
    #[must_use]
    pub fn attestor(&self) -> Persona {
        [
            Persona::Planner,
            Persona::Reviewer,
            Persona::Tester,
            Persona::Coder,
        ]
        .into_iter()
        .find(|persona| *persona != self.requested_by && *persona != self.performed_by)
        .expect("two of four personas leave two")
    }
}

impl State {
    /// Returns the persona that answers humans now: the attestor of a waiting gate, else the planner.
    #[must_use]
    pub fn desk(&self) -> Persona {
        self.waiting().map_or(Persona::Planner, Gate::attestor)
    }

    /// Returns what the run takes back, if that is what it is for.
    #[must_use]
    pub fn reverts(&self) -> Option<&Reverts> {
        self.task.as_ref().and_then(|task| task.reverts.as_ref())
    }

    /// Tells whether the run has come to its end.
    #[must_use]
    pub const fn has_ended(&self) -> bool {
        matches!(self.stage, Stage::Delivered { .. } | Stage::Cancelled)
    }

    /// Returns the gate that waits for humans now.
    #[must_use]
    pub fn waiting(&self) -> Option<&Gate> {
        self.label_gate
            .as_ref()
            .or_else(|| self.gate.as_ref().filter(|gate| !gate.is_open()))
    }

    /// Tells whether a finding that no human has cleared closes the gates.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.findings
            .values()
            .any(|finding| finding.closes && !finding.disposed)
    }

    /// Returns the action the stage calls for, whoever holds it up.
    #[must_use]
    pub fn next_action(&self) -> Option<Action> {
        match self.stage {
            Stage::Ready => Some(Action::Plan),
            Stage::Planned => Some(Action::Implement),
            Stage::Proposed { .. } => Some(Action::Apply),
            Stage::Written => Some(Action::WriteTests),
            Stage::Testable => Some(Action::RunTests),
            Stage::Red => Some(Action::Fix),
            Stage::Green { .. } => Some(Action::Deliver),
            Stage::Filed
            | Stage::Unfit { .. }
            | Stage::AwaitingStart { .. }
            | Stage::Delivered { .. }
            | Stage::Stuck { .. }
            | Stage::Cancelled => None,
        }
    }

    /// Returns the action that may be claimed at `at`, if any.
    #[must_use]
    pub fn due(&self, at: Moment) -> Option<Action> {
        let action = self.next_action()?;
        let leased = self.lease.as_ref().is_some_and(|lease| lease.until > at);
        let gated = self.waiting().is_some();
        let unasked = matches!(action, Action::Apply | Action::Deliver) && self.gate.is_none();
        let blocked =
            leased || gated || unasked || self.held || self.drift.is_some() || self.is_closed();
        (!blocked).then_some(action)
    }

    /// Returns the round in which `action` would be done now, from 1.
    #[must_use]
    pub fn round(&self, action: Action) -> u32 {
        self.rounds.get(&action).copied().unwrap_or(0) + 1
    }

    /// Returns what a tracker's board shows.
    #[must_use]
    pub fn phase(&self) -> Phase {
        let waits =
            self.held || self.drift.is_some() || self.is_closed() || self.waiting().is_some();
        match &self.stage {
            Stage::Delivered { .. } => Phase::Done,
            Stage::Cancelled => Phase::Cancelled,
            Stage::Unfit { .. } | Stage::AwaitingStart { .. } | Stage::Stuck { .. } => {
                Phase::Waiting
            }
            Stage::Filed => Phase::Todo,
            Stage::Ready
            | Stage::Planned
            | Stage::Proposed { .. }
            | Stage::Written
            | Stage::Testable
            | Stage::Red
            | Stage::Green { .. } => {
                if waits {
                    Phase::Waiting
                } else {
                    Phase::InProgress
                }
            }
        }
    }

    /// Returns the stage's name as written everywhere.
    #[must_use]
    pub const fn stage_name(&self) -> &'static str {
        match self.stage {
            Stage::Filed => "filed",
            Stage::Unfit { .. } => "unfit",
            Stage::AwaitingStart { .. } => "awaiting-start",
            Stage::Ready => "ready",
            Stage::Planned => "planned",
            Stage::Proposed { .. } => "proposed",
            Stage::Written => "written",
            Stage::Testable => "testable",
            Stage::Red => "red",
            Stage::Green { .. } => "green",
            Stage::Delivered { .. } => "delivered",
            Stage::Stuck { .. } => "stuck",
            Stage::Cancelled => "cancelled",
        }
    }
}
