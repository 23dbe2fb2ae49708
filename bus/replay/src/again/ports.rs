//! Model and repository of a replay with an override.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use trail_port::model::{self, Answer, Identity, Model, Request};
use trail_port::workspace::{Clash, Command, Ended, Error, Hit, Limits, Listed, Pushed, Ran};
use trail_port::{Workspace, Worktree};
use trail_record::body::{FileChange, TestResult};
use trail_record::{Blob, CommitId, Digest, Kind, Moment, Persona, RunId, TreeId};

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

/// A scratch repository in which known test results are not made again, and nothing is pushed.
pub(crate) struct Dry {
    inner: Arc<dyn Workspace>,
    memo: Arc<Memo>,
}

/// The recorded results, by tree and command; they count for the environment they came from.
pub(crate) struct Memo {
    results: BTreeMap<(TreeId, Vec<String>), TestResult>,
    environment: tokio::sync::OnceCell<Digest<Blob>>,
    reused: AtomicU64,
}

impl Dry {
    pub(crate) fn new(inner: &Arc<dyn Workspace>, recorded: &Recorded) -> Self {
        let results = recorded
            .steps
            .iter()
            .flat_map(|step| step.bodies::<TestResult>(Kind::TestResult))
            // A result whose output was cut cannot be told again as it was.
            .filter(|(_, own)| Digest::of(own.output.as_bytes()) == own.output_digest)
            .map(|(_, own)| ((own.tree.clone(), own.command.clone()), own))
            .collect();
        Self {
            inner: Arc::clone(inner),
            memo: Arc::new(Memo {
                results,
                environment: tokio::sync::OnceCell::new(),
                reused: AtomicU64::new(0),
            }),
        }
    }

    /// Returns how many results were reused.
    pub(crate) fn reused(&self) -> u64 {
        self.memo.reused.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl Workspace for Dry {
    async fn base(&self) -> Result<CommitId, Error> {
        self.inner.base().await
    }

    async fn open(&self, run: &RunId, at: &CommitId) -> Result<Box<dyn Worktree>, Error> {
        Ok(Box::new(DryWorktree {
            inner: self.inner.open(run, at).await?,
            memo: Arc::clone(&self.memo),
        }))
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

struct DryWorktree {
    inner: Box<dyn Worktree>,
    memo: Arc<Memo>,
}

impl DryWorktree {
    /// Returns the environment commands run in here, found with a command that does nothing.
    async fn environment(&self, limits: Limits) -> Option<Digest<Blob>> {
        let probe = || async {
            let argv = vec!["true".to_owned()];
            let ran = self.inner.run(&Command::new(argv, limits)).await?;
            Ok::<_, Error>(ran.environment)
        };
        self.memo
            .environment
            .get_or_try_init(probe)
            .await
            .ok()
            .copied()
    }

    async fn known(&self, command: &Command) -> Option<Ran> {
        let key = (self.inner.tree().clone(), command.argv.clone());
        let result = self.memo.results.get(&key)?;
        if self.environment(command.limits).await != Some(result.environment) {
            return None;
        }
        let ended = match result.ended.as_deref() {
            None => None,
            Some("timeout") => Some(Ended::Timeout),
            Some("output") => Some(Ended::Output),
            // Which signal it was is not recorded.
            Some(_) => return None,
        };
        Some(Ran {
            exit: result.exit,
            ended,
            output: result.output.clone().into_bytes(),
            report: None,
            took: Duration::ZERO,
            sandbox: result.sandbox.clone(),
            environment: result.environment,
        })
    }
}

#[async_trait]
impl Worktree for DryWorktree {
    fn head(&self) -> &CommitId {
        self.inner.head()
    }

    fn tree(&self) -> &TreeId {
        self.inner.tree()
    }

    async fn list(&self, path: &str) -> Result<Vec<Listed>, Error> {
        self.inner.list(path).await
    }

    async fn read(&self, path: &str) -> Result<Option<Vec<u8>>, Error> {
        self.inner.read(path).await
    }

    async fn search(&self, pattern: &str, path: &str, limit: usize) -> Result<Vec<Hit>, Error> {
        self.inner.search(pattern, path, limit).await
    }

    async fn apply(&mut self, files: &[FileChange]) -> Result<(), Error> {
        self.inner.apply(files).await
    }

    async fn commit(
        &mut self,
        author: Persona,
        message: &str,
        at: Moment,
    ) -> Result<(CommitId, TreeId), Error> {
        self.inner.commit(author, message, at).await
    }

    async fn run(&self, command: &Command) -> Result<Ran, Error> {
        if let Some(ran) = self.known(command).await {
            self.memo.reused.fetch_add(1, Ordering::SeqCst);
            return Ok(ran);
        }
        self.inner.run(command).await
    }
}
