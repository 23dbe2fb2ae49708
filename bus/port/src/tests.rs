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

impl Runner {
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
