//! Laws of accounts: who is who, and who may not.

use trail_port::tracker::{Error, State};

use super::{Who, World, comments, entry, file};

/// `me` and both kinds of look-up agree, and personas are shown as such where the tracker tells
/// programs from people; where it does not, nobody is said to be a program.
pub async fn accounts_are_found_by_login_and_by_id(world: &dyn World) {
    let human = world.tracker(Who::Human);
    let tells = world.tracker(Who::Planner).me().await.unwrap().bot;
    for who in Who::ALL {
        let me = world.tracker(who).me().await.unwrap();
        let bot = tells && who.bot();
        assert_eq!((me.login.as_str(), me.bot), (who.login(), bot));
        assert_eq!(human.user(who.login()).await.unwrap(), me);
        assert_eq!(human.user(me.id.as_str()).await.unwrap(), me);
    }
    let projects = [
        human.project().await.unwrap(),
        world.tracker(Who::Planner).project().await.unwrap(),
    ];
    assert_eq!(projects[0], projects[1]);
}

/// A guest's word is heard, and nothing else of theirs.
pub async fn a_guest_may_comment_and_not_label(world: &dyn World) {
    let made = file(world, "guest").await;
    let guest = world.tracker(Who::Guest);
    guest.say(&made.id, "/approve ABCD").await.unwrap();
    let new = trail_port::tracker::NewItem {
        title: "by a guest".to_owned(),
        body: String::new(),
        labels: Vec::new(),
    };
    let refused = [
        guest.set_labels(&made.id, &["gate:plan"], &["trail"]).await,
        guest.set_state(&made.id, State::Done).await,
    ];
    for answer in refused {
        assert!(matches!(answer, Err(Error::Denied(_))), "{answer:?}");
    }
    // Where strangers may file, the item says who did: it is no task until somebody permitted says so.
    match guest.create(&new).await {
        Ok(item) => assert_eq!(item.author, guest.me().await.unwrap().id),
        Err(Error::Denied(_)) => {}
        Err(other) => panic!("{other}"),
    }
    let item = guest.read(&made.id, None).await.unwrap().item;
    assert_eq!((item.labels, item.state), (made.labels, made.state));
}

/// One's own comments are one's own; an admin may change all.
pub async fn others_comments_are_changed_only_by_admins(world: &dyn World) {
    let item = file(world, "whose").await.id;
    let said = world.tracker(Who::Human).say(&item, "mine").await.unwrap();
    let landed = world
        .tracker(Who::Planner)
        .append(&item, &entry("e", None))
        .await
        .unwrap()
        .id;
    for (who, id) in [
        (Who::Planner, &said),
        (Who::Guest, &said),
        (Who::Human, &landed),
        (Who::Coder, &landed),
    ] {
        for answer in [
            world.edit_comment(who, &item, id, "theirs").await,
            world.delete_comment(who, &item, id).await,
        ] {
            assert!(
                matches!(answer, Err(Error::Denied(_))),
                "{who:?}: {answer:?}"
            );
        }
    }
    assert_eq!(comments(&*world.tracker(Who::Human), &item).await.len(), 2);
    world
        .delete_comment(Who::Admin, &item, &said)
        .await
        .unwrap();
    world
        .delete_comment(Who::Admin, &item, &landed)
        .await
        .unwrap();
    assert_eq!(comments(&*world.tracker(Who::Human), &item).await, []);
    let gone = world.edit_comment(Who::Admin, &item, &said, "again").await;
    assert!(matches!(gone, Err(Error::NotFound(_))), "{gone:?}");
}

/// A token that belongs to nobody opens nothing.
pub async fn a_wrong_token_is_denied(world: &dyn World) {
    let item = file(world, "closed").await.id;
    let Some(stranger) = world.stranger() else {
        return;
    };
    let answers = [
        stranger.me().await.map(drop),
        stranger.changes(None).await.map(drop),
        stranger.read(&item, None).await.map(drop),
        stranger.say(&item, "x").await.map(drop),
        stranger.project().await.map(drop),
    ];
    for (n, answer) in answers.iter().enumerate() {
        assert!(matches!(answer, Err(Error::Denied(_))), "{n}: {answer:?}");
    }
}

/// Whoever is disabled is out at once, and what they wrote stays.
pub async fn a_disabled_account_is_denied(world: &dyn World) {
    let item = file(world, "out").await.id;
    let guest = world.tracker(Who::Guest);
    let said = guest.say(&item, "still in").await.unwrap();
    world.disable(Who::Guest).await.unwrap();
    let refused = guest.say(&item, "out").await;
    assert!(matches!(refused, Err(Error::Denied(_))), "{refused:?}");
    let refused = guest.me().await;
    assert!(matches!(refused, Err(Error::Denied(_))), "{refused:?}");
    let there = comments(&*world.tracker(Who::Human), &item).await;
    assert_eq!(
        there.iter().map(|comment| &comment.id).collect::<Vec<_>>(),
        [&said]
    );
}

/// Who may be heard at a gate is a full member: no guest, no program's account, nobody unknown.
pub async fn members_are_told_from_guests_and_from_nobody(world: &dyn World) {
    let planner = world.tracker(Who::Planner);
    for (who, member) in [(Who::Human, true), (Who::Admin, true), (Who::Guest, false)] {
        let id = world.tracker(who).me().await.unwrap().id;
        assert_eq!(planner.is_member(&id).await.unwrap(), member, "{who:?}");
    }
    let nobody = trail_record::UserId::from("nobody-0000");
    assert!(!planner.is_member(&nobody).await.unwrap());
}

/// Who left is no member any more, at once.
pub async fn who_was_removed_is_no_member(world: &dyn World) {
    let id = world.tracker(Who::Human).me().await.unwrap().id;
    let planner = world.tracker(Who::Planner);
    if !world.remove_member(Who::Human).await.unwrap() {
        world.disable(Who::Human).await.unwrap();
    }
    assert!(!planner.is_member(&id).await.unwrap());
}
