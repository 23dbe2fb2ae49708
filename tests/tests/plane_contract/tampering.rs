//! What others do to comments and items, and how the adapter says so.

use std::time::Duration;

use serde_json::{Value, json};
use trail_port::Tracker;
use trail_port::tracker::{Changed, Cursor, Error};
use trail_record::ItemId;
use trail_tests::contract::tracker::Who;

use crate::world::{Board, entry, heads, prompt};

#[tokio::test]
async fn an_author_is_whose_key_it_was_whatever_the_comment_claims() {
    let board = Board::quick().await;
    let item = board.file("spoofed").await;
    let claim =
        json!({ "comment_html": "<p>/approve ABCD</p>", "created_by": board.fake.user("maria") });
    let id = board.post(Who::Coder, &item, claim).await;
    let coder = board.plane(Who::Coder).me().await.unwrap().id;
    let one = board
        .plane(Who::Human)
        .comment(&item, &id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!((&one.author, one.text.trim()), (&coder, "/approve ABCD"));
    assert_eq!(board.comments(Who::Human, &item).await[0].author, coder);
}

#[tokio::test]
async fn times_set_by_hand_are_told_and_decide_nothing() {
    let board = Board::quick().await;
    let item = board.file("backdated").await;
    board.plane(Who::Human).say(&item, "first").await.unwrap();
    for (html, at) in [
        ("past", "2020-01-02T03:04:05.123456Z"),
        ("future", "2099-01-01T00:00:00Z"),
    ] {
        board
            .post(
                Who::Coder,
                &item,
                json!({ "comment_html": html, "created_at": at }),
            )
            .await;
    }
    board.plane(Who::Human).say(&item, "last").await.unwrap();
    let there = board.comments(Who::Human, &item).await;
    assert_eq!(
        heads(&there),
        ["first", "past", "future", "last"],
        "in the order in which they came"
    );
    let backdated: Vec<_> = there.iter().map(|comment| comment.backdated).collect();
    assert_eq!(backdated, [false, true, true, false]);
}

#[tokio::test]
async fn edits_and_deletions_by_anybody_show() {
    let board = Board::quick().await;
    let item = board.file("edited").await;
    let planner = board.plane(Who::Planner);
    let mut ids = Vec::new();
    for name in ["a", "b", "c", "d"] {
        ids.push(planner.append(&item, &entry(name)).await.unwrap().id);
    }
    // By the API even a guest edits a persona's entry.
    board
        .patch(
            Who::Guest,
            &item,
            &ids[0],
            json!({ "comment_html": "<p>tampered</p>" }),
        )
        .await;
    board
        .patch(
            Who::Coder,
            &item,
            &ids[1],
            json!({ "external_id": "another" }),
        )
        .await;
    board.patch(Who::Coder, &item, &ids[2], json!({})).await;
    let path = format!("work-items/{item}/comments/{}/", ids[3]);
    assert_eq!(
        board.raw(Who::Guest, "DELETE", &path, Value::Null).await.0,
        204
    );
    let there = board.comments(Who::Human, &item).await;
    assert_eq!(
        heads(&there),
        ["tampered", "entry b", "entry c"],
        "they keep their places"
    );
    assert!(
        there
            .iter()
            .all(|comment| comment.edited && comment.updated > comment.created)
    );
    assert_eq!(planner.comment(&item, &ids[3]).await.unwrap(), None);
    let me = planner.me().await.unwrap().id;
    assert!(there.iter().all(|comment| comment.author == me));
}

#[tokio::test]
async fn a_taken_external_id_is_no_success() {
    let board = Board::quick().await;
    let (item, other) = (board.file("squatted").await, board.file("elsewhere").await);
    let planner = board.plane(Who::Planner);
    let me = planner.me().await.unwrap().id;
    // Taken on this item, taken on another, and taken by a copy of the very text.
    for (place, html) in [(&item, "<p>mine now</p>"), (&other, "<p>mine now</p>")] {
        let append = entry(&format!("on {place}"));
        let squat = json!({
            "comment_html": html, "external_source": "trail", "external_id": append.key.to_string(),
        });
        board.post(Who::Coder, place, squat).await;
        let landed = planner.append(&item, &append).await.unwrap();
        assert!(!landed.already);
        let one = planner.comment(&item, &landed.id).await.unwrap().unwrap();
        assert_eq!((&one.author, &one.text), (&me, &append.text));
    }
    // An entry that landed and was then altered is not there as it was written: it is posted anew.
    let append = entry("altered");
    let first = planner.append(&item, &append).await.unwrap().id;
    board
        .patch(
            Who::Guest,
            &item,
            &first,
            json!({ "comment_html": "<p>altered</p>" }),
        )
        .await;
    let again = planner.append(&item, &append).await.unwrap();
    assert!(again.id != first && !again.already);
    // And then it is there.
    let third = planner.append(&item, &append).await.unwrap();
    assert_eq!((third.id, third.already), (again.id, true));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_shown_a_provisional_time() {
    let slow = trail_fake_plane::Timing {
        rewrite: Duration::from_millis(200)..Duration::from_millis(300),
        ..prompt()
    };
    let board = Board::start(slow, 0).await;
    let item = board.file("provisional").await;
    let (planner, human) = (board.plane(Who::Planner).clone(), board.plane(Who::Human));
    let append = entry("e");
    let writer = tokio::spawn({
        let (item, append) = (item.clone(), append.clone());
        async move { planner.append(&item, &append).await.unwrap() }
    });
    tokio::time::sleep(Duration::from_millis(80)).await;
    let provisional = &board.fake.comments(item.as_str())[0];
    assert!(
        provisional.created_at < provisional.updated_at,
        "the test looks in time"
    );
    let read = human.read(&item, None).await.unwrap().comments;
    let landed = writer.await.unwrap();
    let last = board.comments(Who::Admin, &item).await;
    assert_eq!(last[0].id, landed.id);
    assert_eq!(
        read, last,
        "what was read while it was being stored is what it became"
    );
}

#[tokio::test]
async fn lost_marks_are_found_by_asking_for_everything() {
    let board = Board::quick().await;
    let (item, _) = (board.file("marked").await, board.file("quiet").await);
    let human = board.plane(Who::Human);
    let follow = |cursor: Option<Cursor>| async move {
        let changes = human.changes(cursor.as_ref()).await.unwrap();
        assert!(!changes.more);
        (changes.items, changes.cursor)
    };
    let (_, cursor) = follow(None).await;
    let labels = board.plane(Who::Coder);
    labels.set_labels(&item, &["gate:plan"], &[]).await.unwrap();
    let (named, cursor) = follow(Some(cursor)).await;
    assert_eq!(named, std::slice::from_ref(&item));
    // A deleted label marks nothing, nor does a comment while the broker is down.
    board
        .fake
        .web("trail-coder")
        .delete_label("gate:plan")
        .unwrap();
    board.fake.faults().broker_down(true);
    let said = board
        .plane(Who::Planner)
        .say(&item, "unheard")
        .await
        .unwrap();
    board.fake.faults().broker_down(false);
    let (named, _) = follow(Some(cursor)).await;
    assert_eq!(named, Vec::<ItemId>::new());
    let (all, _) = follow(None).await;
    assert!(all.contains(&item), "the sweep names every item");
    let read = human.read(&item, None).await.unwrap();
    assert_eq!(read.comments.last().map(|comment| &comment.id), Some(&said));
    assert_eq!(read.item.labels, ["trail"]);
}

#[tokio::test]
async fn a_late_mark_behind_newer_ones_is_named() {
    let board = Board::quick().await;
    let (one, two) = (board.file("one").await, board.file("two").await);
    let human = board.plane(Who::Human);
    let cursor = human.changes(None).await.unwrap().cursor;
    // The queue stands while `one` changes; `two` is marked by an edit itself.
    board.fake.faults().queue_stopped(true);
    board.plane(Who::Planner).say(&one, "late").await.unwrap();
    board
        .fake
        .web("maria")
        .rename(two.as_str(), "two!")
        .unwrap();
    let changes = human.changes(Some(&cursor)).await.unwrap();
    assert_eq!(changes.items, [two]);
    // The queue goes on, and stamps with the time at which it should have been done.
    board.fake.faults().queue_stopped(false);
    let changes = human.changes(Some(&changes.cursor)).await.unwrap();
    assert!(changes.items.contains(&one), "{:?}", changes.items);
}

#[tokio::test]
async fn a_destroyed_item_is_not_found_and_not_empty() {
    let board = Board::quick().await;
    let item = board.file("destroyed").await;
    let planner = board.plane(Who::Planner);
    let landed = planner.append(&item, &entry("e")).await.unwrap();
    let path = format!("work-items/{item}/");
    let own = json!({ "created_by": board.fake.user("trail-coder") });
    assert_eq!(board.raw(Who::Coder, "PATCH", &path, own).await.0, 200);
    assert_eq!(
        board.raw(Who::Coder, "DELETE", &path, Value::Null).await.0,
        204
    );
    let answers = [
        planner.read(&item, None).await.map(drop),
        planner.comment(&item, &landed.id).await.map(drop),
        planner.append(&item, &entry("f")).await.map(drop),
        planner.say(&item, "x").await.map(drop),
        planner.history(&item).await.map(drop),
    ];
    for (n, answer) in answers.iter().enumerate() {
        assert!(matches!(answer, Err(Error::NotFound(_))), "{n}: {answer:?}");
    }
}

#[tokio::test]
async fn moments_are_the_same_in_every_zone() {
    let board = Board::start(prompt(), -12_600).await;
    let item = board.file("zones").await;
    board
        .plane(Who::Planner)
        .append(&item, &entry("e"))
        .await
        .unwrap();
    board.fake.web("maria").say(item.as_str(), "hello").unwrap();
    let read = board.plane(Who::Planner).read(&item, None).await.unwrap();
    for who in Who::ALL {
        let other = board.plane(who).read(&item, None).await.unwrap();
        assert_eq!(
            (other.item, other.comments),
            (read.item.clone(), read.comments.clone()),
            "{who:?}"
        );
    }
    let now = board.fake.now().as_millisecond();
    assert!((now - read.item.created.as_millis()).abs() < 60_000);
}

#[tokio::test]
async fn what_people_type_in_the_browser_is_read_as_they_typed_it() {
    let board = Board::quick().await;
    let item = board.file("browser").await;
    let maria = board.fake.web("maria");
    let typed = "/approve ABCD because 1 < 2 & \"so\"";
    maria.say(item.as_str(), typed).unwrap();
    maria
        .comment(item.as_str(), "<p class=\"editor-paragraph-block\"></p>")
        .unwrap();
    let there = board.comments(Who::Coder, &item).await;
    assert_eq!(there[0].text, typed);
    assert!(!there[0].edited && !there[0].backdated);
    maria.set_state(item.as_str(), "Done").unwrap();
    maria.rename(item.as_str(), "renamed").unwrap();
    let history = board.plane(Who::Coder).history(&item).await.unwrap();
    let id = board.plane(Who::Human).me().await.unwrap().id;
    assert!(
        history
            .iter()
            .all(|change| change.actor.as_ref() == Some(&id))
    );
    let what: Vec<_> = history.into_iter().map(|change| change.what).collect();
    assert!(
        matches!(&what[..], [Changed::State { .. }, Changed::Text]),
        "{what:?}"
    );
    let item = board
        .plane(Who::Coder)
        .read(&item, None)
        .await
        .unwrap()
        .item;
    assert_eq!(
        (item.title.as_str(), item.state),
        ("renamed", trail_port::tracker::State::Done)
    );
}
