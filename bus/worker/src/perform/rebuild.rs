//! Making a run's commits again where they are not: on another machine, or in a fresh clone.
//!
//! The history holds every patchset with its author, message and time, so the commits come out the
//! same; one that does not is an error, never used.

use tracing::info;
use trail_port::Worktree;
use trail_record::body::CommitMade;
use trail_record::{CommitId, Digest, Moment, Record};

use crate::facts::Facts;
use crate::view::View;
use crate::worker::{Error, Worker};

/// One commit to make again.
struct Step<'f> {
    made: &'f CommitMade,
    patchset: Digest<Record>,
    /// The time of the claim it was made under, which is its own.
    at: Moment,
}

impl Worker {
    /// Opens the run's worktree at `at` after making its commits again, oldest first.
    pub(crate) async fn rebuild(
        &self,
        view: &View,
        at: &CommitId,
    ) -> Result<Box<dyn Worktree>, Error> {
        let facts = self.facts(view).await?;
        let steps = steps(view, &facts, at)?;
        let first = steps.first().map_or(at, |step| &step.made.parent);
        // The start is no commit of the run: if it is missing too, nothing can be made again.
        let mut worktree = self.ports.workspace.open(&view.run(), first).await?;
        for step in &steps {
            let patchset = Facts::find(&facts.patchsets, step.patchset)
                .ok_or_else(|| missing(view, "patchset", &step.made.commit))?;
            worktree.apply(&patchset.files).await?;
            let (commit, tree) = worktree
                .commit(step.made.author, &step.made.message, step.at)
                .await?;
            if commit != step.made.commit || tree != step.made.tree {
                return Err(Error::History {
                    item: view.item.key.to_string(),
                    what: format!(
                        "commit {} came out as {commit} when it was made again from its sealed patchset",
                        step.made.commit
                    ),
                });
            }
        }
        info!(item = %view.item.key, commits = steps.len(), "made the run's commits again from the history");
        Ok(worktree)
    }
}

/// Returns the commits from where the run started to `at`, oldest first.
fn steps<'f>(view: &View, facts: &'f Facts, at: &CommitId) -> Result<Vec<Step<'f>>, Error> {
    let mut steps = Vec::new();
    let mut at = at;
    while view.base() != Some(at) {
        let (_, made) = facts
            .commits
            .iter()
            .rev()
            .find(|(_, made)| made.commit == *at)
            .ok_or_else(|| missing(view, "record", at))?;
        if steps.len() > facts.commits.len() {
            return Err(missing(view, "beginning", at));
        }
        let (patchset, time) = committed(view, at).ok_or_else(|| missing(view, "claim", at))?;
        steps.push(Step {
            made,
            patchset,
            at: time,
        });
        at = &made.parent;
    }
    steps.reverse();
    Ok(steps)
}

/// Returns the patchset of a commit, and the time of the claim it was made under.
fn committed(view: &View, commit: &CommitId) -> Option<(Digest<Record>, Moment)> {
    let (fence, patchset) = view.entries().rev().find_map(|signed| {
        signed.entry.events.iter().find_map(|event| {
            let own = event["event"] == "committed" && event["commit"] == commit.as_str();
            let patchset = serde_json::from_value(event["patchset"].clone()).ok()?;
            own.then(|| (event["fence"].clone(), patchset))
        })
    })?;
    let claim = view.entries().rev().find(|signed| {
        signed
            .entry
            .events
            .iter()
            .any(|event| event["event"] == "claimed" && event["fence"] == fence)
    })?;
    Some((patchset, claim.entry.at))
}

fn missing(view: &View, what: &str, commit: &CommitId) -> Error {
    Error::History {
        item: view.item.key.to_string(),
        what: format!("commit {commit} is not here, and its {what} is missing to make it again"),
    }
}
