//! Delivery through a forge.

use std::sync::Arc;

use trail_item::Stage;
use trail_record::body::{DeliveryReceipt, Failure};
use trail_record::{ItemId, Kind, Persona, Record};
use trail_tests::fakes::{Opening, PretendForge};
use trail_tests::world::{BODY, CALLS, SCRIPT, World};
use trail_worker::{Ports, Stop, Worker};

async fn workers(world: &World, forge: &PretendForge) -> Vec<Worker> {
    let mut workers = Vec::new();
    for persona in Persona::ALL {
        let through = |ports: Ports| Ports {
            forge: Some(Arc::new(forge.clone())),
            ..ports
        };
        workers.push(world.worker_through(persona, through).await);
    }
    workers
}

/// Returns the newest record of a kind.
async fn newest(world: &World, item: &ItemId, kind: Kind) -> Option<Record> {
    let view = world.view(item).await;
    let mut listed = view.entries().flat_map(|own| &own.entry.records);
    listed.rfind(|own| own.kind == kind)?.record.clone()
}

async fn approve_all(world: &World, workers: &[Worker], item: &ItemId) {
    world.settle(workers, item).await;
    world.approve(item).await;
    world.settle(workers, item).await;
    world.approve(item).await;
    world.settle(workers, item).await;
}

#[tokio::test]
async fn a_pull_request_is_opened_once_whatever_becomes_of_the_answers() {
    for faults in [
        vec![],
        vec![Opening::Lost],
        vec![Opening::Unsent, Opening::Lost, Opening::Unsent],
    ] {
        let world = World::playing(SCRIPT);
        let item = world.file(BODY, &[]).await;
        let forge = PretendForge::told(faults.clone());
        let workers = workers(&world, &forge).await;
        approve_all(&world, &workers, &item).await;
        let receipt = newest(&world, &item, Kind::DeliveryReceipt)
            .await
            .expect("delivered");
        let receipt: DeliveryReceipt = receipt.read().expect("a receipt");
        assert_eq!(receipt.place, "https://forge.example/pull/1", "{faults:?}");
        let opened = forge.opened();
        assert_eq!(opened.len(), 1, "{faults:?}");
        assert_eq!(opened[0].head, receipt.head);
        assert_eq!(world.view(&item).await.state.calls, CALLS);
    }
}

#[tokio::test]
async fn a_refused_pull_request_is_a_failure_that_keeps_what_the_call_cost() {
    let world = World::playing(SCRIPT);
    let item = world.file(BODY, &[]).await;
    let forge = PretendForge::told([Opening::Refused]);
    let workers = workers(&world, &forge).await;
    approve_all(&world, &workers, &item).await;
    let state = world.view(&item).await.state;
    assert!(
        matches!(state.stage, Stage::Stuck { .. }),
        "{:?}",
        state.stage
    );
    assert_eq!(
        state.calls, CALLS,
        "the reviewer's call is sealed with the failure"
    );
    let failure = newest(&world, &item, Kind::Failure)
        .await
        .expect("it failed");
    let failure: Failure = failure.read().expect("a failure");
    assert_eq!((failure.kind.as_str(), failure.retryable), ("forge", false));
    assert_eq!(forge.opened(), vec![]);
}

#[tokio::test]
async fn a_delivery_that_drift_stops_keeps_what_the_call_cost() {
    let world = World::playing(SCRIPT);
    let item = world.file(BODY, &[]).await;
    let forge = PretendForge::default();
    let workers = workers(&world, &forge).await;
    world.settle(&workers, &item).await;
    world.approve(&item).await;
    world.settle(&workers, &item).await;
    world.approve(&item).await;
    // The planner attests; then the text changes while the reviewer is asked.
    let stop = Stop::new();
    workers[0].turn(&item, &stop).await.expect("a turn");
    let before = world.view(&item).await.state.calls;
    world.model.then(Box::pin({
        let (human, item) = (world.human.clone(), item.clone());
        async move {
            let patch = trail_tracker::api::ItemPatch {
                body: Some(BODY.replace("Ada", "Eve")),
                ..Default::default()
            };
            human.patch_item(&item, &patch).await.expect("authors edit");
        }
    }));
    let reviewer = &workers[Persona::ALL
        .iter()
        .position(|own| *own == Persona::Reviewer)
        .expect("one")];
    reviewer.turn(&item, &stop).await.expect("a turn");
    let state = world.view(&item).await.state;
    assert_eq!(
        state.calls,
        before + 1,
        "the call is sealed with the failure"
    );
    let failure = newest(&world, &item, Kind::Failure)
        .await
        .expect("it failed");
    let failure: Failure = failure.read().expect("a failure");
    assert_eq!(failure.kind, "drift");
    assert!(forge.opened().is_empty() && world.repository.branches().is_empty());
}
