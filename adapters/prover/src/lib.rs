//! Runs tests where they must fail: on the base, and on mutants of the change.
//!
//! The worker asks, and judges what came of it; here is only done what was asked:
//!
//! 1. The change's tests are laid over the commit the run started from, and run there.
//! 2. They are run on the change once more, to find those that go one way and then another.
//! 3. For each test that still proves nothing but could, faults are made one at a time and the tests
//!    run on each, until every such test has failed by assertion or the budget is spent.
//!
//! All of it happens in a worktree of its own, at the sandbox and limits of the run's own tests.
//! Trees with tests laid over or with a fault are committed there, so that each trial names the tree
//! it was made on; no branch points to them.
//!
//! Which lines a test covers is not measured: a test that fails by assertion on a fault has executed
//! it or depends on it, which is what coverage would tell. Faults are tried where they are likely to
//! be covered first, see [`faults`].

mod bench;
mod budget;
mod faults;
mod memo;
mod overlay;
mod sources;

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use trail_port::prover::{Evidence, Question, Tried, Wanted};
use trail_port::workspace::Error;
use trail_port::{Prover, Store, Workspace};
use trail_record::body::proof::{Outcome, TrialOf, outcome_in};
use trail_record::body::{FailedBy, Mutant};

use bench::{Bench, Laid};
use budget::Budget;
use faults::{Fault, Faults};

/// Hides secrets in a text.
pub type Redact = Arc<dyn Fn(&str) -> String + Send + Sync>;

/// Tries tests in worktrees of a workspace.
#[derive(Clone)]
pub struct Local {
    workspace: Arc<dyn Workspace>,
    store: Arc<dyn Store>,
    redact: Redact,
}

impl Local {
    /// Tries tests in worktrees of `workspace`, and keeps what was tried in `store` until the next
    /// round, so that a crash repeats nothing. `redact` hides secrets in the tests' output.
    #[must_use]
    pub fn new(workspace: Arc<dyn Workspace>, store: Arc<dyn Store>, redact: Redact) -> Self {
        Self {
            workspace,
            store,
            redact,
        }
    }
}

#[async_trait]
impl Prover for Local {
    async fn prove(&self, question: &Question) -> Result<Evidence, Error> {
        let memo = memo::Memo::new(Arc::clone(&self.store), question);
        let bench = Bench::new(self.workspace.as_ref(), &memo, &self.redact, question);
        let tried = try_all(&bench, question).await;
        // The next round builds on other code; what was built here is of no use to it.
        let closed = self.workspace.close(bench.run()).await;
        let evidence = tried?;
        closed?;
        Ok(evidence)
    }
}

async fn try_all(bench: &Bench<'_>, question: &Question) -> Result<Evidence, Error> {
    let mut budget = Budget::new(&question.settings.proving);
    let mut evidence = Evidence::default();
    let repeats = question.settings.proving.repeats.max(1);
    try_base(bench, None, &budget, repeats, &mut evidence).await?;
    for path in idle(question, &evidence) {
        try_base(bench, Some(&path), &budget, repeats, &mut evidence).await?;
    }
    if repeats > 1 {
        let change = bench.open_change().await?;
        for repeat in 2..=repeats {
            budget.look()?;
            evidence
                .trials
                .push(bench.tried(&change, TrialOf::Change, repeat).await?);
        }
    }
    evidence.stopped = try_faults(bench, question, &mut budget, &mut evidence).await?;
    Ok(evidence)
}

/// Tries the base with all of the change's tests, or with one file of them.
async fn try_base(
    bench: &Bench<'_>,
    only: Option<&str>,
    budget: &Budget,
    repeats: u32,
    evidence: &mut Evidence,
) -> Result<(), Error> {
    let laid = bench.lay_base(only).await?;
    for repeat in 1..=repeats {
        budget.look()?;
        let tried = bench.tried(&laid, TrialOf::Base, repeat).await?;
        let built = ran(&tried);
        evidence.trials.push(tried);
        if !built {
            // What cannot be built is not built the next time either.
            break;
        }
    }
    Ok(())
}

/// Returns the files whose tests did not run on the base though others' faults may be the reason: a
/// test that cannot be built there keeps all from being run in some languages.
fn idle(question: &Question, evidence: &Evidence) -> Vec<String> {
    let ran = |test: &str| {
        let mut trials = evidence.trials.iter();
        trials.any(|own| {
            !matches!(
                outcome_in(&own.result, test),
                Outcome::NotBuilt | Outcome::Absent
            )
        })
    };
    let of = |own: &Wanted| own.place.as_ref().map(|place| place.path.clone());
    let all: BTreeSet<String> = question.tests.iter().filter_map(of).collect();
    if all.len() < 2 {
        return Vec::new();
    }
    let idle = question.tests.iter().filter(|own| !ran(&own.test));
    let paths: BTreeSet<String> = idle.filter_map(of).collect();
    paths
        .into_iter()
        .filter(|path| question.test_paths.contains(path))
        .collect()
}

/// Tries faults until none is needed; says why it stopped before.
async fn try_faults(
    bench: &Bench<'_>,
    question: &Question,
    budget: &mut Budget,
    evidence: &mut Evidence,
) -> Result<Option<String>, Error> {
    if trail_proof::needs_mutant(question, evidence).is_empty() {
        return Ok(None);
    }
    let mut faults = Faults::find(bench, question).await?;
    loop {
        let needy = trail_proof::needs_mutant(question, evidence);
        if needy.is_empty() {
            return Ok(None);
        }
        let keeps = needy.iter().any(|own| own.keeps());
        let new = needy.iter().any(|own| own.is_new());
        let names: Vec<&str> = needy.iter().map(|own| own.test.as_str()).collect();
        if let Some(spent) = budget.spent() {
            return Ok(Some(format!("{spent}; {}", left(&names))));
        }
        let Some((fault, source)) = faults.next(keeps, new) else {
            return Ok(Some(format!(
                "no further place for a fault was found; {}",
                left(&names)
            )));
        };
        let Some(laid) = bench.lay_fault(&fault, &source).await? else {
            continue;
        };
        budget.count();
        let tried = bench.tried(&laid, TrialOf::Mutant, 1).await?;
        if !ran(&tried) {
            // A fault that does not build tells nothing of the tests.
            faults.unbuilt(&fault);
            continue;
        }
        faults.told(&fault, killed(&tried, &names));
        keep(evidence, &fault, tried, &laid, question);
    }
}

fn keep(evidence: &mut Evidence, fault: &Fault, tried: Tried, laid: &Laid, question: &Question) {
    evidence.mutants.push(Mutant {
        onto: question.head.clone(),
        tree: laid.worktree.tree().clone(),
        path: fault.path.clone(),
        file: fault.file,
        line: fault.line,
        start: fault.start,
        before: fault.before.clone(),
        after: fault.after.clone(),
        operator: fault.operator.clone(),
        made_by: "trail".to_owned(),
    });
    evidence.trials.push(Tried {
        mutant: Some(evidence.mutants.len() - 1),
        ..tried
    });
}

/// Tells whether any of the tests ran at all.
fn ran(tried: &Tried) -> bool {
    let cases = &tried.result.cases;
    cases
        .iter()
        .any(|case| case.failed_by != Some(FailedBy::NotBuilt) && !case.validates.is_empty())
}

/// Tells whether any of the named tests failed by assertion.
fn killed(tried: &Tried, names: &[&str]) -> bool {
    names
        .iter()
        .any(|name| outcome_in(&tried.result, name) == Outcome::Assertion)
}

fn left(names: &[&str]) -> String {
    let shown: Vec<String> = names
        .iter()
        .take(5)
        .map(|name| format!("{name:?}"))
        .collect();
    let more = match names.len().saturating_sub(5) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("no fault made {}{more} fail by assertion", shown.join(", "))
}
