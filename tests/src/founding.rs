//! A repository with a remote, and the built binary to set Trail up for it on a tracker that is there.

use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::binary;
use crate::service::Service;

/// A model that says nothing of use: enough where no work is to succeed.
const SCRIPT: &str = r#"{
    "name": "scripted-none",
    "actions": [{"action": "plan", "round": 1, "turns": [{"text": "nothing"}]}]
}"#;

/// A repository with a bare remote beside it, and a home of its own.
pub struct Founding {
    home: TempDir,
    /// What every command gets besides its arguments.
    environment: Vec<(String, String)>,
}

impl Founding {
    /// Makes the repository `reports` with the remote `origin`; commands get these variables.
    ///
    /// # Panics
    /// If that fails: then the test cannot run.
    #[must_use]
    pub fn new(environment: &[(&str, &str)]) -> Self {
        let home = tempfile::tempdir().expect("a temporary directory can be made");
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let new = Self {
            home,
            environment: environment.iter().map(own).collect(),
        };
        let repository = new.path("reports");
        std::fs::create_dir(&repository).expect("a folder can be made");
        std::fs::write(repository.join("README.md"), "# Reports\n").expect("a file can be written");
        std::fs::write(new.path("script.json"), SCRIPT).expect("a file can be written");
        let identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"];
        new.git(&["init", "--quiet", "--initial-branch=main"]);
        new.git(&["add", "."]);
        new.git(&[&identity[..], &["commit", "--quiet", "-m", "first"]].concat());
        new.git(&["init", "--quiet", "--bare", "../remote.git"]);
        new.git(&["remote", "add", "origin", "../remote.git"]);
        new.git(&["push", "--quiet", "origin", "main"]);
        new
    }

    /// Returns a path below the home.
    #[must_use]
    pub fn path(&self, path: &str) -> PathBuf {
        self.home.path().join(path)
    }

    /// Returns the set-up directory.
    #[must_use]
    pub fn dir(&self) -> PathBuf {
        self.path("reports.trail")
    }

    /// Returns the flags of `init` that are the same for every tracker.
    #[must_use]
    pub fn flags(&self) -> Vec<String> {
        let model = format!(
            "kind=scripted,script={}",
            self.path("script.json").display()
        );
        let flags = [
            "init",
            "--repo",
            "reports",
            "--test-command",
            "true",
            "--model",
            &model,
        ];
        flags.map(str::to_owned).to_vec()
    }

    fn git(&self, arguments: &[&str]) {
        let mut git = Command::new("git");
        let ran = git
            .current_dir(self.path("reports"))
            .args(arguments)
            .output();
        let ran = ran.expect("there is a git");
        let said = String::from_utf8_lossy(&ran.stderr);
        assert!(ran.status.success(), "git {arguments:?}: {said}");
    }

    /// Returns a command with the environment and nothing else of Trail's.
    #[must_use]
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(binary::trail());
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("TRAIL_") {
                command.env_remove(name);
            }
        }
        command
            .current_dir(self.home.path())
            .env("XDG_CONFIG_HOME", self.path("config"))
            .envs(self.environment.iter().cloned())
            .args(arguments)
            .stdin(Stdio::null());
        if self.dir().is_dir() {
            command.env("TRAIL_DIR", self.dir());
        }
        command
    }

    /// Runs a command.
    ///
    /// # Panics
    /// If it cannot be started.
    #[must_use]
    pub fn trail(&self, arguments: &[&str]) -> Output {
        self.command(arguments)
            .output()
            .expect("trail can be started")
    }

    /// Runs a command and returns its exit code, what it printed, and what it said of errors.
    ///
    /// # Panics
    /// If it cannot be started.
    #[must_use]
    pub fn told(&self, arguments: &[&str]) -> (Option<i32>, String, String) {
        let ran = self.trail(arguments);
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (ran.status.code(), text(&ran.stdout), text(&ran.stderr))
    }

    /// Runs a command and returns the JSON it prints.
    ///
    /// # Panics
    /// If it fails or prints something else.
    #[must_use]
    pub fn json(&self, arguments: &[&str]) -> Value {
        let (code, out, said) = self.told(arguments);
        assert_eq!(code, Some(0), "trail {arguments:?}: {out}{said}");
        serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}{said}"))
    }

    /// Starts a worker; its log goes to the file `log`. Workers get no human's token.
    ///
    /// # Panics
    /// If it cannot be started.
    #[must_use]
    pub fn worker(&self, role: &str) -> Service {
        let log = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.path("log"))
            .expect("a log can be written");
        let mut command = self.command(&["worker", "--role", role]);
        command
            .env_remove("TRAIL_TOKEN")
            .stdout(Stdio::null())
            .stderr(log);
        Service::start(command)
    }

    /// Returns what the workers logged.
    #[must_use]
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.path("log")).unwrap_or_default()
    }

    /// Returns a text without what differs from run to run: this home, and the names given.
    #[must_use]
    pub fn stable(&self, text: &str, names: &[(String, &str)]) -> String {
        let mut text = text.replace(&self.home.path().display().to_string(), "[home]");
        for (value, name) in names {
            text = text.replace(value, name);
        }
        text
    }
}

/// Returns the lines of a text that contain none of these words: what depends on the machine.
#[must_use]
pub fn without(text: &str, words: &[&str]) -> String {
    let kept = text
        .lines()
        .filter(|line| words.iter().all(|word| !line.contains(word)));
    let lines: Vec<&str> = kept.collect();
    lines.join("\n")
}
