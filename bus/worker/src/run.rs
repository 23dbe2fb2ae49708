//! The loop of a worker process: poll, take turns, back off, stop cleanly.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{BuildHasher, Hasher};
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{Notify, mpsc};
use tokio::task::JoinSet;
use tracing::{Instrument, error, info, info_span, warn};
use trail_port::tracker::{self, Changes, Cursor};
use trail_record::ItemId;

use crate::turn::Outcome;
use crate::worker::{Error, Worker};

/// Tells everything that works for a worker to stop at the next safe point.
pub type Stop = tokio_util::sync::CancellationToken;

/// Something outside says that there may be news. It is only a hint: it shortens a wait, and nothing
/// rests on it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hint {
    /// The item the news may be of.
    pub item: Option<ItemId>,
}

/// What makes a worker look before its time.
#[derive(Debug)]
pub struct Bells {
    /// Rung to look at every item again.
    pub sweep: Arc<Notify>,
    /// Hints, from a webhook for instance; a closed channel rings no more.
    pub hints: mpsc::Receiver<Hint>,
}

impl Bells {
    /// Returns bells that only `sweep` rings.
    #[must_use]
    pub fn of(sweep: Arc<Notify>) -> Self {
        Self {
            sweep,
            hints: mpsc::channel(1).1,
        }
    }
}

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
    /// Works until `stop` is cancelled.
    ///
    /// # Errors
    /// None that a later try could mend; those are waited out with growing pauses.
    pub async fn run(self: Arc<Self>, stop: Stop, mut bells: Bells) -> Result<(), Error> {
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
            self.pulse
                .set(|now| (now.running, now.ready) = (turns.len(), inbox.ready.len()));
            let due = if poll.is_none() { Some(poll_at) } else { None };
            let wake = next.into_iter().chain(due).min();
            tokio::select! {
                () = stop.cancelled() => {}
                Some(hint) = bells.hints.recv() => {
                    self.pulse.hints.add(1);
                    // An item that is not there, or not news, costs one read.
                    inbox.ready.extend(hint.item);
                    if poll.is_none() {
                        poll_at = Instant::now();
                    }
                }
                () = bells.sweep.notified() => {
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
                            self.pulse.polls.add(1);
                            self.pulse.set(|now| now.polled = Some(Instant::now()));
                            inbox.ready.extend(changes.items);
                            cursor = Some(changes.cursor);
                            if changes.more { Duration::ZERO } else { self.settings.poll }
                        }
                        Err(error) => {
                            troubles += 1;
                            self.pulse.failed_polls.add(1);
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
        self.pulse.set(|now| (now.draining, now.ready) = (true, 0));
        info!(persona = %self.persona, running = turns.len(), "stopping");
        while let Some(ended) = turns.join_next().await {
            self.ended(&mut inbox, ended);
        }
        // A turn that took an item up ended with the lease for the next turn: that one sees the stop
        // and gives it back, or finishes what is short.
        for item in std::mem::take(&mut inbox.ready) {
            if self.holds(&item) {
                let outcome = self.turn(&item, &stop).await;
                self.ended(&mut inbox, Ok((item, outcome)));
            }
        }
        self.keep(Vec::new())
    }

    /// Tells whether this worker held an item at its last look.
    fn holds(&self, item: &ItemId) -> bool {
        let views = self.views.lock().expect("no view is left half-made");
        let lease = views.get(item).and_then(|view| view.state.lease.as_ref());
        lease.is_some_and(|lease| lease.holder == self.id)
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
                    Outcome::Idle => self.pulse.idle.add(1),
                    Outcome::Worked => {
                        self.pulse.worked.add(1);
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
                self.pulse.failed_turns.add(1);
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
