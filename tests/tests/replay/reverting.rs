//! An exact replay of an item whose delivery was taken back.

use std::sync::Arc;

use trail_tests::fakes::Repository;
use trail_tests::world::{BODY, CALLS, SCRIPT, World};

use crate::exact::deliver;
use crate::support::reproduces;

#[tokio::test]
async fn a_run_that_takes_work_back_comes_out_the_same_with_its_patchset_computed_again() {
    let mut world = World::playing(SCRIPT);
    let tests = |files: &std::collections::BTreeMap<String, String>| {
        let passes = files
            .get("src/greet.rs")
            .is_none_or(|text| text.contains("fixed"));
        let (word, exit) = if passes { ("ok", 0) } else { ("FAILED", 101) };
        (format!("test greets ... {word}\n"), exit)
    };
    world.repository = Repository::new(&[("src/lib.rs", "pub mod greet;\n")], Arc::new(tests));
    world.settings.tests.proving.enabled = false;
    let item = world.file(BODY, &[]).await;
    let workers = world.workers().await;
    deliver(&world, &workers, &item).await;
    world.repository.merge("trail/P-1.1");
    world.say(&item, "/revert").await;
    world.settle(&workers, &item).await;
    let code = world.view(&item).await.state.revert_asked.unwrap().code;
    world
        .say(&item, &format!("/revert {code} it was wrong"))
        .await;
    deliver(&world, &workers, &item).await;
    let view = world.view(&item).await;
    assert!(view.state.reverts().is_some() && view.state.stage_name() == "delivered");
    // What other items hold is in no record of this one: who builds on it is taken as it was told.
    let exact = reproduces(&world, &item, &[("what builds on a delivery", 2)]).await;
    assert_eq!(exact.reproduced.decisions, u64::from(CALLS));
    assert_eq!(
        exact.reproduced.commits, 4,
        "the one that takes them back included"
    );
}
