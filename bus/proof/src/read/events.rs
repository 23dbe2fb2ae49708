//! libtest's JSON: one binary's suites and tests.

use std::collections::BTreeMap;

use serde::Deserialize;
use trail_port::workspace::Ran;
use trail_record::body::FailedBy;

use crate::fail;
use crate::read::unended;
use crate::told::{Ended, Failure, ToldCase};

/// One event.
#[derive(Debug, Deserialize)]
pub(super) struct Event {
    #[serde(rename = "type")]
    pub(super) kind: String,
    #[serde(default)]
    event: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    stdout: String,
    message: Option<String>,
    reason: Option<String>,
    test_count: Option<u64>,
    passed: Option<u64>,
    failed: Option<u64>,
    ignored: Option<u64>,
}

/// The tests of one binary as they are told.
#[derive(Debug, Default)]
pub(super) struct Binary {
    suite: String,
    file: Option<String>,
    cases: BTreeMap<String, Option<ToldCase>>,
    /// Whether any suite was told, and how many tests were announced.
    announced: Option<u64>,
    /// What the suite said at its end: passed, failed, ignored.
    ended: Option<(u64, u64, u64)>,
    problems: Vec<String>,
}

impl Binary {
    pub(super) fn new(suite: &str, file: Option<String>) -> Self {
        Self {
            suite: suite.to_owned(),
            file,
            ..Self::default()
        }
    }

    /// Takes the next event.
    pub(super) fn take(&mut self, event: Event) {
        match (event.kind.as_str(), event.event.as_str()) {
            ("suite", "started") => {
                self.announced = Some(self.announced.unwrap_or(0) + event.test_count.unwrap_or(0));
            }
            ("suite", _) => {
                let told =
                    [event.passed, event.failed, event.ignored].map(Option::unwrap_or_default);
                self.ended = Some((told[0], told[1], told[2]));
            }
            ("test", "started") => {
                self.cases.entry(event.name).or_default();
            }
            // Told after a while of a test that still runs; how it ends is told later.
            ("test", "timeout") => {}
            ("test", _) => self.end(event),
            ("bench", _) => self.put(ToldCase::new(&self.suite, &event.name, Ended::Passed)),
            (_, _) => {}
        }
    }

    fn end(&mut self, event: Event) {
        let case = match event.event.as_str() {
            "ok" => ToldCase::new(&self.suite, &event.name, Ended::Passed),
            "ignored" => ToldCase::new(&self.suite, &event.name, Ended::Skipped),
            "failed" if event.reason.as_deref() == Some("time limit exceeded") => {
                let failure = Failure::new(FailedBy::Timeout, "time limit exceeded");
                ToldCase::failed(&self.suite, &event.name, failure)
            }
            "failed" => {
                let failure = fail::rust(&event.stdout, event.message.as_deref());
                ToldCase::failed(&self.suite, &event.name, failure)
            }
            other => {
                self.problems.push(format!(
                    "{}: {} ended as {other:?}, which is not known; it counts as failed",
                    self.suite, event.name
                ));
                let failure = Failure::new(FailedBy::Crash, format!("ended as {other:?}"));
                ToldCase::failed(&self.suite, &event.name, failure)
            }
        };
        self.put(case);
    }

    fn put(&mut self, mut case: ToldCase) {
        case.file.clone_from(&self.file);
        let own = self.cases.entry(case.test.clone()).or_default();
        match own {
            // A test ends once. Who prints a second end wants to be taken for another.
            Some(before) => {
                self.problems.push(format!(
                    "{} was told to end more than once; the worst of it counts",
                    case.name
                ));
                if case.outcome > before.outcome {
                    *before = case;
                }
            }
            None => *own = Some(case),
        }
    }

    /// Returns the cases, and what does not fit. `exit` is how the binary ended.
    pub(super) fn finish(self, exit: Option<i32>, ran: &Ran) -> (Vec<ToldCase>, Vec<String>) {
        let mut problems = self.problems;
        let ended = exit.map_or_else(
            || "the binary was ended".to_owned(),
            |code| format!("its binary ended with exit code {code}"),
        );
        let Some(announced) = self.announced else {
            // No libtest: the exit code is all there is.
            let mut case = if exit == Some(0) {
                ToldCase::new(&self.suite, "", Ended::Passed)
            } else {
                ToldCase::failed(&self.suite, "", unended(ran, &ended))
            };
            case.file = self.file;
            return (vec![case], problems);
        };
        let mut cases = Vec::new();
        for (name, case) in self.cases {
            cases.push(case.unwrap_or_else(|| ToldCase {
                file: self.file.clone(),
                ..ToldCase::failed(&self.suite, &name, unended(ran, &ended))
            }));
        }
        let count = |ended: Ended| cases.iter().filter(|own| own.outcome == ended).count() as u64;
        match self.ended {
            None => problems.push(format!(
                "{}: {ended} before all of its {announced} tests had ended",
                self.suite
            )),
            Some((passed, failed, ignored)) => {
                let seen = (
                    count(Ended::Passed),
                    count(Ended::Failed),
                    count(Ended::Skipped),
                );
                if seen != (passed, failed, ignored) || announced != cases.len() as u64 {
                    problems.push(format!(
                        "{}: it says that of {announced} tests {passed} passed, {failed} failed and {ignored} were ignored, but told of {}, {} and {}",
                        self.suite, seen.0, seen.1, seen.2
                    ));
                }
                if exit == Some(0) && failed > 0
                    || exit.is_some_and(|code| code != 0) && failed == 0
                {
                    problems.push(format!(
                        "{}: {failed} tests failed, but {ended}",
                        self.suite
                    ));
                }
            }
        }
        (cases, problems)
    }
}
