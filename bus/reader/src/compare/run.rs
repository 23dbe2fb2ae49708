//! What is told of one run of several.

use serde::Serialize;
use trail_record::body::{Decision, GateOutcome};
use trail_record::{Digest, ItemKey, Moment, Record, RunId};

use super::ReplayOf;
use crate::story::Tests;

/// A run in figures. What the records do not say is none, never 0.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RunTold {
    /// The item.
    pub item: ItemKey,
    /// The run.
    pub run: RunId,
    /// `verified`, `tail: unchecked` or `findings`, of the whole history that holds it.
    pub chain: &'static str,
    /// Whether nothing was found against that history; else nothing here proves anything.
    pub verified: bool,
    /// How many findings there are.
    pub findings: u64,
    /// Records of the run that are listed but cannot be read: its figures lack them.
    pub unread: u64,
    /// Whether a script played a model.
    pub scripted: bool,
    /// Whether a played human decided at a gate.
    pub simulated: bool,
    /// Of what it is a replay; none for an original.
    pub replay_of: Option<ReplayOf>,
    /// Whether the original it names is among the compared runs, with that very head in its chain;
    /// none if it is no replay.
    pub original_compared: Option<bool>,
    /// Whether it came to delivery; a replay's delivery is a dry run.
    pub delivered: bool,
    /// The models that answered, as the peers said.
    pub models: Vec<String>,
    /// Where they were asked.
    pub endpoints: Vec<String>,
    /// AI calls.
    pub calls: u64,
    /// Sums of the tokens the peers told, and how many calls' peers did not.
    pub tokens: Told,
    /// Cost in millionths of a US dollar of the calls that have a price; none if none has.
    pub cost_micros: Option<u64>,
    /// Calls whose cost is not known.
    pub unpriced_calls: u64,
    /// Time.
    pub time: Time,
    /// Patchsets that mended something.
    pub fix_cycles: u64,
    /// The first test run.
    pub first_tests: Option<Rated>,
    /// The last test run.
    pub last_tests: Option<Rated>,
    /// Test runs.
    pub test_runs: u64,
    /// Criteria of the task.
    pub criteria: u64,
    /// Those of them whose annotated tests all pass in the last test run: a claim, not a proof.
    pub criteria_with_passing_tests: u64,
    /// What was changed.
    pub changes: Changes,
    /// The gates, in the order in which they were asked.
    pub gates: Vec<GateTold>,
    /// Asks that policy or scope refused.
    pub refusals: u64,
    /// What was taken from the original, where that is among the compared runs; else none.
    pub reused: Option<Reused>,
}

/// Tokens as far as peers told them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Told {
    /// Input that no cache served.
    pub input: Option<u64>,
    /// Input read from a cache.
    pub cache_read: Option<u64>,
    /// Input written to a cache.
    pub cache_write: Option<u64>,
    /// Output.
    pub output: Option<u64>,
    /// Calls whose peer did not say input or output: the sums lack them.
    pub untold_calls: u64,
}

/// Where the time of a run went, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Time {
    /// From the first entry to the last, by the workers' clocks.
    pub wall_ms: u64,
    /// That models took to answer.
    pub model_ms: u64,
    /// That gates waited for their first decision.
    pub gates_ms: u64,
    /// That commands ran, those of test runs included.
    pub commands_ms: u64,
    /// What remains of the wall time: Trail's own work and idle time. None where the others do not
    /// lie within it, as when answers were taken from a record.
    pub own_ms: Option<u64>,
}

/// A test run in figures.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Rated {
    /// Counts.
    #[serde(flatten)]
    pub tests: Tests,
    /// Passed of those that passed or failed, 0 to 1; none if none did.
    pub pass_rate: Option<f64>,
}

/// What a run's patchsets changed, all together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Changes {
    /// Files that are new.
    pub added: u64,
    /// Files that were there before.
    pub changed: u64,
    /// Files that are gone.
    pub deleted: u64,
    /// Lines of the files that are new.
    pub lines_in_new_files: u64,
    /// Lines of the files that were there before, as the run left them. How many of these are new is
    /// not in the history: it holds a digest of what stood there, not the text.
    pub lines_in_changed_files: u64,
    /// The files, by path.
    pub files: Vec<FileTold>,
}

/// A file that a run changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileTold {
    /// Its path.
    pub path: String,
    /// `added`, `changed` or `deleted`.
    pub what: &'static str,
    /// Its lines as the run left it; none if it is gone.
    pub lines: Option<u64>,
}

/// A gate of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GateTold {
    /// Its name.
    pub gate: String,
    /// How it stands: `approved`, `rejected`, `waiting` or `overtaken`.
    pub standing: &'static str,
    /// What was asked about.
    pub subject: Digest<Record>,
    /// How long it waited for its first decision, in milliseconds.
    pub waited_ms: Option<u64>,
    /// What was decided.
    pub decisions: Vec<Decided>,
}

/// A gate decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Decided {
    /// Who, by name.
    pub name: String,
    /// What.
    pub outcome: GateOutcome,
    /// Why.
    pub why: Option<String>,
    /// When it was sealed.
    pub at: Moment,
    /// Whether a played human decided.
    pub simulated: bool,
    /// Whether a rule delegated it to the reviewer persona.
    pub delegated: bool,
    /// Where it comes from, if nobody decided it in this run.
    pub carried: Option<Carried>,
}

/// A gate decision of an original that stands in for one in a replay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Carried {
    /// The decision in the original.
    pub decision: Digest<Record>,
    /// What was decided on there.
    pub original_subject: Digest<Record>,
    /// What it stands for here.
    pub subject: Digest<Record>,
    /// Whether both are the same.
    pub same_subject: bool,
    /// Whether the original, as compared, holds that decision on that subject; none if the original is
    /// not compared.
    pub confirmed: Option<bool>,
}

/// What a replay took from its original.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Reused {
    /// Answers that are the original's.
    pub answers: u64,
    /// Test results that are the original's, by tree, command, environment and output.
    pub test_results: u64,
}

impl Told {
    /// Sums what the peers of these calls told.
    pub(super) fn of<'d>(decisions: impl Iterator<Item = &'d Decision> + Clone) -> Self {
        let sum = |of: fn(&Decision) -> Option<u64>| {
            decisions.clone().filter_map(of).fold(None, |sum, own| {
                Some(u64::saturating_add(sum.unwrap_or(0), own))
            })
        };
        let untold = |own: &&Decision| own.usage.input.is_none() || own.usage.output.is_none();
        Self {
            input: sum(|own| own.usage.input),
            cache_read: sum(|own| own.usage.cache_read),
            cache_write: sum(|own| own.usage.cache_write),
            output: sum(|own| own.usage.output),
            untold_calls: decisions.clone().filter(untold).count() as u64,
        }
    }
}

impl Rated {
    pub(super) fn of(tests: Tests) -> Self {
        let judged = tests.passed.saturating_add(tests.failed);
        #[expect(clippy::cast_precision_loss, reason = "counts of tests are small")]
        let rate = (judged > 0).then(|| tests.passed as f64 / judged as f64);
        Self {
            tests,
            pass_rate: rate,
        }
    }
}
