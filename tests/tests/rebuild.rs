//! Workers that share no repository: each makes the run's commits again from the history.

use std::collections::BTreeMap;
use std::sync::Arc;

use trail_item::Stage;
use trail_record::{Kind, Persona};
use trail_tests::fakes::Repository;
use trail_tests::world::{BODY, CALLS, SCRIPT, World};
use trail_worker::{Ports, Worker};

/// Makes the four workers, each on a clone of its own; returns the clones too.
async fn apart(world: &World) -> (Vec<Worker>, BTreeMap<Persona, Repository>) {
    let (mut workers, mut clones) = (Vec::new(), BTreeMap::new());
    for persona in Persona::ALL {
        let clone = world.repository.fresh();
        let workspace = Arc::new(clone.clone());
        let own = |ports: Ports| Ports { workspace, ..ports };
        workers.push(world.worker_through(persona, own).await);
        clones.insert(persona, clone);
    }
    (workers, clones)
}

#[tokio::test]
async fn a_run_goes_on_where_its_commits_are_not() {
    let world = World::playing(SCRIPT);
    let item = world.file(BODY, &[]).await;
    let (workers, clones) = apart(&world).await;
    world.settle(&workers, &item).await;
    for _ in 0..2 {
        world.approve(&item).await;
        world.settle(&workers, &item).await;
    }
    let view = world.view(&item).await;
    assert!(
        matches!(view.state.stage, Stage::Delivered { .. }),
        "{:?}",
        view.state.stage
    );
    assert_eq!(view.assembly.findings, vec![]);
    assert_eq!(view.state.calls, CALLS);
    // The reviewer never made a commit of its own, and delivered all three.
    let branches = clones[&Persona::Reviewer].branches();
    let head = &branches["trail/P-1.1"];
    let files = clones[&Persona::Reviewer].files(head);
    assert!(files.expect("it has the commit")["src/greet.rs"].contains("fixed"));
    assert_eq!(
        view.state.commit.as_ref().map(|(commit, _)| commit),
        Some(head)
    );
    assert!(world.repository.branches().is_empty());
}

#[tokio::test]
async fn a_machine_that_is_lost_is_replaced_by_a_fresh_one() {
    let world = World::playing(SCRIPT);
    let item = world.file(BODY, &[]).await;
    let (workers, _) = apart(&world).await;
    world.settle(&workers, &item).await;
    world.approve(&item).await;
    world.settle(&workers, &item).await;
    drop(workers);
    // Everything local is gone: clones, and what the workers remembered.
    let mut fresh = Vec::new();
    for persona in Persona::ALL {
        let clone = Arc::new(world.repository.fresh());
        let own = |ports: Ports| Ports {
            workspace: clone,
            store: Arc::new(trail_tests::fakes::MemoryStore::default()),
            ..ports
        };
        fresh.push(world.worker_through(persona, own).await);
    }
    world.approve(&item).await;
    world.settle(&fresh, &item).await;
    let view = world.view(&item).await;
    assert!(matches!(view.state.stage, Stage::Delivered { .. }));
    let commits = view
        .entries()
        .flat_map(|signed| &signed.entry.records)
        .filter(|listed| listed.kind == Kind::Commit);
    assert_eq!(commits.count(), 3);
}
