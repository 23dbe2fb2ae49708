//! Every interleaving of a few workers that want the same item, on a tracker that only appends:
//! with clocks that go wrong, posts that arrive late, and processes that die at any point.
//!
//! The history is resolved by the chain's own rules, and by two that were broken on purpose: the
//! search must find what is wrong with those.

#![allow(clippy::unwrap_used, reason = "this is a test, helpers included")]

mod ledger;

use std::collections::{BTreeMap, HashSet};

use ledger::{Ledger, Post, Resolver};
use trail_record::Fence;

/// What a worker is about to do.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Doing {
    /// Look, and claim if the item is free.
    Looking,
    /// Waits for its post to be taken; then it looks whether the claim stands.
    Claiming { post: Post, fence: Fence },
    /// It saw its claim stand: it may act.
    Acting { fence: Fence },
    /// Waits for its outcome to be taken.
    Finishing { post: Post, fence: Fence },
    /// It is done, or gave up.
    Gone,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Worker {
    doing: Doing,
    /// How often it may look for something to claim.
    looks: u8,
    /// How far its clock is off, in minutes.
    skew: i64,
}

/// All that may differ between two moments.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct World {
    minutes: i64,
    workers: Vec<Worker>,
    /// What the tracker shows, in its order.
    shown: Vec<Post>,
    /// What was sent and has not arrived.
    on_the_way: Vec<Post>,
    /// Who acted under which fence, and when they began by the tracker's order.
    acted: BTreeMap<u64, usize>,
    crashes_left: u8,
    ticks_left: u8,
}

struct Search {
    ledger: Ledger,
    seen: HashSet<World>,
    /// What went wrong first.
    broken: Option<String>,
    outcomes: usize,
    claims: usize,
}

/// How long a lease is, and how far a tick moves the time.
const LEASE: i64 = 30;
const TICK: i64 = 40;

impl Search {
    fn new(resolver: Resolver) -> Self {
        Self {
            ledger: Ledger::new(resolver),
            seen: HashSet::new(),
            broken: None,
            outcomes: 0,
            claims: 0,
        }
    }

    /// Goes through every world that can come of this one.
    fn explore(&mut self, start: World) {
        let mut open = vec![start];
        while let Some(world) = open.pop() {
            if self.broken.is_some() || self.seen.contains(&world) {
                continue;
            }
            self.seen.insert(world.clone());
            self.check(&world);
            for arrived in 0..world.on_the_way.len() {
                let mut next = world.clone();
                let post = next.on_the_way.remove(arrived);
                next.shown.push(post);
                open.push(next);
            }
            if world.ticks_left > 0 {
                let mut next = world.clone();
                next.ticks_left -= 1;
                next.minutes += TICK;
                open.push(next);
            }
            for number in 0..world.workers.len() {
                if world.workers[number].doing == Doing::Gone {
                    continue;
                }
                if world.crashes_left > 0 {
                    let mut next = world.clone();
                    next.crashes_left -= 1;
                    next.workers[number].doing = Doing::Gone;
                    open.push(next);
                }
                open.extend(self.go_on(&world, number));
            }
        }
    }

    /// Lets one worker do its next thing.
    fn go_on(&mut self, world: &World, number: usize) -> Option<World> {
        let mut next = world.clone();
        let worker = &mut next.workers[number];
        let at = world.minutes + worker.skew;
        match world.workers[number].doing.clone() {
            Doing::Looking => {
                if worker.looks == 0 {
                    worker.doing = Doing::Gone;
                    return Some(next);
                }
                worker.looks -= 1;
                if let Some((post, fence)) = self.ledger.claim(&world.shown, number, at, LEASE) {
                    worker.doing = Doing::Claiming { post, fence };
                    next.on_the_way.push(post);
                }
            }
            Doing::Claiming { post, fence } => {
                if !world.shown.contains(&post) {
                    return None;
                }
                let stands = self.ledger.holder(&world.shown) == Some((number, fence));
                worker.doing = if stands {
                    Doing::Acting { fence }
                } else {
                    Doing::Looking
                };
            }
            Doing::Acting { fence } => {
                // An effect on the outside comes after one more look.
                if self.ledger.holder(&world.shown) != Some((number, fence)) {
                    worker.doing = Doing::Looking;
                    return Some(next);
                }
                match next.acted.insert(fence.0, number) {
                    Some(other) if other != number => {
                        self.broken = Some(format!("two workers acted under fence {fence}"));
                    }
                    Some(_) | None => {}
                }
                let post = self.ledger.outcome(&world.shown, number, fence, at);
                next.workers[number].doing = Doing::Finishing { post, fence };
                next.on_the_way.push(post);
            }
            Doing::Finishing { post, fence } => {
                if !world.shown.contains(&post) {
                    return None;
                }
                let again = self.ledger.again(&world.shown, number, fence, at, post);
                match again {
                    // Another entry came between: it is written anew, as long as it may be.
                    Some(post) if worker.looks > 0 => {
                        worker.looks -= 1;
                        worker.doing = Doing::Finishing { post, fence };
                        next.on_the_way.push(post);
                    }
                    Some(_) | None => worker.doing = Doing::Gone,
                }
            }
            Doing::Gone => return None,
        }
        Some(next)
    }

    /// Checks the history that stands in a world.
    fn check(&mut self, world: &World) {
        match self.ledger.judge(&world.shown) {
            Err(why) => self.broken = Some(why),
            Ok((claims, outcomes)) => {
                self.claims = self.claims.max(claims);
                self.outcomes = self.outcomes.max(outcomes);
            }
        }
        let mut believing: BTreeMap<u64, usize> = BTreeMap::new();
        for (number, worker) in world.workers.iter().enumerate() {
            if let Doing::Acting { fence } = worker.doing
                && let Some(other) = believing.insert(fence.0, number)
            {
                self.broken = Some(format!("{other} and {number} both hold fence {fence}"));
            }
        }
    }
}

fn search(resolver: Resolver, skews: &[i64], looks: u8, crashes: u8, ticks: u8) -> Search {
    let mut search = Search::new(resolver);
    let worker = |skew: &i64| Worker {
        doing: Doing::Looking,
        looks,
        skew: *skew,
    };
    let world = World {
        minutes: 0,
        workers: skews.iter().map(worker).collect(),
        shown: search.ledger.beginning(),
        on_the_way: Vec::new(),
        acted: BTreeMap::new(),
        crashes_left: crashes,
        ticks_left: ticks,
    };
    search.explore(world);
    search
}

/// Searches and expects nothing wrong, and that the search got anywhere.
fn holds(resolver: Resolver, skews: &[i64], looks: u8, crashes: u8, ticks: u8) {
    let search = search(resolver, skews, looks, crashes, ticks);
    assert_eq!(search.broken, None, "{resolver:?} {skews:?}");
    assert!(
        search.claims >= 2 && search.outcomes >= 1,
        "{skews:?} reached too little"
    );
    let worlds = search.seen.len();
    println!("{resolver:?}, clocks off by {skews:?}, {crashes} crashes: {worlds} states");
    assert!(worlds > 10_000, "{skews:?}: only {worlds} worlds");
}

#[test]
fn two_workers_never_hold_one_fence_whatever_their_clocks_say() {
    for skew in [0, 35, -35, 600] {
        holds(Resolver::Chain, &[0, skew], 2, 1, 2);
    }
}

#[test]
fn three_workers_never_hold_one_fence() {
    holds(Resolver::Chain, &[0, 35, -35], 1, 0, 1);
}

#[test]
fn the_fence_alone_keeps_holders_apart_even_without_predecessors() {
    holds(Resolver::OrderOnly, &[0, 35], 2, 1, 2);
    holds(Resolver::OrderOnly, &[0, 0, -35], 1, 0, 1);
}

#[test]
fn the_search_finds_claims_that_are_accepted_without_their_fence() {
    let search = search(Resolver::AnyFence, &[0, 0], 2, 0, 0);
    let broken = search.broken.unwrap();
    assert!(broken.contains("fence"), "{broken}");
}

#[test]
fn the_search_finds_outcomes_that_are_accepted_from_late_holders() {
    let search = search(Resolver::AnyHolder, &[0, 0], 3, 0, 2);
    let broken = search.broken.unwrap();
    assert!(broken.contains("does not hold"), "{broken}");
}
