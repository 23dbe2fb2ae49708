//! The search through every world that a few workers can come to.

use std::collections::{BTreeMap, HashSet};

use trail_record::{Digest, Entry, Fence};

use crate::draft::Conduct;
use crate::judge::Summary;
use crate::ledger::{Id, Ledger, Post};
use crate::resolver::Resolver;

/// How long a lease is, and how far a tick moves the time, in minutes.
pub(crate) const LEASE: i64 = 30;
const TICK: i64 = 40;
/// More than a lease ahead; less than a tick, so that a worker can also be early by its own clock.
pub(crate) const AHEAD: i64 = 35;
/// A worker that took no part yet.
const NEWCOMER: Id = 99;

/// What is searched, and how far.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Setting<'s> {
    pub(crate) resolver: Resolver,
    pub(crate) conduct: Conduct,
    /// How far the clock of each worker is off, in minutes.
    pub(crate) skews: &'s [i64],
    /// How many entries each worker may write to take the item or to say anew that it is done.
    pub(crate) tries: u8,
    /// How many processes may die, each to be started again, or not.
    pub(crate) deaths: u8,
    /// How often the time moves on by more than a lease.
    pub(crate) ticks: u8,
    /// Whether posts arrive late and in any order, or at once.
    pub(crate) delays: bool,
    /// Whether posts that do not stand are kept in what is shown, and sent for long. They never stand
    /// later, so to leave them out makes far fewer worlds and loses no history: a test compares.
    pub(crate) keeps_void: bool,
    /// Whether it is checked that a newcomer can always take the item.
    pub(crate) newcomers: bool,
}

/// What a worker is about to do. Between any two of these others act, time moves on, and it dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Doing {
    /// To look. A worker that never does so again is one that is dead.
    Looking,
    /// To write a claim on what it has read: the first so many that were shown.
    Writing { read: usize },
    /// Waits for its claim to be taken; then it looks whether it stands.
    Claiming { post: Post, fence: Fence },
    /// It saw its claim stand: it looks once more, and acts on the outside.
    Acting { fence: Fence },
    /// It acted, and writes the outcome on what it read before.
    Acted { fence: Fence, read: usize },
    /// Waits for its outcome to be taken.
    Finishing { post: Post, fence: Fence },
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Worker {
    id: Id,
    doing: Doing,
    tries: u8,
    skew: i64,
}

/// All that may differ between two moments.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct World {
    minutes: i64,
    workers: Vec<Worker>,
    /// What the tracker shows, in its order.
    shown: Vec<Post>,
    /// When the lease that runs was taken, by the tracker's time; kept where that is measured.
    since: i64,
    /// What was sent and has not arrived, nor need it ever.
    on_the_way: Vec<Post>,
    /// Who acted on the outside under which fence.
    acted: BTreeMap<Fence, Id>,
    deaths_left: u8,
    ticks_left: u8,
    next_id: Id,
}

/// What a search found.
pub(crate) struct Found {
    /// What went wrong first.
    pub(crate) broken: Option<String>,
    pub(crate) states: usize,
    /// The most of each that stood in any world.
    pub(crate) most: Summary,
    /// How many outcomes came under a fence that was no longer the newest.
    pub(crate) late: usize,
    /// Every history that stood in some world.
    pub(crate) stood: HashSet<Vec<Digest<Entry>>>,
}

struct Search<'s> {
    setting: Setting<'s>,
    ledger: Ledger,
    found: Found,
    /// The histories and times at which a newcomer was seen to get the item.
    free: HashSet<(Vec<Post>, i64)>,
}

/// Goes through every world that a setting allows.
pub(crate) fn search(setting: Setting<'_>) -> Found {
    let mut search = Search {
        setting,
        ledger: Ledger::new(setting.resolver),
        found: Found {
            broken: None,
            states: 0,
            most: Summary::default(),
            late: 0,
            stood: HashSet::new(),
        },
        free: HashSet::new(),
    };
    let ids = 0..Id::try_from(setting.skews.len()).unwrap();
    let workers = ids.clone().zip(setting.skews).map(|(id, skew)| Worker {
        id,
        doing: Doing::Looking,
        tries: setting.tries,
        skew: *skew,
    });
    let start = World {
        minutes: 0,
        workers: workers.collect(),
        shown: search.ledger.beginning(),
        since: 0,
        on_the_way: Vec::new(),
        acted: BTreeMap::new(),
        deaths_left: setting.deaths,
        ticks_left: setting.ticks,
        next_id: ids.end,
    };
    if let Err(why) = search.explore(start) {
        search.found.broken = Some(why);
    }
    search.found
}

impl Search<'_> {
    fn explore(&mut self, start: World) -> Result<(), String> {
        let mut seen = HashSet::from([start.clone()]);
        let mut open = vec![start];
        while let Some(world) = open.pop() {
            self.found.states += 1;
            self.check(&world)?;
            for next in self.after(&world)? {
                if !seen.contains(&next) {
                    seen.insert(next.clone());
                    open.push(next);
                }
            }
        }
        Ok(())
    }

    /// Returns the worlds that can come next.
    fn after(&mut self, world: &World) -> Result<Vec<World>, String> {
        let mut worlds = Vec::new();
        for arriving in 0..world.on_the_way.len() {
            let mut next = world.clone();
            let post = next.on_the_way.remove(arriving);
            self.arrive(&mut next, post)?;
            worlds.push(next);
        }
        if world.ticks_left > 0 {
            let mut next = world.clone();
            next.ticks_left -= 1;
            next.minutes += TICK;
            worlds.push(next);
        }
        for number in 0..world.workers.len() {
            // To die before looking changes nothing: it forgets nothing.
            if world.deaths_left > 0 && world.workers[number].doing != Doing::Looking {
                let mut next = world.clone();
                next.deaths_left -= 1;
                next.workers[number].doing = Doing::Looking;
                worlds.push(next.clone());
                next.workers[number].id = next.next_id;
                next.next_id += 1;
                worlds.push(next);
            }
            worlds.extend(self.go_on(world, number)?);
        }
        Ok(worlds)
    }

    /// Lets one worker do its next thing, in every way it can.
    fn go_on(&mut self, world: &World, number: usize) -> Result<Vec<World>, String> {
        let Worker {
            id,
            doing,
            tries,
            skew,
        } = world.workers[number].clone();
        let (shown, at) = (&world.shown, world.minutes + skew);
        let then = |doing| {
            let mut next = world.clone();
            next.workers[number].doing = doing;
            next
        };
        let arrived = |post| !world.on_the_way.contains(&post);
        let held = self.ledger.holder(shown);
        let next = match doing {
            Doing::Looking => match held {
                Some((own, fence)) if own == id => then(Doing::Acting { fence }),
                _ if tries == 0 => return Ok(Vec::new()),
                Some(_) if self.measures() && world.minutes - world.since < LEASE => {
                    return Ok(Vec::new());
                }
                _ => then(Doing::Writing { read: shown.len() }),
            },
            Doing::Writing { read } => {
                let conduct = self.setting.conduct;
                let claims = self.ledger.claims(&shown[..read], id, at, LEASE, conduct);
                let mut worlds = vec![then(Doing::Looking)];
                for (post, fence) in claims {
                    let mut next =
                        then(fence.map_or(Doing::Looking, |fence| Doing::Claiming { post, fence }));
                    next.workers[number].tries -= 1;
                    self.send(&mut next, post)?;
                    worlds.push(next);
                }
                return Ok(worlds);
            }
            Doing::Claiming { post, .. } if !arrived(post) => return Ok(Vec::new()),
            Doing::Claiming { fence, .. } if held == Some((id, fence)) => {
                then(Doing::Acting { fence })
            }
            Doing::Acting { fence } if held == Some((id, fence)) => {
                let read = shown.len();
                let mut next = then(Doing::Acted { fence, read });
                let before = next.acted.insert(fence, id);
                if before.is_some_and(|other| other != id) {
                    return Err(format!("two workers acted under fence {fence}"));
                }
                next
            }
            Doing::Claiming { .. } | Doing::Acting { .. } => then(Doing::Looking),
            Doing::Acted { fence, read } => {
                // Trail's workers write anew only what the rules still allow; whoever is hasty writes
                // its outcome on the newest entry, whosever that is.
                let mut views = vec![read];
                if self.setting.conduct == Conduct::Hasty && read < shown.len() {
                    views.push(shown.len());
                }
                let mut worlds = Vec::new();
                for view in views {
                    let post = self.ledger.outcome(&shown[..view], id, fence, at);
                    let mut next = then(Doing::Finishing { post, fence });
                    self.send(&mut next, post)?;
                    worlds.push(next);
                }
                return Ok(worlds);
            }
            Doing::Finishing { post, .. } if !arrived(post) => return Ok(Vec::new()),
            Doing::Finishing { post, fence } => {
                match self.ledger.again(shown, id, fence, at, post) {
                    // Another entry came between: it is written anew, as long as it may be.
                    Some(post) if tries > 0 => {
                        let mut next = then(Doing::Finishing { post, fence });
                        next.workers[number].tries -= 1;
                        self.send(&mut next, post)?;
                        next
                    }
                    Some(_) | None => then(Doing::Looking),
                }
            }
        };
        Ok(vec![next])
    }

    fn measures(&self) -> bool {
        self.setting.conduct == Conduct::Measured
    }

    /// Sends a post. The same one sent twice is one: its digest is the key of the append.
    fn send(&mut self, world: &mut World, post: Post) -> Result<(), String> {
        if world.shown.contains(&post) {
            return Ok(());
        }
        if !self.setting.delays {
            return self.arrive(world, post);
        }
        if let Err(place) = world.on_the_way.binary_search(&post) {
            world.on_the_way.insert(place, post);
        }
        self.settle(world);
        Ok(())
    }

    /// Shows a post; what stood before must stand, and nothing else but the post may stand now.
    fn arrive(&mut self, world: &mut World, post: Post) -> Result<(), String> {
        let before = self.ledger.stands(&world.shown);
        let lease = self.ledger.holder(&world.shown);
        self.found.late += usize::from(self.ledger.is_late(&world.shown, post));
        world.shown.push(post);
        let after = self.ledger.stands(&world.shown);
        let with = before.len() + 1 == after.len() && after.last() == Some(&post);
        if !after.starts_with(&before) || (after.len() != before.len() && !with) {
            return Err(format!("{before:?} stood, and then {after:?}"));
        }
        if !self.setting.keeps_void {
            world.shown = after;
        }
        if self.measures() && self.ledger.holder(&world.shown) != lease {
            world.since = world.minutes;
        }
        self.settle(world);
        Ok(())
    }

    /// Lets those arrive at once that can no longer stand: in a chain they never will, for the head
    /// only goes on. Whoever waits for one may take its time to see it, as if it had come later.
    fn settle(&mut self, world: &mut World) {
        if self.setting.keeps_void || self.setting.resolver != Resolver::Chain {
            return;
        }
        for post in world.on_the_way.clone() {
            let mut shown = world.shown.clone();
            shown.push(post);
            if self.ledger.stands(&shown).len() == world.shown.len() {
                world.on_the_way.retain(|other| *other != post);
                self.found.late += usize::from(self.ledger.is_late(&world.shown, post));
            }
        }
    }

    /// Checks one world.
    fn check(&mut self, world: &World) -> Result<(), String> {
        let stands = self.ledger.judge(&world.shown)?;
        let most = &mut self.found.most;
        most.claims = most.claims.max(stands.claims);
        most.outcomes = most.outcomes.max(stands.outcomes);
        most.lapsed = most.lapsed.max(stands.lapsed);
        most.overtaken = most.overtaken.max(stands.overtaken);
        let mut believing: BTreeMap<Fence, Id> = BTreeMap::new();
        for worker in &world.workers {
            if let Doing::Acting { fence } | Doing::Acted { fence, .. } = worker.doing
                && let Some(other) = believing.insert(fence, worker.id)
            {
                let id = worker.id;
                return Err(format!(
                    "{other} and {id} both believe to hold fence {fence}"
                ));
            }
        }
        self.goes_on(world)
    }

    /// Checks that the item can be taken again, whoever died: a lease's length from now, with nothing
    /// more arriving, any newcomer gets it, be its clock right, behind or ahead.
    fn goes_on(&mut self, world: &World) -> Result<(), String> {
        if !self.free.insert((world.shown.clone(), world.minutes)) {
            return Ok(());
        }
        let stands = self.ledger.stands(&world.shown);
        let digests = stands.iter().map(|post| self.ledger.digest(*post));
        self.found.stood.insert(digests.collect());
        // What may be done in haste may be done in time.
        let conduct = match self.setting.conduct {
            Conduct::Hasty => Conduct::Measured,
            own => own,
        };
        let skews: &[i64] = if self.setting.newcomers {
            &[0, -AHEAD, AHEAD]
        } else {
            &[]
        };
        for skew in skews {
            let at = world.minutes + LEASE + skew;
            let claims = self
                .ledger
                .claims(&world.shown, NEWCOMER, at, LEASE, conduct);
            let Some((post, fence)) = claims.into_iter().next() else {
                return Err(format!(
                    "nobody with a clock off by {skew} can take the item"
                ));
            };
            let mut shown = world.shown.clone();
            shown.push(post);
            let holder = self.ledger.holder(&shown);
            if holder.is_none() || holder != fence.map(|fence| (NEWCOMER, fence)) {
                return Err(format!(
                    "the claim of a newcomer does not stand: {holder:?}"
                ));
            }
        }
        Ok(())
    }
}
