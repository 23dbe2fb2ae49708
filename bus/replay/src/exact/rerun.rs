//! Running the recorded tests again, in the sandbox of today.

use serde::Serialize;
use trail_port::Workspace;
use trail_record::body::{TestOutcome, TestResult};
use trail_record::{Digest, Kind, Record, TreeId};
use trail_worker::{Redactor, Settings};

use crate::error::Error;
use crate::recorded::Recorded;

/// A recorded test run, run again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rerun {
    /// The entry it is sealed in.
    pub entry: u64,
    /// The record.
    pub record: Digest<Record>,
    /// The tree that was tested.
    pub tree: TreeId,
    /// Whether every test came out as it is recorded, and the command ended the same way.
    pub same: bool,
    /// Whether the environment (sandbox, variables, limits) is the recorded one.
    pub same_environment: bool,
    /// Tests that passed and failed as recorded.
    pub recorded: (u64, u64),
    /// Tests that passed and failed now.
    pub now: (u64, u64),
    /// The first tests that came out otherwise, at most twenty.
    pub differing: Vec<String>,
}

/// Runs every recorded test run again on its commit. The replay must have made the commits before.
///
/// # Errors
/// If a commit is not there or nothing can be run.
pub async fn rerun(
    recorded: &Recorded,
    workspace: &dyn Workspace,
    settings: &Settings,
) -> Result<Vec<Rerun>, Error> {
    let mut reruns = Vec::new();
    for (index, step) in recorded.steps.iter().enumerate() {
        for (record, result) in step.bodies::<TestResult>(Kind::TestResult) {
            let state = &recorded.states[index];
            let Some((commit, _)) = &state.commit else {
                continue;
            };
            let worktree = workspace.open(&step.entry().run, commit).await?;
            let mut tests = settings.tests.clone();
            tests.command.clone_from(&result.command);
            let ran = worktree.run(&trail_proof::command(&tests)).await?;
            let redactor = Redactor::default();
            let (now, _) = trail_worker::told(&ran, worktree.as_ref(), &tests, &redactor).await?;
            reruns.push(judge(step.entry().seq, record, &result, &now));
        }
    }
    Ok(reruns)
}

fn judge(entry: u64, record: Digest<Record>, then: &TestResult, now: &TestResult) -> Rerun {
    let counts = |own: &TestResult| {
        (
            own.count(TestOutcome::Passed) as u64,
            own.count(TestOutcome::Failed) as u64,
        )
    };
    let outcome = |own: &TestResult, name: &str| {
        let case = own.cases.iter().find(|case| case.name == name);
        case.map(|case| case.outcome)
    };
    let mut names: Vec<&str> = then
        .cases
        .iter()
        .chain(&now.cases)
        .map(|case| case.name.as_str())
        .collect();
    names.sort_unstable();
    names.dedup();
    names.retain(|name| outcome(then, name) != outcome(now, name));
    let ended = then.exit == now.exit && then.ended == now.ended && then.tree == now.tree;
    Rerun {
        entry,
        record,
        tree: then.tree.clone(),
        same: ended && names.is_empty(),
        same_environment: then.environment == now.environment,
        recorded: counts(then),
        now: counts(now),
        differing: names.into_iter().take(20).map(str::to_owned).collect(),
    }
}
