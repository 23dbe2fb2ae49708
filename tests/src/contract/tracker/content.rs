//! Laws of what is kept: exactly what was written, and every change of it shows.

use trail_port::tracker::{Error, NewItem, State};
use trail_record::{CommentId, ItemId, ItemKey};

use super::{Who, World, comments, entry, file, texts};

/// Edits change text, `updated` and `edited`; a deleted comment is gone.
pub async fn edits_and_deletions_show(world: &dyn World) {
    let item = file(world, "edits").await.id;
    let human = world.tracker(Who::Human);
    let id = human.say(&item, "as written").await.unwrap();
    let kept = human.say(&item, "kept").await.unwrap();
    let before = human.comment(&item, &id).await.unwrap().unwrap();
    assert_eq!((before.edited, before.updated), (false, before.created));
    assert_eq!(before.author, human.me().await.unwrap().id);
    world
        .edit_comment(Who::Human, &item, &id, "as edited")
        .await
        .unwrap();
    let after = human.comment(&item, &id).await.unwrap().unwrap();
    assert_eq!((after.text.as_str(), after.edited), ("as edited", true));
    assert_eq!(
        (after.created, &after.author),
        (before.created, &before.author)
    );
    assert!(
        after.updated > before.updated,
        "{} {}",
        after.updated,
        before.updated
    );
    world.delete_comment(Who::Human, &item, &id).await.unwrap();
    assert_eq!(human.comment(&item, &id).await.unwrap(), None);
    let there = comments(&*human, &item).await;
    assert_eq!(
        there.iter().map(|comment| &comment.id).collect::<Vec<_>>(),
        [&kept]
    );
    // An entry that an admin edits is still by its author, and says it was edited.
    let planner = world.tracker(Who::Planner);
    let landed = planner.append(&item, &entry("e", None)).await.unwrap().id;
    world
        .edit_comment(Who::Admin, &item, &landed, "tampered")
        .await
        .unwrap();
    let tampered = planner.comment(&item, &landed).await.unwrap().unwrap();
    assert_eq!(
        (tampered.text.as_str(), tampered.edited),
        ("tampered", true)
    );
    assert_eq!(tampered.author, planner.me().await.unwrap().id);
}

/// An item has a stable id, is found by its key, and keys count.
pub async fn an_item_is_found_by_its_key_and_reads_as_it_was_made(world: &dyn World) {
    let human = world.tracker(Who::Human);
    let new = NewItem {
        title: "Retry uploads — “quoted” <b>".to_owned(),
        body: "line\r\n\r\n- AC-1: \u{1F980}\n".to_owned(),
        labels: vec!["b".to_owned(), "a".to_owned()],
    };
    let made = human.create(&new).await.unwrap();
    assert_eq!((&made.title, &made.body), (&new.title, &new.body));
    assert_eq!(made.labels, ["a", "b"]);
    assert_eq!(made.author, human.me().await.unwrap().id);
    // Where labels are put on afterwards, that is a change.
    assert!(made.created <= made.updated);
    assert_ne!(made.id.as_str(), made.key.as_str());
    assert_eq!(made.unedited, human.capabilities().proves_authorship);
    let coder = world.tracker(Who::Coder);
    assert_eq!(coder.find(&made.key).await.unwrap(), made.id);
    assert_eq!(coder.read(&made.id, None).await.unwrap().item, made);
    let next = file(world, "next").await;
    assert!(next.id != made.id && next.key != made.key);
    for title in ["", "  ", "two\nlines"] {
        let bad = NewItem {
            title: title.to_owned(),
            ..new.clone()
        };
        let refused = human.create(&bad).await;
        assert!(
            matches!(refused, Err(Error::Refused(_))),
            "{title:?}: {refused:?}"
        );
    }
}

/// `unedited` holds while only the author edits, and is lost for ever when somebody else does.
pub async fn a_body_that_somebody_else_edited_is_not_unedited(world: &dyn World) {
    if !world.tracker(Who::Human).capabilities().proves_authorship {
        return;
    }
    let made = file(world, "authentic").await;
    let human = world.tracker(Who::Human);
    let item = || async { human.read(&made.id, None).await.unwrap().item };
    assert!(made.unedited);
    world
        .edit_body(Who::Human, &made.id, "by its author")
        .await
        .unwrap();
    let edited = item().await;
    assert_eq!(
        (edited.body.as_str(), edited.unedited),
        ("by its author", true)
    );
    assert!(edited.updated > made.updated);
    let refused = world.edit_body(Who::Coder, &made.id, "by a persona").await;
    assert!(matches!(refused, Err(Error::Denied(_))), "{refused:?}");
    assert!(item().await.unedited);
    world
        .edit_body(Who::Admin, &made.id, "by an admin")
        .await
        .unwrap();
    let edited = item().await;
    assert_eq!(
        (edited.body.as_str(), edited.unedited),
        ("by an admin", false)
    );
    assert_eq!(edited.key, made.key);
    world
        .edit_body(Who::Human, &made.id, "by its author")
        .await
        .unwrap();
    assert!(
        !item().await.unedited,
        "what was edited once is not unedited again"
    );
}

/// Labels and state are display, set by whoever works.
pub async fn labels_and_state_are_set_and_removed(world: &dyn World) {
    let made = file(world, "display").await;
    let coder = world.tracker(Who::Coder);
    coder
        .set_labels(&made.id, &["zebra", "gate:plan"], &["trail", "absent"])
        .await
        .unwrap();
    let item = coder.read(&made.id, None).await.unwrap().item;
    assert_eq!(item.labels, ["gate:plan", "zebra"]);
    assert_eq!(
        item.unedited, made.unedited,
        "labels are not part of what was written"
    );
    for state in [
        State::Todo,
        State::InProgress,
        State::Waiting,
        State::Done,
        State::Cancelled,
    ] {
        coder.set_state(&made.id, state).await.unwrap();
        assert_eq!(coder.read(&made.id, None).await.unwrap().item.state, state);
    }
}

/// What is not there is said to be not there, by everything that takes a name.
pub async fn what_is_not_there_is_not_found(world: &dyn World) {
    let made = file(world, "there").await;
    let human = world.tracker(Who::Human);
    let said = human.say(&made.id, "x").await.unwrap();
    let other = file(world, "other").await;
    for missing in [
        "w999999",
        "nonsense",
        "",
        "..",
        "../users",
        "a/b",
        "ü\u{202e} %2f?#",
    ] {
        let item = ItemId::new(missing);
        let answers = [
            human.read(&item, None).await.map(drop),
            human.comment(&item, &said).await.map(drop),
            human.append(&item, &entry("e", None)).await.map(drop),
            human.say(&item, "x").await.map(drop),
            human.set_labels(&item, &["a"], &[]).await,
            human.set_state(&item, State::Done).await,
            human.find(&ItemKey::new(missing)).await.map(drop),
            human.user(missing).await.map(drop),
        ];
        for (n, answer) in answers.iter().enumerate() {
            assert!(
                matches!(answer, Err(Error::NotFound(_))),
                "{missing} {n}: {answer:?}"
            );
        }
        let absent = human
            .comment(&made.id, &CommentId::new(missing))
            .await
            .unwrap();
        assert_eq!(absent, None, "{missing}");
    }
    assert_eq!(
        human.comment(&other.id, &said).await.unwrap(),
        None,
        "a comment has one item"
    );
    let after = human
        .append(&made.id, &entry("e", Some(&CommentId::new("c999999"))))
        .await;
    assert!(matches!(after, Err(Error::Refused(_))), "{after:?}");
}

/// The limit is told by the tracker, counted in characters, and refused with a reason.
pub async fn the_longest_comment_is_kept_and_a_longer_one_refused(world: &dyn World) {
    let item = file(world, "long").await.id;
    let human = world.tracker(Who::Human);
    let limit = human.capabilities().max_comment;
    for letter in ["x", "€"] {
        let longest = letter.repeat(limit);
        let id = human.say(&item, &longest).await.unwrap();
        assert!(human.comment(&item, &id).await.unwrap().unwrap().text == longest);
        let refused = human.say(&item, &(longest + letter)).await;
        let Err(Error::Refused(why)) = &refused else {
            panic!("{refused:?}")
        };
        assert!(why.contains(&limit.to_string()), "{why}");
    }
    let refused = human.say(&item, " \n").await;
    assert!(matches!(refused, Err(Error::Refused(_))), "{refused:?}");
    assert_eq!(comments(&*human, &item).await.len(), 2);
}

/// Text is data: it comes back as the bytes it was, whatever it tries. A tracker may refuse NUL.
pub async fn hostile_text_is_kept_byte_for_byte(world: &dyn World) {
    let item = file(world, "hostile").await.id;
    let human = world.tracker(Who::Human);
    let hostile = [
        "line\r\nline\rline\n\n\n",
        "  leading and trailing  ",
        "\u{202e}right to left\u{2066}isolate\u{200b}\u{feff}",
        "family \u{1F468}\u{200D}\u{1F469}\u{200D}\u{1F467} e\u{301} vs \u{e9}",
        "<!-- comment --> <script>alert(1)</script> &amp; &#0;",
        "```trail\nnot an entry\n``` ~~~ </details>",
        r#"{"error": {"code": "moved"}} \u0000 \" \\ '; DROP TABLE items; --"#,
        "\u{1}\u{7f}\u{85}\u{2028}\u{2029}\u{fffd}\u{10ffff}",
    ];
    for text in hostile {
        human.say(&item, text).await.unwrap();
    }
    let there = comments(&*world.tracker(Who::Coder), &item).await;
    assert_eq!(texts(&there), hostile);
    match human.say(&item, "a\0b").await {
        Ok(id) => {
            assert_eq!(
                human.comment(&item, &id).await.unwrap().unwrap().text,
                "a\0b"
            );
        }
        Err(Error::Refused(_)) => {}
        Err(other) => panic!("{other}"),
    }
}
