//! From results and trials to proofs.

mod world;

use trail_port::prover::{Evidence, Question, Wanted};
use trail_port::tests::TestSettings;
use trail_proof::{needs_mutant, sent_back, wanted};
use trail_record::body::proof::{Outcome, TrialOf, Verdict};
use trail_record::body::{TestResult, Validates};
use trail_record::{CommitId, Digest, ItemId, RunId};

use world::Goes::{self, Assert, Away, Crash, Pass, Unbuilt};
use world::{claims, evidence, judged, named, one, record, result, spec, tried};

#[test]
fn a_test_proves_what_it_fails_by_assertion_without() {
    let proof = one("AC-1", Assert, None);
    assert_eq!(
        claims(&proof),
        [(
            "AC-1@1".to_owned(),
            Verdict::Discriminating,
            true,
            "it failed by assertion on the base and passes on the change".to_owned(),
        )]
    );
    assert_eq!(
        (proof.base.outcome, proof.base.by),
        (Outcome::Assertion, vec![record("trial 0")])
    );
    assert_eq!(
        (proof.change.outcome, proof.change.by),
        (Outcome::Passed, vec![record("result")])
    );
    assert_eq!(proof.mutant, None);
}

#[test]
fn a_test_of_something_new_proves_only_by_a_mutant() {
    for (base, killed, proves) in [
        (Unbuilt, None, false),
        (Unbuilt, Some(Pass), false),
        (Unbuilt, Some(Crash), false),
        (Unbuilt, Some(Assert), true),
        (Away, Some(Assert), true),
        (Crash, Some(Assert), true),
        (Pass, Some(Assert), false),
    ] {
        let proof = one("AC-1", base, killed);
        assert_eq!(proof.claims[0].proves, proves, "{:?}", claims(&proof));
        let kills = matches!(killed, Some(Assert));
        assert_eq!(
            proof.mutant.map(|own| own.by),
            kills.then(|| vec![record("trial 1")])
        );
    }
}

#[test]
fn a_test_of_what_must_stay_proves_only_by_a_mutant() {
    assert!(!one("AC-5", Pass, None).claims[0].proves);
    assert!(one("AC-5", Pass, Some(Assert)).claims[0].proves);
    assert!(!one("AC-5", Assert, Some(Assert)).claims[0].proves);
}

#[test]
fn an_annotation_of_an_older_revision_proves_nothing() {
    let proof = one("AC-2@1", Assert, None);
    assert_eq!(
        claims(&proof),
        [(
            "AC-2@1".to_owned(),
            Verdict::Discriminating,
            false,
            "its annotation names revision 1, and the criterion has revision 2".to_owned(),
        )]
    );
    assert!(one("AC-2@2", Assert, None).claims[0].proves);
    assert!(one("AC-2", Assert, None).claims[0].proves);
}

#[test]
fn runs_in_different_environments_prove_nothing() {
    let test = |goes| [("a::t", &["AC-1"] as &[&str], goes)];
    let change = result("change", &test(Pass));
    let mut base = result("base", &test(Assert));
    base.environment = Digest::of(b"another");
    let proof = judged(&change, &evidence(vec![tried(TrialOf::Base, 1, &[], base)])).remove(0);
    assert_eq!(
        (proof.claims[0].proves, proof.claims[0].reason.as_str()),
        (
            false,
            "it was run in different environments on base and change"
        )
    );
}

#[test]
fn a_test_that_was_not_tried_on_the_base_proves_nothing() {
    let change = result("change", &[("a::t", &["AC-1"], Pass)]);
    let stopped = Evidence {
        stopped: Some("the time was up".to_owned()),
        ..evidence(Vec::new())
    };
    let proof = judged(&change, &stopped).remove(0);
    assert_eq!(
        (proof.base.outcome, proof.base.by.len()),
        (Outcome::Absent, 0)
    );
    assert_eq!(
        (proof.claims[0].proves, proof.claims[0].reason.as_str()),
        (false, "it was not tried on the base: the time was up")
    );
}

#[test]
fn a_test_that_goes_one_way_and_then_another_is_flaky() {
    let test = |goes| [("a::t", &["AC-1"] as &[&str], goes)];
    let change = result("change", &test(Pass));
    let base = |repeat, goes| tried(TrialOf::Base, repeat, &[], result("base", &test(goes)));
    let again = |goes| tried(TrialOf::Change, 2, &[], result("change", &test(goes)));
    let steady = evidence(vec![base(1, Assert), base(2, Assert), again(Pass)]);
    let proof = judged(&change, &steady).remove(0);
    assert!(proof.claims[0].proves);
    assert_eq!(proof.base.by, [record("trial 0"), record("trial 1")]);
    assert_eq!(proof.change.by, [record("result"), record("trial 2")]);
    for flaky in [
        evidence(vec![base(1, Assert), base(2, Pass)]),
        evidence(vec![base(1, Assert), again(Assert)]),
    ] {
        let proof = judged(&change, &flaky).remove(0);
        assert_eq!(
            (proof.claims[0].verdict, proof.claims[0].proves),
            (Verdict::Flaky, false)
        );
    }
}

#[test]
fn a_file_that_cannot_be_built_on_the_base_does_not_hide_the_others() {
    let both = |new, keeps| {
        [
            ("new::t", &["AC-1"] as &[&str], new),
            ("old::t", &["AC-5"] as &[&str], keeps),
        ]
    };
    let change = result("change", &both(Pass, Pass));
    // With both laid over nothing is built; without the new file the other one runs.
    let first = tried(
        TrialOf::Base,
        1,
        &["tests/new.rs", "tests/old.rs"],
        result("base with both", &[("new", &[], Unbuilt)]),
    );
    let second = tried(
        TrialOf::Base,
        1,
        &["tests/old.rs"],
        result("base with one", &both(Away, Pass)),
    );
    let killed = tried(
        TrialOf::Mutant,
        1,
        &[],
        result("mutant", &both(Assert, Assert)),
    );
    let proofs = judged(&change, &evidence(vec![first, second, killed]));
    assert_eq!(
        proofs
            .iter()
            .map(|own| (own.base.outcome, own.base.by.clone(), own.claims[0].proves))
            .collect::<Vec<_>>(),
        [
            (Outcome::NotBuilt, vec![record("trial 0")], true),
            (Outcome::Passed, vec![record("trial 1")], true),
        ]
    );
}

fn question(change: TestResult) -> Question {
    Question {
        item: ItemId::new("1"),
        run: RunId::new("S-1.1"),
        base: CommitId::from("base"),
        head: CommitId::from("head"),
        tests: wanted(&change, &spec()),
        test_paths: Vec::new(),
        product: Vec::new(),
        result: change,
        settings: TestSettings::default(),
    }
}

fn needy(question: &Question, evidence: &Evidence) -> Vec<String> {
    let needy = needs_mutant(question, evidence).into_iter();
    needy.map(|own: &Wanted| own.test.clone()).collect()
}

#[test]
fn only_tests_that_a_mutant_would_help_need_one() {
    let tests = |goes: [Goes; 4]| {
        [
            ("asserts", &["AC-1"] as &[&str], goes[0]),
            ("vacuous", &["AC-1"] as &[&str], goes[1]),
            ("keeps", &["AC-5"] as &[&str], goes[2]),
            ("new", &["AC-1"] as &[&str], goes[3]),
        ]
    };
    let question = question(result("change", &tests([Pass; 4])));
    let base = tried(
        TrialOf::Base,
        1,
        &[],
        result("base", &tests([Assert, Pass, Pass, Unbuilt])),
    );
    let mut tried_so_far = evidence(vec![base]);
    assert_eq!(needy(&question, &tried_so_far), ["keeps", "new"]);
    let killed = result("mutant", &tests([Pass, Pass, Assert, Crash]));
    tried_so_far
        .trials
        .push(tried(TrialOf::Mutant, 1, &[], killed));
    assert_eq!(needy(&question, &tried_so_far), ["new"]);
    assert_eq!(
        needy(&question, &evidence(Vec::new())),
        Vec::<String>::new()
    );
}

#[test]
fn only_tests_that_name_criteria_of_the_item_are_wanted() {
    let mut change = result(
        "change",
        &[
            ("a", &["AC-1", "AC-5"], Pass),
            ("b", &["AC-9"], Pass),
            ("c", &[], Pass),
        ],
    );
    change.cases[1].validates.push(Validates {
        work_item: "S-2".into(),
        ..named("AC-1")
    });
    let wanted = wanted(&change, &spec());
    assert_eq!(wanted.len(), 1);
    assert_eq!(
        wanted[0].criteria,
        [(named("AC-1"), false), (named("AC-5"), true)]
    );
}

#[test]
fn what_goes_back_is_what_nothing_proves() {
    let tests = |goes: [Goes; 4]| {
        [
            ("a::proves", &["AC-1"] as &[&str], goes[0]),
            ("a::vacuous", &["AC-1"] as &[&str], goes[1]),
            ("b::row[1]", &["AC-2"] as &[&str], goes[2]),
            ("b::row[2]", &["AC-2"] as &[&str], goes[3]),
        ]
    };
    let change = result("change", &tests([Pass; 4]));
    let base = |goes| {
        evidence(vec![tried(
            TrialOf::Base,
            1,
            &[],
            result("base", &tests(goes)),
        )])
    };
    let back = sent_back(&spec(), &judged(&change, &base([Assert, Pass, Pass, Pass])));
    assert_eq!(
        back.iter()
            .map(|own| (own.test.as_str(), own.claims.len(), own.advice))
            .collect::<Vec<_>>(),
        [(
            "b::row[1]",
            1,
            "assert what only the change makes true: without it an assertion of the test must fail",
        )]
    );
    let none = sent_back(
        &spec(),
        &judged(&change, &base([Assert, Pass, Pass, Assert])),
    );
    assert_eq!(none, []);
}
