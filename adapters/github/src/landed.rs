//! What this client wrote lately: lists may show it late, and a lost reply may still arrive.
//!
//! Kept in memory only. Losing it makes a reader wait for GitHub's lists, nothing else.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use tokio::time::Instant;
use trail_record::{Digest, Entry};

/// How long a list may lack what was posted. Minutes were reported.
const LAG: Duration = Duration::from_secs(600);
/// The most items and entries that are remembered.
const MOST: usize = 1024;

/// Comments that were posted and entries whose fate is unknown.
#[derive(Debug, Default)]
pub(crate) struct Landings {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    /// By the number of the issue: comments that no list has shown yet.
    posted: HashMap<u64, Vec<(u64, Instant)>>,
    /// When the reply to an entry was lost.
    doubts: HashMap<(u64, Digest<Entry>), Instant>,
}

impl Landings {
    fn locked(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().expect("no landing is left half-noted")
    }

    /// Notes a comment that was posted and confirmed by its answer.
    pub(crate) fn posted(&self, number: u64, comment: u64) {
        let mut inner = self.locked();
        if inner.posted.len() >= MOST {
            let now = Instant::now();
            inner
                .posted
                .retain(|_, own| own.iter().any(|(_, at)| now.duration_since(*at) < LAG));
        }
        if inner.posted.len() < MOST {
            let now = Instant::now();
            let own = inner.posted.entry(number).or_default();
            own.retain(|(_, at)| now.duration_since(*at) < LAG);
            own.push((comment, now));
        }
    }

    /// Returns the comments that were posted and that `shown` does not know; forgets the others.
    pub(crate) fn unseen(&self, number: u64, shown: impl Fn(u64) -> bool) -> Vec<u64> {
        let mut inner = self.locked();
        let Some(own) = inner.posted.get_mut(&number) else {
            return Vec::new();
        };
        let now = Instant::now();
        own.retain(|(comment, at)| !shown(*comment) && now.duration_since(*at) < LAG);
        let unseen: Vec<u64> = own.iter().map(|(comment, _)| *comment).collect();
        if unseen.is_empty() {
            inner.posted.remove(&number);
        }
        unseen
    }

    /// Forgets a comment that is not there any more.
    pub(crate) fn gone(&self, number: u64, comment: u64) {
        if let Some(own) = self.locked().posted.get_mut(&number) {
            own.retain(|(other, _)| *other != comment);
        }
    }

    /// Notes that the reply to an entry was lost.
    pub(crate) fn doubt(&self, number: u64, key: Digest<Entry>) {
        let mut inner = self.locked();
        if inner.doubts.len() >= MOST {
            let now = Instant::now();
            inner.doubts.retain(|_, at| now.duration_since(*at) < LAG);
        }
        inner.doubts.insert((number, key), Instant::now());
    }

    /// Returns when the reply to an entry was lost, and forgets it.
    pub(crate) fn settle(&self, number: u64, key: Digest<Entry>) -> Option<Instant> {
        self.locked().doubts.remove(&(number, key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_was_posted_is_missed_until_it_is_shown_or_gone_or_old() {
        let landings = Landings::default();
        for comment in 1..=3 {
            landings.posted(7, comment);
        }
        assert_eq!(landings.unseen(7, |own| own == 1), [2, 3]);
        landings.gone(7, 2);
        assert_eq!(landings.unseen(7, |_| false), [3]);
        tokio::time::advance(LAG).await;
        assert_eq!(landings.unseen(7, |_| false), [] as [u64; 0]);
        assert!(landings.locked().posted.is_empty());
    }
}
