//! The loop of a worker process: poll, take turns, back off, stop cleanly.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{BuildHasher, Hasher};
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Notify;
use tokio::task::JoinSet;
use tracing::{Instrument, error, info, info_span, warn};
use trail_port::tracker::{self, Changes, Cursor};
use trail_record::ItemId;

use crate::turn::Outcome;
use crate::worker::{Error, Worker};

/// Tells everything that works for a worker to stop at the next safe point.
pub type Stop = tokio_util::sync::CancellationToken;

/// A question to the tracker what changed.
type Poll = Pin<Box<dyn Future<Output = Result<Changes, tracker::Error>> + Send>>;

/// Which items are to be looked at, and when.
#[derive(Default)]
struct Inbox {
    ready: BTreeSet<ItemId>,
    running: BTreeSet<ItemId>,
    later: BTreeMap<ItemId, Instant>,
    failures: HashMap<ItemId, u32>,
}

impl Inbox {
    /// Moves what has come due to the ready ones; returns when the next does.
    fn tick(&mut self, now: Instant) -> Option<Instant> {
        let due: Vec<ItemId> = self
            .later
            .iter()
            .filter(|(_, at)| **at <= now)
            .map(|(item, _)| item.clone())
            .collect();
        for item in due {
            self.later.remove(&item);
            self.ready.insert(item);
        }
        self.later.values().min().copied()
    }

    /// Takes a ready item that nobody works on.
    fn take(&mut self) -> Option<ItemId> {
        let item = self
            .ready
            .iter()
            .find(|item| !self.running.contains(*item))?
            .clone();
        self.ready.remove(&item);
        self.running.insert(item.clone());
        Some(item)
    }
}

impl Worker {
    /// Works until `stop` is cancelled; `sweep` makes it look at every item again.
    ///
    /// # Errors
    /// None that a later try could mend; those are waited out with growing pauses.
    pub async fn run(self: Arc<Self>, stop: Stop, sweep: Arc<Notify>) -> Result<(), Error> {
        let mut inbox = Inbox::default();
        let mut turns: JoinSet<(ItemId, Result<Outcome, Error>)> = JoinSet::new();
        let mut cursor: Option<Cursor> = None;
        let mut troubles = 0_u32;
        let mut poll_at = Instant::now();
        // A poll may wait at the tracker for a change; what comes due meanwhile does not.
        let mut poll: Option<Poll> = None;
        info!(persona = %self.persona, worker = %self.id, "ready");
        while !stop.is_cancelled() {
            if poll.is_none() && Instant::now() >= poll_at {
                let (worker, since) = (Arc::clone(&self), cursor.clone());
                poll = Some(Box::pin(async move {
                    worker.ports.tracker.changes(since.as_ref()).await
                }));
            }
            let next = inbox.tick(Instant::now());
            while turns.len() < self.settings.concurrency.max(1) {
                let Some(item) = inbox.take() else { break };
                let (worker, stop) = (Arc::clone(&self), stop.clone());
                let span = info_span!("turn", persona = %self.persona, %item);
                turns.spawn(
                    async move {
                        let outcome = worker.turn(&item, &stop).await;
                        (item, outcome)
                    }
                    .instrument(span),
                );
            }
            let due = if poll.is_none() { Some(poll_at) } else { None };
            let wake = next.into_iter().chain(due).min();
            tokio::select! {
                () = stop.cancelled() => {}
                () = sweep.notified() => {
                    cursor = None;
                    poll = None;
                    poll_at = Instant::now();
                }
                Some(ended) = turns.join_next(), if !turns.is_empty() => {
                    self.ended(&mut inbox, ended);
                }
                Some(polled) = answer(&mut poll) => {
                    poll = None;
                    let wait = match polled {
                        Ok(changes) => {
                            troubles = 0;
                            inbox.ready.extend(changes.items);
                            cursor = Some(changes.cursor);
                            if changes.more { Duration::ZERO } else { self.settings.poll }
                        }
                        Err(error) => {
                            troubles += 1;
                            let wait = self.pause(troubles);
                            warn!(%error, ?wait, "cannot ask the tracker what changed; asking again");
                            wait
                        }
                    };
                    poll_at = Instant::now() + wait;
                }
                () = until(wake) => {}
            }
        }
        drop(poll);
        info!(persona = %self.persona, running = turns.len(), "stopping");
        while let Some(ended) = turns.join_next().await {
            self.ended(&mut inbox, ended);
        }
        self.keep(Vec::new())
    }

    fn ended(
        &self,
        inbox: &mut Inbox,
        ended: Result<(ItemId, Result<Outcome, Error>), tokio::task::JoinError>,
    ) {
        let (item, outcome) = match ended {
            Ok(ended) => ended,
            Err(error) => {
                // Which item it was is not known here: all that ran are looked at again.
                error!(%error, "a turn broke off");
                inbox.ready.append(&mut inbox.running);
                return;
            }
        };
        inbox.running.remove(&item);
        match outcome {
            Ok(outcome) => {
                inbox.failures.remove(&item);
                match outcome {
                    Outcome::Idle => {}
                    Outcome::Worked => {
                        inbox.ready.insert(item);
                    }
                    Outcome::Later(at) => {
                        let wait = at.since(self.ports.clock.now());
                        inbox.later.insert(item, Instant::now() + wait);
                    }
                }
            }
            Err(Error::Stopped) => {}
            Err(error) => {
                let failures = inbox.failures.entry(item.clone()).or_default();
                *failures += 1;
                let wait = self.pause(*failures);
                warn!(%item, %error, ?wait, "the turn came to nothing; trying again");
                self.views
                    .lock()
                    .expect("no view is left half-made")
                    .remove(&item);
                inbox.later.insert(item, Instant::now() + wait);
            }
        }
    }

    /// Returns how long to wait after the `failures`-th failure in a row, with jitter.
    fn pause(&self, failures: u32) -> Duration {
        let doubled = self
            .settings
            .backoff
            .saturating_mul(1 << failures.saturating_sub(1).min(16));
        jittered(doubled.min(self.settings.backoff_cap))
    }
}

/// Waits for the answer of a poll under way; there is none if no poll is.
async fn answer(poll: &mut Option<Poll>) -> Option<Result<Changes, tracker::Error>> {
    match poll {
        Some(poll) => Some(poll.await),
        None => None,
    }
}

/// Waits until an instant; for ever if there is none.
async fn until(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at.into()).await,
        None => std::future::pending().await,
    }
}

/// Returns between half of `wait` and all of it, so that many workers do not come back at once.
pub(crate) fn jittered(wait: Duration) -> Duration {
    let random = std::hash::RandomState::new().build_hasher().finish();
    let half = wait / 2;
    let millis = u64::try_from(half.as_millis()).unwrap_or(u64::MAX).max(1);
    half + Duration::from_millis(random % millis)
}
