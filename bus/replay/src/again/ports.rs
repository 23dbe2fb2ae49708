//! Model and repository of a replay with an override.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use trail_port::model::{self, Answer, Identity, Model, Request};
use trail_port::workspace::{Clash, Error, Pushed};
use trail_port::{Workspace, Worktree};
use trail_record::body::{FileChange, TestResult};
use trail_record::{CommitId, Kind, RunId};

use crate::recorded::Recorded;
use crate::store::MemoryStore;

/// What receipts of a replay say of the remote.
const DRY_RUN: &str = "none: a dry run of a replay, nothing was pushed";

/// The model of a replay. Once it was asked, the run has taken its own way: from then on nothing
/// more is answered from the record.
pub(crate) struct Anew {
    pub(crate) inner: Arc<dyn Model>,
    pub(crate) stores: Vec<Arc<MemoryStore>>,
    pub(crate) asked: Arc<AtomicU64>,
}

#[async_trait]
impl Model for Anew {
    fn identity(&self) -> Identity {
        self.inner.identity()
    }

    async fn ask(&self, request: &Request) -> Result<Answer, model::Error> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let place = format!("/{}/{}/", request.purpose.action, request.purpose.round);
        for store in &self.stores {
            // What this conversation has used already stays, should it have to be begun anew.
            store.forget(|key| key.starts_with("journal/") && !key.contains(&place));
        }
        self.inner.ask(request).await
    }
}

/// A scratch repository from which nothing is pushed.
pub(crate) struct Dry {
    inner: Arc<dyn Workspace>,
}

impl Dry {
    pub(crate) fn new(inner: &Arc<dyn Workspace>) -> Self {
        Self {
            inner: Arc::clone(inner),
        }
    }
}

/// Puts the recorded results of tests into a store, by tree and command, so that an equal input in an
/// equal environment is not run again.
pub(crate) fn know(store: &MemoryStore, recorded: &Recorded) {
    let results = recorded
        .steps
        .iter()
        .flat_map(|step| step.bodies::<TestResult>(Kind::TestResult));
    for (_, result) in results {
        let bytes = serde_json::to_vec(&result).expect("what was read from JSON can be written");
        store.put(
            trail_worker::known_result(&result.tree, &result.command),
            bytes,
        );
    }
}

#[async_trait]
impl Workspace for Dry {
    async fn base(&self) -> Result<CommitId, Error> {
        self.inner.base().await
    }

    async fn open(&self, run: &RunId, at: &CommitId) -> Result<Box<dyn Worktree>, Error> {
        self.inner.open(run, at).await
    }

    /// Makes the branch in the scratch repository, where it can be looked at, and nowhere else.
    async fn publish(
        &self,
        branch: &str,
        head: &CommitId,
        expected: Option<&CommitId>,
    ) -> Result<Pushed, Error> {
        self.inner.publish(branch, head, expected).await?;
        Ok(Pushed {
            remote: Some(DRY_RUN.to_owned()),
        })
    }

    async fn diff(&self, base: &CommitId, head: &CommitId) -> Result<String, Error> {
        self.inner.diff(base, head).await
    }

    async fn changed(&self, base: &CommitId, head: &CommitId) -> Result<Vec<String>, Error> {
        self.inner.changed(base, head).await
    }

    async fn reverse(
        &self,
        deliveries: &[(CommitId, CommitId)],
        onto: &CommitId,
    ) -> Result<Result<Vec<FileChange>, Clash>, Error> {
        self.inner.reverse(deliveries, onto).await
    }

    async fn close(&self, run: &RunId) -> Result<(), Error> {
        self.inner.close(run).await
    }
}
