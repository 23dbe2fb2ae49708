//! The journal: answers already paid for, kept so that a crash does not pay twice.
//!
//! An answer is written, with a data sync, before it is used. A retried action begins its
//! conversation anew; as long as it asks exactly the same (the digest of all the model saw is the
//! same), the journal answers.

use serde::{Deserialize, Serialize};
use trail_item::Action;
use trail_port::model::Answer;
use trail_port::store::Op;
use trail_record::body::{Ask, TestResult};
use trail_record::digest::Context;
use trail_record::{Digest, ItemId, Moment, RunId};

use crate::worker::{Error, Worker};

/// An answer as journaled.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Answered {
    /// All that the model saw.
    pub(crate) context: Digest<Context>,
    /// When it was asked.
    pub(crate) at: Moment,
    /// How long it took, in milliseconds.
    pub(crate) took_ms: u64,
    /// What it answered.
    pub(crate) answer: Answer,
}

/// What came of a command, as journaled: running it again could give another result.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Ran {
    /// All that the model saw when it asked.
    pub(crate) context: Digest<Context>,
    /// The ask with its result.
    pub(crate) ask: Ask,
    /// The test result, if the command was the tests'.
    pub(crate) tests: Option<TestResult>,
}

/// Names one action's place in the journal.
#[derive(Debug, Clone)]
pub(crate) struct Place(String);

impl Place {
    pub(crate) fn of(item: &ItemId, run: &RunId, action: Action, round: u32) -> Self {
        Self(format!("{}{action}/{round}/", Self::run(item, run)))
    }

    fn run(item: &ItemId, run: &RunId) -> String {
        format!("journal/{item}/{run}/")
    }
}

impl Worker {
    /// Returns the journaled answer to a call, if it was to exactly this context.
    pub(crate) fn recall_answer(
        &self,
        place: &Place,
        call: u32,
        context: Digest<Context>,
    ) -> Result<Option<Answered>, Error> {
        let answered: Option<Answered> = self.recall_as(&format!("{}{call:04}", place.0))?;
        Ok(answered.filter(|own| own.context == context))
    }

    /// Journals an answer; it is durable when this returns.
    pub(crate) fn journal_answer(
        &self,
        place: &Place,
        call: u32,
        answered: &Answered,
    ) -> Result<(), Error> {
        self.journal_as(format!("{}{call:04}", place.0), answered)
    }

    /// Returns the journaled result of a command.
    pub(crate) fn recall_ran(
        &self,
        place: &Place,
        call: u32,
        index: usize,
        context: Digest<Context>,
    ) -> Result<Option<Ran>, Error> {
        let ran: Option<Ran> = self.recall_as(&format!("{}{call:04}/{index}", place.0))?;
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
        self.journal_as(format!("{}{call:04}/{index}", place.0), ran)
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
