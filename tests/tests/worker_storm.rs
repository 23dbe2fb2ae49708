//! The worker loop when everything around it fails now and then.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use trail_item::Stage;
use trail_port::Model;
use trail_port::model::{Answer, Error, Identity, Request};
use trail_record::{ItemId, Kind, Persona};
use trail_tests::faulty::{Fault, Faulty, Rates};
use trail_tests::seed::Seed;
use trail_tests::world::{BODY, CALLS, SCRIPT, World};
use trail_worker::{Outcome, Ports, Stop, Worker};

/// Lets workers take turns, failing or not, and the human approve, until the item is delivered.
async fn weather(world: &World, workers: &[Worker], item: &ItemId) {
    let stop = Stop::new();
    for _ in 0..3000 {
        let mut worked = false;
        for worker in workers {
            match worker.turn(item, &stop).await {
                Ok(Outcome::Idle) => {}
                Ok(Outcome::Worked) => worked = true,
                Ok(Outcome::Later(_)) | Err(_) => {
                    world.clock.push(Duration::from_secs(1));
                    worked = true;
                }
            }
        }
        if worked {
            continue;
        }
        let state = world.view(item).await.state;
        if state.waiting().is_none() {
            return;
        }
        world.approve(item).await;
    }
    panic!("the storm never ended");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tracker_that_fails_and_loses_replies_loses_and_doubles_nothing() {
    for seed in 1..=6 {
        let seed = Seed::from_env_or(seed);
        println!("seed {seed:?}");
        let world = World::playing(SCRIPT);
        let item = world.file(BODY, &[]).await;
        let rates = Rates {
            before: 60,
            after: 60,
            delay: 0,
            lag: 0,
        };
        let mut workers = Vec::new();
        for persona in Persona::ALL {
            let faulty = |ports: Ports| {
                let tracker = Faulty::seeded(ports.tracker, seed.clone(), rates);
                // Who it is and which project it serves: asked once, before the storm begins.
                tracker.tell([Fault::None, Fault::None]);
                Ports {
                    tracker: Arc::new(tracker),
                    ..ports
                }
            };
            workers.push(world.worker_through(persona, faulty).await);
        }
        weather(&world, &workers, &item).await;
        let view = world.view(&item).await;
        assert!(
            matches!(view.state.stage, Stage::Delivered { .. }),
            "{:?}",
            view.state.stage
        );
        assert_eq!(view.assembly.findings, vec![]);
        let commits: Vec<_> = view
            .entries()
            .flat_map(|signed| &signed.entry.records)
            .filter(|listed| listed.kind == Kind::Commit)
            .collect();
        assert_eq!(commits.len(), 3);
        assert_eq!(view.state.calls, CALLS);
        assert_eq!(world.repository.branches().len(), 1);
    }
}

/// A model that cannot be reached for the first `down` questions.
struct Down {
    inner: Arc<dyn Model>,
    down: AtomicU32,
    permanent: bool,
}

#[async_trait]
impl Model for Down {
    fn identity(&self) -> Identity {
        self.inner.identity()
    }

    async fn ask(&self, request: &Request) -> Result<Answer, Error> {
        let down = self
            .down
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1));
        let endpoint = "scripted".to_owned();
        match down {
            Err(_) => self.inner.ask(request).await,
            Ok(_) if self.permanent => Err(Error::Permanent {
                endpoint,
                reason: "the key is wrong".to_owned(),
            }),
            Ok(_) => Err(Error::Transient {
                endpoint,
                reason: "overloaded".to_owned(),
                retry_after: None,
                attempts: Vec::new(),
            }),
        }
    }
}

async fn with_model_down(world: &World, down: u32, permanent: bool) -> (Vec<Worker>, ItemId) {
    let item = world.file(BODY, &[]).await;
    let mut workers = Vec::new();
    for persona in Persona::ALL {
        let down = |ports: Ports| Ports {
            model: Arc::new(Down {
                inner: ports.model,
                down: AtomicU32::new(if persona == Persona::Planner { down } else { 0 }),
                permanent,
            }),
            ..ports
        };
        workers.push(world.worker_through(persona, down).await);
    }
    (workers, item)
}

#[tokio::test]
async fn a_model_that_is_down_for_a_while_is_asked_again_and_the_run_goes_on() {
    let world = World::playing(SCRIPT);
    let (workers, item) = with_model_down(&world, 2, false).await;
    weather(&world, &workers, &item).await;
    let view = world.view(&item).await;
    assert!(
        matches!(view.state.stage, Stage::Delivered { .. }),
        "{:?}",
        view.state.stage
    );
    let failures = view
        .entries()
        .flat_map(|signed| &signed.entry.records)
        .filter(|listed| listed.kind == Kind::Failure)
        .count();
    assert_eq!(failures, 2, "each failure is sealed");
    assert_eq!(view.state.calls, CALLS);
}

#[tokio::test]
async fn a_wrong_key_stops_the_item_until_a_human_says_retry() {
    let world = World::playing(SCRIPT);
    let (workers, item) = with_model_down(&world, 1, true).await;
    weather(&world, &workers, &item).await;
    let view = world.view(&item).await;
    assert!(
        matches!(view.state.stage, Stage::Stuck { .. }),
        "{:?}",
        view.state.stage
    );
    let text = world.newest(&item).await.text;
    assert!(
        text.contains("the key is wrong") && text.contains("/retry"),
        "{text}"
    );
    world.say(&item, "/retry").await;
    weather(&world, &workers, &item).await;
    let view = world.view(&item).await;
    assert!(
        matches!(view.state.stage, Stage::Delivered { .. }),
        "{:?}",
        view.state.stage
    );
}

#[tokio::test]
async fn a_worker_told_to_stop_releases_its_item_and_pays_nothing_twice() {
    let world = World::playing(SCRIPT);
    let item = world.file(BODY, &[]).await;
    let workers = world.workers().await;
    let stop = Stop::new();
    // Intake and the claim of the plan; then the stop comes before the second call.
    workers[0].turn(&item, &stop).await.expect("intake");
    stop.cancel();
    let stopped = workers[0].turn(&item, &stop).await;
    assert!(
        matches!(stopped, Err(trail_worker::Error::Stopped)),
        "{stopped:?}"
    );
    let state = world.view(&item).await.state;
    assert!(state.lease.is_none(), "the item is free");
    weather(&world, &workers, &item).await;
    assert_eq!(world.model.asked(), CALLS);
}
