//! The reference session's history, made once for all tests of a binary, and the commands that are
//! asked about it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use serde_json::Value;

use crate::binary;

/// What a demo left behind.
#[derive(Debug)]
pub struct Told {
    dir: tempfile::TempDir,
    /// What the demo printed.
    pub summary: Value,
}

/// Returns the demo's history; the demo is played once.
///
/// # Panics
/// If the demo fails: then nothing can be asked about it.
#[must_use]
pub fn told() -> &'static Told {
    static TOLD: OnceLock<Told> = OnceLock::new();
    TOLD.get_or_init(|| {
        let dir = tempfile::tempdir().expect("a temporary directory can be made");
        let place = dir.path().join("demo");
        let place = place.to_str().expect("a path of this test is text");
        let output = trail(&["demo", "--yes", "--json", "--dir", place], dir.path());
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
        let summary = serde_json::from_slice(&output.stdout).expect("the demo prints JSON");
        Told { dir, summary }
    })
}

/// Runs `trail` in `cwd` without the caller's own settings.
///
/// # Panics
/// If the binary cannot be run.
#[must_use]
pub fn trail(args: &[&str], cwd: &Path) -> Output {
    let mut command = Command::new(binary::trail());
    // The names of variables are settings to `trail`, even those that are meant for tests.
    let own = std::env::vars_os().map(|(name, _)| name);
    for name in own.filter(|name| name.to_string_lossy().starts_with("TRAIL_")) {
        command.env_remove(name);
    }
    let ran = command.args(args).current_dir(cwd).output();
    ran.expect("trail can be run")
}

impl Told {
    /// Returns the set-up directory of the demo.
    #[must_use]
    pub fn dir(&self) -> PathBuf {
        self.dir.path().join("demo")
    }

    /// Returns the exported history.
    #[must_use]
    pub fn history(&self) -> PathBuf {
        self.dir().join("history")
    }

    /// Returns the repository the demo worked on.
    #[must_use]
    pub fn repository(&self) -> PathBuf {
        self.dir().join("repo")
    }

    /// Asks a question of the exported history in the demo's repository.
    #[must_use]
    pub fn ask(&self, args: &[&str]) -> Output {
        self.ask_in(&self.repository(), args)
    }

    /// Asks a question of the exported history in another folder.
    ///
    /// # Panics
    /// If a path is no text.
    #[must_use]
    pub fn ask_in(&self, cwd: &Path, args: &[&str]) -> Output {
        let (history, operator) = (self.history(), self.dir().join("operator.pub"));
        let mut all = args.to_vec();
        all.extend([
            "--history",
            history.to_str().expect("a path of this test is text"),
            "--operator",
            operator.to_str().expect("a path of this test is text"),
        ]);
        trail(&all, cwd)
    }

    /// Asks a question and returns the JSON of its answer and the exit code.
    ///
    /// # Panics
    /// If the answer is no JSON.
    #[must_use]
    pub fn answer(&self, args: &[&str]) -> (Value, i32) {
        let mut all = args.to_vec();
        all.push("--json");
        json(&self.ask(&all))
    }
}

/// Reads the JSON of an answer.
///
/// # Panics
/// If it is none.
#[must_use]
pub fn json(output: &Output) -> (Value, i32) {
    let said = String::from_utf8_lossy(&output.stderr);
    let value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {said}"));
    (value, output.status.code().unwrap_or(-1))
}
