//! Two machines: the same personas, stores of their own, and clocks that disagree.

use std::sync::Arc;
use std::time::Duration;

use trail_item::Stage;
use trail_record::body::Observed;
use trail_record::{FindingKind, ItemId, Kind, Persona};
use trail_tests::fakes::{Death, Mortal, SkewedClock, When};
use trail_tests::world::{BODY, CALLS, SCRIPT, World};
use trail_worker::{Outcome, Ports, Stop, Worker};

const DAY: i64 = 24 * 60;

async fn apart(
    world: &World,
    persona: Persona,
    name: &str,
    minutes: i64,
    death: Option<&Arc<Death>>,
) -> Worker {
    let change = |ports: Ports| {
        let ports = Ports {
            clock: Arc::new(SkewedClock::new(&world.clock, minutes)),
            ..ports
        };
        match death {
            None => ports,
            Some(death) => Ports {
                tracker: Arc::new(Mortal::new(ports.tracker, death)),
                model: Arc::new(Mortal::new(ports.model, death)),
                workspace: Arc::new(Mortal::new(ports.workspace, death)),
                store: Arc::new(Mortal::new(ports.store, death)),
                ..ports
            },
        }
    };
    world.worker_apart(persona, name, change).await
}

/// Plays a whole session on two machines whose clocks are off by these minutes, while the first one
/// dies at its `strike`-th call to the world.
async fn session(skews: [i64; 2], strike: u64) {
    let told = format!("clocks {skews:?}, death at {strike}");
    let world = World::playing(SCRIPT);
    let item = world.file(BODY, &[]).await;
    let death = Death::at(strike, When::After);
    let mut workers = Vec::new();
    for (machine, minutes) in skews.into_iter().enumerate() {
        for persona in Persona::ALL {
            let death = (machine == 0).then_some(&death);
            workers.push(apart(&world, persona, &format!("m{machine}"), minutes, death).await);
        }
    }
    let stop = Stop::new();
    let mut waits = 0;
    for _ in 0..600 {
        let mut worked = false;
        for worker in &workers {
            match worker.turn(&item, &stop).await {
                Ok(Outcome::Worked) => worked = true,
                Ok(Outcome::Later(_)) => {
                    // No lease lasts longer by anybody's clock than it was to last.
                    world.clock.push(Duration::from_secs(60));
                    waits += 1;
                    worked = true;
                }
                Ok(Outcome::Idle) => {}
                Err(error) => assert!(death.has_struck(), "{told}: {error}"),
            }
        }
        if worked {
            continue;
        }
        let state = world.view(&item).await.state;
        if state.waiting().is_none() {
            break;
        }
        world.approve(&item).await;
    }
    let view = world.view(&item).await;
    assert!(
        matches!(view.state.stage, Stage::Delivered { .. }),
        "{told}: {:?}",
        view.state
    );
    assert_eq!(view.assembly.findings, vec![], "{told}");
    assert_eq!(view.state.calls, CALLS, "{told}");
    let commits = view.entries().flat_map(|own| &own.entry.records);
    assert_eq!(
        commits.filter(|own| own.kind == Kind::Commit).count(),
        3,
        "{told}"
    );
    assert_eq!(world.repository.branches().len(), 1, "{told}");
    assert!(
        waits < 200,
        "{told}: {waits} waits of a minute, with leases of a quarter of an hour"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_machines_with_skewed_clocks_bring_a_session_to_its_end() {
    for skews in [
        [0, 10],
        [0, -10],
        [DAY, 0],
        [-DAY, 0],
        [0, DAY],
        [DAY, -DAY],
    ] {
        for strike in [40, 75, 1_000_000] {
            session(skews, strike).await;
        }
    }
}

/// Lets a planner on one machine die while it holds the item; returns the world.
async fn held_by_the_dead(minutes: i64) -> (World, ItemId) {
    let stop = Stop::new();
    for strike in 8..60 {
        let world = World::playing(SCRIPT);
        let item = world.file(BODY, &[]).await;
        let death = Death::at(strike, When::Before);
        let dead = apart(&world, Persona::Planner, "dead", minutes, Some(&death)).await;
        while !death.has_struck() && dead.turn(&item, &stop).await.is_ok() {}
        if world.view(&item).await.state.lease.is_some() {
            return (world, item);
        }
    }
    panic!("no death strikes while the item is held");
}

#[tokio::test]
async fn a_clock_that_runs_ahead_holds_an_item_no_longer_than_its_lease_lasts() {
    let (world, item) = held_by_the_dead(DAY).await;
    let other = apart(&world, Persona::Planner, "other", 0, None).await;
    let stop = Stop::new();
    let early = other.turn(&item, &stop).await.expect("a turn");
    assert!(matches!(early, Outcome::Later(_)), "{early:?}");
    world.clock.push(world.settings.lease);
    while other.turn(&item, &stop).await.expect("a turn") == Outcome::Worked {}
    let view = world.view(&item).await;
    assert_eq!(view.state.stage, Stage::Planned);
    let lapses = view
        .entries()
        .flat_map(|own| &own.entry.records)
        .filter_map(|own| own.record.as_ref())
        .filter_map(|own| own.read::<trail_record::body::Observation>().ok())
        .filter(|own| matches!(own.observed, Observed::Lapse { .. }));
    assert_eq!(
        lapses.count(),
        1,
        "who took it over says by what it had lapsed"
    );
}

#[tokio::test]
async fn a_clock_that_runs_ahead_takes_nothing_from_who_holds_it() {
    let (world, item) = held_by_the_dead(0).await;
    let ahead = apart(&world, Persona::Planner, "ahead", DAY, None).await;
    let stop = Stop::new();
    for _ in 0..10 {
        let turn = ahead.turn(&item, &stop).await.expect("a turn");
        assert!(matches!(turn, Outcome::Later(_)), "{turn:?}");
        world.clock.push(Duration::from_secs(60));
    }
    world.clock.push(world.settings.lease);
    while ahead.turn(&item, &stop).await.expect("a turn") == Outcome::Worked {}
    assert_eq!(world.view(&item).await.state.stage, Stage::Planned);
}

#[tokio::test]
async fn the_late_entry_of_an_old_holder_is_void_and_says_so() {
    let world = World::playing(SCRIPT);
    let item = world.file(BODY, &[]).await;
    let old = Arc::new(apart(&world, Persona::Planner, "old", 0, None).await);
    let new = apart(&world, Persona::Planner, "new", 0, None).await;
    let stop = Stop::new();
    let intake = old.turn(&item, &stop).await.expect("intake and claim");
    assert_eq!(intake, Outcome::Worked);
    // While the old holder waits for its model, its lease lapses and the other one is done.
    let (clock, lease) = (Arc::clone(&world.clock), world.settings.lease);
    let (taken, other) = (item.clone(), stop.clone());
    world.model.then(Box::pin(async move {
        let early = new.turn(&taken, &other).await.expect("a turn");
        assert!(matches!(early, Outcome::Later(_)), "{early:?}");
        clock.push(lease);
        while new.turn(&taken, &other).await.expect("a turn") == Outcome::Worked {}
    }));
    let late = old
        .turn(&item, &stop)
        .await
        .expect_err("its fence has lapsed");
    assert!(
        late.to_string().contains("has lapsed") || late.to_string().contains("nobody holds"),
        "{late}"
    );
    let view = world.view(&item).await;
    assert_eq!(view.state.stage, Stage::Planned);
    assert_eq!(view.state.calls, 2, "only the new holder's calls stand");
    assert_eq!(view.assembly.findings, vec![]);
    // And where the late entry was posted before its writer looked, readers call it void.
    let entries = view.assembly.chain.entries();
    let claim = entries[0].signed.entry.clone();
    let late = trail_record::Entry {
        seq: 1,
        prev: Some(entries[0].signed.digest),
        spec: view.state.task.as_ref().map(|task| task.spec),
        events: vec![serde_json::json!({ "event": "released", "fence": 1 })],
        records: Vec::new(),
        ..claim
    };
    let sealed = late
        .seal(&trail_tests::world::key(Persona::Planner))
        .expect("it has a form");
    let note = trail_item::text::released(trail_item::Action::Plan);
    let append = trail_port::tracker::Append {
        text: trail_item::text::comment(&note, &sealed),
        key: sealed.digest,
        after: Some(entries.last().expect("there are entries").comment.clone()),
    };
    use trail_port::Tracker;
    world
        .seat(Persona::Planner)
        .append(&item, &append)
        .await
        .expect("it is posted");
    let view = world.view(&item).await;
    assert_eq!(view.assembly.void.len(), 1);
    assert!(
        view.assembly.void[0].why.contains("stands in its place"),
        "{}",
        view.assembly.void[0].why
    );
    assert!(
        !view
            .assembly
            .findings
            .iter()
            .any(|own| own.kind == FindingKind::Fork)
    );
    assert_eq!(view.state.stage, Stage::Planned);
}
