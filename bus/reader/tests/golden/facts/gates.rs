//! Gate requests and what is said to them.

use trail_record::body::{
    CommentSeen, Contract, Covers, GateDecision, GateName, GateOutcome, GateRequest, Observation,
    Observed,
};
use trail_record::record::Sealable;
use trail_record::{CommentId, Digest, Entry, Moment, Persona, TreeId, UserId, code};

use super::{RecordDigest, allowed, record};

pub(crate) fn contract() -> Contract {
    Contract {
        paths: vec!["src/**".to_owned(), "tests/*.rs".to_owned()],
        max_bytes: 4000,
        max_patchsets: 2,
    }
}

/// A request as `entry` would seal it.
pub(crate) fn gate_request(
    entry: &Entry,
    gate: &str,
    performed_by: Persona,
    subject: RecordDigest,
    tree: Option<TreeId>,
) -> GateRequest {
    GateRequest {
        gate: GateName::new(gate),
        requested_by: entry.persona,
        performed_by,
        subject,
        covers: Covers {
            spec: entry.spec.expect("after intake"),
            policy: entry.policy,
            trust: entry.trust,
            base: entry.base.clone(),
            tree,
            head: entry.prev,
        },
        contract: (gate == GateName::FILE_WRITE).then(contract),
        shown: format!("What {gate} would let through, in words."),
        approvals: 1,
    }
}

pub(crate) fn request_record(request: &GateRequest) -> Sealable {
    record(
        &format!("request {}", request.gate),
        &[request.subject, request.covers.spec],
        request,
    )
}

pub(crate) fn seen(id: &str, author: &UserId, text: &str, at: Moment) -> CommentSeen {
    CommentSeen {
        id: CommentId::from(id),
        author: author.clone(),
        text: Digest::of(text.as_bytes()),
        created: at,
        updated: at,
    }
}

/// Klara's approval of a request, as `attested_by` would seal it.
pub(crate) fn gate_decision(
    request: &Sealable,
    gate: &str,
    attested_by: Persona,
    at: Moment,
) -> GateDecision {
    let code = code::of(request.digest().as_bytes());
    let approver = UserId::from("u-klara");
    GateDecision {
        gate: GateName::new(gate),
        request: request.digest(),
        comment: Some(seen(
            &format!("h-{gate}"),
            &approver,
            &format!("/approve {code}"),
            at,
        )),
        code,
        outcome: GateOutcome::Approved,
        why: Some("reads well".to_owned()),
        approver,
        name: "Klara Nilsson".to_owned(),
        attested_by,
        delegated: false,
        simulated: false,
        verdict: allowed("approvers-approve"),
    }
}

pub(crate) fn decision_record(decision: &GateDecision, inputs: &[RecordDigest]) -> Sealable {
    record(&format!("decision {}", decision.gate), inputs, decision)
}

pub(crate) fn comment_seen(decision: &GateDecision, at: Moment) -> Sealable {
    let observation = Observation {
        observed: Observed::Comment {
            comment: decision.comment.clone().expect("a human decided"),
            body: format!("/approve {}", decision.code),
        },
        at,
    };
    record("comment seen", &[], &observation)
}
