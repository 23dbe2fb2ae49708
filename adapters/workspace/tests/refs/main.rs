//! Blobs and entries in `refs/trail/*`: machines that share them, races, crashes, tampering.
#![allow(
    clippy::unwrap_used,
    reason = "a test may end where its own set-up fails"
)]

mod history;
mod keeping;
mod racing;
mod rewinding;

use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;
use trail_port::Blobs as _;
use trail_port::mirror::Kept;
use trail_record::chain::Subject;
use trail_record::{Blob, Digest};
use trail_workspace::{RefSettings, RefStore};

/// The ref that machines share.
const REF: &str = "refs/trail/history";

/// A bare remote, and a folder for each machine.
struct Lab {
    dir: TempDir,
}

impl Lab {
    fn new() -> Self {
        let lab = Self {
            dir: tempfile::tempdir().unwrap(),
        };
        git(&lab.path("."), &["init", "-q", "--bare", "remote.git"]);
        lab
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn settings(&self, machine: &str) -> RefSettings {
        let remote = self.path("remote.git").to_str().unwrap().to_owned();
        RefSettings::new(remote, self.path(machine))
    }

    async fn machine(&self, name: &str) -> RefStore {
        RefStore::open(self.settings(name)).await.unwrap()
    }

    /// Runs git in the remote; returns what it prints.
    fn git(&self, args: &[&str]) -> String {
        git(&self.path("remote.git"), args)
    }

    /// Returns the commit the shared ref is at.
    fn head(&self) -> String {
        self.git(&["rev-parse", REF])
    }

    /// Returns the files of the shared history.
    fn files(&self) -> Vec<String> {
        let listed = self.git(&["ls-tree", "-r", "--name-only", REF]);
        listed.lines().map(str::to_owned).collect()
    }

    /// Makes a commit on the remote that changes files with `change`, in a clone of it, and forces
    /// or moves the ref there.
    fn meddle(&self, change: &str) {
        let clone = self.path("meddler");
        let _ = std::fs::remove_dir_all(&clone);
        git(&self.path("."), &["init", "-q", "meddler"]);
        let remote = self.path("remote.git");
        git(&clone, &["fetch", "-q", remote.to_str().unwrap(), REF]);
        git(&clone, &["checkout", "-q", "FETCH_HEAD"]);
        let mut shell = Command::new("sh");
        let shell = shell.args(["-ec", change]).current_dir(&clone);
        let done = environment(shell).output().unwrap();
        assert!(
            done.status.success(),
            "{}",
            String::from_utf8_lossy(&done.stderr)
        );
        git(&clone, &["add", "-A"]);
        git(&clone, &["commit", "-q", "--allow-empty", "-m", "meddled"]);
        let refspec = format!("+HEAD:{REF}");
        git(&clone, &["push", "-q", remote.to_str().unwrap(), &refspec]);
    }
}

fn environment(command: &mut Command) -> &mut Command {
    command
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_AUTHOR_NAME", "t")
        .env("GIT_AUTHOR_EMAIL", "t@t.invalid")
        .env("GIT_COMMITTER_NAME", "t")
        .env("GIT_COMMITTER_EMAIL", "t@t.invalid")
}

fn git(dir: &std::path::Path, args: &[&str]) -> String {
    let mut command = Command::new("git");
    let output = environment(command.args(args).current_dir(dir))
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "git {args:?}: {stderr}");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

fn digest(bytes: &[u8]) -> Digest<Blob> {
    Digest::of(bytes)
}

/// Asserts that a machine has these bytes.
async fn holds(store: &RefStore, bytes: &[u8]) {
    let found = store.get(&digest(bytes)).await.unwrap();
    assert_eq!(found.as_deref(), Some(bytes));
}

fn subject(item: &str) -> Subject {
    Subject {
        project: "world".into(),
        item: item.into(),
        key: format!("P-{item}").as_str().into(),
    }
}

fn kept(seq: u64) -> Kept {
    Kept {
        seq,
        comment: format!("c{seq}").as_str().into(),
        author: "bot".into(),
        envelope: format!("{{\"entry\":{seq}}}"),
    }
}
