//! The task: taken up, unfit, drifting, amended.

use trail_record::digest::Text;
use trail_record::{CommentId, Digest, Persona, Record, RunId};

use super::{Actor, Effect, Illegal, illegal, only};
use crate::state::{Stage, State, Task};

/// A run may begin where none is going on.
fn may_begin(stage: &Stage) -> bool {
    match stage {
        Stage::Filed | Stage::Unfit { .. } | Stage::AwaitingStart { .. } => true,
        Stage::Ready
        | Stage::Planned
        | Stage::Proposed { .. }
        | Stage::Written
        | Stage::Testable
        | Stage::Red
        | Stage::Green { .. }
        | Stage::Delivered { .. }
        | Stage::Stuck { .. }
        | Stage::Cancelled => false,
    }
}

pub(super) fn taken_up(
    state: &mut State,
    actor: &Actor,
    spec: Digest<Record>,
    text: Digest<Text>,
    run: &RunId,
    comment: Option<&CommentId>,
) -> Result<Vec<Effect>, Illegal> {
    only(actor, Persona::Planner, "intake")?;
    if !may_begin(&state.stage) {
        return illegal("a run has begun already");
    }
    if let Some(comment) = comment {
        match &state.stage {
            Stage::AwaitingStart { text: asked, .. } if *asked == text => {}
            Stage::AwaitingStart { .. } => {
                return illegal("the text was changed after its start was asked for");
            }
            _ => return illegal("nobody was asked for a start"),
        }
        if !state.answered.insert(comment.clone()) {
            return illegal("this comment was used already");
        }
    }
    state.stage = Stage::Ready;
    state.task = Some(Task {
        spec,
        text,
        run: run.clone(),
        reverts: None,
    });
    state.runs += 1;
    Ok(Vec::new())
}

pub(super) fn start_asked(
    state: &mut State,
    actor: &Actor,
    text: Digest<Text>,
    code: &str,
) -> Result<Vec<Effect>, Illegal> {
    only(actor, Persona::Planner, "intake")?;
    if !may_begin(&state.stage) {
        return illegal("a run has begun already");
    }
    if matches!(&state.stage, Stage::AwaitingStart { text: asked, .. } if *asked == text) {
        return illegal("this start was asked for already");
    }
    state.stage = Stage::AwaitingStart {
        text,
        code: code.to_owned(),
    };
    Ok(Vec::new())
}

pub(super) fn unfit(
    state: &mut State,
    actor: &Actor,
    text: Digest<Text>,
) -> Result<Vec<Effect>, Illegal> {
    only(actor, Persona::Planner, "intake")?;
    if !may_begin(&state.stage) {
        return illegal("a run has begun already");
    }
    if state.stage == (Stage::Unfit { text }) {
        return illegal("this text was judged already");
    }
    state.stage = Stage::Unfit { text };
    Ok(Vec::new())
}

pub(super) fn drifted(
    state: &mut State,
    actor: &Actor,
    text: Digest<Text>,
    code: &str,
) -> Result<Vec<Effect>, Illegal> {
    only(actor, state.desk(), "drift")?;
    if state.has_ended() {
        return illegal("the run has ended");
    }
    if state.reverts().is_some() {
        return illegal("what is taken back is named by its commits, not by the text");
    }
    match &state.task {
        None => illegal("there is no sealed text to drift from"),
        Some(task) if task.text == text => illegal("the text is the sealed one"),
        Some(_)
            if state
                .drift
                .as_ref()
                .is_some_and(|(known, _)| *known == text) =>
        {
            illegal("this drift is sealed already")
        }
        Some(_) => {
            state.drift = Some((text, code.to_owned()));
            Ok(Vec::new())
        }
    }
}

pub(super) fn restored(state: &mut State, actor: &Actor) -> Result<Vec<Effect>, Illegal> {
    only(actor, state.desk(), "drift")?;
    if state.drift.take().is_none() {
        return illegal("the text had not drifted");
    }
    Ok(Vec::new())
}

pub(super) fn amended(
    state: &mut State,
    actor: &Actor,
    spec: Digest<Record>,
    text: Digest<Text>,
    comment: &CommentId,
) -> Result<Vec<Effect>, Illegal> {
    only(actor, state.desk(), "an amendment")?;
    if state
        .drift
        .as_ref()
        .is_none_or(|(drifted, _)| *drifted != text)
    {
        return illegal("only the text the item has drifted to can be bound");
    }
    if state.has_ended() {
        return illegal("the run has ended; file a new item");
    }
    if !state.answered.insert(comment.clone()) {
        return illegal("this comment was used already");
    }
    let Some(task) = &mut state.task else {
        return illegal("there is no task to amend");
    };
    // What was approved was approved for the old text: gate, contract and lease are void.
    task.spec = spec;
    task.text = text;
    state.drift = None;
    state.gate = None;
    state.label_gate = None;
    state.passed.clear();
    state.contract = None;
    state.lease = None;
    state.passing = None;
    state.failures = 0;
    state.fixes = 0;
    state.rewrites = 0;
    state.stage = Stage::Ready;
    Ok(Vec::new())
}

#[cfg(test)]
mod tests {
    use super::super::play::*;
    use crate::action::Action;
    use crate::event::{Event, Order};
    use crate::state::Phase;

    fn start_asked(body: &str) -> Event {
        Event::StartAsked {
            text: text(body),
            code: "AAAAA-AAAAA".to_owned(),
        }
    }

    fn unfit(body: &str) -> Event {
        Event::Unfit { text: text(body) }
    }

    fn drifted(body: &str) -> Event {
        Event::Drifted {
            text: text(body),
            code: "BBBBB-BBBBB".to_owned(),
        }
    }

    fn amended(body: &str, comment: &str) -> Event {
        Event::Amended {
            spec: record("new spec"),
            text: text(body),
            comment: comment.into(),
        }
    }

    #[test]
    fn only_the_planner_takes_items_in() {
        Play::default().check(&[
            (Planner, taken_up("text", None), Ok("ready")),
            (Planner, start_asked("text"), Ok("awaiting-start")),
            (Planner, unfit("text"), Ok("unfit")),
            (Coder, taken_up("text", None), Err("the planner's to write")),
            (Reviewer, start_asked("text"), Err("the planner's to write")),
            (Tester, unfit("text"), Err("the planner's to write")),
            (
                Planner,
                taken_up("text", Some("c")),
                Err("nobody was asked"),
            ),
            (Planner, drifted("other"), Err("no sealed text")),
            (Planner, amended("other", "c"), Err("drifted to")),
        ]);
    }

    #[test]
    fn an_unfit_text_is_judged_once_and_a_mended_one_again() {
        Play::default().then(Planner, unfit("text")).check(&[
            (Planner, unfit("text"), Err("judged already")),
            (Planner, unfit("mended badly"), Ok("unfit")),
            (Planner, start_asked("mended"), Ok("awaiting-start")),
            (Planner, taken_up("mended", None), Ok("ready")),
        ]);
    }

    #[test]
    fn a_start_binds_exactly_the_text_it_was_asked_for() {
        let asked = Play::default().then(Planner, start_asked("text"));
        asked.check(&[
            (Planner, taken_up("text", Some("c")), Ok("ready")),
            (
                Planner,
                taken_up("swapped", Some("c")),
                Err("was changed after"),
            ),
            // The tracker proves who wrote it: no start is needed.
            (Planner, taken_up("swapped", None), Ok("ready")),
            (Planner, start_asked("text"), Err("asked for already")),
            (Planner, start_asked("swapped"), Ok("awaiting-start")),
        ]);
        let started = asked.then(Planner, taken_up("text", Some("c")));
        assert!(started.state.answered.contains(&"c".into()));
    }

    #[test]
    fn a_run_begins_once() {
        for begun in [Play::ready(), Play::red(), Play::delivered()] {
            for event in [taken_up("text", None), start_asked("text"), unfit("text")] {
                begun.check(&[(Planner, event, Err("has begun already"))]);
            }
        }
    }

    #[test]
    fn a_drifted_text_stops_the_work_until_it_is_bound_or_changed_back() {
        let play = Play::planned();
        play.check(&[
            (Planner, drifted("text"), Err("is the sealed one")),
            (Coder, drifted("other"), Err("the planner's to write")),
            (Planner, Event::Restored, Err("had not drifted")),
        ]);
        let play = play.then(Planner, drifted("other"));
        assert_eq!(play.state.due(play.now()), None);
        assert_eq!(play.state.phase(), Phase::Waiting);
        play.check(&[
            (Planner, drifted("other"), Err("sealed already")),
            (Planner, drifted("a third"), Ok("planned")),
            (Planner, amended("a third", "c"), Err("drifted to")),
            (Coder, amended("other", "c"), Err("the planner's to write")),
            (Coder, Event::Restored, Err("the planner's to write")),
        ]);
        let back = play.clone().then(Planner, Event::Restored);
        assert_eq!(back.state.due(back.now()), Some(Action::Implement));
        let bound = play.then(Planner, amended("other", "c"));
        assert_eq!(bound.state.due(bound.now()), Some(Action::Plan));
    }

    #[test]
    fn an_amendment_voids_what_was_approved_for_the_old_text() {
        let play = Play::red().claim(Action::Fix);
        let fence = play.fence();
        let play = play
            .then(Planner, drifted("other"))
            .then(Planner, amended("other", "c"));
        assert_eq!(play.state.contract, None);
        assert_eq!(play.state.lease, None);
        assert_eq!(play.state.passing, None);
        let late = committed(fence, "fix", 1);
        play.check(&[(Coder, late, Err("nobody holds the item"))]);

        let waiting = Play::green(1).then(Planner, drifted("other"));
        waiting.check(&[(Planner, approved("pr_create", "a"), Err("gates are closed"))]);
        let play = waiting.then(Planner, amended("other", "c"));
        assert_eq!(play.state.gate, None);
        play.check(&[(Planner, approved("pr_create", "a"), Err("no gate waits"))]);
    }

    #[test]
    fn a_comment_amends_once() {
        let play = Play::planned()
            .then(Planner, drifted("other"))
            .then(Planner, amended("other", "c"))
            .then(Planner, drifted("text"));
        play.check(&[(Planner, amended("text", "c"), Err("used already"))]);
    }

    #[test]
    fn an_amended_item_that_was_stuck_starts_with_a_clean_slate() {
        let mut play = Play::ready();
        for _ in 0..3 {
            play = play.claim(Action::Plan);
            let fence = play.fence();
            play = play.then(Planner, failed(fence, true));
        }
        assert_eq!(play.state.stage_name(), "stuck");
        let play = play
            .then(Planner, drifted("other"))
            .then(Planner, amended("other", "c"))
            .claim(Action::Plan);
        let fence = play.fence();
        play.check(&[(Planner, failed(fence, true), Ok("ready"))]);
    }

    #[test]
    fn nothing_drifts_after_the_end() {
        let cancelled = Play::red().then(Planner, obeyed(Order::Cancel, "c"));
        for ended in [Play::delivered(), cancelled] {
            ended.check(&[(Planner, drifted("other"), Err("the run has ended"))]);
        }
    }
}
