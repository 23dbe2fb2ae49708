//! Humans: their orders, answers to them, and what was found wrong in the tracker.

use trail_record::{CommentId, FindingKind};

use super::{Actor, Effect, Illegal, gates, illegal, only, reverting};
use crate::event::Order;
use crate::state::{FindingState, MAX_POSES, Stage, State};

pub(super) fn obeyed(
    state: &mut State,
    actor: &Actor,
    order: Order,
    comment: &CommentId,
) -> Result<Vec<Effect>, Illegal> {
    answered(state, actor, comment)?;
    if state.has_ended() {
        return illegal("the run has ended");
    }
    match order {
        Order::Hold if state.held => illegal("the item is held already"),
        Order::Hold => {
            state.held = true;
            Ok(Vec::new())
        }
        Order::Resume if !state.held => illegal("the item is not held"),
        Order::Resume => {
            state.held = false;
            Ok(Vec::new())
        }
        Order::Retry => {
            let Stage::Stuck { back } = &state.stage else {
                return illegal("nothing is stuck");
            };
            state.stage = (**back).clone();
            state.failures = 0;
            state.fixes = 0;
            state.rewrites = 0;
            Ok(Vec::new())
        }
        Order::Cancel => {
            if let Some(effects) = reverting::given_up(state) {
                return Ok(effects);
            }
            state.stage = Stage::Cancelled;
            state.gate = None;
            state.label_gate = None;
            state.lease = None;
            Ok(vec![Effect::CleanUp])
        }
    }
}

pub(super) fn answered(
    state: &mut State,
    actor: &Actor,
    comment: &CommentId,
) -> Result<Vec<Effect>, Illegal> {
    only(actor, state.desk(), "an answer to a human")?;
    if state.answered.insert(comment.clone()) {
        Ok(Vec::new())
    } else {
        illegal("this comment was answered already")
    }
}

pub(super) fn new_finding(
    kind: &str,
    code: &str,
    comment: Option<&CommentId>,
    closes: bool,
) -> FindingState {
    FindingState {
        kind: kind.to_owned(),
        code: code.to_owned(),
        comment: comment.cloned(),
        closes,
        disposed: false,
    }
}

pub(super) fn found(
    state: &mut State,
    actor: &Actor,
    id: &str,
    finding: FindingState,
) -> Result<Vec<Effect>, Illegal> {
    if state.findings.contains_key(id) {
        return illegal("this finding is sealed already");
    }
    if finding.closes {
        // Who holds the item finds things as well, while it does its work.
        let holds = state.lease.as_ref().is_some_and(|lease| {
            lease.holder == actor.worker && lease.action.persona() == actor.persona
        });
        if !holds {
            only(actor, state.desk(), "a finding")?;
        }
    } else if finding.kind != FindingKind::Posing.as_str() {
        return illegal("only a stranger's pose leaves the gates open");
    } else if state.findings.values().filter(|own| !own.closes).count() >= MAX_POSES {
        return illegal("enough poses are sealed on this item");
    }
    state.findings.insert(id.to_owned(), finding);
    Ok(Vec::new())
}

pub(super) fn disposed(
    state: &mut State,
    actor: &Actor,
    id: &str,
    comment: &CommentId,
) -> Result<Vec<Effect>, Illegal> {
    answered(state, actor, comment)?;
    let about = match state.findings.get_mut(id) {
        Some(finding) if !finding.disposed => {
            finding.disposed = true;
            finding.comment.clone()
        }
        Some(_) => return illegal("this finding was cleared already"),
        None => return illegal("there is no such finding"),
    };
    // Clearing a finding opens the gates; it does not bring back an approval that is gone.
    if let Some(about) = about {
        gates::taken_back(state, &about);
    }
    Ok(Vec::new())
}

#[cfg(test)]
mod tests {
    use super::super::Effect;
    use super::super::play::*;
    use crate::action::Action;
    use crate::event::{Event, Order};
    use crate::state::Phase;

    fn answered(comment: &str) -> Event {
        let comment = comment.into();
        Event::Answered { comment }
    }

    #[test]
    fn only_the_desk_answers_and_each_comment_once() {
        let play = Play::planned().then(Planner, answered("c"));
        play.check(&[
            (Planner, answered("c"), Err("answered already")),
            (Planner, obeyed(Order::Hold, "c"), Err("answered already")),
            (Planner, answered("d"), Ok("planned")),
            (Coder, answered("d"), Err("the planner's to write")),
            (
                Tester,
                obeyed(Order::Cancel, "d"),
                Err("the planner's to write"),
            ),
            (
                Reviewer,
                obeyed(Order::Hold, "d"),
                Err("the planner's to write"),
            ),
        ]);
        // While its own gate waits, the planner does not sit at the desk.
        let play = Play::ready().then(Planner, asked("legal", Planner, Planner, 1));
        play.check(&[
            (Planner, answered("d"), Err("the reviewer's to write")),
            (Reviewer, answered("d"), Ok("ready")),
        ]);
    }

    #[test]
    fn a_held_item_begins_nothing_new_and_finishes_what_was_begun() {
        let play = Play::red().claim(Action::Fix);
        let fence = play.fence();
        let held = play.then(Planner, obeyed(Order::Hold, "c"));
        held.check(&[
            (Planner, obeyed(Order::Hold, "d"), Err("held already")),
            (Coder, committed(fence, "fix", 1), Ok("testable")),
        ]);
        let held = held.then(Coder, committed(fence, "fix", 1));
        assert_eq!(held.state.due(held.now()), None);
        assert_eq!(held.state.phase(), Phase::Waiting);
        let free = held.then(Planner, obeyed(Order::Resume, "d"));
        assert_eq!(free.state.due(free.now()), Some(Action::RunTests));
        free.check(&[(Planner, obeyed(Order::Resume, "e"), Err("not held"))]);
    }

    #[test]
    fn only_what_is_stuck_is_retried() {
        Play::red().check(&[(Planner, obeyed(Order::Retry, "c"), Err("nothing is stuck"))]);
    }

    #[test]
    fn a_cancelled_run_ends_at_once() {
        let play = Play::red().claim(Action::Fix);
        let fence = play.fence();
        let play = play.then(Planner, obeyed(Order::Cancel, "c"));
        assert_eq!(
            play.effects,
            [Effect::CleanUp, Effect::Show(Phase::Cancelled)]
        );
        play.check(&[
            (Coder, committed(fence, "fix", 1), Err("nobody holds")),
            (Planner, obeyed(Order::Resume, "d"), Err("has ended")),
            (Planner, obeyed(Order::Cancel, "d"), Err("has ended")),
            (Planner, answered("d"), Ok("cancelled")),
            (Planner, found("f", None), Ok("cancelled")),
        ]);
        let waiting = Play::green(1).then(Planner, obeyed(Order::Cancel, "c"));
        assert_eq!(waiting.state.waiting(), None);
    }

    #[test]
    fn what_was_delivered_takes_no_orders() {
        for order in [Order::Hold, Order::Resume, Order::Retry, Order::Cancel] {
            Play::delivered().check(&[(Planner, obeyed(order, "x"), Err("has ended"))]);
        }
    }

    #[test]
    fn nothing_goes_on_while_a_finding_stands() {
        let play = Play::planned()
            .then(Planner, found("f", None))
            .then(Planner, found("g", None));
        assert_eq!(play.state.phase(), Phase::Waiting);
        play.check(&[
            (Coder, claimed(Action::Implement, 2, 30), Err("not due")),
            (Planner, found("f", None), Err("sealed already")),
            (Coder, found("h", None), Err("the planner's to write")),
            (Planner, disposed("h", "c"), Err("no such finding")),
            (Coder, disposed("f", "c"), Err("the planner's to write")),
        ]);
        let play = play.then(Planner, disposed("f", "c"));
        play.check(&[
            (Coder, claimed(Action::Implement, 2, 30), Err("not due")),
            (Planner, disposed("f", "d"), Err("cleared already")),
            (Planner, disposed("g", "c"), Err("answered already")),
        ]);
        let play = play.then(Planner, disposed("g", "d"));
        play.check(&[(Coder, claimed(Action::Implement, 2, 30), Ok("planned"))]);
        // It is cleared, not forgotten: the same finding is not sealed again.
        play.check(&[(Planner, found("f", None), Err("sealed already"))]);
    }

    #[test]
    fn what_was_begun_before_a_finding_may_say_how_it_ended() {
        let play = Play::delivering();
        let fence = play.fence();
        let play = play.then(Planner, found("f", None));
        play.check(&[(Reviewer, delivered(fence), Ok("delivered"))]);
    }
}
