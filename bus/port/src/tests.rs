//! How a repository's tests are run and how their results are read.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::workspace::Limits;

/// How the tests are run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestSettings {
    /// Program and arguments as a person would type them; the runner adds what makes it tell its
    /// results in a form for programs.
    pub command: Vec<String>,
    /// What runs them, and so how results are read.
    pub runner: Runner,
    /// The file the runner writes its report to, from the repository's root; none where the runner
    /// has its own place or reports on standard output.
    pub report: Option<String>,
    /// Limits in the sandbox.
    pub limits: Limits,
    /// How it is found out whether tests can fail.
    pub proving: Proving,
}

/// What runs the tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Runner {
    /// `cargo test`: libtest's JSON and cargo's messages.
    Cargo,
    /// `cargo nextest run`: its JUnit XML.
    Nextest,
    /// `pytest`: its JUnit XML.
    Pytest,
    /// Python's `unittest`, run by Trail's Python package: JUnit XML.
    Unittest,
    /// `vitest`: its JUnit XML.
    Vitest,
    /// `jest`: its JSON.
    Jest,
    /// `node --test`: its JUnit XML.
    Node,
    /// `go test`: its JSON events.
    Go,
    /// Anything that writes JUnit XML, to the report file or standard output.
    Junit,
    /// The lines `test NAME ... ok` of Rust's libtest: tells no more than passed or failed.
    Libtest,
    /// The exit code alone: one case with the command's name.
    Exit,
}

/// How it is found out whether tests can fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Proving {
    /// Whether it is found out at all.
    pub enabled: bool,
    /// How often tests are run on the same code, at least 1.
    pub repeats: u32,
    /// How many mutants are tried at most.
    pub mutants: u32,
    /// How long all trials of one round may take together.
    pub time: Duration,
    /// How often vacuous tests go back to the tester before a human is left to judge.
    pub rounds: u32,
}

impl Default for Proving {
    fn default() -> Self {
        Self {
            enabled: true,
            repeats: 2,
            mutants: 40,
            time: Duration::from_secs(900),
            rounds: 2,
        }
    }
}

impl Default for TestSettings {
    fn default() -> Self {
        Self {
            command: Vec::new(),
            runner: Runner::Exit,
            report: None,
            limits: Limits::default(),
            proving: Proving::default(),
        }
    }
}

impl Default for Runner {
    /// The one that asks least of a command.
    fn default() -> Self {
        Self::Exit
    }
}

impl Runner {
    /// All runners.
    pub const ALL: [Self; 11] = [
        Self::Cargo,
        Self::Nextest,
        Self::Pytest,
        Self::Unittest,
        Self::Vitest,
        Self::Jest,
        Self::Node,
        Self::Go,
        Self::Junit,
        Self::Libtest,
        Self::Exit,
    ];

    /// Returns the runner that a command names; [`Exit`](Self::Exit) where none is known by name.
    #[must_use]
    pub fn of_command(command: &[String]) -> Self {
        let words: Vec<&str> = command
            .iter()
            .map(|own| own.rsplit('/').next().unwrap_or(own))
            .collect();
        let has = |word: &str| words.contains(&word);
        match words.first() {
            Some(&"cargo") if has("nextest") => Self::Nextest,
            Some(&"cargo") if has("test") || has("t") => Self::Cargo,
            Some(&"go") if has("test") => Self::Go,
            Some(&"node") if has("--test") => Self::Node,
            Some(_) if has("trail.unittest") => Self::Unittest,
            Some(_) if has("pytest") || has("py.test") => Self::Pytest,
            Some(_) if has("vitest") => Self::Vitest,
            Some(_) if has("jest") => Self::Jest,
            _ => Self::Exit,
        }
    }

    /// Returns the runner of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|own| own.as_str() == name)
    }

    /// Returns the runner's name in the configuration.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Cargo => "cargo",
            Self::Nextest => "nextest",
            Self::Pytest => "pytest",
            Self::Unittest => "unittest",
            Self::Vitest => "vitest",
            Self::Jest => "jest",
            Self::Node => "node",
            Self::Go => "go",
            Self::Junit => "junit",
            Self::Libtest => "libtest",
            Self::Exit => "exit",
        }
    }
}

#[cfg(test)]
mod names {
    use super::*;

    #[test]
    fn a_command_names_its_runner() {
        for (command, runner) in [
            ("cargo test --offline", Runner::Cargo),
            ("cargo nextest run", Runner::Nextest),
            ("cargo build", Runner::Exit),
            ("python3 -m pytest tests", Runner::Pytest),
            (".venv/bin/pytest", Runner::Pytest),
            ("python3 -m trail.unittest", Runner::Unittest),
            ("python3 -m unittest", Runner::Exit),
            ("npx vitest run", Runner::Vitest),
            ("npx jest", Runner::Jest),
            ("/usr/bin/node --test", Runner::Node),
            ("go test ./...", Runner::Go),
            ("make check", Runner::Exit),
            ("", Runner::Exit),
        ] {
            let words: Vec<String> = command.split_whitespace().map(str::to_owned).collect();
            assert_eq!(Runner::of_command(&words), runner, "{command}");
        }
        for runner in Runner::ALL {
            assert_eq!(Runner::named(runner.as_str()), Some(runner));
        }
        assert_eq!(Runner::named("ctest"), None);
    }
}
