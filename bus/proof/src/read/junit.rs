//! JUnit XML, as each runner means it.

use trail_record::body::FailedBy;

use crate::read::xml::{self, Raw, Verdict};
use crate::sources::below;
use crate::told::{Ended, Failure, Told, ToldCase};

mod failures;

use failures::worst;

/// Who wrote the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flavour {
    /// cargo-nextest: the failure holds what the test printed.
    Nextest,
    /// pytest, family `xunit1`: the failure's text ends with place and type.
    Pytest,
    /// Trail's runner for unittest: the failure has the exception's type.
    Unittest,
    /// vitest: the class is the file, the failure has the error's type.
    Vitest,
    /// Anything else.
    Other,
}

/// Reads a report.
pub(super) fn read(text: &str, flavour: Flavour) -> Told {
    let document = xml::read(text);
    let mut told = Told::default();
    let (mut bad, mut unknown, mut flaky) = (0_u64, 0_u64, Vec::new());
    let cases = document.cases.len() as u64;
    for raw in &document.cases {
        let own = raw.verdicts.iter().filter(|own| is_bad(own)).count() as u64;
        bad += own;
        if raw
            .verdicts
            .iter()
            .any(|own| own.element.starts_with("flaky"))
        {
            flaky.push(name(raw));
        }
        let case = case(raw, flavour);
        // Only here is it left open by the report itself what a failure is.
        let open =
            flavour == Flavour::Other && case.failure.as_ref().is_some_and(|own| own.by_words);
        unknown += u64::from(open);
        told.cases.push(case);
    }
    for fault in document.faults {
        told.distrust(format!("the JUnit report: {fault}"));
    }
    let stated = document.stated;
    if stated.bad.is_some_and(|own| own > bad) {
        told.distrust(format!(
            "the JUnit report says that {} tests failed, but tells of {bad}",
            stated.bad.unwrap_or_default()
        ));
    }
    // pytest counts what a case did in its setup, its teardown and its subtests once more.
    if flavour != Flavour::Pytest && stated.tests.is_some_and(|own| own > cases) {
        told.distrust(format!(
            "the JUnit report says that it has {} tests, but tells of {cases}",
            stated.tests.unwrap_or_default()
        ));
    }
    if unknown > 0 {
        told.note(format!(
            "the report does not say of {unknown} failures whether they are assertions; they count as crashes"
        ));
    }
    for name in flaky.iter().take(20) {
        told.note(format!(
            "{name} failed first and passed when it was run again: it is flaky"
        ));
    }
    told
}

fn is_bad(verdict: &Verdict) -> bool {
    matches!(verdict.element.as_str(), "failure" | "error")
}

fn name(raw: &Raw) -> String {
    crate::told::full_name(&raw.classname, &raw.name)
}

/// Makes a case of what is written.
fn case(raw: &Raw, flavour: Flavour) -> ToldCase {
    let (suite, test) = names(raw, flavour);
    let bad: Vec<&Verdict> = raw.verdicts.iter().filter(|own| is_bad(own)).collect();
    let skipped = raw.verdicts.iter().any(|own| own.element == "skipped");
    let (outcome, failure) = if !bad.is_empty() {
        (Ended::Failed, Some(worst(&bad, raw, flavour)))
    } else if raw.cut {
        let failure = Failure::new(FailedBy::Crash, "the report ends inside this case");
        (Ended::Failed, Some(failure))
    } else if skipped {
        (Ended::Skipped, None)
    } else {
        (Ended::Passed, None)
    };
    let file = match flavour {
        Flavour::Vitest => Some(raw.classname.clone()),
        _ => raw.file.clone(),
    };
    ToldCase {
        file: file.map(|own| below(&own, None).to_owned()),
        // pytest counts lines from 0.
        line: raw
            .line
            .map(|line| line + u32::from(flavour == Flavour::Pytest)),
        claims: claims(&raw.properties),
        failure,
        ..ToldCase::new(&suite, &test, outcome)
    }
}

/// Returns suite and test; a file or module that could not be loaded is a suite alone.
fn names(raw: &Raw, flavour: Flavour) -> (String, String) {
    let (class, name) = (raw.classname.clone(), raw.name.clone());
    match flavour {
        Flavour::Pytest if class.is_empty() => (name, String::new()),
        Flavour::Vitest if class == name => (class, String::new()),
        Flavour::Unittest if class == "unittest.loader._FailedTest" => (name, String::new()),
        _ if class.is_empty() => (raw.suites.last().cloned().unwrap_or_default(), name),
        _ => (class, name),
    }
}

/// Reads the pairs `trail.work_item`, `trail.criterion`, in their order.
fn claims(properties: &[(String, String)]) -> Vec<(String, String)> {
    let mut item: Option<&str> = None;
    let mut found = Vec::new();
    for (name, value) in properties {
        match (name.as_str(), item) {
            ("trail.work_item", _) => item = Some(value),
            ("trail.criterion", Some(item)) => found.push((item.to_owned(), value.clone())),
            _ => {}
        }
    }
    found
}
