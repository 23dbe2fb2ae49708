//! What differs between the versions of the rules: an old entry is judged by its own.

use super::{Actor, Illegal, illegal, only};
use crate::code;
use crate::event::Event;
use crate::state::State;

/// Judges what [`super::step`] leaves to the version of the rules that an entry says it follows.
pub(super) fn allows(
    version: u32,
    state: &State,
    actor: &Actor,
    event: &Event,
) -> Result<(), Illegal> {
    match (version, event) {
        (0, Event::Captured { .. } | Event::Lapsed { .. } | Event::Found { closes: false, .. }) => {
            illegal("rules 0 know no such event")
        }
        (0 | 1, Event::Proved { .. } | Event::Reported { .. }) => {
            illegal("rules before 2 know no such event")
        }
        (0 | 1, Event::RevertAsked { .. } | Event::Reverting { .. }) => {
            illegal("rules before 2 take nothing back")
        }
        (0, Event::Found { .. }) => only(actor, state.desk(), "a finding"),
        (0, _) => Ok(()),
        (_, Event::StartAsked { text, code }) => {
            covers_head(code, &code::of_text(code::START, *text, state.head))
        }
        (_, Event::Drifted { text, code }) => {
            covers_head(code, &code::of_text(code::AMEND, *text, state.head))
        }
        (_, Event::RevertAsked { receipts, code, .. }) => {
            covers_head(code, &code::of_receipts(receipts, state.head))
        }
        _ => Ok(()),
    }
}

fn covers_head(given: &str, expected: &str) -> Result<(), Illegal> {
    if given == expected {
        Ok(())
    } else {
        illegal("the code is not the one of this text at this head")
    }
}
