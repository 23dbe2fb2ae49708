//! The report of an item: gaps first, then who asked, what was agreed, who approved, what came of it.
//!
//! [`Report`] is the documented JSON shape; [`markdown`] and [`html`] render the same for people.
//! Everything is computed from the sealed history; whatever is not known is said to be so.

mod brief;
mod gaps;
mod html;
mod make;
mod markdown;
mod proofs;
mod tally;
mod told;

use serde::Serialize;
use trail_item::Phase;
use trail_record::body::{CommitMade, DeliveryReceipt, Failure, Revert, Review};
use trail_record::{Digest, Entry, Finding, ItemKey, ProjectId, RunId};

use crate::audit::{self, Audit};
use crate::clauses::{self, Bearing};
use crate::revisions::{CriterionChanges, criteria_changes};
use crate::story::{Coverage, Fact, Signer, Story, Totals, Trusted, Unread, VoidEntry};

pub(crate) use brief::{about, short, span};
pub use gaps::Gap;
pub use html::html;
pub(crate) use html::{tone, tone_of_chain};
pub use markdown::markdown;
pub use proofs::{Fault, ProofTold, Proving, RunTold, SideTold};
pub use tally::Tally;
pub use told::{
    Approval, AskTold, Call, ChangeTold, ConclusionTold, GateTold, PullRequestTold, Refusal,
    ReportedCriterion, ReportedTold, Revision, ScopeTold, Task, TestRun,
};

/// The report of an item.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// What is open, missing or to be known before anything else is believed.
    pub gaps: Vec<Gap>,
    /// What verification found.
    pub findings: Vec<Finding>,
    /// `verified`, `tail: unchecked` or `findings`.
    pub chain: &'static str,
    /// How far the end is vouched for.
    pub tail: trail_record::verify::Tail,
    /// The project.
    pub project: ProjectId,
    /// The item.
    pub item: ItemKey,
    /// The item's title as sealed.
    pub title: Option<String>,
    /// The runs.
    pub runs: Vec<RunId>,
    /// The stage the item is in.
    pub stage: &'static str,
    /// What a board shows.
    pub phase: Phase,
    /// The head of the chain.
    pub head: Option<Digest<Entry>>,
    /// The task in force.
    pub task: Option<Task>,
    /// All tasks that were sealed, oldest first: one for intake, one more for each amendment.
    pub revisions: Vec<Revision>,
    /// How the criteria stand, each group by name.
    pub tally: Tally,
    /// The criteria that were amended, brought later, removed or waived, with who did it and when.
    pub criteria_changes: Vec<CriterionChanges>,
    /// The gates.
    pub gates: Vec<GateTold>,
    /// The personas.
    pub personas: Vec<Signer>,
    /// What the newest trust document says.
    pub trusted: Option<Trusted>,
    /// Whether a script played a model.
    pub scripted: bool,
    /// Whether a played human decided at a gate.
    pub simulated: bool,
    /// What agents concluded.
    pub conclusions: Vec<ConclusionTold>,
    /// The criteria and the tests that claim them.
    pub criteria: Vec<Coverage>,
    /// What trials of annotated tests showed: on the base, on the change, on a mutant.
    pub proofs: Vec<ProofTold>,
    /// Trials and mutants in figures.
    pub proving: Proving,
    /// The test runs.
    pub tests: Vec<TestRun>,
    /// Test results from elsewhere: reported, not performed.
    pub reported: Vec<ReportedTold>,
    /// The commits.
    pub commits: Vec<Fact<CommitMade>>,
    /// What each commit changed.
    pub changes: Vec<ChangeTold>,
    /// The newest pull request as rendered.
    pub pull_request: Option<PullRequestTold>,
    /// What was done outside.
    pub deliveries: Vec<Fact<DeliveryReceipt>>,
    /// Words to take delivered work back.
    pub reverts: Vec<Fact<Revert>>,
    /// The reviewer's last looks.
    pub reviews: Vec<Fact<Review>>,
    /// Attempts that failed.
    pub failures: Vec<Fact<Failure>>,
    /// What was touched, against the sealed scope.
    pub scope: ScopeTold,
    /// What policy or scope refused.
    pub refusals: Vec<Refusal>,
    /// Sums.
    pub totals: Totals,
    /// The calls, in short; `trail show DIGEST` tells each whole.
    pub calls: Vec<Call>,
    /// Entries that do not stand.
    pub void: Vec<VoidEntry>,
    /// Records that are listed but cannot be read.
    pub unread: Vec<Unread>,
    /// What the history bears on clauses of regulations and standards.
    pub clauses: Bearing,
}

/// What several parts of a report rest on, computed once.
#[derive(Debug)]
pub(crate) struct Basis<'s> {
    pub(crate) story: &'s Story,
    pub(crate) coverage: Vec<Coverage>,
    pub(crate) tally: Tally,
    pub(crate) changes: Vec<CriterionChanges>,
    pub(crate) audit: Audit,
    pub(crate) totals: Totals,
}

impl<'s> Basis<'s> {
    pub(crate) fn of(story: &'s Story) -> Self {
        let coverage = story.coverage();
        let changes = criteria_changes(story);
        Self {
            story,
            tally: tally::of(&coverage, &changes),
            coverage,
            changes,
            audit: audit::of(story, &audit::Filter::default(), None),
            totals: story.totals(),
        }
    }
}

impl Report {
    /// Makes the report of a story.
    #[must_use]
    pub fn of(story: &Story) -> Self {
        let basis = Basis::of(story);
        Self {
            gaps: gaps::of(&basis),
            findings: story.judgement.findings.clone(),
            chain: story.judgement.word(),
            tail: story.judgement.tail.clone(),
            project: story.project.clone(),
            item: story.key.clone(),
            title: story.spec().map(|own| own.body.title.clone()),
            runs: story.runs.clone(),
            stage: story.state.stage_name(),
            phase: story.state.phase(),
            head: story.head(),
            task: make::task(story),
            revisions: make::revisions(story),
            gates: make::gates(story),
            personas: story.personas.clone(),
            trusted: story.trusted.clone(),
            scripted: story.is_scripted(),
            simulated: story.is_simulated(),
            conclusions: make::conclusions(story),
            proofs: proofs::of(story),
            proving: proofs::proving(story),
            tests: story.tests.iter().map(make::test_run).collect(),
            reported: story
                .reported
                .iter()
                .map(|own| make::reported(story, own))
                .collect(),
            commits: story.commits.clone(),
            changes: make::changes(story),
            pull_request: make::pull_request(story),
            deliveries: story.deliveries.clone(),
            reverts: story.reverts.clone(),
            reviews: story.reviews.clone(),
            failures: story.failures.clone(),
            scope: make::scope(&basis.audit),
            refusals: make::refusals(story),
            calls: make::calls(story),
            void: story.void.clone(),
            unread: story.unread.clone(),
            clauses: clauses::of(&basis),
            criteria_changes: make::criteria_changes(story, &basis.changes),
            criteria: basis.coverage,
            tally: basis.tally,
            totals: basis.totals,
        }
    }

    /// Adds something that is to be known first and that the history does not tell, such as where it
    /// was read from.
    pub fn open(&mut self, kind: &'static str, what: String) {
        self.gaps.insert(0, Gap { kind, what });
    }

    /// Renders the report for people.
    #[must_use]
    pub fn markdown(&self) -> String {
        markdown(self)
    }

    /// Renders the report as one page that holds all it needs.
    #[must_use]
    pub fn html(&self) -> String {
        html(self)
    }
}
