//! What the trials of an annotated test showed, side by side: on the base, on the change, on a mutant.

use std::collections::{HashMap, HashSet};

use serde::Serialize;
use trail_record::body::proof::{Claim, Outcome, Seen, TrialOf};
use trail_record::body::{FailedBy, Mutant, Proof, TestPlace, TestResult, Trial};
use trail_record::{CommitId, Digest, Moment, Record, RunId, TreeId};

use super::brief::short;
use crate::story::{Fact, Story};

/// How much of a failing test's own words is shown.
const MESSAGE: usize = 600;

/// What the trials of one annotated test showed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ProofTold {
    /// The proof.
    pub digest: Digest<Record>,
    /// When it was sealed.
    pub at: Moment,
    /// The run.
    pub run: RunId,
    /// The test, as the runner names it.
    pub test: String,
    /// Where it stands; none if no source was found for it.
    pub place: Option<TestPlace>,
    /// The tree it was judged on.
    pub tree: TreeId,
    /// Whether that is the tree that was tested last: a proof of another tree counts for nothing.
    pub counts: bool,
    /// How it went on the base.
    pub base: SideTold,
    /// How it went on the change.
    pub change: SideTold,
    /// How it went on the mutant it failed on; none if there is none.
    pub mutant: Option<SideTold>,
    /// That mutant; none if there is none, or its record cannot be read.
    pub fault: Option<Fault>,
    /// What follows for each criterion the test names.
    pub claims: Vec<Claim>,
}

/// How a test went on one code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SideTold {
    /// How it went, over all runs.
    pub outcome: Outcome,
    /// The runs that show it.
    pub runs: Vec<RunTold>,
}

/// One run of a test on one code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RunTold {
    /// The record that shows it.
    pub record: Digest<Record>,
    /// The commit that was checked out; none for the run's own test result.
    pub commit: Option<CommitId>,
    /// The tree that was tested; none if the record cannot be read.
    pub tree: Option<TreeId>,
    /// What the test said when it failed, the beginning.
    pub message: Option<String>,
}

/// The deliberate fault of a mutant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// The mutant.
    pub record: Digest<Record>,
    /// The file.
    pub path: String,
    /// The line the fault begins in, from 1.
    pub line: u32,
    /// What was replaced.
    pub before: String,
    /// What stands there instead.
    pub after: String,
    /// What kind of fault.
    pub operator: String,
    /// What made it.
    pub made_by: String,
}

/// Trials and mutants in figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Proving {
    /// Test runs that were made to learn whether tests can fail.
    pub trials: u64,
    /// Deliberate faults that were tried.
    pub mutants: u64,
    /// Those of them that made a test fail by assertion.
    pub killed: u64,
    /// Proofs, of all trees.
    pub proofs: u64,
}

/// The records that show how tests went, by digest.
struct Shows<'s> {
    results: HashMap<Digest<Record>, &'s TestResult>,
    trials: HashMap<Digest<Record>, &'s Trial>,
    mutants: HashMap<Digest<Record>, &'s Mutant>,
}

pub(super) fn of(story: &Story) -> Vec<ProofTold> {
    let shows = Shows {
        results: story
            .tests
            .iter()
            .map(|own| (own.digest, &own.body))
            .collect(),
        trials: story
            .trials
            .iter()
            .map(|own| (own.digest, &own.body))
            .collect(),
        mutants: story
            .mutants
            .iter()
            .map(|own| (own.digest, &own.body))
            .collect(),
    };
    let last = story.tests.last().map(|own| &own.body.tree);
    let told = story.proofs.iter().map(|own| shows.proof(own, last));
    told.collect()
}

pub(super) fn proving(story: &Story) -> Proving {
    let by_assertion = |own: &&Fact<Trial>| {
        let mut cases = own.body.result.cases.iter();
        own.body.of == TrialOf::Mutant
            && cases.any(|case| case.failed_by == Some(FailedBy::Assertion))
    };
    let killing = story.trials.iter().filter(by_assertion);
    let killed: HashSet<Digest<Record>> = killing.filter_map(|own| own.body.mutant).collect();
    Proving {
        trials: story.trials.len() as u64,
        mutants: story.mutants.len() as u64,
        killed: killed.len() as u64,
        proofs: story.proofs.len() as u64,
    }
}

impl Shows<'_> {
    fn proof(&self, own: &Fact<Proof>, last: Option<&TreeId>) -> ProofTold {
        let body = &own.body;
        let by = body.mutant.iter().flat_map(|own| &own.by);
        let fault = by
            .filter_map(|digest| self.trials.get(digest)?.mutant)
            .find_map(|digest| self.fault(digest));
        ProofTold {
            digest: own.digest,
            at: own.at,
            run: own.run.clone(),
            test: body.test.clone(),
            place: body.place.clone(),
            tree: body.tree.clone(),
            counts: last == Some(&body.tree),
            base: self.side(&body.base, &body.test),
            change: self.side(&body.change, &body.test),
            mutant: body.mutant.as_ref().map(|own| self.side(own, &body.test)),
            fault,
            claims: body.claims.clone(),
        }
    }

    fn side(&self, seen: &Seen, test: &str) -> SideTold {
        let runs = seen.by.iter().map(|record| {
            let trial = self.trials.get(record);
            let result = trial
                .map(|own| &own.result)
                .or_else(|| self.results.get(record).copied());
            let case = result.and_then(|own| own.cases.iter().find(|case| case.name == test));
            RunTold {
                record: *record,
                commit: trial.map(|own| own.at.clone()),
                tree: result.map(|own| own.tree.clone()),
                message: case
                    .and_then(|case| case.message.as_ref())
                    .map(|own| short(own, MESSAGE)),
            }
        });
        SideTold {
            outcome: seen.outcome,
            runs: runs.collect(),
        }
    }

    fn fault(&self, record: Digest<Record>) -> Option<Fault> {
        let own = self.mutants.get(&record)?;
        Some(Fault {
            record,
            path: own.path.clone(),
            line: own.line,
            before: own.before.clone(),
            after: own.after.clone(),
            operator: own.operator.clone(),
            made_by: own.made_by.clone(),
        })
    }
}
