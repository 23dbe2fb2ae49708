//! The repository of a replay: a scratch one, whose commands and deliveries are the recorded ones.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use trail_port::workspace::{Clash, Command, Error, Hit, Listed, Pushed, Ran};
use trail_port::{Workspace, Worktree};
use trail_record::body::{DeliveryReceipt, FileChange, Patchset};
use trail_record::{CommitId, Digest, Kind, Moment, Persona, RunId, TreeId};

use super::stage::Stage;

/// A scratch repository seen by one actor.
pub(crate) struct PlayedWorkspace {
    pub(crate) inner: Arc<dyn Workspace>,
    pub(crate) stage: Arc<Stage>,
    pub(crate) actor: usize,
    pub(crate) kept: Arc<Kept>,
}

/// The worktree that the last action left as its commit says. Nothing is run in a replay, so the next
/// action can have it without its being made anew.
#[derive(Default)]
pub(crate) struct Kept(Mutex<Option<(RunId, Box<dyn Worktree>)>>);

impl Kept {
    fn take(&self, run: &RunId, at: &CommitId) -> Option<Box<dyn Worktree>> {
        let kept = self.lock().take();
        let (_, worktree) = kept.filter(|(own, worktree)| own == run && worktree.head() == at)?;
        Some(worktree)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<(RunId, Box<dyn Worktree>)>> {
        self.0.lock().expect("no worktree is left half-kept")
    }
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
        let inner = match self.kept.take(run, at) {
            Some(kept) => kept,
            None => self.inner.open(run, at).await?,
        };
        Ok(Box::new(PlayedWorktree {
            inner: Some(inner),
            run: run.clone(),
            kept: Arc::clone(&self.kept),
            dirty: false,
        }))
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

    /// What takes deliveries back is computed again where the commits are here. Where they are not -
    /// those of other items never are - it is taken from the record.
    async fn reverse(
        &self,
        deliveries: &[(CommitId, CommitId)],
        onto: &CommitId,
    ) -> Result<Result<Vec<FileChange>, Clash>, Error> {
        match self.inner.reverse(deliveries, onto).await {
            Ok(Ok(files)) => Ok(Ok(files)),
            computed => {
                let recorded = self
                    .stage
                    .outcome_now(self.actor)
                    .and_then(|step| step.bodies::<Patchset>(Kind::Patchset).pop());
                recorded.map_or(computed, |(_, patchset)| Ok(Ok(patchset.files)))
            }
        }
    }

    async fn close(&self, _: &RunId) -> Result<(), Error> {
        Ok(())
    }
}

/// A worktree in which nothing is run: results of commands come out of the journal.
struct PlayedWorktree {
    /// There until this is dropped.
    inner: Option<Box<dyn Worktree>>,
    run: RunId,
    kept: Arc<Kept>,
    /// Whether something was applied and not committed.
    dirty: bool,
}

impl PlayedWorktree {
    fn inner(&self) -> &dyn Worktree {
        let inner = self.inner.as_deref();
        inner.expect("a worktree is there until it is dropped")
    }

    fn inner_mut(&mut self) -> &mut Box<dyn Worktree> {
        let inner = self.inner.as_mut();
        inner.expect("a worktree is there until it is dropped")
    }
}

impl Drop for PlayedWorktree {
    fn drop(&mut self) {
        if let Some(inner) = self.inner.take().filter(|_| !self.dirty) {
            *self.kept.lock() = Some((self.run.clone(), inner));
        }
    }
}

#[async_trait]
impl Worktree for PlayedWorktree {
    fn head(&self) -> &CommitId {
        self.inner().head()
    }

    fn tree(&self) -> &TreeId {
        self.inner().tree()
    }

    async fn list(&self, path: &str) -> Result<Vec<Listed>, Error> {
        self.inner().list(path).await
    }

    async fn read(&self, path: &str) -> Result<Option<Vec<u8>>, Error> {
        self.inner().read(path).await
    }

    async fn search(&self, pattern: &str, path: &str, limit: usize) -> Result<Vec<Hit>, Error> {
        self.inner().search(pattern, path, limit).await
    }

    async fn apply(&mut self, files: &[FileChange]) -> Result<(), Error> {
        self.dirty = true;
        self.inner_mut().apply(files).await
    }

    async fn commit(
        &mut self,
        author: Persona,
        message: &str,
        at: Moment,
    ) -> Result<(CommitId, TreeId), Error> {
        let made = self.inner_mut().commit(author, message, at).await?;
        self.dirty = false;
        Ok(made)
    }

    /// A command that comes here has no result in the record: the recorded worker used none (its
    /// agent gave up afterwards). Where it was used, this one makes another record than that.
    async fn run(&self, _: &Command) -> Result<Ran, Error> {
        Ok(Ran {
            exit: None,
            ended: None,
            output: b"not recorded".to_vec(),
            report: None,
            took: Duration::ZERO,
            sandbox: "none".to_owned(),
            environment: Digest::of(b"not recorded"),
        })
    }
}
