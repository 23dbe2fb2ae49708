//! The feed: one free request per idle tick, and nothing left out.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use trail_github::GitHub;
use trail_port::Tracker as _;
use trail_port::tracker::Cursor;

use super::{ISSUES, client, start};

/// Returns the numbers that were named, and goes on.
async fn tick(github: &GitHub, cursor: &mut Option<Cursor>) -> Vec<u64> {
    let changes = github.changes(cursor.as_ref()).await.unwrap();
    assert!(!changes.more);
    *cursor = Some(changes.cursor);
    let number = |id: &str| id.split_once('-').unwrap().0.parse().unwrap();
    changes
        .items
        .iter()
        .map(|own| number(own.as_str()))
        .collect()
}

#[tokio::test]
async fn an_idle_tick_is_one_request_that_costs_nothing_however_many_items() {
    let (fake, _) = start().await;
    for n in 0..349 {
        fake.ui("maria")
            .file(&format!("item {n}"), "", &[])
            .unwrap();
    }
    fake.advance(Duration::from_secs(600));
    let github = client(&fake, "planner");
    let mut cursor = None;
    assert_eq!(tick(&github, &mut cursor).await.len(), 350);
    fake.forget();
    for _ in 0..20 {
        assert_eq!(tick(&github, &mut cursor).await, [] as [u64; 0]);
    }
    let counts = fake.counts();
    assert_eq!(
        (counts.all(), counts.not_modified, counts.counted),
        (20, 20, 0)
    );
    // Another process goes on from the cursor: one request that counts, and then none.
    let other = client(&fake, "planner");
    fake.forget();
    for _ in 0..5 {
        assert_eq!(tick(&other, &mut cursor).await, [] as [u64; 0]);
    }
    let counts = fake.counts();
    assert_eq!((counts.all(), counts.counted), (5, 1));
}

#[tokio::test]
async fn a_tick_costs_what_changed_and_not_what_there_is() {
    let (fake, number) = start().await;
    for n in 0..349 {
        fake.ui("maria")
            .file(&format!("item {n}"), "", &[])
            .unwrap();
    }
    fake.advance(Duration::from_secs(600));
    let github = client(&fake, "planner");
    let mut cursor = None;
    tick(&github, &mut cursor).await;
    fake.forget();
    fake.ui("maria").comment(number, "hello").unwrap();
    assert_eq!(tick(&github, &mut cursor).await, [number]);
    assert_eq!(fake.counts().all(), 1);
    fake.forget();
    fake.advance(Duration::from_secs(600));
    for number in 1..=250 {
        fake.ui("maria").comment(number, "hello").unwrap();
    }
    fake.advance(Duration::from_secs(600));
    assert_eq!(tick(&github, &mut cursor).await.len(), 250);
    let counts = fake.counts();
    assert!(counts.counted <= 4 && counts.all() <= 7, "{counts:?}");
}

#[tokio::test]
async fn items_that_move_while_pages_are_read_are_not_left_out() {
    let (fake, _) = start().await;
    let fake = Arc::new(fake);
    for n in 0..249 {
        fake.ui("maria")
            .file(&format!("item {n}"), "", &[])
            .unwrap();
    }
    // While page by page is read, one of the last page is commented on and moves to the first,
    // and one of the first is deleted so that all others move up.
    for round in 0..4 {
        let github = client(&fake, "planner");
        let other = Arc::clone(&fake);
        for _ in 0..=round {
            fake.faults().before(ISSUES, || {});
        }
        fake.faults().before(ISSUES, move || {
            other.ui("maria").comment(1 + round, "moved").unwrap();
            other.ui("root").delete_issue(250 - round).unwrap();
        });
        let mut cursor = None;
        let mut named: BTreeSet<u64> = tick(&github, &mut cursor).await.into_iter().collect();
        named.extend(tick(&github, &mut cursor).await);
        fake.faults().clear();
        for number in 1..(250 - round) {
            assert!(
                named.contains(&number),
                "round {round}: {number} is missing"
            );
        }
    }
}

#[tokio::test]
async fn a_deleted_comment_names_its_item() {
    let (fake, number) = start().await;
    let id = fake.ui("maria").comment(number, "hello").unwrap();
    fake.advance(Duration::from_secs(600));
    let github = client(&fake, "planner");
    let mut cursor = None;
    tick(&github, &mut cursor).await;
    fake.ui("root").delete_comment(id).unwrap();
    assert_eq!(tick(&github, &mut cursor).await, [number]);
    assert_eq!(tick(&github, &mut cursor).await, [] as [u64; 0]);
}

#[tokio::test]
async fn a_change_in_the_second_of_the_last_look_is_named() {
    let fake = trail_fake_github::GitHubFake::start(trail_fake_github::Seed {
        clock: trail_fake_github::Clock::STILL,
        ..super::seed()
    })
    .await;
    let number = fake.ui("maria").file("x", "y", &[]).unwrap();
    let id = fake.ui("maria").comment(number, "hello").unwrap();
    let github = client(&fake, "planner");
    let mut cursor = None;
    assert_eq!(tick(&github, &mut cursor).await, [number]);
    // Nothing of the list tells of this edit: same second, same number of comments.
    fake.ui("maria").edit_comment(id, "hello!").unwrap();
    assert_eq!(tick(&github, &mut cursor).await, [] as [u64; 0]);
    fake.advance(Duration::from_secs(6));
    assert_eq!(tick(&github, &mut cursor).await, [number]);
    fake.advance(Duration::from_secs(6));
    assert_eq!(tick(&github, &mut cursor).await, [] as [u64; 0]);
}
