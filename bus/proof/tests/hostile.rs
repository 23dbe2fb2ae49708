//! Reports that are cut, wrong, hostile or large.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use trail_port::tests::{Runner, TestSettings};
use trail_port::workspace::{Ended, Ran};
use trail_proof::{REPORT, Sources, Told, join, read, report};
use trail_record::Digest;
use trail_record::body::{FailedBy, TestOutcome};

fn ran(report: &str, exit: Option<i32>) -> Ran {
    Ran {
        exit,
        ended: exit.is_none().then_some(Ended::Timeout),
        output: Vec::new(),
        report: Some(report.as_bytes().to_vec()),
        took: Duration::ZERO,
        sandbox: "none".to_owned(),
        environment: Digest::of(b""),
    }
}

fn settings(runner: Runner) -> TestSettings {
    TestSettings {
        command: vec!["run".to_owned()],
        runner,
        report: Some("report".to_owned()),
        ..TestSettings::default()
    }
}

fn told(runner: Runner, text: &str, exit: Option<i32>) -> Told {
    read(&ran(text, exit), &settings(runner))
}

/// Returns what was told of each test: its name, how it went, how it failed.
fn cases(told: &Told) -> Vec<(String, TestOutcome, Option<FailedBy>)> {
    let joined = join(told, &Sources::default());
    let cases = joined.cases.into_iter();
    cases
        .map(|own| (own.name, own.outcome, own.failed_by))
        .collect()
}

/// Tells whether a run of these cases could be green.
fn could_be_green(told: &Told) -> bool {
    cases(told)
        .iter()
        .all(|(_, outcome, _)| *outcome != TestOutcome::Failed)
}

#[test]
fn junit_of_anything_is_read_and_what_is_no_assertion_is_a_crash() {
    let text = r#"<testsuites><testsuite name="s" tests="6" failures="4" errors="1">
<testcase classname="a.B" name="typed"><failure type="org.opentest4j.AssertionFailedError" message="1"/></testcase>
<testcase classname="a.B" name="worded"><failure message="AssertionError: no">x</failure></testcase>
<testcase classname="a.B" name="unknown"><failure message="something">x</failure></testcase>
<testcase classname="a.B" name="null"><failure type="java.lang.NullPointerException">x</failure></testcase>
<testcase classname="a.B" name="errs"><error type="org.opentest4j.AssertionFailedError"/></testcase>
<testcase classname="a.B" name="fine"/>
</testsuite></testsuites>"#;
    let told = report(text);
    use FailedBy::{Assertion, Crash};
    use TestOutcome::{Failed, Passed};
    let case = |name: &str, outcome, by| (format!("a.B::{name}"), outcome, by);
    assert_eq!(
        cases(&told),
        [
            case("errs", Failed, Some(Crash)),
            case("fine", Passed, None),
            case("null", Failed, Some(Crash)),
            case("typed", Failed, Some(Assertion)),
            case("unknown", Failed, Some(Crash)),
            case("worded", Failed, Some(Assertion)),
        ]
    );
    assert_eq!(
        told.problems,
        [
            "the report does not say of 1 failures whether they are assertions; they count as crashes"
        ]
    );
}

#[test]
fn noise_around_a_report_on_standard_output_is_no_part_of_it() {
    let told = report(
        "building <stuff>\n<?xml version=\"1.0\"?><testsuite tests=\"1\"><testcase name=\"x\"/></testsuite>\nbye <<< &",
    );
    assert_eq!(cases(&told), [("x".to_owned(), TestOutcome::Passed, None)]);
    assert_eq!(told.problems, Vec::<String>::new());
}

#[test]
fn entities_are_not_expanded_and_a_document_type_is_told() {
    let bomb = r#"<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY f SYSTEM "file:///etc/passwd">]>
<testsuite tests="2"><testcase name="a&amp;b&#33;"/><testcase name="&b;"><failure message="&f;">&b; &lt;</failure></testcase></testsuite>"#;
    let told = report(bomb);
    let names: Vec<String> = cases(&told).into_iter().map(|own| own.0).collect();
    assert_eq!(names, ["&b;", REPORT, "a&b!"]);
    let failed = told.cases.iter().find(|own| own.name == "&b;");
    let failure = failed
        .and_then(|own| own.failure.as_ref())
        .expect("it failed");
    assert_eq!(failure.message, "&f;\n&b; <");
    assert_eq!(
        told.problems,
        [
            "the JUnit report: it has a document type, which is not read",
            "the report does not say of 1 failures whether they are assertions; they count as crashes"
        ]
    );
}

#[test]
fn a_broken_document_is_never_green() {
    let deep = format!("{}{}", "<testsuite>".repeat(70), "</testsuite>".repeat(70));
    for (text, problem) in [
        (
            "<testsuite tests=\"1\"><testcase name=\"x\">",
            "it is cut: it ends inside <testsuite><testcase>",
        ),
        (
            "<testsuite><testcase name=\"x\"/></testsuite",
            "it cannot be read on from byte",
        ),
        (
            "<testsuite><testcase name=\"x\"></testsuite></testcase>",
            "it cannot be read on from byte",
        ),
        (
            "<testsuite><testcase name=\"x\" name=\"y\"/></testsuite>",
            "<testcase>: ",
        ),
        (
            "<testsuite><testcase name=\"x\"><testcase name=\"y\"/></testcase></testsuite>",
            "a case stands inside a case",
        ),
        (
            "<testsuite><testcase name=\"x\"><testsuite/></testcase></testsuite>",
            "a suite stands inside a case",
        ),
        (&deep, "elements are nested deeper than 64"),
        ("no report at all", "there is no JUnit XML in it"),
        ("", "the runner wrote an empty report"),
        (
            "<testsuite tests=\"2\"><testcase name=\"x\"/></testsuite>",
            "says that it has 2 tests, but tells of 1",
        ),
        (
            "<testsuites tests=\"2\"><testsuite tests=\"1\"><testcase name=\"x\"/></testsuite></testsuites>",
            "says that it has 2 tests, but tells of 1",
        ),
        (
            "<testsuite tests=\"1\" failures=\"1\"><testcase name=\"x\"/></testsuite>",
            "says that 1 tests failed, but tells of 0",
        ),
    ] {
        let told = told(Runner::Junit, text, Some(0));
        assert!(!could_be_green(&told), "{text:.80}: {:?}", cases(&told));
        assert!(
            told.problems.iter().any(|own| own.contains(problem)),
            "{text:.80}: {:?}",
            told.problems
        );
    }
}

#[test]
fn a_case_that_the_document_never_closed_did_not_end_well() {
    let told = report("<testsuite><testcase name=\"x\"><system-out>");
    let x = told
        .cases
        .iter()
        .find(|own| own.name == "x")
        .expect("x is told");
    let failure = x.failure.as_ref().expect("it failed");
    assert_eq!(failure.message, "the report ends inside this case");
}

#[test]
fn a_hundred_thousand_cases_are_read_and_joined_in_a_moment() {
    let mut text = "<testsuite tests=\"100000\">".to_owned();
    for number in 0..100_000 {
        let _ = write!(
            text,
            "<testcase classname=\"tests.test_a\" name=\"test_{number}\"><properties><property name=\"trail.work_item\" value=\"S-1\"/></properties></testcase>"
        );
    }
    text.push_str("</testsuite>");
    let source: String = (0..100_000).fold(String::new(), |mut out, number| {
        let _ = writeln!(out, "def test_{number}(): pass");
        out
    });
    let mut sources = Sources::default();
    sources.add("tests/test_a.py", source.into_bytes());
    let begin = Instant::now();
    let told = report(&text);
    let joined = join(&told, &sources);
    let took = begin.elapsed();
    assert_eq!(joined.cases.len(), 100_000);
    assert!(joined.cases.iter().all(|own| own.place.is_some()));
    assert!(took < Duration::from_secs(20), "it took {took:?}");
}

#[test]
fn a_test_named_twice_is_joined_to_none_where_two_could_be_meant() {
    let text = r#"<testsuite><testcase classname="test_a" name="test_x"/></testsuite>"#;
    let annotated = "import trail\n\n@trail.validates(work_item=\"S-1\", criterion=\"AC-1\")\ndef test_x():\n    assert True\n";
    let mut sources = Sources::default();
    sources.add("one/test_a.py", annotated.as_bytes().to_vec());
    sources.add("two/test_a.py", annotated.as_bytes().to_vec());
    let joined = join(&report(text), &sources);
    assert_eq!(
        (
            joined.cases[0].place.clone(),
            joined.cases[0].validates.len()
        ),
        (None, 0)
    );
    assert_eq!(
        joined.problems,
        [
            "test_a::test_x could be the test at one/test_a.py:4 or two/test_a.py:4; it is taken for none of them"
        ]
    );
}

#[test]
fn the_source_counts_where_the_runner_claims_otherwise() {
    let text = r#"<testsuite><testcase classname="test_a" name="test_x"><properties>
<property name="trail.work_item" value="S-1"/><property name="trail.criterion" value="AC-9"/></properties></testcase>
<testcase classname="test_b" name="test_y"><properties>
<property name="trail.work_item" value="S-1"/><property name="trail.criterion" value="AC-1@2"/></properties></testcase></testsuite>"#;
    let annotated = "import trail\n\n@trail.validates(work_item=\"S-1\", criterion=\"AC-1\")\ndef test_x():\n    assert True\n";
    let mut sources = Sources::default();
    sources.add("test_a.py", annotated.as_bytes().to_vec());
    let joined = join(&report(text), &sources);
    let named: Vec<String> = joined
        .cases
        .iter()
        .flat_map(|own| &own.validates)
        .map(|own| format!("{}/{}", own.work_item, own.criterion))
        .collect();
    assert_eq!(named, ["S-1/AC-1"]);
    assert_eq!(
        joined.problems,
        [
            "test_a::test_x: the runner says that it validates S-1/AC-9, the source (test_a.py:4) S-1/AC-1; the source counts",
            "test_b::test_y: the runner says that it validates S-1/AC-1@2, but its source was not found; it counts for nothing",
        ]
    );
}

const BEGIN: &str = "{\"trail\":\"root\",\"path\":\"/w\"}\n{\"reason\":\"compiler-artifact\",\"package_id\":\"path+file:///w#shop@0.1.0\",\"target\":{\"kind\":[\"test\"],\"name\":\"it\",\"src_path\":\"/w/tests/it.rs\"},\"profile\":{\"test\":true},\"executable\":\"/w/it\"}\n{\"reason\":\"build-finished\",\"success\":true}\n";

/// Returns a report of one binary with these events.
fn binary(events: &[&str], exit: &str) -> String {
    let events = events.join("\n");
    format!(
        "{BEGIN}{{\"trail\":\"begin\",\"executable\":\"/w/it\"}}\n{events}\n{{\"trail\":\"end\",\"executable\":\"/w/it\",\"exit\":{exit}}}\n"
    )
}

const STARTED: &str = r#"{ "type": "suite", "event": "started", "test_count": 1 }"#;
const X_STARTED: &str = r#"{ "type": "test", "event": "started", "name": "x" }"#;
const X_OK: &str = r#"{ "type": "test", "name": "x", "event": "ok" }"#;
const X_FAILED: &str = r#"{ "type": "test", "name": "x", "event": "failed", "stdout": "" }"#;
const ONE_PASSED: &str =
    r#"{ "type": "suite", "event": "ok", "passed": 1, "failed": 0, "ignored": 0 }"#;

#[test]
fn a_binary_that_contradicts_itself_is_never_green() {
    let whole = binary(&[STARTED, X_STARTED, X_OK, ONE_PASSED], "0");
    let fine = told(Runner::Cargo, &whole, Some(0));
    assert_eq!(
        cases(&fine),
        [("shop::it::x".to_owned(), TestOutcome::Passed, None)]
    );
    assert_eq!(fine.problems, Vec::<String>::new());
    for (what, events, exit) in [
        (
            "a test without an end",
            vec![STARTED, X_STARTED, ONE_PASSED],
            "0",
        ),
        ("no end of the suite", vec![STARTED, X_STARTED, X_OK], "0"),
        ("a test that is not told", vec![STARTED, ONE_PASSED], "0"),
        (
            "a failure that is taken back",
            vec![STARTED, X_STARTED, X_FAILED, X_OK, ONE_PASSED],
            "0",
        ),
        (
            "an end of no known kind",
            vec![
                STARTED,
                r#"{ "type": "test", "name": "x", "event": "great" }"#,
                ONE_PASSED,
            ],
            "0",
        ),
        (
            "an exit that does not fit",
            vec![STARTED, X_STARTED, X_OK, ONE_PASSED],
            "101",
        ),
        ("a harness of its own that fails", vec!["hello"], "1"),
    ] {
        let told = told(Runner::Cargo, &binary(&events, exit), Some(0));
        assert!(!could_be_green(&told), "{what}: {:?}", cases(&told));
    }
    let idle = told(Runner::Cargo, BEGIN, Some(0));
    assert!(!could_be_green(&idle), "a binary that was not started");
    let cut = format!(
        "{BEGIN}{{\"trail\":\"begin\",\"executable\":\"/w/it\"}}\n{STARTED}\n{X_STARTED}\n"
    );
    let hung = told(Runner::Cargo, &cut, None);
    assert!(
        cases(&hung).contains(&(
            "shop::it::x".to_owned(),
            TestOutcome::Failed,
            Some(FailedBy::Timeout)
        )),
        "{:?}",
        cases(&hung)
    );
}

#[test]
fn a_runner_that_says_nothing_is_never_green() {
    for runner in [
        Runner::Cargo,
        Runner::Nextest,
        Runner::Pytest,
        Runner::Unittest,
        Runner::Vitest,
        Runner::Jest,
        Runner::Node,
        Runner::Go,
        Runner::Junit,
    ] {
        let mut silent = ran("", Some(0));
        for report in [None, Some(Vec::new()), Some(b"\xff\xfe{{{".to_vec())] {
            silent.report = report;
            let told = read(&silent, &settings(runner));
            let passed = cases(&told).iter().any(|own| own.1 == TestOutcome::Passed);
            assert!(!passed, "{runner:?}: {:?}", cases(&told));
            assert!(!told.problems.is_empty(), "{runner:?}");
        }
    }
}

/// The recorded reports, by runner.
fn recordings() -> Vec<(Runner, String)> {
    let dir = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recorded");
    [
        (Runner::Cargo, "cargo"),
        (Runner::Nextest, "nextest"),
        (Runner::Pytest, "pytest"),
        (Runner::Unittest, "unittest"),
        (Runner::Vitest, "vitest"),
        (Runner::Jest, "jest"),
        (Runner::Node, "node"),
        (Runner::Go, "go"),
    ]
    .map(|(runner, name)| {
        let text = std::fs::read_to_string(dir.join(name).join("report.txt"));
        (runner, text.expect("it is recorded"))
    })
    .to_vec()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn a_cut_report_never_turns_a_failure_into_a_success(
        which in 0usize..8,
        part in 0.0f64..1.0,
    ) {
        let (runner, text) = recordings().swap_remove(which);
        let mut end = (text.len() as f64 * part) as usize;
        while !text.is_char_boundary(end) {
            end += 1;
        }
        let failed: std::collections::BTreeSet<String> = cases(&told(runner, &text, Some(1)))
            .into_iter()
            .filter(|own| own.1 == TestOutcome::Failed)
            .map(|own| own.0)
            .collect();
        for (name, outcome, _) in cases(&told(runner, &text[..end], Some(1))) {
            prop_assert!(
                outcome != TestOutcome::Passed || !failed.contains(&name),
                "{runner:?}: {name} failed, and passes in a report that is cut at {end}"
            );
        }
    }

    #[test]
    fn no_bytes_make_a_reader_panic(
        which in 0usize..8,
        at in 0.0f64..1.0,
        noise in proptest::collection::vec(any::<u8>(), 0..40),
    ) {
        let (runner, text) = recordings().swap_remove(which);
        let mut bytes = text.into_bytes();
        let at = (bytes.len() as f64 * at) as usize;
        bytes.splice(at..(at + noise.len()).min(bytes.len()), noise);
        let mut run = ran("", Some(1));
        run.report = Some(bytes.clone());
        run.output = bytes;
        for runner in [runner, Runner::Libtest] {
            let told = read(&run, &settings(runner));
            let joined = join(&told, &Sources::default());
            prop_assert_eq!(joined.cases.len(), told.cases.len());
        }
    }
}
