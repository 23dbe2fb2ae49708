//! The later part of the session, after the keys were rotated.

use trail_item::action::Action;
use trail_item::event::Event;
use trail_record::body::{GateName, PatchPurpose};
use trail_record::record::Sealable;
use trail_record::{Digest, Fence, Persona, Record};

use super::{Session, Twist};
use crate::events::{asked, claimed, committed, decided, event, spent, taken_up, tested};
use crate::facts;
use crate::world::{Draft, Holder, minute};

/// Tests, a failing run, a fix, a green run, the pull request. Returns it and its request.
pub(super) fn test_and_fix(
    session: &mut Session,
    patchset: &Sealable,
    contract: Digest<Record>,
) -> Option<(Sealable, Sealable)> {
    session.claim(Holder::Tester, Action::WriteTests, 4);
    let text = match session.twist {
        Twist::CommitAboveBudget => "//\n".repeat(2000),
        _ => "#[test]\nfn case_00() {}\n".to_owned(),
    };
    let path = match session.twist {
        Twist::CommitBeyondContract => "build.rs",
        Twist::CommitClimbsOutOfContract => "src/../../home/.profile",
        _ => "tests/xbrl.rs",
    };
    let call = facts::decision(6, Persona::Tester, "write-tests", &[patchset.digest()]);
    let tests = facts::patchset(
        PatchPurpose::Test,
        &facts::commit_id(2),
        &[(path, text.clone())],
        &[call.digest()],
    );
    let verdict = facts::verdict(contract, tests.digest());
    let commit = facts::commit(3, Persona::Tester, &[tests.digest(), verdict.digest()]);
    let events = vec![spent(4, 1), committed(4, &tests, text.len(), 3)];
    let made = vec![call, tests.clone(), verdict, commit.clone()];
    session.write(Holder::Tester, events, made);
    if matches!(
        session.twist,
        Twist::CommitBeyondContract
            | Twist::CommitClimbsOutOfContract
            | Twist::CommitAboveBudget
            | Twist::CommitOverCount
    ) {
        return None;
    }

    session.claim(Holder::Tester, Action::RunTests, 5);
    let call = facts::decision(7, Persona::Tester, "run-tests", &[commit.digest()]);
    let red = facts::test_result(3, 3, &[commit.digest(), tests.digest()]);
    let events = vec![spent(5, 1), tested(5, &red, 3)];
    session.write(Holder::Tester, events, vec![call, red.clone()]);

    session.claim(Holder::NewCoder, Action::Fix, 6);
    let first = facts::decision(8, Persona::Coder, "fix", &[red.digest()]);
    let diagnosis = facts::conclusion("diagnosis", "B3 is a flow", &[first.digest(), red.digest()]);
    let second = facts::decision(9, Persona::Coder, "fix", &[diagnosis.digest()]);
    let text = "pub fn period() -> Period { Period::Duration }\n".to_owned();
    let fix = facts::patchset(
        PatchPurpose::Fix,
        &facts::commit_id(3),
        &[("src/period.rs", text.clone())],
        &[diagnosis.digest(), second.digest()],
    );
    let verdict = facts::verdict(contract, fix.digest());
    let commit = facts::commit(4, Persona::Coder, &[fix.digest(), verdict.digest()]);
    let events = vec![spent(6, 2), committed(6, &fix, text.len(), 4)];
    let made = vec![first, diagnosis, second, fix, verdict, commit.clone()];
    session.write(Holder::NewCoder, events, made);

    session.claim(Holder::Tester, Action::RunTests, 7);
    let green = facts::test_result(4, 0, &[commit.digest(), tests.digest()]);
    let pull = facts::pull_request(4, &[green.digest(), commit.digest()]);
    let request = facts::gate_request(
        &session.outline(Holder::Tester),
        GateName::PR_CREATE,
        Persona::Reviewer,
        pull.digest(),
        Some(facts::tree_id(4)),
    );
    let sealed_request = facts::request_record(&request);
    let events = vec![
        tested(7, &green, 0),
        event(&Event::Prepared {
            pull_request: pull.digest(),
            tree: facts::tree_id(4),
        }),
        asked(&request, &sealed_request),
    ];
    session.write(
        Holder::Tester,
        events,
        vec![green, pull.clone(), sealed_request.clone()],
    );
    Some((pull, sealed_request))
}

pub(super) fn deliver(session: &mut Session, (pull, request): &(Sealable, Sealable)) -> Option<()> {
    let gate = GateName::PR_CREATE;
    let decision = facts::gate_decision(request, gate, Persona::Planner, minute(158));
    let seen = facts::comment_seen(&decision, minute(159));
    let approval = facts::decision_record(&decision, &[request.digest(), seen.digest()]);
    let said = decided(gate, request, &approval);
    session.write(Holder::NewPlanner, vec![said], vec![seen, approval.clone()]);

    let by = match session.twist {
        Twist::DeliveryByOther => Holder::Tester,
        _ => Holder::Reviewer,
    };
    session.claim(by, Action::Deliver, 8);
    let call = facts::decision(10, by.persona(), "deliver", &[pull.digest()]);
    let confirmed = session.twist != Twist::DeliveryAfterRefusal;
    let review = facts::review(confirmed, 4, &[call.digest(), pull.digest()]);
    let inputs = match session.twist {
        Twist::DeliveryUnapproved => vec![pull.digest(), review.digest()],
        _ => vec![pull.digest(), review.digest(), approval.digest()],
    };
    let head = match session.twist {
        Twist::DeliveryOfOtherTree => 3,
        _ => 4,
    };
    let receipt = facts::receipt(head, &inputs);
    let events = vec![
        spent(8, 1),
        event(&Event::Delivered {
            fence: Fence(8),
            receipt: receipt.digest(),
        }),
    ];
    session.write(by, events, vec![call, review, receipt]);
    if session.twist != Twist::None {
        return None;
    }
    session.write(
        Holder::Planner,
        Vec::new(),
        vec![facts::labels_seen(minute(190))],
    );
    Some(())
}

pub(super) fn second_item(session: &mut Session) {
    session
        .world
        .add_item("VSME-143", "7d2e9c44-0c1b-4b8e-8d0a-1f9e5a2c0143");
    let spec = facts::spec(&session.world.items[1].subject);
    let taken = taken_up(&spec, "VSME-143.1");
    let named = Some(spec.digest());
    let draft = |events, records, base| Draft {
        events,
        records,
        spec: named,
        base,
    };
    session
        .world
        .write(1, Holder::NewPlanner, draft(vec![taken], vec![spec], None));
    let claimed = claimed(Action::Plan, 1, Persona::Planner, 40);
    let base = Some(facts::commit_id(1));
    session.world.write(
        1,
        Holder::NewPlanner,
        draft(vec![claimed], Vec::new(), base),
    );
}
