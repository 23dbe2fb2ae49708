use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use proptest::prelude::*;
use trail_port::Tracker;
use trail_port::tracker::{self, Append, NewItem, State};
use trail_record::ItemId;

use super::*;
use crate::api::ItemPatch;

fn project() -> Project {
    Project {
        id: "tests".into(),
        prefix: "TRK".to_owned(),
    }
}

fn open(dir: &Path) -> Embedded {
    Embedded::open(dir, &project()).unwrap()
}

fn new_item(title: &str) -> NewItem {
    let body = format!("body of {title}");
    NewItem {
        title: title.to_owned(),
        body,
        labels: vec!["trail".to_owned()],
    }
}

/// A tracker with one admin and one persona at it.
struct World {
    dir: tempfile::TempDir,
    embedded: Embedded,
    admin: Seat,
    coder: Seat,
    token: String,
}

fn world() -> World {
    let dir = tempfile::tempdir().unwrap();
    let embedded = open(dir.path());
    let (admin, token) = embedded.add_user("root", "Root", Role::Admin).unwrap();
    let (coder, _) = embedded.add_user("coder", "Coder", Role::Bot).unwrap();
    World {
        admin: embedded.as_user(&admin.id).unwrap(),
        coder: embedded.as_user(&coder.id).unwrap(),
        token: token.expose().to_owned(),
        embedded,
        dir,
    }
}

/// Returns all rows of the index but its mark.
fn rows(embedded: &Embedded) -> BTreeMap<String, String> {
    let rows = embedded.core.index.scan(b"", b"", usize::MAX).unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    rows.into_iter()
        .map(|(key, row)| (text(key), text(row)))
        .collect()
}

/// Copies a directory as a kill of its process would leave it.
fn copy(from: &Path) -> tempfile::TempDir {
    fn walk(from: &Path, to: &Path) {
        fs::create_dir_all(to).unwrap();
        for entry in fs::read_dir(from).unwrap() {
            let entry = entry.unwrap();
            let to = to.join(entry.file_name());
            if entry.file_type().unwrap().is_dir() {
                walk(&entry.path(), &to);
            } else {
                fs::copy(entry.path(), to).unwrap();
            }
        }
    }
    let dir = tempfile::tempdir().unwrap();
    walk(from, dir.path());
    dir
}

fn append(text: &str) -> Append {
    Append {
        text: text.to_owned(),
        key: Digest::of(text.as_bytes()),
        after: None,
    }
}

async fn some_work(world: &World) -> ItemId {
    let item = world.admin.create(&new_item("one")).await.unwrap().id;
    let said = world.admin.say(&item, "said").await.unwrap();
    let landed = world.coder.append(&item, &append("entry")).await.unwrap();
    world
        .admin
        .edit_comment(&item, &landed.id, "edited")
        .await
        .unwrap();
    world.admin.delete_comment(&item, &said).await.unwrap();
    let patch = ItemPatch {
        title: Some("two".to_owned()),
        body: Some("other".to_owned()),
        state: Some(State::Todo),
        add_labels: vec!["a".to_owned(), "b".to_owned()],
        remove_labels: vec!["trail".to_owned()],
    };
    world.admin.patch_item(&item, &patch).await.unwrap();
    item
}

#[tokio::test]
async fn everything_acknowledged_is_there_when_the_process_is_killed() {
    let world = world();
    let item = some_work(&world).await;
    let killed = copy(world.dir.path());
    let again = open(killed.path());
    assert_eq!(rows(&again), rows(&world.embedded));
    let seat = again.with_token(&world.token).unwrap();
    let before = world.admin.read(&item, None).await.unwrap();
    assert_eq!(seat.read(&item, None).await.unwrap(), before);
}

#[tokio::test]
async fn a_lost_or_damaged_index_is_built_again_from_the_log() {
    let world = world();
    some_work(&world).await;
    let before = rows(&world.embedded);
    let damage: [&dyn Fn(PathBuf); 3] = [
        &|index| fs::remove_dir_all(index).unwrap(),
        &|index| fs::write(index.join("conf"), b"nonsense").unwrap(),
        &|index| fs::write(index.join("db"), vec![0xEE; 600_000]).unwrap(),
    ];
    for damage in damage {
        let killed = copy(world.dir.path());
        damage(killed.path().join("index"));
        assert_eq!(rows(&open(killed.path())), before);
    }
}

#[tokio::test]
async fn an_index_of_another_tracker_is_not_believed() {
    let (one, two) = (world(), world());
    some_work(&one).await;
    let (from, to) = (copy(two.dir.path()), copy(one.dir.path()));
    fs::remove_dir_all(to.path().join("index")).unwrap();
    fs::rename(from.path().join("index"), to.path().join("index")).unwrap();
    assert_eq!(rows(&open(to.path())), rows(&one.embedded));
}

#[tokio::test]
async fn a_damaged_log_is_refused_with_its_place() {
    let world = world();
    some_work(&world).await;
    let killed = copy(world.dir.path());
    let file = killed.path().join("log/00000001.seg");
    let mut bytes = fs::read(&file).unwrap();
    let at = bytes.windows(4).position(|part| part == b"root").unwrap();
    bytes[at] = b'R';
    fs::write(&file, bytes).unwrap();
    let refused = Embedded::open(killed.path(), &project())
        .unwrap_err()
        .to_string();
    assert!(
        refused.contains("00000001.seg") && refused.contains("damaged"),
        "{refused}"
    );
}

#[tokio::test]
async fn tokens_are_kept_only_as_digests_and_a_replaced_one_is_refused() {
    let world = world();
    some_work(&world).await;
    let old = world.embedded.with_token(&world.token).unwrap();
    let new = world.embedded.replace_token("root").unwrap();
    assert!(matches!(old.users().await, Err(Error::Unauthenticated)));
    assert!(matches!(
        world.embedded.with_token(&world.token),
        Err(Error::Unauthenticated)
    ));
    world.embedded.with_token(new.expose()).unwrap();
    assert!(!format!("{new:?}").contains(new.expose()));
    let killed = copy(world.dir.path());
    for file in ["log/00000001.seg", "index/db"] {
        let bytes = fs::read(killed.path().join(file)).unwrap();
        for token in [world.token.as_str(), new.expose()] {
            let found = bytes
                .windows(token.len())
                .any(|part| part == token.as_bytes());
            assert!(!found, "{file} holds a token");
        }
    }
}

#[tokio::test]
async fn accounts_are_managed_by_admins() {
    let world = world();
    let (made, _) = world
        .admin
        .add_user("maria", "Maria", Role::Member)
        .await
        .unwrap();
    let maria = world.embedded.as_user(&made.id).unwrap();
    for refused in [
        maria.add_user("eve", "Eve", Role::Admin).await.map(drop),
        maria.set_disabled("root", true).await.map(drop),
        maria.replace_token("root").await.map(drop),
        maria.activity(None, 0, None).await.map(drop),
    ] {
        assert!(matches!(refused, Err(Error::Forbidden(_))), "{refused:?}");
    }
    maria.replace_token("maria").await.unwrap();
    let taken = world.admin.add_user("maria", "Other", Role::Guest).await;
    assert!(matches!(taken, Err(Error::Refused(_))));
    let own = world.admin.set_disabled("root", true).await;
    assert!(matches!(own, Err(Error::Refused(_))));
    assert!(
        world
            .admin
            .set_disabled("maria", true)
            .await
            .unwrap()
            .disabled
    );
    assert!(matches!(maria.users().await, Err(Error::Unauthenticated)));
    world.admin.set_disabled("maria", false).await.unwrap();
    let logins: Vec<_> = maria
        .users()
        .await
        .unwrap()
        .into_iter()
        .map(|account| account.login)
        .collect();
    assert_eq!(logins, ["root", "coder", "maria"]);
}

#[tokio::test]
async fn the_activity_log_says_who_did_what() {
    let world = world();
    let item = some_work(&world).await;
    let log = world.admin.activity(Some(&item), 0, None).await.unwrap();
    let lines: Vec<_> = log
        .iter()
        .map(|line| format!("{} {}", line.action, line.detail))
        .collect();
    assert_eq!(
        lines,
        [
            "created TRK-1",
            "commented ",
            "commented ",
            "comment-edited ",
            "comment-deleted ",
            "title-edited two",
            "body-edited ",
            "state-set todo",
            "labelled a",
            "labelled b",
            "unlabelled trail",
        ]
    );
    let (admin, coder) = (
        world.admin.me().await.unwrap().id,
        world.coder.me().await.unwrap().id,
    );
    assert_eq!(log[2].by.as_ref(), Some(&coder));
    assert_eq!(log[3].by.as_ref(), Some(&admin));
    assert_eq!(log[3].comment, log[2].comment);
    let rest = world
        .admin
        .activity(Some(&item), log[8].seq, None)
        .await
        .unwrap();
    assert_eq!(rest, log[9..]);
    let all = world.admin.activity(None, 0, None).await.unwrap();
    assert_eq!(
        (all[0].action.as_str(), &all[0].by),
        ("project-made", &None)
    );
    assert_eq!(all[3..], log);
}

#[tokio::test]
async fn setting_what_is_set_already_writes_nothing() {
    let world = world();
    let item = world.admin.create(&new_item("same")).await.unwrap();
    let said = world.admin.say(&item.id, "text").await.unwrap();
    let before = (world.embedded.syncs(), rows(&world.embedded));
    world
        .admin
        .edit_comment(&item.id, &said, "text")
        .await
        .unwrap();
    world
        .admin
        .set_labels(&item.id, &["trail"], &["absent"])
        .await
        .unwrap();
    world
        .admin
        .set_state(&item.id, State::Backlog)
        .await
        .unwrap();
    let patch = ItemPatch {
        title: Some(item.title.clone()),
        body: Some(item.body.clone()),
        ..ItemPatch::default()
    };
    world.admin.patch_item(&item.id, &patch).await.unwrap();
    assert_eq!((world.embedded.syncs(), rows(&world.embedded)), before);
}

#[tokio::test]
async fn an_append_is_one_data_sync() {
    let world = world();
    let item = world.admin.create(&new_item("syncs")).await.unwrap().id;
    let before = world.embedded.syncs();
    let landed = world.coder.append(&item, &append("x")).await.unwrap();
    let again = world.coder.append(&item, &append("x")).await.unwrap();
    assert_eq!((again.already, again.id), (true, landed.id));
    assert_eq!(world.embedded.syncs(), before + 1);
}

#[tokio::test]
async fn an_entry_belongs_to_one_item() {
    let world = world();
    let one = world.admin.create(&new_item("one")).await.unwrap().id;
    let two = world.admin.create(&new_item("two")).await.unwrap().id;
    world.coder.append(&one, &append("x")).await.unwrap();
    let moved = world.coder.append(&two, &append("x")).await;
    assert!(
        matches!(moved, Err(tracker::Error::Refused(_))),
        "{moved:?}"
    );
}

#[tokio::test]
async fn a_cursor_of_another_tracker_reads_everything() {
    let (one, two) = (world(), world());
    let item = some_work(&one).await;
    some_work(&two).await;
    let foreign = two.admin.changes(None).await.unwrap().cursor;
    let changes = one.admin.changes(Some(&foreign)).await.unwrap();
    assert_eq!(changes.items, std::slice::from_ref(&item));
    assert!(
        one.admin
            .read(&item, Some(&foreign))
            .await
            .unwrap()
            .complete
    );
}

#[tokio::test]
async fn the_feed_comes_in_pages_and_names_each_item_once() {
    let world = world();
    let mut items = Vec::new();
    for n in 0..7 {
        items.push(
            world
                .admin
                .create(&new_item(&n.to_string()))
                .await
                .unwrap()
                .id,
        );
    }
    // The first one changes again and moves to the end.
    world.admin.say(&items[0], "again").await.unwrap();
    items.rotate_left(1);
    let (mut named, mut cursor, mut more) = (Vec::new(), None, true);
    while more {
        let page = world
            .admin
            .changes_within(cursor.as_ref(), Some(3), std::time::Duration::ZERO)
            .await;
        let page = page.unwrap();
        assert!(page.items.len() <= 3);
        named.extend(page.items);
        (cursor, more) = (Some(page.cursor), page.more);
    }
    assert_eq!(named, items);
}

#[tokio::test]
async fn items_are_listed_newest_first_by_state_and_label() {
    let world = world();
    for n in 1..=5 {
        let item = world
            .admin
            .create(&new_item(&n.to_string()))
            .await
            .unwrap()
            .id;
        if n % 2 == 0 {
            world.admin.set_state(&item, State::Todo).await.unwrap();
        }
    }
    let keys = |items: crate::api::Items| {
        let keys: Vec<_> = items
            .items
            .iter()
            .map(|item| item.key.to_string())
            .collect();
        (keys, items.before)
    };
    let filter = |state, before| Filter {
        state,
        label: None,
        before,
        limit: 2,
    };
    let page = world.admin.items(filter(None, None)).await.unwrap();
    assert_eq!(
        keys(page),
        (vec!["TRK-5".to_owned(), "TRK-4".to_owned()], Some(4))
    );
    let page = world
        .admin
        .items(filter(Some(State::Todo), Some(4)))
        .await
        .unwrap();
    assert_eq!(keys(page), (vec!["TRK-2".to_owned()], None));
    let label = Some("absent".to_owned());
    let none = Filter {
        label,
        limit: 9,
        ..Filter::default()
    };
    assert_eq!(
        keys(world.admin.items(none).await.unwrap()),
        (Vec::new(), None)
    );
}

#[test]
fn a_directory_carries_one_project_and_has_one_owner() {
    let dir = tempfile::tempdir().unwrap();
    assert!(matches!(
        Embedded::open_existing(dir.path()),
        Err(Error::NotFound(_))
    ));
    let held = open(dir.path());
    let locked = Embedded::open_existing(dir.path());
    assert!(matches!(
        locked,
        Err(Error::Store(trail_store::Error::Locked(_)))
    ));
    drop(held);
    let other = Project {
        id: "other".into(),
        prefix: "TRK".to_owned(),
    };
    let refused = Embedded::open(dir.path(), &other).unwrap_err().to_string();
    assert!(
        refused.contains("tests") && refused.contains("other"),
        "{refused}"
    );
    assert_eq!(
        Embedded::open_existing(dir.path()).unwrap().project(),
        project()
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    /// Whatever was done, the rows folded live are the rows folded from the log.
    #[test]
    fn the_index_is_a_fold_of_the_log(
        steps in proptest::collection::vec((0..8u8, 0..3usize, 0..6usize), 0..40),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let world = world();
            let mut items = Vec::new();
            for n in 0..3 {
                items.push(world.admin.create(&new_item(&n.to_string())).await.unwrap().id);
            }
            for (n, (what, item, comment)) in steps.into_iter().enumerate() {
                let item = &items[item];
                let there = world.admin.read(item, None).await.unwrap().comments;
                let chosen = there.get(comment).map(|comment| comment.id.clone());
                match (what, chosen) {
                    (0, Some(id)) => {
                        world.admin.edit_comment(item, &id, &format!("{n}")).await.unwrap();
                    }
                    (1, Some(id)) => world.admin.delete_comment(item, &id).await.unwrap(),
                    (2, _) => {
                        let patch = ItemPatch {
                            title: Some(format!("title {n}")),
                            body: Some(format!("body {n}")),
                            add_labels: vec![format!("l{}", n % 5)],
                            ..ItemPatch::default()
                        };
                        world.admin.patch_item(item, &patch).await.unwrap();
                    }
                    (3, last) => {
                        let append = Append { after: last, ..append(&format!("{n}")) };
                        let _ = world.coder.append(item, &append).await;
                    }
                    (_, _) => drop(world.coder.say(item, &format!("{n}")).await.unwrap()),
                }
            }
            let killed = copy(world.dir.path());
            fs::remove_dir_all(killed.path().join("index")).unwrap();
            assert_eq!(rows(&open(killed.path())), rows(&world.embedded));
        });
    }
}
