//! What came of a replay with an override, as `replay.json` keeps it.

use std::path::Path;

use serde::Serialize;
use trail_record::body::PullRequest;
use trail_record::{Digest, Entry, ItemKey, RunId};

use super::carry::Carried;
use super::root::{Of, Overrides};
use crate::error::Error;
use crate::exact::result::Taken;

/// What came of a replay with an override.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Summary {
    /// The item.
    pub item: ItemKey,
    /// The new run.
    pub run: RunId,
    /// The original.
    pub replay_of: Of,
    /// What is otherwise than in the original.
    pub overrides: Overrides,
    /// The first call that was asked anew.
    pub from: u32,
    /// The gates that were asked anew.
    pub regate: Vec<String>,
    /// How the replay stands.
    pub standing: Standing,
    /// Where the item stands in it.
    pub stage: String,
    /// Why it does not go on, for people; none if it has ended.
    pub why: Option<String>,
    /// The head of its chain.
    pub head: Option<Digest<Entry>>,
    /// Entries.
    pub entries: u64,
    /// AI calls.
    pub calls: u32,
    /// Answers of these that were taken from the record.
    pub answers_from_record: u64,
    /// Questions that were put to a model.
    pub asked: u64,
    /// Test results that were reused, because tree, command and environment are the recorded ones.
    pub test_results_reused: u64,
    /// What they cost, in millionths of a US dollar.
    pub cost_micros: u64,
    /// Gate decisions that were carried over.
    pub carried: Vec<Carried>,
    /// What the exact replay of the original took from its record: the self-check.
    pub self_check: Taken,
    /// The pull request as it would be opened.
    pub pull_request: Option<PullRequest>,
}

/// How a replay stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// It was begun; if nobody works on it, it was broken off.
    Unfinished,
    /// It came to delivery, as a dry run.
    Delivered,
    /// It waits for a decision that nobody gave.
    Waiting,
    /// It cannot go on.
    Stuck,
    /// It was told to stop.
    Stopped,
}

impl Summary {
    /// Writes `replay.json` and, if there is one, the pull request.
    pub(crate) fn write(&self, dir: &Path) -> Result<(), Error> {
        let json = serde_json::to_string_pretty(self)
            .map_err(trail_record::canonical::Error::Unwritable)?;
        put(&dir.join("replay.json"), &format!("{json}\n"))?;
        if let Some(own) = &self.pull_request {
            let text = format!("# {}\n\n{}\n", own.title, own.body.trim_end());
            put(&dir.join("pull-request.md"), &text)?;
        }
        Ok(())
    }
}

fn put(path: &Path, text: &str) -> Result<(), Error> {
    let new = path.with_extension("new");
    std::fs::write(&new, text)
        .and_then(|()| std::fs::rename(&new, path))
        .map_err(|source| Error::io(path, source))
}
