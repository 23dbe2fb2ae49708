//! The Workspace port: a git repository, one worktree per run, and the sandbox commands run in.

use std::time::Duration;

use async_trait::async_trait;
use trail_record::body::FileChange;
use trail_record::{Blob, CommitId, Digest, Moment, Persona, RunId, TreeId};

/// Why the workspace refused or failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The path leaves the worktree, is absolute, goes through a symbolic link, or is not UTF-8.
    #[error("path {path:?} is not inside the worktree: {why}")]
    Outside {
        /// The path as asked.
        path: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A file is not as the patchset expects it.
    #[error("{path} is not as the patchset expects it; the worktree has changed")]
    Conflict {
        /// The path.
        path: String,
    },
    /// The repository cannot be worked on: bare, without commits, without the base branch.
    #[error("repository: {0}")]
    Repository(String),
    /// There is no such commit here, nor at the remote.
    #[error(
        "the repository has no commit {commit}; is this a clone of the right repository, and is its remote configured?"
    )]
    Missing {
        /// The commit.
        commit: CommitId,
    },
    /// The remote's branch is not where it was expected: somebody else moved it.
    #[error("branch {branch} on the remote is not where it was expected; nothing was pushed")]
    Moved {
        /// The branch.
        branch: String,
    },
    /// No sandbox is available that keeps the law.
    #[error("no sandbox: {0}")]
    NoSandbox(String),
    /// git or the operating system failed.
    #[error("workspace: {0}")]
    Failed(String),
}

/// One name in a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Path from the repository's root.
    pub path: String,
    /// Whether it is a folder.
    pub folder: bool,
    /// Bytes, for files.
    pub size: u64,
}

/// One hit of a search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// Path from the repository's root.
    pub path: String,
    /// Line number, from 1.
    pub line: u64,
    /// The line, cut to 400 characters.
    pub text: String,
}

/// A command for the sandbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// Program and arguments; no shell is involved unless it is named here.
    pub argv: Vec<String>,
    /// Variables set besides those every command gets; part of [`Ran::environment`].
    pub env: Vec<(String, String)>,
    /// A file of the worktree that the command writes its report to, if it does. What stands there
    /// before is removed; what stands there afterwards is given back and removed.
    pub report: Option<String>,
    /// Limits.
    pub limits: Limits,
}

impl Command {
    /// A command with no further variables and no report.
    #[must_use]
    pub const fn new(argv: Vec<String>, limits: Limits) -> Self {
        Self {
            argv,
            env: Vec::new(),
            report: None,
            limits,
        }
    }
}

/// Limits of one command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Wall time; then the whole process group is ended.
    pub time: Duration,
    /// Private memory of each process, and resident memory of all together, in bytes.
    pub memory: u64,
    /// Kept output, in bytes; more ends the command.
    pub output: u64,
    /// Processes and threads of the command together.
    pub processes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            time: Duration::from_secs(600),
            memory: 8 << 30,
            output: 4 << 20,
            processes: 512,
        }
    }
}

/// What came of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ran {
    /// Exit code; none if it was ended.
    pub exit: Option<i32>,
    /// How it ended if not by itself.
    pub ended: Option<Ended>,
    /// Output and errors as they came, together, at most the limit.
    pub output: Vec<u8>,
    /// The report file's bytes, at most the output's limit; none if the command names none, or none
    /// was written.
    pub report: Option<Vec<u8>>,
    /// How long it ran.
    pub took: Duration,
    /// Which sandbox held it: `bwrap+landlock+seccomp` or `landlock+seccomp`.
    pub sandbox: String,
    /// Digest of what else could matter for the result: sandbox kind, environment, limits.
    pub environment: Digest<Blob>,
}

/// Why a command did not end by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// It took too long.
    Timeout,
    /// It printed too much.
    Output,
    /// A signal ended it.
    Signal(i32),
}

impl Ended {
    /// Returns the word used in records.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Timeout => "timeout",
            Self::Output => "output",
            Self::Signal(_) => "signal",
        }
    }
}

/// Where a delivery cannot be taken back: later changes stand in the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clash {
    /// Which of the deliveries, from 0.
    pub delivery: usize,
    /// The files, sorted.
    pub paths: Vec<String>,
}

/// What was pushed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pushed {
    /// The remote's URL without credentials; none if the branch stays in the local repository.
    pub remote: Option<String>,
}

/// A git repository in which runs get worktrees.
#[async_trait]
pub trait Workspace: Send + Sync {
    /// Returns the commit the base branch is at: the remote's, where the workspace follows one.
    async fn base(&self) -> Result<CommitId, Error>;

    /// Opens the run's worktree at commit `at`, making it if need be. Whatever an earlier holder
    /// left uncommitted is gone afterwards. A commit that is not here is looked for at the remote;
    /// [`Error::Missing`] if it is nowhere.
    async fn open(&self, run: &RunId, at: &CommitId) -> Result<Box<dyn Worktree>, Error>;

    /// Publishes `head` as `branch`: to the configured remote if there is one, else as a local
    /// branch. With `expected`, only if the branch is there now; without, only if there is no such
    /// branch or it is at `head` already.
    async fn publish(
        &self,
        branch: &str,
        head: &CommitId,
        expected: Option<&CommitId>,
    ) -> Result<Pushed, Error>;

    /// Returns the unified diff from `base` to `head`, for people.
    async fn diff(&self, base: &CommitId, head: &CommitId) -> Result<String, Error>;

    /// Returns the paths that differ between `base` and `head`, sorted.
    async fn changed(&self, base: &CommitId, head: &CommitId) -> Result<Vec<String>, Error>;

    /// Computes what takes deliveries back from the commit `onto`: the reverse of each, from its
    /// second commit to its first, merged three ways in the order given. Returns the changes against
    /// `onto`, sorted by path, or where they clash with what stands there. Changes nothing.
    async fn reverse(
        &self,
        deliveries: &[(CommitId, CommitId)],
        onto: &CommitId,
    ) -> Result<Result<Vec<FileChange>, Clash>, Error>;

    /// Removes the run's worktree; its commits stay.
    async fn close(&self, run: &RunId) -> Result<(), Error>;
}

/// The files of one run.
///
/// Law: no path given to it reaches outside, whatever `..`, links or races it holds.
#[async_trait]
pub trait Worktree: Send + Sync {
    /// Returns the commit that is checked out.
    fn head(&self) -> &CommitId;

    /// Returns the tree of that commit.
    fn tree(&self) -> &TreeId;

    /// Lists a folder, one level, sorted by path; `""` is the root. Ignored files are left out.
    async fn list(&self, path: &str) -> Result<Vec<Listed>, Error>;

    /// Returns a file's bytes, or none if there is no such file.
    async fn read(&self, path: &str) -> Result<Option<Vec<u8>>, Error>;

    /// Finds lines that match the regular expression `pattern` below `path`, sorted by path and
    /// line, at most `limit`. Ignored and binary files are left out.
    async fn search(&self, pattern: &str, path: &str, limit: usize) -> Result<Vec<Hit>, Error>;

    /// Writes the changes, all or none, after checking that every file is as its `before` says.
    async fn apply(&mut self, files: &[FileChange]) -> Result<(), Error>;

    /// Commits everything that `apply` wrote, as `author` at `at`; the same input gives the same
    /// commit id.
    async fn commit(
        &mut self,
        author: Persona,
        message: &str,
        at: Moment,
    ) -> Result<(CommitId, TreeId), Error>;

    /// Runs a command in the sandbox: the worktree is writable, no network, no home, no secrets.
    /// What it leaves in tracked files is undone afterwards.
    async fn run(&self, command: &Command) -> Result<Ran, Error>;
}
