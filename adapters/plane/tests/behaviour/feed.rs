//! The feed: nothing left out, and what it costs.

use std::collections::BTreeSet;

use trail_port::Tracker;
use trail_port::tracker::{Cursor, Error};
use trail_record::ItemId;

use super::*;

/// Follows the feed until it has no more right now.
async fn follow(plane: &Plane, cursor: &mut Option<Cursor>) -> Vec<ItemId> {
    let mut named = Vec::new();
    loop {
        let changes = plane.changes(cursor.as_ref()).await.unwrap();
        named.extend(changes.items);
        *cursor = Some(changes.cursor);
        if !changes.more {
            return named;
        }
    }
}

#[tokio::test]
async fn a_quiet_tick_is_one_request_whatever_the_number_of_items() {
    let fake = start().await;
    let items: BTreeSet<ItemId> = (0..400)
        .map(|number| {
            let made = fake
                .web("maria")
                .create_item(&format!("item {number}"), "<p>x</p>");
            ItemId::new(made.unwrap())
        })
        .collect();
    settle(&fake).await;
    let plane = client(&fake, "planner");
    plane.project().await.unwrap();
    let mut cursor = None;
    let named: BTreeSet<ItemId> = follow(&plane, &mut cursor).await.into_iter().collect();
    assert_eq!(named, items);
    // All were stamped a moment ago: as long as older stamps may still appear, it looks that far back.
    assert_eq!(follow(&plane, &mut cursor).await, []);
    fake.advance(std::time::Duration::from_secs(60));
    let one = fake
        .web("maria")
        .create_item("one more", "<p>x</p>")
        .unwrap();
    settle(&fake).await;
    assert_eq!(follow(&plane, &mut cursor).await, [ItemId::new(one)]);
    for _ in 0..5 {
        let before = fake.requests().len();
        assert_eq!(follow(&plane, &mut cursor).await, []);
        assert_eq!(fake.requests().len() - before, 1);
    }
}

#[tokio::test]
async fn a_thousand_changed_items_cost_requests_in_proportion_and_none_is_left_out() {
    let fake = start().await;
    let plane = client(&fake, "planner");
    plane.project().await.unwrap();
    let mut cursor = None;
    follow(&plane, &mut cursor).await;
    let items: BTreeSet<ItemId> = (0..1000)
        .map(|number| {
            let made = fake
                .web("maria")
                .create_item(&format!("item {number}"), "<p>x</p>");
            ItemId::new(made.unwrap())
        })
        .collect();
    settle(&fake).await;
    let before = fake.requests().len();
    let named: BTreeSet<ItemId> = follow(&plane, &mut cursor).await.into_iter().collect();
    assert_eq!(named, items);
    let cost = fake.requests().len() - before;
    println!(
        "1000 changed items: {cost} requests, cursor of {} bytes",
        cursor.as_ref().unwrap().0.len()
    );
    assert!(cost <= 15, "{cost}");
}

#[tokio::test]
async fn every_kind_of_change_is_named_and_nothing_else() {
    let fake = start().await;
    let item = file(&fake, "kinds").await;
    file(&fake, "another").await;
    settle(&fake).await;
    let plane = client(&fake, "planner");
    let mut cursor = None;
    follow(&plane, &mut cursor).await;
    let web = fake.web("maria");
    let said = web.say(item.as_str(), "hello").unwrap();
    type Act<'a> = Box<dyn Fn() + 'a>;
    let acts: Vec<(&str, Act<'_>)> = vec![
        ("a comment", Box::new(|| ())),
        (
            "an edit",
            Box::new(|| web.edit_comment(item.as_str(), &said, "<p>x</p>").unwrap()),
        ),
        (
            "a deletion",
            Box::new(|| web.delete_comment(item.as_str(), &said).unwrap()),
        ),
        (
            "a body",
            Box::new(|| web.edit_description(item.as_str(), "<p>y</p>").unwrap()),
        ),
        (
            "a label",
            Box::new(|| web.label(item.as_str(), "gate:plan").unwrap()),
        ),
        (
            "a state",
            Box::new(|| web.set_state(item.as_str(), "Todo").unwrap()),
        ),
    ];
    for (what, act) in acts {
        act();
        settle(&fake).await;
        assert_eq!(
            follow(&plane, &mut cursor).await,
            std::slice::from_ref(&item),
            "{what}"
        );
        assert_eq!(follow(&plane, &mut cursor).await, [], "{what}");
    }
}

#[tokio::test]
async fn items_that_vanish_while_the_list_is_walked_hide_no_other() {
    let fake = start().await;
    let mut items: Vec<String> = (0..2500)
        .map(|number| {
            fake.web("maria")
                .create_item(&format!("item {number}"), "<p>x</p>")
                .unwrap()
        })
        .collect();
    settle(&fake).await;
    let plane = client(&fake, "planner");
    let first = plane.changes(None).await.unwrap();
    assert!(first.more, "one call reads a bounded part");
    let mut named: BTreeSet<ItemId> = first.items.into_iter().collect();
    // The newest hundred and fifty vanish: all others move forward by more than a page.
    for gone in items.split_off(2350) {
        fake.web("root").delete_item(&gone).unwrap();
    }
    let mut cursor = Some(first.cursor);
    named.extend(follow(&plane, &mut cursor).await);
    let missing = items
        .iter()
        .filter(|id| !named.contains(&ItemId::new(id.as_str())))
        .count();
    assert_eq!(missing, 0);
}

#[tokio::test]
async fn a_cursor_of_another_kind_is_refused() {
    let fake = start().await;
    let item = file(&fake, "x").await;
    let plane = client(&fake, "planner");
    for bad in [
        "",
        "nonsense",
        "{}",
        "{\"plane\":2,\"newest\":0,\"met\":0,\"seen\":[]}",
        "{\"plane\":1,\"newest\":0,\"met\":0,\"seen\":[\"x\"]}",
        "plane:whole",
    ] {
        let cursor = Cursor(bad.to_owned());
        let refused = plane.changes(Some(&cursor)).await;
        assert!(
            matches!(refused, Err(Error::Refused(_))),
            "{bad}: {refused:?}"
        );
        if bad != "plane:whole" {
            let refused = plane.read(&item, Some(&cursor)).await;
            assert!(
                matches!(refused, Err(Error::Refused(_))),
                "{bad}: {refused:?}"
            );
        }
    }
}
