//! What a worker may post to take the item, and to be done with it.

use trail_item::{Action, Event, State};
use trail_record::body::{Observation, Observed};
use trail_record::record::Sealable;
use trail_record::{CommentId, Digest, Fence, Moment, Record, WorkerId};

/// How workers come to take a lease of another for lapsed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Conduct {
    /// As Trail's workers do: after it has lasted by the tracker's time. They say that it has lapsed
    /// where it is not over by their own clock.
    Measured,
    /// By their own clock alone; nobody says that a lease has lapsed. So it was by rules 0.
    OwnClock,
    /// Whatever the rules let pass: by their own clock, and by saying that it has lapsed at any time,
    /// before it has and without a claim too. All that the others do, and more.
    Hasty,
}

/// What one entry says. Ends of leases are in minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Draft {
    TakenUp,
    Claim { fence: Fence, until: i64 },
    Lapse { fence: Fence },
    LapseAndClaim { fence: Fence, until: i64 },
    Release { fence: Fence },
}

impl Conduct {
    /// Returns the drafts by which a worker may take the item, with the fence it would hold. Whether
    /// a lease has lasted long enough is the caller's to know, where it is measured.
    pub(crate) fn drafts(
        self,
        state: &State,
        at: Moment,
        until: i64,
    ) -> Vec<(Draft, Option<Fence>)> {
        let fence = state.fence.next();
        let due = state.due(at).is_some();
        let mut drafts = Vec::new();
        if due {
            drafts.push((Draft::Claim { fence, until }, Some(fence)));
        }
        let says = match self {
            Self::Measured => !due,
            Self::OwnClock => false,
            Self::Hasty => true,
        };
        if let Some(lease) = state.lease.as_ref().filter(|_| says) {
            drafts.push((Draft::LapseAndClaim { fence, until }, Some(fence)));
            if self == Self::Hasty {
                drafts.push((Draft::Lapse { fence: lease.fence }, None));
            }
        }
        drafts
    }
}

/// Returns the moment that is so many minutes after the beginning.
pub(crate) fn minute(minutes: i64) -> Moment {
    Moment::from_millis(1_795_165_200_000 + minutes * 60_000)
}

impl Draft {
    /// Makes the events, and the records that are sealed with them.
    pub(crate) fn events(self, worker: &WorkerId, spec: &Sealable) -> (Vec<Event>, Vec<Sealable>) {
        let claimed = |fence, until| Event::Claimed {
            action: Action::Plan,
            fence,
            holder: worker.clone(),
            until: minute(until),
        };
        match self {
            Self::TakenUp => {
                let taken = Event::TakenUp {
                    spec: spec.digest(),
                    text: Digest::of(b"text"),
                    run: "P-1.1".into(),
                    comment: None,
                };
                (vec![taken], vec![spec.clone()])
            }
            Self::Claim { fence, until } => (vec![claimed(fence, until)], Vec::new()),
            Self::Lapse { fence } => {
                let (event, record) = lapsed(fence);
                (vec![event], vec![record])
            }
            Self::LapseAndClaim { fence, until } => {
                let (event, record) = lapsed(Fence(fence.0 - 1));
                (vec![event, claimed(fence, until)], vec![record])
            }
            Self::Release { fence } => (vec![Event::Released { fence }], Vec::new()),
        }
    }
}

/// Says that a lease has lapsed. No rule reads what was measured: it is for people.
fn lapsed(fence: Fence) -> (Event, Sealable) {
    let observed = Observed::Lapse {
        fence,
        holder: WorkerId::from("planner@host:0"),
        comment: CommentId::new("c-0"),
        created: None,
        lasts_ms: 1,
        watched_ms: 1,
    };
    let at = minute(0);
    let record = Record::new("a lapsed lease", [], &Observation { observed, at }).unwrap();
    let observation = record.digest();
    (Event::Lapsed { fence, observation }, record)
}
