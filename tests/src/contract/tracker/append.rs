//! Laws of appending: once, in order, and only if nobody came between.

use futures::future::join_all;
use trail_port::Tracker;
use trail_port::tracker::{Error, Landed};

use super::{Who, World, comments, entry, file, texts};
use crate::faulty::{Fault, Faulty, Rates};
use crate::seed::Seed;

/// A second call with the same key posts nothing and returns the first comment, whatever came since.
pub async fn an_append_with_a_known_key_posts_nothing(world: &dyn World) {
    let item = file(world, "twice").await.id;
    let planner = world.tracker(Who::Planner);
    let first = planner.append(&item, &entry("e1", None)).await.unwrap();
    assert!(!first.already);
    let again = planner.append(&item, &entry("e1", None)).await.unwrap();
    assert_eq!(
        again,
        Landed {
            id: first.id.clone(),
            already: true
        }
    );
    world
        .tracker(Who::Coder)
        .append(&item, &entry("e2", Some(&first.id)))
        .await
        .unwrap();
    // The item has moved on, but this was done: the key is looked at first.
    let again = planner.append(&item, &entry("e1", None)).await.unwrap();
    assert_eq!(
        again,
        Landed {
            id: first.id,
            already: true
        }
    );
    assert_eq!(
        texts(&comments(&*planner, &item).await),
        ["entry e1", "entry e2"]
    );
}

/// Whoever lost the reply calls again and learns where the comment landed.
pub async fn a_lost_reply_is_answered_by_the_same_comment(world: &dyn World) {
    let item = file(world, "lost reply").await.id;
    let planner = Faulty::told(world.tracker(Who::Planner), [Fault::After]);
    let lost = planner.append(&item, &entry("e1", None)).await;
    assert!(matches!(lost, Err(Error::Doubt(_))), "{lost:?}");
    let landed = planner.append(&item, &entry("e1", None)).await.unwrap();
    assert!(landed.already);
    let there = comments(&*world.tracker(Who::Human), &item).await;
    assert_eq!(texts(&there), ["entry e1"]);
    assert_eq!(there[0].id, landed.id);
}

/// Whoever never came through posts with the second call.
pub async fn a_call_that_never_came_through_can_be_made_again(world: &dyn World) {
    let item = file(world, "never sent").await.id;
    let planner = Faulty::told(world.tracker(Who::Planner), [Fault::Before]);
    let lost = planner.append(&item, &entry("e1", None)).await;
    assert!(matches!(lost, Err(Error::Doubt(_))), "{lost:?}");
    assert!(
        !planner
            .append(&item, &entry("e1", None))
            .await
            .unwrap()
            .already
    );
    assert_eq!(comments(&*world.tracker(Who::Human), &item).await.len(), 1);
}

/// Callers with the same entry at the same time all get the same comment.
pub async fn concurrent_appends_of_one_entry_give_one_comment(world: &dyn World) {
    let item = file(world, "same time").await.id;
    let planner = world.tracker(Who::Planner);
    let mut after = None;
    for round in 0..10 {
        let append = entry(&format!("e{round}"), after.as_ref());
        let landed = join_all((0..4).map(|_| planner.append(&item, &append))).await;
        let landed: Vec<Landed> = landed.into_iter().map(Result::unwrap).collect();
        assert!(
            landed.iter().all(|other| other.id == landed[0].id),
            "{landed:?}"
        );
        assert_eq!(
            landed.iter().filter(|landed| !landed.already).count(),
            1,
            "{landed:?}"
        );
        after = Some(landed[0].id.clone());
    }
    assert_eq!(comments(&*planner, &item).await.len(), 10);
}

/// The key is idempotent for one author: nobody can answer for another's entry.
pub async fn one_entry_of_two_authors_is_two_comments(world: &dyn World) {
    let item = file(world, "two authors").await.id;
    let planned = world
        .tracker(Who::Planner)
        .append(&item, &entry("same", None))
        .await
        .unwrap();
    let coder = world.tracker(Who::Coder);
    let coded = coder
        .append(&item, &entry("same", Some(&planned.id)))
        .await
        .unwrap();
    assert!(!coded.already);
    assert_ne!(coded.id, planned.id);
}

/// Comments are read in the order in which they were made, by whomever.
pub async fn comments_stand_in_the_order_in_which_they_landed(world: &dyn World) {
    let item = file(world, "order").await.id;
    let (human, planner) = (world.tracker(Who::Human), world.tracker(Who::Planner));
    let mut after = None;
    let mut expected = Vec::new();
    for n in 0..10 {
        expected.push(human.say(&item, &format!("said {n}")).await.unwrap());
        let landed = planner
            .append(&item, &entry(&n.to_string(), after.as_ref()))
            .await
            .unwrap();
        expected.push(landed.id.clone());
        after = Some(landed.id);
    }
    let there = comments(&*human, &item).await;
    let ids: Vec<_> = there.iter().map(|comment| comment.id.clone()).collect();
    assert_eq!(ids, expected);
    assert!(
        there
            .windows(2)
            .all(|pair| pair[0].created <= pair[1].created)
    );
}

/// Of writers who all saw the same last comment exactly one lands; the others are told.
pub async fn of_eight_writers_exactly_one_lands_in_each_round(world: &dyn World) {
    let capabilities = world.tracker(Who::Planner).capabilities();
    if !capabilities.compare_and_append {
        return;
    }
    let item = file(world, "eight writers").await.id;
    let writers = [world.tracker(Who::Planner), world.tracker(Who::Coder)];
    let mut after = None;
    let mut expected = Vec::new();
    for round in 0..100 {
        let appends: Vec<_> = (0..8)
            .map(|n| entry(&format!("{round}/{n}"), after.as_ref()))
            .collect();
        let calls = appends.iter().enumerate().map(|(n, append)| {
            let (writer, item, append) = (
                std::sync::Arc::clone(&writers[n % 2]),
                item.clone(),
                append.clone(),
            );
            tokio::spawn(async move { writer.append(&item, &append).await })
        });
        let mut landed = Vec::new();
        for (n, call) in join_all(calls).await.into_iter().enumerate() {
            match call.unwrap() {
                Ok(Landed { id, already: false }) => landed.push((id, n)),
                Err(Error::Moved) => {}
                other => panic!("round {round}, writer {n}: {other:?}"),
            }
        }
        assert_eq!(landed.len(), 1, "round {round}: {landed:?}");
        expected.push(format!("entry {round}/{}", landed[0].1));
        after = Some(landed[0].0.clone());
    }
    assert_eq!(texts(&comments(&*writers[0], &item).await), expected);
}

/// A deleted comment has been seen all the same: it is no reason to be refused for ever.
pub async fn an_append_after_a_deleted_comment_still_knows_what_it_saw(world: &dyn World) {
    let item = file(world, "deleted").await.id;
    let planner = world.tracker(Who::Planner);
    let first = planner.append(&item, &entry("1", None)).await.unwrap().id;
    let second = planner
        .append(&item, &entry("2", Some(&first)))
        .await
        .unwrap()
        .id;
    world
        .delete_comment(Who::Admin, &item, &second)
        .await
        .unwrap();
    // One writer remembers the deleted comment, another has only seen what is there now.
    let third = planner
        .append(&item, &entry("3", Some(&second)))
        .await
        .unwrap()
        .id;
    world
        .delete_comment(Who::Admin, &item, &third)
        .await
        .unwrap();
    planner
        .append(&item, &entry("4", Some(&first)))
        .await
        .unwrap();
    if planner.capabilities().compare_and_append {
        let late = planner.append(&item, &entry("5", Some(&third))).await;
        assert!(matches!(late, Err(Error::Moved)), "{late:?}");
    }
    assert_eq!(
        texts(&comments(&*planner, &item).await),
        ["entry 1", "entry 4"]
    );
}

/// What humans say between two entries is no conflict.
pub async fn human_comments_do_not_move_an_item(world: &dyn World) {
    let item = file(world, "humans").await.id;
    let planner = world.tracker(Who::Planner);
    let first = planner.append(&item, &entry("1", None)).await.unwrap().id;
    world
        .tracker(Who::Human)
        .say(&item, "between")
        .await
        .unwrap();
    world
        .tracker(Who::Guest)
        .say(&item, "me too")
        .await
        .unwrap();
    planner
        .append(&item, &entry("2", Some(&first)))
        .await
        .unwrap();
}

/// With calls and replies lost at random, whoever simply calls again ends with each entry once.
pub async fn under_faults_every_entry_lands_once(world: &dyn World) {
    let seed = Seed::from_env_or(7);
    println!("TRAIL_SEED={}", seed.number());
    let item = file(world, "faults").await.id;
    let rates = Rates {
        before: 200,
        after: 300,
        delay: 50,
        lag: 0,
    };
    let planner = Faulty::seeded(world.tracker(Who::Planner), seed, rates);
    let mut after = None;
    for n in 0..40 {
        let append = entry(&n.to_string(), after.as_ref());
        after = loop {
            match planner.append(&item, &append).await {
                Ok(landed) => break Some(landed.id),
                Err(Error::Doubt(_)) => {}
                Err(other) => panic!("entry {n}: {other}"),
            }
        };
    }
    let expected: Vec<_> = (0..40).map(|n| format!("entry {n}")).collect();
    assert_eq!(
        texts(&comments(&*world.tracker(Who::Human), &item).await),
        expected
    );
}
