//! Which decisions of several runs stand side by side.
//!
//! A run's decisions fall into sessions: an action, and how many of that action came before. The same
//! session of two runs is the same piece of work; within it, decisions pair by their place.

use std::collections::HashMap;

use trail_item::Event;
use trail_record::body::Decision;
use trail_record::{Digest, Record, RunId};

use super::class::{self, Class};
use super::{Against, Asked, Cell, Divergence, Row};
use crate::report::{about, short};
use crate::story::{Fact, Story};

/// How much of what a model said is shown.
const SAID: usize = 400;

/// A session: its action, and how many sessions of that action came before it in its run.
type Session = (String, usize);

/// Decisions at the same place.
pub(super) struct Aligned<'s> {
    action: String,
    session: usize,
    place: usize,
    runs: Vec<Option<&'s Fact<Decision>>>,
}

/// Aligns the decisions of several runs.
pub(super) fn align(stories: &[Story]) -> Vec<Aligned<'_>> {
    let mut order: Vec<Session> = Vec::new();
    let mut runs: Vec<HashMap<Session, Vec<&Fact<Decision>>>> = Vec::new();
    for story in stories {
        let sessions = sessions(story);
        let mut at = 0;
        for (session, _) in &sessions {
            match order.iter().position(|own| own == session) {
                Some(place) => at = place + 1,
                None => {
                    order.insert(at, session.clone());
                    at += 1;
                }
            }
        }
        runs.push(sessions.into_iter().collect());
    }
    let mut aligned = Vec::new();
    for session in order {
        let of = |run: &HashMap<Session, Vec<_>>| run.get(&session).map_or(0, Vec::len);
        let longest = runs.iter().map(of).max().unwrap_or(0);
        for place in 0..longest {
            let own = runs
                .iter()
                .map(|run| run.get(&session)?.get(place).copied());
            aligned.push(Aligned {
                action: session.0.clone(),
                session: session.1 + 1,
                place: place + 1,
                runs: own.collect(),
            });
        }
    }
    aligned
}

/// Splits a run's decisions into sessions, in order.
fn sessions(story: &Story) -> Vec<(Session, Vec<&Fact<Decision>>)> {
    let mut decisions: Vec<&Fact<Decision>> = story.decisions.iter().collect();
    decisions.sort_by_key(|own| (own.body.call, own.entry));
    let mut sessions: Vec<(Session, Vec<&Fact<Decision>>)> = Vec::new();
    let mut seen: HashMap<&str, usize> = HashMap::new();
    let mut current = None;
    for decision in decisions {
        let own = (claims(story, decision.entry), decision.body.action.as_str());
        match sessions.last_mut().filter(|_| current == Some(own)) {
            Some((_, last)) => last.push(decision),
            None => {
                let number = seen.entry(own.1).or_insert(0);
                sessions.push(((own.1.to_owned(), *number), vec![decision]));
                *number += 1;
                current = Some(own);
            }
        }
    }
    sessions
}

/// Counts the claims before an entry: decisions under the same claim are one session.
fn claims(story: &Story, entry: u64) -> usize {
    let before = story.entries.iter().filter(|step| step.seq < entry);
    before
        .flat_map(|step| &step.events)
        .filter(|event| matches!(event, Event::Claimed { .. }))
        .count()
}

/// Says where a run parts from the first, and where else it differs.
pub(super) fn against(aligned: &[Aligned<'_>], index: usize, run: &RunId) -> Against {
    let mut all = Vec::new();
    let mut same = 0;
    for (row, own) in aligned.iter().enumerate() {
        let (first, other) = (own.runs[0], own.runs[index]);
        let body = |own: Option<&'_ Fact<Decision>>| own.map(|own| own.body.call);
        let difference = class::between(first.map(|own| &own.body), other.map(|own| &own.body));
        match difference {
            Some(difference) => all.push(Divergence {
                class: difference.class,
                action: own.action.clone(),
                row,
                first_call: body(first),
                other_call: body(other),
                about: difference.about,
                first: difference.first,
                other: difference.other,
            }),
            None => same += u64::from(first.is_some() && other.is_some()),
        }
    }
    let mut all = all.into_iter();
    Against {
        run: run.clone(),
        same,
        first: all.next(),
        later: all.collect(),
    }
}

impl Aligned<'_> {
    /// Tells the row.
    pub(super) fn row(&self) -> Row {
        let first = self.runs[0].map(|own| &own.body);
        let class = |other: &Option<&Fact<Decision>>| -> Option<Class> {
            class::between(first, other.map(|own| &own.body)).map(|own| own.class)
        };
        Row {
            action: self.action.clone(),
            session: self.session,
            place: self.place,
            classes: self.runs[1..].iter().map(class).collect(),
            runs: self.runs.iter().map(|own| own.map(cell)).collect(),
        }
    }
}

fn cell(own: &Fact<Decision>) -> Cell {
    let digest: Digest<Record> = own.digest;
    let asked = |ask: &trail_record::body::Ask| Asked {
        tool: short(&ask.tool, 40),
        about: about(&ask.arguments),
        choice: class::chosen(ask).map(|own| short(own, 100)),
        allowed: ask.verdict.allowed,
        error: ask.error,
    };
    Cell {
        call: own.body.call,
        persona: own.persona,
        digest,
        said: short(&own.body.text, SAID),
        asks: own.body.asks.iter().map(asked).collect(),
    }
}
