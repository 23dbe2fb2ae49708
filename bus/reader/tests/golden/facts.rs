//! The records of the golden history: what each action of its session leaves behind.

mod gates;

use serde_json::json;
use trail_record::body::{
    Ask, Attempt, Authority, CommitMade, Conclusion, Criterion, Decision, DeliveryReceipt, Effect,
    FileChange, Observation, Observed, PatchPurpose, Patchset, PolicyVerdict, PullRequest, Review,
    Risk, Scope, Spec, TestCase, TestOutcome, TestResult, Usage, Validates, Verdict,
};
use trail_record::chain::Subject;
use trail_record::record::Sealable;
use trail_record::{
    CommitId, CriterionId, Digest, ItemKey, Moment, Persona, Record, TreeId, UserId,
};

use crate::world::{minute, policy};

pub(crate) use gates::{
    comment_seen, decision_record, gate_decision, gate_request, request_record, seen,
};

type RecordDigest = Digest<Record>;

pub(crate) fn record<B: trail_record::body::Body>(
    title: &str,
    inputs: &[RecordDigest],
    body: &B,
) -> Sealable {
    Record::new(title, inputs.iter().copied(), body).expect("has a canonical form")
}

pub(crate) fn commit_id(number: u8) -> CommitId {
    CommitId::new(format!("{number:02x}").repeat(20))
}

pub(crate) fn tree_id(number: u8) -> TreeId {
    TreeId::new(format!("{:02x}", 0xA0 + number).repeat(20))
}

fn allowed(rule: &str) -> Verdict {
    Verdict {
        allowed: true,
        rules: vec![rule.to_owned()],
        reason: String::new(),
    }
}

pub(crate) fn spec(subject: &Subject) -> Sealable {
    let criterion = |number: u32, keeps: bool, text: &str| Criterion {
        id: CriterionId::new(format!("AC-{number}")),
        revision: 1,
        text: text.to_owned(),
        keeps,
    };
    let body = "As a preparer I want XBRL beside the plain output.\n\n\
        - AC-1: every disclosure B1 to B11 maps to one concept\n\
        - AC-2: flows have a duration, point-in-time facts an instant\n\
        - AC-3: (keeps) the plain output stays byte-identical\n";
    let title = "Add XBRL export to the VSME sustainability report";
    let spec = Spec {
        item: subject.item.clone(),
        key: subject.key.clone(),
        title: title.to_owned(),
        body: body.to_owned(),
        text: Digest::of(format!("{title}\n{body}").as_bytes()),
        criteria: vec![
            criterion(1, false, "every disclosure B1 to B11 maps to one concept"),
            criterion(
                2,
                false,
                "flows have a duration, point-in-time facts an instant",
            ),
            criterion(3, true, "the plain output stays byte-identical"),
        ],
        scope: Scope {
            read: Vec::new(),
            write: vec![
                "src/**".to_owned(),
                "tests/**".to_owned(),
                "Cargo.toml".to_owned(),
            ],
        },
        risk: Risk::Medium,
        depends_on: Vec::new(),
        references: vec!["docs/vsme.md".to_owned()],
        author: UserId::from("u-klara"),
        authority: Authority::Author {
            user: UserId::from("u-klara"),
        },
        revision: 1,
    };
    record("spec", &[], &spec)
}

/// The spec after an amendment.
pub(crate) fn amended(subject: &Subject) -> Sealable {
    let mut amended: Spec = spec(subject).record().read().expect("is a spec");
    amended.revision = 2;
    amended.risk = Risk::High;
    record("spec", &[], &amended)
}

pub(crate) fn body_seen(spec: &Sealable, at: Moment) -> Sealable {
    let text = spec.record().read::<Spec>().expect("is a spec").text;
    let observation = Observation {
        observed: Observed::Body {
            text,
            author: UserId::from("u-klara"),
        },
        at,
    };
    record("body seen", &[], &observation)
}

/// One AI call; every third has a temperature, every fourth failed once before.
pub(crate) fn decision(
    call: u32,
    persona: Persona,
    action: &str,
    inputs: &[RecordDigest],
) -> Sealable {
    let at = minute(u64::from(call) * 7);
    let temperature = match call % 3 {
        0 => Some(0.1 + 0.2),
        1 => Some(1e-7),
        _ => None,
    };
    let decision = Decision {
        call,
        persona,
        action: action.to_owned(),
        model_requested: "scripted-golden".to_owned(),
        model_served: Some("scripted-golden".to_owned()),
        endpoint: "scripted".to_owned(),
        temperature,
        context: Digest::of(&call.to_be_bytes()),
        appended: json!([{ "role": "user", "content": format!("Go on with step {call}. \u{1f600}\u{7f}") }]),
        text: format!("Step {call}: I read the renderer \"as is\" \u{2014} Zeile für Zeile.\n"),
        reasoning: None,
        asks: vec![Ask {
            id: format!("call_{call}"),
            tool: "read".to_owned(),
            arguments: json!({ "path": "src/render.rs", "\u{fb33}": 1, "\u{1f600}": 2 }),
            verdict: allowed("read-in-scope"),
            effects: vec![Effect::Read {
                path: "src/render.rs".to_owned(),
                digest: Some(Digest::of(b"render")),
            }],
            result: "pub fn render(report: &Report) -> String {\n\t\u{1}\n}\n".to_owned(),
            error: false,
        }],
        stop: Some("end_turn".to_owned()),
        message_id: None,
        request_id: None,
        usage: Usage {
            input: Some(1200),
            output: Some(80),
            ..Usage::default()
        },
        cost_micros: None,
        at,
        took_ms: 41,
        attempts: if call.is_multiple_of(4) {
            vec![Attempt {
                at,
                error: "overloaded".to_owned(),
            }]
        } else {
            Vec::new()
        },
    };
    record(&format!("call {call}"), inputs, &decision)
}

pub(crate) fn conclusion(name: &str, statement: &str, inputs: &[RecordDigest]) -> Sealable {
    let chosen = name == "library_choice";
    let conclusion = Conclusion {
        name: name.to_owned(),
        statement: statement.to_owned(),
        choice: chosen.then(|| "ex_xbrl".to_owned()),
        alternatives: if chosen {
            vec!["hand-built XML".to_owned()]
        } else {
            Vec::new()
        },
        rationale: "maintained, covers the taxonomy".to_owned(),
        criteria: vec!["AC-1".to_owned()],
    };
    record(name, inputs, &conclusion)
}

pub(crate) fn patchset(
    purpose: PatchPurpose,
    onto: &CommitId,
    files: &[(&str, String)],
    inputs: &[RecordDigest],
) -> Sealable {
    let patchset = Patchset {
        purpose,
        onto: onto.clone(),
        files: files
            .iter()
            .map(|(path, after)| FileChange {
                path: (*path).to_owned(),
                before: None,
                after: Some(after.clone()),
            })
            .collect(),
        summary: "as planned".to_owned(),
    };
    let title = match purpose {
        PatchPurpose::Implement => "patchset",
        PatchPurpose::Test => "test-patchset",
        PatchPurpose::Fix => "fix-patchset",
    };
    record(title, inputs, &patchset)
}

/// A renderer long enough not to fit into an entry.
pub(crate) fn renderer() -> String {
    let lines = (1..=110).map(|line| {
        format!(
            "    out.fact(\"B{}\", Concept::of({line}), Unit::of({line}), report);\n",
            line % 11 + 1
        )
    });
    format!(
        "pub fn xbrl(report: &Report) -> String {{\n{}}}\n",
        lines.collect::<String>()
    )
}

pub(crate) fn labels_seen(at: Moment) -> Sealable {
    let observation = Observation {
        observed: Observed::Labels {
            labels: vec!["delivered".to_owned(), "vsme".to_owned()],
        },
        at,
    };
    record("labels seen", &[], &observation)
}

pub(crate) fn commit(number: u8, author: Persona, inputs: &[RecordDigest]) -> Sealable {
    let commit = CommitMade {
        commit: commit_id(number),
        tree: tree_id(number),
        parent: commit_id(number - 1),
        author,
        message: "Render XBRL\n\nWork-Item: VSME-142\nRun: VSME-142.1\n".to_owned(),
    };
    record("commit", inputs, &commit)
}

pub(crate) fn verdict(contract: RecordDigest, patchset: RecordDigest) -> Sealable {
    let verdict = PolicyVerdict {
        principal: "persona".to_owned(),
        action: "contract".to_owned(),
        resource: "patchset".to_owned(),
        verdict: allowed("contract-passes"),
        contract: Some(contract),
    };
    record("contract verdict", &[contract, patchset], &verdict)
}

/// A run of the twelve tests, of which the first `failed` fail.
pub(crate) fn test_result(number: u8, failed: usize, inputs: &[RecordDigest]) -> Sealable {
    let output = format!("test result: {} passed; {failed} failed\n", 12 - failed);
    let result = TestResult {
        tree: tree_id(number),
        command: vec![
            "cargo".to_owned(),
            "test".to_owned(),
            "--offline".to_owned(),
        ],
        environment: Digest::of(b"environment"),
        sandbox: "landlock".to_owned(),
        exit: Some(i32::from(failed > 0) * 101),
        ended: None,
        cases: (0..12)
            .map(|case| TestCase {
                name: format!("xbrl::case_{case:02}"),
                outcome: if case < failed {
                    TestOutcome::Failed
                } else {
                    TestOutcome::Passed
                },
                validates: vec![Validates {
                    work_item: ItemKey::from("VSME-142"),
                    criterion: CriterionId::new(format!("AC-{}", case % 3 + 1)),
                    revision: None,
                }],
                failed_by: None,
                message: None,
                place: None,
            })
            .collect(),
        output_digest: Digest::of(output.as_bytes()),
        output,
    };
    record("test-result", inputs, &result)
}

pub(crate) fn pull_request(head: u8, inputs: &[RecordDigest]) -> Sealable {
    let request = PullRequest {
        title: "Add XBRL export (VSME-142)".to_owned(),
        body: "## What\n\nXBRL beside the plain output.\n".to_owned(),
        branch: "trail/VSME-142".to_owned(),
        base: commit_id(1),
        head: commit_id(head),
        tree: tree_id(head),
    };
    record("pull-request", inputs, &request)
}

pub(crate) fn review(confirmed: bool, head: u8, inputs: &[RecordDigest]) -> Sealable {
    let review = Review {
        confirmed,
        summary: "exactly what was approved".to_owned(),
        tree: tree_id(head),
    };
    record("review", inputs, &review)
}

pub(crate) fn receipt(head: u8, inputs: &[RecordDigest]) -> Sealable {
    let receipt = DeliveryReceipt {
        place: "item".to_owned(),
        branch: "trail/VSME-142".to_owned(),
        head: commit_id(head),
        tree: tree_id(head),
        remote: None,
    };
    record("delivery", inputs, &receipt)
}

/// Unused outside tampering: the policy under which nothing here was done.
pub(crate) fn other_policy() -> Digest<trail_record::Policy> {
    let other = Digest::of(b"a policy that allows everything");
    assert_ne!(other, policy());
    other
}
