//! libtest's text: the lines `test NAME ... ok`, and the output of those that failed.
//!
//! Told by plain libtest, and by rustdoc for doctests. A line says neither binary nor place, and a
//! test may print what looks like one; so this is for repositories where nothing better is set.

use std::collections::HashMap;

use trail_record::body::FailedBy;

use crate::fail;
use crate::told::{Ended, Failure, Told, ToldCase};

/// Reads the whole output.
pub(super) fn read(output: &str) -> Told {
    Told {
        cases: cases(output),
        ..Told::default()
    }
}

/// Reads the cases in some output.
pub(super) fn cases(output: &str) -> Vec<ToldCase> {
    let printed = printed(output);
    let mut cases = Vec::new();
    for line in output.lines() {
        let told = line.strip_prefix("test ");
        let Some((name, outcome)) = told.and_then(|rest| rest.rsplit_once(" ... ")) else {
            continue;
        };
        let name = name.trim_end_matches(" - should panic");
        let ended = match outcome.split([',', ' ']).next().unwrap_or_default() {
            "ok" => Ended::Passed,
            "FAILED" | "failed" => Ended::Failed,
            "ignored" => Ended::Skipped,
            _ => continue,
        };
        let failure = (ended == Ended::Failed).then(|| match printed.get(name) {
            Some(text) if text.contains("error: aborting due to") || text.contains("\nerror[E") => {
                Failure::new(FailedBy::NotBuilt, text.trim())
            }
            Some(text) => fail::rust(text, None),
            None => Failure::new(FailedBy::Crash, ""),
        });
        cases.push(ToldCase {
            failure,
            ..ToldCase::new("", name, ended)
        });
    }
    cases
}

/// Collects the blocks `---- NAME stdout ----`.
fn printed(output: &str) -> HashMap<&str, String> {
    let mut found: HashMap<&str, String> = HashMap::new();
    let mut open: Option<&str> = None;
    for line in output.lines() {
        let head = line.strip_prefix("---- ");
        if let Some(name) = head.and_then(|rest| rest.strip_suffix(" stdout ----")) {
            open = Some(name);
            found.insert(name, String::new());
        } else if line == "failures:" || line.starts_with("test result: ") {
            open = None;
        } else if let Some(text) = open.and_then(|name| found.get_mut(name)) {
            text.push_str(line);
            text.push('\n');
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_and_noise_is_not() {
        let output = "running 3 tests\ntest a::b ... ok\ntest c ... FAILED\ntest d ... ignored, slow\nnot a test x ... ok\ntest e - should panic ... ok\n\nfailures:\n\n---- c stdout ----\n\nthread 'c' panicked at src/lib.rs:3:5:\nassertion failed: x\n\n\nfailures:\n    c\n";
        let told: Vec<(String, Ended)> = cases(output)
            .into_iter()
            .map(|own| (own.name, own.outcome))
            .collect();
        assert_eq!(
            told,
            [
                ("a::b".to_owned(), Ended::Passed),
                ("c".to_owned(), Ended::Failed),
                ("d".to_owned(), Ended::Skipped),
                ("e".to_owned(), Ended::Passed),
            ]
        );
        let failure = cases(output).remove(1).failure.expect("c failed");
        assert_eq!(failure.by, FailedBy::Assertion);
        assert_eq!(failure.at, fail::spot("src/lib.rs:3:5"));
    }
}
