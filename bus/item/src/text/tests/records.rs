//! Records as workers make them, with words from outside in every place where there can be some.

use trail_record::body::proof::{Claim, Outcome, Seen, judge};
use trail_record::body::{
    Authority, CommentSeen, Conclusion, Contract, Covers, Criterion, FileChange, GateDecision,
    GateName, GateOutcome, GateRequest, PatchPurpose, Patchset, Proof, PullRequest, Risk, Scope,
    Spec, TestCase, TestOutcome, TestResult, Validates, Verdict,
};
use trail_record::{
    CommitId, Digest, Entry, FORMAT, Keypair, Moment, Persona, Record, Sealed, TreeId,
};

use crate::event::{Event, RULES};
use crate::text::{GateShown, pull_request, shown, standings};

/// What comes from outside: by models, strangers, files and trackers.
#[derive(Clone)]
pub(super) struct Words {
    pub(super) text: String,
    pub(super) name: String,
    pub(super) diff: String,
}

impl Words {
    pub(super) fn tame() -> Self {
        Self {
            text: "Adds `Period::Duration`, so that B3 is reported over the year.\nNothing else changes.".to_owned(),
            name: "src/render.rs".to_owned(),
            diff: "--- a/src/render.rs\n+++ b/src/render.rs\n@@ -1 +1 @@\n-old\n+new\n".to_owned(),
        }
    }

    pub(super) fn all(hostile: &str) -> Self {
        Self {
            text: hostile.to_owned(),
            name: hostile.to_owned(),
            diff: hostile.to_owned(),
        }
    }
}

pub(super) const CODE: &str = "7K3QX-0M9TB";

pub(super) fn digest(name: &str) -> Digest<Record> {
    Digest::of(name.as_bytes())
}

pub(super) fn moment() -> Moment {
    Moment::from_millis(1_795_165_200_000)
}

pub(super) fn commit() -> CommitId {
    CommitId::from("3f0c1de2a9b84c7785d1e6f7a0b1c2d3e4f50617")
}

pub(super) fn tree() -> TreeId {
    TreeId::from("9a1b2c3d4e5f60718293a4b5c6d7e8f901234567")
}

pub(super) fn criterion(id: &str, text: &str, keeps: bool) -> Criterion {
    Criterion {
        id: id.into(),
        revision: 1,
        text: text.to_owned(),
        keeps,
    }
}

pub(super) fn spec(words: &Words) -> Spec {
    Spec {
        item: "0a1b".into(),
        key: "VSME-142".into(),
        title: words.text.clone(),
        body: words.text.clone(),
        text: Digest::of(b"text"),
        criteria: vec![
            criterion("AC-1", &words.text, false),
            criterion("AC-2", "B1 stays an instant.", true),
        ],
        scope: Scope {
            read: Vec::new(),
            write: vec!["src/**".to_owned(), words.name.clone()],
        },
        risk: Risk::High,
        depends_on: Vec::new(),
        references: Vec::new(),
        author: "u-ada".into(),
        authority: Authority::Author {
            user: "u-ada".into(),
        },
        revision: 1,
    }
}

pub(super) fn conclusion(words: &Words) -> Conclusion {
    Conclusion {
        name: words.name.clone(),
        statement: words.text.clone(),
        choice: Some(words.name.clone()),
        alternatives: vec!["write it by hand".to_owned()],
        rationale: words.text.clone(),
        criteria: vec!["AC-1".to_owned()],
    }
}

pub(super) fn patchset(words: &Words) -> Patchset {
    let file = |path: &str, before: bool, after: Option<&str>| FileChange {
        path: path.to_owned(),
        before: before.then(|| Digest::of(b"before")),
        after: after.map(str::to_owned),
    };
    Patchset {
        purpose: PatchPurpose::Implement,
        onto: commit(),
        files: vec![
            file(&words.name, true, Some("new")),
            file("src/period.rs", false, Some("new")),
            file("src/old.rs", true, None),
        ],
        summary: words.text.clone(),
    }
}

pub(super) fn result(words: &Words, green: bool) -> TestResult {
    let case = |name: &str, outcome| TestCase {
        name: name.to_owned(),
        outcome,
        validates: vec![Validates {
            work_item: "VSME-142".into(),
            criterion: "AC-1".into(),
            revision: None,
        }],
        failed_by: None,
        message: None,
        place: None,
    };
    let last = if green {
        TestOutcome::Passed
    } else {
        TestOutcome::Failed
    };
    TestResult {
        tree: tree(),
        command: vec!["cargo".to_owned(), "test".to_owned()],
        environment: Digest::of(b"environment"),
        sandbox: "bubblewrap".to_owned(),
        exit: Some(i32::from(!green)),
        ended: (!green).then(|| words.name.clone()),
        cases: vec![
            case("render::b1_is_an_instant", TestOutcome::Passed),
            case(&words.name, last),
        ],
        output: words.text.clone(),
        output_digest: Digest::of(b"output"),
    }
}

/// What three tests show: one proves the first criterion, one of it is vacuous, one of the other.
pub(super) fn proofs(words: &Words) -> Vec<Proof> {
    let seen = |outcome| Seen {
        outcome,
        by: vec![digest("trial")],
    };
    let proof = |test: &str, base, criterion: &str, keeps| {
        let (verdict, proves, reason) = judge(base, Outcome::Passed, None, keeps);
        Proof {
            test: test.to_owned(),
            place: None,
            tree: tree(),
            base: seen(base),
            change: seen(Outcome::Passed),
            mutant: None,
            claims: vec![Claim {
                criterion: Validates {
                    work_item: "VSME-142".into(),
                    criterion: criterion.into(),
                    revision: Some(1),
                },
                keeps,
                verdict,
                proves,
                reason: reason.to_owned(),
            }],
        }
    };
    vec![
        proof(
            "render::b3_is_a_duration",
            Outcome::Assertion,
            "AC-1",
            false,
        ),
        proof(&words.name, Outcome::Passed, "AC-1", false),
        proof(&words.name, Outcome::Passed, "AC-2", true),
    ]
}

pub(super) fn the_pull_request(words: &Words) -> PullRequest {
    let commits = [(commit(), words.text.clone())];
    let approvals = ["gate `file_write` by Ada (u-ada), decision 6b86b273ff34".to_owned()];
    let conclusions = [conclusion(words)];
    let standings = standings(&spec(words), &proofs(words));
    PullRequest {
        title: format!("VSME-142: {}", words.text),
        body: pull_request(
            &spec(words),
            &conclusions,
            &commits,
            &result(words, true),
            Some(&standings),
            &approvals,
        ),
        branch: "trail/VSME-142.1".to_owned(),
        base: commit(),
        head: commit(),
        tree: tree(),
    }
}

pub(super) fn contract(words: &Words) -> Contract {
    Contract {
        paths: vec!["src/**".to_owned(), words.name.clone()],
        max_bytes: 200_000,
        max_patchsets: 5,
    }
}

pub(super) fn request(
    words: &Words,
    gate: &str,
    what: GateShown<'_>,
    approvals: u32,
) -> GateRequest {
    let gate = GateName::new(gate);
    let contract = (gate.as_str() == GateName::FILE_WRITE).then(|| contract(words));
    let shown = shown(&gate, &spec(words).criteria, contract.as_ref(), what);
    GateRequest {
        gate,
        requested_by: Persona::Coder,
        performed_by: Persona::Coder,
        subject: digest("subject"),
        covers: Covers {
            spec: digest("spec"),
            policy: Digest::of(b"policy"),
            trust: Digest::of(b"trust"),
            base: None,
            tree: None,
            head: None,
        },
        contract,
        shown,
        approvals,
    }
}

pub(super) fn decision(
    words: &Words,
    gate: &str,
    outcome: GateOutcome,
    delegated: bool,
) -> GateDecision {
    GateDecision {
        gate: GateName::new(gate),
        request: digest("request"),
        code: CODE.to_owned(),
        outcome,
        why: Some(words.text.clone()),
        approver: words.name.as_str().into(),
        name: words.name.clone(),
        comment: (!delegated).then(|| CommentSeen {
            id: "c-17".into(),
            author: "u-ada".into(),
            text: Digest::of(b"comment"),
            created: moment(),
            updated: moment(),
        }),
        attested_by: Persona::Planner,
        delegated,
        simulated: false,
        verdict: Verdict {
            allowed: true,
            rules: vec!["delegate-low-risk".to_owned()],
            reason: "low risk".to_owned(),
        },
    }
}

pub(super) fn sealed() -> Sealed {
    let event = Event::Answered {
        comment: "c-17".into(),
    };
    let entry = Entry {
        format: FORMAT,
        rules: RULES,
        project: "project".into(),
        item: "0a1b".into(),
        key: "VSME-142".into(),
        run: "VSME-142.1".into(),
        seq: 7,
        prev: Some(Digest::of(b"before")),
        persona: Persona::Planner,
        worker: "planner@host:1".into(),
        trust: Digest::of(b"trust"),
        policy: Digest::of(b"policy"),
        spec: Some(digest("spec")),
        base: None,
        at: moment(),
        events: vec![serde_json::to_value(event).unwrap()],
        records: Vec::new(),
    };
    entry.seal(&Keypair::from_seed(&[7; 32])).unwrap()
}
