//! A server in trouble: lost requests, lost answers, lags, budgets.

use std::time::Duration;

use trail_fake_plane::{Fault, On, PlaneFake, Role, Route, Seed};
use trail_plane::{Plane, Settings};
use trail_port::Tracker;
use trail_port::tracker::Error;
use trail_tests::contract::tracker::Who;

use crate::world::{Board, entry, heads};

/// Every kind of request meets every kind of fault, and whoever calls again after a doubt ends with
/// each entry once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_a_storm_every_entry_lands_once() {
    for seed in [11, 12] {
        let board = Board::quick().await;
        let item = board.file("storm").await;
        let faults = [
            Fault::Status(502),
            Fault::CutBefore,
            Fault::StoredThenStatus(504),
            Fault::CutAfter,
            Fault::CutInAnswer,
            Fault::Truncated,
            Fault::Garbage,
            Fault::DieBetweenWrites,
        ];
        for (n, fault) in (0..).zip(faults) {
            board
                .fake
                .faults()
                .rate(On::any(), fault, 35, seed * 100 + n);
        }
        let mut doubts = 0;
        for n in 0..25 {
            let append = entry(&n.to_string());
            loop {
                match board.plane(Who::Planner).append(&item, &append).await {
                    Ok(_) => break,
                    Err(Error::Doubt(_)) => doubts += 1,
                    Err(other) => panic!("seed {seed}, entry {n}: {other}"),
                }
                assert!(doubts < 500, "seed {seed}: no end of doubts");
            }
        }
        board.fake.faults().clear();
        let there = board.comments(Who::Human, &item).await;
        let expected: Vec<_> = (0..25).map(|n| format!("entry {n}")).collect();
        assert_eq!(heads(&there), expected, "seed {seed}");
        let stored = board.fake.comments(item.as_str()).len();
        let requests = board.fake.requests().len();
        println!("seed {seed}: {doubts} doubts, {stored} rows, {requests} requests for 25 entries");
        assert!(doubts > 0, "the storm was none");
    }
}

#[tokio::test]
async fn stored_and_answered_by_an_error_is_landed() {
    let board = Board::quick().await;
    let item = board.file("stored").await;
    let planner = board.plane(Who::Planner);
    board.fake.faults().broker_down(true);
    let landed = planner.append(&item, &entry("e")).await.unwrap();
    board.fake.faults().broker_down(false);
    let again = planner.append(&item, &entry("e")).await.unwrap();
    assert_eq!((again.id, again.already), (landed.id, true));
    assert_eq!(board.fake.comments(item.as_str()).len(), 1);
}

#[tokio::test]
async fn a_server_that_dies_between_two_writes_holds_nobody_up_for_ever() {
    let board = Board::quick().await;
    let item = board.file("died").await;
    board
        .fake
        .faults()
        .next(On::post(Route::Comments), Fault::DieBetweenWrites, 1);
    let planner = board.plane(Who::Planner);
    let both = async {
        let landed = planner.append(&item, &entry("e")).await.unwrap();
        let next = planner.append(&item, &entry("f")).await.unwrap();
        (landed.id, next.id)
    };
    let (first, next) = tokio::time::timeout(Duration::from_secs(20), both)
        .await
        .unwrap();
    let there = board.comments(Who::Human, &item).await;
    let ids: Vec<_> = there.into_iter().map(|comment| comment.id).collect();
    assert_eq!(ids, [first, next]);
}

/// A replica that lags shows the comment late; whoever appended waits for it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_append_returns_when_a_lagging_replica_shows_it() {
    let board = Board::quick().await;
    let item = board.file("lag").await;
    board.fake.faults().lag(Some(Duration::from_millis(400)));
    tokio::time::sleep(Duration::from_millis(500)).await;
    for n in 0..3 {
        let landed = board
            .plane(Who::Planner)
            .append(&item, &entry(&n.to_string()))
            .await
            .unwrap();
        let there = board.comments(Who::Human, &item).await;
        assert_eq!(
            there.last().map(|comment| &comment.id),
            Some(&landed.id),
            "{n}"
        );
    }
}

#[tokio::test]
async fn a_spent_budget_says_how_long_to_wait() {
    let fake = PlaneFake::start(Seed::new().account("coder", Role::Member).per_minute(5)).await;
    let mut settings = Settings::new(
        fake.url(),
        "acme",
        &fake.project(),
        fake.key("coder").into(),
    );
    settings.wait = Duration::ZERO;
    let plane = Plane::new(&settings).unwrap();
    let mut answers = Vec::new();
    for _ in 0..8 {
        answers.push(plane.me().await.map(drop));
    }
    assert!(answers[..5].iter().all(Result::is_ok), "{answers:?}");
    for answer in &answers[5..] {
        assert!(
            matches!(answer, Err(Error::RateLimited { retry_after }) if (1..=60).contains(&retry_after.as_secs())),
            "{answer:?}"
        );
    }
    // Once refused, the adapter waits by itself and does not ask again.
    assert_eq!(fake.requests().len(), 6);
}

#[tokio::test]
async fn a_quiet_tick_is_one_request_however_many_items() {
    let board = Board::quick().await;
    for n in 0..120 {
        board
            .fake
            .web("maria")
            .create_item(&format!("item {n}"), "<p>x</p>")
            .unwrap();
    }
    let human = board.plane(Who::Human);
    let mut cursor = human.changes(None).await.unwrap();
    while cursor.more {
        cursor = human.changes(Some(&cursor.cursor)).await.unwrap();
    }
    // What was just made lies within the overlap; after it a tick is quiet.
    board.fake.advance(Duration::from_secs(60));
    board
        .fake
        .web("maria")
        .rename(
            &board
                .fake
                .web("maria")
                .create_item("last", "<p>x</p>")
                .unwrap(),
            "the last",
        )
        .unwrap();
    cursor = human.changes(Some(&cursor.cursor)).await.unwrap();
    assert_eq!(cursor.items.len(), 1);
    board.fake.forget_requests();
    for _ in 0..5 {
        cursor = human.changes(Some(&cursor.cursor)).await.unwrap();
        assert_eq!(cursor.items, []);
    }
    assert_eq!(
        board.fake.counts().into_iter().collect::<Vec<_>>(),
        [("GET items".to_owned(), 5)]
    );
}

#[tokio::test]
async fn keys_that_are_wrong_or_out_are_denied() {
    let board = Board::quick().await;
    let item = board.file("denied").await;
    let coder = board.plane(Who::Coder);
    coder.me().await.unwrap();
    board.fake.deactivate_member("trail-coder");
    let refused = coder.append(&item, &entry("e")).await;
    assert!(matches!(refused, Err(Error::Denied(_))), "{refused:?}");
    board.fake.revoke(&board.fake.key("trail-planner"));
    let refused = board.plane(Who::Planner).read(&item, None).await;
    assert!(matches!(refused, Err(Error::Denied(_))), "{refused:?}");
    assert_eq!(board.fake.comments(item.as_str()).len(), 0);
}
