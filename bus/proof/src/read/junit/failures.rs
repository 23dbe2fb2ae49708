//! How a case of JUnit XML failed, by what each runner writes.

use trail_record::body::FailedBy;

use super::Flavour;
use crate::fail;
use crate::read::xml::{Raw, Verdict};
use crate::told::{Failure, Spot};

/// Of several failures the one that is least an assertion: one crash is enough.
pub(super) fn worst(bad: &[&Verdict], raw: &Raw, flavour: Flavour) -> Failure {
    let read = bad.iter().map(|own| failure(own, raw, flavour));
    let rank = |failure: &Failure| match failure.by {
        FailedBy::Assertion => 0,
        FailedBy::NotBuilt => 1,
        FailedBy::Crash => 2,
        FailedBy::Timeout => 3,
    };
    read.max_by_key(rank)
        .unwrap_or_else(|| Failure::new(FailedBy::Crash, ""))
}

fn failure(verdict: &Verdict, raw: &Raw, flavour: Flavour) -> Failure {
    match flavour {
        Flavour::Nextest => nextest(verdict),
        Flavour::Pytest => pytest(verdict, raw),
        Flavour::Unittest => typed(verdict, python_frame(&verdict.text)),
        Flavour::Vitest => vitest(verdict, raw),
        Flavour::Other => typed(verdict, None),
    }
}

/// Returns what a failure says: its message, or else its text.
fn said(verdict: &Verdict) -> String {
    let message = verdict.message.as_deref().unwrap_or_default().trim();
    let text = verdict.text.trim();
    if text.is_empty() || text.starts_with(message) && !message.is_empty() {
        return if text.len() > message.len() {
            text
        } else {
            message
        }
        .to_owned();
    }
    if message.is_empty() {
        return text.to_owned();
    }
    format!("{message}\n{text}")
}

fn nextest(verdict: &Verdict) -> Failure {
    let kind = verdict.kind.as_deref().unwrap_or_default();
    if kind.contains("timeout") {
        return Failure::new(FailedBy::Timeout, said(verdict));
    }
    let text = said(verdict);
    if kind.contains("abort") || kind.contains("signal") {
        return Failure::new(FailedBy::Crash, text);
    }
    fail::rust(&text, None)
}

/// pytest's text ends with `PATH:LINE: Type`.
fn pytest(verdict: &Verdict, raw: &Raw) -> Failure {
    let message = verdict.message.as_deref().unwrap_or_default();
    let text = verdict.text.as_str();
    if raw.classname.is_empty() || message == "collection failure" {
        return Failure::new(FailedBy::NotBuilt, text.trim());
    }
    let last = text.trim_end().lines().last().unwrap_or_default();
    let ends = last
        .rsplit_once(": ")
        .and_then(|(place, kind)| Some((fail::spot(place)?, kind)));
    let (at, kind) = match ends {
        Some((at, kind)) => (Some(at), kind.trim()),
        None => (None, first_type(message)),
    };
    // What fails in a fixture is not what the test asserts.
    let in_fixture =
        message.starts_with("failed on setup") || message.starts_with("failed on teardown");
    let by = if verdict.element == "error" || in_fixture {
        if fail::type_unbuilt(kind) {
            FailedBy::NotBuilt
        } else {
            FailedBy::Crash
        }
    } else if fail::type_asserts(kind)
        || kind == "Failed"
        || at.is_none() && message.starts_with("assert ")
    {
        FailedBy::Assertion
    } else if fail::type_unbuilt(kind) {
        FailedBy::NotBuilt
    } else if kind.contains("Timeout") || message.starts_with("Failed: Timeout") {
        FailedBy::Timeout
    } else {
        FailedBy::Crash
    };
    let by = if message.starts_with("Failed: Timeout") {
        FailedBy::Timeout
    } else {
        by
    };
    Failure {
        by,
        by_words: false,
        at,
        message: format!("{message}\n{}", excerpt(text)).trim().to_owned(),
    }
}

/// Returns pytest's own lines of an error: what was compared, not the code around.
fn excerpt(text: &str) -> String {
    let own = text
        .lines()
        .filter(|line| line.starts_with("E ") || line.starts_with('>'));
    own.collect::<Vec<_>>().join("\n")
}

fn vitest(verdict: &Verdict, raw: &Raw) -> Failure {
    let message = said(verdict);
    let at = message.lines().find_map(|line| {
        let place = line.trim_start().strip_prefix("\u{276f} ")?;
        fail::spot(place.rsplit(' ').next()?)
    });
    let kind = verdict.kind.as_deref().unwrap_or_default();
    let by = if raw.classname == raw.name {
        FailedBy::NotBuilt
    } else if fail::type_asserts(kind) || message.starts_with("Snapshot `") {
        FailedBy::Assertion
    } else if message.starts_with("Test timed out in ") || message.starts_with("Hook timed out in ")
    {
        FailedBy::Timeout
    } else if fail::type_unbuilt(kind) || message.starts_with("Cannot find module") {
        FailedBy::NotBuilt
    } else {
        FailedBy::Crash
    };
    Failure {
        by,
        by_words: false,
        at: at.filter(|own| !own.path.contains("node_modules/")),
        message,
    }
}

/// A failure whose type is told, or not at all.
fn typed(verdict: &Verdict, at: Option<Spot>) -> Failure {
    let message = said(verdict);
    let kind = match verdict.kind.as_deref() {
        Some(kind) => kind,
        None => first_type(&message),
    };
    let words = message.starts_with("assertion failed")
        || message.starts_with("assertion `")
        || message.starts_with("Assertion with ")
        || message.contains("\nassertion `") && message.contains(" panicked at ");
    let (by, unknown) = if fail::type_unbuilt(kind) {
        (FailedBy::NotBuilt, false)
    } else if verdict.element == "error" {
        (FailedBy::Crash, false)
    } else if fail::type_asserts(kind) || words {
        (FailedBy::Assertion, false)
    } else if kind.to_ascii_lowercase().contains("timeout") {
        (FailedBy::Timeout, false)
    } else {
        // A type that is no assertion's is known to be none; no type at all is not known.
        (FailedBy::Crash, verdict.kind.is_none())
    };
    Failure {
        by,
        by_words: unknown,
        at,
        message,
    }
}

/// Returns the type a message begins with: `AssertionError: 1 != 2`, `[ERROR] a.b.CError`.
fn first_type(message: &str) -> &str {
    let line = message.lines().next().unwrap_or_default();
    let word = line.split(':').next().unwrap_or_default().trim();
    if word.contains(' ') { "" } else { word }
}

/// Returns the last frame of a Python traceback that is no part of unittest:
/// `File "tests/test_a.py", line 3, in test_x`.
fn python_frame(text: &str) -> Option<Spot> {
    let frames = text.lines().filter_map(|line| {
        let rest = line.trim_start().strip_prefix("File \"")?;
        let (path, rest) = rest.split_once("\", line ")?;
        let line = rest.split(',').next()?.trim().parse().ok()?;
        Some(Spot {
            path: path.to_owned(),
            line,
            column: None,
        })
    });
    let mut own = frames.filter(|own| !own.path.contains("/unittest/"));
    own.next_back()
}
