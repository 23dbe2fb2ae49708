//! Each rule, where it fires and where it does not.

use std::fmt::Write as _;

use crate::common::{lint, settings, tree};
use trail_lint::Rule;

/// What a file must bring: the rule and the words that must be in its message.
type Case = (
    &'static str,
    &'static str,
    &'static str,
    &'static [(Rule, &'static str)],
);

const BOTH: &str = "# trail:validates VSME-142 AC-1\ndef test_both():\n    assert 1\n\n# trail:validates VSME-142 AC-2\ndef test_other():\n    assert 1\n";

const CASES: &[Case] = &[
    ("all is well", "test_a.py", "", &[]),
    (
        "an item nobody knows",
        "test_b.py",
        "# trail:validates VSME-124 AC-1\ndef test_a():\n    assert 1\n",
        &[(Rule::UnknownItem, "there is no work item VSME-124")],
    ),
    (
        "a criterion nobody has",
        "test_b.py",
        "# trail:validates VSME-142 AC-8\ndef test_a():\n    assert 1\n",
        &[(Rule::UnknownCriterion, "VSME-142 has no criterion AC-8")],
    ),
    (
        "a revision that is not there yet",
        "test_b.py",
        "# trail:validates VSME-142 AC-2@3\ndef test_a():\n    assert 1\n",
        &[(Rule::UnknownCriterion, "has no revision 3: it is at 2")],
    ),
    (
        "the criterion of another item",
        "test_b.py",
        "# trail:validates VSME-142 AC-7\ndef test_a():\n    assert 1\n",
        &[(
            Rule::OtherItemsCriterion,
            "VSME-143 has one: \"Empty rows are left out.\"",
        )],
    ),
    (
        "the newest revision, and none",
        "test_b.py",
        "# trail:validates VSME-142 AC-2@2, AC-1\ndef test_a():\n    assert 1\n",
        &[],
    ),
    (
        "an earlier revision",
        "test_b.py",
        "# trail:validates VSME-142 AC-2@1\ndef test_a():\n    assert 1\n",
        &[(Rule::OutdatedRevision, "names revision 1, it is at 2")],
    ),
    (
        "a criterion that was taken out",
        "test_b.py",
        "# trail:validates VSME-142 AC-9\ndef test_a():\n    assert 1\n",
        &[(Rule::OutdatedRevision, "was taken out by an amendment")],
    ),
    (
        "an item that was cancelled",
        "test_b.py",
        "# trail:validates VSME-99 AC-1\ndef test_a():\n    assert 1\n",
        &[(Rule::WithdrawnItem, "VSME-99 was cancelled")],
    ),
    (
        "a bare criterion",
        "test_b.py",
        "# trail:validates AC-1\ndef test_a():\n    assert 1\n",
        &[(Rule::Ambiguous, "")],
    ),
    (
        "no criterion",
        "test_b.py",
        "# trail:validates VSME-142\ndef test_a():\n    assert 1\n",
        &[(Rule::Malformed, "")],
    ),
    (
        "a computed criterion",
        "test_b.py",
        "import trail\nAC = \"AC-1\"\n@trail.validates(work_item=\"VSME-142\", criterion=AC)\ndef test_a():\n    assert 1\n",
        &[(Rule::NotDecidable, "")],
    ),
    (
        "a helper that validates",
        "test_b.py",
        "# trail:validates VSME-142 AC-1\ndef helper():\n    return 1\n\ndef test_a():\n    assert helper()\n",
        &[(Rule::NotATest, "helper is a function that is no test")],
    ),
    (
        "code that implements",
        "render.py",
        "# trail:implements VSME-142 AC-1\ndef render():\n    return 1\n",
        &[],
    ),
    (
        "code that implements what is not there",
        "render.py",
        "# trail:implements VSME-142 AC-8\ndef render():\n    return 1\n",
        &[(Rule::UnknownCriterion, "no criterion AC-8")],
    ),
    (
        "a test without annotation in a governed path",
        "governed/test_b.py",
        "def test_a():\n    assert 1\n",
        &[(Rule::UnannotatedTest, "test_a names no criterion")],
    ),
    (
        "a test without annotation elsewhere",
        "test_b.py",
        "def test_a():\n    assert 1\n",
        &[],
    ),
    (
        "an annotated test that is skipped",
        "test_b.py",
        "import pytest\n\n# trail:validates VSME-142 AC-1\n@pytest.mark.skip\ndef test_a():\n    assert 1\n",
        &[(Rule::DeadTest, "test_a claims VSME-142 AC-1 and never runs")],
    ),
    (
        "a skipped test without annotation",
        "test_b.py",
        "import pytest\n\n@pytest.mark.skip\ndef test_a():\n    assert 1\n",
        &[],
    ),
    (
        "two tests of one name",
        "test_b.py",
        "# trail:validates VSME-142 AC-1\ndef test_a():\n    assert 1\n\ndef test_a():\n    assert 2\n",
        &[(
            Rule::DuplicateTestName,
            "the name of the test in line 2 too",
        )],
    ),
    (
        "one name in two classes",
        "test_b.py",
        "class TestA:\n    # trail:validates VSME-142 AC-1\n    def test_a(self):\n        assert 1\n\nclass TestB:\n    def test_a(self):\n        assert 2\n",
        &[],
    ),
    (
        "broken syntax around a good test",
        "test_b.py",
        "# trail:validates VSME-124 AC-1\ndef test_a():\n    assert 1\n\ndef broken(:\n    ]]\n",
        &[(Rule::UnknownItem, "VSME-124"), (Rule::Unparsed, "")],
    ),
    (
        "a suppression that holds",
        "test_b.py",
        "# trail:ignore unknown-item until 2027-01-31: the item comes with the next import\n# trail:validates VSME-124 AC-1\ndef test_a():\n    assert 1\n",
        &[],
    ),
    (
        "a suppression without a reason",
        "test_b.py",
        "# trail:ignore unknown-item until 2027-01-31\n# trail:validates VSME-124 AC-1\ndef test_a():\n    assert 1\n",
        &[
            (Rule::SuppressionWithoutReason, "gives no reason"),
            (Rule::UnknownItem, "VSME-124"),
        ],
    ),
    (
        "a suppression for years",
        "test_b.py",
        "# trail:ignore unknown-item until 2099-01-31: later\n# trail:validates VSME-124 AC-1\ndef test_a():\n    assert 1\n",
        &[
            (Rule::SuppressionWithoutReason, "the latest is 2027-11-22"),
            (Rule::UnknownItem, "VSME-124"),
        ],
    ),
    (
        "a suppression whose day is past",
        "test_b.py",
        "# trail:ignore unknown-item until 2026-11-20: later\n# trail:validates VSME-124 AC-1\ndef test_a():\n    assert 1\n",
        &[
            (
                Rule::SuppressionExpired,
                "held until 2026-11-20; its reason was: later",
            ),
            (Rule::UnknownItem, "VSME-124"),
        ],
    ),
    (
        "a suppression on its last day",
        "test_b.py",
        "# trail:ignore unknown-item until 2026-11-21: later\n# trail:validates VSME-124 AC-1\ndef test_a():\n    assert 1\n",
        &[],
    ),
    (
        "a suppression of what is not there",
        "test_b.py",
        "# trail:ignore dead-test until 2027-01-31: later\n# trail:validates VSME-142 AC-1\ndef test_a():\n    assert 1\n",
        &[(Rule::SuppressionUnused, "suppresses no dead-test")],
    ),
    (
        "a suppression of another rule",
        "test_b.py",
        "# trail:ignore dead-test until 2027-01-31: later\n# trail:validates VSME-124 AC-1\ndef test_a():\n    assert 1\n",
        &[
            (Rule::SuppressionUnused, "suppresses no dead-test"),
            (Rule::UnknownItem, "VSME-124"),
        ],
    ),
    (
        "in Rust",
        "src/lib.rs",
        "#[trail::validates(work_item = \"VSME-142\", criterion = \"AC-2\", revision = 1)]\n#[test]\nfn a() {\n    assert!(true);\n}\n",
        &[(Rule::OutdatedRevision, "names revision 1")],
    ),
    (
        "a neighbour's tag that was not asked for",
        "a.c",
        "// [utest->req~VSME-124.AC-1~1]\n",
        &[],
    ),
];

#[test]
fn each_rule_fires_where_it_should_and_nowhere_else() {
    let settings = settings(r#"{"governed":["governed/**"]}"#);
    let mut wrong = String::new();
    for (what, path, text, expected) in CASES {
        let folder = tree(&[
            ("test_a.py", BOTH),
            (path, if text.is_empty() { BOTH } else { text }),
        ]);
        let report = lint(folder.path(), &settings);
        // Criteria without tests have a test of their own below.
        let found: Vec<_> = report
            .findings
            .iter()
            .filter(|own| own.is_open() && own.rule != Rule::CriterionWithoutTest)
            .collect();
        let fits = found.len() == expected.len()
            && expected.iter().all(|(rule, words)| {
                found
                    .iter()
                    .any(|own| own.rule == *rule && own.message.contains(words))
            });
        if !fits {
            let found: Vec<String> = found.iter().map(|own| crate::common::line(own)).collect();
            writeln!(wrong, "{what}: expected {expected:?}, found {found:#?}").unwrap();
        }
    }
    assert_eq!(wrong, "");
}

#[test]
fn a_criterion_without_a_test_is_told_of_items_in_work_and_delivered() {
    let folder = tree(&[(
        "test_a.py",
        "import pytest\n# trail:validates VSME-142 AC-1\n@pytest.mark.skip\ndef test_a():\n    assert 1\n",
    )]);
    let told = |json: &str| -> Vec<String> {
        lint(folder.path(), &settings(json))
            .findings
            .iter()
            .filter(|own| own.rule == Rule::CriterionWithoutTest)
            .map(crate::common::line)
            .collect()
    };
    let missing = [
        "- error criterion-without-test no test validates VSME-142 AC-2 (delivered): \"An unknown currency is refused by its name.\"",
        "- warn criterion-without-test no test validates VSME-143 AC-1 (in work): \"Rows are sorted by entity.\"",
        "- warn criterion-without-test no test validates VSME-143 AC-7 (in work): \"Empty rows are left out.\"",
    ];
    let error = r#"{"rules":{"criterion-without-test":"error"}}"#;
    assert_eq!(told(error), missing);
    assert_eq!(told("{}"), missing.map(|own| own.replace("error", "warn")));
    assert_eq!(
        told(r#"{"rules":{"criterion-without-test":"off"}}"#),
        [""; 0]
    );
    // The dead test has a finding of its own, and covers nothing.
    let report = lint(folder.path(), &settings("{}"));
    assert_eq!(report.counts.covered, Some(0));
}

#[test]
fn a_part_of_a_tree_does_not_tell_what_has_no_test() {
    let folder = tree(&[("test_a.py", BOTH), ("b/test_b.py", BOTH)]);
    let settings = settings("{}");
    let paths = [folder.path().join("b")];
    let walk = trail_lint::Walk::new(folder.path(), &paths, &settings).unwrap();
    assert!(!walk.is_whole());
    let tree = walk.read(&|| ());
    assert_eq!(tree.seen, ["b/test_b.py"]);
    let report = trail_lint::check(&trail_lint::Question {
        known: &crate::common::known(),
        settings: &settings,
        tree: &tree,
        whole: false,
        today: crate::common::today(),
    });
    assert_eq!(report.findings, []);
    assert_eq!(report.counts.covered, None);
}

#[test]
fn a_neighbours_tag_is_held_to_the_same_where_it_is_asked_for() {
    let folder = tree(&[("a.c", "// [utest->req~VSME-124.AC-1~1]\n")]);
    let report = lint(
        folder.path(),
        &settings(r#"{"neighbours":["open-fast-trace"],"rules":{"criterion-without-test":"off"}}"#),
    );
    let found: Vec<Rule> = report.findings.iter().map(|own| own.rule).collect();
    assert_eq!(found, [Rule::UnknownItem]);
}

#[test]
fn what_is_off_is_not_told_and_its_suppression_is_unused() {
    let text = "# trail:ignore unknown-item until 2027-01-31: later\n# trail:validates VSME-124 AC-1\ndef test_a():\n    assert 1\n";
    let folder = tree(&[("test_a.py", text)]);
    let settings = settings(r#"{"rules":{"unknown-item":"off","criterion-without-test":"off"}}"#);
    let report = lint(folder.path(), &settings);
    let found: Vec<Rule> = report.findings.iter().map(|own| own.rule).collect();
    assert_eq!(found, [Rule::SuppressionUnused]);
}

#[test]
fn a_typo_is_told_with_what_was_probably_meant() {
    let folder = tree(&[(
        "test_a.py",
        "# trail:validates VMSE-142 AC-1\ndef test_a():\n    assert 1\n# trail:validates VSME-142 AC-3\ndef test_b():\n    assert 1\n",
    )]);
    let off = settings(r#"{"rules":{"criterion-without-test":"off"}}"#);
    let help: Vec<String> = lint(folder.path(), &off)
        .findings
        .iter()
        .map(|own| own.help.clone())
        .collect();
    assert_eq!(
        help,
        [
            "did you mean VSME-142 (Export as XBRL)?",
            "VSME-142 has AC-1 to AC-2; did you mean AC-1 (\"Amounts are rounded half to even.\")?"
        ]
    );
}
