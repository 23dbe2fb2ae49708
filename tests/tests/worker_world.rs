//! The worker loop in a simulated world: from filing to delivery, and everything on the way.

use trail_item::Stage;
use trail_record::Persona;
use trail_tests::world::{BODY, CALLS, SCRIPT, World};

async fn delivered(world: &World) -> trail_record::ItemId {
    let item = world.file(BODY, &[]).await;
    let workers = world.workers().await;
    world.settle(&workers, &item).await;
    world.approve(&item).await;
    world.settle(&workers, &item).await;
    world.approve(&item).await;
    world.settle(&workers, &item).await;
    item
}

#[tokio::test]
async fn an_item_goes_from_filing_to_delivery() {
    let world = World::playing(SCRIPT);
    let item = delivered(&world).await;
    let view = world.view(&item).await;
    assert!(
        matches!(view.state.stage, Stage::Delivered { .. }),
        "{:?}",
        view.state
    );
    assert_eq!(view.assembly.findings, vec![]);
    assert_eq!(view.state.calls, CALLS);
    assert_eq!(world.model.asked(), CALLS);
    let branch = world.repository.branches();
    let files = world
        .repository
        .files(&branch["trail/P-1.1"])
        .expect("it was delivered");
    assert!(files["src/greet.rs"].contains("fixed"));
    assert!(files.contains_key("tests/greet.rs"));
    for persona in Persona::ALL {
        assert!(
            view.entries().any(|signed| signed.entry.persona == persona),
            "{persona}"
        );
    }
}
