//! Appending under everything that goes wrong, and the order that everybody reads.

use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use trail_fake_plane::{Fault, On, PlaneFake, Route, Timing};
use trail_port::Tracker;
use trail_port::tracker::Error;
use trail_record::{CommentId, ItemId};

use super::*;

/// Appends as the worker does: again while it is unknown whether it was done.
async fn surely(plane: &Plane, item: &ItemId, append: &Append) -> CommentId {
    for _ in 0..20 {
        match plane.append(item, append).await {
            Ok(landed) => return landed.id,
            Err(Error::Doubt(_)) => {}
            Err(other) => panic!("{other}"),
        }
    }
    panic!("twenty doubts in a row");
}

#[tokio::test]
async fn whatever_becomes_of_the_answer_the_entry_is_there_once() {
    let fake = start().await;
    let planner = client(&fake, "planner");
    let faults = [
        Fault::Status(502),
        Fault::StoredThenStatus(500),
        Fault::CutBefore,
        Fault::CutAfter,
        Fault::CutInAnswer,
        Fault::DieBetweenWrites,
        Fault::Garbage,
        Fault::Truncated,
    ];
    let item = file(&fake, "faults").await;
    let mut expected = Vec::new();
    for (at, fault) in faults.into_iter().enumerate() {
        fake.faults().next(On::post(Route::Comments), fault, 1);
        let append = entry(&format!("e{at}"), None);
        let id = surely(&planner, &item, &append).await;
        let again = planner.append(&item, &append).await.unwrap();
        assert_eq!((again.id, again.already), (id, true), "{fault:?}");
        expected.push(append.text);
        assert_eq!(fake.comments(item.as_str()).len(), at + 1, "{fault:?}");
    }
    assert_eq!(
        texts(&comments(&client(&fake, "maria"), &item).await),
        expected
    );
}

#[tokio::test]
async fn a_second_call_whose_answer_is_lost_knows_that_it_was_there_already() {
    let fake = start().await;
    let item = file(&fake, "twice lost").await;
    let planner = client(&fake, "planner");
    fake.faults()
        .next(On::post(Route::Comments), Fault::StoredThenStatus(500), 2);
    let first = planner.append(&item, &entry("e", None)).await.unwrap();
    let second = planner.append(&item, &entry("e", None)).await.unwrap();
    assert!(!first.already && second.already);
    assert_eq!(first.id, second.id);
}

#[tokio::test]
async fn a_broken_broker_stores_and_says_no_and_the_entry_is_found() {
    let fake = start().await;
    let item = file(&fake, "broker").await;
    fake.faults().broker_down(true);
    let planner = client(&fake, "planner");
    let landed = planner.append(&item, &entry("e", None)).await.unwrap();
    assert!(!landed.already);
    let said = planner.say(&item, "said once").await.unwrap();
    assert_eq!(fake.comments(item.as_str()).len(), 2);
    fake.faults().broker_down(false);
    let there = comments(&planner, &item).await;
    assert_eq!(
        there.iter().map(|own| own.id.clone()).collect::<Vec<_>>(),
        [landed.id, said]
    );
}

#[tokio::test]
async fn a_key_that_somebody_took_keeps_nobody_from_appending() {
    let fake = start().await;
    let (item, other) = (file(&fake, "squat").await, file(&fake, "other").await);
    let planner = client(&fake, "planner");
    let append = entry("mine", None);
    let key = append.key.to_string();
    let squat = |html: &str| serde_json::json!({"comment_html": html, "external_source": "trail", "external_id": key});
    // On another item, with other words; the scope of the ids is the project.
    post_raw(&fake, "visitor", &other, squat("<p>mine</p>")).await;
    let landed = planner.append(&item, &append).await.unwrap();
    assert!(!landed.already);
    let again = planner.append(&item, &append).await.unwrap();
    assert_eq!((again.id, again.already), (landed.id.clone(), true));
    let there = comments(&planner, &item).await;
    assert_eq!(texts(&there), [append.text.as_str()]);
    assert_eq!(there[0].author, planner.me().await.unwrap().id);
}

#[tokio::test]
async fn the_same_bytes_by_another_account_are_not_this_authors() {
    let fake = start().await;
    let item = file(&fake, "same bytes").await;
    let (planner, coder) = (client(&fake, "planner"), client(&fake, "coder"));
    let append = entry("same", None);
    let by_planner = planner.append(&item, &append).await.unwrap();
    let by_coder = coder.append(&item, &append).await.unwrap();
    assert!(!by_coder.already);
    assert_ne!(by_coder.id, by_planner.id);
    let there = comments(&planner, &item).await;
    assert_eq!(there.len(), 2);
    assert_ne!(there[0].author, there[1].author);
}

#[tokio::test]
async fn an_entry_that_was_edited_is_no_success_and_stays_visible_as_edited() {
    let fake = start().await;
    let item = file(&fake, "edited").await;
    let planner = client(&fake, "planner");
    let first = planner.append(&item, &entry("e", None)).await.unwrap();
    fake.web("root")
        .edit_comment(item.as_str(), first.id.as_str(), "<p>nothing happened</p>")
        .unwrap();
    let again = planner.append(&item, &entry("e", None)).await.unwrap();
    assert_ne!(again.id, first.id);
    let there = comments(&planner, &item).await;
    assert_eq!(there.len(), 2);
    assert!(there[0].edited && !there[1].edited);
    assert!(there[0].updated > there[0].created);
}

#[tokio::test]
async fn processes_that_append_the_same_entry_at_once_get_the_same_comment() {
    let fake = PlaneFake::start(seed().timing(Timing::quick())).await;
    let item = file(&fake, "race").await;
    let mut stored = 0;
    for round in 0..12 {
        let append = entry(&format!("e{round}"), None);
        let calls = (0..4).map(|_| {
            let (plane, item, append) = (client(&fake, "planner"), item.clone(), append.clone());
            tokio::spawn(async move { surely(&plane, &item, &append).await })
        });
        let ids: Vec<CommentId> = join_all(calls)
            .await
            .into_iter()
            .map(Result::unwrap)
            .collect();
        let there = comments(&client(&fake, "maria"), &item).await;
        assert_eq!(there.len(), round + 1, "each entry reads once");
        let first = &there[round].id;
        assert!(ids.iter().all(|id| id == first), "{ids:?} {first:?}");
        stored = fake.comments(item.as_str()).len();
    }
    println!("12 entries appended by 4 processes each: {stored} comments stored, 12 read");
    assert!(stored >= 12);
}

/// The law of order: what was read stays as it was, and what comes later stands behind it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readers_see_one_order_that_only_grows_while_writers_race() {
    let timing = Timing {
        rewrite: Duration::from_millis(20)..Duration::from_millis(60),
        ..Timing::quick()
    };
    let fake = Arc::new(PlaneFake::start(seed().timing(timing)).await);
    let item = file(&fake, "order").await;
    let writers: Vec<_> = (0..4)
        .map(|writer| {
            let (fake, item) = (Arc::clone(&fake), item.clone());
            let login = ["planner", "coder"][writer % 2];
            tokio::spawn(async move {
                let plane = client(&fake, login);
                for round in 0..5 {
                    let append = entry(&format!("{writer}/{round}"), None);
                    let landed = plane.append(&item, &append).await.unwrap();
                    // The law: after it returns, anybody reads it, in its final place.
                    let other = client(&fake, "maria");
                    let seen = comments(&other, &item).await;
                    let at = seen.iter().position(|own| own.id == landed.id).unwrap();
                    let later = comments(&other, &item).await;
                    assert_eq!(later.iter().position(|own| own.id == landed.id), Some(at));
                }
            })
        })
        .collect();
    let reader = client(&fake, "maria");
    let mut before: Vec<CommentId> = Vec::new();
    let mut reads = 0;
    while before.len() < 20 {
        let now: Vec<CommentId> = comments(&reader, &item)
            .await
            .into_iter()
            .map(|own| own.id)
            .collect();
        assert_eq!(
            now[..before.len()],
            before[..],
            "the order changed after {reads} reads"
        );
        before = now;
        reads += 1;
    }
    for writer in writers {
        writer.await.unwrap();
    }
    assert!(reads > 1);
}

#[tokio::test]
async fn a_replica_that_lags_is_waited_for() {
    let fake = start().await;
    let item = file(&fake, "lag").await;
    fake.faults().lag(Some(Duration::from_millis(400)));
    let planner = client(&fake, "planner");
    for name in ["one", "two"] {
        let landed = planner.append(&item, &entry(name, None)).await.unwrap();
        let there = comments(&client(&fake, "coder"), &item).await;
        assert_eq!(there.last().unwrap().id, landed.id);
    }
}

#[tokio::test]
async fn throttled_requests_are_told_and_the_budget_holds_them_back() {
    let fake = start().await;
    let item = file(&fake, "throttled").await;
    let mut settings = settings(&fake, "planner");
    settings.wait = Duration::from_millis(200);
    let planner = Plane::new(&settings).unwrap();
    planner.me().await.unwrap();
    fake.faults()
        .next(On::post(Route::Comments), Fault::Throttled(54), 1);
    planner.project().await.unwrap();
    let refused = planner.append(&item, &entry("e", None)).await;
    let Err(Error::RateLimited { retry_after }) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(retry_after, Duration::from_secs(54));
    // Nothing more is sent until then.
    let before = fake.requests().len();
    let again = planner.append(&item, &entry("e", None)).await;
    assert!(matches!(again, Err(Error::RateLimited { .. })), "{again:?}");
    assert_eq!(fake.requests().len(), before);
    assert_eq!(planner.counters().refused, 1);
    assert_eq!(fake.comments(item.as_str()).len(), 0);
}

#[tokio::test]
async fn processes_of_one_key_that_share_a_budget_never_meet_the_limit() {
    let fake = PlaneFake::start(seed().per_minute(30)).await;
    let dir = tempfile::tempdir().unwrap();
    let mut settings = settings(&fake, "planner");
    settings.requests_per_minute = 30;
    settings.budget = Some(dir.path().join("planner.json"));
    settings.wait = Duration::ZERO;
    let processes: Vec<Plane> = (0..3).map(|_| Plane::new(&settings).unwrap()).collect();
    let mut answered = 0;
    for round in 0..60 {
        match processes[round % 3].me().await {
            Ok(_) => answered += 1,
            Err(Error::RateLimited { .. }) => {}
            Err(other) => panic!("{other}"),
        }
    }
    assert_eq!(answered, 30);
    let refused = fake
        .requests()
        .iter()
        .filter(|seen| seen.status == Some(429))
        .count();
    assert_eq!(refused, 0);
}

#[tokio::test]
async fn what_does_not_fit_is_refused_and_never_cut() {
    let fake = start().await;
    let item = file(&fake, "long").await;
    let planner = client(&fake, "planner");
    let limit = planner.capabilities().max_comment;
    let longest = "€".repeat(limit);
    let id = planner.say(&item, &longest).await.unwrap();
    assert!(planner.comment(&item, &id).await.unwrap().unwrap().text == longest);
    for text in [longest + "€", " \n".to_owned(), String::new()] {
        let refused = planner.say(&item, &text).await;
        assert!(matches!(refused, Err(Error::Refused(_))), "{refused:?}");
    }
    assert_eq!(fake.comments(item.as_str()).len(), 1);
}

#[tokio::test]
async fn items_that_are_not_there_are_not_found_by_anything() {
    let fake = start().await;
    let item = file(&fake, "vanishes").await;
    let planner = client(&fake, "planner");
    let said = planner.say(&item, "x").await.unwrap();
    fake.web("root").delete_item(item.as_str()).unwrap();
    for item in [
        item,
        ItemId::new("00000000-0000-4000-8000-000000000000"),
        ItemId::new("../users"),
        ItemId::new(""),
    ] {
        let answers = [
            planner.read(&item, None).await.map(drop),
            planner.comment(&item, &said).await.map(drop),
            planner.append(&item, &entry("e", None)).await.map(drop),
            planner.say(&item, "x").await.map(drop),
            planner.history(&item).await.map(drop),
            planner.set_labels(&item, &["trail"], &[]).await,
            planner
                .set_state(&item, trail_port::tracker::State::Done)
                .await,
        ];
        for (at, answer) in answers.iter().enumerate() {
            assert!(
                matches!(answer, Err(Error::NotFound(_))),
                "{item} {at}: {answer:?}"
            );
        }
    }
}
