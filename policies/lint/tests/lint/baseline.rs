//! The ratchet: what was accepted does not fail, and the baseline may only shrink.

use std::collections::BTreeSet;

use crate::common::{lint, put, settings, today, tree};
use trail_lint::{Baseline, Level, Report, Rule, Settings, baseline};

const TWO: &str = "# trail:validates VSME-124 AC-1\ndef test_a():\n    assert 1\n\n# trail:validates VSME-125 AC-1\ndef test_b():\n    assert 1\n";

fn only_errors() -> Settings {
    settings(r#"{"rules":{"criterion-without-test":"off"}}"#)
}

fn apply(own: &Baseline, report: &mut Report, before: Option<&Baseline>, strict: bool) {
    own.apply(
        report,
        &baseline::Apply {
            settings: &only_errors(),
            path: "b.json",
            before,
            strict,
            seen: None,
        },
    );
}

fn accepted(report: &mut Report) -> Baseline {
    let mut own = Baseline::default();
    own.accept(report, "imported", today());
    own
}

fn open(report: &Report) -> Vec<(Rule, Level)> {
    let open = report.findings.iter().filter(|own| own.is_open());
    open.map(|own| (own.rule, own.level)).collect()
}

#[test]
fn accepted_findings_do_not_fail_even_when_their_lines_move() {
    let folder = tree(&[("test_a.py", TWO)]);
    let mut report = lint(folder.path(), &only_errors());
    assert!(report.fails(false));
    let own = accepted(&mut report);
    assert_eq!(own.len(), 2);
    assert!(!report.fails(true), "accepting makes the run itself pass");

    put(
        folder.path(),
        "test_a.py",
        format!("import os\n\n\n{TWO}").as_bytes(),
    );
    let mut report = lint(folder.path(), &only_errors());
    apply(&own, &mut report, None, true);
    assert_eq!(open(&report), []);

    // A new one of the same kind counts.
    let more = format!("{TWO}\n# trail:validates VSME-124 AC-1\ndef test_c():\n    assert 1\n");
    put(folder.path(), "test_a.py", more.as_bytes());
    let mut report = lint(folder.path(), &only_errors());
    apply(&own, &mut report, None, false);
    assert_eq!(open(&report), [(Rule::UnknownItem, Level::Error)]);
}

#[test]
fn what_is_gone_is_stale_and_only_goes_out() {
    let folder = tree(&[("test_a.py", TWO)]);
    let mut own = accepted(&mut lint(folder.path(), &only_errors()));
    put(
        folder.path(),
        "test_a.py",
        TWO.replace("VSME-124", "VSME-142").as_bytes(),
    );
    put(
        folder.path(),
        "test_c.py",
        b"# trail:validates VSME-126 AC-1\ndef test_c():\n    assert 1\n",
    );

    let mut report = lint(folder.path(), &only_errors());
    apply(&own, &mut report, None, false);
    assert_eq!(
        open(&report),
        [
            (Rule::BaselineStale, Level::Warn),
            (Rule::UnknownItem, Level::Error)
        ]
    );
    let mut report = lint(folder.path(), &only_errors());
    apply(&own, &mut report, None, true);
    assert_eq!(open(&report)[0], (Rule::BaselineStale, Level::Error));

    // Shrinking takes out what is gone and takes in nothing that is new.
    let report = lint(folder.path(), &only_errors());
    assert_eq!(own.shrink(&report, None), 1);
    assert_eq!(own.len(), 1);
    assert_eq!(own.shrink(&report, None), 0);
    let mut report = lint(folder.path(), &only_errors());
    apply(&own, &mut report, None, true);
    assert_eq!(open(&report), [(Rule::UnknownItem, Level::Error)]);
}

#[test]
fn of_files_that_were_not_looked_at_nothing_is_stale() {
    let folder = tree(&[("test_a.py", TWO)]);
    let mut own = accepted(&mut lint(folder.path(), &only_errors()));
    let nothing = Report::default();
    let other = BTreeSet::from(["test_b.py".to_owned()]);
    assert_eq!(own.shrink(&nothing, Some(&other)), 0);
    let this = BTreeSet::from(["test_a.py".to_owned()]);
    assert_eq!(own.shrink(&nothing, Some(&this)), 2);
}

#[test]
fn an_entry_without_a_reason_accepts_nothing_and_is_told() {
    let folder = tree(&[("test_a.py", TWO)]);
    let own = accepted(&mut lint(folder.path(), &only_errors()));
    let by_hand = own.to_json().replace("\"imported\"", "\" \"");
    let own = Baseline::from_json(by_hand.as_bytes()).unwrap();
    let mut report = lint(folder.path(), &only_errors());
    apply(&own, &mut report, None, false);
    assert_eq!(
        open(&report),
        [
            (Rule::BaselineGrown, Level::Error),
            (Rule::BaselineGrown, Level::Error),
            (Rule::UnknownItem, Level::Error),
            (Rule::UnknownItem, Level::Error),
        ]
    );
}

#[test]
fn what_came_in_since_is_told_against_the_baseline_before() {
    let folder = tree(&[("test_a.py", TWO)]);
    let own = accepted(&mut lint(folder.path(), &only_errors()));
    let mut report = lint(folder.path(), &only_errors());
    apply(&own, &mut report, Some(&Baseline::default()), false);
    assert_eq!(open(&report), [(Rule::BaselineGrown, Level::Error); 2]);
    assert!(
        report.findings[0]
            .message
            .contains("accepted because: imported")
    );
    let mut report = lint(folder.path(), &only_errors());
    apply(&own, &mut report, Some(&own), false);
    assert_eq!(open(&report), []);
}

#[test]
fn the_file_holds_one_finding_a_line_and_is_read_back() {
    let folder = tree(&[("test_a.py", TWO)]);
    let own = accepted(&mut lint(folder.path(), &only_errors()));
    insta::assert_snapshot!(own.to_json());
    assert_eq!(Baseline::from_json(own.to_json().as_bytes()).unwrap(), own);
    let none = Baseline::default();
    assert_eq!(
        Baseline::from_json(none.to_json().as_bytes()).unwrap(),
        none
    );
}

#[test]
fn a_file_that_is_no_baseline_is_refused() {
    for (text, problem) in [
        ("", "EOF"),
        ("[]", "not the JSON"),
        (r#"{"version":2,"findings":[]}"#, "of version 2"),
        (
            r#"{"version":1,"findings":[{"fingerprint":"a"}]}"#,
            "missing field `rule`",
        ),
        (
            r#"{"version":1,"findings":[{"fingerprint":"a","rule":"r"},{"fingerprint":"a","rule":"s"}]}"#,
            "holds a twice",
        ),
    ] {
        let error = Baseline::from_json(text.as_bytes())
            .unwrap_err()
            .to_string();
        assert!(error.contains(problem), "{text}: {error}");
    }
}
