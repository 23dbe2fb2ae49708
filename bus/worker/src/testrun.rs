//! Reading what a test run gave from its output.

use trail_item::annotation;
use trail_port::tests::{Runner, TestSettings};
use trail_port::workspace::Ran;
use trail_record::body::{TestCase, TestOutcome, TestResult, Validates};
use trail_record::{Digest, TreeId};

use crate::redact::Redactor;

/// How much of the output a result keeps.
const KEPT: usize = 16 * 1024;

/// A test as the sources annotate it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Annotated {
    /// The test's name in its source.
    pub test: String,
    /// What it claims to prove.
    pub validates: Vec<Validates>,
}

/// Finds the annotated tests of one source file.
pub(crate) fn annotated(path: &str, source: &str) -> Vec<Annotated> {
    annotation::scan(path, source)
        .into_iter()
        .map(|own| Annotated {
            test: own.test,
            validates: own.validates,
        })
        .collect()
}

/// Makes the result of a run.
#[must_use]
pub fn result(
    ran: &Ran,
    tree: &TreeId,
    settings: &TestSettings,
    annotated: &[Annotated],
    redactor: &Redactor,
) -> TestResult {
    let output = String::from_utf8_lossy(&ran.output);
    let output = redactor.redact(&output);
    let mut cases = match settings.runner {
        Runner::Libtest => libtest(&output),
        Runner::Junit => junit(&output),
        _ => Vec::new(),
    };
    if settings.runner == Runner::Exit {
        let outcome = if ran.exit == Some(0) {
            TestOutcome::Passed
        } else {
            TestOutcome::Failed
        };
        cases.push((settings.command.join(" "), outcome));
    }
    cases.sort_by(|one, other| one.0.cmp(&other.0));
    let cases = cases
        .into_iter()
        .map(|(name, outcome)| TestCase {
            validates: claims(&name, annotated),
            name,
            outcome,
            failed_by: None,
            message: None,
            place: None,
        })
        .collect();
    TestResult {
        tree: tree.clone(),
        command: settings.command.clone(),
        environment: ran.environment,
        sandbox: ran.sandbox.clone(),
        exit: ran.exit,
        ended: ran.ended.map(|ended| ended.as_str().to_owned()),
        cases,
        output: last(&output, KEPT).to_owned(),
        output_digest: Digest::of(output.as_bytes()),
    }
}

/// Joins a reported test with its annotation by its last path segment.
fn claims(name: &str, annotated: &[Annotated]) -> Vec<Validates> {
    let plain = name.split('[').next().unwrap_or(name);
    let bare = plain.rsplit([':', '.', '/']).next().unwrap_or(plain);
    let mut claims: Vec<Validates> = annotated
        .iter()
        .filter(|own| own.test == bare || own.test == name)
        .flat_map(|own| own.validates.iter().cloned())
        .collect();
    claims.sort();
    claims.dedup();
    claims
}

/// Reads libtest's lines `test NAME ... ok|FAILED|ignored`. A name seen twice (two binaries) counts
/// as failed if either failed: names sort before outcomes, and failing is kept.
fn libtest(output: &str) -> Vec<(String, TestOutcome)> {
    let mut cases: Vec<(String, TestOutcome)> = Vec::new();
    for line in output.lines() {
        let Some((name, outcome)) = line
            .strip_prefix("test ")
            .and_then(|rest| rest.rsplit_once(" ... "))
        else {
            continue;
        };
        let outcome = match outcome.split([',', ' ']).next().unwrap_or_default() {
            "ok" => TestOutcome::Passed,
            "FAILED" => TestOutcome::Failed,
            "ignored" => TestOutcome::Skipped,
            _ => continue,
        };
        let name = name.trim_end_matches(" - should panic").to_owned();
        add(&mut cases, name, outcome);
    }
    cases
}

/// Reads JUnit XML's `<testcase classname name>` elements. Entities beyond the five of XML and
/// document types are not resolved: the reader knows none.
fn junit(output: &str) -> Vec<(String, TestOutcome)> {
    use quick_xml::events::Event;
    let Some(start) = output.find("<?xml").or_else(|| output.find("<testsuite")) else {
        return Vec::new();
    };
    let mut reader = quick_xml::Reader::from_str(&output[start..]);
    let mut cases = Vec::new();
    let mut open: Option<(String, TestOutcome)> = None;
    loop {
        match reader.read_event() {
            Ok(Event::Start(element)) if element.name().as_ref() == "testcase" => {
                open = Some((case_name(&element), TestOutcome::Passed));
            }
            Ok(Event::Empty(element)) if element.name().as_ref() == "testcase" => {
                add(&mut cases, case_name(&element), TestOutcome::Passed);
            }
            Ok(Event::Start(element) | Event::Empty(element)) => {
                if let Some((_, outcome)) = &mut open {
                    match element.name().as_ref() {
                        "failure" | "error" => *outcome = TestOutcome::Failed,
                        "skipped" if *outcome == TestOutcome::Passed => {
                            *outcome = TestOutcome::Skipped;
                        }
                        _ => {}
                    }
                }
            }
            Ok(Event::End(element)) if element.name().as_ref() == "testcase" => {
                if let Some((name, outcome)) = open.take() {
                    add(&mut cases, name, outcome);
                }
            }
            Ok(Event::End(element)) if element.name().as_ref() == "testsuites" => break,
            // A broken document ends here; the exit code says that something is wrong.
            Ok(Event::Eof) | Err(_) => break,
            Ok(_) => {}
        }
    }
    // A case the document never closed did not end well.
    if let Some((name, _)) = open {
        add(&mut cases, name, TestOutcome::Failed);
    }
    cases
}

fn case_name(element: &quick_xml::events::BytesStart<'_>) -> String {
    let attribute = |wanted: &str| {
        element
            .attributes()
            .flatten()
            .find(|own| own.key.as_ref() == wanted)
            .map(|own| {
                let raw = own.value.into_owned();
                quick_xml::escape::unescape(&raw)
                    .map_or_else(|_| raw.clone(), std::borrow::Cow::into_owned)
            })
    };
    let name = attribute("name").unwrap_or_default();
    match attribute("classname") {
        Some(class) if !class.is_empty() => format!("{class}::{name}"),
        Some(_) | None => name,
    }
}

fn add(cases: &mut Vec<(String, TestOutcome)>, name: String, outcome: TestOutcome) {
    match cases.iter_mut().find(|(own, _)| *own == name) {
        Some((_, own)) if outcome == TestOutcome::Failed => *own = outcome,
        Some(_) => {}
        None => cases.push((name, outcome)),
    }
}

/// Returns the end of `text`, at most `max` bytes, from a line's beginning where there is one.
fn last(text: &str, max: usize) -> &str {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libtest_lines_are_read_and_noise_is_not() {
        let output = "running 3 tests\ntest a::b ... ok\ntest c ... FAILED\ntest d ... ignored, slow\nnot a test x ... ok\ntest c ... ok\n";
        assert_eq!(
            libtest(output),
            vec![
                ("a::b".to_owned(), TestOutcome::Passed),
                ("c".to_owned(), TestOutcome::Failed),
                ("d".to_owned(), TestOutcome::Skipped),
            ]
        );
    }

    #[test]
    fn junit_cases_are_read_and_entities_are_not_expanded() {
        let output = r#"noise
<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e "boom">]>
<testsuites><testsuite><testcase classname="t.m" name="a&amp;b"/>
<testcase classname="t.m" name="c"><failure message="&e;">x</failure></testcase>
<testcase name="d"><skipped/></testcase></testsuite></testsuites> trailing"#;
        assert_eq!(
            junit(output),
            vec![
                ("t.m::a&b".to_owned(), TestOutcome::Passed),
                ("t.m::c".to_owned(), TestOutcome::Failed),
                ("d".to_owned(), TestOutcome::Skipped),
            ]
        );
        assert_eq!(
            junit("<testsuite><testcase name=\"x\">"),
            vec![("x".to_owned(), TestOutcome::Failed)]
        );
    }

    #[test]
    fn a_test_is_joined_with_its_annotation_by_its_bare_name() {
        let claim = Validates {
            work_item: "P-1".into(),
            criterion: "AC-1".into(),
            revision: None,
        };
        let annotated = [Annotated {
            test: "works".to_owned(),
            validates: vec![claim.clone()],
        }];
        for name in ["works", "tests::works", "pkg.mod::works", "m::works[1]"] {
            assert_eq!(claims(name, &annotated), vec![claim.clone()], "{name}");
        }
        assert!(claims("other::works_not", &annotated).is_empty());
    }
}
