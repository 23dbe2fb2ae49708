//! Sums over a history.

use serde::Serialize;
use trail_record::body::{PatchPurpose, TestCase, TestOutcome, TestResult};

use super::Story;

/// Sums over a history. What a peer did not tell is counted as untold, never as 0.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// Entries that stand.
    pub entries: u64,
    /// Records in them.
    pub records: u64,
    /// AI calls.
    pub decisions: u64,
    /// Gate decisions.
    pub gates: u64,
    /// Those of them that a rule delegated to the reviewer persona.
    pub delegated: u64,
    /// Those of them by a played human.
    pub simulated: u64,
    /// Results between task and delivery.
    pub intermediate: u64,
    /// Effects on the world outside.
    pub outside_actions: u64,
    /// Tokens.
    pub tokens: Tokens,
    /// Cost in millionths of a US dollar, of the calls whose model has a price.
    pub cost_micros: u64,
    /// Calls whose cost is not known.
    pub unpriced_calls: u64,
    /// Milliseconds that models took.
    pub model_ms: u64,
    /// Milliseconds from the first entry to the last.
    pub wall_ms: u64,
    /// Milliseconds that gates waited for their first decision.
    pub waiting_ms: u64,
    /// Asks that policy or scope refused.
    pub refusals: u64,
    /// Patchsets that mended something.
    pub fixes: u64,
    /// Test runs.
    pub test_runs: u64,
    /// The first test run.
    pub first_tests: Option<Tests>,
    /// The last test run.
    pub last_tests: Option<Tests>,
}

/// Tokens as the peers counted them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Tokens {
    /// Input that no cache served.
    pub input: u64,
    /// Input read from a cache.
    pub cache_read: u64,
    /// Input written to a cache.
    pub cache_write: u64,
    /// Output.
    pub output: u64,
    /// Calls whose peer did not say how many tokens it took.
    pub untold_calls: u64,
}

/// A test run in figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Tests {
    /// How many passed.
    pub passed: u64,
    /// How many failed.
    pub failed: u64,
    /// How many did not run.
    pub skipped: u64,
}

impl Tests {
    /// Counts a test result.
    #[must_use]
    pub fn of(result: &TestResult) -> Self {
        Self::of_cases(&result.cases)
    }

    /// Counts tests.
    #[must_use]
    pub fn of_cases<'c>(cases: impl IntoIterator<Item = &'c TestCase>) -> Self {
        let mut tests = Self::default();
        for case in cases {
            match case.outcome {
                TestOutcome::Passed => tests.passed += 1,
                TestOutcome::Failed => tests.failed += 1,
                TestOutcome::Skipped => tests.skipped += 1,
            }
        }
        tests
    }

    /// Returns how many there are.
    #[must_use]
    pub const fn all(&self) -> u64 {
        self.passed + self.failed + self.skipped
    }
}

pub(super) fn of(story: &Story) -> Totals {
    let counts = &story.judgement.counts;
    let told: Vec<_> = story
        .gates
        .iter()
        .flat_map(|gate| &gate.decisions)
        .collect();
    let decisions = || story.decisions.iter().map(|own| &own.body);
    let asks = decisions().flat_map(|own| &own.asks);
    let mut tokens = Tokens::default();
    for usage in decisions().map(|own| &own.usage) {
        tokens.input += usage.input.unwrap_or(0);
        tokens.cache_read += usage.cache_read.unwrap_or(0);
        tokens.cache_write += usage.cache_write.unwrap_or(0);
        tokens.output += usage.output.unwrap_or(0);
        tokens.untold_calls += u64::from(usage.input.is_none() || usage.output.is_none());
    }
    let wall_ms = match (story.entries.first(), story.entries.last()) {
        (Some(first), Some(last)) => millis(last.at.since(first.at)),
        (None, _) | (_, None) => 0,
    };
    let fixes = story
        .patchsets
        .iter()
        .filter(|own| own.body.purpose == PatchPurpose::Fix);
    Totals {
        entries: counts.entries,
        records: counts.records,
        decisions: counts.decisions,
        gates: counts.gates,
        delegated: told.iter().filter(|own| own.body.delegated).count() as u64,
        simulated: told.iter().filter(|own| own.body.simulated).count() as u64,
        intermediate: counts.intermediate,
        outside_actions: counts.outside_actions,
        tokens,
        cost_micros: decisions().filter_map(|own| own.cost_micros).sum(),
        unpriced_calls: decisions().filter(|own| own.cost_micros.is_none()).count() as u64,
        model_ms: decisions().map(|own| own.took_ms).sum(),
        wall_ms,
        waiting_ms: story.gates.iter().filter_map(super::Gate::waited_ms).sum(),
        refusals: asks.filter(|own| !own.verdict.allowed).count() as u64,
        fixes: fixes.count() as u64,
        test_runs: story.tests.len() as u64,
        first_tests: story.tests.first().map(|own| Tests::of(&own.body)),
        last_tests: story.tests.last().map(|own| Tests::of(&own.body)),
    }
}

fn millis(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
