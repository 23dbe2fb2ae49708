//! What is printed, format by format, and that others can read it.

use std::path::PathBuf;

use crate::common::{lint, settings, tree};
use serde_json::Value;
use trail_lint::{Baseline, Format, Report, baseline, format};

/// One of each: open errors and warnings, accepted, suppressed, without a file, with hostile names.
fn report() -> Report {
    let folder = tree(&[
        (
            "tests/test_a.py",
            "import pytest\n\n# trail:validates VSME-142 AC-1\ndef test_rounds():\n    assert 1\n\n\
             # trail:validates VSME-124 AC-1\ndef test_unknown():\n    assert 1\n\n\
             # trail:ignore dead-test until 2027-01-31: the sandbox has no network yet\n\
             # trail:validates VSME-142 AC-2\n@pytest.mark.skip\ndef test_dead():\n    assert 1\n",
        ),
        (
            "tests/test_old b,c:d%.py",
            "# trail:validates VSME-142 AC-2@1\ndef test_old():\n    assert 1\n",
        ),
        (
            "web/a.test.js",
            "// trail:validates VSME-142 AC-8\ntest(\"<b>\u{1b}[31m \\\"&'\u{202e}]]>\", () => { check(); });\n",
        ),
    ]);
    let settings = settings(r#"{"rules":{"outdated-revision":"warn"}}"#);
    let mut report = lint(folder.path(), &settings);
    let old = report
        .findings
        .iter()
        .find(|own| {
            own.path
                .as_deref()
                .is_some_and(|own| own.starts_with("web/"))
        })
        .unwrap()
        .fingerprint
        .clone();
    let text = format!(
        r#"{{"version":1,"findings":[{{"fingerprint":"{old}","rule":"trail/unknown-criterion","path":"web/a.test.js","reason":"known since VSME-7"}}]}}"#
    );
    Baseline::from_json(text.as_bytes()).unwrap().apply(
        &mut report,
        &baseline::Apply {
            settings: &settings,
            path: "trail-lint-baseline.json",
            before: None,
            strict: false,
            seen: None,
        },
    );
    report
        .notes
        .push("as this machine remembers them".to_owned());
    report
}

fn written(format: Format) -> String {
    format::write(&report(), format, "0.1.0")
}

#[test]
fn people_are_told_what_is_wrong_and_what_to_write() {
    insta::assert_snapshot!(written(Format::Human));
}

#[test]
fn the_json_is_as_documented() {
    insta::assert_snapshot!(written(Format::Json));
}

#[test]
fn github_gets_one_command_a_line() {
    insta::assert_snapshot!(written(Format::Github));
}

#[test]
fn junit_is_well_formed_whatever_names_hold() {
    let text = written(Format::Junit);
    let mut reader = quick_xml::Reader::from_str(&text);
    let (mut cases, mut failures, mut skipped) = (0, 0, 0);
    loop {
        use quick_xml::events::Event;
        match reader.read_event().unwrap() {
            Event::Eof => break,
            Event::Start(own) | Event::Empty(own) => match own.name().as_ref() {
                "testcase" => cases += 1,
                "failure" => failures += 1,
                "skipped" => skipped += 1,
                _ => {}
            },
            _ => {}
        }
    }
    let report = report();
    let open = report.findings.iter().filter(|own| own.is_open()).count();
    assert_eq!((cases, failures), (report.findings.len(), open));
    assert_eq!(skipped, cases - open);
    assert!(!text.contains('\u{1b}'));
    insta::assert_snapshot!(text);
}

#[test]
fn a_clean_lint_is_a_passed_case() {
    let clean = format::write(&Report::default(), Format::Junit, "0.1.0");
    insta::assert_snapshot!(clean, @r#"
    <?xml version="1.0" encoding="UTF-8"?>
    <testsuites name="trail lint" tests="1" failures="0">
      <testsuite name="trail lint" tests="1" failures="0">
        <testcase classname="trail lint" name="clean"/>
      </testsuite>
    </testsuites>
    "#);
}

#[test]
fn sarif_names_rules_places_baseline_and_suppressions() {
    let mut log: Value = serde_json::from_str(&written(Format::Sarif)).unwrap();
    let rules = log["runs"][0]["tool"]["driver"]["rules"].take();
    assert_eq!(rules.as_array().unwrap().len(), trail_lint::Rule::ALL.len());
    // In the order of names, which serde_json gives only where nobody asks it for another.
    let sorted = trail_record::canonical::to_bytes(&log).unwrap();
    let log: Value = serde_json::from_slice(&sorted).unwrap();
    insta::assert_snapshot!(serde_json::to_string_pretty(&log).unwrap());
}

/// The schema as the `serde-sarif` package ships it: OASIS's own, found where cargo keeps packages.
fn schema() -> Value {
    let told = std::process::Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--offline", "--locked"])
        .args(["--filter-platform", "x86_64-unknown-linux-gnu"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let told: Value = serde_json::from_slice(&told.stdout).expect("cargo tells of its packages");
    let mut packages = told["packages"].as_array().unwrap().iter();
    let package = packages.find(|own| own["name"] == "serde-sarif").unwrap();
    let manifest = PathBuf::from(package["manifest_path"].as_str().unwrap());
    let bytes = std::fs::read(manifest.with_file_name("src").join("schema.json")).unwrap();
    let mut schema: Value = serde_json::from_slice(&bytes).unwrap();
    // Its pattern of languages has a bracket too many, as published, and is no regular expression.
    for owner in ["run", "toolComponent"] {
        let language = &mut schema["definitions"][owner]["properties"]["language"];
        if let Some(language) = language.as_object_mut() {
            language.remove("pattern");
        }
    }
    schema
}

#[test]
fn sarif_is_valid_by_the_standards_schema_and_read_by_a_foreign_reader() {
    let validator = jsonschema::validator_for(&schema()).unwrap();
    for report in [report(), Report::default()] {
        let text = format::write(&report, Format::Sarif, "0.1.0");
        let log: Value = serde_json::from_str(&text).unwrap();
        let problems: Vec<String> = validator
            .iter_errors(&log)
            .map(|own| format!("{}: {own}", own.instance_path()))
            .collect();
        assert_eq!(problems, [""; 0]);
        let read: serde_sarif::sarif::Sarif = serde_json::from_str(&text).unwrap();
        let results = read.runs[0].results.as_ref().map_or(0, Vec::len);
        assert_eq!(results, report.findings.len());
        // The validator sees what is wrong, too.
        let mut broken = log;
        broken["runs"][0]["columnKind"] = "bytes".into();
        assert!(!validator.is_valid(&broken));
    }
}
