//! What may come of work, and what may not.

use trail_record::Fence;

use super::super::Effect;
use super::super::play::*;
use crate::action::Action;
use crate::event::{Event, Order};
use crate::state::MAX_FIXES;

fn refused(fence: u64) -> Event {
    Event::Refused {
        fence: Fence(fence),
        review: record("review"),
    }
}

#[test]
fn each_action_has_its_own_outcomes() {
    let plan = |fence| Event::Planned {
        fence: Fence(fence),
        plan: record("plan"),
    };
    // What may come of each action, with the fence it is held under in this play.
    type Outcomes = [(&'static str, bool); 6];
    let table: [(Action, Play, Outcomes); 6] = [
        (
            Action::Plan,
            Play::ready(),
            [
                ("planned", true),
                ("proposed", false),
                ("committed", false),
                ("tested", false),
                ("delivered", false),
                ("refused", false),
            ],
        ),
        (
            Action::Implement,
            Play::planned(),
            [
                ("planned", false),
                ("proposed", true),
                ("committed", false),
                ("tested", false),
                ("delivered", false),
                ("refused", false),
            ],
        ),
        (
            Action::WriteTests,
            Play::written(),
            [
                ("planned", false),
                ("proposed", true),
                ("committed", true),
                ("tested", false),
                ("delivered", false),
                ("refused", false),
            ],
        ),
        (
            Action::RunTests,
            Play::testable(),
            [
                ("planned", false),
                ("proposed", false),
                ("committed", false),
                ("tested", true),
                ("delivered", false),
                ("refused", false),
            ],
        ),
        (
            Action::Fix,
            Play::red(),
            [
                ("planned", false),
                ("proposed", true),
                ("committed", true),
                ("tested", false),
                ("delivered", false),
                ("refused", false),
            ],
        ),
        (
            Action::Deliver,
            Play::green(1).then(Planner, approved("pr_create", "c-2")),
            [
                ("planned", false),
                ("proposed", false),
                ("committed", false),
                ("tested", false),
                ("delivered", true),
                ("refused", true),
            ],
        ),
    ];
    for (action, play, outcomes) in table {
        let play = play.claim(action);
        let fence = play.fence();
        for (outcome, legal) in outcomes {
            let event = match outcome {
                "planned" => plan(fence),
                "proposed" => proposed(fence, "p"),
                "committed" => committed(fence, "p", 1),
                "tested" => tested(fence, false),
                "delivered" => delivered(fence),
                _ => refused(fence),
            };
            let came = play.refusal(&worker(action.persona()), &event);
            assert_eq!(came.is_none(), legal, "{action} {outcome}: {came:?}");
        }
    }
}

#[test]
fn a_whole_run_goes_from_intake_to_delivery() {
    let play = Play::delivered();
    assert_eq!(play.state.stage_name(), "delivered");
    assert_eq!(
        play.effects,
        [Effect::CleanUp, Effect::Show(crate::state::Phase::Done)]
    );
    assert_eq!(play.state.lease, None);
    assert_eq!(play.state.gate, None);
}

#[test]
fn only_the_approved_patchset_is_applied_and_only_once() {
    let waiting = Play::proposed(1);
    waiting.check(&[(Coder, claimed(Action::Apply, 3, 30), Err("not due"))]);
    let play = waiting
        .then(Planner, approved("file_write", "c-1"))
        .claim(Action::Apply);
    let fence = play.fence();
    play.check(&[
        (Coder, committed(fence, "patchset", 10), Ok("written")),
        (
            Coder,
            committed(fence, "another", 10),
            Err("another patchset"),
        ),
    ]);
    let play = play.then(Coder, committed(fence, "patchset", 10));
    assert_eq!(play.state.gate, None, "the approval is used up");
    play.check(&[(Coder, committed(fence, "patchset", 10), Err("nobody holds"))]);
}

#[test]
fn a_failed_attempt_to_apply_keeps_the_approval_for_the_next() {
    let play = Play::proposed(1)
        .then(Planner, approved("file_write", "c-1"))
        .claim(Action::Apply);
    let fence = play.fence();
    let play = play.then(Coder, failed(fence, true)).claim(Action::Apply);
    let fence = play.fence();
    play.check(&[(Coder, committed(fence, "patchset", 10), Ok("written"))]);
}

#[test]
fn a_contract_lets_so_many_patchsets_and_bytes_through_and_no_more() {
    // The contract of these plays: two patchsets, a hundred bytes. One of ten has passed.
    let play = Play::red().claim(Action::Fix);
    let fence = play.fence();
    play.check(&[
        (Coder, committed(fence, "fix", 90), Ok("testable")),
        (Coder, committed(fence, "fix", 91), Err("used up")),
    ]);
    let play = play.then(Coder, committed(fence, "fix", 1));
    let play = play.claim(Action::RunTests);
    let fence = play.fence();
    let play = play.then(Tester, tested(fence, false)).claim(Action::Fix);
    let fence = play.fence();
    play.check(&[
        (Coder, committed(fence, "fix", 1), Err("used up")),
        (Coder, proposed(fence, "fix"), Ok("proposed")),
    ]);
}

#[test]
fn a_fix_outside_the_contract_asks_again_and_its_approval_replaces_the_contract() {
    let play = Play::red().claim(Action::Fix);
    let fence = play.fence();
    let play = play
        .then(Coder, proposed(fence, "fix"))
        .then(Coder, asked("file_write", Coder, Coder, 1))
        .then(Planner, approved("file_write", "c-7"))
        .claim(Action::Apply);
    assert_eq!(play.state.contract.as_ref().unwrap().patchsets, 0);
    let fence = play.fence();
    play.check(&[(Coder, committed(fence, "fix", 1000), Ok("testable"))]);
}

#[test]
fn a_pull_request_is_prepared_of_exactly_the_tree_that_passed() {
    let never = Play::testable();
    let tree = "tree of tests";
    never.check(&[(Tester, prepared(tree), Err("when the tests have passed"))]);
    let play = Play::red();
    play.check(&[(Tester, prepared(tree), Err("when the tests have passed"))]);
    let play = play.claim(Action::Fix);
    let fence = play.fence();
    let fixed = play.then(Coder, committed(fence, "fix", 1));
    // The tests ran before the fix, not after it.
    fixed.check(&[
        (
            Tester,
            prepared("tree of fix"),
            Err("when the tests have passed"),
        ),
        (Tester, prepared(tree), Err("when the tests have passed")),
    ]);
    let play = fixed.claim(Action::RunTests);
    let fence = play.fence();
    let play = play.then(Tester, tested(fence, true));
    play.check(&[
        (Tester, prepared("tree of fix"), Ok("green")),
        (Tester, prepared(tree), Err("not of the tree")),
        (Coder, prepared("tree of fix"), Err("the tester's to write")),
    ]);
}

#[test]
fn nothing_is_delivered_that_nobody_approved() {
    Play::green(1).check(&[(Reviewer, claimed(Action::Deliver, 6, 30), Err("not due"))]);
    let play = Play::delivering();
    let fence = play.fence();
    play.check(&[(Reviewer, delivered(fence), Ok("delivered"))]);
    let ended = Play::delivered();
    ended.check(&[(Reviewer, delivered(fence), Err("nobody holds"))]);
}

#[test]
fn a_refusal_to_deliver_voids_the_approval() {
    let play = Play::delivering();
    let fence = play.fence();
    let play = play.then(Reviewer, refused(fence));
    assert_eq!(play.state.stage_name(), "red");
    assert_eq!(play.state.gate, None);
    play.check(&[(Planner, approved("pr_create", "c-9"), Err("no gate waits"))]);
}

#[test]
fn failures_in_a_row_ask_a_human_and_a_success_starts_the_count_anew() {
    let fail = |play: Play, action: Action| {
        let play = play.claim(action);
        let fence = play.fence();
        play.then(action.persona(), failed(fence, true))
    };
    let play = fail(fail(Play::ready(), Action::Plan), Action::Plan);
    assert_eq!(play.state.stage_name(), "ready");
    let stuck = fail(play.clone(), Action::Plan);
    assert_eq!(stuck.state.stage_name(), "stuck");
    let again = stuck.then(Planner, obeyed(Order::Retry, "c"));
    assert_eq!(fail(again, Action::Plan).state.stage_name(), "ready");

    let play = play.claim(Action::Plan);
    let fence = play.fence();
    let (fence, plan) = (Fence(fence), record("plan"));
    let play = play.then(Planner, Event::Planned { fence, plan });
    assert_eq!(play.state.failures, 0);
}

#[test]
fn a_failure_that_cannot_be_retried_asks_a_human_at_once() {
    let play = Play::red().claim(Action::Fix);
    let fence = play.fence();
    let play = play.then(Coder, failed(fence, false));
    assert_eq!(play.state.stage_name(), "stuck");
    assert_eq!(play.state.next_action(), None);
    let play = play.then(Planner, obeyed(Order::Retry, "c"));
    assert_eq!(play.state.stage_name(), "red");
}

#[test]
fn tests_that_stay_red_ask_a_human_after_five_fixes() {
    let mut play = Play::red();
    play.state.contract.as_mut().unwrap().contract.max_patchsets = 100;
    for round in 1..=MAX_FIXES {
        play = play.claim(Action::Fix);
        let fence = play.fence();
        play = play.then(Coder, committed(fence, "fix", 1));
        play = play.claim(Action::RunTests);
        let fence = play.fence();
        play = play.then(Tester, tested(fence, false));
        let stuck = round == MAX_FIXES;
        assert_eq!(play.state.stage_name() == "stuck", stuck, "{round}");
    }
    // A human looked: there is a whole new series of fixes, not only one.
    play = play
        .then(Planner, obeyed(Order::Retry, "c"))
        .claim(Action::Fix);
    let fence = play.fence();
    play = play.then(Coder, committed(fence, "fix", 1));
    play = play.claim(Action::RunTests);
    let fence = play.fence();
    play.check(&[(Tester, tested(fence, false), Ok("red"))]);
}
