//! The repository of a replay: a scratch one, whose commands and deliveries are the recorded ones.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use trail_port::workspace::{Command, Error, Hit, Listed, Pushed, Ran};
use trail_port::{Workspace, Worktree};
use trail_record::body::{DeliveryReceipt, FileChange};
use trail_record::{CommitId, Digest, Kind, Moment, Persona, RunId, TreeId};

use super::stage::Stage;

/// A scratch repository seen by one actor.
pub(crate) struct PlayedWorkspace {
    pub(crate) inner: Arc<dyn Workspace>,
    pub(crate) stage: Arc<Stage>,
    pub(crate) actor: usize,
}

#[async_trait]
impl Workspace for PlayedWorkspace {
    /// Where the base branch stood then.
    async fn base(&self) -> Result<CommitId, Error> {
        let next = self.stage.next_of(self.actor);
        let base = next.and_then(|step| step.entry().base.clone());
        base.ok_or_else(|| Error::Repository("the record names no base commit".to_owned()))
    }

    async fn open(&self, run: &RunId, at: &CommitId) -> Result<Box<dyn Worktree>, Error> {
        Ok(Box::new(PlayedWorktree(self.inner.open(run, at).await?)))
    }

    /// Publishes nothing: what would be published is compared through the receipt.
    async fn publish(&self, _: &str, _: &CommitId, _: Option<&CommitId>) -> Result<Pushed, Error> {
        let outcome = self.stage.outcome_now(self.actor);
        let receipt =
            outcome.and_then(|step| step.bodies::<DeliveryReceipt>(Kind::DeliveryReceipt).pop());
        let (_, receipt) =
            receipt.ok_or_else(|| Error::Failed("the record holds no delivery here".to_owned()))?;
        Ok(Pushed {
            remote: receipt.remote,
        })
    }

    async fn diff(&self, base: &CommitId, head: &CommitId) -> Result<String, Error> {
        self.inner.diff(base, head).await
    }

    async fn changed(&self, base: &CommitId, head: &CommitId) -> Result<Vec<String>, Error> {
        self.inner.changed(base, head).await
    }

    async fn close(&self, _: &RunId) -> Result<(), Error> {
        Ok(())
    }
}

/// A worktree in which nothing is run: results of commands come out of the journal.
struct PlayedWorktree(Box<dyn Worktree>);

#[async_trait]
impl Worktree for PlayedWorktree {
    fn head(&self) -> &CommitId {
        self.0.head()
    }

    fn tree(&self) -> &TreeId {
        self.0.tree()
    }

    async fn list(&self, path: &str) -> Result<Vec<Listed>, Error> {
        self.0.list(path).await
    }

    async fn read(&self, path: &str) -> Result<Option<Vec<u8>>, Error> {
        self.0.read(path).await
    }

    async fn search(&self, pattern: &str, path: &str, limit: usize) -> Result<Vec<Hit>, Error> {
        self.0.search(pattern, path, limit).await
    }

    async fn apply(&mut self, files: &[FileChange]) -> Result<(), Error> {
        self.0.apply(files).await
    }

    async fn commit(
        &mut self,
        author: Persona,
        message: &str,
        at: Moment,
    ) -> Result<(CommitId, TreeId), Error> {
        self.0.commit(author, message, at).await
    }

    /// A command that comes here has no result in the record: the recorded worker used none (its
    /// agent gave up afterwards). Where it was used, this one makes another record than that.
    async fn run(&self, _: &Command) -> Result<Ran, Error> {
        Ok(Ran {
            exit: None,
            ended: None,
            output: b"not recorded".to_vec(),
            took: Duration::ZERO,
            sandbox: "none".to_owned(),
            environment: Digest::of(b"not recorded"),
        })
    }
}
