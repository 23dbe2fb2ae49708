//! The bare repository that holds this machine's copy of the shared history, and git at work in it.
//!
//! | ref of the cache | names |
//! |---|---|
//! | `refs/seen/history` | the last head of the remote that this machine took as its own |
//! | `refs/found/history` | the head that the last fetch found, whatever it is |
//! | `refs/draft/history` | the commit that was made last, pushed or not |

use std::fs::{self, File};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rustix::fs::{FlockOperation, flock};

use super::stage::disk;
use super::{Error, RefSettings, leftover};
use crate::git::{Call, Git, Output, Site, cut};

/// How long a push or fetch may take.
const NETWORK: Duration = Duration::from_secs(300);
/// How long packing the cache may take.
const PACKING: Duration = Duration::from_secs(600);

/// How often, and how long apart, the folder's lock is asked for.
const LOCK_TRIES: u32 = 50;
const LOCK_WAIT: Duration = Duration::from_millis(20);

pub(super) const SEEN: &str = "refs/seen/history";
const FOUND: &str = "refs/found/history";
const DRAFT: &str = "refs/draft/history";

/// Writes as durably as git can; what is only fetched can be fetched again.
const DURABLE: &str = "core.fsync=committed,reference";

/// The cache.
#[derive(Debug)]
pub(super) struct Cache {
    pub(super) git: Git,
    pub(super) site: Site,
    /// The ref of the remote.
    pub(super) remote_ref: String,
    environment: Vec<(String, String)>,
    runs: AtomicU64,
    // Held as long as this process works here.
    _lock: File,
}

/// Why a push did not move the remote's ref.
#[derive(Debug)]
pub(super) enum NotPushed {
    /// It is not where it was expected.
    Moved,
    /// The remote or the way there failed.
    Failed(Error),
}

/// How a file differs between two commits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) path: String,
    /// The file's object in the first commit; none if it was not there.
    pub(super) was: Option<String>,
    /// Whether a plain file stands there in the second commit.
    pub(super) stands: bool,
}

impl Cache {
    /// Opens the cache, making it if it is not there.
    pub(super) async fn open(settings: &RefSettings) -> Result<Self, Error> {
        let dir = &settings.cache;
        let made = fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(dir);
        made.map_err(|error| disk("making", dir, &error))?;
        let dir = fs::canonicalize(dir).map_err(|error| disk("opening", dir, &error))?;
        let lock = locked(&dir).await?;
        let git_dir = dir.join("history.git");
        let remote_ref = format!("{}/history", settings.ref_prefix.trim_end_matches('/'));
        let git = Git::new()
            .with_helpers()
            .with_overrides(vec![DURABLE.to_owned()]);
        let outside = Site {
            cwd: dir.clone(),
            git_dir: None,
            work_tree: None,
        };
        let cache = Self {
            git,
            site: Site {
                cwd: dir.clone(),
                git_dir: Some(git_dir.clone()),
                work_tree: None,
            },
            remote_ref,
            environment: settings.push_environment.clone(),
            runs: AtomicU64::new(0),
            _lock: lock,
        };
        let checked = cache
            .git
            .call(&outside, ["check-ref-format", &cache.remote_ref]);
        if !cache.remote_ref.starts_with("refs/") || cache.run(checked).await?.code != 0 {
            return Err(Error::Input(format!(
                "{:?} is no prefix of refs; the default is `refs/trail`",
                settings.ref_prefix
            )));
        }
        if !git_dir.join("HEAD").is_file() {
            // `--template=` leaves out hooks and attributes.
            let args = ["init", "--quiet", "--bare", "--template=", "history.git"];
            cache.ok(cache.git.call(&outside, args)).await?;
        }
        cache.configure(&git_dir, &settings.remote)?;
        Ok(cache)
    }

    /// Writes the cache's own configuration, so that the remote's URL stands in no argument.
    fn configure(&self, git_dir: &Path, remote: &str) -> Result<(), Error> {
        let url = remote.replace('\\', "\\\\").replace('"', "\\\"");
        let text = format!(
            "[core]\n\trepositoryformatversion = 0\n\tbare = true\n[remote \"trail\"]\n\turl = \"{url}\"\n\tfetch = \"+{}:{SEEN}\"\n",
            self.remote_ref
        );
        let (path, draft) = (git_dir.join("config"), git_dir.join("config.trail"));
        let write = || -> std::io::Result<()> {
            fs::write(&draft, &text)?;
            fs::rename(&draft, &path)
        };
        write().map_err(|error| disk("writing", &path, &error))
    }

    /// Returns how many git commands were run.
    pub(super) fn runs(&self) -> u64 {
        self.runs.load(Ordering::Relaxed)
    }

    /// Returns the head this machine took last.
    pub(super) async fn seen(&self) -> Result<Option<String>, Error> {
        let call = self.call(["rev-parse", "--verify", "--quiet", SEEN]);
        let output = self.run(call).await?;
        match output.code {
            0 => Ok(Some(oid(&output.stdout)?)),
            _ => Ok(None),
        }
    }

    /// Takes `head` as the one that is known.
    pub(super) async fn take(&self, head: &str) -> Result<(), Error> {
        self.ok(self.call(["update-ref", SEEN, head])).await?;
        Ok(())
    }

    /// Makes a commit of a `git fast-import` stream, which says `commit` and everything after its
    /// committer, and returns its id; `seen` is noted as the head that is known.
    pub(super) async fn commit(
        &self,
        at: u64,
        seen: Option<&str>,
        stream: &[u8],
    ) -> Result<String, Error> {
        let mut input = "feature done\n".to_owned();
        if let Some(seen) = seen {
            input.push_str(&format!("reset {SEEN}\nfrom {seen}\n\n"));
        }
        input.push_str(&format!(
            "commit {DRAFT}\nmark :1\ncommitter Trail <trail@trail.invalid> {at} +0000\n"
        ));
        let mut input = input.into_bytes();
        input.extend(stream);
        input.extend(b"\nget-mark :1\ndone\n");
        // Forced: a commit made before that lost its race is dropped. It concerns the cache alone.
        let import = || {
            self.call(["fast-import", "--quiet", "--force"])
                .stdin(input.clone())
        };
        let made = match self.ok(import()).await {
            Err(Error::Unavailable(why)) if why.contains(".lock") && self.unlock().await => {
                self.ok(import()).await?
            }
            made => made?,
        };
        oid(&made)
    }

    /// Frees the refs that a commit writes of what an ended git left behind.
    async fn unlock(&self) -> bool {
        let git_dir = self.site.git_dir.as_deref().unwrap_or(&self.site.cwd);
        leftover::unlock(git_dir, &[DRAFT, SEEN]).await
    }

    /// Pushes `head` if the remote's ref is where it was expected; then it is the one that is known.
    pub(super) async fn push(&self, head: &str, expected: Option<&str>) -> Result<(), NotPushed> {
        let lease = format!(
            "--force-with-lease={}:{}",
            self.remote_ref,
            expected.unwrap_or_default()
        );
        let refspec = format!("{head}:{}", self.remote_ref);
        let args = [
            "push",
            "--porcelain",
            "--no-verify",
            &lease,
            "trail",
            &refspec,
        ];
        let output = self.run(self.network(args)).await;
        let output = output.map_err(NotPushed::Failed)?;
        if output.code == 0 {
            return Ok(());
        }
        let report = String::from_utf8_lossy(&output.stdout);
        let refused = report.lines().find(|line| line.starts_with('!'));
        let refused = refused.unwrap_or_default();
        let moved = [
            "stale info",
            "cannot lock ref",
            "incorrect old value",
            "fetch first",
            "failed to update ref",
            "reference already exists",
        ];
        if moved.iter().any(|reason| refused.contains(reason)) {
            return Err(NotPushed::Moved);
        }
        let why = if refused.is_empty() {
            output.stderr
        } else {
            cut(refused)
        };
        Err(NotPushed::Failed(Error::Unavailable(format!(
            "pushing {} failed: {why}",
            self.remote_ref
        ))))
    }

    /// Fetches the remote's ref and returns where it is; none if there is none.
    pub(super) async fn fetch(&self) -> Result<Option<String>, Error> {
        let refspec = format!("+{}:{FOUND}", self.remote_ref);
        // An empty refmap: the known head is not moved on the way.
        let args = [
            "fetch",
            "--quiet",
            "--no-tags",
            "--refmap=",
            "--no-recurse-submodules",
            "--no-auto-maintenance",
            "trail",
            &refspec,
        ];
        let output = self.run(self.network(args)).await?;
        if output.code == 0 {
            let path = self.git_dir().join("FETCH_HEAD");
            let text = fs::read(&path).map_err(|error| disk("reading", &path, &error))?;
            let end = text.iter().position(|byte| *byte == b'\t');
            return oid(&text[..end.unwrap_or(text.len())]).map(Some);
        }
        if output.stderr.contains("couldn't find remote ref") {
            return Ok(None);
        }
        Err(Error::Unavailable(format!(
            "fetching {} failed: {}",
            self.remote_ref, output.stderr
        )))
    }

    /// Tells whether `head` holds `before` in its history.
    pub(super) async fn descends(&self, head: &str, before: &str) -> Result<bool, Error> {
        let call = self.call(["merge-base", "--is-ancestor", before, head]);
        let output = self.run(call).await?;
        match output.code {
            0 => Ok(true),
            1 => Ok(false),
            _ => Err(Error::Unavailable(format!(
                "git merge-base failed: {}",
                output.stderr
            ))),
        }
    }

    /// Returns how the files of `after` differ from those of `before`.
    pub(super) async fn changes(&self, before: &str, after: &str) -> Result<Vec<Change>, Error> {
        let args = [
            "diff-tree",
            "-r",
            "-z",
            "--raw",
            "--no-renames",
            before,
            after,
        ];
        let output = self.ok(self.call(args)).await?;
        // `:MODE MODE OID OID STATUS\0PATH\0` each (git-diff-tree, "RAW OUTPUT FORMAT").
        let mut parts = output.split(|byte| *byte == 0);
        let mut changes = Vec::new();
        while let (Some(head), Some(path)) = (parts.next(), parts.next()) {
            let head = String::from_utf8_lossy(head);
            let words: Vec<&str> = head.trim_start_matches(':').split(' ').collect();
            let [old_mode, new_mode, old, ..] = words.as_slice() else {
                return Err(Error::Unavailable(format!("git diff-tree said {head:?}")));
            };
            changes.push(Change {
                path: String::from_utf8_lossy(path).into_owned(),
                was: (*old_mode != "000000").then(|| (*old).to_owned()),
                stands: *new_mode == "100644",
            });
        }
        Ok(changes)
    }

    /// Returns the paths of all files in `commit`.
    pub(super) async fn files(&self, commit: &str, under: &str) -> Result<Vec<String>, Error> {
        let args = ["ls-tree", "-r", "-z", "--name-only", commit, under];
        let output = self.ok(self.call(args)).await?;
        let paths = output
            .split(|byte| *byte == 0)
            .filter(|path| !path.is_empty());
        Ok(paths
            .map(|path| String::from_utf8_lossy(path).into_owned())
            .collect())
    }

    /// Packs what lies about loosely; with `prune`, drops what no ref names and is older than a day.
    pub(super) async fn tidy(&self, prune: bool) -> Result<(), Error> {
        let args = ["repack", "--geometric=2", "-d", "-l", "-q"];
        self.ok(self.call(args).time(PACKING)).await?;
        if prune {
            let args = ["prune", "--expire=1.day.ago"];
            self.ok(self.call(args).time(PACKING)).await?;
        }
        Ok(())
    }

    fn git_dir(&self) -> &Path {
        self.site.git_dir.as_deref().expect("the cache names it")
    }

    fn call<const N: usize>(&self, args: [&str; N]) -> Call {
        self.git.call(&self.site, args)
    }

    /// Prepares a call that talks to the remote, as the bus's own identity.
    fn network<const N: usize>(&self, args: [&str; N]) -> Call {
        let mut call = self.call(args).time(NETWORK);
        for (name, value) in &self.environment {
            call = call.env(name, value);
        }
        call
    }

    async fn run(&self, call: Call) -> Result<Output, Error> {
        self.runs.fetch_add(1, Ordering::Relaxed);
        let output = call.run().await;
        output.map_err(|error| Error::Unavailable(error.to_string()))
    }

    async fn ok(&self, call: Call) -> Result<Vec<u8>, Error> {
        self.runs.fetch_add(1, Ordering::Relaxed);
        let output = call.ok().await;
        output.map_err(|error| Error::Unavailable(error.to_string()))
    }
}

/// Takes the folder for this process. A process that was just ended may hold it a moment longer.
async fn locked(dir: &Path) -> Result<File, Error> {
    let path = dir.join("lock");
    let opened = fs::OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .open(&path);
    let file = opened.map_err(|error| disk("opening", &path, &error))?;
    for _ in 0..LOCK_TRIES {
        if flock(&file, FlockOperation::NonBlockingLockExclusive).is_ok() {
            return Ok(file);
        }
        tokio::time::sleep(LOCK_WAIT).await;
    }
    Err(Error::Unavailable(format!(
        "{} is in use by another process; stop it, or give this one its own folder",
        dir.display()
    )))
}

/// Reads a whole object id.
fn oid(bytes: &[u8]) -> Result<String, Error> {
    let text = String::from_utf8_lossy(bytes);
    let id = crate::repository::object_id(text.trim());
    id.map(str::to_owned)
        .map_err(|error| Error::Unavailable(error.to_string()))
}
