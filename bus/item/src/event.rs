//! Events: what happened to an item, as its entries carry it.
//!
//! The events of all entries, in order, are the item's history; [`crate::step`] folds them.

use serde::{Deserialize, Serialize};
use trail_record::body::{Contract, GateName, GateOutcome};
use trail_record::digest::Text;
use trail_record::{
    CommentId, CommitId, CriterionId, Digest, Fence, Moment, Persona, Record, RunId, TreeId,
    UserId, WorkerId,
};

use crate::action::Action;

/// The version of the rules by which [`crate::step`] folds events; entries name it.
///
/// Changelog:
/// - 0: first rules.
/// - 1: the codes of `/start` and `/amend` cover the chain's head ([`crate::code::of_text`]); labels
///   and state are captured on sight; a lease may lapse by the tracker's time; a stranger's pose is
///   found without closing the gates; the holder of a lease may say what it found.
/// - 2: what the tests prove is sealed, and tests that prove nothing go back to the tester; results
///   that were reported from outside are kept; a delivery may be taken back by a run of its own.
pub const RULES: u32 = 2;

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "event", deny_unknown_fields)]
pub enum Event {
    /// The task was sealed: a run begins.
    TakenUp {
        /// The spec.
        spec: Digest<Record>,
        /// Digest of the item's title and body.
        text: Digest<Text>,
        /// The run that begins.
        run: RunId,
        /// The comment that started it; none where the tracker proves who wrote the text.
        comment: Option<CommentId>,
    },
    /// The task is well formed, but nobody permitted vouches for its text yet.
    StartAsked {
        /// Digest of the item's title and body.
        text: Digest<Text>,
        /// The code that `/start` must name.
        code: String,
    },
    /// The task cannot be worked on as it is written.
    Unfit {
        /// Digest of the item's title and body.
        text: Digest<Text>,
    },
    /// A worker took a lease and means to act.
    Claimed {
        /// What it will do.
        action: Action,
        /// The lease's number.
        fence: Fence,
        /// Who holds it.
        holder: WorkerId,
        /// When it lapses.
        until: Moment,
    },
    /// The holder needs longer.
    Renewed {
        /// The lease's number.
        fence: Fence,
        /// When it lapses now.
        until: Moment,
    },
    /// The holder stops without an outcome.
    Released {
        /// The lease's number.
        fence: Fence,
    },
    /// AI calls were made under a lease.
    Spent {
        /// The lease's number.
        fence: Fence,
        /// How many.
        calls: u32,
        /// What they cost, in millionths of a US dollar, as far as prices are known.
        cost_micros: u64,
    },
    /// The plan is made.
    Planned {
        /// The lease's number.
        fence: Fence,
        /// The last record of the plan.
        plan: Digest<Record>,
    },
    /// A patchset is ready to be approved.
    Proposed {
        /// The lease's number.
        fence: Fence,
        /// The patchset.
        patchset: Digest<Record>,
    },
    /// A patchset was applied and committed.
    Committed {
        /// The lease's number.
        fence: Fence,
        /// The patchset.
        patchset: Digest<Record>,
        /// How many bytes of new text it holds.
        bytes: u64,
        /// The commit.
        commit: CommitId,
        /// Its tree.
        tree: TreeId,
    },
    /// The tests were run.
    Tested {
        /// The lease's number.
        fence: Fence,
        /// The result.
        result: Digest<Record>,
        /// How many passed.
        passed: u32,
        /// How many failed.
        failed: u32,
        /// Whether all is well.
        green: bool,
    },
    /// It was found out what the tests prove: in the entry of the run that passed, before the pull
    /// request; or later, by a person who asked.
    Proved {
        /// The lease the tests were run under; none where a person asked.
        fence: Option<Fence>,
        /// What each annotated test shows.
        proofs: Vec<Digest<Record>>,
        /// The criteria that are proven, in the spec's order.
        proven: Vec<CriterionId>,
        /// Those that are not.
        open: Vec<CriterionId>,
        /// Whether the tests go back to the tester, to be written so that they prove what is open.
        again: bool,
        /// Why not all was tried; left out where it was.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        stopped: Option<String>,
    },
    /// Results of tests that were run elsewhere were reported. They prove nothing and move nothing.
    Reported {
        /// The report.
        report: Digest<Record>,
    },
    /// The pull request was rendered from the records.
    Prepared {
        /// The pull request.
        pull_request: Digest<Record>,
        /// Its tree.
        tree: TreeId,
    },
    /// The pull request was delivered.
    Delivered {
        /// The lease's number.
        fence: Fence,
        /// The receipt.
        receipt: Digest<Record>,
    },
    /// The reviewer refused to deliver; the approval is void.
    Refused {
        /// The lease's number.
        fence: Fence,
        /// The review.
        review: Digest<Record>,
    },
    /// The action failed.
    Failed {
        /// The lease's number.
        fence: Fence,
        /// The failure.
        failure: Digest<Record>,
        /// Whether it may be tried again without a human.
        retryable: bool,
    },
    /// Approval is asked for.
    GateAsked {
        /// The gate.
        gate: GateName,
        /// The request.
        request: Digest<Record>,
        /// The code that approves it.
        code: String,
        /// Who asks.
        requested_by: Persona,
        /// Who will act on it.
        performed_by: Persona,
        /// How many permitted humans must approve.
        approvals: u32,
        /// What later patchsets may do; only at `file_write`.
        contract: Option<Contract>,
    },
    /// A gate was decided.
    GateDecided {
        /// The gate.
        gate: GateName,
        /// The request.
        request: Digest<Record>,
        /// What was decided.
        outcome: GateOutcome,
        /// The decision.
        decision: Digest<Record>,
        /// The account that decided; each counts once.
        approver: UserId,
        /// The comment it was made in; none where a rule delegated it.
        comment: Option<CommentId>,
    },
    /// A human's command was obeyed.
    Obeyed {
        /// The command.
        command: Order,
        /// The comment it was given in.
        comment: CommentId,
    },
    /// A human's comment was answered and changed nothing.
    Answered {
        /// The comment.
        comment: CommentId,
    },
    /// The item's text is no longer the sealed one.
    Drifted {
        /// Digest of title and body as they are now.
        text: Digest<Text>,
        /// The code that `/amend` must name.
        code: String,
    },
    /// The item's text is the sealed one again.
    Restored,
    /// A changed text was bound: the work starts again from the plan.
    Amended {
        /// The new spec.
        spec: Digest<Record>,
        /// Digest of the new title and body.
        text: Digest<Text>,
        /// The comment it was bound in.
        comment: CommentId,
    },
    /// A human asked what taking the delivery back would do, and was told.
    RevertAsked {
        /// The comment that asked.
        comment: CommentId,
        /// The receipts of what may be taken back: the item's own, then those of what builds on it.
        receipts: Vec<Digest<Record>>,
        /// The code that `/revert` must name.
        code: String,
    },
    /// Delivered work is to be taken back: a run begins that does so.
    Reverting {
        /// What is taken back, and on whose word.
        revert: Digest<Record>,
        /// The run that begins.
        run: RunId,
        /// The comment that named the code.
        comment: CommentId,
        /// The code.
        code: String,
    },
    /// Something in the tracker is not as the history says it was: the gates close.
    Found {
        /// The finding's stable word.
        kind: String,
        /// Names the finding, so that it is sealed once: kind and place.
        id: String,
        /// The code that `/dispose` must name.
        code: String,
        /// The comment it is about, if it is about one: an approval given there counts no more.
        comment: Option<CommentId>,
        /// Whether it closes the gates; left out where it does. Only a stranger's pose does not.
        #[serde(default = "yes", skip_serializing_if = "is_yes")]
        closes: bool,
    },
    /// A human cleared a finding; it stays in every report.
    Disposed {
        /// Names the finding.
        id: String,
        /// The comment it was cleared in.
        comment: CommentId,
    },
    /// Labels and state were captured as somebody left them in the tracker. What a label asked for
    /// once stays asked for, whatever becomes of the label.
    Captured {
        /// What was seen.
        observation: Digest<Record>,
        /// Gates that labels ask for, and that were not seen before.
        gates: Vec<GateName>,
        /// Gates whose labels were taken off before the gate was passed.
        gone: Vec<GateName>,
        /// The tracker's ids of the changes that are captured with it, each once in a history.
        changes: Vec<String>,
    },
    /// A lease has lapsed by the tracker's time, whatever its holder's clock said.
    Lapsed {
        /// The lease's number.
        fence: Fence,
        /// What was seen.
        observation: Digest<Record>,
    },
}

const fn yes() -> bool {
    true
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
const fn is_yes(value: &bool) -> bool {
    *value
}

/// Commands of humans that change what is due and nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// Nothing new is begun until `/resume`.
    Hold,
    /// Ends a hold.
    Resume,
    /// What is stuck is tried again.
    Retry,
    /// The run ends.
    Cancel,
}
