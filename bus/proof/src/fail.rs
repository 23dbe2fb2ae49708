//! How a test failed: by an assertion of its own, or otherwise.
//!
//! A test proves something only by an assertion that did not hold, so what is not known to be one is
//! none. Where the runner tells the place and its source is known, the source decides; else what the
//! runner tells of the error's type; else the words that the standard library and the usual
//! libraries of assertions write.

use trail_record::body::FailedBy;

use crate::sources::Sources;
use crate::told::{Failure, Spot};

/// Decides how a test failed, now that the sources are known.
pub(crate) fn decide(failure: &Failure, sources: &Sources) -> FailedBy {
    if !matches!(failure.by, FailedBy::Assertion | FailedBy::Crash) {
        return failure.by;
    }
    let Some(site) = failure.at.as_ref().and_then(|spot| sources.site(spot)) else {
        return failure.by;
    };
    match (site.product, site.asserts) {
        // What the product asserts is no expectation of the test.
        (true, _) => FailedBy::Crash,
        (false, true) if failure.by_words => FailedBy::Assertion,
        (false, _) => failure.by,
    }
}

/// Reads what a Rust test printed before it failed.
pub(crate) fn rust(stdout: &str, message: Option<&str>) -> Failure {
    let (at, panicked) = rust_panic(stdout);
    // libtest's text has as a note what its JSON has as a message.
    let notes = stdout
        .lines()
        .filter_map(|line| line.strip_prefix("note: "));
    let mut notes = notes.filter(|own| {
        own.starts_with("test did not panic") || own.starts_with("panic did not contain")
    });
    let message = message.or_else(|| notes.next());
    let by = match message {
        // `#[should_panic]`: that nothing panicked, or not so, is what the test asserts.
        Some(told) if told.starts_with("test did not panic") => FailedBy::Assertion,
        Some(told) if told.starts_with("panic did not contain expected string") => FailedBy::Crash,
        Some(told) if told.starts_with("time limit exceeded") => FailedBy::Timeout,
        _ if panicked.as_deref().is_some_and(rust_words) => FailedBy::Assertion,
        _ => FailedBy::Crash,
    };
    let told = match (message, &panicked) {
        (Some(message), Some(panicked)) => format!("{message}\n{panicked}"),
        (Some(message), None) => message.to_owned(),
        (None, Some(panicked)) => panicked.clone(),
        (None, None) => stdout.trim().to_owned(),
    };
    Failure {
        by,
        by_words: message.is_none() && panicked.is_some(),
        at,
        message: told,
    }
}

/// Finds the panic of the test's own thread: where, and what it said. Of several the last: what went
/// before was caught.
fn rust_panic(stdout: &str) -> (Option<Spot>, Option<String>) {
    let mut found = (None, None);
    let mut lines = stdout.lines().peekable();
    while let Some(line) = lines.next() {
        let Some((_, place)) = line.split_once(" panicked at ") else {
            continue;
        };
        if !line.starts_with("thread '") {
            continue;
        }
        let mut said = Vec::new();
        while let Some(next) = lines.peek() {
            let ends = next.starts_with("stack backtrace:")
                || next.starts_with("note: run with `RUST_BACKTRACE")
                || (next.starts_with("thread '") && next.contains(" panicked at "));
            if ends {
                break;
            }
            said.extend(lines.next());
        }
        let spot = spot(place.trim_end_matches(':'));
        found = (spot, Some(said.join("\n").trim_end().to_owned()));
    }
    found
}

/// Tells whether a panic's words are those of an assertion: of the standard library, or of libraries
/// that assert from their own files (insta, proptest).
fn rust_words(said: &str) -> bool {
    let said = said.strip_prefix("Test failed: ").unwrap_or(said);
    said.starts_with("assertion failed")
        || said.starts_with("assertion `") && said.contains("` failed")
        || said.starts_with("snapshot assertion for ")
}

/// Reads `FILE:LINE` or `FILE:LINE:COLUMN`.
pub(crate) fn spot(text: &str) -> Option<Spot> {
    let (rest, last) = text.trim().rsplit_once(':')?;
    let last: u32 = last.parse().ok()?;
    let (path, line, column) = match rest
        .rsplit_once(':')
        .map(|(path, line)| (path, line.parse()))
    {
        Some((path, Ok(line))) => (path, line, Some(last)),
        Some((_, Err(_))) | None => (rest, last, None),
    };
    let path = path.strip_prefix("file://").unwrap_or(path);
    (!path.is_empty() && line > 0).then(|| Spot {
        path: path.to_owned(),
        line,
        column,
    })
}

/// Tells whether an error of this type is an assertion that did not hold, in the languages whose
/// runners tell a type: Python, JavaScript, Java, PHP, .NET, Elixir.
pub(crate) fn type_asserts(kind: &str) -> bool {
    let bare = kind.rsplit(['.', '\\', '$']).next().unwrap_or(kind);
    let bare = bare.split(['[', ' ', '(']).next().unwrap_or(bare);
    matches!(
        bare,
        "AssertionError"
            | "AssertionFailedError"
            | "AssertionFailure"
            | "AssertionFailureBuilder"
            | "MultipleFailuresError"
            | "ComparisonFailure"
            | "ExpectationFailedException"
            | "AssertionException"
            | "JestAssertionError"
            | "ERR_ASSERTION"
            | "ConditionNotSatisfiedError"
    )
}

/// Tells whether an error of this type says that something could not be loaded: nothing of the test
/// was judged then.
pub(crate) fn type_unbuilt(kind: &str) -> bool {
    let bare = kind.rsplit('.').next().unwrap_or(kind);
    matches!(
        bare,
        "ImportError"
            | "ModuleNotFoundError"
            | "SyntaxError"
            | "IndentationError"
            | "TabError"
            | "ERR_MODULE_NOT_FOUND"
            | "MODULE_NOT_FOUND"
            | "ClassNotFoundException"
            | "NoClassDefFoundError"
            | "NoSuchMethodError"
            | "CompileError"
    )
}
