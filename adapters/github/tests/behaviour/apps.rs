//! Apps: tokens of installations are made once, renewed, and never told.

use std::time::Duration;

use futures::future::join_all;
use trail_fake_github::{APP_KEY, App, Clock, GitHubFake, Kind, Level, Seed};
use trail_github::{Credential, GitHub};
use trail_port::Tracker as _;
use trail_port::tracker::Error;

use super::{item, seed, settings};

async fn with_app(clock: Clock) -> (GitHubFake, GitHub, u64) {
    let permissions = [("metadata", Level::Read), ("issues", Level::Write)];
    let fake = GitHubFake::start(Seed {
        clock,
        apps: vec![App::new(77, "trail-planner", &permissions)],
        ..seed()
    })
    .await;
    let number = fake.ui("maria").file("x", "y", &[]).unwrap();
    let mut own = settings(&fake, "");
    own.credential = Credential::App {
        app_id: "77".to_owned(),
        installation: None,
        key: APP_KEY.into(),
    };
    let github = GitHub::new(own).unwrap();
    (fake, github, number)
}

/// Counts the tokens that were made.
fn made(fake: &GitHubFake) -> usize {
    let requests = fake.requests();
    requests
        .iter()
        .filter(|own| own.kind == Kind::App && own.route.ends_with("/access_tokens"))
        .count()
}

#[tokio::test]
async fn an_app_works_as_its_bot_and_many_requests_make_one_token() {
    let (fake, github, number) = with_app(Clock::Running).await;
    let item = item(&github, number).await;
    let me = github.me().await.unwrap();
    assert_eq!((me.login.as_str(), me.bot), ("trail-planner[bot]", true));
    github.say(&item, "hello").await.unwrap();
    let there = github.read(&item, None).await.unwrap().comments;
    assert_eq!((&there[0].author, there[0].program), (&me.id, true));
    assert_eq!(made(&fake), 1);
    // The hour is over: one renewal, whoever asks first.
    fake.advance(Duration::from_secs(3_500));
    github.changes(None).await.unwrap();
    let reads = join_all((0..12).map(|_| github.read(&item, None))).await;
    assert!(reads.iter().all(Result::is_ok));
    assert_eq!(made(&fake), 2);
}

#[tokio::test]
async fn a_token_that_is_not_accepted_any_more_is_renewed_once_and_nothing_is_lost() {
    let (fake, github, number) = with_app(Clock::Running).await;
    let item = item(&github, number).await;
    fake.advance(Duration::from_secs(3_700));
    // Our clock has not told yet that it lapsed.
    github.say(&item, "hello").await.unwrap();
    assert_eq!((fake.comments_of(number).len(), made(&fake)), (1, 2));
    fake.suspend(77, true);
    fake.advance(Duration::from_secs(3_700));
    let refused = github.say(&item, "again").await;
    assert!(matches!(refused, Err(Error::Denied(_))), "{refused:?}");
}

#[tokio::test]
async fn a_clock_that_is_wrong_is_set_by_the_servers() {
    // The server lives far from the machine's time, so the first token of the App is refused.
    let (fake, github, number) = with_app(Clock::STEPPING).await;
    let item = item(&github, number).await;
    github.say(&item, "hello").await.unwrap();
    assert_eq!((fake.comments_of(number).len(), made(&fake)), (1, 1));
}

#[tokio::test]
async fn secrets_are_in_nothing_that_is_printed() {
    let (_fake, github, number) = with_app(Clock::Running).await;
    item(&github, number).await;
    let printed = format!("{github:?}");
    assert!(
        !printed.contains("PRIVATE KEY") && !printed.contains("ghs_"),
        "{printed}"
    );
}
