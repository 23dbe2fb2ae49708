//! `node --test` by Trail's own reporter (`command/node-reporter.js`): one JSON line for each event.

use std::collections::BTreeMap;

use serde::Deserialize;
use trail_port::workspace::Ran;
use trail_record::body::FailedBy;

use crate::fail;
use crate::read::unended;
use crate::sources::below;
use crate::told::{Ended, Failure, Spot, Told, ToldCase};

#[derive(Debug, Deserialize)]
struct Line {
    trail: String,
    path: Option<String>,
    #[serde(default)]
    name: String,
    #[serde(default)]
    nesting: usize,
    file: Option<String>,
    line: Option<u32>,
    #[serde(default)]
    suite: bool,
    #[serde(default)]
    skip: bool,
    #[serde(default)]
    todo: bool,
    failure: Option<String>,
    code: Option<serde_json::Value>,
    error: Option<String>,
    message: Option<String>,
    stack: Option<String>,
}

/// What is known while lines are read.
#[derive(Default)]
struct Reading {
    /// The names around what runs now, by file: `start` is told before what is inside.
    open: BTreeMap<String, Vec<(String, Option<u32>)>>,
    /// How what failed inside a test failed, by its file and nesting.
    inside: BTreeMap<(String, usize), Vec<FailedBy>>,
    stderr: BTreeMap<String, String>,
    ended: bool,
}

/// Reads the report.
pub(super) fn read(text: &str, ran: &Ran) -> Told {
    let mut told = Told::default();
    let mut reading = Reading::default();
    for (number, line) in text.lines().enumerate() {
        match serde_json::from_str::<Line>(line) {
            Ok(line) => take(&mut told, &mut reading, line),
            Err(error) => told.distrust(format!(
                "line {} of the report cannot be read: {error}",
                number + 1
            )),
        }
    }
    for (file, open) in &reading.open {
        let names: Vec<&str> = open.iter().map(|(name, _)| name.as_str()).collect();
        if !names.is_empty() {
            let failure = unended(ran, "the runner told no end");
            told.cases.push(ToldCase {
                file: Some(file.clone()),
                ..ToldCase::failed(file, &names.join(" > "), failure)
            });
        }
    }
    if !reading.ended && ran.ended.is_none() {
        told.distrust("the report ends before the run did");
    }
    told
}

fn take(told: &mut Told, reading: &mut Reading, line: Line) {
    let file = line.file.as_deref().unwrap_or_default();
    let file = below(file, told.root.as_deref()).to_owned();
    match line.trail.as_str() {
        "root" if told.root.is_none() => told.root = line.path,
        "end" => reading.ended = true,
        "stderr" => {
            let own = reading.stderr.entry(file).or_default();
            own.push_str(line.message.as_deref().unwrap_or_default());
        }
        "start" => {
            let open = reading.open.entry(file).or_default();
            open.truncate(line.nesting);
            open.push((line.name, line.line));
        }
        "pass" | "fail" => end(told, reading, &file, line),
        _ => {}
    }
}

fn end(told: &mut Told, reading: &mut Reading, file: &str, line: Line) {
    let open = reading.open.entry(file.to_owned()).or_default();
    open.truncate(line.nesting);
    let mut names: Vec<&str> = open.iter().map(|(name, _)| name.as_str()).collect();
    names.push(&line.name);
    let inside = reading
        .inside
        .remove(&(file.to_owned(), line.nesting + 1))
        .unwrap_or_default();
    let root = told.root.clone();
    // A file that failed as a whole has its path for a name.
    let whole = below(&line.name, root.as_deref()) == file;
    let test = if whole {
        String::new()
    } else {
        names.join(" > ")
    };
    let failure = (line.trail == "fail").then(|| {
        failure(
            &line,
            whole,
            &inside,
            reading.stderr.get(file),
            root.as_deref(),
        )
    });
    if let Some(failure) = &failure
        && !line.todo
    {
        let outer = (file.to_owned(), line.nesting);
        reading.inside.entry(outer).or_default().push(failure.by);
    }
    // A block fails with what is inside; it is no test, unless it failed by itself.
    let by_itself = line
        .failure
        .as_deref()
        .is_some_and(|own| own != "subtestsFailed");
    if line.suite && !by_itself || whole && failure.is_none() {
        return;
    }
    let outcome = match (line.skip || line.todo, &failure) {
        (true, _) => Ended::Skipped,
        (false, Some(_)) => Ended::Failed,
        (false, None) => Ended::Passed,
    };
    told.cases.push(ToldCase {
        file: Some(file.to_owned()),
        line: line.line.filter(|_| !whole),
        failure: failure.filter(|_| outcome == Ended::Failed),
        ..ToldCase::new(file, &test, outcome)
    });
}

fn failure(
    line: &Line,
    whole: bool,
    inside: &[FailedBy],
    stderr: Option<&String>,
    root: Option<&str>,
) -> Failure {
    let stack = line.stack.as_deref().unwrap_or_default();
    let error = line.error.as_deref().unwrap_or_default();
    let code = line
        .code
        .as_ref()
        .and_then(|own| own.as_str())
        .unwrap_or_default();
    let message = line.message.clone().unwrap_or_default();
    if whole {
        let said = stderr.map_or("", String::as_str);
        let unbuilt = [
            "SyntaxError",
            "ERR_MODULE_NOT_FOUND",
            "MODULE_NOT_FOUND",
            "Cannot find module",
        ]
        .iter()
        .any(|word| said.contains(word));
        let by = if unbuilt {
            FailedBy::NotBuilt
        } else {
            FailedBy::Crash
        };
        return Failure::new(by, format!("{message}\n{said}").trim());
    }
    let only_assertions =
        !inside.is_empty() && inside.iter().all(|own| *own == FailedBy::Assertion);
    let by = match line.failure.as_deref() {
        Some("testTimeoutFailure") => FailedBy::Timeout,
        Some("subtestsFailed") if only_assertions => FailedBy::Assertion,
        _ if error == "AssertionError" || fail::type_asserts(code) => FailedBy::Assertion,
        _ if error == "SyntaxError" || fail::type_unbuilt(code) => FailedBy::NotBuilt,
        _ => FailedBy::Crash,
    };
    Failure {
        by,
        by_words: false,
        at: first_frame(stack, root),
        message,
    }
}

/// Returns the first place of a stack that is no part of node or of a dependency.
pub(super) fn first_frame(stack: &str, root: Option<&str>) -> Option<Spot> {
    let frames = stack.lines().filter_map(|line| {
        let line = line.trim_start().strip_prefix("at ")?;
        let place = line.rsplit_once('(').map_or(line, |(_, rest)| rest);
        fail::spot(place.trim_end_matches(')'))
    });
    let mut own = frames
        .filter(|spot| !spot.path.starts_with("node:") && !spot.path.contains("node_modules/"));
    let first = own.next()?;
    Some(Spot {
        path: below(&first.path, root).to_owned(),
        ..first
    })
}
