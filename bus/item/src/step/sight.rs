//! What was seen of labels and state: captured, so that what is taken away later was there.

use trail_record::body::GateName;

use super::{Effect, Illegal, gates, illegal};
use crate::state::State;

/// The most gates and changes that one capture names.
const MAX_CAPTURED: usize = 64;

/// Any persona may capture: what the tracker shows is there for everybody, and it can only ask for
/// more gates, never for fewer.
pub(super) fn captured(
    state: &mut State,
    wanted: &[GateName],
    gone: &[GateName],
    changes: &[String],
) -> Result<Vec<Effect>, Illegal> {
    if wanted.is_empty() && gone.is_empty() && changes.is_empty() {
        return illegal("a capture that captures nothing");
    }
    if wanted.len().max(gone.len()).max(changes.len()) > MAX_CAPTURED {
        return illegal(format!("a capture names at most {MAX_CAPTURED} of each"));
    }
    for gate in wanted {
        if gates::is_of_the_work(gate) {
            return illegal(format!("gate {gate} is asked for without a label"));
        }
        let back = state.unlabelled.remove(gate);
        if !state.wanted.insert(gate.clone()) && !back {
            return illegal(format!("the label of gate {gate} was captured already"));
        }
    }
    for gate in gone {
        if !state.wanted.contains(gate) {
            return illegal(format!("no label has asked for gate {gate}"));
        }
        if !state.unlabelled.insert(gate.clone()) {
            return illegal(format!("it is known that the label of gate {gate} is gone"));
        }
    }
    for change in changes {
        if !state.captured.insert(change.clone()) {
            return illegal("a change was captured already");
        }
    }
    Ok(Vec::new())
}

#[cfg(test)]
mod tests {
    use super::super::play::*;
    use crate::action::Action;
    use trail_record::body::GateName;

    #[test]
    fn a_gate_that_a_label_asked_for_stays_until_it_is_passed() {
        let play = Play::planned().then(Coder, captured(&["legal"], &[], &["1"]));
        play.check(&[
            (Coder, captured(&["legal"], &[], &[]), Err("already")),
            (Coder, captured(&[], &[], &["1"]), Err("already")),
            (Coder, captured(&[], &["plan"], &[]), Err("no label")),
            (
                Coder,
                captured(&["pr_create"], &[], &[]),
                Err("without a label"),
            ),
            (Coder, captured(&[], &[], &[]), Err("nothing")),
        ]);
        let gone = play.then(Tester, captured(&[], &["legal"], &["2"]));
        assert!(gone.state.wanted.contains(&GateName::new("legal")));
        gone.check(&[(Coder, captured(&[], &["legal"], &[]), Err("is gone"))]);
        // The label may come back, and go again.
        let gone = gone
            .then(Coder, captured(&["legal"], &[], &[]))
            .then(Coder, captured(&[], &["legal"], &[]));
        let passed = gone
            .then(Coder, asked("legal", Coder, Coder, 1))
            .then(Planner, approved("legal", "c"));
        assert!(passed.state.wanted.is_empty() && passed.state.unlabelled.is_empty());
        assert_eq!(passed.state.due(passed.now()), Some(Action::Implement));
    }

    #[test]
    fn one_capture_names_no_more_than_a_human_can_mean() {
        let many: Vec<String> = (0..65).map(|n| n.to_string()).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        Play::planned().check(&[(Coder, captured(&[], &[], &many), Err("at most"))]);
    }
}
