//! What may happen at gates, and what may not.

use trail_record::body::GateOutcome;

use super::super::play::*;
use crate::action::Action;
use crate::event::{Event, Order};
use crate::state::Gate;

fn delegated(gate: &str, outcome: GateOutcome) -> Event {
    decided(gate, outcome, "u-reviewer", None)
}

fn plain(event: Event) -> Event {
    match event {
        Event::GateAsked {
            gate,
            request,
            code,
            requested_by,
            performed_by,
            approvals,
            contract: _,
        } => Event::GateAsked {
            gate,
            request,
            code,
            requested_by,
            performed_by,
            approvals,
            contract: None,
        },
        other => other,
    }
}

fn with_contract(event: Event) -> Event {
    let Event::GateAsked {
        gate,
        request,
        code,
        requested_by,
        performed_by,
        approvals,
        ..
    } = event
    else {
        return event;
    };
    Event::GateAsked {
        gate,
        request,
        code,
        requested_by,
        performed_by,
        approvals,
        contract: Some(trail_record::body::Contract {
            paths: vec!["**".to_owned()],
            max_bytes: u64::MAX,
            max_patchsets: u32::MAX,
        }),
    }
}

#[test]
fn each_gate_stands_at_its_place_and_is_asked_for_by_its_own_persona() {
    let file_write = || asked("file_write", Coder, Coder, 1);
    let pr_create = || asked("pr_create", Tester, Reviewer, 1);
    Play::planned().check(&[
        (Coder, asked("plan", Coder, Coder, 1), Ok("planned")),
        (Coder, asked("legal", Coder, Coder, 1), Ok("planned")),
        (
            Coder,
            asked("exec", Coder, Coder, 1),
            Err("not asked for here"),
        ),
        (Coder, file_write(), Err("not asked for here")),
        (
            Coder,
            asked("pr_create", Coder, Coder, 1),
            Err("not asked for here"),
        ),
        (
            Planner,
            asked("legal", Planner, Coder, 1),
            Err("not asked for here"),
        ),
        (
            Planner,
            asked("legal", Coder, Coder, 1),
            Err("the coder's to write"),
        ),
        (
            Tester,
            asked("legal", Tester, Tester, 1),
            Err("not the one that is next"),
        ),
    ]);
    let play = Play::planned().claim(Action::Implement);
    let fence = play.fence();
    play.check(&[(
        Coder,
        asked("legal", Coder, Coder, 1),
        Err("between actions"),
    )]);
    let proposed = play.then(Coder, proposed(fence, "patchset"));
    proposed.check(&[
        (Coder, file_write(), Ok("proposed")),
        (
            Planner,
            asked("file_write", Planner, Coder, 1),
            Err("not asked for here"),
        ),
        (
            Coder,
            asked("plan", Coder, Coder, 1),
            Err("not asked for here"),
        ),
        (Coder, asked("legal", Coder, Coder, 1), Ok("proposed")),
    ]);
    Play::testable().check(&[
        (Tester, asked("exec", Tester, Tester, 1), Ok("testable")),
        (
            Tester,
            asked("plan", Tester, Tester, 1),
            Err("not asked for here"),
        ),
    ]);
    let play = Play::testable().claim(Action::RunTests);
    let fence = play.fence();
    let green = play
        .then(Tester, tested(fence, true))
        .then(Tester, prepared("tree of tests"));
    green.check(&[
        (Tester, pr_create(), Ok("green")),
        (
            Reviewer,
            asked("pr_create", Reviewer, Reviewer, 1),
            Err("not asked for here"),
        ),
        (
            Tester,
            with_contract(pr_create()),
            Err("not asked for here"),
        ),
        (
            Reviewer,
            with_contract(asked("legal", Reviewer, Reviewer, 1)),
            Err("not asked"),
        ),
    ]);
    for ended in [Play::delivered(), Play::default()] {
        ended.check(&[(Coder, asked("legal", Coder, Coder, 1), Err("that is next"))]);
    }
}

#[test]
fn a_request_shows_its_own_code() {
    let mut event = asked("legal", Coder, Coder, 1);
    if let Event::GateAsked { code, .. } = &mut event {
        "00000-00000".clone_into(code);
    }
    Play::planned().check(&[(Coder, event, Err("not the one of the request"))]);
}

#[test]
fn one_gate_waits_at_a_time() {
    Play::proposed(1).check(&[
        (
            Coder,
            asked("legal", Coder, Coder, 1),
            Err("another gate waits"),
        ),
        (
            Coder,
            asked("file_write", Coder, Coder, 1),
            Err("another gate waits"),
        ),
    ]);
    let open = Play::proposed(1).then(Planner, approved("file_write", "c-1"));
    open.check(&[(
        Coder,
        asked("file_write", Coder, Coder, 1),
        Err("not asked for here"),
    )]);
}

#[test]
fn a_decision_is_sealed_by_who_neither_asked_nor_performs() {
    let yes = || approved("file_write", "c-1");
    Play::proposed(1).check(&[
        (Planner, yes(), Ok("proposed")),
        (Coder, yes(), Err("the planner's to write")),
        (Tester, yes(), Err("the planner's to write")),
        (Reviewer, yes(), Err("the planner's to write")),
    ]);
    let own = Play::ready().then(Planner, asked("legal", Planner, Planner, 1));
    assert_eq!(own.state.desk(), Reviewer);
    own.check(&[
        (Reviewer, approved("legal", "c"), Ok("ready")),
        (
            Planner,
            approved("legal", "c"),
            Err("the reviewer's to write"),
        ),
    ]);
    for requested_by in trail_record::Persona::ALL {
        for performed_by in trail_record::Persona::ALL {
            let gate = Gate {
                requested_by,
                performed_by,
                ..own.state.label_gate.clone().unwrap()
            };
            assert!(![requested_by, performed_by].contains(&gate.attestor()));
        }
    }
}

#[test]
fn only_the_gate_that_waits_is_decided() {
    Play::proposed(1).check(&[
        (Planner, approved("pr_create", "c"), Err("another one")),
        (Planner, approved("legal", "c"), Err("another one")),
    ]);
    Play::planned().check(&[(Planner, approved("file_write", "c"), Err("no gate waits"))]);
    let open = Play::proposed(1).then(Planner, approved("file_write", "c-1"));
    open.check(&[
        (Planner, approved("file_write", "c-2"), Err("no gate waits")),
        (Planner, rejected("file_write", "c-2"), Err("no gate waits")),
    ]);
}

#[test]
fn a_comment_decides_once() {
    let play = Play::proposed(2).then(Planner, approved("file_write", "c-1"));
    let again = decided("file_write", GateOutcome::Approved, "u-bob", Some("c-1"));
    play.check(&[(Planner, again, Err("used already"))]);
}

#[test]
fn two_approvals_are_two_people() {
    let play = Play::proposed(2).then(Planner, approved("file_write", "c-1"));
    assert!(play.state.waiting().is_some());
    assert_eq!(play.state.contract, None);
    play.check(&[(
        Planner,
        approved("file_write", "c-2"),
        Err("another one must"),
    )]);
    let bob = decided("file_write", GateOutcome::Approved, "u-bob", Some("c-2"));
    let play = play.then(Planner, bob);
    assert_eq!(play.state.due(play.now()), Some(Action::Apply));
}

#[test]
fn the_reviewer_decides_by_delegation_and_never_for_itself() {
    let yes = |gate| delegated(gate, GateOutcome::Approved);
    Play::proposed(1).check(&[
        (Reviewer, yes("file_write"), Ok("proposed")),
        (Planner, yes("file_write"), Err("the reviewer's to write")),
        (Coder, yes("file_write"), Err("the reviewer's to write")),
        (
            Reviewer,
            delegated("file_write", GateOutcome::Rejected),
            Err("can approve where"),
        ),
    ]);
    Play::green(1).check(&[(Reviewer, yes("pr_create"), Err("for itself"))]);
    Play::proposed(2).check(&[(Reviewer, yes("file_write"), Err("one approval is enough"))]);
}

#[test]
fn a_rejected_patchset_returns_to_the_plan() {
    let play = Play::proposed(1).then(Planner, rejected("file_write", "c-1"));
    assert_eq!(play.state.stage_name(), "planned");
    assert_eq!(play.state.gate, None);
    assert_eq!(play.state.due(play.now()), Some(Action::Implement));
}

#[test]
fn a_rejection_returns_each_subject_to_who_made_it() {
    Play::green(1).check(&[(Planner, rejected("pr_create", "c"), Ok("red"))]);
    let plan = Play::planned().then(Coder, asked("plan", Coder, Coder, 1));
    plan.check(&[(Planner, rejected("plan", "c"), Ok("ready"))]);
    for (from, action, stage) in [
        (Play::written(), Action::WriteTests, "written"),
        (Play::red(), Action::Fix, "red"),
    ] {
        let by = action.persona();
        let play = from.claim(action);
        let fence = play.fence();
        let play = play
            .then(by, proposed(fence, "more"))
            .then(by, asked("file_write", by, Coder, 1));
        let desk = play.state.desk();
        play.check(&[(desk, rejected("file_write", "c-8"), Ok(stage))]);
    }
}

#[test]
fn one_rejection_among_approvals_is_enough() {
    let bob = decided("file_write", GateOutcome::Rejected, "u-bob", Some("c-2"));
    let play = Play::proposed(2)
        .then(Planner, approved("file_write", "c-1"))
        .then(Planner, bob);
    assert_eq!(play.state.stage_name(), "planned");
}

#[test]
fn a_label_gate_blocks_until_passed() {
    let play = Play::planned().then(Coder, asked("legal", Coder, Coder, 1));
    assert_eq!(play.state.due(play.now()), None);
    play.check(&[(Coder, claimed(Action::Implement, 2, 30), Err("not due"))]);
    let play = play.then(Planner, approved("legal", "c"));
    assert_eq!(play.state.due(play.now()), Some(Action::Implement));
    play.check(&[(
        Coder,
        asked("legal", Coder, Coder, 1),
        Err("not asked for here"),
    )]);
}

#[test]
fn a_label_gate_before_an_approved_patchset_leaves_its_approval_alone() {
    let play = Play::proposed(1)
        .then(Planner, approved("file_write", "c-1"))
        .then(Coder, asked("legal", Coder, Coder, 1));
    play.check(&[(Coder, claimed(Action::Apply, 3, 30), Err("not due"))]);
    let play = play.then(Planner, approved("legal", "c-2"));
    play.check(&[(Coder, claimed(Action::Apply, 3, 30), Ok("proposed"))]);
}

#[test]
fn a_rejected_label_gate_holds_the_item_until_people_say_so() {
    let play = Play::planned()
        .then(Coder, asked("legal", Coder, Coder, 1))
        .then(Planner, rejected("legal", "c"));
    assert!(play.state.held);
    assert_eq!(play.state.due(play.now()), None);
    let play = play.then(Planner, obeyed(Order::Resume, "d"));
    play.check(&[(Coder, asked("legal", Coder, Coder, 1), Ok("planned"))]);
}

#[test]
fn a_gate_put_up_after_a_lease_lapsed_comes_before_the_late_holder() {
    let play = Play::planned().claim(Action::Implement);
    let fence = play.fence();
    let play = play.after(31).then(Coder, asked("legal", Coder, Coder, 1));
    play.check(&[(Coder, proposed(fence, "late"), Err("nobody holds"))]);
}

#[test]
fn no_gate_is_decided_while_a_finding_stands() {
    let play = Play::proposed(1).then(Planner, found("f", None));
    play.check(&[
        (
            Planner,
            approved("file_write", "c-1"),
            Err("gates are closed"),
        ),
        (
            Planner,
            rejected("file_write", "c-1"),
            Err("gates are closed"),
        ),
        (
            Reviewer,
            delegated("file_write", GateOutcome::Approved),
            Err("gates are closed"),
        ),
    ]);
    let play = play.then(Planner, disposed("f", "d"));
    play.check(&[(Planner, approved("file_write", "c-1"), Ok("proposed"))]);
}

#[test]
fn an_approval_whose_comment_was_touched_has_to_be_given_anew() {
    let patchset = Play::proposed(1).then(Planner, approved("file_write", "c-1"));
    let pull_request = Play::green(1).then(Planner, approved("pr_create", "c-2"));
    for (open, comment, stage, action) in [
        (patchset, "c-1", "planned", Action::Implement),
        (pull_request, "c-2", "testable", Action::RunTests),
    ] {
        let play = open
            .then(Planner, found("f", Some(comment)))
            .then(Planner, disposed("f", "d"));
        assert_eq!(play.state.stage_name(), stage);
        assert_eq!(play.state.gate, None);
        assert_eq!(play.state.due(play.now()), Some(action));
    }
}

#[test]
fn a_delivery_stuck_on_a_lost_approval_can_go_on() {
    let play = Play::delivering();
    let fence = play.fence();
    let play = play
        .then(Reviewer, failed(fence, false))
        .then(Planner, found("f", Some("c-2")))
        .then(Planner, disposed("f", "d"))
        .then(Planner, obeyed(Order::Retry, "e"));
    assert_eq!(play.state.due(play.now()), Some(Action::RunTests));
}

#[test]
fn a_finding_about_another_comment_takes_no_approval_back() {
    let play = Play::green(1)
        .then(Planner, approved("pr_create", "c-2"))
        .then(Planner, found("f", Some("elsewhere")))
        .then(Planner, disposed("f", "d"));
    assert_eq!(play.state.due(play.now()), Some(Action::Deliver));
}

#[test]
fn a_gate_without_a_contract_grants_none() {
    let play = Play::planned().claim(Action::Implement);
    let fence = play.fence();
    let play = play
        .then(Coder, proposed(fence, "patchset"))
        .then(Coder, plain(asked("file_write", Coder, Coder, 1)))
        .then(Planner, approved("file_write", "c-1"));
    assert_eq!(play.state.contract, None);
}
