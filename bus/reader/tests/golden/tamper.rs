//! What can be done to the golden history, and what a verifier must say to it.
//!
//! The findings are written here by hand; no verifier's answer is copied.

mod chain;
mod craft;
mod forms;
mod keys;
mod twists;

use crate::proven;
use crate::scenario::{Twist, play};
use crate::world::World;

/// A tampered history and what is to be found in it.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    /// Which golden history its files are told as differences of.
    pub(crate) base: &'static str,
    pub(crate) world: World,
    /// The kinds of all findings of all items, sorted.
    pub(crate) findings: &'static [&'static str],
    pub(crate) word: &'static str,
}

/// The cases so far, and what they start from.
struct Cases {
    golden: World,
    list: Vec<Case>,
}

impl Cases {
    /// Adds what `change` makes of the golden history.
    fn add(
        &mut self,
        name: &'static str,
        about: &'static str,
        findings: &'static [&'static str],
        word: &'static str,
        change: impl FnOnce(&mut World),
    ) {
        let mut world = self.golden.clone();
        change(&mut world);
        self.list.push(Case {
            name,
            about,
            base: "v0",
            world,
            findings,
            word,
        });
    }
}

/// Returns all cases.
pub(crate) fn cases() -> Vec<Case> {
    let mut cases = Cases {
        golden: play(Twist::None),
        list: Vec::new(),
    };
    chain::add(&mut cases);
    forms::add(&mut cases);
    keys::add(&mut cases);
    twists::add(&mut cases);
    for (name, about, findings, flaw) in proven::cases() {
        cases.list.push(Case {
            name,
            about,
            base: "proven",
            world: proven::play(flaw).world,
            findings,
            word: "findings",
        });
    }
    cases.list
}
