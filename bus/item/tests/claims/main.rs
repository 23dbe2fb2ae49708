//! Every interleaving of a few workers that want the same item, on a tracker that only appends:
//! with clocks that are wrong by more than a lease, entries written on what was read long ago, posts
//! that arrive late or never, and processes that die at any point and start again, as themselves or
//! as another.
//!
//! The history is resolved by the chain's own rules, and by some that were broken on purpose: the
//! search must find what is wrong with those. With TRAIL_ALL_DEATHS=1 it goes further.

#![allow(clippy::unwrap_used, reason = "this is a test, helpers included")]

mod draft;
mod judge;
mod ledger;
mod resolver;
mod search;

use std::time::Instant;

use draft::Conduct;
use resolver::Resolver;
use search::{AHEAD, Found, Setting, search};

/// Two workers that do whatever the rules let pass; one of them dies at any point.
const TWO: Setting<'_> = Setting {
    resolver: Resolver::Chain,
    conduct: Conduct::Hasty,
    skews: &[0, 0],
    tries: 1,
    deaths: 1,
    ticks: 1,
    delays: true,
    keeps_void: false,
    newcomers: true,
};

/// Three workers, each with another clock.
const THREE: Setting<'_> = Setting {
    skews: &[-AHEAD, 0, AHEAD],
    deaths: 0,
    ..TWO
};

/// All pairs of clocks that are behind, right, or ahead; who is first makes no difference.
const PAIRS: [&[i64]; 6] = [
    &[0, 0],
    &[0, AHEAD],
    &[0, -AHEAD],
    &[AHEAD, AHEAD],
    &[-AHEAD, -AHEAD],
    &[-AHEAD, AHEAD],
];

/// No delays, no deaths: what goes wrong here is the clocks' doing.
const PROMPT: Setting<'_> = Setting {
    conduct: Conduct::OwnClock,
    deaths: 0,
    delays: false,
    ..TWO
};

/// Whether to search as far as is feasible, for minutes.
fn all() -> bool {
    std::env::var_os("TRAIL_ALL_DEATHS").is_some()
}

/// Searches, and tells how far that went.
fn run(setting: Setting<'_>) -> Found {
    let began = Instant::now();
    let found = search(setting);
    let Setting {
        resolver,
        conduct,
        skews,
        tries,
        deaths,
        ticks,
        ..
    } = setting;
    eprintln!(
        "{resolver:?}, {conduct:?}, clocks off by {skews:?}, {tries} tries each, {deaths} deaths, \
         {ticks} ticks: {} states, {} histories, {} late outcomes, {:?} at most, {:.1?}: {}",
        found.states,
        found.stood.len(),
        found.late,
        found.most,
        began.elapsed(),
        found.broken.as_deref().unwrap_or("holds"),
    );
    found
}

/// Searches and expects nothing wrong, and that the search got to what might go wrong: a second
/// holder, a lease taken over, and the late outcome of the one before.
fn holds(setting: Setting<'_>) -> Found {
    let found = run(setting);
    assert_eq!(found.broken, None, "{setting:?}");
    let most = found.most;
    let over = most.lapsed + most.overtaken;
    let reached = most.claims >= 2 && most.outcomes >= 1 && over >= 1 && found.late >= 1;
    assert!(reached, "{setting:?} reached too little: {most:?}");
    found
}

/// Searches and expects that something is wrong.
fn breaks(setting: Setting<'_>, how: &str) {
    let broken = run(setting).broken.unwrap();
    assert!(broken.contains(how), "{broken}");
}

#[test]
fn two_workers_are_kept_apart_and_go_on_whatever_their_clocks_say() {
    for skews in PAIRS {
        let pair = Setting { skews, ..TWO };
        let found = holds(pair);
        assert!(found.most.lapsed >= 1 && found.most.overtaken >= 1);
        if all() {
            for (tries, deaths, ticks) in [(1, 2, 2), (2, 1, 1)] {
                holds(Setting {
                    tries,
                    deaths,
                    ticks,
                    ..pair
                });
            }
        }
    }
}

#[test]
fn two_workers_that_measure_leases_take_over_by_either_way() {
    let (mut lapsed, mut overtaken) = (0, 0);
    for skews in PAIRS {
        let pair = Setting {
            conduct: Conduct::Measured,
            skews,
            ..TWO
        };
        let mut settings = vec![pair];
        if all() || skews == [-AHEAD, AHEAD] {
            settings.push(Setting {
                tries: 2,
                deaths: u8::from(all()),
                ..pair
            });
        }
        for setting in settings {
            let most = holds(setting).most;
            lapsed += most.lapsed;
            overtaken += most.overtaken;
        }
        if all() {
            holds(Setting {
                deaths: 2,
                ticks: 2,
                ..pair
            });
        }
    }
    assert!(lapsed >= 1 && overtaken >= 1, "{lapsed} {overtaken}");
}

#[test]
fn three_workers_are_kept_apart_and_go_on() {
    for conduct in [Conduct::Measured, Conduct::Hasty] {
        holds(Setting {
            conduct,
            deaths: u8::from(all()),
            ..THREE
        });
    }
}

#[test]
fn the_fence_alone_keeps_holders_apart_even_without_predecessors() {
    let order = |setting| Setting {
        resolver: Resolver::OrderOnly,
        ..setting
    };
    for skews in [&[0, AHEAD], &[-AHEAD, AHEAD]] {
        holds(order(Setting { skews, ..TWO }));
    }
    holds(order(Setting {
        conduct: Conduct::Measured,
        ..THREE
    }));
}

#[test]
fn to_leave_out_what_does_not_stand_loses_no_history() {
    for conduct in [Conduct::Measured, Conduct::Hasty] {
        let few = Setting {
            conduct,
            skews: &[0, AHEAD],
            ..TWO
        };
        let most = Setting {
            keeps_void: true,
            ..few
        };
        assert!(holds(few).stood == holds(most).stood, "{conduct:?}");
    }
}

#[test]
fn the_search_finds_claims_that_are_accepted_without_their_fence() {
    let resolver = Resolver::AnyFence;
    breaks(Setting { resolver, ..TWO }, "two claims of fence 1 stand");
}

#[test]
fn the_search_finds_outcomes_that_are_accepted_from_late_holders() {
    let resolver = Resolver::AnyHolder;
    breaks(Setting { resolver, ..TWO }, "its outcome stands");
}

#[test]
fn the_search_finds_that_leases_without_fences_trust_their_writers_clocks() {
    let prompt = Setting {
        resolver: Resolver::WritersClock,
        newcomers: false,
        ..PROMPT
    };
    let stands = "its outcome stands";
    for skews in [&[0, AHEAD], &[-AHEAD, 0]] {
        breaks(Setting { skews, ..prompt }, stands);
        // The same workers harm nothing where fences are checked.
        let fenced = run(Setting {
            resolver: Resolver::OrderOnly,
            skews,
            ..prompt
        });
        assert_eq!(fenced.broken, None);
    }
    // With equal clocks and no delays such leases would do; with delays they do not either.
    assert_eq!(run(prompt).broken, None);
    let delays = true;
    breaks(Setting { delays, ..prompt }, stands);
}

#[test]
fn the_search_finds_that_without_lapses_a_clock_ahead_holds_the_item_for_too_long() {
    let skews = &[0, AHEAD];
    breaks(Setting { skews, ..PROMPT }, "can take the item");
}
