//! Labels captured on sight, and what all of it costs.

use std::sync::{Arc, Mutex};

use trail_item::Stage;
use trail_port::Tracker;
use trail_record::body::{Observation, Observed};
use trail_tests::fakes::Weakness;
use trail_tests::world::{BODY, SCRIPT, World};
use trail_worker::{Outcome, Stop};

use super::heard::weak_workers;

fn boards(view: &trail_worker::View) -> Vec<(Vec<String>, usize)> {
    view.entries()
        .flat_map(|own| &own.entry.records)
        .filter_map(|own| own.record.as_ref()?.read::<Observation>().ok())
        .filter_map(|own| match own.observed {
            Observed::Board {
                labels, changes, ..
            } => Some((labels, changes.len())),
            _ => None,
        })
        .collect()
}

#[tokio::test]
async fn a_gate_label_that_a_worker_saw_stays_asked_for_when_it_is_gone() {
    let world = World::playing(SCRIPT);
    let item = world.file(BODY, &[]).await;
    let workers = world.workers().await;
    let stop = Stop::new();
    workers[0]
        .turn(&item, &stop)
        .await
        .expect("intake and plan");
    world
        .human
        .set_labels(&item, &["gate:legal"], &[])
        .await
        .expect("labels change");
    // The tester only looks; then the label is gone, before anybody asked.
    assert_eq!(
        workers[2].turn(&item, &stop).await.expect("a turn"),
        Outcome::Idle
    );
    world
        .human
        .set_labels(&item, &[], &["gate:legal"])
        .await
        .expect("labels change");
    world.settle(&workers, &item).await;
    world.approve(&item).await;
    world.settle(&workers, &item).await;
    let view = world.view(&item).await;
    let passed = |name: &str| view.state.passed.iter().any(|own| own.as_str() == name);
    let waits = view
        .state
        .waiting()
        .is_some_and(|gate| gate.name.as_str() == "legal");
    assert!(waits || passed("legal"), "{:?}", view.state);
}

#[tokio::test]
async fn a_label_that_is_taken_off_while_its_gate_waits_is_answered_once() {
    let world = World::playing(SCRIPT);
    let item = world.file(BODY, &["gate:legal"]).await;
    let workers = world.workers().await;
    world.settle(&workers, &item).await;
    world
        .human
        .set_labels(&item, &[], &["gate:legal"])
        .await
        .expect("labels change");
    world.settle(&workers, &item).await;
    let answers = |texts: &[String]| {
        texts
            .iter()
            .filter(|text| text.contains("taking a label off approves nothing"))
            .count()
    };
    assert_eq!(answers(&world.comments(&item).await), 1);
    let view = world.view(&item).await;
    assert_eq!(
        view.state.waiting().expect("it waits").name.as_str(),
        "legal"
    );
    // Who took it off is sealed with it.
    let (labels, changes) = boards(&view).last().cloned().expect("it was captured");
    assert!(
        !labels.contains(&"gate:legal".to_owned()) && changes >= 1,
        "{changes}"
    );
    world.settle(&workers, &item).await;
    assert_eq!(answers(&world.comments(&item).await), 1);
    world.approve(&item).await;
    world.settle(&workers, &item).await;
    assert_eq!(
        world
            .view(&item)
            .await
            .state
            .waiting()
            .expect("next")
            .name
            .as_str(),
        "file_write"
    );
}

#[tokio::test]
async fn a_session_and_an_idle_tick_cost_what_they_cost() {
    let world = World::playing(SCRIPT);
    let item = world.file(BODY, &[]).await;
    let weakness = Arc::new(Mutex::new(Weakness::default()));
    let workers = weak_workers(&world, &weakness).await;
    world.settle(&workers, &item).await;
    world.approve(&item).await;
    world.settle(&workers, &item).await;
    world.approve(&item).await;
    world.settle(&workers, &item).await;
    let view = world.view(&item).await;
    assert!(matches!(view.state.stage, Stage::Delivered { .. }));
    assert_eq!(view.comments.len(), 20);
    let asked = weakness.lock().expect("whole").asked.clone();
    println!("requests of a session: {asked:?}");
    // One look at how the labels came about at intake, and one at each gate decision.
    assert_eq!(asked["history"], 3);
    // Each approver once when heard, and again before each effect that rests on the approval.
    assert_eq!(asked["is_member"], 4);
    assert_eq!(boards(&view).len(), 3);
    // A turn with nothing to do reads the item and asks for nothing else.
    weakness.lock().expect("whole").asked.clear();
    let stop = Stop::new();
    for worker in &workers {
        assert_eq!(
            worker.turn(&item, &stop).await.expect("a turn"),
            Outcome::Idle
        );
    }
    let idle = weakness.lock().expect("whole").asked.clone();
    assert_eq!(idle.into_iter().collect::<Vec<_>>(), [("read", 4)]);
}
