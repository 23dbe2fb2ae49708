//! Taking delivered work back: a run of its own, whose patchset is computed and passes the same gates.
//!
//! A run that takes work back does not plan, write tests or mend: what it applies is computed from the
//! commits that were delivered. Where it comes to nothing - rejected, refused, cancelled - the item
//! returns to its last approved state, which is the delivery.

use std::collections::BTreeSet;

use trail_record::{CommentId, Digest, Record, RunId};

use super::{Actor, Effect, Illegal, humans, illegal};
use crate::state::{RevertAsked, Reverts, Stage, State};

/// How many deliveries one run takes back at most: its request must be read by a human.
pub const MAX_REVERTED: usize = 50;

/// A human was told what taking the delivery back would do.
pub(super) fn asked(
    state: &mut State,
    actor: &Actor,
    comment: &CommentId,
    receipts: &[Digest<Record>],
    code: &str,
) -> Result<Vec<Effect>, Illegal> {
    let receipt = delivered(state)?;
    if receipts.first() != Some(&receipt) {
        return illegal("the delivery that would be taken back is not the newest");
    }
    let each_once: BTreeSet<_> = receipts.iter().collect();
    if each_once.len() != receipts.len() || receipts.len() > MAX_REVERTED {
        return illegal(format!(
            "at most {MAX_REVERTED} deliveries are taken back at once, each named once"
        ));
    }
    humans::answered(state, actor, comment)?;
    state.revert_asked = Some(RevertAsked {
        receipts: receipts.to_vec(),
        code: code.to_owned(),
    });
    Ok(Vec::new())
}

/// A human named the code: a run begins with what is to be applied already decided.
pub(super) fn begun(
    state: &mut State,
    actor: &Actor,
    revert: Digest<Record>,
    run: &RunId,
    comment: &CommentId,
    code: &str,
) -> Result<Vec<Effect>, Illegal> {
    let receipt = delivered(state)?;
    let told = state.revert_asked.as_ref();
    if told.is_none_or(|own| own.code != code || own.receipts.first() != Some(&receipt)) {
        return illegal("nobody was told under this code what would be taken back");
    }
    if state.is_closed() {
        return illegal("the gates are closed until a human clears the findings");
    }
    humans::answered(state, actor, comment)?;
    let Some(task) = &mut state.task else {
        return illegal("there is no task");
    };
    if task.run == *run {
        return illegal("taking work back is a run of its own");
    }
    task.run = run.clone();
    task.reverts = Some(Reverts { revert, receipt });
    state.revert_asked = None;
    state.stage = Stage::Planned;
    // Nothing that was allowed to the run before is allowed to this one.
    state.lease = None;
    state.gate = None;
    state.label_gate = None;
    state.passed.clear();
    state.contract = None;
    state.commit = None;
    state.passing = None;
    state.drift = None;
    state.held = false;
    state.rounds.clear();
    state.failures = 0;
    state.fixes = 0;
    state.rewrites = 0;
    state.calls = 0;
    state.cost_micros = 0;
    state.runs += 1;
    Ok(Vec::new())
}

/// Ends a run that takes work back without having done so; none if this run is no such.
pub(super) fn given_up(state: &mut State) -> Option<Vec<Effect>> {
    let task = state.task.as_mut()?;
    let reverts = task.reverts.take()?;
    state.stage = Stage::Delivered {
        receipt: reverts.receipt,
    };
    state.lease = None;
    state.gate = None;
    state.label_gate = None;
    state.commit = None;
    state.passing = None;
    state.held = false;
    Some(vec![Effect::CleanUp])
}

/// Returns the delivery that can be taken back.
fn delivered(state: &State) -> Result<Digest<Record>, Illegal> {
    let Stage::Delivered { receipt } = state.stage else {
        return illegal("only what was delivered can be taken back");
    };
    if state.reverts().is_some() {
        return illegal("the delivery was taken back already; to have it again, file a new item");
    }
    Ok(receipt)
}

#[cfg(test)]
mod tests {
    use trail_record::RunId;

    use super::super::Effect;
    use super::super::play::*;
    use crate::action::Action;
    use crate::event::{Event, Order};
    use crate::state::{Phase, Stage};

    fn asks(comment: &str) -> Event {
        Event::RevertAsked {
            comment: comment.into(),
            receipts: vec![record("receipt"), record("receipt of another")],
            code: "REVER-T0000".to_owned(),
        }
    }

    fn reverting(comment: &str, code: &str, run: &str) -> Event {
        Event::Reverting {
            revert: record("revert"),
            run: RunId::from(run),
            comment: comment.into(),
            code: code.to_owned(),
        }
    }

    fn begun() -> Play {
        Play::delivered()
            .then(Planner, asks("r-1"))
            .then(Planner, reverting("r-2", "REVER-T0000", "P-1.2"))
    }

    /// The computed patchset is committed.
    fn applied() -> Play {
        let play = begun().claim(Action::Implement);
        let fence = play.fence();
        let play = play
            .then(Coder, proposed(fence, "reverse"))
            .then(Coder, asked("file_write", Coder, Coder, 1))
            .then(Planner, approved("file_write", "r-3"))
            .claim(Action::Apply);
        let fence = play.fence();
        play.then(Coder, committed(fence, "reverse", 10))
    }

    fn green() -> Play {
        let play = applied().claim(Action::RunTests);
        let fence = play.fence();
        play.then(Tester, tested(fence, true))
            .then(Tester, prepared("tree of reverse"))
            .then(Tester, asked("pr_create", Tester, Reviewer, 1))
    }

    #[test]
    fn only_what_was_delivered_is_taken_back_and_only_after_it_was_told_what_that_does() {
        Play::red().check(&[
            (Planner, asks("r-1"), Err("only what was delivered")),
            (
                Planner,
                reverting("r-1", "REVER-T0000", "P-1.2"),
                Err("only what was delivered"),
            ),
        ]);
        let play = Play::delivered();
        play.check(&[
            (
                Planner,
                reverting("r-1", "REVER-T0000", "P-1.2"),
                Err("nobody was told"),
            ),
            (Coder, asks("r-1"), Err("the planner's to write")),
            (Planner, asks("r-1"), Ok("delivered")),
        ]);
        let told = play.then(Planner, asks("r-1"));
        told.check(&[
            (Planner, asks("r-1"), Err("answered already")),
            (
                Planner,
                reverting("r-1", "REVER-T0000", "P-1.2"),
                Err("answered already"),
            ),
            (
                Planner,
                reverting("r-2", "AAAAA-AAAAA", "P-1.2"),
                Err("nobody was told"),
            ),
            (
                Planner,
                reverting("r-2", "REVER-T0000", "P-1.1"),
                Err("a run of its own"),
            ),
            (
                Coder,
                reverting("r-2", "REVER-T0000", "P-1.2"),
                Err("the planner's to write"),
            ),
            (
                Planner,
                reverting("r-2", "REVER-T0000", "P-1.2"),
                Ok("planned"),
            ),
        ]);
        let found = told.then(Planner, found("f", None));
        found.check(&[(
            Planner,
            reverting("r-2", "REVER-T0000", "P-1.2"),
            Err("gates are closed"),
        )]);
    }

    #[test]
    fn receipts_that_are_not_the_items_own_bind_nothing() {
        let with = |receipts: &[&str]| Event::RevertAsked {
            comment: "r-1".into(),
            receipts: receipts.iter().map(|own| record(own)).collect(),
            code: "REVER-T0000".to_owned(),
        };
        Play::delivered().check(&[
            (
                Planner,
                with(&["another", "receipt"]),
                Err("not the newest"),
            ),
            (Planner, with(&[]), Err("not the newest")),
            (
                Planner,
                with(&["receipt", "receipt"]),
                Err("each named once"),
            ),
            (Planner, with(&["receipt"]), Ok("delivered")),
        ]);
    }

    #[test]
    fn the_run_begins_with_nothing_that_the_one_before_was_allowed() {
        let play = begun();
        let state = &play.state;
        assert_eq!(state.due(play.now()), Some(Action::Implement));
        assert_eq!(
            (&state.contract, &state.commit, &state.gate),
            (&None, &None, &None)
        );
        assert!(state.passed.is_empty() && state.rounds.is_empty());
        assert_eq!((state.runs, state.calls), (2, 0));
        assert_eq!(state.phase(), Phase::InProgress);
        assert_eq!(
            state.reverts().map(|own| own.receipt),
            Some(record("receipt"))
        );
    }

    #[test]
    fn what_is_taken_back_passes_both_gates_and_asks_for_no_tests() {
        let play = applied();
        assert_eq!(play.state.due(play.now()), Some(Action::RunTests));
        let play = green().then(Planner, approved("pr_create", "r-4"));
        let play = play.claim(Action::Deliver);
        let fence = play.fence();
        let play = play.then(Reviewer, delivered(fence));
        assert_eq!(play.state.stage_name(), "delivered");
        play.check(&[(Planner, asks("r-9"), Err("taken back already"))]);
    }

    #[test]
    fn red_tests_of_a_computed_change_go_to_a_human_at_the_gate() {
        let play = applied().claim(Action::RunTests);
        let fence = play.fence();
        let play = play.then(Tester, tested(fence, false));
        // Nothing sends it to the coder: the pull request is asked for with what the run told.
        assert_eq!(play.state.stage_name(), "testable");
        assert_eq!(play.state.due(play.now()), Some(Action::RunTests));
        play.check(&[(Planner, obeyed(Order::Cancel, "h-1"), Ok("delivered"))]);
        let green = green().state;
        let asked = play.then(Tester, prepared("tree of reverse"));
        assert_eq!(asked.state.stage, green.stage);
    }

    #[test]
    fn what_comes_to_nothing_leaves_the_delivery_standing() {
        let before = Play::delivered().state.stage;
        let play = begun().claim(Action::Implement);
        let fence = play.fence();
        let proposed = play
            .then(Coder, proposed(fence, "reverse"))
            .then(Coder, asked("file_write", Coder, Coder, 1));
        let rejected_first = proposed
            .clone()
            .then(Planner, rejected("file_write", "h-1"));
        let rejected_last = green().then(Planner, rejected("pr_create", "h-1"));
        let cancelled = proposed.then(Planner, obeyed(Order::Cancel, "h-1"));
        let play = green()
            .then(Planner, approved("pr_create", "r-4"))
            .claim(Action::Deliver);
        let (fence, review) = (trail_record::Fence(play.fence()), record("review"));
        let refused = play.then(Reviewer, Event::Refused { fence, review });
        for ended in [rejected_first, rejected_last, cancelled, refused] {
            assert_eq!(ended.state.stage, before);
            assert_eq!(ended.state.reverts(), None);
            assert!(ended.effects.contains(&Effect::CleanUp));
            assert_eq!(ended.state.due(ended.now()), None);
            // It may be asked for again.
            ended.check(&[(Planner, asks("r-9"), Ok("delivered"))]);
        }
    }

    #[test]
    fn the_items_text_does_not_matter_to_what_is_taken_back() {
        let drifted = Event::Drifted {
            text: text("other"),
            code: "BBBBB-BBBBB".to_owned(),
        };
        begun().check(&[(Planner, drifted, Err("named by its commits"))]);
    }

    #[test]
    fn an_attempt_that_failed_is_tried_again_from_where_it_was() {
        let play = begun().claim(Action::Implement);
        let fence = play.fence();
        let stuck = play.then(Coder, failed(fence, false));
        assert!(matches!(stuck.state.stage, Stage::Stuck { .. }));
        stuck.check(&[
            (Planner, obeyed(Order::Retry, "h-1"), Ok("planned")),
            (Planner, obeyed(Order::Cancel, "h-1"), Ok("delivered")),
        ]);
    }
}
