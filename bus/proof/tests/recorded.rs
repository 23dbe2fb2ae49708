//! What real runners told, read and joined: each recording is of a project in `projects`, run by the
//! command that [`trail_proof::command`] made.
//!
//! `TRAIL_RECORD=NAME,... cargo test -p trail-proof --test recorded -- --ignored` records again, with
//! the tools of this machine. JavaScript's runners are taken from the folder `TRAIL_NODE_MODULES`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use trail_port::tests::{Runner, TestSettings};
use trail_port::workspace::{Ended, Ran};
use trail_proof::{Sources, command, read, result};
use trail_record::body::TestResult;
use trail_record::{Digest, TreeId};

/// Where recordings say that the project was.
const ROOT: &str = "/work/project";

/// A project, and how its tests are run.
struct Case {
    name: &'static str,
    runner: Runner,
    command: &'static str,
    /// Folders of `projects`, one laid over the other.
    projects: &'static [&'static str],
    /// Files left out.
    without: &'static [&'static str],
}

const CASES: [Case; 11] = [
    Case {
        name: "cargo",
        runner: Runner::Cargo,
        command: "cargo test --offline",
        projects: &["rust"],
        without: &[],
    },
    Case {
        name: "cargo-broken",
        runner: Runner::Cargo,
        command: "cargo test --offline",
        projects: &["rust", "rust-broken"],
        without: &[],
    },
    Case {
        name: "cargo-refused",
        runner: Runner::Cargo,
        command: "cargo test --offline --package nothing",
        projects: &["rust"],
        without: &[],
    },
    Case {
        name: "libtest",
        runner: Runner::Libtest,
        command: "cargo test --offline --no-fail-fast",
        projects: &["rust"],
        without: &[],
    },
    Case {
        name: "nextest",
        runner: Runner::Nextest,
        command: "cargo nextest run --offline",
        projects: &["rust"],
        without: &[],
    },
    Case {
        name: "nextest-broken",
        runner: Runner::Nextest,
        command: "cargo nextest run --offline",
        projects: &["rust", "rust-broken"],
        without: &[],
    },
    Case {
        name: "pytest",
        runner: Runner::Pytest,
        command: "python3 -m pytest -q -p no:cacheprovider",
        projects: &["python"],
        without: &[],
    },
    Case {
        name: "unittest",
        runner: Runner::Unittest,
        command: "python3 -m trail.unittest",
        projects: &["unittest"],
        without: &[],
    },
    Case {
        name: "vitest",
        runner: Runner::Vitest,
        command: "node node_modules/vitest/vitest.mjs run",
        projects: &["vitest"],
        without: &[],
    },
    Case {
        name: "jest",
        runner: Runner::Jest,
        command: "node node_modules/jest/bin/jest.js",
        projects: &["jest"],
        without: &[],
    },
    Case {
        name: "node",
        runner: Runner::Node,
        command: "node --test",
        projects: &["node"],
        without: &[],
    },
];

const GO: Case = Case {
    name: "go",
    runner: Runner::Go,
    command: "go test ./...",
    projects: &["go"],
    without: &[],
};

/// What is kept of a run beside its output and report.
#[derive(Serialize, Deserialize)]
struct Kept {
    exit: Option<i32>,
    ended: Option<String>,
}

fn here() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests")
}

fn cases() -> impl Iterator<Item = &'static Case> {
    CASES.iter().chain([&GO])
}

fn settings(case: &Case) -> TestSettings {
    TestSettings {
        command: case.command.split(' ').map(str::to_owned).collect(),
        runner: case.runner,
        ..TestSettings::default()
    }
}

/// Returns the files of the case's project.
fn files(case: &Case) -> BTreeMap<String, Vec<u8>> {
    fn collect(root: &Path, dir: &Path, files: &mut BTreeMap<String, Vec<u8>>) {
        for entry in std::fs::read_dir(dir).expect("the folder is there") {
            let path = entry.expect("it can be listed").path();
            if path.is_dir() {
                collect(root, &path, files);
            } else {
                let name = path.strip_prefix(root).ok().and_then(Path::to_str);
                let name = name.expect("it is named below the root").to_owned();
                files.insert(name, std::fs::read(&path).expect("it can be read"));
            }
        }
    }
    let mut found = BTreeMap::new();
    for project in case.projects {
        let root = here().join("projects").join(project);
        collect(&root, &root, &mut found);
    }
    found.retain(|path, _| !case.without.contains(&path.as_str()));
    found
}

fn recorded(case: &Case) -> Ran {
    let dir = here().join("recorded").join(case.name);
    let read = |name: &str| std::fs::read(dir.join(name));
    let kept = read("ran.json").expect("it is recorded");
    let kept: Kept = serde_json::from_slice(&kept).expect("it is as it was written");
    Ran {
        exit: kept.exit,
        ended: kept.ended.map(|own| match own.as_str() {
            "timeout" => Ended::Timeout,
            "output" => Ended::Output,
            signal => Ended::Signal(signal.parse().expect("it is a number")),
        }),
        output: read("output.txt").expect("it is recorded"),
        report: read("report.txt").ok(),
        took: Duration::ZERO,
        sandbox: "none".to_owned(),
        environment: Digest::of(b""),
    }
}

fn joined(case: &Case, ran: &Ran) -> (TestResult, String) {
    let told = read(ran, &settings(case));
    let mut sources = Sources::default();
    for (path, bytes) in files(case) {
        sources.add(&path, bytes);
    }
    let plain = |text: &str| text.to_owned();
    let tree = TreeId::from("tree");
    let result = result(ran, &told, &sources, &tree, &settings(case), &plain);
    (result, told.shown)
}

/// Writes a result so that it can be compared: a line for each test, and what people are shown.
fn written(result: &TestResult) -> String {
    use std::fmt::Write as _;
    let mut out = String::new();
    for case in &result.cases {
        let how = case
            .failed_by
            .map_or(String::new(), |own| format!(" {own:?}"));
        let _ = write!(out, "{:?}{how} {}", case.outcome, case.name);
        if let Some(place) = &case.place {
            let _ = write!(out, " @{}:{}", place.path, place.line);
        }
        for own in &case.validates {
            let revision = own.revision.map_or(String::new(), |own| format!("@{own}"));
            let _ = write!(out, " [{}/{}{revision}]", own.work_item, own.criterion);
        }
        if let Some(message) = &case.message {
            let first = message.lines().next().unwrap_or_default();
            let _ = write!(out, " | {first}");
        }
        out.push('\n');
    }
    out
}

#[test]
fn what_runners_told_is_read_and_joined() {
    for case in cases() {
        let (result, _) = joined(case, &recorded(case));
        insta::assert_snapshot!(case.name, written(&result));
        assert!(!result.is_green(), "{}: tests failed", case.name);
    }
}

#[test]
fn what_is_shown_of_a_run_is_for_people() {
    for name in ["cargo", "cargo-broken", "pytest", "go"] {
        let case = cases().find(|own| own.name == name).unwrap();
        let (_, shown) = joined(case, &recorded(case));
        insta::assert_snapshot!(format!("shown-{name}"), shown);
    }
}

#[test]
#[ignore = "records again with the tools of this machine"]
fn record() {
    let wanted = std::env::var("TRAIL_RECORD").unwrap_or_default();
    for case in cases().filter(|own| wanted.split(',').any(|name| name == own.name)) {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        for (path, bytes) in files(case) {
            let path = root.join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, bytes).unwrap();
        }
        let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let repository = repository.canonicalize().unwrap();
        if let Ok(modules) = std::env::var("TRAIL_NODE_MODULES") {
            let own = root.join("node_modules");
            std::fs::create_dir_all(own.join("@trail")).unwrap();
            for entry in std::fs::read_dir(modules).unwrap() {
                let entry = entry.unwrap();
                std::os::unix::fs::symlink(entry.path(), own.join(entry.file_name())).unwrap();
            }
            let package = repository.join("policies/annotations/javascript");
            std::os::unix::fs::symlink(package, own.join("@trail/annotations")).unwrap();
        }
        let made = command(&settings(case));
        let output = root.join("output.txt");
        let file = std::fs::File::create(&output).unwrap();
        let status = Command::new(&made.argv[0])
            .args(&made.argv[1..])
            .envs(made.env.iter().map(|(name, value)| (name, value)))
            .env(
                "PYTHONPATH",
                repository.join("policies/annotations/python/src"),
            )
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("HOSTNAME", "host")
            .env_remove("CARGO_TARGET_DIR")
            .env_remove("CARGO_MANIFEST_DIR")
            .current_dir(&root)
            .stdin(std::process::Stdio::null())
            .stdout(file.try_clone().unwrap())
            .stderr(file)
            .status()
            .unwrap();
        let to = here().join("recorded").join(case.name);
        std::fs::create_dir_all(&to).unwrap();
        let clean = |bytes: Vec<u8>| {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            let text = text.replace(root.to_str().unwrap(), ROOT);
            let text = text.replace(repository.to_str().unwrap(), "/work/trail");
            let home = std::env::var("HOME").unwrap_or_else(|_| "/home/nobody".to_owned());
            // A machine's own folders and name are nobody's business.
            let modules =
                std::env::var("TRAIL_NODE_MODULES").unwrap_or_else(|_| "\n\n\n".to_owned());
            text.replace(&modules, &format!("{ROOT}/node_modules"))
                .replace(&format!("{home}/"), "/home/user/")
                .replace("hostname=\"vm\"", "hostname=\"host\"")
        };
        std::fs::write(to.join("output.txt"), clean(std::fs::read(output).unwrap())).unwrap();
        if let Some(report) = made.report
            && let Ok(report) = std::fs::read(root.join(report))
        {
            std::fs::write(to.join("report.txt"), clean(report)).unwrap();
        }
        let kept = Kept {
            exit: status.code(),
            ended: None,
        };
        std::fs::write(to.join("ran.json"), serde_json::to_vec(&kept).unwrap()).unwrap();
    }
}
