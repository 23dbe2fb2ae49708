//! The journal: answers already paid for, kept so that a crash does not pay twice.
//!
//! An answer is written, with a data sync, before it is used. A retried action begins its
//! conversation anew; as long as it asks exactly the same (the digest of all the model saw is the
//! same), the journal answers.

use serde::{Deserialize, Serialize};
use trail_item::Action;
use trail_port::model::Answer;
use trail_port::prover::Evidence;
use trail_port::store::Op;
use trail_record::body::{Ask, TestResult};
use trail_record::digest::Context;
use trail_record::{Blob, Digest, ItemId, Moment, RunId, TreeId};

use crate::worker::{Error, Worker};

/// An answer as journaled.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answered {
    /// All that the model saw.
    pub context: Digest<Context>,
    /// When it was asked.
    pub at: Moment,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
    /// What it answered.
    pub answer: Answer,
    /// What a sealed record says of it, where it is played again; none where a model was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sealed: Option<FromRecord>,
}

/// What only the sealed record knows of an answer that is played again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FromRecord {
    /// The model that was asked for.
    pub model: String,
    /// The provider's host.
    pub endpoint: String,
    /// The temperature that was set.
    pub temperature: Option<f64>,
    /// The digest of the reasoning, whose text no record keeps.
    pub reasoning: Option<Digest<Blob>>,
    /// What it cost by the prices of then.
    pub cost_micros: Option<u64>,
}

/// What came of a command, as journaled: running it again could give another result.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ran {
    /// All that the model saw when it asked.
    pub context: Digest<Context>,
    /// The ask with its result.
    pub ask: Ask,
    /// The test result, if the command was the tests'.
    pub tests: Option<TestResult>,
}

/// What was tried to find out whether tests can fail, as journaled: trials take minutes, and other
/// trials could come out otherwise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Tried {
    /// What was asked.
    question: Digest<Context>,
    /// What came of it.
    evidence: Evidence,
}

/// Names one action's place in the journal.
#[derive(Debug, Clone)]
pub struct Place(String);

impl Place {
    /// Names the place of one round of an action.
    #[must_use]
    pub fn of(item: &ItemId, run: &RunId, action: Action, round: u32) -> Self {
        Self(format!("{}{action}/{round}/", Self::run(item, run)))
    }

    fn run(item: &ItemId, run: &RunId) -> String {
        format!("journal/{item}/{run}/")
    }

    /// Returns the key of the answer to a call, numbered from 1 within the action.
    #[must_use]
    pub fn answer(&self, call: u32) -> String {
        format!("{}{call:04}", self.0)
    }

    /// Returns the key of the result of a command, by its place among what the answer asks for.
    #[must_use]
    pub fn ran(&self, call: u32, index: usize) -> String {
        format!("{}{call:04}/{index}", self.0)
    }

    /// Returns the key of what was tried to find out whether the tests can fail.
    #[must_use]
    pub fn evidence(&self) -> String {
        format!("{}evidence", self.0)
    }

    /// Returns the key of the test run that no agent asked for.
    #[must_use]
    pub fn own_tests(&self) -> String {
        format!("{}tests", self.0)
    }
}

/// Returns the key under which the result of an equal run of the tests is known, where one is: a
/// replay puts those of the record there.
#[must_use]
pub fn known_result(tree: &TreeId, command: &[String]) -> String {
    let command: Digest<()> = Digest::of(format!("{command:?}").as_bytes());
    format!("known/{tree}/{command}")
}

impl Worker {
    /// Returns the known result of an equal run of the tests, whatever its environment was.
    pub(crate) fn recall_known(
        &self,
        tree: &TreeId,
        command: &[String],
    ) -> Result<Option<TestResult>, Error> {
        self.recall_as(&known_result(tree, command))
    }

    /// Returns the journaled answer to a call, if it was to exactly this context.
    pub(crate) fn recall_answer(
        &self,
        place: &Place,
        call: u32,
        context: Digest<Context>,
    ) -> Result<Option<Answered>, Error> {
        let answered: Option<Answered> = self.recall_as(&place.answer(call))?;
        Ok(answered.filter(|own| own.context == context))
    }

    /// Journals an answer; it is durable when this returns.
    pub(crate) fn journal_answer(
        &self,
        place: &Place,
        call: u32,
        answered: &Answered,
    ) -> Result<(), Error> {
        self.journal_as(place.answer(call), answered)
    }

    /// Returns the journaled result of a command.
    pub(crate) fn recall_ran(
        &self,
        place: &Place,
        call: u32,
        index: usize,
        context: Digest<Context>,
    ) -> Result<Option<Ran>, Error> {
        let ran: Option<Ran> = self.recall_as(&place.ran(call, index))?;
        Ok(ran.filter(|own| own.context == context))
    }

    /// Journals the result of a command; it is durable when this returns.
    pub(crate) fn journal_ran(
        &self,
        place: &Place,
        call: u32,
        index: usize,
        ran: &Ran,
    ) -> Result<(), Error> {
        self.journal_as(place.ran(call, index), ran)
    }

    /// Returns the journaled result of Trail's own test run, if it was of this tree and command.
    pub(crate) fn recall_tests(
        &self,
        place: &Place,
        tree: &TreeId,
        command: &[String],
    ) -> Result<Option<TestResult>, Error> {
        let result: Option<TestResult> = self.recall_as(&place.own_tests())?;
        Ok(result.filter(|own| own.tree == *tree && own.command == command))
    }

    /// Journals the result of Trail's own test run.
    pub(crate) fn journal_tests(&self, place: &Place, result: &TestResult) -> Result<(), Error> {
        self.journal_as(place.own_tests(), result)
    }

    /// Returns the journaled evidence, if it answers exactly this question.
    pub(crate) fn recall_evidence(
        &self,
        place: &Place,
        question: Digest<Context>,
    ) -> Result<Option<Evidence>, Error> {
        let tried: Option<Tried> = self.recall_as(&place.evidence())?;
        Ok(tried
            .filter(|own| own.question == question)
            .map(|own| own.evidence))
    }

    /// Journals evidence; it is durable when this returns.
    pub(crate) fn journal_evidence(
        &self,
        place: &Place,
        question: Digest<Context>,
        evidence: &Evidence,
    ) -> Result<(), Error> {
        let tried = Tried {
            question,
            evidence: evidence.clone(),
        };
        self.journal_as(place.evidence(), &tried)
    }

    /// Forgets the journal of a run that has ended: all of it is sealed.
    pub(crate) fn forget_journal(&self, item: &ItemId, run: &RunId) -> Result<(), Error> {
        let ops: Vec<Op> = self
            .ports
            .store
            .scan(&Place::run(item, run))?
            .into_iter()
            .map(|(key, _)| Op::Remove { key })
            .collect();
        if !ops.is_empty() {
            self.keep(ops)?;
        }
        Ok(())
    }

    fn recall_as<T: for<'de> Deserialize<'de>>(&self, key: &str) -> Result<Option<T>, Error> {
        let value = self.ports.store.get(key)?;
        // An entry of another version of this program is as good as none: the call is made again.
        Ok(value.and_then(|bytes| serde_json::from_slice(&bytes).ok()))
    }

    fn journal_as<T: Serialize>(&self, key: String, value: &T) -> Result<(), Error> {
        let value =
            serde_json::to_vec(value).map_err(trail_record::canonical::Error::Unwritable)?;
        self.keep(vec![Op::Put { key, value }])
    }
}
