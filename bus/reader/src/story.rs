//! One item's history, told: who did what when, on what, at what cost, and who allowed it.
//!
//! Everything here is computed from the entries that stand and the bytes of their records. A record
//! whose bytes are missing or damaged is named in [`Story::unread`] and left out everywhere else.

mod build;
mod coverage;
mod totals;

use serde::Serialize;
use trail_item::{Action, Event, Stage, State};
use trail_record::body::{
    CommitMade, Conclusion, Decision, DeliveryReceipt, Failure, GateDecision, GateOutcome,
    GateRequest, Mutant, Observation, Observed, Patchset, PolicyVerdict, Proof, PullRequest,
    ReportedResult, Revert, Review, Spec, TestResult, Trial,
};
use trail_record::trust::{Endpoint, TrustSet};
use trail_record::verify::{Bytes, Judgement};
use trail_record::{
    CommentId, Digest, Entry, ItemId, ItemKey, KeyId, Kind, Moment, Persona, ProjectId, Record,
    RunId, UserId, WorkerId,
};

use crate::history::Judged;

pub use coverage::{Claim, Coverage, Shown, Standing};
pub use totals::{Tests, Tokens, Totals};

/// One item's history.
#[derive(Debug, Clone)]
pub struct Story {
    /// The project.
    pub project: ProjectId,
    /// The item, by the tracker's id.
    pub item: ItemId,
    /// The item's key.
    pub key: ItemKey,
    /// The runs, in the order in which they began.
    pub runs: Vec<RunId>,
    /// The entries that stand, in order.
    pub entries: Vec<Step>,
    /// The entries that do not stand.
    pub void: Vec<VoidEntry>,
    /// The tasks as sealed, oldest first.
    pub specs: Vec<Fact<Spec>>,
    /// The AI calls.
    pub decisions: Vec<Fact<Decision>>,
    /// What agents concluded.
    pub conclusions: Vec<Fact<Conclusion>>,
    /// The changes, tests included.
    pub patchsets: Vec<Fact<Patchset>>,
    /// The commits.
    pub commits: Vec<Fact<CommitMade>>,
    /// The test runs.
    pub tests: Vec<Fact<TestResult>>,
    /// The pull requests as rendered.
    pub pull_requests: Vec<Fact<PullRequest>>,
    /// The reviewer's last looks.
    pub reviews: Vec<Fact<Review>>,
    /// What was done outside.
    pub deliveries: Vec<Fact<DeliveryReceipt>>,
    /// Attempts that failed.
    pub failures: Vec<Fact<Failure>>,
    /// Test runs that were made to learn whether tests can fail.
    pub trials: Vec<Fact<Trial>>,
    /// The deliberate faults of some of them.
    pub mutants: Vec<Fact<Mutant>>,
    /// What annotated tests show.
    pub proofs: Vec<Fact<Proof>>,
    /// Test results from elsewhere, as reported.
    pub reported: Vec<Fact<ReportedResult>>,
    /// Words to take delivered work back.
    pub reverts: Vec<Fact<Revert>>,
    /// What humans did, as captured.
    pub observations: Vec<Fact<Observation>>,
    /// What policy said where no human was asked.
    pub verdicts: Vec<Fact<PolicyVerdict>>,
    /// The gates, in the order in which they were asked.
    pub gates: Vec<Gate>,
    /// Records that are listed but cannot be read.
    pub unread: Vec<Unread>,
    /// Where the item stands.
    pub state: State,
    /// What verification found.
    pub judgement: Judgement,
    /// The personas' accounts, and the keys with which they signed.
    pub personas: Vec<Signer>,
    /// What the newest trust document says of the humans and the models; none if it is not known.
    pub trusted: Option<Trusted>,
}

/// A record's body, with where it stands.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Fact<B> {
    /// The record.
    pub digest: Digest<Record>,
    /// Its title.
    pub title: String,
    /// The number of the entry that seals it.
    pub entry: u64,
    /// When it was sealed.
    pub at: Moment,
    /// Who sealed it.
    pub persona: Persona,
    /// In which run.
    pub run: RunId,
    /// What it rests on.
    pub inputs: Vec<Digest<Record>>,
    /// What it says.
    pub body: B,
}

/// An entry that stands.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Step {
    /// Its number.
    pub seq: u64,
    /// Its digest.
    pub digest: Digest<Entry>,
    /// When it was written, by the writer's clock.
    pub at: Moment,
    /// The run.
    pub run: RunId,
    /// Who wrote it.
    pub persona: Persona,
    /// Which process.
    pub worker: WorkerId,
    /// The key that signed it.
    pub key: KeyId,
    /// The comment it stands in.
    pub comment: CommentId,
    /// The action it belongs to: the one claimed in it, or held when it was written.
    pub action: Option<Action>,
    /// What happened.
    pub events: Vec<Event>,
    /// The records it seals.
    pub records: Vec<Listed>,
}

/// A record as an entry lists it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Listed {
    /// Its digest.
    pub digest: Digest<Record>,
    /// Its kind.
    pub kind: Kind,
    /// Its title.
    pub title: String,
    /// Its canonical bytes.
    pub size: u64,
}

/// An entry that does not stand.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct VoidEntry {
    /// The number it claims.
    pub seq: u64,
    /// Its digest.
    pub digest: Digest<Entry>,
    /// Who signed it.
    pub persona: Persona,
    /// The comment it is in.
    pub comment: CommentId,
    /// Why it does not stand.
    pub why: String,
}

/// A record that is listed but cannot be read.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Unread {
    /// The record.
    pub digest: Digest<Record>,
    /// Its kind as listed.
    pub kind: Kind,
    /// Its title as listed.
    pub title: String,
    /// The entry that lists it.
    pub entry: u64,
    /// Why it cannot be read.
    pub why: String,
}

/// A gate: what was asked, and what was decided.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Gate {
    /// The request.
    pub request: Fact<GateRequest>,
    /// The code that approves it.
    pub code: String,
    /// What was decided, in order.
    pub decisions: Vec<Fact<GateDecision>>,
}

/// How a gate stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum GateStanding {
    /// Enough people approved.
    Approved,
    /// Somebody rejected.
    Rejected,
    /// It waits for a human.
    Waiting,
    /// It was overtaken: the work went on otherwise and nobody needs to answer.
    Overtaken,
}

/// A persona as it acted.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Signer {
    /// The persona.
    pub persona: Persona,
    /// Its tracker account by the newest trust document; none if that is not known.
    pub account: Option<UserId>,
    /// The keys with which its entries are signed.
    pub keys: Vec<KeyId>,
    /// The models that answered it, as the peers said.
    pub models: Vec<String>,
    /// Where its models were asked.
    pub endpoints: Vec<String>,
    /// How many entries it wrote.
    pub entries: u64,
    /// How many calls it made.
    pub calls: u64,
}

/// What the newest trust document says.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Trusted {
    /// Its serial number.
    pub serial: u64,
    /// Whether several personas share an account.
    pub shares_accounts: bool,
    /// The accounts that serve several personas, with those personas.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub shared: Vec<(UserId, Vec<Persona>)>,
    /// The humans whose word counts: account and name.
    pub approvers: Vec<(UserId, String)>,
    /// The model endpoints that may be asked.
    pub endpoints: Vec<Endpoint>,
}

impl Story {
    /// Tells the history of one judged item.
    #[must_use]
    pub fn of(judged: &Judged, trust: Option<&TrustSet>, bytes: &dyn Bytes) -> Self {
        build::story(judged, trust, bytes)
    }

    /// Returns the head of the chain.
    #[must_use]
    pub fn head(&self) -> Option<Digest<Entry>> {
        self.entries.last().map(|last| last.digest)
    }

    /// Returns the task in force: the newest spec.
    #[must_use]
    pub fn spec(&self) -> Option<&Fact<Spec>> {
        self.specs.last()
    }

    /// Returns the newest run.
    #[must_use]
    pub fn run(&self) -> Option<&RunId> {
        self.runs.last()
    }

    /// Returns what is claimed and shown for each criterion of the task in force.
    #[must_use]
    pub fn coverage(&self) -> Vec<Coverage> {
        coverage::until(self, u64::MAX)
    }

    /// Returns what was claimed and shown for each criterion of the task that was in force when entry
    /// `entry` was sealed, as far as it was sealed by then.
    #[must_use]
    pub fn coverage_at(&self, entry: u64) -> Vec<Coverage> {
        coverage::until(self, entry)
    }

    /// Returns the sums over the whole history.
    #[must_use]
    pub fn totals(&self) -> Totals {
        totals::of(self)
    }

    /// Returns how a gate stands.
    #[must_use]
    pub fn standing(&self, gate: &Gate) -> GateStanding {
        let approved = gate.approvals();
        let needed = usize::try_from(gate.request.body.approvals.max(1)).unwrap_or(usize::MAX);
        let rejected = gate
            .decisions
            .iter()
            .any(|own| own.body.outcome == GateOutcome::Rejected);
        let waits = self
            .state
            .waiting()
            .is_some_and(|own| own.request == gate.request.digest);
        if rejected {
            GateStanding::Rejected
        } else if approved >= needed {
            GateStanding::Approved
        } else if waits {
            GateStanding::Waiting
        } else {
            GateStanding::Overtaken
        }
    }

    /// Returns the name a human is known by: the trust document's, else the account.
    #[must_use]
    pub fn name_of(&self, account: &UserId) -> String {
        self.trusted
            .iter()
            .flat_map(|trusted| &trusted.approvers)
            .find(|(id, _)| id == account)
            .map_or_else(|| account.to_string(), |(_, name)| name.clone())
    }

    /// Returns the item's labels as they were captured last; none if they never were.
    #[must_use]
    pub fn labels(&self) -> Option<&[String]> {
        let mut seen = self.observations.iter().rev();
        seen.find_map(|own| match &own.body.observed {
            Observed::Labels { labels } | Observed::Board { labels, .. } => Some(labels.as_slice()),
            Observed::Comment { .. }
            | Observed::Body { .. }
            | Observed::Lapse { .. }
            | Observed::Finding { .. } => None,
        })
    }

    /// Tells whether a script played the model of any call.
    #[must_use]
    pub fn is_scripted(&self) -> bool {
        self.decisions.iter().any(|own| scripted(&own.body))
    }

    /// Tells whether a played human decided at any gate.
    #[must_use]
    pub fn is_simulated(&self) -> bool {
        let mut decisions = self.gates.iter().flat_map(|gate| &gate.decisions);
        decisions.any(|own| own.body.simulated)
    }

    /// Tells whether the work is done.
    #[must_use]
    pub const fn is_delivered(&self) -> bool {
        matches!(self.state.stage, Stage::Delivered { .. })
    }
}

impl Gate {
    /// Returns how many approvals there are.
    #[must_use]
    pub fn approvals(&self) -> usize {
        let approved = |own: &&Fact<GateDecision>| own.body.outcome == GateOutcome::Approved;
        self.decisions.iter().filter(approved).count()
    }

    /// Returns how long the request stood before the first decision was sealed, in milliseconds.
    #[must_use]
    pub fn waited_ms(&self) -> Option<u64> {
        let decided = self.decisions.first()?.at;
        u64::try_from(decided.since(self.request.at).as_millis()).ok()
    }
}

impl GateStanding {
    /// Returns the word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::Rejected => "rejected",
            Self::Waiting => "waiting",
            Self::Overtaken => "overtaken",
        }
    }
}

/// Tells whether a script played this call's model.
#[must_use]
pub fn scripted(decision: &Decision) -> bool {
    decision.endpoint == "scripted"
        || decision
            .model_served
            .as_ref()
            .is_some_and(|own| own.starts_with("scripted-"))
}
