//! An entry lands once, whatever becomes of requests and replies.

use std::time::Duration;

use trail_fake_github::{Behind, Fault};
use trail_github::{GitHub, Rule};
use trail_port::Tracker as _;
use trail_port::tracker::{Error, State};

use super::{COMMENTS, POST, client, comments, entry, item, settings, start};

/// Counts the requests that matched.
fn asked(fake: &trail_fake_github::GitHubFake, route: &str) -> usize {
    let matches = |method: &str, own: &str| format!("{method} {own}") == route;
    let requests = fake.requests();
    requests
        .iter()
        .filter(|own| matches(&own.method, &own.route))
        .count()
}

#[tokio::test]
async fn an_entry_that_was_stored_is_found_whatever_became_of_the_reply() {
    for fault in [
        Fault::CutAfter,
        Fault::CutMidway,
        Fault::DoneStatus(502),
        Fault::Malformed,
        Fault::Truncated,
    ] {
        let (fake, number) = start().await;
        let github = client(&fake, "planner");
        let item = item(&github, number).await;
        fake.faults().tell(POST, 1, fault);
        let landed = github.append(&item, &entry("e1")).await.unwrap();
        assert!(!landed.already, "{fault:?}");
        let again = github.append(&item, &entry("e1")).await.unwrap();
        assert_eq!((again.id, again.already), (landed.id, true), "{fault:?}");
        assert_eq!(fake.comments_of(number).len(), 1, "{fault:?}");
        assert_eq!(asked(&fake, POST), 1, "{fault:?}: it was sent once");
    }
}

#[tokio::test]
async fn an_entry_that_never_came_through_is_not_sent_again_by_itself() {
    for fault in [Fault::CutBefore, Fault::Status(503)] {
        let (fake, number) = start().await;
        let github = client(&fake, "planner");
        let item = item(&github, number).await;
        fake.faults().tell(POST, 1, fault);
        let lost = github.append(&item, &entry("e1")).await;
        assert!(matches!(lost, Err(Error::Doubt(_))), "{fault:?}: {lost:?}");
        assert_eq!(asked(&fake, POST), 1, "{fault:?}");
        let landed = github.append(&item, &entry("e1")).await.unwrap();
        assert!(!landed.already);
        assert_eq!(fake.comments_of(number).len(), 1);
    }
}

#[tokio::test]
async fn a_crash_after_a_lost_reply_gives_one_entry() {
    let (fake, number) = start().await;
    let github = client(&fake, "planner");
    let item = item(&github, number).await;
    fake.faults().tell(POST, 1, Fault::CutAfter);
    // The process ends while the request is on its way.
    let append = entry("e1");
    let call = github.append(&item, &append);
    let _ = tokio::time::timeout(Duration::from_millis(30), call).await;
    drop(github);
    let github = client(&fake, "planner");
    github.append(&item, &append).await.unwrap();
    assert_eq!(fake.comments_of(number).len(), 1);
}

#[tokio::test]
async fn a_list_that_lags_hides_no_entry_of_ours() {
    let (fake, number) = start().await;
    let github = client(&fake, "planner");
    let item = item(&github, number).await;
    fake.faults()
        .tell(COMMENTS, 1000, Fault::Lag(Behind::Writes(1)));
    let landed = github.append(&item, &entry("e1")).await.unwrap();
    let there = comments(&github, &item).await;
    assert_eq!(there.len(), 1);
    assert_eq!(there[0].id, landed.id);
    // Asked again while the list still lacks it.
    assert!(github.append(&item, &entry("e1")).await.unwrap().already);
    fake.faults().clear();
    assert_eq!(comments(&github, &item).await.len(), 1);
    assert_eq!(fake.comments_of(number).len(), 1);
}

#[tokio::test]
async fn only_our_own_comment_counts_as_our_entry() {
    let (fake, number) = start().await;
    let append = entry("e1");
    fake.ui("visitor").comment(number, &append.text).unwrap();
    let github = client(&fake, "planner");
    let item = item(&github, number).await;
    let landed = github.append(&item, &append).await.unwrap();
    assert!(
        !landed.already,
        "a stranger who pastes it answers for nobody"
    );
    // Its words were edited by an admin, its entry not: it landed, and the chain says what is wrong.
    let id = landed.id.as_str().parse().unwrap();
    let edited = append.text.replace("e1\n\n", "approved\n\n");
    fake.ui("root").edit_comment(id, &edited).unwrap();
    assert!(github.append(&item, &append).await.unwrap().already);
    assert_eq!(fake.comments_of(number).len(), 2);
}

#[tokio::test]
async fn an_entry_on_the_last_of_many_pages_is_found() {
    let (fake, number) = start().await;
    let github = client(&fake, "planner");
    let item = item(&github, number).await;
    for n in 0..250 {
        fake.ui("maria")
            .comment(number, &format!("said {n}"))
            .unwrap();
    }
    let landed = github.append(&item, &entry("e1")).await.unwrap();
    fake.ui("maria").comment(number, "after").unwrap();
    let fresh = client(&fake, "planner");
    let again = fresh.append(&item, &entry("e1")).await.unwrap();
    assert_eq!((again.id, again.already), (landed.id, true));
    assert_eq!(comments(&fresh, &item).await.len(), 252);
}

#[tokio::test]
async fn a_secondary_limit_holds_everything_until_it_is_over() {
    let (fake, number) = start().await;
    let github = client(&fake, "planner");
    let item = item(&github, number).await;
    let limit = Fault::Secondary {
        status: 403,
        retry_after: Some(1),
    };
    fake.faults().tell(POST, 1, limit);
    let limited = github.say(&item, "hello").await;
    assert!(
        matches!(limited, Err(Error::RateLimited { .. })),
        "{limited:?}"
    );
    let before = fake.counts().all();
    for _ in 0..5 {
        let held = github.read(&item, None).await;
        assert!(matches!(held, Err(Error::RateLimited { .. })), "{held:?}");
    }
    assert_eq!(fake.counts().all(), before, "nothing is asked meanwhile");
    tokio::time::sleep(Duration::from_millis(1100)).await;
    github.say(&item, "hello").await.unwrap();
    assert_eq!(
        (github.counters().limited, fake.comments_of(number).len()),
        (1, 1)
    );
}

#[tokio::test]
async fn processes_of_one_identity_share_its_budget() {
    let (fake, number) = start().await;
    let directory = tempfile::tempdir().unwrap();
    let make = || {
        let mut own = settings(&fake, "planner");
        own.writes = vec![Rule::new(3, Duration::from_secs(3600))];
        own.budget = Some(directory.path().to_owned());
        GitHub::new(own).unwrap()
    };
    let (one, other) = (make(), make());
    let item = item(&one, number).await;
    for (n, github) in [&one, &other, &one].into_iter().enumerate() {
        github.say(&item, &format!("{n}")).await.unwrap();
    }
    for github in [&one, &other] {
        let held = github.say(&item, "more").await;
        assert!(matches!(held, Err(Error::RateLimited { .. })), "{held:?}");
    }
    assert_eq!(fake.comments_of(number).len(), 3);
    let files: Vec<_> = std::fs::read_dir(directory.path()).unwrap().collect();
    assert!(!files.is_empty());
    for file in files {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        assert!(!text.contains("ghp_"), "{text}");
    }
}

#[tokio::test]
async fn showing_a_state_writes_only_what_differs() {
    let (fake, number) = start().await;
    let github = client(&fake, "planner");
    let item = item(&github, number).await;
    let told = github.set_state(&item, State::Waiting).await.unwrap_err();
    assert!(told.to_string().contains("trail init"), "{told}");
    let labels =
        ["trail:waiting", "trail:in-progress", "trail:backlog"].map(|own| (own, "ededed", ""));
    client(&fake, "root").ensure_labels(&labels).await.unwrap();
    for (state, writes) in [
        (State::InProgress, 1),
        (State::InProgress, 0),
        (State::Waiting, 2),
        (State::Done, 2),
        (State::Done, 0),
        (State::Cancelled, 1),
        (State::Todo, 1),
        (State::Backlog, 1),
    ] {
        let before = github.counters().writes;
        github.set_state(&item, state).await.unwrap();
        assert_eq!(github.counters().writes - before, writes, "{state}");
        let shown = github.read(&item, None).await.unwrap().item;
        assert_eq!((shown.state, shown.labels), (state, Vec::<String>::new()));
    }
}
