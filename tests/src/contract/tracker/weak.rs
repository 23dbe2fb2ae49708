//! Laws of what others may do to a history: it shows.

use trail_port::tracker::{Changed, Error};

use super::{Who, World, comments, entry, file};

/// Who put a label on and who took it off is told, in that order, each change once.
pub async fn the_history_names_who_changed_a_label(world: &dyn World) {
    let item = file(world, "labels").await.id;
    let human = world.tracker(Who::Human);
    let me = human.me().await.unwrap().id;
    human.set_labels(&item, &["gate:legal"], &[]).await.unwrap();
    human.set_labels(&item, &[], &["gate:legal"]).await.unwrap();
    let history = world.tracker(Who::Planner).history(&item).await.unwrap();
    let told: Vec<_> = history
        .iter()
        .filter_map(|own| match &own.what {
            Changed::Labelled { label } if label == "gate:legal" => Some((true, &own.actor)),
            Changed::Unlabelled { label } if label == "gate:legal" => Some((false, &own.actor)),
            _ => None,
        })
        .collect();
    assert_eq!(told, [(true, &Some(me.clone())), (false, &Some(me))]);
    let mut ids: Vec<_> = history.iter().map(|own| &own.id).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), history.len(), "each change has an id of its own");
}

/// A comment whose time was set by hand says so to every reader.
pub async fn a_time_that_was_set_by_hand_shows(world: &dyn World) {
    let item = file(world, "backdated").await.id;
    let planner = world.tracker(Who::Planner);
    let id = planner.append(&item, &entry("e", None)).await.unwrap().id;
    let there = comments(&*planner, &item).await;
    assert!(!there[0].backdated, "an untouched comment is not");
    if !world.backdate_comment(&item, &id).await.unwrap() {
        return;
    }
    let there = comments(&*world.tracker(Who::Coder), &item).await;
    assert!(
        there.iter().any(|own| own.id == id && own.backdated),
        "{there:?}"
    );
}

/// A comment under another account is that account's, in a list and by itself.
pub async fn a_comment_that_was_moved_shows_its_author(world: &dyn World) {
    let item = file(world, "moved").await.id;
    let planner = world.tracker(Who::Planner);
    let id = planner.append(&item, &entry("e", None)).await.unwrap().id;
    if !world.move_comment(&item, &id, Who::Human).await.unwrap() {
        return;
    }
    let human = world.tracker(Who::Human).me().await.unwrap().id;
    let one = planner.comment(&item, &id).await.unwrap().unwrap();
    assert_eq!(one.author, human);
    assert_eq!(comments(&*planner, &item).await[0].author, human);
}

/// An item that was deleted is not there: no empty one stands in its place.
pub async fn an_item_that_was_deleted_is_not_found(world: &dyn World) {
    let item = file(world, "deleted").await.id;
    let planner = world.tracker(Who::Planner);
    planner.append(&item, &entry("e", None)).await.unwrap();
    if !world.delete_item(&item).await.unwrap() {
        return;
    }
    let gone = planner.read(&item, None).await;
    assert!(matches!(gone, Err(Error::NotFound(_))), "{gone:?}");
}
