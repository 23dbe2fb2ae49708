//! Every text Trail writes into a work item.
//!
//! A comment tells a human what was done, why, and what is asked of them; below it stands the
//! sealed entry. Text from outside goes through [`crate::quote`] on its way in.

mod humans;
mod proofs;
mod requests;
mod reverting;
mod sealed;
#[cfg(test)]
mod tests;
mod work;

pub use humans::{
    answered_ended, answered_mistake, answered_not_permitted, answered_stale, disposed, drifted,
    found, gate_stays, obeyed, posed, restored,
};
pub use proofs::{Shown, Standing, proved, proved_later, proven_and_open, reported, standings};
pub use requests::{GateShown, asked_to_start, gate_decided, gate_request, shown, unfit};
pub use reverting::{Planned, revert_asked, revert_request, reverting};
pub use sealed::{comment, envelope_of};
pub use work::{
    applied, claimed, delivered, failed, held_up, planned, proposed, pull_request, refused,
    released, renewed, taken_up, tested,
};

/// What a comment says above its sealed entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// One line: what was done.
    pub headline: String,
    /// More, in Markdown; may be empty.
    pub body: String,
}

impl Note {
    /// Adds a paragraph.
    pub fn also(&mut self, paragraph: &str) {
        let before = self.body.trim_end();
        self.body = if before.is_empty() {
            format!("{paragraph}\n")
        } else {
            format!("{before}\n\n{paragraph}\n")
        };
    }

    fn new(headline: impl Into<String>, body: impl Into<String>) -> Self {
        Self {
            headline: headline.into(),
            body: body.into(),
        }
    }
}

/// Writes a cost in millionths of a US dollar for people.
#[must_use]
pub fn dollars(micros: u64) -> String {
    format!("${}.{:04}", micros / 1_000_000, micros % 1_000_000 / 100)
}

/// Writes a time for people, to the minute.
fn time(moment: trail_record::Moment) -> String {
    let text = moment.to_string();
    format!("{} {} UTC", &text[..10], &text[11..16])
}

/// Writes `1 call` or `7 calls`.
#[must_use]
pub fn count(number: usize, noun: &str) -> String {
    let plural = match (number, noun) {
        (1, noun) => noun.to_owned(),
        (_, "criterion") => "criteria".to_owned(),
        (_, "delivery") => "deliveries".to_owned(),
        (_, "more person") => "more people".to_owned(),
        (_, noun) => format!("{noun}s"),
    };
    format!("{number} {plural}")
}
