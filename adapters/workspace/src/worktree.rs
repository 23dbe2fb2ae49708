//! The `Worktree` port: one run's files.

use std::sync::Arc;

use async_trait::async_trait;
use trail_port::workspace::{Command, Error, Hit, Listed, Ran, Worktree};
use trail_record::body::FileChange;
use trail_record::{CommitId, Moment, Persona, TreeId};

use crate::apply;
use crate::beneath::Beneath;
use crate::index::Index;
use crate::look;
use crate::path::RepoPath;
use crate::sandbox::{Place, Sandbox, SandboxSettings};

/// The sandbox, looked for when the first command is run.
#[derive(Debug)]
pub(crate) struct LazySandbox {
    pub(crate) settings: SandboxSettings,
    pub(crate) found: tokio::sync::OnceCell<Sandbox>,
}

impl LazySandbox {
    /// Returns the sandbox, or why there is none.
    pub(crate) async fn get(&self) -> Result<&Sandbox, Error> {
        self.found
            .get_or_try_init(|| Sandbox::open(self.settings.clone()))
            .await
    }
}

/// One run's worktree.
#[derive(Debug)]
pub struct GitWorktree {
    pub(crate) index: Index,
    pub(crate) beneath: Beneath,
    pub(crate) sandbox: Arc<LazySandbox>,
    pub(crate) submodules: Vec<String>,
    pub(crate) head: CommitId,
    pub(crate) tree: TreeId,
    pub(crate) applied: bool,
    pub(crate) keep_ignored: bool,
    /// Held while a command runs: two at once would undo each other's files. True while what a
    /// command left is not undone yet, also if its caller stopped waiting for it.
    pub(crate) unclean: tokio::sync::Mutex<bool>,
}

impl GitWorktree {
    /// Runs file work on a thread where it may block.
    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Beneath) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let beneath = self.beneath.clone();
        tokio::task::spawn_blocking(move || work(&beneath))
            .await
            .map_err(|e| Error::Failed(format!("file work was ended: {e}")))?
    }
}

impl GitWorktree {
    /// Takes what stands at the report's place, at most `limit` bytes of it, and removes it; none if
    /// there is no file: the command may have put anything there.
    async fn take_report(&self, report: &RepoPath, limit: u64) -> Result<Option<Vec<u8>>, Error> {
        let report = report.clone();
        self.blocking(move |beneath| {
            let found = match beneath.read(&report) {
                Err(Error::Outside { .. }) => None,
                read => read?,
            };
            beneath.remove(&report)?;
            Ok(found.map(|mut found| {
                let limit = usize::try_from(limit).unwrap_or(usize::MAX);
                found.bytes.truncate(limit);
                found.bytes
            }))
        })
        .await
    }
}

#[async_trait]
impl Worktree for GitWorktree {
    fn head(&self) -> &CommitId {
        &self.head
    }

    fn tree(&self) -> &TreeId {
        &self.tree
    }

    async fn list(&self, path: &str) -> Result<Vec<Listed>, Error> {
        let path = path.to_owned();
        self.blocking(move |beneath| look::list(beneath, &path))
            .await
    }

    async fn read(&self, path: &str) -> Result<Option<Vec<u8>>, Error> {
        let path = RepoPath::parse(path)?;
        self.blocking(move |beneath| Ok(beneath.read(&path)?.map(|found| found.bytes)))
            .await
    }

    async fn search(&self, pattern: &str, path: &str, limit: usize) -> Result<Vec<Hit>, Error> {
        let (pattern, path) = (pattern.to_owned(), path.to_owned());
        self.blocking(move |beneath| look::search(beneath, &pattern, &path, limit))
            .await
    }

    async fn apply(&mut self, files: &[FileChange]) -> Result<(), Error> {
        if files.is_empty() {
            return Ok(());
        }
        let (files, submodules) = (files.to_vec(), self.submodules.clone());
        let work = move |beneath: &Beneath| apply::apply(beneath, &submodules, &files);
        let (entries, done) = self.blocking(work).await?;
        match self.index.enter(&entries).await {
            Ok(()) => {
                self.applied = true;
                Ok(())
            }
            Err(e) => {
                let undone = tokio::task::spawn_blocking(move || done.undo()).await;
                undone.map_err(|e| Error::Failed(format!("undoing was ended: {e}")))?;
                Err(e)
            }
        }
    }

    async fn commit(
        &mut self,
        author: Persona,
        message: &str,
        at: Moment,
    ) -> Result<(CommitId, TreeId), Error> {
        if !self.applied {
            return Err(Error::Failed(
                "nothing was applied since the last commit".into(),
            ));
        }
        let (commit, tree) = self.index.commit(&self.head, author, message, at).await?;
        self.head = commit.clone();
        self.tree = tree.clone();
        self.applied = false;
        Ok((commit, tree))
    }

    async fn run(&self, command: &Command) -> Result<Ran, Error> {
        let sandbox = self.sandbox.get().await?;
        let mut unclean = self.unclean.lock().await;
        if *unclean {
            self.index.restore(self.keep_ignored).await?;
        }
        *unclean = true;
        let checkout = &self.index.checkout;
        let place = Place {
            worktree: checkout.path.clone(),
            scratch: checkout.scratch.clone(),
        };
        let report = command.report.as_deref().map(RepoPath::parse).transpose()?;
        if let Some(report) = &report {
            // What an earlier command left there must not be taken for news.
            self.take_report(report, 0).await?;
        }
        let ran = sandbox.run(&place, command).await;
        // Read before it is undone; what the command put there may be anything but a file.
        let reported = match report {
            Some(report) => Some(self.take_report(&report, command.limits.output).await),
            None => None,
        };
        // Also if the command could not be run or its output not be kept: it may have written.
        let restored = self.index.restore(self.keep_ignored).await;
        *unclean = restored.is_err();
        let mut ran = ran?;
        if let Some(reported) = reported {
            ran.report = reported?;
        }
        restored.map_err(|e| {
            Error::Failed(format!(
                "what the command left cannot be undone; reopen the run: {e}"
            ))
        })?;
        Ok(ran)
    }
}
