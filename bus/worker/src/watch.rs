//! How long something has stood, whatever clocks say.
//!
//! The time in an entry is its writer's. A clock that runs ahead would hold an item for longer than
//! its lease lasts, one that runs behind for less, and one's own clock may be wrong as well. So a
//! lease of somebody else is taken for lapsed only if it has lasted long enough by a measure that
//! needs no clock to be right:
//!
//! - this worker has watched it for as long as it was to last, or
//! - by the tracker's time of the comment that set its end, where this worker knows how far its own
//!   clock is from the tracker's: it learns that from the comments it posts itself.
//!
//! Either can at worst be late. Whoever is early takes an item over, and the late holder's outcome
//! is void: fences keep holders apart, not clocks.

use std::collections::HashMap;
use std::time::Duration;

use trail_item::Event;
use trail_item::state::{Lease, MAX_LEASE};
use trail_port::store::Op;
use trail_record::body::{Observation, Observed};
use trail_record::record::Sealable;
use trail_record::{CommentId, Digest, Entry, Fence, ItemId, Moment, Record};

use crate::view::View;
use crate::worker::{Error, Worker};

/// Since when, by this worker's clock, an item stands as it does.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Watch {
    head: Option<Digest<Entry>>,
    head_since: Moment,
    lease: Option<(Fence, Moment)>,
    lease_since: Moment,
}

/// What is watched.
pub(crate) type Watches = HashMap<ItemId, Watch>;

/// The most items that are watched at once; the watch of others begins anew.
const MAX_WATCHED: usize = 4096;
/// Where the distance between the tracker's clock and one's own is remembered.
const AHEAD: &str = "clock/tracker-ahead-ms";

/// Whether an item can be claimed, as far as leases go.
pub(crate) enum Free {
    /// Nobody else holds it.
    Yes,
    /// Somebody else holds it, at least until then.
    Until(Moment),
    /// Somebody else's lease has lapsed.
    Lapsed(Box<Lapse>),
}

/// A lease that has lapsed, with what shows it.
pub(crate) struct Lapse {
    lease: Lease,
    comment: CommentId,
    created: Option<Moment>,
    lasts: Duration,
    watched: Duration,
}

impl Worker {
    /// Notes since when an item stands as it does.
    pub(crate) fn watch(&self, view: &View) {
        let now = self.ports.clock.now();
        let mut watches = self.watches.lock().expect("no watch is left half-kept");
        if watches.len() >= MAX_WATCHED && !watches.contains_key(&view.item.id) {
            watches.clear();
        }
        let lease = view.state.lease.as_ref().map(|own| (own.fence, own.until));
        let head = view.state.head;
        let watch = watches.entry(view.item.id.clone()).or_insert(Watch {
            head,
            head_since: now,
            lease,
            lease_since: now,
        });
        if watch.head != head {
            (watch.head, watch.head_since) = (head, now);
        }
        if watch.lease != lease {
            (watch.lease, watch.lease_since) = (lease, now);
        }
    }

    /// Tells whether somebody else's lease is in the way.
    pub(crate) fn free(&self, view: &View, now: Moment) -> Free {
        let Some(lease) = view
            .state
            .lease
            .as_ref()
            .filter(|own| own.holder != self.id)
        else {
            return Free::Yes;
        };
        let Some((comment, lasts)) = set_by(view, lease) else {
            return Free::Until(lease.until);
        };
        let since = self.watch_of(&view.item.id).map(|own| own.lease_since);
        let watched = since.map_or(Duration::ZERO, |since| now.since(since));
        let posted = view
            .comment(&comment)
            .filter(|own| !own.edited && !own.backdated);
        let created = posted.map(|own| own.created);
        let by_tracker = match (created, self.tracker_time(now)) {
            (Some(created), Some(there)) => there.since(created),
            _ => Duration::ZERO,
        };
        let lasted = watched.max(by_tracker);
        if lasted < lasts {
            return Free::Until(now.after(lasts - lasted));
        }
        Free::Lapsed(Box::new(Lapse {
            lease: lease.clone(),
            comment,
            created,
            lasts,
            watched,
        }))
    }

    /// Returns how long the newest entry has stood.
    pub(crate) fn stood(&self, view: &View, now: Moment) -> Duration {
        let watched = self
            .watch_of(&view.item.id)
            .map_or(Duration::ZERO, |own| now.since(own.head_since));
        // One's own clock can be compared with itself, over restarts too.
        let own = view
            .entries()
            .next_back()
            .filter(|last| last.entry.worker == self.id);
        own.map_or(watched, |last| watched.max(now.since(last.entry.at)))
    }

    /// Makes the event and the record that end a lapsed lease at `at`; none where the lease is over by
    /// this worker's own clock too, for then a claim says it all.
    pub(crate) fn lapse(
        &self,
        view: &View,
        at: Moment,
    ) -> Result<Option<(Event, Sealable)>, Error> {
        let lapse = match self.free(view, at) {
            Free::Yes => return Ok(None),
            Free::Lapsed(lapse) => lapse,
            Free::Until(_) => {
                let why = "somebody else has claimed the item meanwhile";
                return Err(trail_item::Illegal(why.to_owned()).into());
            }
        };
        if lapse.lease.until <= at {
            return Ok(None);
        }
        let millis = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        let observed = Observed::Lapse {
            fence: lapse.lease.fence,
            holder: lapse.lease.holder.clone(),
            comment: lapse.comment,
            created: lapse.created,
            lasts_ms: millis(lapse.lasts),
            watched_ms: millis(lapse.watched),
        };
        let record = Record::new("a lapsed lease", [], &Observation { observed, at })?;
        let event = Event::Lapsed {
            fence: lapse.lease.fence,
            observation: record.digest(),
        };
        Ok(Some((event, record)))
    }

    /// Learns how far the tracker's clock is ahead of this worker's, from a comment it posted before
    /// `after` by its own clock. Of the times it may be, the least is taken: so nothing seems to have
    /// stood for longer than it has.
    pub(crate) fn learn_time(&self, created: Moment, after: Moment) -> Result<(), Error> {
        let ahead = created.as_millis().saturating_sub(after.as_millis());
        let mut known = self.ahead.lock().expect("no time is left half-learnt");
        let same = known.is_some_and(|before| before.abs_diff(ahead) < 10_000);
        *known = Some(ahead);
        drop(known);
        if same {
            return Ok(());
        }
        self.learn(vec![Op::Put {
            key: AHEAD.to_owned(),
            value: ahead.to_string().into_bytes(),
        }])
    }

    /// Returns the tracker's time, as far as it is known.
    fn tracker_time(&self, now: Moment) -> Option<Moment> {
        let ahead = *self.ahead.lock().expect("no time is left half-learnt");
        ahead.map(|ahead| Moment::from_millis(now.as_millis().saturating_add(ahead)))
    }

    /// Returns the distance that an earlier process of this worker learnt.
    pub(crate) fn recall_time(store: &dyn trail_port::Store) -> Result<Option<i64>, Error> {
        let kept = store.get(AHEAD)?;
        Ok(kept.and_then(|bytes| String::from_utf8(bytes).ok()?.parse().ok()))
    }

    fn watch_of(&self, item: &ItemId) -> Option<Watch> {
        let watches = self.watches.lock().expect("no watch is left half-kept");
        watches.get(item).copied()
    }
}

/// Returns the comment of the entry that set the end of a lease, and how long it lasts from then.
fn set_by(view: &View, lease: &Lease) -> Option<(CommentId, Duration)> {
    let entries = view.assembly.chain.entries();
    let sets = |own: &&trail_record::chain::Accepted| {
        own.signed.entry.events.iter().any(|event| {
            let kind = event["event"].as_str();
            matches!(kind, Some("claimed" | "renewed")) && event["fence"] == lease.fence.0
        })
    };
    let own = entries.iter().rev().find(sets)?;
    let lasts = lease.until.since(own.signed.entry.at).min(MAX_LEASE);
    Some((own.comment.clone(), lasts))
}
