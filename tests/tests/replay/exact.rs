//! Exact replays of simulated worlds: every entry comes out again, whatever happened in the run.

use trail_record::{ItemId, Persona};
use trail_tests::world::{BODY, CALLS, SCRIPT, World};

use crate::support::reproduces;

async fn deliver(world: &World, item: &ItemId) {
    let workers = world.workers().await;
    world.settle(&workers, item).await;
    world.approve(item).await;
    world.settle(&workers, item).await;
    world.approve(item).await;
    world.settle(&workers, item).await;
}

#[tokio::test]
async fn a_delivered_run_comes_out_the_same() {
    let world = World::playing(SCRIPT);
    let item = world.file(BODY, &[]).await;
    deliver(&world, &item).await;
    let asked = world.model.asked();
    let exact = reproduces(&world, &item, &[]).await;
    assert_eq!(exact.taken_from_record.answers, u64::from(CALLS));
    assert_eq!(exact.taken_from_record.command_results, 2);
    assert_eq!(exact.taken_from_record.test_results, 2);
    assert_eq!(exact.taken_from_record.comments, 2);
    assert_eq!(exact.reproduced.commits, 3);
    assert_eq!(world.model.asked(), asked, "no model was asked");
}

#[tokio::test]
async fn a_rejection_and_the_next_attempt_come_out_the_same() {
    let world = World::playing(SCRIPT);
    let item = world.file(BODY, &["gate:security"]).await;
    let workers = world.workers().await;
    world.settle(&workers, &item).await;
    world.approve(&item).await;
    world.settle(&workers, &item).await;
    let view = world.view(&item).await;
    let code = view.state.waiting().unwrap().code.clone();
    world
        .say(&item, &format!("/reject {code} it greets nobody"))
        .await;
    world.settle(&workers, &item).await;
    world.say(&item, "/aprove it").await;
    world.settle(&workers, &item).await;
    world.approve(&item).await;
    world.settle(&workers, &item).await;
    world.say(&item, "/hold until tomorrow").await;
    world.settle(&workers, &item).await;
    world.say(&item, "/resume").await;
    world.settle(&workers, &item).await;
    world.approve(&item).await;
    world.settle(&workers, &item).await;
    assert_eq!(world.view(&item).await.state.stage_name(), "delivered");
    let exact = reproduces(&world, &item, &[]).await;
    assert!(exact.taken_from_record.comments >= 7);
    let _ = Persona::ALL;
}
