//! What asking costs: nothing while nothing changes, and what changed otherwise.

use trail_fake_github::Conditional;
use trail_port::tracker::{Cursor, Tracker};
use trail_record::ItemId;
use trail_tests::contract::tracker::{Who, World as _};

use super::repository;

/// Follows the feed until it has no more right now.
async fn follow(tracker: &dyn Tracker, cursor: &mut Option<Cursor>) -> Vec<ItemId> {
    let mut named = Vec::new();
    loop {
        let changes = tracker.changes(cursor.as_ref()).await.expect("it answers");
        named.extend(changes.items);
        *cursor = Some(changes.cursor);
        if !changes.more {
            return named;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_items_cost_what_changed_of_them() {
    let world = repository().await;
    for n in 0..1_000 {
        let title = format!("item {n}");
        world
            .fake
            .ui("root")
            .file(&title, "text", &[])
            .expect("it is filed");
    }
    let tracker = world.tracker(Who::Planner);
    let mut cursor = None;
    world.fake.forget();
    let named = follow(&*tracker, &mut cursor).await;
    let distinct: std::collections::BTreeSet<String> =
        named.iter().map(ToString::to_string).collect();
    assert_eq!(distinct.len(), 1_000);
    let all = world.fake.counts();
    // Ten pages, and between them whether the first one is still the same.
    assert!(all.counted <= 11 && all.all() <= 22, "{all:?}");

    // An idle tick is one request, answered 304, that costs nothing of the limit.
    for tick in 0..5 {
        world.fake.forget();
        assert_eq!(follow(&*tracker, &mut cursor).await, []);
        let requests = world.fake.requests();
        assert_eq!(requests.len(), 1, "tick {tick}: {requests:?}");
        assert_eq!(requests[0].conditional, Conditional::Hit);
        assert!(!requests[0].counted);
    }

    // One change costs one page, one read of the item and its comments.
    world
        .fake
        .ui("maria")
        .comment(500, "hello")
        .expect("it is said");
    world.fake.forget();
    let named = follow(&*tracker, &mut cursor).await;
    let tick = world.fake.counts();
    assert_eq!(named.len(), 1, "{named:?}");
    assert!(tick.all() <= 2, "{tick:?}");
    world.fake.forget();
    tracker.read(&named[0], None).await.expect("it is there");
    let read = world.fake.counts();
    assert!(read.all() <= 3, "{read:?}");

    // Read again unchanged, it costs nothing of the limit.
    world.fake.forget();
    tracker.read(&named[0], None).await.expect("it is there");
    assert_eq!(
        world.fake.counts().counted,
        0,
        "{:?}",
        world.fake.requests()
    );
    trail_tests::foreign::say(&format!(
        "1,000 items: {} requests for all, 1 uncounted when idle, {} + {} for one change",
        all.all(),
        tick.all(),
        read.all()
    ));
}

/// Items that move to the front while somebody reads page by page are not left out, and nor are
/// those they push over the edge of a page.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn items_that_move_between_pages_are_not_left_out() {
    let world = repository().await;
    for n in 0..350 {
        let title = format!("item {n}");
        world
            .fake
            .ui("root")
            .file(&title, "text", &[])
            .expect("it is filed");
    }
    // Before each of the next pages somebody comments on an item of a later page.
    for n in [5, 6, 7, 8] {
        let fake = world.fake.clone();
        world
            .fake
            .faults()
            .before("GET /repos/{owner}/{repo}/issues", move || {
                fake.ui("maria").comment(n, "moved").expect("it is said");
            });
    }
    let tracker = world.tracker(Who::Planner);
    let mut cursor = None;
    let mut named: std::collections::BTreeSet<String> = std::collections::BTreeSet::new();
    for _ in 0..3 {
        let more = follow(&*tracker, &mut cursor).await;
        named.extend(more.iter().map(ToString::to_string));
    }
    assert_eq!(named.len(), 350);
    assert_eq!(follow(&*tracker, &mut cursor).await, []);
}
