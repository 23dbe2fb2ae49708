//! A test run in words: what a person or a model reads of it.

use std::fmt::Write as _;

use trail_port::tests::{Runner, TestSettings};
use trail_port::workspace::Ran;
use trail_record::body::FailedBy;

use crate::told::{Ended, Told, ToldCase};

/// How many characters of one failure's message are shown.
const MESSAGE: usize = 4000;

/// How much of the runner's own output is shown where its report says too little.
const TAIL: usize = 8 * 1024;

/// Says what was told: counts, failures with their messages, what is wrong with the report, and the
/// end of the runner's output where no test was told.
pub(super) fn shown(told: &Told, ran: &Ran, output: &str, settings: &TestSettings) -> String {
    // These two print for people already.
    if matches!(settings.runner, Runner::Exit | Runner::Libtest) {
        return with_problems(output, told);
    }
    let count = |ended: Ended| told.cases.iter().filter(|own| own.outcome == ended).count();
    let mut out = format!(
        "{} passed, {} failed, {} skipped\n",
        count(Ended::Passed),
        count(Ended::Failed),
        count(Ended::Skipped),
    );
    for case in told.cases.iter().filter(|own| own.outcome == Ended::Failed) {
        failure(&mut out, case);
    }
    let tests = told.cases.iter().any(|own| {
        own.failure
            .as_ref()
            .is_none_or(|own| own.by != FailedBy::NotBuilt)
    });
    if !tests || !told.problems.is_empty() || ran.ended.is_some() {
        let tail = last(output, TAIL).trim_end();
        if !tail.is_empty() {
            let _ = write!(out, "\nThe end of the runner's output:\n{tail}\n");
        }
    }
    let passed: Vec<&str> = told
        .cases
        .iter()
        .filter(|own| own.outcome == Ended::Passed)
        .map(|own| own.name.as_str())
        .collect();
    if !passed.is_empty() {
        out.push_str("\nPassed:\n");
        for name in passed.iter().take(200) {
            let _ = writeln!(out, "  {name}");
        }
        if passed.len() > 200 {
            let _ = writeln!(out, "  and {} more", passed.len() - 200);
        }
    }
    with_problems(&out, told)
}

fn failure(out: &mut String, case: &ToldCase) {
    let Some(failure) = &case.failure else {
        let _ = writeln!(out, "\nFAILED {}", case.name);
        return;
    };
    let how = match failure.by {
        FailedBy::Assertion => "FAILED by assertion",
        FailedBy::Crash => "FAILED",
        FailedBy::NotBuilt => "NOT BUILT",
        FailedBy::Timeout => "TIMED OUT",
    };
    let _ = write!(out, "\n{how} {}", case.name);
    if let Some(at) = &failure.at {
        let _ = write!(out, " at {}:{}", at.path, at.line);
    }
    out.push('\n');
    let message: String = failure.message.trim_end().chars().take(MESSAGE).collect();
    for line in message.lines() {
        let _ = writeln!(out, "  {line}");
    }
    if message.len() < failure.message.trim_end().len() {
        out.push_str("  \u{2026}\n");
    }
}

fn with_problems(text: &str, told: &Told) -> String {
    let mut out = text.to_owned();
    if !told.problems.is_empty() {
        if !out.is_empty() && !out.ends_with('\n') {
            out.push('\n');
        }
        out.push_str("\nProblems of the report:\n");
        for problem in &told.problems {
            let _ = writeln!(out, "  {}", problem.replace('\n', "\n  "));
        }
    }
    out
}

/// Returns the end of `text`, at most `max` bytes, from a line's beginning where there is one.
pub(crate) fn last(text: &str, max: usize) -> &str {
    if text.len() <= max {
        return text;
    }
    let mut from = text.len() - max;
    while !text.is_char_boundary(from) {
        from += 1;
    }
    let tail = &text[from..];
    tail.find('\n').map_or(tail, |newline| &tail[newline + 1..])
}
