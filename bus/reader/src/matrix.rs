//! The matrix of a project: criteria by tests, proofs, commits and approvals, over all items.
//!
//! [`Matrix`] is the documented JSON shape; [`markdown`], [`html`] and [`csv`] render the same. What
//! is open stands first, and nothing is counted as proven that no sealed proof proves.

mod csv;
mod filter;
mod gaps;
mod html;
mod make;
mod markdown;

use std::collections::BTreeMap;

use serde::Serialize;
use trail_item::Phase;
use trail_record::body::TestOutcome;
use trail_record::body::proof::Verdict;
use trail_record::{
    CommentId, CommitId, CriterionId, Digest, ItemKey, Moment, ProjectId, Record, RunId, UserId,
};

use crate::report::Gap;
use crate::story::{Standing, Story};

pub use csv::csv;
pub use filter::Filter;
pub use html::html;
pub use markdown::markdown;

/// Criteria by tests, proofs, commits and approvals, over the items of a project.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Matrix {
    /// What is open, missing or to be known before anything else is believed.
    pub gaps: Vec<Gap>,
    /// The projects whose items were read, sorted; most often one.
    pub projects: Vec<ProjectId>,
    /// Sums over the items and criteria that are told.
    pub totals: Totals,
    /// The items, in the order in which they were read.
    pub items: Vec<ItemTold>,
    /// The criteria, in the order of the items and of their tasks.
    pub rows: Vec<Row>,
    /// Which items and criteria are told; empty where all are.
    pub filter: Filter,
}

/// Sums over the items and criteria that are told.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// Items.
    pub items: u64,
    /// Items whose history has findings.
    pub items_with_findings: u64,
    /// Criteria.
    pub criteria: u64,
    /// Criteria by how they stand.
    pub standings: BTreeMap<&'static str, u64>,
    /// Criteria that say something else than when they were first agreed.
    pub amended: u64,
    /// Criteria that an amendment took away; they are no rows.
    pub removed: u64,
    /// Criteria that were not proven when a pull request was let through.
    pub waived: u64,
    /// Tests that claim a criterion, each counted once for each.
    pub tests: u64,
    /// Those of them that prove it.
    pub proving_tests: u64,
}

/// An item.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ItemTold {
    /// Its key.
    pub item: ItemKey,
    /// Its title as sealed.
    pub title: Option<String>,
    /// The stage it is in.
    pub stage: &'static str,
    /// What a board shows.
    pub phase: Phase,
    /// `verified`, `tail: unchecked` or `findings`.
    pub chain: &'static str,
    /// How many findings verification has.
    pub findings: u64,
    /// Its labels as captured last; none if they never were.
    pub labels: Option<Vec<String>>,
    /// Its newest run.
    pub run: Option<RunId>,
    /// Where its newest pull request is, or `item` where it is kept with the item; none if nothing
    /// was delivered.
    pub delivered: Option<String>,
    /// Whether a script played a model.
    pub scripted: bool,
    /// Whether a played human decided at a gate.
    pub simulated: bool,
    /// How many criteria its task has.
    pub criteria: u64,
    /// How many of them are proven.
    pub proven: u64,
    /// Criteria that an amendment took away, by name.
    pub removed: Vec<String>,
}

/// A criterion of an item.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    /// The item.
    pub item: ItemKey,
    /// The criterion.
    pub criterion: CriterionId,
    /// Its revision.
    pub revision: u32,
    /// What must hold.
    pub text: String,
    /// Whether it says that something must stay as it was.
    pub keeps: bool,
    /// How it stands.
    pub standing: Standing,
    /// Whether it says something else than when it was first agreed.
    pub amended: bool,
    /// Whether it was not proven when a pull request was let through.
    pub waived: bool,
    /// The tests that claim it.
    pub tests: Vec<Test>,
    /// The commits that were made for this revision, oldest first.
    pub commits: Vec<CommitId>,
    /// The approvals that were given for this revision, oldest first.
    pub approvals: Vec<Approval>,
}

/// A test that claims a criterion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Test {
    /// Its name.
    pub name: String,
    /// How it went in the last run.
    pub outcome: TestOutcome,
    /// What trials showed; none if none were made.
    pub verdict: Option<Verdict>,
    /// Whether it proves the criterion.
    pub proves: bool,
    /// The proof.
    pub proof: Option<Digest<Record>>,
    /// Why, for people.
    pub reason: Option<String>,
}

/// An approval that covers a criterion in its newest revision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Approval {
    /// The gate.
    pub gate: String,
    /// The code that was named.
    pub code: String,
    /// Who approved: the account.
    pub approver: UserId,
    /// Their name.
    pub name: String,
    /// In which comment.
    pub comment: Option<CommentId>,
    /// When it was sealed.
    pub at: Moment,
    /// The decision.
    pub decision: Digest<Record>,
    /// Whether a rule delegated it to the reviewer persona.
    pub delegated: bool,
    /// Whether a played person gave it.
    pub simulated: bool,
}

/// Returns the word for how a test went.
const fn outcome(outcome: TestOutcome) -> &'static str {
    match outcome {
        TestOutcome::Passed => "passed",
        TestOutcome::Failed => "failed",
        TestOutcome::Skipped => "skipped",
    }
}

impl Matrix {
    /// Makes the matrix of the stories of a project.
    #[must_use]
    pub fn of(stories: &[Story], filter: &Filter) -> Self {
        make::matrix(stories, filter)
    }

    /// Adds something that is to be known first and that no item's history tells, such as where it was
    /// read from.
    pub fn open(&mut self, kind: &'static str, what: String) {
        self.gaps.insert(0, Gap { kind, what });
    }

    /// Tells whether every criterion that is told is proven, and no history has a finding.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.totals.items_with_findings == 0
            && self.rows.iter().all(|own| own.standing == Standing::Proven)
    }
}
