//! `jest --json`: one document.

use serde::Deserialize;
use trail_record::body::FailedBy;

use crate::fail;
use crate::read::node::first_frame;
use crate::sources::below;
use crate::told::{Ended, Failure, Told, ToldCase};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Report {
    num_total_tests: u64,
    num_passed_tests: u64,
    num_failed_tests: u64,
    test_results: Vec<File>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct File {
    name: String,
    #[serde(default)]
    status: String,
    #[serde(default)]
    message: String,
    #[serde(default)]
    assertion_results: Vec<Test>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Test {
    #[serde(default)]
    ancestor_titles: Vec<String>,
    title: String,
    status: String,
    #[serde(default)]
    failure_messages: Vec<String>,
    #[serde(default)]
    failure_details: Vec<serde_json::Value>,
    location: Option<Location>,
}

#[derive(Debug, Deserialize)]
struct Location {
    line: u32,
}

/// Reads the report: the line that says where it was made, whatever else was printed, the document.
pub(super) fn read(text: &str) -> Told {
    let mut told = Told::default();
    let mut rest = text;
    if let Some((first, after)) = text.split_once('\n')
        && let Ok(root) = serde_json::from_str::<serde_json::Value>(first)
        && root["trail"] == "root"
    {
        told.root = root["path"].as_str().map(str::to_owned);
        rest = after;
    }
    let Some(begin) = rest.find("{\"num").or_else(|| rest.find('{')) else {
        told.distrust("jest wrote no report");
        return told;
    };
    let mut documents = serde_json::Deserializer::from_str(&rest[begin..]).into_iter::<Report>();
    match documents.next() {
        Some(Ok(report)) => take(&mut told, report),
        Some(Err(error)) => told.distrust(format!("jest's report cannot be read: {error}")),
        None => told.distrust("jest wrote no report"),
    }
    told
}

fn take(told: &mut Told, report: Report) {
    let root = told.root.clone();
    let root = root.as_deref();
    for file in report.test_results {
        let path = below(&file.name, root).to_owned();
        if file.assertion_results.is_empty() && file.status == "failed" {
            // A file fails before its tests only because it could not be loaded; jest says how.
            let failure = Failure::new(FailedBy::NotBuilt, plain(&file.message));
            told.cases.push(ToldCase {
                file: Some(path.clone()),
                ..ToldCase::failed(&path, "", failure)
            });
        }
        for test in file.assertion_results {
            let mut titles = test.ancestor_titles.clone();
            titles.push(test.title.clone());
            let outcome = match test.status.as_str() {
                "passed" => Ended::Passed,
                "pending" | "skipped" | "todo" | "disabled" => Ended::Skipped,
                _ => Ended::Failed,
            };
            told.cases.push(ToldCase {
                file: Some(path.clone()),
                line: test.location.as_ref().map(|own| own.line),
                failure: (outcome == Ended::Failed).then(|| failure(&test, root)),
                ..ToldCase::new(&path, &titles.join(" > "), outcome)
            });
        }
    }
    let count = |ended: Ended| {
        let own = told
            .cases
            .iter()
            .filter(|own| own.outcome == ended && !own.test.is_empty());
        own.count() as u64
    };
    let seen = (count(Ended::Passed), count(Ended::Failed));
    let total = told.cases.iter().filter(|own| !own.test.is_empty()).count() as u64;
    if (report.num_passed_tests, report.num_failed_tests) != seen || report.num_total_tests != total
    {
        told.distrust(format!(
            "jest says that of {} tests {} passed and {} failed, but told of {total}, {} and {}",
            report.num_total_tests,
            report.num_passed_tests,
            report.num_failed_tests,
            seen.0,
            seen.1,
        ));
    }
}

fn failure(test: &Test, root: Option<&str>) -> Failure {
    let message = test
        .failure_messages
        .iter()
        .map(|own| plain(own))
        .collect::<Vec<_>>()
        .join("\n");
    let kind = message.split([':', ' ', '\n']).next().unwrap_or_default();
    // An `expect` that did not hold leaves its matcher's result; node's assert its code.
    let asserted = !test.failure_details.is_empty()
        && test.failure_details.iter().all(|own| {
            own.get("matcherResult").is_some_and(|own| !own.is_null())
                || own["code"] == "ERR_ASSERTION"
                || own["generatedMessage"].is_boolean()
        });
    // Jest writes errors of node's assert in its own words: `assert.strictEqual(received, ...)`.
    let asserted = asserted || message.starts_with("assert.") || message.starts_with("assert(");
    let by = if asserted || fail::type_asserts(kind) {
        FailedBy::Assertion
    } else if message.contains("Exceeded timeout of ")
        || message.contains("thrown: \"Exceeded timeout")
    {
        FailedBy::Timeout
    } else if kind == "SyntaxError"
        || message.starts_with("Cannot find module")
        || message.starts_with("Error: Cannot find module")
    {
        FailedBy::NotBuilt
    } else {
        FailedBy::Crash
    };
    Failure {
        by,
        by_words: false,
        at: first_frame(&message, root),
        message,
    }
}

/// Leaves out what colours a terminal.
fn plain(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c == '\u{1b}' && chars.peek() == Some(&'[') {
            chars.by_ref().find(|c| c.is_ascii_alphabetic());
        } else {
            out.push(c);
        }
    }
    out
}
