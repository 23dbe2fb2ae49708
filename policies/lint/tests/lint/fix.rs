//! Proposals: the nearest criterion, only where one is clearly nearest, and read back as meant.

use crate::common::{known, read, settings, today, tree};
use proptest::prelude::*;
use trail_lint::fix::{Fixes, propose};
use trail_lint::{Question, check};

/// Lints a folder in which every path is governed, and proposes.
fn fixes(files: &[(&str, &str)]) -> Fixes {
    let folder = tree(files);
    let settings = settings(r#"{"governed":["**"],"rules":{"criterion-without-test":"off"}}"#);
    let (known, tree) = (known(), read(folder.path(), &settings));
    let question = Question {
        known: &known,
        settings: &settings,
        tree: &tree,
        whole: true,
        today: today(),
    };
    let report = check(&question);
    propose(&question, &report, |path| {
        std::fs::read(folder.path().join(path))
    })
}

fn left(fixes: &Fixes) -> Vec<(String, String)> {
    let all = fixes.left.iter();
    all.map(|own| (own.thing.clone(), own.why.clone()))
        .collect()
}

#[test]
fn an_annotation_is_put_where_the_scanner_reads_it_as_meant() {
    let made = fixes(&[
        (
            "tests/test_money.py",
            "import pytest\n\nclass TestMoney:\n    @pytest.mark.slow\n    @pytest.mark.parametrize(\n        \"given\",\n        [1, 2],\n    )\n    def test_amounts_are_rounded_half_even(self, given):\n        assert given\n\n\ndef test_refuses_unknown_currency():\n    assert 1\n",
        ),
        (
            "src/rows.rs",
            "#[cfg(test)]\nmod tests {\n\t#[test]\n\tfn rows_are_sorted_by_entity() {\r\n\t\tassert!(true);\n\t}\n}\n",
        ),
    ]);
    assert_eq!(left(&made), []);
    let diffs: Vec<&str> = made.files.iter().map(|own| own.diff.as_str()).collect();
    insta::assert_snapshot!(diffs.join("\n"));
}

#[test]
fn nothing_is_proposed_that_is_not_clearly_nearest() {
    let made = fixes(&[(
        "test_a.py",
        "def test_it_works():\n    assert 1\n\ndef test_empty_entity():\n    assert 1\n",
    )]);
    assert_eq!(made.files, []);
    let why: Vec<String> = left(&made).into_iter().map(|own| own.1).collect();
    let near = "VSME-143 AC-1 and VSME-143 AC-7 are as near to its name";
    assert_eq!(why, ["no criterion is near to its name", near]);
}

#[test]
fn an_unknown_criterion_is_replaced_by_the_nearest_of_its_item() {
    let made = fixes(&[(
        "test_a.py",
        "# trail:validates VSME-142 AC-8\ndef test_unknown_currency_is_refused():\n    assert 1\n",
    )]);
    assert_eq!(left(&made), []);
    assert_eq!(
        made.files[0].after.lines().next(),
        Some("# trail:validates VSME-142 AC-2")
    );
    let proposal = &made.files[0].proposals[0];
    assert_eq!(proposal.instead_of.as_deref(), Some("AC-8"));
}

#[test]
fn a_claim_that_cannot_be_replaced_safely_is_left_to_people() {
    // The id stands twice in the line; which one is meant is not guessed.
    let made = fixes(&[(
        "test_a.py",
        "import trail\n@trail.validates(work_item=\"VSME-142\", criterion=\"AC-8\")  # was AC-8\ndef test_unknown_currency_is_refused():\n    assert 1\n",
    )]);
    assert_eq!(made.files, []);
    assert!(left(&made)[0].1.contains("by hand"), "{:?}", left(&made));
}

#[test]
fn a_file_that_changed_meanwhile_is_left_alone() {
    let folder = tree(&[(
        "test_a.py",
        "def test_rows_are_sorted_by_entity():\n    assert 1\n",
    )]);
    let settings = settings(r#"{"governed":["**"],"rules":{"criterion-without-test":"off"}}"#);
    let (known, tree) = (known(), read(folder.path(), &settings));
    let question = Question {
        known: &known,
        settings: &settings,
        tree: &tree,
        whole: true,
        today: today(),
    };
    let report = check(&question);
    let made = propose(&question, &report, |_| Ok(b"x = 1\n".to_vec()));
    assert_eq!((made.files.len(), made.left.len()), (0, 1));
    let made = propose(&question, &report, |_| Err(std::io::Error::other("gone")));
    assert_eq!(made.left[0].why, "gone");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever stands around a test, a proposal adds exactly one claim to it and changes no other.
    #[test]
    fn a_proposal_changes_nothing_but_what_it_says(
        before in "([ -~]{0,20}\n){0,4}",
        indent in "(    |\t|)",
        crlf in any::<bool>(),
        decorated in any::<bool>(),
    ) {
        let head = if indent.is_empty() { String::new() } else { "class TestA:\n".to_owned() };
        let decorator = if decorated { format!("{indent}@slow\n") } else { String::new() };
        let mut text = format!(
            "{before}\n{head}{decorator}{indent}def test_rows_are_sorted_by_entity():\n{indent}    assert 1\n"
        );
        if crlf {
            text = text.replace('\n', "\r\n");
        }
        let made = fixes(&[("test_a.py", &text)]);
        for file in &made.files {
            let scan = |text: &str| {
                trail_source::scan("test_a.py", text.as_bytes(), &trail_source::Options::default())
            };
            let (one, other) = (scan(&file.before), scan(&file.after));
            prop_assert_eq!(one.tests.len(), other.tests.len());
            prop_assert_eq!(one.problems.len(), other.problems.len());
            let claims = |own: &trail_source::Scan| -> usize {
                own.tests.iter().map(|own| own.validates.len()).sum()
            };
            prop_assert_eq!(claims(&one) + file.proposals.len(), claims(&other));
            let added = file.after.lines().count() - file.before.lines().count();
            prop_assert_eq!(added, file.proposals.len());
        }
    }
}
