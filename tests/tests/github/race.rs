//! Eight personas who append at once: everybody sees one order, and it never changes.

use std::collections::BTreeMap;

use futures::future::join_all;
use trail_fake_github::{Account, Clock, GitHubFake, Role};
use trail_github::GitHub;
use trail_port::Tracker as _;
use trail_port::tracker::Append;
use trail_record::{CommentId, Digest, ItemId};

use super::{seed, settings};

/// How many personas race.
const RACERS: usize = 8;
/// For how many items.
const ITEMS: usize = 10;
/// How often for each.
const ROUNDS: usize = 10;

async fn order(github: &GitHub, item: &ItemId) -> Vec<CommentId> {
    let read = github.read(item, None).await.expect("it is there");
    read.comments.into_iter().map(|one| one.id).collect()
}

/// All in one second: the times of the comments decide nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_eight_personas_who_append_at_once_all_see_one_order() {
    let logins: Vec<String> = (0..RACERS).map(|n| format!("persona-{n}")).collect();
    let accounts = logins.iter().map(|login| Account::new(login, Role::Triage));
    let fake = GitHubFake::start(trail_fake_github::Seed {
        accounts: accounts.collect(),
        clock: Clock::STILL,
        ..seed()
    })
    .await;
    let racers: Vec<GitHub> = logins
        .iter()
        .map(|login| GitHub::new(settings(&fake, &format!("ghp_{login}"))).expect("good settings"))
        .collect();
    let mut firsts = BTreeMap::new();
    for n in 0..ITEMS {
        let title = format!("race {n}");
        let filed = fake.ui("persona-0").file(&title, "", &[]);
        race(&fake, &racers, filed.expect("it is filed"), &mut firsts).await;
    }
    trail_tests::foreign::say(&format!(
        "{} rounds of {RACERS}: one order each time; first were {firsts:?}",
        ITEMS * ROUNDS
    ));
}

/// Lets all race for one item; counts who was first.
async fn race(
    fake: &GitHubFake,
    racers: &[GitHub],
    number: u64,
    firsts: &mut BTreeMap<usize, usize>,
) {
    let key = format!("{}-{number}", racers[0].prefix());
    let item = racers[0]
        .find(&key.as_str().into())
        .await
        .expect("it is there");
    let mut settled: Vec<CommentId> = Vec::new();
    for round in 0..ROUNDS {
        let after = settled.last().cloned();
        let calls = racers.iter().enumerate().map(|(n, racer)| {
            let (racer, item) = (racer.clone(), item.clone());
            let append = Append {
                text: format!("entry {round}/{n}"),
                key: Digest::of(format!("{number}/{round}/{n}").as_bytes()),
                after: after.clone(),
            };
            tokio::spawn(async move {
                let landed = racer.append(&item, &append).await.expect("it lands");
                assert!(!landed.already);
                // What this one sees at once, its own entry among it.
                (landed.id, order(&racer, &item).await)
            })
        });
        let calls = join_all(calls).await;
        let seen: Vec<(CommentId, Vec<CommentId>)> = calls
            .into_iter()
            .map(|call| call.expect("no racer panics"))
            .collect();
        let whole = order(&racers[round % RACERS], &item).await;
        assert_eq!(whole.len(), settled.len() + RACERS, "round {round}");
        assert!(whole.starts_with(&settled), "round {round}: the past moved");
        for (own, seen) in &seen {
            assert!(
                seen.contains(own),
                "round {round}: {own} is not in the next read"
            );
            assert!(
                whole.starts_with(seen),
                "round {round}: {seen:?} in {whole:?}"
            );
        }
        for racer in racers {
            assert_eq!(order(racer, &item).await, whole, "round {round}");
        }
        let first = seen
            .iter()
            .position(|(own, _)| *own == whole[settled.len()]);
        *firsts
            .entry(first.expect("somebody was first"))
            .or_default() += 1;
        settled = whole;
    }
    assert_eq!(fake.comments_of(number).len(), ROUNDS * RACERS);
}
