//! Writers at the same time, on one item: one order for all readers, nothing lost, nothing twice.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures::future::join_all;
use trail_plane::Plane;
use trail_port::Tracker;
use trail_record::{CommentId, ItemId};
use trail_tests::contract::tracker::Who;

use crate::world::{Board, entry, heads};

/// A hundred rounds with TRAIL_ALL_DEATHS=1, else as many as take some seconds.
fn rounds() -> usize {
    match std::env::var_os("TRAIL_ALL_DEATHS") {
        Some(_) => 100,
        None => 8,
    }
}

/// Reads again and again until told to stop; returns the orders that were seen.
async fn watch(reader: Plane, item: ItemId, stop: Arc<AtomicBool>) -> Vec<Vec<CommentId>> {
    let mut seen: Vec<Vec<CommentId>> = Vec::new();
    while !stop.load(Ordering::SeqCst) {
        let read = reader.read(&item, None).await.unwrap();
        let ids: Vec<_> = read
            .comments
            .into_iter()
            .map(|comment| comment.id)
            .collect();
        if seen.last() != Some(&ids) {
            seen.push(ids);
        }
        tokio::task::yield_now().await;
    }
    seen
}

/// Lets writers append at the same time in each round, two of them the same entry.
async fn race(writers: usize) {
    let board = Board::quick().await;
    let item = board.file("race").await;
    // Each writer is a process with a key of its own; they share two accounts.
    let who = |n: usize| [Who::Planner, Who::Coder][n % 2];
    let processes: Vec<Plane> = (0..writers).map(|n| board.process(who(n))).collect();
    // The same entry from a second process of one account: Plane stores both, at times.
    let twin = board.process(Who::Planner);
    let stop = Arc::new(AtomicBool::new(false));
    let readers: Vec<_> = [Who::Human, Who::Guest]
        .map(|who| tokio::spawn(watch(board.process(who), item.clone(), Arc::clone(&stop))))
        .into();
    let mut expected = BTreeSet::new();
    let mut landed = BTreeSet::new();
    for round in 0..rounds() {
        let entries: Vec<_> = (0..writers)
            .map(|n| entry(&format!("{round}/{n}")))
            .collect();
        let calls = processes
            .iter()
            .chain([&twin])
            .zip(entries.iter().chain([&entries[0]]))
            .map(|(process, append)| {
                let (process, item, append) = (process.clone(), item.clone(), append.clone());
                tokio::spawn(async move { process.append(&item, &append).await })
            });
        for call in join_all(calls).await {
            landed.insert(call.unwrap().unwrap().id);
        }
        expected.extend(
            entries
                .iter()
                .map(|e| e.text.lines().next().unwrap().to_owned()),
        );
    }
    stop.store(true, Ordering::SeqCst);
    let last = board.comments(Who::Admin, &item).await;
    let order: Vec<_> = last.iter().map(|comment| comment.id.clone()).collect();
    let there: Vec<_> = heads(&last).into_iter().map(str::to_owned).collect();
    assert_eq!(
        there.len(),
        expected.len(),
        "nothing twice, nothing lost: {there:?}"
    );
    assert_eq!(there.iter().cloned().collect::<BTreeSet<_>>(), expected);
    let ids: BTreeSet<_> = order.iter().cloned().collect();
    assert_eq!(
        landed, ids,
        "every append was told the comment that stands for it"
    );
    let mut looks = 0;
    for reader in readers {
        for seen in reader.await.unwrap() {
            assert!(
                order.starts_with(&seen),
                "{seen:?} is no beginning of {order:?}"
            );
            looks += 1;
        }
    }
    for who in Who::ALL {
        let ids = board
            .comments(who, &item)
            .await
            .into_iter()
            .map(|comment| comment.id);
        assert_eq!(
            ids.collect::<Vec<_>>(),
            order,
            "{who:?} reads another order"
        );
    }
    let stored = board.fake.comments(item.as_str()).len();
    println!(
        "{writers} writers, {} rounds: {} entries, {stored} rows, {looks} different looks",
        rounds(),
        order.len()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_writers_leave_one_order_for_all() {
    race(2).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn eight_writers_leave_one_order_for_all() {
    race(8).await;
}
