//! `cargo test`: cargo's messages, which binary was started when, and libtest's JSON.

use std::collections::BTreeMap;

use serde::Deserialize;
use trail_port::workspace::Ran;
use trail_record::body::FailedBy;

use crate::read::events::{Binary, Event};
use crate::read::lines;
use crate::sources::below;
use crate::told::{Failure, REPORT, Told, ToldCase};

/// Any line of the report that is JSON.
#[derive(Debug, Deserialize)]
struct Line {
    /// Trail's own lines.
    trail: Option<String>,
    path: Option<String>,
    executable: Option<String>,
    exit: Option<i32>,
    /// cargo's.
    reason: Option<String>,
    package_id: Option<String>,
    target: Option<Target>,
    profile: Option<Profile>,
    message: Option<Message>,
    success: Option<bool>,
}

#[derive(Debug, Clone, Deserialize)]
struct Target {
    kind: Vec<String>,
    name: String,
    src_path: String,
}

#[derive(Debug, Deserialize)]
struct Profile {
    test: bool,
}

#[derive(Debug, Deserialize)]
struct Message {
    #[serde(default)]
    level: String,
    #[serde(default)]
    rendered: Option<String>,
}

/// A binary cargo built to be tested.
#[derive(Debug, Clone)]
struct Built {
    suite: String,
    file: String,
    started: bool,
}

/// Reads the report: standard output of cargo and of all binaries.
pub(super) fn read(text: &str, ran: &Ran) -> Told {
    let mut told = Told::default();
    let mut built: BTreeMap<String, Built> = BTreeMap::new();
    let mut broken: BTreeMap<String, (String, Vec<String>)> = BTreeMap::new();
    let mut success = None;
    let mut running: Option<(String, Binary)> = None;
    let mut plain = String::new();
    for line in text.lines() {
        if let Some(event) = event(line)
            && let Some((_, binary)) = &mut running
        {
            binary.take(event);
            continue;
        }
        let Some(own) = json(line) else {
            if running.is_none() {
                plain.push_str(line);
                plain.push('\n');
            }
            continue;
        };
        match (own.trail.as_deref(), own.reason.as_deref()) {
            (Some("root"), _) if told.root.is_none() => told.root = own.path,
            (Some("begin"), _) => {
                finish(&mut told, running.take(), None, ran);
                let executable = own.executable.unwrap_or_default();
                let binary = match built.get_mut(&executable) {
                    Some(built) => {
                        built.started = true;
                        Binary::new(&built.suite, Some(built.file.clone()))
                    }
                    None => Binary::new(executable.rsplit('/').next().unwrap_or("?"), None),
                };
                running = Some((executable, binary));
            }
            (Some("end"), _) => finish(&mut told, running.take(), own.exit, ran),
            (None, Some("compiler-artifact")) => {
                if let (Some(executable), Some(target), Some(Profile { test: true })) =
                    (own.executable, own.target, own.profile)
                {
                    let suite = suite(own.package_id.as_deref(), &target);
                    let file = below(&target.src_path, told.root.as_deref()).to_owned();
                    let started = false;
                    built.insert(
                        executable,
                        Built {
                            suite,
                            file,
                            started,
                        },
                    );
                }
            }
            (None, Some("compiler-message")) => {
                let (Some(message), Some(target)) = (own.message, own.target) else {
                    continue;
                };
                if message.level.starts_with("error") {
                    let suite = suite(own.package_id.as_deref(), &target);
                    let file = below(&target.src_path, told.root.as_deref()).to_owned();
                    let entry = broken.entry(suite).or_insert((file, Vec::new()));
                    entry.1.extend(message.rendered);
                }
            }
            (None, Some("build-finished")) => success = own.success,
            _ => {}
        }
    }
    finish(&mut told, running.take(), None, ran);
    if success != Some(true) {
        not_built(&mut told, broken, success);
    } else {
        let idle: Vec<&str> = built
            .values()
            .filter(|own| !own.started)
            .map(|own| own.suite.as_str())
            .collect();
        if !idle.is_empty() && ran.ended.is_none() {
            told.distrust(format!(
                "built, but not started by Trail's runner: {}; does the repository configure a runner for its target, or the command say --no-run?",
                idle.join(", ")
            ));
        }
    }
    // Doctests, as rustdoc tells them.
    told.cases
        .extend(lines::cases(&plain).into_iter().map(|case| ToldCase {
            name: format!("doctest::{}", case.test),
            suite: "doctest".to_owned(),
            ..case
        }));
    told
}

/// Tells what could not be built, each target as a case that stands for its tests.
fn not_built(
    told: &mut Told,
    broken: BTreeMap<String, (String, Vec<String>)>,
    success: Option<bool>,
) {
    if broken.is_empty() {
        let why = match success {
            Some(_) => "the build failed; cargo says no more than its output",
            None => "cargo ended before it built anything",
        };
        told.cases.push(ToldCase::failed(
            "",
            REPORT,
            Failure::new(FailedBy::NotBuilt, why),
        ));
        told.note(why);
        return;
    }
    for (suite, (file, messages)) in broken {
        let failure = Failure::new(FailedBy::NotBuilt, messages.join("\n"));
        told.cases.push(ToldCase {
            file: Some(file),
            ..ToldCase::failed(&suite, "", failure)
        });
    }
}

fn finish(told: &mut Told, running: Option<(String, Binary)>, exit: Option<i32>, ran: &Ran) {
    let Some((_, binary)) = running else { return };
    let (cases, problems) = binary.finish(exit, ran);
    told.cases.extend(cases);
    for problem in problems {
        told.distrust(problem);
    }
}

/// Names a binary as nextest does: `package`, `package::test`, `package::bin/name`.
fn suite(package_id: Option<&str>, target: &Target) -> String {
    let package = package_id.map_or("?", package_name);
    match target.kind.first().map(String::as_str) {
        Some("test") => format!("{package}::{}", target.name),
        Some(kind @ ("bin" | "example" | "bench")) => format!("{package}::{kind}/{}", target.name),
        Some("custom-build") => format!("{package}::build-script"),
        Some(_) | None => package.to_owned(),
    }
}

/// Reads the name in cargo's package id: `path+file:///a/shop#0.1.0`, `...#shop@0.1.0`.
fn package_name(id: &str) -> &str {
    let Some((url, rest)) = id.rsplit_once('#') else {
        // Before cargo 1.77: `shop 0.1.0 (path+file:///a/shop)`.
        return id.split(' ').next().unwrap_or(id);
    };
    match rest.split_once('@') {
        Some((name, _)) => name,
        None => url.rsplit('/').next().unwrap_or(url),
    }
}

/// Reads one of libtest's events, also after what a test printed on the same line.
fn event(line: &str) -> Option<Event> {
    const BEGIN: &str = "{ \"type\": \"";
    let at = line.find(BEGIN)?;
    let event: Event = serde_json::from_str(&line[at..]).ok()?;
    matches!(event.kind.as_str(), "suite" | "test" | "bench").then_some(event)
}

fn json(line: &str) -> Option<Line> {
    line.starts_with('{')
        .then(|| serde_json::from_str(line).ok())?
}
