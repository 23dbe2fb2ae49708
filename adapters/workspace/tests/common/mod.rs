//! Repositories and sandboxes for the tests of this crate.
#![allow(
    clippy::unwrap_used,
    reason = "a test may end where its own set-up fails"
)]
#![allow(dead_code, reason = "each test file uses its part of this module")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;
use trail_port::workspace::{Workspace, Worktree};
use trail_record::body::FileChange;
use trail_record::{Blob, CommitId, Digest, RunId};
use trail_workspace::sandbox::{Bwrap, Kind};
use trail_workspace::{GitWorkspace, Sandbox, SandboxSettings, Settings};

/// A folder with a repository `repo`, and place for more beside it.
pub(crate) struct Lab {
    pub(crate) dir: TempDir,
}

impl Lab {
    /// Makes a repository with one commit on `main`.
    pub(crate) fn new() -> Self {
        let lab = Self::empty();
        lab.write("src/main.rs", "fn main() {}\n");
        lab.write("run.sh", "#!/bin/sh\necho hello\n");
        lab.write(".gitignore", "/target\n");
        lab.git(&["add", "."]);
        lab.git(&["update-index", "--chmod=+x", "run.sh"]);
        lab.git(&["commit", "-qm", "first"]);
        lab.git(&["checkout", "-q", "--", "."]);
        lab
    }

    /// Makes a repository without commits.
    pub(crate) fn empty() -> Self {
        let lab = Self { dir: place() };
        fs::create_dir(lab.repo()).unwrap();
        lab.git(&["init", "-q", "-b", "main"]);
        lab
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        fs::canonicalize(self.dir.path()).unwrap().join(name)
    }

    pub(crate) fn repo(&self) -> PathBuf {
        self.path("repo")
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.repo().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Runs git in the repository as a user would, apart from the user's own configuration.
    pub(crate) fn git(&self, args: &[&str]) -> String {
        git_in(&self.repo(), args)
    }

    pub(crate) fn settings(&self) -> Settings {
        let mut settings = Settings::new(self.repo(), self.path("root"));
        settings.sandbox.helper = helper();
        settings
    }

    pub(crate) async fn workspace(&self) -> GitWorkspace {
        GitWorkspace::open(self.settings()).await.unwrap()
    }

    pub(crate) async fn open(&self, run: &str) -> (GitWorkspace, Box<dyn Worktree>) {
        let workspace = self.workspace().await;
        let base = workspace.base().await.unwrap();
        let tree = workspace.open(&RunId::new(run), &base).await.unwrap();
        (workspace, tree)
    }

    pub(crate) fn tree(&self, run: &str) -> PathBuf {
        self.path("root/trees").join(run)
    }
}

/// Makes a folder for a test, not in `/tmp`: there bubblewrap shows one of its own.
pub(crate) fn place() -> TempDir {
    let base = std::env::var_os("TRAIL_TEST_DIR")
        .map_or_else(|| env!("CARGO_TARGET_TMPDIR").into(), PathBuf::from);
    tempfile::tempdir_in(base).unwrap()
}

pub(crate) fn git_in(dir: &Path, args: &[&str]) -> String {
    let output = Command::new("git")
        .current_dir(dir)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .args(["-c", "user.name=U", "-c", "user.email=u@example.org"])
        .args(args)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "git {args:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

pub(crate) fn commit_id(text: &str) -> CommitId {
    CommitId::new(text)
}

pub(crate) fn change(path: &str, before: Option<&str>, after: Option<&str>) -> FileChange {
    FileChange {
        path: path.into(),
        before: before.map(|text| Digest::<Blob>::of(text.as_bytes())),
        after: after.map(Into::into),
    }
}

/// Returns the helper program; another copy where the tests run as a user who cannot see this one.
pub(crate) fn helper() -> PathBuf {
    std::env::var_os("TRAIL_TEST_HELPER").map_or_else(
        || env!("CARGO_BIN_EXE_trail-sandbox-helper").into(),
        PathBuf::from,
    )
}

pub(crate) fn sandbox_settings(bwrap: Bwrap) -> SandboxSettings {
    let mut settings = SandboxSettings::detect();
    settings.helper = helper();
    settings.bwrap = bwrap;
    settings
}

/// Returns each kind of sandbox there is here.
///
/// Without bubblewrap that kind is skipped with a loud line, or, if `TRAIL_REQUIRE_FOREIGN` is
/// set, the test fails.
pub(crate) async fn sandboxes() -> Vec<Sandbox> {
    let mut out = Vec::new();
    let alone = Sandbox::open(sandbox_settings(Bwrap::Never)).await.unwrap();
    assert_eq!(alone.kind(), Kind::Landlock);
    out.push(alone);
    let found = Sandbox::open(sandbox_settings(Bwrap::Auto)).await.unwrap();
    if found.kind() == Kind::Bwrap {
        out.push(found);
    } else {
        let why = found.notes().join("; ");
        assert!(
            std::env::var_os("TRAIL_REQUIRE_FOREIGN").is_none(),
            "no bubblewrap: {why}"
        );
        eprintln!("SKIPPED: sandbox tests with bubblewrap, which is not usable here: {why}");
    }
    out
}
