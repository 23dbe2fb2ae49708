//! What the tester's trials gave: runs on base, change and mutants, and the proofs made of them.

use trail_record::body::proof::{Claim, Outcome, Seen, TrialOf, judge, outcome_in};
use trail_record::body::{
    FailedBy, Mutant, Proof, TestCase, TestOutcome, TestPlace, TestResult, Trial, Validates,
};
use trail_record::record::Sealable;
use trail_record::{CriterionId, Digest, ItemKey, Record, TreeId};

use super::{Flaw, KEY, Made, Proven, flaw};
use crate::facts::record;
use crate::objects::{self, Objects};

pub(super) const XBRL: &str = "pub fn concept(disclosure: u32) -> u32 {\n    \
    if disclosure > 0 { 100 + disclosure } else { 0 }\n}\n";
pub(super) const REPORT: &str = "pub fn plain(total: u32) -> String {\n    \
    format!(\"total: {total}\\n\")\n}\n\npub fn round(value: f64) -> f64 {\n    value.round()\n}\n";
pub(super) const TESTS: [(&str, &str); 2] = [
    (
        "tests/report.rs",
        "use vsme::report::{plain, round};\n\n\
         #[trail::validates(work_item = \"VSME-150\", criterion = \"AC-2\")]\n#[test]\n\
         fn rounds_half_up() {\n    assert_eq!(round(0.5), 1.0);\n}\n\n\
         #[trail::validates(work_item = \"VSME-150\", criterion = \"AC-3\")]\n#[test]\n\
         fn plain_output_is_kept() {\n    assert_eq!(plain(3), \"total: 3\\n\");\n}\n\n\
         #[trail::validates(work_item = \"VSME-150\", criterion = \"AC-2\")]\n#[test]\n\
         fn has_a_title() {\n    assert!(true);\n}\n",
    ),
    (
        "tests/xbrl.rs",
        "use vsme::xbrl::concept;\n\n\
         #[trail::validates(work_item = \"VSME-150\", criterion = \"AC-1\")]\n#[test]\n\
         fn maps_every_disclosure() {\n    assert_eq!(concept(1), 101);\n}\n\n\
         #[trail::validates(work_item = \"VSME-150\", criterion = \"AC-1\")]\n#[test]\n\
         fn exists() {\n    let _ = concept;\n    assert!(true);\n}\n",
    ),
];

/// The tests, the criterion each names, whether that keeps something, and where the test stands.
const NAMES: [(&str, &str, bool, &str, u32); 5] = [
    ("report::has_a_title", "AC-2", false, "tests/report.rs", 17),
    (
        "report::plain_output_is_kept",
        "AC-3",
        true,
        "tests/report.rs",
        11,
    ),
    (
        "report::rounds_half_up",
        "AC-2",
        false,
        "tests/report.rs",
        5,
    ),
    ("xbrl::exists", "AC-1", false, "tests/xbrl.rs", 11),
    (
        "xbrl::maps_every_disclosure",
        "AC-1",
        false,
        "tests/xbrl.rs",
        5,
    ),
];

/// One case; how it failed says that it did.
pub(super) fn case(name: &str, criterion: &str, failed_by: Option<FailedBy>) -> TestCase {
    let place = NAMES.iter().find(|own| own.0 == name);
    TestCase {
        name: name.to_owned(),
        outcome: if failed_by.is_some() {
            TestOutcome::Failed
        } else {
            TestOutcome::Passed
        },
        validates: place.map(|_| validates(criterion)).into_iter().collect(),
        failed_by,
        message: failed_by.map(|_| "it did not hold".to_owned()),
        place: place.map(|own| TestPlace {
            path: own.3.to_owned(),
            line: own.4,
        }),
    }
}

fn validates(criterion: &str) -> Validates {
    Validates {
        work_item: ItemKey::from(KEY),
        criterion: CriterionId::from(criterion),
        revision: None,
    }
}

/// A run in which these tests failed; all others passed.
fn run(tree: &TreeId, failed: &[(&str, FailedBy)]) -> TestResult {
    let by = |name: &str| failed.iter().find(|own| own.0 == name).map(|own| own.1);
    let mut cases: Vec<TestCase> = NAMES
        .iter()
        .filter(|own| {
            !failed
                .iter()
                .any(|(name, _)| own.0.starts_with(&format!("{name}::")))
        })
        .map(|own| case(own.0, own.1, by(own.0)))
        .collect();
    // What could not be built has one case in place of its tests.
    let unbuilt = failed.iter().filter(|own| own.1 == FailedBy::NotBuilt);
    cases.extend(unbuilt.map(|own| case(own.0, "", Some(own.1))));
    cases.sort_by(|one, other| one.name.cmp(&other.name));
    let line = |case: &TestCase| format!("test {} told what it did\n", case.name).repeat(25);
    let output: String = cases.iter().map(line).collect();
    TestResult {
        tree: tree.clone(),
        command: vec!["cargo".to_owned(), "test".to_owned()],
        environment: Digest::of(b"environment"),
        sandbox: "landlock".to_owned(),
        exit: Some(if failed.is_empty() { 0 } else { 101 }),
        ended: None,
        cases,
        output_digest: Digest::of(output.as_bytes()),
        output,
    }
}

/// A sealed run of tests, as proofs look at it.
struct Ran {
    sealed: Sealable,
    result: TestResult,
}

struct Gathered<'p> {
    session: &'p Proven,
    commit: Digest<Record>,
}

impl Gathered<'_> {
    fn trial(
        &self,
        of: TrialOf,
        repeat: u32,
        at: &Made,
        on: Option<&Sealable>,
        result: TestResult,
    ) -> Ran {
        let trial = Trial {
            of,
            mutant: on.map(Sealable::digest),
            repeat,
            at: at.commit.clone(),
            overlaid: match of {
                TrialOf::Base => TESTS.iter().map(|own| own.0.to_owned()).collect(),
                TrialOf::Change | TrialOf::Mutant => Vec::new(),
            },
            result: result.clone(),
        };
        let inputs: Vec<_> = std::iter::once(self.commit).chain(trial.mutant).collect();
        let word = match of {
            TrialOf::Base => "base",
            TrialOf::Change => "change",
            TrialOf::Mutant => "mutant",
        };
        Ran {
            sealed: record(&format!("trial of the {word}"), &inputs, &trial),
            result,
        }
    }

    /// A fault of the change: `before` replaced by `after`, once.
    fn mutant(&self, path: &str, before: &str, after: &str, onto: &Made) -> (Sealable, TreeId) {
        let text = &self.session.files[path];
        let start = text.find(before).expect("it stands there");
        let mut files = self.session.files.clone();
        files.insert(path.to_owned(), text.replacen(before, after, 1));
        let tree = objects::tree(&mut Objects::new(), &files);
        let mutant = Mutant {
            onto: onto.commit.clone(),
            tree: tree.clone(),
            path: path.to_owned(),
            file: Digest::of(text.as_bytes()),
            line: u32::try_from(text[..start].lines().count()).expect("small"),
            start: start as u64,
            before: before.to_owned(),
            after: after.to_owned(),
            operator: "negate-condition".to_owned(),
            made_by: "trail".to_owned(),
        };
        (record("mutant", &[self.commit], &mutant), tree)
    }
}

fn seen(test: &str, runs: &[&Ran]) -> Seen {
    let outcomes = runs.iter().map(|run| outcome_in(&run.result, test));
    Seen {
        outcome: Outcome::of_runs(outcomes).unwrap_or(Outcome::Absent),
        by: runs.iter().map(|run| run.sealed.digest()).collect(),
    }
}

/// Runs everything and proves what can be; the run's own result comes first.
pub(super) fn gather(session: &Proven, commit: Digest<Record>) -> Vec<Sealable> {
    let (flaw, head, base) = (session.flaw, &session.head, &session.base);
    let all = Gathered { session, commit };
    let result = run(&head.tree, &[]);
    let change = Ran {
        sealed: record("test-result", &[commit], &result),
        result,
    };
    let again = all.trial(TrialOf::Change, 2, head, None, run(&head.tree, &[]));

    let mut overlaid = super::base_files();
    overlaid.extend(TESTS.map(|(path, text)| (path.to_owned(), text.to_owned())));
    let overlaid = objects::tree(&mut Objects::new(), &overlaid);
    let on_base = [
        ("report::rounds_half_up", FailedBy::Assertion),
        ("xbrl", FailedBy::NotBuilt),
    ];
    let mut first = run(&overlaid, &on_base);
    let mut second = first.clone();
    match flaw {
        Flaw::OtherEnvironment => first.environment = Digest::of(b"another environment"),
        Flaw::LeavesOutRun => second = run(&overlaid, &on_base[1..]),
        _ => {}
    }
    let met = if flaw == Flaw::BaseOfOther {
        head
    } else {
        base
    };
    let red = all.trial(TrialOf::Base, 1, met, None, first);
    let red_again = all.trial(TrialOf::Base, 2, base, None, second);

    let onto = if flaw == Flaw::ForeignMutant {
        base
    } else {
        head
    };
    let (negated, tree) = all.mutant("src/xbrl.rs", "disclosure > 0", "!(disclosure > 0)", onto);
    let met = if flaw == Flaw::MutantTree {
        &head.tree
    } else {
        &tree
    };
    let failed = [("xbrl::maps_every_disclosure", FailedBy::Assertion)];
    let killed = all.trial(TrialOf::Mutant, 1, onto, Some(&negated), run(met, &failed));
    let (altered, tree) = all.mutant("src/report.rs", "total: ", "sum: ", head);
    let failed = [("report::plain_output_is_kept", FailedBy::Assertion)];
    let kept = all.trial(
        TrialOf::Mutant,
        1,
        head,
        Some(&altered),
        run(&tree, &failed),
    );

    let mut proofs = Vec::new();
    for (test, criterion, keeps, path, line) in NAMES {
        let on = match test {
            "xbrl::maps_every_disclosure" => Some((&killed, &negated)),
            "report::plain_output_is_kept" => Some((&kept, &altered)),
            _ => None,
        };
        let mut proof = Proof {
            test: test.to_owned(),
            place: Some(TestPlace {
                path: path.to_owned(),
                line,
            }),
            tree: head.tree.clone(),
            base: seen(test, &[&red, &red_again]),
            change: seen(test, &[&change, &again]),
            mutant: on.map(|(run, _)| seen(test, &[run])),
            claims: Vec::new(),
        };
        flaw.before(&mut proof);
        let killed = proof.mutant.as_ref().map(|own| own.outcome);
        let (verdict, proves, reason) =
            judge(proof.base.outcome, proof.change.outcome, killed, keeps);
        proof.claims.push(Claim {
            criterion: validates(criterion),
            keeps,
            verdict,
            proves,
            reason: reason.to_owned(),
        });
        flaw.after(&mut proof);
        let mut inputs: Vec<_> = [&change, &again, &red, &red_again]
            .iter()
            .map(|run| run.sealed.digest())
            .collect();
        inputs.extend(
            on.iter()
                .flat_map(|(run, mutant)| [mutant.digest(), run.sealed.digest()]),
        );
        if flaw == Flaw::RunNotInput && test == flaw::TEST {
            inputs.remove(2);
        }
        proofs.push(record(&format!("proof {test}"), &inputs, &proof));
    }
    let runs = [change.sealed, again.sealed, red.sealed, red_again.sealed];
    let mut records: Vec<Sealable> = runs.into();
    records.extend([negated, killed.sealed, altered, kept.sealed]);
    records.extend(proofs);
    records
}
