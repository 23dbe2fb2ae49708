//! What was taken and when the next place is free: arithmetic on milliseconds, no clock.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::Rule;

/// The times at which places were taken, and until when the server wants none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Ledger {
    /// The longest window of anybody who shares the ledger, in milliseconds: older times are dropped.
    pub(crate) window: u64,
    /// No place before this time, in milliseconds since the epoch; 0 if there is no such wish.
    pub(crate) held_until: u64,
    /// When places were taken, oldest first, in milliseconds since the epoch.
    pub(crate) taken: VecDeque<u64>,
}

impl Ledger {
    /// Returns a ledger in which every rule is used up as of `at`.
    pub(crate) fn full(rules: &[Rule], at: u64) -> Self {
        let most = rules.iter().map(|rule| rule.count).max().unwrap_or(1);
        Self {
            window: longest(rules),
            held_until: 0,
            taken: std::iter::repeat_n(at, most as usize).collect(),
        }
    }

    /// Drops what no rule needs, and takes times of the future for now: the clock was set back.
    ///
    /// Tells whether it was; then the ledger must be kept as it is now, or they stay in the future.
    pub(crate) fn tidy(&mut self, rules: &[Rule], now: u64) -> bool {
        let mut set_back = false;
        self.window = self.window.max(longest(rules)).min(MAX_WINDOW);
        for at in self.taken.iter_mut().rev() {
            if *at <= now {
                break;
            }
            *at = now;
            set_back = true;
        }
        // A wish this long was made under another clock.
        let longest_hold = now.saturating_add(MAX_WINDOW);
        if self.held_until > longest_hold {
            self.held_until = longest_hold;
            set_back = true;
        }
        while self
            .taken
            .front()
            .is_some_and(|at| at.saturating_add(self.window) < now)
        {
            self.taken.pop_front();
        }
        set_back
    }

    /// Returns the earliest time, not before `now`, at which a place may be taken.
    ///
    /// A place taken then leaves at most `count` places in every window of every rule, its both ends
    /// included: times are whole milliseconds, so the ends are not known better.
    pub(crate) fn next(&self, rules: &[Rule], now: u64) -> u64 {
        rules
            .iter()
            .filter_map(|rule| {
                let nth = self.taken.len().checked_sub(rule.count as usize)?;
                let oldest = *self.taken.get(nth)?;
                Some(oldest.saturating_add(millis(rule)).saturating_add(1))
            })
            .fold(now.max(self.held_until), u64::max)
    }

    /// Returns when a place is free for one who has `ahead` others before it.
    pub(crate) fn after(&self, rules: &[Rule], now: u64, ahead: usize) -> u64 {
        if ahead == 0 {
            return self.next(rules, now);
        }
        let mut queue = self.clone();
        let mut at = now;
        for _ in 0..ahead {
            at = queue.next(rules, at);
            queue.taken.push_back(at);
        }
        queue.next(rules, at)
    }
}

/// The longest window in milliseconds.
const MAX_WINDOW: u64 = crate::MAX_WINDOW.as_secs() * 1000;

fn longest(rules: &[Rule]) -> u64 {
    rules.iter().map(millis).max().unwrap_or(0)
}

fn millis(rule: &Rule) -> u64 {
    u64::try_from(rule.per.as_millis()).unwrap_or(u64::MAX)
}
