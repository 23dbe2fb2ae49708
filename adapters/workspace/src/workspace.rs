//! The `Workspace` port on a git repository.

use std::sync::Arc;

use async_trait::async_trait;
use trail_port::workspace::{Clash, Error, Pushed, Workspace, Worktree};
use trail_record::body::FileChange;
use trail_record::{CommitId, RunId, TreeId};

use crate::beneath::Beneath;
use crate::checkout::{self, Checkout, discard, disk, trash};
use crate::fetch;
use crate::index::Index;
use crate::publish;
use crate::repository::Repository;
use crate::reverse;
use crate::sandbox::Sandbox;
use crate::settings::Settings;
use crate::worktree::{GitWorktree, LazySandbox};

/// Most characters of a diff that are shown.
const DIFF: usize = 8 << 20;

/// A git repository in which runs get worktrees.
#[derive(Debug)]
pub struct GitWorkspace {
    repository: Repository,
    push_environment: Vec<(String, String)>,
    follow: bool,
    keep_ignored: bool,
    sandbox: Arc<LazySandbox>,
}

impl GitWorkspace {
    /// Opens the repository after checking that work can start in it.
    ///
    /// # Errors
    /// [`Error::Repository`] with what to do about it: no repository, somebody else's, without
    /// commits, without the base branch or the remote, a worktree folder inside the checkout.
    pub async fn open(settings: Settings) -> Result<Self, Error> {
        let repository = Repository::open(&settings).await?;
        Ok(Self {
            repository,
            push_environment: settings.push_environment,
            follow: settings.follow,
            keep_ignored: settings.keep_ignored,
            sandbox: Arc::new(LazySandbox {
                settings: settings.sandbox,
                found: tokio::sync::OnceCell::new(),
            }),
        })
    }

    /// Returns what a person should know of the repository though it does not stop the work.
    #[must_use]
    pub fn warnings(&self) -> &[String] {
        &self.repository.warnings
    }

    /// Returns the name of the base branch.
    #[must_use]
    pub fn base_branch(&self) -> &str {
        &self.repository.base
    }

    /// Returns the sandbox commands will run in, looking for it now if no command ran yet.
    ///
    /// # Errors
    /// [`Error::NoSandbox`] if none keeps the law here.
    pub async fn sandbox(&self) -> Result<&Sandbox, Error> {
        self.sandbox.get().await
    }

    /// Brings a worktree to `at`; throws it away first if it cannot be mended.
    async fn prepare(&self, run: &RunId, at: &str) -> Result<Index, Error> {
        let index = |checkout: Checkout| Index {
            repository: self.repository.clone(),
            checkout,
        };
        let first = match checkout::obtain(&self.repository, run, at).await {
            Ok(checkout) => {
                let index = index(checkout);
                index.reset(at).await.map(|()| index)
            }
            Err(e) => Err(e),
        };
        match first {
            Ok(index) => Ok(index),
            Err(e) => {
                tracing::warn!(
                    run = run.as_str(),
                    "worktree is made anew, it cannot be mended: {e}"
                );
                checkout::dispose(&self.repository, run)?;
                let index = index(checkout::obtain(&self.repository, run, at).await?);
                index.reset(at).await?;
                Ok(index)
            }
        }
    }

    /// Returns a commit's id as one that can stand in a git command; fetches the remote's base branch
    /// first if the commit is not here.
    async fn bring(&self, id: &CommitId) -> Result<String, Error> {
        match self.repository.commit(id).await {
            Err(Error::Missing { .. }) if self.repository.remote.is_some() => {
                fetch::base(&self.repository, &self.push_environment).await?;
                self.repository.commit(id).await
            }
            found => found,
        }
    }

    /// Returns the two ids of a comparison, checked.
    async fn pair(&self, base: &CommitId, head: &CommitId) -> Result<(String, String), Error> {
        Ok((
            self.repository.commit(base).await?,
            self.repository.commit(head).await?,
        ))
    }
}

#[async_trait]
impl Workspace for GitWorkspace {
    async fn base(&self) -> Result<CommitId, Error> {
        if self.follow && self.repository.remote.is_some() {
            return fetch::base(&self.repository, &self.push_environment).await;
        }
        let base = &self.repository.base;
        let gone = || Error::Repository(format!("its base branch {base:?} is gone"));
        self.repository.branch(base).await?.ok_or_else(gone)
    }

    async fn open(&self, run: &RunId, at: &CommitId) -> Result<Box<dyn Worktree>, Error> {
        let at = self.bring(at).await?;
        let index = self.prepare(run, &at).await?;
        let name = format!("{at}^{{tree}}");
        let tree = self
            .repository
            .git
            .call(&self.repository.site, ["rev-parse", name.as_str()]);
        let tree = tree.text().await?;
        Ok(Box::new(GitWorktree {
            beneath: Beneath::new(&index.checkout.path),
            submodules: index.submodules().await?,
            index,
            sandbox: Arc::clone(&self.sandbox),
            head: CommitId::new(at),
            tree: TreeId::new(tree),
            applied: false,
            keep_ignored: self.keep_ignored,
            unclean: tokio::sync::Mutex::new(false),
        }))
    }

    async fn publish(
        &self,
        branch: &str,
        head: &CommitId,
        expected: Option<&CommitId>,
    ) -> Result<Pushed, Error> {
        publish::publish(
            &self.repository,
            &self.push_environment,
            branch,
            head,
            expected,
        )
        .await
    }

    async fn diff(&self, base: &CommitId, head: &CommitId) -> Result<String, Error> {
        let (base, head) = self.pair(base, head).await?;
        let args = [
            "diff-tree",
            "-r",
            "-p",
            "--no-color",
            "--no-ext-diff",
            "--no-textconv",
            "--no-renames",
            "--src-prefix=a/",
            "--dst-prefix=b/",
            "--unified=3",
            "--end-of-options",
            &base,
            &head,
        ];
        let bytes = self
            .repository
            .git
            .call(&self.repository.site, args)
            .ok()
            .await?;
        let text = String::from_utf8_lossy(&bytes);
        Ok(match text.char_indices().nth(DIFF) {
            Some((end, _)) => {
                let rest = text.len() - end;
                format!("{}\n[diff cut here, {rest} bytes more]\n", &text[..end])
            }
            None => text.into_owned(),
        })
    }

    async fn changed(&self, base: &CommitId, head: &CommitId) -> Result<Vec<String>, Error> {
        let (base, head) = self.pair(base, head).await?;
        let args = [
            "diff-tree",
            "-r",
            "-z",
            "--name-only",
            "--no-renames",
            "--end-of-options",
            &base,
            &head,
        ];
        let bytes = self
            .repository
            .git
            .call(&self.repository.site, args)
            .ok()
            .await?;
        let mut out = Vec::new();
        for name in bytes
            .split(|byte| *byte == 0)
            .filter(|name| !name.is_empty())
        {
            // Policy judges by these names: one that cannot be named must not be left out silently.
            let name = std::str::from_utf8(name).map_err(|_| Error::Outside {
                path: String::from_utf8_lossy(name).into_owned(),
                why: "it is not UTF-8",
            })?;
            out.push(name.to_owned());
        }
        out.sort();
        Ok(out)
    }

    async fn reverse(
        &self,
        deliveries: &[(CommitId, CommitId)],
        onto: &CommitId,
    ) -> Result<Result<Vec<FileChange>, Clash>, Error> {
        let mut ids = Vec::with_capacity(deliveries.len());
        for (base, head) in deliveries {
            let pair = async { Ok((self.bring(base).await?, self.bring(head).await?)) };
            ids.push(
                pair.await
                    .map_err(|error| reverse::missing(error, deliveries))?,
            );
        }
        let onto = self.bring(onto).await?;
        let Repository { git, site, .. } = &self.repository;
        reverse::reverse(git, site, &ids, &onto).await
    }

    async fn close(&self, run: &RunId) -> Result<(), Error> {
        checkout::dispose(&self.repository, run)?;
        let trash = trash(&self.repository);
        match std::fs::remove_dir(&trash) {
            Err(e) if e.kind() == std::io::ErrorKind::DirectoryNotEmpty => {
                // What could not be removed earlier may be removable now.
                for entry in std::fs::read_dir(&trash).into_iter().flatten().flatten() {
                    discard(&entry.path(), &trash).map_err(|e| disk("empty", &trash, &e))?;
                }
            }
            _ => {}
        }
        Ok(())
    }
}
