//! What came of an exact replay.

use std::collections::BTreeMap;

use serde::Serialize;
use trail_item::Event;
use trail_record::body::{CommitMade, PullRequest};
use trail_record::{CommitId, Digest, Entry, ItemKey, Kind, Record, RunId, TreeId};

use super::stage::Stage;
use crate::difference::Difference;

/// What came of an exact replay.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Exact {
    /// The item.
    pub item: ItemKey,
    /// The run.
    pub run: RunId,
    /// Whether all came out the same.
    pub identical: bool,
    /// Whether the history verifies; if not, nothing here proves anything.
    pub verified: bool,
    /// What came out again.
    pub reproduced: Reproduced,
    /// The head that was reproduced; none if not all came out the same.
    pub head: Option<Digest<Entry>>,
    /// What was taken from the record and not derived anew.
    pub taken_from_record: Taken,
    /// Digests of what matters most, as they came out again.
    pub digests: Vec<Named>,
    /// The first difference.
    pub difference: Option<Difference>,
}

/// How much came out again, of how much there is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Reproduced {
    /// Entries a worker wrote again with the same digest.
    pub entries: u64,
    /// Entries there are.
    pub of_entries: u64,
    /// The records in the former.
    pub records: u64,
    /// The records there are.
    pub of_records: u64,
    /// Decisions among the records that came out again.
    pub decisions: u64,
    /// Patchsets among them.
    pub patchsets: u64,
    /// Commits among them, with their trees.
    pub commits: u64,
    /// Proofs among them: what was tried was judged again.
    pub proofs: u64,
    /// Pull requests among them, with their bodies.
    pub pull_requests: u64,
}

/// What was taken from the record and not derived anew.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Taken {
    /// Answers of models, with time, duration, cost and the digest of their reasoning.
    pub answers: u64,
    /// Results of commands, the tests' among them.
    pub command_results: u64,
    /// Test results, by tree, command and environment.
    pub test_results: u64,
    /// Trials of tests on the base, on the change and on mutants.
    pub trials: u64,
    /// Comments of humans, as they were captured.
    pub comments: u64,
    /// Times of entries, by the clocks of then.
    pub times: u64,
    /// What the remote said of a delivery.
    pub deliveries: u64,
    /// Whole entries, by why what they came from is not in the record.
    pub entries: BTreeMap<String, u64>,
}

/// A digest with what it is of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Named {
    /// What it is of: `patchset`, `test-patchset`, `commit`, `tree`, `proof`, `pull-request`.
    pub kind: String,
    /// The entry it is sealed in.
    pub entry: u64,
    /// The record.
    pub record: Digest<Record>,
    /// The object in git, for commits.
    pub commit: Option<CommitId>,
    /// Its tree, for commits and pull requests.
    pub tree: Option<TreeId>,
}

impl Exact {
    pub(crate) fn of(stage: &Stage) -> Self {
        let recorded = &stage.recorded;
        let written = stage.cursor().unwrap_or(recorded.steps.len());
        let (given, filled, comments) = stage.taken();
        let mut reproduced = Reproduced::default();
        let mut digests = Vec::new();
        let mut deliveries = 0;
        for (index, step) in recorded.steps.iter().enumerate() {
            let records = step.records.len() as u64;
            reproduced.of_entries += 1;
            reproduced.of_records += records;
            if index >= written || stage.script.parts[index].given.is_some() {
                continue;
            }
            reproduced.entries += 1;
            reproduced.records += records;
            let delivered = |event: &Event| matches!(event, Event::Delivered { .. });
            deliveries += u64::from(step.events.iter().any(delivered));
            for kept in &step.records {
                reproduced.count(kept.listed.kind);
                digests.extend(named(step.entry().seq, kept));
            }
        }
        let difference = stage.difference();
        let identical = difference.is_none() && written == recorded.steps.len();
        Self {
            item: recorded.subject.key.clone(),
            run: recorded.run.clone(),
            identical,
            verified: recorded.findings.is_empty(),
            head: recorded.head().filter(|_| identical),
            taken_from_record: Taken {
                answers: filled.answers,
                command_results: filled.commands,
                test_results: filled.tests,
                trials: stage.trials(),
                comments,
                times: reproduced.entries,
                deliveries,
                entries: given
                    .into_iter()
                    .map(|(why, count)| (why.to_owned(), count))
                    .collect(),
            },
            reproduced,
            digests,
            difference,
        }
    }
}

impl Reproduced {
    fn count(&mut self, kind: Kind) {
        match kind {
            Kind::Decision => self.decisions += 1,
            Kind::Patchset | Kind::TestPatchset => self.patchsets += 1,
            Kind::Commit => self.commits += 1,
            Kind::PullRequest => self.pull_requests += 1,
            Kind::Proof => self.proofs += 1,
            Kind::Spec
            | Kind::Conclusion
            | Kind::TestResult
            | Kind::Review
            | Kind::GateRequest
            | Kind::GateDecision
            | Kind::Observation
            | Kind::PolicyVerdict
            | Kind::DeliveryReceipt
            | Kind::Failure
            | Kind::Trial
            | Kind::Mutant
            | Kind::ReportedResult
            | Kind::Revert => {}
        }
    }
}

fn named(entry: u64, kept: &crate::recorded::Kept) -> Option<Named> {
    let (commit, tree) = match kept.listed.kind {
        Kind::Patchset | Kind::TestPatchset | Kind::Proof => (None, None),
        Kind::Commit => {
            let made: CommitMade = kept.record.read().ok()?;
            (Some(made.commit), Some(made.tree))
        }
        Kind::PullRequest => {
            let own: PullRequest = kept.record.read().ok()?;
            (Some(own.head), Some(own.tree))
        }
        _ => return None,
    };
    Some(Named {
        kind: kept.listed.kind.to_string(),
        entry,
        record: kept.listed.digest,
        commit,
        tree,
    })
}
