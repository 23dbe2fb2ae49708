//! Red and green on real repositories, one test of each kind, in the real sandbox.
#![allow(
    clippy::unwrap_used,
    reason = "a test may end where its own set-up fails"
)]

mod lab;

use lab::{Lab, verdicts};
use trail_port::tests::{Runner, TestSettings};
use trail_record::body::proof::{Outcome, TrialOf, Verdict};

const PRICE: &str = "\
def total(items):
    return sum(items)


def label(amount):
    return \"EUR \" + str(amount)
";

const PRICE_CHANGED: &str = "\
def total(items):
    return sum(item for item in items if item > 0)


def label(amount):
    return \"EUR \" + str(amount)


def vat(amount):
    return amount * 19 // 100
";

const PRICE_TESTS: &str = r#"
import os
import unittest

import trail
from shop import price


class Price(unittest.TestCase):
    @trail.validates(work_item="S-1", criterion="AC-1")
    def test_what_is_below_zero_counts_nothing(self):
        self.assertEqual(price.total([10, -3]), 10)

    @trail.validates(work_item="S-1", criterion="AC-1")
    def test_passes_without_the_change(self):
        self.assertEqual(price.total([1]), 1)

    @trail.validates(work_item="S-1", criterion="AC-1")
    def test_regression(self):
        self.assertEqual(price.total([-1]), -1)

    @trail.validates(work_item="S-1", criterion="AC-1")
    def test_failing(self):
        self.assertEqual(price.total([1, 1]), 3)

    @trail.validates(work_item="S-1", criterion="AC-1")
    def test_flaky(self):
        os.makedirs(".seen", exist_ok=True)
        runs = len(os.listdir(".seen"))
        open(os.path.join(".seen", str(runs)), "w").close()
        self.assertEqual(runs % 2, 0)

    @trail.validates(work_item="S-1", criterion="AC-2")
    def test_vat_of_a_hundred(self):
        self.assertEqual(price.vat(100), 19)

    @trail.validates(work_item="S-1", criterion="AC-2")
    def test_vat_is_there(self):
        price.vat(100)
        self.assertTrue(True)

    @trail.validates(work_item="S-1", criterion="AC-3")
    def test_the_label_stays(self):
        self.assertEqual(price.label(5), "EUR 5")

    @trail.validates(work_item="S-1", criterion="AC-3")
    def test_there_is_a_label(self):
        self.assertTrue(price.label is not None)
"#;

#[tokio::test]
async fn each_kind_of_test_is_told_for_what_it_is_in_python() {
    let lab = Lab::new(&["AC-1", "AC-2", "AC-3 keeps"], "S-1");
    lab.package("policies/annotations/python/src/trail", "trail");
    lab.write(".gitignore", ".seen/\n__pycache__/\n");
    lab.write("shop/__init__.py", "");
    lab.write("shop/price.py", PRICE);
    let base = lab.commit("base");
    lab.write("shop/price.py", PRICE_CHANGED);
    lab.write("tests/__init__.py", "");
    lab.write("tests/test_price.py", PRICE_TESTS);
    let head = lab.commit("change");
    let settings = TestSettings {
        command: ["python3", "-m", "trail.unittest", "discover"]
            .map(str::to_owned)
            .to_vec(),
        runner: Runner::Unittest,
        ..TestSettings::default()
    };
    let round = lab.prove(&base, &head, settings, &["shop/**"]).await;
    use Verdict::{Discriminating, Failing, Flaky, Regression, Vacuous};
    assert_eq!(
        verdicts(&round.proofs),
        [
            ("test_failing", "AC-1", Failing, false),
            ("test_flaky", "AC-1", Flaky, false),
            ("test_passes_without_the_change", "AC-1", Vacuous, false),
            ("test_regression", "AC-1", Regression, false),
            ("test_the_label_stays", "AC-3", Discriminating, true),
            ("test_there_is_a_label", "AC-3", Vacuous, false),
            ("test_vat_is_there", "AC-2", Vacuous, false),
            ("test_vat_of_a_hundred", "AC-2", Discriminating, true),
            (
                "test_what_is_below_zero_counts_nothing",
                "AC-1",
                Discriminating,
                true
            ),
        ]
        .map(|(test, criterion, verdict, proves)| (
            test.to_owned(),
            criterion.to_owned(),
            verdict,
            proves
        )),
        "{:#?}",
        round.proofs
    );
    let of = |name: &str| {
        let mut found = round.proofs.iter();
        found.find(|own| own.test.ends_with(name)).unwrap()
    };
    assert_eq!(of("test_vat_of_a_hundred").base.outcome, Outcome::Crashed);
    assert_eq!(of("test_the_label_stays").base.outcome, Outcome::Passed);
    // Both mutants are in the evidence, in the code their tests cover.
    let mutant = |name: &str| {
        let by = &of(name).mutant.as_ref().unwrap().by;
        round.mutant_of(by[0])
    };
    assert_eq!(mutant("test_vat_of_a_hundred").path, "shop/price.py");
    let line = mutant("test_the_label_stays").line;
    assert!((5..=6).contains(&line), "{line}");
    // What was tried is kept: nothing is run again, or the flaky test would go another way.
    let again = lab.prove_again(&round).await;
    assert_eq!(again, round.evidence);
    // The run's own worktree was left alone, and that of the trials is gone.
    assert_eq!(lab.worktrees(), ["S-1.1"]);
}

const NEW: &str = "\
// trail:validates R-1 AC-1
#[test]
fn doubles() {
    assert_eq!(sample::double(2), 4);
}

// trail:validates R-1 AC-1
#[test]
fn double_is_there() {
    let _ = sample::double(2);
    assert!(true);
}
";

const OLD: &str = "\
// trail:validates R-1 AC-2
#[test]
fn one_stays_one() {
    assert_eq!(sample::one(), 1);
}
";

#[tokio::test]
async fn a_new_api_is_proven_by_a_mutant_and_never_by_being_called_in_rust() {
    let lab = Lab::new(&["AC-1", "AC-2 keeps"], "R-1");
    lab.write(".gitignore", "/target\n");
    lab.write(
        "Cargo.toml",
        "[package]\nname = \"sample\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\n[workspace]\n",
    );
    lab.write(
        "Cargo.lock",
        "version = 4\n\n[[package]]\nname = \"sample\"\nversion = \"0.1.0\"\n",
    );
    let one = "pub fn one() -> u32 {\n    1\n}\n";
    lab.write("src/lib.rs", one);
    let base = lab.commit("base");
    let double = "\npub fn double(of: u32) -> u32 {\n    of * 2\n}\n";
    lab.write("src/lib.rs", &format!("{one}{double}"));
    lab.write("tests/new.rs", NEW);
    lab.write("tests/old.rs", OLD);
    let head = lab.commit("change");
    let settings = TestSettings {
        command: ["cargo", "test", "--offline"].map(str::to_owned).to_vec(),
        runner: Runner::Cargo,
        ..TestSettings::default()
    };
    let round = lab.prove(&base, &head, settings, &["src/**"]).await;
    assert_eq!(
        verdicts(&round.proofs),
        [
            ("double_is_there", "AC-1", Verdict::Vacuous, false),
            ("doubles", "AC-1", Verdict::Discriminating, true),
            ("one_stays_one", "AC-2", Verdict::Discriminating, true),
        ]
        .map(|(test, criterion, verdict, proves)| (
            test.to_owned(),
            criterion.to_owned(),
            verdict,
            proves
        )),
        "{:#?}",
        round.proofs
    );
    // On the base, what cannot be built there did not keep the other file's test from being run.
    let outcomes: Vec<_> = round
        .proofs
        .iter()
        .map(|own| (own.base.outcome, own.change.outcome))
        .collect();
    assert_eq!(
        outcomes,
        [
            (Outcome::NotBuilt, Outcome::Passed),
            (Outcome::NotBuilt, Outcome::Passed),
            (Outcome::Passed, Outcome::Passed),
        ]
    );
    let stopped = round.evidence.stopped.clone().unwrap();
    assert!(stopped.contains("double_is_there"), "{stopped}");
    let environment = round.question.result.environment;
    for tried in &round.evidence.trials {
        assert_eq!(tried.result.environment, environment);
        assert_eq!(tried.of == TrialOf::Mutant, tried.mutant.is_some());
    }
}
