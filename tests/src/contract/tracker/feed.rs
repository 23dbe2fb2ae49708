//! Laws of the feed: nothing is left out, and reading on gives the same as reading all.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use trail_port::Tracker;
use trail_port::tracker::{Comment, Cursor, Error, NewItem, State};
use trail_record::{CommentId, ItemId};

use super::{Who, World, comments, entry, file, texts};
use crate::seed::Seed;

/// Follows the feed until it has no more right now.
async fn follow(tracker: &dyn Tracker, cursor: &mut Option<Cursor>) -> Vec<ItemId> {
    let mut named = Vec::new();
    loop {
        let changes = tracker.changes(cursor.as_ref()).await.unwrap();
        named.extend(changes.items);
        *cursor = Some(changes.cursor);
        if !changes.more {
            return named;
        }
    }
}

/// A reader who always goes on from its cursor meets every change, however writers race.
pub async fn changes_lose_nothing_under_concurrent_writers(world: &dyn World) {
    let human = world.tracker(Who::Human);
    let mut cursor = None;
    follow(&*human, &mut cursor).await;
    let mut items = Vec::new();
    for n in 0..6 {
        items.push(file(world, &format!("item {n}")).await.id);
    }
    let writers: Vec<_> = [Who::Planner, Who::Coder, Who::Guest]
        .into_iter()
        .map(|who| {
            let (tracker, items) = (world.tracker(who), items.clone());
            tokio::spawn(async move {
                let mut seed = Seed::new(who.login().len() as u64);
                let mut said = Vec::new();
                for n in 0..40 {
                    let item = seed.pick(&items);
                    let id = tracker.say(item, &format!("{n}")).await.unwrap();
                    said.push((item.clone(), id));
                }
                said
            })
        })
        .collect();
    // What the reader has seen, by what the feed names.
    let mut seen: HashSet<(ItemId, CommentId)> = HashSet::new();
    let mut named = HashSet::new();
    loop {
        let done = writers.iter().all(|writer| writer.is_finished());
        for item in follow(&*human, &mut cursor).await {
            for comment in comments(&*human, &item).await {
                seen.insert((item.clone(), comment.id));
            }
            named.insert(item);
        }
        if done {
            break;
        }
        tokio::task::yield_now().await;
    }
    assert!(items.iter().all(|item| named.contains(item)), "{named:?}");
    for writer in writers {
        for said in writer.await.unwrap() {
            assert!(seen.contains(&said), "the feed left {said:?} out");
        }
    }
}

/// Without changes the feed names nothing, and again nothing.
pub async fn an_idle_feed_names_nothing(world: &dyn World) {
    let item = file(world, "idle").await.id;
    let human = world.tracker(Who::Human);
    let mut cursor = None;
    assert!(follow(&*human, &mut cursor).await.contains(&item));
    for _ in 0..3 {
        assert_eq!(follow(&*human, &mut cursor).await, []);
    }
}

/// Whatever happens to an item, the feed names it, and only it.
pub async fn every_kind_of_change_is_named(world: &dyn World) {
    let (human, planner) = (world.tracker(Who::Human), world.tracker(Who::Planner));
    let item = file(world, "kinds").await.id;
    file(world, "another").await;
    let mut cursor = None;
    follow(&*human, &mut cursor).await;
    let told = |named: Vec<ItemId>, what: &str| {
        let only: HashSet<_> = named.into_iter().collect();
        assert_eq!(only, HashSet::from([item.clone()]), "{what}");
    };
    let said = human.say(&item, "hello").await.unwrap();
    told(follow(&*human, &mut cursor).await, "a comment");
    planner.append(&item, &entry("e", None)).await.unwrap();
    told(follow(&*human, &mut cursor).await, "an entry");
    world
        .edit_comment(Who::Human, &item, &said, "hello!")
        .await
        .unwrap();
    told(follow(&*human, &mut cursor).await, "an edit");
    world
        .delete_comment(Who::Human, &item, &said)
        .await
        .unwrap();
    told(follow(&*human, &mut cursor).await, "a deletion");
    world
        .edit_body(Who::Human, &item, "another body")
        .await
        .unwrap();
    told(follow(&*human, &mut cursor).await, "a body edit");
    planner
        .set_labels(&item, &["gate:plan"], &[])
        .await
        .unwrap();
    told(follow(&*human, &mut cursor).await, "a label");
    planner.set_state(&item, State::InProgress).await.unwrap();
    told(follow(&*human, &mut cursor).await, "a state");
}

/// Applies reads since a cursor to what was read before and compares with reads of all.
pub async fn a_read_since_a_cursor_gives_the_same_as_a_read_of_all(world: &dyn World) {
    let mut seed = Seed::from_env_or(142);
    println!("TRAIL_SEED={}", seed.number());
    let item = file(world, "since").await.id;
    let human = world.tracker(Who::Human);
    let mut held: BTreeMap<CommentId, Comment> = BTreeMap::new();
    let mut order: Vec<CommentId> = Vec::new();
    let mut cursor: Option<Cursor> = None;
    for step in 0..60 {
        for _ in 0..seed.below(5) {
            act(world, &mut seed, &item, step).await;
        }
        let part = human.read(&item, cursor.as_ref()).await.unwrap();
        if part.complete {
            held.clear();
            order.clear();
        }
        for comment in part.comments {
            if !held.contains_key(&comment.id) {
                order.push(comment.id.clone());
            }
            held.insert(comment.id.clone(), comment);
        }
        for id in part.removed {
            held.remove(&id);
            order.retain(|other| *other != id);
        }
        cursor = Some(part.cursor);
        let whole = human.read(&item, None).await.unwrap();
        let mine: Vec<_> = order.iter().map(|id| held[id].clone()).collect();
        assert_eq!(mine, whole.comments, "step {step}");
        assert_eq!(part.item, whole.item, "step {step}");
    }
    let idle = human.read(&item, cursor.as_ref()).await.unwrap();
    if !idle.complete {
        assert_eq!((idle.comments, idle.removed), (Vec::new(), Vec::new()));
    }
}

/// Does something at random to an item.
async fn act(world: &dyn World, seed: &mut Seed, item: &ItemId, step: usize) {
    let who = *seed.pick(&[Who::Planner, Who::Human, Who::Coder]);
    let there = comments(&*world.tracker(Who::Human), item).await;
    let choice = seed.below(10);
    match there.as_slice() {
        [] => drop(world.tracker(who).say(item, "first").await.unwrap()),
        _ if choice < 4 => {
            drop(
                world
                    .tracker(who)
                    .say(item, &format!("said in {step}"))
                    .await
                    .unwrap(),
            );
        }
        there if choice < 7 => {
            let id = &seed.pick(there).id;
            let text = format!("edited in {step}: {}", seed.bits());
            world
                .edit_comment(Who::Admin, item, id, &text)
                .await
                .unwrap();
        }
        there if choice < 9 => {
            world
                .delete_comment(Who::Admin, item, &seed.pick(there).id)
                .await
                .unwrap();
        }
        _ => world
            .edit_body(Who::Human, item, &format!("body of {step}"))
            .await
            .unwrap(),
    }
}

/// No account has to wait for a comment that another was told has landed.
pub async fn an_append_is_in_the_next_read_of_everybody(world: &dyn World) {
    let item = file(world, "visible").await.id;
    let readers: Vec<Arc<dyn Tracker>> = Who::ALL.map(|who| world.tracker(who)).to_vec();
    let mut after = None;
    let mut expected = Vec::new();
    for n in 0..20 {
        let append = entry(&n.to_string(), after.as_ref());
        let landed = world
            .tracker(Who::Planner)
            .append(&item, &append)
            .await
            .unwrap();
        expected.push(append.text);
        let there = comments(&*readers[n % readers.len()], &item).await;
        assert_eq!(texts(&there), expected);
        let one = readers[(n + 1) % readers.len()]
            .comment(&item, &landed.id)
            .await
            .unwrap();
        assert_eq!(one.as_ref(), there.last());
        after = Some(landed.id);
    }
}

/// A cursor that no tracker made is refused, not taken for the beginning.
pub async fn a_malformed_cursor_is_refused(world: &dyn World) {
    let human = world.tracker(Who::Human);
    let new = NewItem {
        title: "x".to_owned(),
        body: String::new(),
        labels: Vec::new(),
    };
    let item = human.create(&new).await.unwrap().id;
    for bad in [
        "",
        "nonsense",
        "0123-x",
        "%00&since=1",
        "a-99999999999999999999999",
    ] {
        let cursor = Cursor(bad.to_owned());
        let refused = human.changes(Some(&cursor)).await;
        assert!(
            matches!(refused, Err(Error::Refused(_))),
            "{bad:?}: {refused:?}"
        );
        let refused = human.read(&item, Some(&cursor)).await;
        assert!(
            matches!(refused, Err(Error::Refused(_))),
            "{bad:?}: {refused:?}"
        );
    }
}
