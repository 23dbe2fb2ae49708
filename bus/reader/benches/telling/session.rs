//! Histories of any size: tasks, calls, tests with trials and proofs.

use serde_json::json;
use trail_reader::history::History;
use trail_record::body::proof::{Claim, Outcome, Seen, TrialOf, judge};
use trail_record::body::{
    Ask, Authority, Body, Conclusion, Criterion, Decision, Effect, FailedBy, Proof, Risk, Scope,
    Spec, TestCase, TestOutcome, TestResult, Trial, Usage, Validates, Verdict,
};
use trail_record::chain::Subject;
use trail_record::record::Sealable;
use trail_record::{CommitId, CriterionId, Digest, ItemKey, Persona, Record, TreeId, UserId};

use crate::world::{Draft, Holder, World, minute};

/// How many tests claim each criterion.
const TESTS: usize = 2;

fn record<B: Body>(title: &str, inputs: &[Digest<Record>], body: &B) -> Sealable {
    Record::new(title, inputs.iter().copied(), body).expect("has a canonical form")
}

/// One item with some 1,000 records: 400 calls with what they concluded, and 100 proven tests.
pub(crate) fn large() -> History {
    let mut world = World::new();
    let spec = item(&mut world, 0, 50);
    for call in 1..=400 {
        let decision = decision(call, &spec);
        let mut records = vec![decision.clone()];
        if call % 5 == 0 {
            let conclusion = Conclusion {
                name: format!("choice-{call}"),
                statement: "the maintained library is used, as in the calls before".to_owned(),
                choice: Some("ex_xbrl".to_owned()),
                alternatives: vec!["hand-built XML".to_owned()],
                rationale: "maintained, covers the taxonomy, and has builders with types"
                    .to_owned(),
                criteria: vec!["AC-1".to_owned()],
            };
            records.push(record("choice", &[decision.digest()], &conclusion));
        }
        write(&mut world, 0, Holder::Coder, records, &spec);
    }
    // Observations, verdicts and the like make up the rest of a real history.
    for call in 401..=820 {
        let decision = decision(call, &spec);
        write(&mut world, 0, Holder::Tester, vec![decision], &spec);
    }
    checked(world, 1)
}

/// Items with their criteria, each proven by one of its tests.
pub(crate) fn many(items: usize, criteria: usize) -> History {
    let mut world = World::new();
    for index in 0..items {
        if index > 0 {
            world.add_item(&format!("VSME-{}", 1000 + index), &format!("item-{index}"));
        }
        item(&mut world, index, criteria);
    }
    checked(world, items)
}

fn checked(mut world: World, items: usize) -> History {
    for index in 0..items {
        let last = world.items[index].sealed.len() - 1;
        world.checkpoint(index, last, Holder::Auditor);
    }
    world.history()
}

fn write(world: &mut World, item: usize, by: Holder, records: Vec<Sealable>, spec: &Sealable) {
    let draft = Draft {
        records,
        spec: Some(spec.digest()),
        ..Draft::default()
    };
    world.write(item, by, draft);
}

/// Seals a task and tests that prove it.
fn item(world: &mut World, index: usize, criteria: usize) -> Sealable {
    let subject = world.items[index].subject.clone();
    let spec = task(&subject, criteria);
    write(world, index, Holder::Planner, vec![spec.clone()], &spec);
    let names: Vec<(String, usize)> = (0..criteria * TESTS)
        .map(|test| (format!("tests::case_{test:05}"), test / TESTS + 1))
        .collect();
    let tree = TreeId::new("a1".repeat(20));
    let change = record(
        "test-result",
        &[],
        &result(&subject.key, &names, &tree, None),
    );
    let red = trial(&subject.key, &names, TrialOf::Base);
    let again = trial(&subject.key, &names, TrialOf::Change);
    let mut records = vec![change.clone(), red.clone(), again.clone()];
    for (test, criterion) in &names {
        let claims = vec![claim(&subject.key, *criterion)];
        let seen = |outcome, by: &[&Sealable]| Seen {
            outcome,
            by: by.iter().map(|own| own.digest()).collect(),
        };
        let proof = Proof {
            test: test.clone(),
            place: None,
            tree: tree.clone(),
            base: seen(Outcome::Assertion, &[&red]),
            change: seen(Outcome::Passed, &[&change, &again]),
            mutant: None,
            claims,
        };
        let inputs = [change.digest(), red.digest(), again.digest()];
        records.push(record("proof", &inputs, &proof));
    }
    // As many as a real entry holds.
    for part in records.chunks(40) {
        write(world, index, Holder::Tester, part.to_vec(), &spec);
    }
    spec
}

fn task(subject: &Subject, criteria: usize) -> Sealable {
    let criteria = (1..=criteria).map(|number| Criterion {
        id: CriterionId::new(format!("AC-{number}")),
        revision: 1,
        text: format!(
            "disclosure {number} maps to one concept of the taxonomy, with unit and period"
        ),
        keeps: false,
    });
    let spec = Spec {
        item: subject.item.clone(),
        key: subject.key.clone(),
        title: format!("Export part of the report as XBRL for {}", subject.key),
        body: "As a preparer I want XBRL beside the plain output.\n".repeat(20),
        text: Digest::of(b"the text"),
        criteria: criteria.collect(),
        scope: Scope {
            read: Vec::new(),
            write: vec!["src/**".to_owned()],
        },
        risk: Risk::Medium,
        depends_on: Vec::new(),
        references: Vec::new(),
        author: UserId::from("u-klara"),
        authority: Authority::Author {
            user: UserId::from("u-klara"),
        },
        revision: 1,
    };
    record("spec", &[], &spec)
}

fn validates(key: &ItemKey, criterion: usize, revision: Option<u32>) -> Validates {
    Validates {
        work_item: key.clone(),
        criterion: CriterionId::new(format!("AC-{criterion}")),
        revision,
    }
}

fn claim(key: &ItemKey, criterion: usize) -> Claim {
    let (verdict, proves, reason) = judge(Outcome::Assertion, Outcome::Passed, None, false);
    Claim {
        criterion: validates(key, criterion, Some(1)),
        keeps: false,
        verdict,
        proves,
        reason: reason.to_owned(),
    }
}

fn result(
    key: &ItemKey,
    names: &[(String, usize)],
    tree: &TreeId,
    failed: Option<FailedBy>,
) -> TestResult {
    let outcome = if failed.is_some() {
        TestOutcome::Failed
    } else {
        TestOutcome::Passed
    };
    let cases = names.iter().map(|(name, criterion)| TestCase {
        name: name.clone(),
        outcome,
        validates: vec![validates(key, *criterion, None)],
        failed_by: failed,
        message: failed.map(|_| "assertion failed: the concept is missing".to_owned()),
        place: None,
    });
    TestResult {
        tree: tree.clone(),
        command: vec!["cargo".to_owned(), "test".to_owned()],
        environment: Digest::of(b"environment"),
        sandbox: "landlock".to_owned(),
        exit: Some(if failed.is_some() { 101 } else { 0 }),
        ended: None,
        cases: cases.collect(),
        output: "test output\n".repeat(10),
        output_digest: Digest::of(b"output"),
    }
}

fn trial(key: &ItemKey, names: &[(String, usize)], of: TrialOf) -> Sealable {
    let (tree, failed, overlaid, repeat) = match of {
        TrialOf::Base => (
            "b0",
            Some(FailedBy::Assertion),
            vec!["tests/it.rs".to_owned()],
            1,
        ),
        TrialOf::Change | TrialOf::Mutant => ("a1", None, Vec::new(), 2),
    };
    let tree = TreeId::new(tree.repeat(20));
    let trial = Trial {
        of,
        mutant: None,
        repeat,
        at: CommitId::new("c0".repeat(20)),
        overlaid,
        result: result(key, names, &tree, failed),
    };
    record("trial", &[], &trial)
}

fn decision(call: u32, spec: &Sealable) -> Sealable {
    let verdict = Verdict {
        allowed: true,
        rules: vec!["read-in-scope".to_owned()],
        reason: String::new(),
    };
    let path = format!("src/render/part_{call}.rs");
    let decision = Decision {
        call,
        persona: Persona::Coder,
        action: "implement".to_owned(),
        model_requested: "a-model".to_owned(),
        model_served: Some("scripted-a".to_owned()),
        endpoint: "scripted".to_owned(),
        temperature: None,
        context: Digest::of(&call.to_be_bytes()),
        appended: json!([{ "role": "user", "content": "what was read\n".repeat(100) }]),
        text: "I read the renderer and go on with the next disclosure.".to_owned(),
        reasoning: None,
        asks: vec![Ask {
            id: format!("call_{call}"),
            tool: "read".to_owned(),
            arguments: json!({ "path": path.clone() }),
            verdict,
            effects: vec![Effect::Read {
                path,
                digest: Some(Digest::of(b"render")),
            }],
            result: "pub fn render(report: &Report) -> String { todo!() }\n".repeat(20),
            error: false,
        }],
        stop: None,
        message_id: None,
        request_id: None,
        usage: Usage {
            input: Some(1200),
            output: Some(80),
            ..Usage::default()
        },
        cost_micros: Some(4200),
        at: minute(u64::from(call)),
        took_ms: 900,
        attempts: Vec::new(),
    };
    record(&format!("call {call}"), &[spec.digest()], &decision)
}
