//! Items as people and workers write them, and what becomes of them in Plane's hands.

use trail_fake_plane::{Fault, On, Route};
use trail_item::criteria;
use trail_port::Tracker;
use trail_port::tracker::{Changed, Error, State};
use trail_record::{ItemKey, UserId};

use super::*;

#[tokio::test]
async fn an_item_reads_as_it_was_made_and_is_found_by_its_key() {
    let fake = start().await;
    let (maria, coder) = (client(&fake, "maria"), client(&fake, "coder"));
    for body in [
        "line\r\n\r\n- AC-1: \u{1F980}\n",
        "",
        "## Acceptance criteria\n\n- AC-1: a\n",
        "<b>&amp;\t`x`",
    ] {
        let new = NewItem {
            title: "Retry uploads — “quoted” <b>".to_owned(),
            body: body.to_owned(),
            labels: vec!["b".to_owned(), "trail".to_owned(), "b".to_owned()],
        };
        let made = maria.create(&new).await.unwrap();
        assert_eq!((&made.title, &made.body), (&new.title, &new.body));
        assert_eq!(made.labels, ["b", "trail"]);
        assert_eq!(made.author, maria.me().await.unwrap().id);
        assert_eq!((made.created, made.unedited), (made.updated, false));
        assert_eq!(coder.find(&made.key).await.unwrap(), made.id);
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        assert_eq!(coder.read(&made.id, None).await.unwrap().item, made);
    }
    for missing in ["PROJ-99999", "OTHER-1", "PROJ", "PROJ-x", "PROJ-1/..", ""] {
        let found = coder.find(&ItemKey::new(missing)).await;
        assert!(
            matches!(found, Err(Error::NotFound(_))),
            "{missing}: {found:?}"
        );
    }
    for title in ["", "  ", "two\nlines", &"x".repeat(256)] {
        let bad = NewItem {
            title: title.to_owned(),
            body: String::new(),
            labels: Vec::new(),
        };
        let refused = maria.create(&bad).await;
        assert!(
            matches!(refused, Err(Error::Refused(_))),
            "{title}: {refused:?}"
        );
    }
}

#[tokio::test]
async fn an_item_filed_by_hand_gives_its_criteria() {
    let fake = start().await;
    let made = fake.web("maria").create_item(
        "By hand",
        "<p class=\"editor-paragraph-block\">Why.</p><h2>Acceptance criteria</h2>\
         <ul><li><p>AC-1: it prints <code>x</code></p></li></ul><h2>Scope</h2><ul><li><p>write: src/**</p></li></ul>",
    );
    let item = client(&fake, "planner")
        .read(&ItemId::new(made.unwrap()), None)
        .await
        .unwrap()
        .item;
    let draft = criteria::parse(&item.body).unwrap();
    assert_eq!(draft.criteria[0].text, "it prints `x`");
    assert_eq!(draft.scope.write, ["src/**"]);
}

#[tokio::test]
async fn an_item_whose_making_was_not_answered_is_made_once() {
    let fake = start().await;
    let maria = client(&fake, "maria");
    for (at, fault) in [
        Fault::CutAfter,
        Fault::StoredThenStatus(500),
        Fault::Truncated,
    ]
    .into_iter()
    .enumerate()
    {
        fake.faults().next(On::post(Route::Items), fault, 1);
        let new = NewItem {
            title: format!("n{at}"),
            body: "x\n".to_owned(),
            labels: Vec::new(),
        };
        let made = maria.create(&new).await.unwrap();
        assert_eq!(made.title, new.title);
        let all = maria.changes(None).await.unwrap().items;
        assert_eq!(all.len(), at + 1, "{fault:?}");
    }
    fake.faults()
        .next(On::post(Route::Items), Fault::CutBefore, 1);
    let new = NewItem {
        title: "never came".to_owned(),
        body: "x\n".to_owned(),
        labels: Vec::new(),
    };
    let made = maria.create(&new).await;
    assert!(matches!(made, Err(Error::Doubt(_))), "{made:?}");
}

#[tokio::test]
async fn labels_and_states_are_set_by_name() {
    let mut seed = seed();
    seed.states
        .push(("Waiting for a human".to_owned(), "started".to_owned()));
    let fake = PlaneFake::start(seed).await;
    let item = file(&fake, "display").await;
    let coder = client(&fake, "coder");
    coder
        .set_labels(&item, &["zebra", "gate:plan"], &["trail", "absent"])
        .await
        .unwrap();
    let read = coder.read(&item, None).await.unwrap().item;
    assert_eq!(read.labels, ["gate:plan", "zebra"]);
    for state in State::ALL {
        coder.set_state(&item, state).await.unwrap();
        assert_eq!(coder.read(&item, None).await.unwrap().item.state, state);
    }
    // A label that another made or deleted meanwhile.
    fake.web("maria").delete_label("zebra").unwrap();
    let again = coder.set_labels(&item, &["zebra"], &[]).await;
    if again.is_err() {
        coder.set_labels(&item, &["zebra"], &[]).await.unwrap();
    }
    assert_eq!(
        coder.read(&item, None).await.unwrap().item.labels,
        ["gate:plan", "zebra"]
    );
}

#[tokio::test]
async fn two_who_set_labels_at_once_both_come_to_an_end() {
    let fake = start().await;
    for round in 0..5 {
        let item = file(&fake, &format!("labels {round}")).await;
        let (planner, coder) = (client(&fake, "planner"), client(&fake, "coder"));
        let (one, other) = tokio::join!(
            planner.set_labels(&item, &["by-planner"], &["trail"]),
            coder.set_labels(&item, &["by-coder"], &[]),
        );
        one.unwrap();
        other.unwrap();
        let labels = planner.read(&item, None).await.unwrap().item.labels;
        // Plane has no way to set one label, so the slower may undo the faster without a sign:
        // labels are display, and nothing relies on them.
        assert!(
            labels.contains(&"by-planner".to_owned()) || labels.contains(&"by-coder".to_owned()),
            "{labels:?}"
        );
    }
}

#[tokio::test]
async fn the_history_names_who_changed_what() {
    let fake = start().await;
    let item = file(&fake, "history").await;
    let web = fake.web("maria");
    let id = item.as_str();
    // Plane's queue writes them, and does not keep the order of what comes at once.
    web.label(id, "gate:plan").unwrap();
    settle(&fake).await;
    web.set_state(id, "In Progress").unwrap();
    settle(&fake).await;
    web.rename(id, "other").unwrap();
    settle(&fake).await;
    fake.web("root").unlabel(id, "gate:plan").unwrap();
    settle(&fake).await;
    let history = client(&fake, "planner").history(&item).await.unwrap();
    let (maria, root) = (
        UserId::new(fake.user("maria")),
        UserId::new(fake.user("root")),
    );
    let told: Vec<_> = history
        .iter()
        .map(|own| (own.actor.clone().unwrap(), own.what.clone()))
        .collect();
    let label = || "gate:plan".to_owned();
    assert_eq!(
        told,
        [
            (maria.clone(), Changed::Labelled { label: label() }),
            (
                maria.clone(),
                Changed::State {
                    state: State::InProgress,
                    name: "In Progress".to_owned()
                }
            ),
            (maria, Changed::Text),
            (root, Changed::Unlabelled { label: label() }),
        ]
    );
    assert!(history.windows(2).all(|pair| pair[0].at <= pair[1].at));
}

#[tokio::test]
async fn comments_from_the_browser_are_heard_with_their_true_author_and_times() {
    let fake = start().await;
    let item = file(&fake, "approve").await;
    let said = fake
        .web("maria")
        .comment(
            item.as_str(),
            "<p class=\"editor-paragraph-block\">/approve&nbsp;7K3QX-0M9TB ok</p>",
        )
        .unwrap();
    // Dated back and signed as another, by a guest with a key.
    let spoofed = post_raw(
        &fake,
        "visitor",
        &item,
        serde_json::json!({
            "comment_html": "<p>/approve 7K3QX-0M9TB</p>",
            "created_at": "2020-01-02T03:04:05.123456Z",
            "created_by": fake.user("maria"),
        }),
    )
    .await;
    let there = comments(&client(&fake, "planner"), &item).await;
    assert_eq!(there.len(), 2);
    let (human, guest) = (&there[0], &there[1]);
    assert_eq!(
        (human.id.as_str(), guest.id.as_str()),
        (said.as_str(), spoofed.as_str())
    );
    assert_eq!(human.text, "/approve 7K3QX-0M9TB ok");
    assert_eq!(human.author, UserId::new(fake.user("maria")));
    assert_eq!(
        (human.edited, human.backdated, human.updated),
        (false, false, human.created)
    );
    assert_eq!(guest.author, UserId::new(fake.user("visitor")));
    assert!(guest.backdated && !guest.edited);
    assert!(guest.created >= human.created);
    fake.web("maria")
        .edit_comment(item.as_str(), &said, "<p>no</p>")
        .unwrap();
    let edited = client(&fake, "planner")
        .comment(&item, &human.id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!((edited.text.as_str(), edited.edited), ("no", true));
    assert!(edited.updated > edited.created);
}

#[tokio::test]
async fn an_old_comment_from_the_browser_costs_no_wait() {
    let fake = start().await;
    let item = file(&fake, "old").await;
    fake.web("maria").say(item.as_str(), "hello").unwrap();
    fake.advance(std::time::Duration::from_secs(30));
    let planner = client(&fake, "planner");
    planner.project().await.unwrap();
    let before = fake.requests().len();
    assert_eq!(comments(&planner, &item).await.len(), 1);
    assert_eq!(fake.requests().len() - before, 2);
}
