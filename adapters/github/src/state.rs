//! States as GitHub shows them: open, closed for a reason, and labels for what it has no word for.

use trail_port::tracker::State;

use crate::wire;

/// The labels that show a state.
const SHOWN: [(&str, State); 3] = [
    ("trail:waiting", State::Waiting),
    ("trail:in-progress", State::InProgress),
    ("trail:backlog", State::Backlog),
];

/// Returns the label that shows a state; none if GitHub has a word for it.
pub(crate) fn label_of(state: State) -> Option<&'static str> {
    SHOWN
        .iter()
        .find(|(_, own)| *own == state)
        .map(|(label, _)| *label)
}

/// Returns the state that a label shows; none if it shows none.
pub(crate) fn state_of(label: &str) -> Option<State> {
    SHOWN
        .iter()
        .find(|(own, _)| own.eq_ignore_ascii_case(label))
        .map(|(_, state)| *state)
}

/// Returns the state of an issue that is closed, for the reason that GitHub gives.
pub(crate) fn closed(reason: Option<&str>) -> State {
    match reason {
        Some("not_planned" | "duplicate") => State::Cancelled,
        Some(_) | None => State::Done,
    }
}

/// Returns the state of an issue.
pub(crate) fn of(issue: &wire::Issue, labels: &[String]) -> State {
    if issue.state == "closed" {
        return closed(issue.state_reason.as_deref());
    }
    // Were two of them left by a crash, the one that asks for a human goes first.
    SHOWN
        .iter()
        .find(|(label, _)| labels.iter().any(|own| own.eq_ignore_ascii_case(label)))
        .map_or(State::Todo, |(_, state)| *state)
}

/// Returns what an issue must be patched with to be open or closed as the state says.
pub(crate) fn patch_of(state: State) -> (&'static str, &'static str) {
    match state {
        State::Done => ("closed", "completed"),
        State::Cancelled => ("closed", "not_planned"),
        State::Backlog | State::Todo | State::InProgress | State::Waiting => ("open", "reopened"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn issue(state: &str, reason: Option<&str>) -> wire::Issue {
        serde_json::from_value(serde_json::json!({
            "id": 1, "number": 1, "title": "t", "state": state, "state_reason": reason,
            "created_at": "2026-11-21T09:30:00Z", "updated_at": "2026-11-21T09:30:00Z",
        }))
        .unwrap()
    }

    #[test]
    fn every_state_reads_back_as_it_was_set() {
        for state in State::ALL {
            let (open, reason) = patch_of(state);
            let labels: Vec<String> = label_of(state).map(str::to_owned).into_iter().collect();
            assert_eq!(of(&issue(open, Some(reason)), &labels), state);
        }
    }

    #[test]
    fn issues_that_people_closed_and_labelled_have_a_state_too() {
        let own = |labels: &[&str]| {
            labels
                .iter()
                .map(|own| (*own).to_owned())
                .collect::<Vec<_>>()
        };
        for (state, reason, labels, expected) in [
            ("open", None, own(&["bug"]), State::Todo),
            (
                "open",
                None,
                own(&["trail:in-progress", "trail:waiting"]),
                State::Waiting,
            ),
            ("closed", None, own(&["trail:waiting"]), State::Done),
            ("closed", Some("duplicate"), own(&[]), State::Cancelled),
            ("closed", Some("something new"), own(&[]), State::Done),
        ] {
            assert_eq!(of(&issue(state, reason), &labels), expected);
        }
    }
}
