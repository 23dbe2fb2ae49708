//! A scratch repository for replays: the commits that runs start from, copied, and nothing else.
//!
//! The original is only read. It is not borrowed from by alternates: git refreshes the times of
//! objects it finds there, and a replay touches nothing.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use tokio::io::AsyncWriteExt as _;
use trail_record::CommitId;
use trail_replay::Recorded;
use trail_workspace::GitWorkspace;

use crate::output::usage;
use crate::private;
use crate::setup::Setup;
use crate::wire;

/// The base branch of a scratch repository.
const BRANCH: &str = "base";

/// A scratch repository; a temporary one goes when this does.
pub(super) struct Scratch {
    pub(super) workspace: Arc<GitWorkspace>,
    _dir: Option<tempfile::TempDir>,
}

impl Scratch {
    /// Makes one that is gone afterwards.
    pub(super) async fn temporary(setup: &Setup, recorded: &Recorded) -> anyhow::Result<Self> {
        let dir = tempfile::Builder::new()
            .prefix("trail-replay-")
            .tempdir()
            .context("cannot make a temporary folder")?;
        let workspace = make(setup, recorded, dir.path()).await?;
        Ok(Self {
            workspace,
            _dir: Some(dir),
        })
    }

    /// Makes one that stays in `dir`.
    pub(super) async fn kept(
        setup: &Setup,
        recorded: &Recorded,
        dir: &Path,
    ) -> anyhow::Result<Self> {
        private::make_dir(dir)?;
        let workspace = make(setup, recorded, dir).await?;
        Ok(Self {
            workspace,
            _dir: None,
        })
    }
}

async fn make(setup: &Setup, recorded: &Recorded, dir: &Path) -> anyhow::Result<Arc<GitWorkspace>> {
    let mut bases: Vec<&CommitId> = Vec::new();
    for step in &recorded.steps {
        let new = step
            .entry()
            .base
            .as_ref()
            .filter(|own| !bases.contains(own));
        bases.extend(new);
    }
    let base = recorded.base().ok_or_else(|| {
        usage(
            "the run names no base commit",
            "name a run that was taken up",
        )
    })?;
    let repository = dir.join("repository.git");
    copy(&setup.repository(), &bases, base, &repository).await?;
    let mut settings = trail_workspace::Settings::new(repository, dir.join("worktrees"));
    settings.base = Some(BRANCH.to_owned());
    settings.keep_ignored = setup.config.sandbox.keep_ignored;
    settings.sandbox = wire::sandbox(setup);
    Ok(Arc::new(GitWorkspace::open(settings).await?))
}

/// Copies commits without what came before them into a new bare repository.
async fn copy(
    from: &Path,
    commits: &[&CommitId],
    base: &CommitId,
    to: &Path,
) -> anyhow::Result<()> {
    for commit in commits {
        let id = commit.as_str();
        let is_id = matches!(id.len(), 40 | 64) && id.bytes().all(|own| own.is_ascii_hexdigit());
        if !is_id {
            bail!("{id:?} is no commit id");
        }
    }
    let mut list = vec![
        "rev-list",
        "--objects",
        "--no-walk=unsorted",
        "--end-of-options",
    ];
    list.extend(commits.iter().map(|own| own.as_str()));
    let objects = git(from, &list, Vec::new()).await.map_err(|said| {
        usage(
            format!(
                "the repository {} lacks the commit {base} that the run started from: {said}",
                from.display()
            ),
            "fetch the commit into it, or name the set-up of the repository with --dir",
        )
    })?;
    let format = if base.as_str().len() == 64 {
        "--object-format=sha256"
    } else {
        "--object-format=sha1"
    };
    let target = to.display().to_string();
    let parent: PathBuf = to.parent().map_or_else(|| ".".into(), Path::to_owned);
    let init = [
        "init",
        "--quiet",
        "--bare",
        "--template=",
        format,
        "--initial-branch",
        BRANCH,
    ];
    let failed = |said: String| anyhow::anyhow!("cannot make a scratch repository: {said}");
    git(&parent, &[&init[..], &["--", &target]].concat(), Vec::new())
        .await
        .map_err(failed)?;
    // Only the first word of each line is an object's id; the rest is its path.
    let ids: Vec<u8> = objects
        .split(|byte| *byte == b'\n')
        .filter_map(|line| line.split(|byte| *byte == b' ').next())
        .filter(|id| !id.is_empty())
        .flat_map(|id| id.iter().copied().chain([b'\n']))
        .collect();
    let pack = to.join("objects/pack/pack").display().to_string();
    git(
        from,
        &["pack-objects", "--quiet", "--threads=1", &pack],
        ids,
    )
    .await
    .map_err(failed)?;
    let shallow: String = commits.iter().map(|own| format!("{own}\n")).collect();
    fs::write(to.join("shallow"), shallow).context("cannot write the scratch repository")?;
    let branch = format!("refs/heads/{BRANCH}");
    git(to, &["update-ref", &branch, base.as_str()], Vec::new())
        .await
        .map_err(failed)?;
    Ok(())
}

/// Runs git in a folder, whatever the machine's own settings are; an error is what it said.
async fn git(dir: &Path, args: &[&str], stdin: Vec<u8>) -> Result<Vec<u8>, String> {
    let mut command = tokio::process::Command::new("git");
    command
        .args([
            "-c",
            "core.hooksPath=/dev/null",
            "-c",
            "core.fsmonitor=false",
        ])
        .args(args)
        .current_dir(dir)
        .env_clear()
        .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
        .envs([
            ("LC_ALL", "C"),
            ("GIT_CONFIG_GLOBAL", "/dev/null"),
            ("GIT_CONFIG_NOSYSTEM", "1"),
            ("GIT_NO_REPLACE_OBJECTS", "1"),
            ("GIT_NO_LAZY_FETCH", "1"),
            ("GIT_TERMINAL_PROMPT", "0"),
        ])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    let mut child = command
        .spawn()
        .map_err(|error| format!("git cannot be run: {error}"))?;
    let mut pipe = child.stdin.take();
    let feed = async move {
        if let Some(pipe) = &mut pipe {
            // git may end without reading all; its exit code says more than a broken pipe.
            let _ = pipe.write_all(&stdin).await;
        }
    };
    let ((), output) = tokio::join!(feed, child.wait_with_output());
    let output = output.map_err(|error| format!("git {}: {error}", args[0]))?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(said.trim().chars().take(400).collect())
}
