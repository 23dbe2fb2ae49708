//! Proving: what the tests show, and what was reported from outside.

use trail_record::{CriterionId, Fence, Persona};

use super::{Actor, Effect, Illegal, illegal, only};
use crate::state::{MAX_REWRITES, Stage, State};

/// What the tests prove was found out.
///
/// Under a fence it belongs to the run of tests that passed: tests that prove nothing may go back to
/// the tester, who is not sent back for ever. Without one a person asked for it; that moves nothing.
pub(super) fn proved(
    state: &mut State,
    actor: &Actor,
    fence: Option<Fence>,
    proven: &[CriterionId],
    open: &[CriterionId],
    again: bool,
) -> Result<Vec<Effect>, Illegal> {
    only(actor, Persona::Tester, "what the tests prove")?;
    if proven.iter().any(|own| open.contains(own)) {
        return illegal("a criterion is proven or open, not both");
    }
    if state.lease.is_some() {
        return illegal("what the tests prove is sealed between actions");
    }
    let Some(fence) = fence else {
        if !matches!(state.stage, Stage::Green { .. } | Stage::Delivered { .. }) {
            return illegal("outside a run of the tests, what they prove is sealed when they pass");
        }
        if again {
            return illegal("only a run of the tests sends them back");
        }
        return Ok(Vec::new());
    };
    if state.stage != Stage::Testable || state.passing.is_none() || fence != state.fence {
        return illegal("what the tests prove is found out when they have passed");
    }
    if !again {
        if open.is_empty() {
            state.rewrites = 0;
        }
        return Ok(Vec::new());
    }
    if open.is_empty() {
        return illegal("all is proven: nothing is written anew");
    }
    if state.rewrites >= MAX_REWRITES {
        return illegal("the tests were written anew often enough: a human judges them");
    }
    state.rewrites += 1;
    state.stage = Stage::Written;
    Ok(Vec::new())
}

/// Results of tests that were run elsewhere are kept; they move nothing.
pub(super) fn reported(state: &State, actor: &Actor) -> Result<Vec<Effect>, Illegal> {
    only(actor, Persona::Tester, "a report of tests")?;
    if state.task.is_none() {
        return illegal("there is no sealed task that results could be of");
    }
    Ok(Vec::new())
}

#[cfg(test)]
mod tests {
    use super::super::play::*;
    use crate::action::Action;
    use crate::event::{Event, Order};
    use crate::state::MAX_REWRITES;

    fn reported() -> Event {
        Event::Reported {
            report: record("report"),
        }
    }

    /// The tests of the run passed; what they prove is not sealed yet.
    fn passed(play: Play) -> Play {
        let play = play.claim(Action::RunTests);
        let fence = play.fence();
        play.then(Tester, tested(fence, true))
    }

    /// Writes the tests anew and has them pass.
    fn rewritten(play: Play) -> Play {
        let play = play.claim(Action::WriteTests);
        let fence = play.fence();
        let play = play.then(Tester, proposed(fence, "rewritten"));
        let play = play
            .then(Tester, asked("file_write", Tester, Coder, 1))
            .then(Planner, approved("file_write", &format!("c-{fence}")))
            .claim(Action::Apply);
        let fence = play.fence();
        passed(play.then(Coder, committed(fence, "rewritten", 10)))
    }

    #[test]
    fn what_tests_prove_is_sealed_by_the_tester_after_they_passed() {
        let play = passed(Play::testable());
        let fence = play.fence();
        let all = proved(Some(fence), &["AC-1"], &[], false);
        play.check(&[
            (Tester, all.clone(), Ok("testable")),
            (
                Tester,
                proved(Some(fence), &[], &["AC-1"], true),
                Ok("written"),
            ),
            (
                Tester,
                proved(Some(fence), &[], &["AC-1"], false),
                Ok("testable"),
            ),
            (Coder, all.clone(), Err("the tester's to write")),
            (
                Tester,
                proved(Some(fence - 1), &[], &[], false),
                Err("when they have passed"),
            ),
            (
                Tester,
                proved(Some(fence), &["AC-1"], &["AC-1"], false),
                Err("not both"),
            ),
            (
                Tester,
                proved(Some(fence), &["AC-1"], &[], true),
                Err("all is proven"),
            ),
            (
                Tester,
                proved(None, &["AC-1"], &[], false),
                Err("sealed when they pass"),
            ),
        ]);
        let sealed = play
            .then(Tester, all)
            .then(Tester, prepared("tree of tests"));
        assert_eq!(sealed.state.stage_name(), "green");
    }

    #[test]
    fn what_did_not_pass_proves_nothing() {
        let red = Play::red();
        let fence = red.fence();
        red.check(&[(
            Tester,
            proved(Some(fence), &["AC-1"], &[], false),
            Err("when they have passed"),
        )]);
        let claimed = Play::testable().claim(Action::RunTests);
        let fence = claimed.fence();
        claimed.check(&[(
            Tester,
            proved(Some(fence), &["AC-1"], &[], false),
            Err("between actions"),
        )]);
    }

    #[test]
    fn a_person_may_ask_later_and_moves_nothing() {
        let later = || proved(None, &["AC-1"], &[], false);
        for (play, stage) in [(Play::green(1), "green"), (Play::delivered(), "delivered")] {
            play.check(&[
                (Tester, later(), Ok(stage)),
                (Reviewer, later(), Err("the tester's to write")),
                (
                    Tester,
                    proved(None, &[], &["AC-1"], true),
                    Err("sends them back"),
                ),
            ]);
            let before = play.state.clone();
            assert_eq!(play.then(Tester, later()).state, before);
        }
        Play::delivering().check(&[(Tester, later(), Err("between actions"))]);
    }

    #[test]
    fn tests_go_back_a_few_times_and_then_a_human_judges() {
        let mut play = passed(Play::testable());
        let again = |play: &Play| proved(Some(play.fence()), &[], &["AC-1"], true);
        for round in 1..=MAX_REWRITES {
            let event = again(&play);
            play = play.then(Tester, event);
            assert_eq!(play.state.rewrites, round);
            assert_eq!(play.state.due(play.now()), Some(Action::WriteTests));
            play = rewritten(play);
        }
        play.check(&[(Tester, again(&play), Err("a human judges them"))]);
        // The open criterion goes on to the pull request, where a human rejects it.
        let event = proved(Some(play.fence()), &[], &["AC-1"], false);
        let green = play
            .then(Tester, event)
            .then(Tester, prepared("tree of rewritten"))
            .then(Tester, asked("pr_create", Tester, Reviewer, 1));
        let rejected = green.then(Planner, rejected("pr_create", "c-x"));
        assert_eq!(rejected.state.rewrites, 0, "a human has looked");
    }

    #[test]
    fn tests_that_prove_everything_end_the_count() {
        let play = passed(Play::testable());
        let event = proved(Some(play.fence()), &[], &["AC-1"], true);
        let play = rewritten(play.then(Tester, event));
        assert_eq!(play.state.rewrites, 1);
        let event = proved(Some(play.fence()), &["AC-1"], &[], false);
        assert_eq!(play.then(Tester, event).state.rewrites, 0);
    }

    #[test]
    fn a_retry_gives_the_tester_new_rounds() {
        let play = passed(Play::testable());
        let event = proved(Some(play.fence()), &[], &["AC-1"], true);
        let play = play.then(Tester, event).claim(Action::WriteTests);
        let fence = play.fence();
        let stuck = play.then(Tester, failed(fence, false));
        let retried = stuck.then(Planner, obeyed(Order::Retry, "c-r"));
        assert_eq!(retried.state.rewrites, 0);
        assert_eq!(retried.state.stage_name(), "written");
    }

    #[test]
    fn reports_from_outside_move_nothing_wherever_the_work_stands() {
        Play::default().check(&[(Tester, reported(), Err("no sealed task"))]);
        for play in [
            Play::ready(),
            Play::testable().claim(Action::RunTests),
            Play::green(1),
            Play::delivered(),
        ] {
            play.check(&[(Planner, reported(), Err("the tester's to write"))]);
            let before = play.state.clone();
            assert_eq!(play.then(Tester, reported()).state, before);
        }
    }
}
