//! A spec, results and trials, made of how each test goes.

use trail_port::prover::{Evidence, Tried};
use trail_proof::{Sealed, proofs, wanted};
use trail_record::body::proof::{TrialOf, Verdict};
use trail_record::body::{
    Authority, Criterion, FailedBy, Mutant, Proof, Risk, Scope, Spec, TestCase, TestOutcome,
    TestPlace, TestResult, Validates,
};
use trail_record::{CommitId, Digest, ItemId, Record, TreeId};

/// How a test goes in one run.
#[derive(Clone, Copy)]
pub(crate) enum Goes {
    Pass,
    Assert,
    Crash,
    Unbuilt,
    Away,
}
use Goes::{Assert, Away, Crash, Pass, Unbuilt};

pub(crate) fn spec() -> Spec {
    let criterion = |id: &str, revision, keeps| Criterion {
        id: id.into(),
        revision,
        text: format!("{id} holds"),
        keeps,
    };
    Spec {
        item: ItemId::new("1"),
        key: "S-1".into(),
        title: "A".to_owned(),
        body: String::new(),
        text: Digest::of(b""),
        criteria: vec![
            criterion("AC-1", 1, false),
            criterion("AC-2", 2, false),
            criterion("AC-5", 1, true),
        ],
        scope: Scope::default(),
        risk: Risk::default(),
        depends_on: Vec::new(),
        references: Vec::new(),
        author: "u".into(),
        authority: Authority::Author { user: "u".into() },
        revision: 1,
    }
}

pub(crate) fn named(criterion: &str) -> Validates {
    let (id, revision) = match criterion.split_once('@') {
        Some((id, revision)) => (id, revision.parse().ok()),
        None => (criterion, None),
    };
    Validates {
        work_item: "S-1".into(),
        criterion: id.into(),
        revision,
    }
}

pub(crate) fn result(tree: &str, tests: &[(&str, &[&str], Goes)]) -> TestResult {
    let cases = tests.iter().filter_map(|(name, criteria, goes)| {
        let (outcome, failed_by) = match goes {
            Pass => (TestOutcome::Passed, None),
            Assert => (TestOutcome::Failed, Some(FailedBy::Assertion)),
            Crash => (TestOutcome::Failed, Some(FailedBy::Crash)),
            Unbuilt => (TestOutcome::Failed, Some(FailedBy::NotBuilt)),
            Away => return None,
        };
        let file = name.split("::").next().unwrap_or(name);
        Some(TestCase {
            name: (*name).to_owned(),
            outcome,
            validates: criteria.iter().map(|own| named(own)).collect(),
            failed_by,
            message: None,
            place: Some(TestPlace {
                path: format!("tests/{file}.rs"),
                line: 3,
            }),
        })
    });
    TestResult {
        tree: TreeId::from(tree),
        command: Vec::new(),
        environment: Digest::of(b"sandbox"),
        sandbox: "bwrap".to_owned(),
        exit: Some(0),
        ended: None,
        cases: cases.collect(),
        output: String::new(),
        output_digest: Digest::of(b""),
    }
}

pub(crate) fn tried(of: TrialOf, repeat: u32, overlaid: &[&str], result: TestResult) -> Tried {
    Tried {
        of,
        mutant: (of == TrialOf::Mutant).then_some(0),
        repeat,
        at: CommitId::from("c"),
        overlaid: overlaid.iter().map(|own| (*own).to_owned()).collect(),
        result,
    }
}

pub(crate) fn mutant() -> Mutant {
    Mutant {
        onto: CommitId::from("head"),
        tree: TreeId::from("mutant"),
        path: "src/lib.rs".to_owned(),
        file: Digest::of(b""),
        line: 1,
        start: 0,
        before: "a".to_owned(),
        after: "b".to_owned(),
        operator: "x".to_owned(),
        made_by: "trail".to_owned(),
    }
}

pub(crate) fn evidence(trials: Vec<Tried>) -> Evidence {
    Evidence {
        trials,
        mutants: vec![mutant()],
        stopped: None,
    }
}

pub(crate) fn record(name: &str) -> Digest<Record> {
    Digest::of(name.as_bytes())
}

pub(crate) fn sealed(evidence: &Evidence) -> Sealed {
    let names = (0..evidence.trials.len()).map(|index| record(&format!("trial {index}")));
    Sealed {
        result: record("result"),
        trials: names.collect(),
        mutants: vec![record("mutant")],
    }
}

pub(crate) fn judged(change: &TestResult, evidence: &Evidence) -> Vec<Proof> {
    let spec = spec();
    let tests = wanted(change, &spec);
    proofs(change, &tests, &spec, evidence, &sealed(evidence))
}

/// Returns of each claim: the criterion, the verdict, whether it proves, why.
pub(crate) fn claims(proof: &Proof) -> Vec<(String, Verdict, bool, String)> {
    let claims = proof.claims.iter().map(|own| {
        let revision = own.criterion.revision.unwrap_or_default();
        (
            format!("{}@{revision}", own.criterion.criterion),
            own.verdict,
            own.proves,
            own.reason.clone(),
        )
    });
    claims.collect()
}

/// The same change, with base and mutant as given.
pub(crate) fn one(criterion: &str, base: Goes, killed: Option<Goes>) -> Proof {
    let names = [criterion];
    let test = |goes| [("a::t", &names as &[&str], goes)];
    let change = result("change", &test(Pass));
    let mut trials = vec![tried(
        TrialOf::Base,
        1,
        &["tests/a.rs"],
        result("base", &test(base)),
    )];
    if let Some(goes) = killed {
        trials.push(tried(
            TrialOf::Mutant,
            1,
            &[],
            result("mutant", &test(goes)),
        ));
    }
    judged(&change, &evidence(trials)).remove(0)
}
