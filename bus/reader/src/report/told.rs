//! The parts of a report, as its JSON shows them.

use serde::Serialize;
use trail_record::body::{Authority, Criterion, PatchPurpose, Risk, Scope, TestCase};
use trail_record::{
    Blob, CommentId, CommitId, CriterionId, Digest, ItemKey, Moment, Persona, Record, RunId, UserId,
};

use crate::audit;
use crate::story::{GateStanding, Tests};

/// The task in force.
#[derive(Debug, Clone, Serialize)]
pub struct Task {
    /// The spec.
    pub spec: Digest<Record>,
    /// 1 at intake, one more at each amendment.
    pub revision: u32,
    /// When it was sealed.
    pub sealed: Moment,
    /// Who wrote the item.
    pub author: UserId,
    /// Their name.
    pub author_name: String,
    /// How it is known that a permitted person asked for exactly this.
    pub authority: Authority,
    /// The name of the person whose word it is.
    pub authority_name: String,
    /// The declared risk.
    pub risk: Risk,
    /// What may be read and written.
    pub scope: Scope,
    /// The criteria.
    pub criteria: Vec<Criterion>,
    /// Items that had to be done first.
    pub depends_on: Vec<ItemKey>,
    /// The whole text that was agreed, as the tracker gave it.
    pub text: String,
}

/// A task that was sealed.
#[derive(Debug, Clone, Serialize)]
pub struct Revision {
    /// The spec.
    pub spec: Digest<Record>,
    /// 1 at intake, one more at each amendment.
    pub revision: u32,
    /// When it was sealed.
    pub sealed: Moment,
    /// How it is known that a permitted person asked for exactly this.
    pub authority: Authority,
    /// The name of the person whose word it is.
    pub authority_name: String,
    /// Its criteria, each with its revision: `AC-1@2`.
    pub criteria: Vec<String>,
}

/// A gate in a report.
#[derive(Debug, Clone, Serialize)]
pub struct GateTold {
    /// Its name.
    pub gate: String,
    /// The request.
    pub request: Digest<Record>,
    /// The code that approves it.
    pub code: String,
    /// What would take effect.
    pub subject: Digest<Record>,
    /// The tree it covers.
    pub tree: Option<trail_record::TreeId>,
    /// Who asked.
    pub requested_by: Persona,
    /// Who acts on it.
    pub performed_by: Persona,
    /// When it was asked.
    pub asked: Moment,
    /// How many must approve.
    pub needed: u32,
    /// How it stands.
    pub standing: GateStanding,
    /// How long it stood before the first decision, in milliseconds.
    pub waited_ms: Option<u64>,
    /// What was decided.
    pub decisions: Vec<Approval>,
}

/// A decision at a gate in a report.
#[derive(Debug, Clone, Serialize)]
pub struct Approval {
    /// The decision.
    pub digest: Digest<Record>,
    /// `approved` or `rejected`.
    pub outcome: trail_record::body::GateOutcome,
    /// Who decided: the account.
    pub approver: UserId,
    /// Their name.
    pub name: String,
    /// Their reason.
    pub why: Option<String>,
    /// The comment they decided in.
    pub comment: Option<CommentId>,
    /// When that was written, by the tracker.
    pub said: Option<Moment>,
    /// When it was sealed.
    pub sealed: Moment,
    /// The persona that vouches for it.
    pub attested_by: Persona,
    /// Whether a rule delegated the gate to the reviewer persona.
    pub delegated: bool,
    /// Whether the approver is played, not a person.
    pub simulated: bool,
    /// The rules by which policy let them decide.
    pub rules: Vec<String>,
}

/// A conclusion in a report.
#[derive(Debug, Clone, Serialize)]
pub struct ConclusionTold {
    /// The record.
    pub digest: Digest<Record>,
    /// The call it came from.
    pub call: Option<u32>,
    /// Who concluded.
    pub persona: Persona,
    /// When it was sealed.
    pub at: Moment,
    /// What was concluded, and why.
    pub conclusion: trail_record::body::Conclusion,
}

/// A test run in a report.
#[derive(Debug, Clone, Serialize)]
pub struct TestRun {
    /// The record.
    pub digest: Digest<Record>,
    /// Its title.
    pub title: String,
    /// When it was sealed.
    pub at: Moment,
    /// The tree that was tested.
    pub tree: trail_record::TreeId,
    /// The command.
    pub command: Vec<String>,
    /// Which sandbox held it.
    pub sandbox: String,
    /// The figures.
    pub tests: Tests,
    /// The tests that did not pass.
    pub not_passed: Vec<TestCase>,
}

/// Test results from elsewhere. Trail did not run these tests, and they prove nothing.
#[derive(Debug, Clone, Serialize)]
pub struct ReportedTold {
    /// The record.
    pub digest: Digest<Record>,
    /// When it was sealed.
    pub at: Moment,
    /// The file they came in.
    pub source: String,
    /// Its format.
    pub format: String,
    /// Digest of the file.
    pub bytes: Digest<Blob>,
    /// The commit they are said to be of; none if nobody said.
    pub commit: Option<CommitId>,
    /// Who says so, as they call themselves.
    pub reported_by: String,
    /// Always false: they are reported, not performed.
    pub performed: bool,
    /// The figures.
    pub tests: Tests,
    /// What they say of the criteria in force.
    pub criteria: Vec<ReportedCriterion>,
}

/// What reported results say of a criterion.
#[derive(Debug, Clone, Serialize)]
pub struct ReportedCriterion {
    /// The criterion.
    pub criterion: CriterionId,
    /// The tests that claim it.
    pub tests: Tests,
}

/// What a commit changed.
#[derive(Debug, Clone, Serialize)]
pub struct ChangeTold {
    /// The commit.
    pub commit: CommitId,
    /// Its record.
    pub record: Digest<Record>,
    /// The patchset it applies.
    pub patchset: Digest<Record>,
    /// What the patchset is for.
    pub purpose: PatchPurpose,
    /// What its author said of it.
    pub summary: String,
    /// The files, by path.
    pub files: Vec<String>,
}

/// What was touched, against the sealed scope.
#[derive(Debug, Clone, Serialize)]
pub struct ScopeTold {
    /// What happened outside the scope, or without a sandbox, or at an endpoint nobody trusts.
    pub violations: Vec<audit::Row>,
    /// How many asks were refused.
    pub refused: u64,
    /// Counts of everything, by kind of access.
    pub totals: std::collections::BTreeMap<&'static str, u64>,
    /// AI calls whose bytes are missing, so that what they touched is not known.
    pub unread: u64,
}

/// A pull request in a report.
#[derive(Debug, Clone, Serialize)]
pub struct PullRequestTold {
    /// The record.
    pub digest: Digest<Record>,
    /// Its title.
    pub title: String,
    /// The branch.
    pub branch: String,
    /// The commit it starts from.
    pub base: trail_record::CommitId,
    /// The commit it delivers.
    pub head: trail_record::CommitId,
    /// Its tree.
    pub tree: trail_record::TreeId,
    /// The body, Markdown.
    pub body: String,
}

/// An ask that policy or scope refused.
#[derive(Debug, Clone, Serialize)]
pub struct Refusal {
    /// The call.
    pub call: u32,
    /// Who asked.
    pub persona: Persona,
    /// The tool.
    pub tool: String,
    /// The arguments, in short.
    pub arguments: String,
    /// The rules that decided.
    pub rules: Vec<String>,
    /// Why.
    pub reason: String,
}

/// An AI call in a report.
#[derive(Debug, Clone, Serialize)]
pub struct Call {
    /// Its number in the run.
    pub call: u32,
    /// The record.
    pub digest: Digest<Record>,
    /// The run.
    pub run: RunId,
    /// Who asked.
    pub persona: Persona,
    /// For which action.
    pub action: String,
    /// The model that was asked for.
    pub model_requested: String,
    /// The model that answered, as the peer says.
    pub model_served: Option<String>,
    /// When it was asked.
    pub at: Moment,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
    /// Input tokens that no cache served.
    pub input_tokens: Option<u64>,
    /// Output tokens.
    pub output_tokens: Option<u64>,
    /// Cost in millionths of a US dollar.
    pub cost_micros: Option<u64>,
    /// The beginning of the answer's text.
    pub text: String,
    /// The tools it asked for, each with whether that was allowed.
    pub asks: Vec<AskTold>,
}

/// A tool asked for.
#[derive(Debug, Clone, Serialize)]
pub struct AskTold {
    /// The tool.
    pub tool: String,
    /// What it was about, in short.
    pub about: String,
    /// Whether policy and scope allowed it.
    pub allowed: bool,
    /// Whether the model was told of an error.
    pub error: bool,
}
