//! The session the golden history tells, and the ways in which a session may break the rules.
//!
//! A broken session ends with the entry that breaks them, so that its files stay small.

mod later;

use serde_json::{Value, json};
use trail_item::action::Action;
use trail_item::event::Event;
use trail_record::body::{GateName, GateOutcome, PatchPurpose};
use trail_record::record::Sealable;
use trail_record::{CommitId, Digest, Entry, Fence, Persona, Record, UserId, code};

use crate::events::{asked, claimed, committed, decided, event, spent, taken_up};
use crate::facts;
use crate::world::{Draft, Holder, World, minute};

/// What somebody who holds a worker's key may try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Twist {
    None,
    RequestNamesOtherHead,
    RequestSaysOtherAsks,
    RequestOfOtherPolicy,
    DecisionWrongCode,
    DecisionByPersonaAccount,
    DecisionByUnlisted,
    DecisionOnEditedComment,
    DecisionByRequester,
    DecisionOfOtherRequest,
    DecisionDelegatedToPlanner,
    DecisionHidesPlay,
    DecisionTwice,
    CommitUnapproved,
    CommitAfterRejection,
    CommitTwice,
    CommitOntoOther,
    CommitBeyondContract,
    CommitClimbsOutOfContract,
    CommitAboveBudget,
    CommitByTooFew,
    CommitAfterSecondThoughts,
    CommitAfterAmendment,
    CommitOverCount,
    PathTwice,
    RecordOfNewerFormat,
    InputFromNowhere,
    SpecFromNowhere,
    BodyOfOtherShape,
    DeliveryOfOtherTree,
    DeliveryUnapproved,
    DeliveryByOther,
    DeliveryAfterRefusal,
}

const ITEM: usize = 0;

struct Session {
    world: World,
    twist: Twist,
    spec: Option<Digest<Record>>,
    base: Option<CommitId>,
}

impl Session {
    fn draft(&self, events: Vec<Value>, records: Vec<Sealable>) -> Draft {
        Draft {
            events,
            records,
            spec: self.spec,
            base: self.base.clone(),
        }
    }

    fn write(&mut self, by: Holder, events: Vec<Value>, records: Vec<Sealable>) {
        let draft = self.draft(events, records);
        self.world.write(ITEM, by, draft);
    }

    /// The next entry without records, for what it says of its place.
    fn outline(&mut self, by: Holder) -> Entry {
        let draft = self.draft(Vec::new(), Vec::new());
        self.world.draft(ITEM, by, draft)
    }

    fn claim(&mut self, by: Holder, action: Action, fence: u64) {
        let minutes = self.world.items[ITEM].sealed.len() as u64 * 10;
        let claimed = claimed(action, fence, by.persona(), minutes + 30);
        self.write(by, vec![claimed], Vec::new());
    }
}

fn digests(records: &[Sealable]) -> Vec<Digest<Record>> {
    records.iter().map(Sealable::digest).collect()
}

/// Plays the session, up to where `twist` breaks the rules.
pub(crate) fn play(twist: Twist) -> World {
    let mut session = Session {
        world: World::new(),
        twist,
        spec: None,
        base: None,
    };
    // None means that the session ended early, at its twist.
    let _ = whole(&mut session);
    session.world
}

fn whole(session: &mut Session) -> Option<()> {
    let plan = intake_and_plan(session)?;
    let (patchset, approval) = implement(session, &plan)?;
    rotate_keys(session);
    let pull = later::test_and_fix(session, &patchset, approval.digest())?;
    later::deliver(session, &pull)?;
    later::second_item(session);
    session.world.checkpoint(ITEM, 7, Holder::Auditor);
    session.world.checkpoint(ITEM, 19, Holder::Auditor);
    session.world.checkpoint(1, 1, Holder::Auditor);
    Some(())
}

fn intake_and_plan(session: &mut Session) -> Option<Vec<Digest<Record>>> {
    let spec = facts::spec(&session.world.items[ITEM].subject);
    session.spec = Some(match session.twist {
        Twist::SpecFromNowhere => Digest::of(b"another spec"),
        _ => spec.digest(),
    });
    let taken = taken_up(&spec, "VSME-142.1");
    let seen = facts::body_seen(&spec, minute(0));
    session.write(Holder::Planner, vec![taken], vec![spec.clone(), seen]);
    if session.twist == Twist::SpecFromNowhere {
        return None;
    }
    session.base = Some(facts::commit_id(1));
    session.claim(Holder::Planner, Action::Plan, 1);
    let (persona, action) = (Persona::Planner, "plan");
    let first = facts::decision(1, persona, action, &[spec.digest()]);
    let summary = facts::conclusion("vsme-spec-summary", "eleven disclosures", &[first.digest()]);
    let second = facts::decision(2, persona, action, &[spec.digest(), summary.digest()]);
    let analysis = facts::conclusion("code-analysis", "one renderer", &[second.digest()]);
    let third = facts::decision(3, persona, action, &[summary.digest(), analysis.digest()]);
    let from = match session.twist {
        Twist::InputFromNowhere => Digest::of(b"nothing that was sealed"),
        _ => third.digest(),
    };
    let choice = facts::conclusion("library_choice", "use ex_xbrl", &[from]);
    let events = vec![
        spent(1, 3),
        event(&Event::Planned {
            fence: Fence(1),
            plan: choice.digest(),
        }),
    ];
    let records = vec![first, summary, second, analysis, third, choice];
    let plan = digests(&records);
    session.write(Holder::Planner, events, records);
    (session.twist != Twist::InputFromNowhere).then_some(plan)
}

/// The implementation: proposed, asked for, approved, committed. Returns patchset and approval.
fn implement(session: &mut Session, plan: &[Digest<Record>]) -> Option<(Sealable, Sealable)> {
    session.claim(Holder::Coder, Action::Implement, 2);
    let calls = [4, 5].map(|call| facts::decision(call, Persona::Coder, "implement", plan));
    let mut files = vec![
        ("Cargo.toml", "[package]\n".to_owned()),
        ("src/xbrl.rs", facts::renderer()),
    ];
    if session.twist == Twist::PathTwice {
        files.push(files[0].clone());
    }
    let onto = facts::commit_id(1);
    let patchset = facts::patchset(PatchPurpose::Implement, &onto, &files, &digests(&calls));
    let mut request = facts::gate_request(
        &session.outline(Holder::Coder),
        GateName::FILE_WRITE,
        Persona::Coder,
        patchset.digest(),
        None,
    );
    match session.twist {
        Twist::RequestNamesOtherHead => request.covers.head = None,
        Twist::RequestSaysOtherAsks => request.requested_by = Persona::Tester,
        Twist::RequestOfOtherPolicy => request.covers.policy = facts::other_policy(),
        Twist::CommitByTooFew => request.approvals = 2,
        Twist::CommitOverCount => {
            request
                .contract
                .as_mut()
                .expect("at file_write")
                .max_patchsets = 0;
        }
        _ => {}
    }
    let sealed_request = facts::request_record(&request);
    let events = vec![
        spent(2, 2),
        event(&Event::Proposed {
            fence: Fence(2),
            patchset: patchset.digest(),
        }),
        asked(&request, &sealed_request),
    ];
    let [first, second] = calls;
    let records = vec![first, second, patchset.clone(), sealed_request.clone()];
    session.write(Holder::Coder, events, records);
    if matches!(
        session.twist,
        Twist::RequestNamesOtherHead
            | Twist::RequestSaysOtherAsks
            | Twist::RequestOfOtherPolicy
            | Twist::PathTwice
    ) {
        return None;
    }
    let approval = approve(session, &patchset, &sealed_request)?;
    session.claim(Holder::Coder, Action::Apply, 3);
    commit(session, &patchset, &approval)?;
    Some((patchset, approval))
}

fn approve(session: &mut Session, patchset: &Sealable, request: &Sealable) -> Option<Sealable> {
    let gate = GateName::FILE_WRITE;
    let mut by = Holder::Planner;
    let mut decision = facts::gate_decision(request, gate, Persona::Planner, minute(45));
    let mut inputs = vec![request.digest()];
    match session.twist {
        Twist::DecisionWrongCode => decision.code = "00000-00000".to_owned(),
        Twist::DecisionByPersonaAccount | Twist::DecisionByUnlisted => {
            let account = match session.twist {
                Twist::DecisionByUnlisted => "u-mallory",
                _ => "u-tester",
            };
            decision.approver = UserId::from(account);
            decision.comment = Some(facts::seen(
                "h-1",
                &decision.approver,
                "/approve",
                minute(45),
            ));
        }
        Twist::DecisionOnEditedComment => {
            let comment = decision.comment.as_mut().expect("a human decided");
            comment.updated = minute(46);
        }
        Twist::DecisionByRequester => {
            by = Holder::Coder;
            decision.attested_by = Persona::Coder;
        }
        Twist::DecisionOfOtherRequest => {
            decision.request = patchset.digest();
            decision.code = code::of(patchset.digest().as_bytes());
            inputs = vec![patchset.digest()];
        }
        Twist::DecisionDelegatedToPlanner => {
            decision.delegated = true;
            decision.comment = None;
            decision.approver = UserId::from("u-planner");
        }
        Twist::DecisionHidesPlay => {
            decision.approver = UserId::from("u-sample");
            decision.comment = Some(facts::seen(
                "h-1",
                &decision.approver,
                "/approve",
                minute(45),
            ));
        }
        Twist::CommitAfterRejection => {
            decision.outcome = GateOutcome::Rejected;
        }
        _ => {}
    }
    let mut records = Vec::new();
    if decision.comment.is_some() {
        records.push(facts::comment_seen(&decision, minute(46)));
        inputs.push(records[0].digest());
    }
    let sealed = facts::decision_record(&decision, &inputs);
    records.push(sealed.clone());
    if session.twist == Twist::CommitAfterSecondThoughts {
        let mut rejection = decision.clone();
        rejection.outcome = GateOutcome::Rejected;
        rejection.approver = UserId::from("u-jonas");
        rejection.comment = Some(facts::seen(
            "h-2",
            &rejection.approver,
            "/reject",
            minute(46),
        ));
        records.push(facts::decision_record(&rejection, &inputs));
    }
    if session.twist == Twist::DecisionTwice {
        decision.why = Some("once more".to_owned());
        records.push(facts::decision_record(&decision, &inputs));
    }
    session.write(by, vec![decided(gate, request, &sealed)], records);
    let ends = matches!(
        session.twist,
        Twist::DecisionWrongCode
            | Twist::DecisionByPersonaAccount
            | Twist::DecisionByUnlisted
            | Twist::DecisionOnEditedComment
            | Twist::DecisionByRequester
            | Twist::DecisionOfOtherRequest
            | Twist::DecisionDelegatedToPlanner
            | Twist::DecisionHidesPlay
            | Twist::DecisionTwice
    );
    (!ends).then_some(sealed)
}

fn commit(session: &mut Session, patchset: &Sealable, approval: &Sealable) -> Option<()> {
    let inputs = match session.twist {
        Twist::CommitUnapproved => vec![patchset.digest()],
        _ => vec![patchset.digest(), approval.digest()],
    };
    let number = match session.twist {
        Twist::CommitOntoOther => 3,
        _ => 2,
    };
    let commit = facts::commit(number, Persona::Coder, &inputs);
    let bytes = facts::renderer().len() + "[package]\n".len();
    let event = committed(3, patchset, bytes, number);
    let mut records = vec![commit.clone()];
    match session.twist {
        Twist::CommitTwice => records.push(commit),
        Twist::RecordOfNewerFormat => {
            let mut record = commit.record().clone();
            record.format = 1;
            records = vec![Sealable::new(record).expect("has a canonical form")];
        }
        Twist::CommitAfterAmendment => {
            let amended = facts::amended(&session.world.items[ITEM].subject);
            session.spec = Some(amended.digest());
            records.insert(0, amended);
        }
        Twist::BodyOfOtherShape => {
            let mut record = commit.record().clone();
            record.body = trail_record::record::Raw::new(&json!({ "commit": 7 })).expect("is JSON");
            records = vec![Sealable::new(record).expect("has a canonical form")];
        }
        _ => {}
    }
    session.write(Holder::Coder, vec![event], records);
    let ends = matches!(
        session.twist,
        Twist::CommitUnapproved
            | Twist::CommitAfterRejection
            | Twist::CommitTwice
            | Twist::CommitOntoOther
            | Twist::CommitByTooFew
            | Twist::CommitAfterSecondThoughts
            | Twist::CommitAfterAmendment
            | Twist::RecordOfNewerFormat
            | Twist::BodyOfOtherShape
    );
    (!ends).then_some(())
}

fn rotate_keys(session: &mut Session) {
    let document = session.world.rotated_document();
    session.world.issue(&document, Holder::Operator);
}
