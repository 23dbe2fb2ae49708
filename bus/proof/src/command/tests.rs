//! Tests of the commands.

use trail_port::tests::{Runner, TestSettings};

use super::{REPORT_FILE, command};

fn made(runner: Runner, typed: &str) -> String {
    let settings = TestSettings {
        command: typed.split(' ').map(str::to_owned).collect(),
        runner,
        ..TestSettings::default()
    };
    let command = command(&settings);
    let has_report = command.report.is_some();
    let argv: Vec<String> = command
        .argv
        .iter()
        .map(|own| match own.as_str() {
            own if own.starts_with("target.") => "<runner>".to_owned(),
            own if own.starts_with("--test-reporter=data:") => "<reporter>".to_owned(),
            own if own.contains('\n') || own.contains("exec ") => "<script>".to_owned(),
            own => own.replace(REPORT_FILE, "<report>"),
        })
        .collect();
    format!(
        "{}{}",
        argv.join(" "),
        if has_report { " | report" } else { "" }
    )
}

#[test]
fn what_a_person_typed_stays_and_options_stand_where_they_count() {
    for (runner, typed, whole) in [
        (
            Runner::Cargo,
            "cargo test --offline -- --test-threads 1",
            "sh -c <script> <report> cargo test --offline --config <runner> --message-format=json --no-fail-fast -- --test-threads 1 | report",
        ),
        (
            Runner::Nextest,
            "cargo nextest run -- x",
            "sh -c <script> <report> cargo nextest run --no-fail-fast --tool-config-file @trail-nextest-config@ -- x | report",
        ),
        (
            Runner::Pytest,
            "pytest -q tests",
            "pytest -q tests --continue-on-collection-errors --tb=auto -o junit_family=xunit1 --junit-xml=<report> | report",
        ),
        (
            Runner::Unittest,
            "python3 -m trail.unittest discover -s tests",
            "python3 -m trail.unittest --junit <report> discover -s tests | report",
        ),
        (
            Runner::Vitest,
            "npx vitest run",
            "npx vitest run --reporter=junit --outputFile=<report> | report",
        ),
        (
            Runner::Jest,
            "npx jest",
            "sh -c <script> <report> npx jest --json --testLocationInResults | report",
        ),
        (
            Runner::Node,
            "node --test test/",
            "node --test <reporter> --test-reporter-destination=<report> test/ | report",
        ),
        (
            Runner::Go,
            "go test -race ./...",
            "sh -c <script> <report> go test -json -count=1 -race ./... | report",
        ),
        (
            Runner::Go,
            "go test -count=3 ./...",
            "sh -c <script> <report> go test -json -count=3 ./... | report",
        ),
        (Runner::Libtest, "cargo test", "cargo test"),
        (Runner::Junit, "make check", "make check"),
        (Runner::Exit, "make check", "make check"),
    ] {
        assert_eq!(made(runner, typed), whole, "{typed}");
    }
}

#[test]
fn a_report_of_ones_own_is_where_the_settings_say() {
    let settings = TestSettings {
        command: vec!["make".to_owned()],
        runner: Runner::Junit,
        report: Some("build/junit.xml".to_owned()),
        ..TestSettings::default()
    };
    assert_eq!(command(&settings).report, settings.report);
    let pytest = TestSettings {
        runner: Runner::Pytest,
        ..settings
    };
    let made = command(&pytest);
    assert_eq!(made.report.as_deref(), Some("build/junit.xml"));
    assert_eq!(
        made.argv.last().map(String::as_str),
        Some("--junit-xml=build/junit.xml")
    );
}
