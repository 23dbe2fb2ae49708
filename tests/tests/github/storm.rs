//! The laws while the server fails: reads at random under all laws, writes under the law that every
//! entry lands once.

use std::time::Duration;

use trail_fake_github::{Behind, Fault, Role};
use trail_port::tracker::{Append, Error, NewItem};
use trail_record::Digest;
use trail_tests::contract::tracker::{Who, World as _};
use trail_tests::seed::Seed;

use super::{Repository, number, seed};

const POST: &str = "POST /repos/{owner}/{repo}/issues/{issue_number}/comments";
const LIST: &str = "GET /repos/{owner}/{repo}/issues/{issue_number}/comments";

/// A repository whose reads fail so often that each test meets it.
async fn stormy() -> Repository {
    let repository = Repository::start(seed()).await;
    let often = [
        ("GET *", 10, Fault::Status(502)),
        ("GET *", 10, Fault::Status(500)),
        ("GET *", 10, Fault::CutBefore),
        ("GET *", 10, Fault::CutMidway),
        ("GET *", 10, Fault::Slow(Duration::from_millis(5))),
    ];
    repository.fake.faults().seeded(11, &often);
    repository
}

mod laws {
    trail_tests::tracker_contract!(super::stormy);
}

/// Writes fail in every way, and lists lag: whoever simply calls again ends with each entry once, in
/// order.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn under_faults_of_the_server_every_entry_lands_once() {
    let from = Seed::from_env_or(1).number();
    let (mut doubts, mut posts, mut faulty) = (0, 0, 0);
    for seed in from..from + 5 {
        println!("TRAIL_SEED={seed}");
        let repository = super::repository().await;
        let new = NewItem {
            title: "storm".to_owned(),
            body: String::new(),
            labels: Vec::new(),
        };
        let human = repository.tracker(Who::Human);
        let item = human.create(&new).await.expect("nothing fails yet").id;
        let faults = repository.fake.faults();
        let often = [
            (POST, 80, Fault::CutBefore),
            (POST, 80, Fault::CutAfter),
            (POST, 80, Fault::CutMidway),
            (POST, 80, Fault::Status(503)),
            (POST, 80, Fault::DoneStatus(502)),
            (POST, 80, Fault::Malformed),
            (POST, 80, Fault::Truncated),
            (LIST, 150, Fault::Lag(Behind::Writes(1))),
            (LIST, 50, Fault::Lag(Behind::Writes(3))),
            (LIST, 30, Fault::Status(500)),
            (LIST, 30, Fault::CutMidway),
        ];
        faults.seeded(seed, &often);
        let planner = repository.tracker(Who::Planner);
        let mut expected = Vec::new();
        for n in 0..40 {
            let append = Append {
                text: format!("entry {n}"),
                key: Digest::of(format!("{seed}/{n}").as_bytes()),
                after: None,
            };
            let mut tries = 0;
            let landed = loop {
                match planner.append(&item, &append).await {
                    Ok(landed) => break landed,
                    Err(Error::Doubt(_)) => doubts += 1,
                    Err(other) => panic!("seed {seed}, entry {n}: {other}"),
                }
                tries += 1;
                assert!(tries < 50, "seed {seed}, entry {n} never lands");
            };
            expected.push((landed.id.to_string(), append.text));
        }
        faults.clear();
        let there = repository.fake.comments_of(number(&item));
        let there: Vec<_> = there
            .into_iter()
            .map(|(id, _, text)| (id.to_string(), text))
            .collect();
        assert_eq!(there, expected, "seed {seed}");
        let requests = repository.fake.requests();
        let sent = requests.iter().filter(|one| one.method == "POST");
        posts += sent.filter(|one| one.route.ends_with("/comments")).count();
        faulty += requests.iter().filter(|one| one.faulty).count();
    }
    // Without a fault there would be one for each entry.
    assert!(posts > 200, "{posts}");
    trail_tests::foreign::say(&format!(
        "200 entries landed once each: {posts} posts, {faulty} requests met a fault, {doubts} doubts"
    ));
}

/// A feed whose list lags names the change once the list has caught up.
#[tokio::test]
async fn a_change_that_a_lagging_list_hides_is_named_later() {
    let repository = super::repository().await;
    let human = repository.tracker(Who::Human);
    let new = NewItem {
        title: "lag".to_owned(),
        body: String::new(),
        labels: Vec::new(),
    };
    let item = human.create(&new).await.expect("it is made").id;
    let mut cursor = human.changes(None).await.expect("it answers").cursor;
    let list = "GET /repos/{owner}/{repo}/issues";
    let lag = Fault::Lag(Behind::Writes(1));
    repository.fake.faults().tell(list, 3, lag);
    human.say(&item, "hello").await.expect("it is said");
    let mut named = Vec::new();
    for _ in 0..3 {
        let changes = human.changes(Some(&cursor)).await.expect("it answers");
        named.push(changes.items.contains(&item));
        cursor = changes.cursor;
    }
    assert_eq!(named, [false; 3], "the list lags");
    let changes = human.changes(Some(&cursor)).await.expect("it answers");
    assert_eq!(changes.items, [item]);
}

/// Where one needs push access to be told of roles, a persona that only triages hears nobody, and is
/// told why.
#[tokio::test]
async fn whoever_may_not_ask_for_roles_takes_nobody_for_a_member() {
    let strict = trail_fake_github::Seed {
        permission_needs_push: true,
        ..seed()
    };
    let repository = Repository::start(strict).await;
    let human = repository.tracker(Who::Human).me().await.expect("it is");
    let planner = repository.tracker(Who::Planner);
    let Err(Error::Denied(why)) = planner.is_member(&human.id).await else {
        panic!("a role that is not told makes no member");
    };
    assert!(why.contains("push access"), "{why}");
    repository.fake.set_role(Who::Planner.login(), Role::Write);
    assert!(planner.is_member(&human.id).await.expect("it is told"));
    let guest = repository.tracker(Who::Guest).me().await.expect("it is");
    assert!(!planner.is_member(&guest.id).await.expect("it is told"));
}
