//! What GitHub refuses is said in words that help, and nothing is lost.

use std::time::Duration;

use trail_fake_github::{Fault, GitHubFake, Role};
use trail_port::Tracker as _;
use trail_port::tracker::{Error, NewItem};

use super::{client, entry, item, start};

#[tokio::test]
async fn an_issue_that_is_not_there_any_more_is_not_found() {
    let (fake, number) = start().await;
    let github = client(&fake, "planner");
    let item = item(&github, number).await;
    let other = fake.ui("maria").file("other", "", &[]).unwrap();
    let moved = super::item(&github, other).await;
    fake.ui("root").delete_issue(number).unwrap();
    fake.ui("root").transfer(other, "elsewhere").unwrap();
    for item in [&item, &moved] {
        for answer in [
            github.read(item, None).await.map(drop),
            github.append(item, &entry("e1")).await.map(drop),
            github.say(item, "x").await.map(drop),
            github.comment(item, &"1".into()).await.map(drop),
        ] {
            assert!(
                matches!(answer, Err(Error::NotFound(_))),
                "{item}: {answer:?}"
            );
        }
    }
    // The number of another issue with the id of this one.
    let third = fake.ui("maria").file("third", "", &[]).unwrap();
    let id = item.as_str().split_once('-').unwrap().1;
    let forged = format!("{third}-{id}").as_str().into();
    let answer = github.read(&forged, None).await;
    assert!(matches!(answer, Err(Error::NotFound(_))), "{answer:?}");
}

#[tokio::test]
async fn a_renamed_repository_is_followed_with_reads_and_writes() {
    let (fake, number) = start().await;
    let github = client(&fake, "planner");
    let item = item(&github, number).await;
    let project = github.project().await.unwrap();
    fake.rename_repository("gadgets");
    let landed = github.append(&item, &entry("e1")).await.unwrap();
    let read = github.read(&item, None).await.unwrap();
    assert_eq!(read.comments[0].id, landed.id);
    assert_eq!(github.project().await.unwrap(), project);
    assert_eq!(github.changes(None).await.unwrap().items, [item]);
}

#[tokio::test]
async fn refusals_say_what_to_do() {
    /// As whom, what happened before, and what is said then.
    type Case = (&'static str, fn(&GitHubFake, u64), &'static str);
    let words: [Case; 6] = [
        ("planner", |fake, _| fake.archive(true), "archived"),
        (
            "planner",
            |fake, _| fake.enable_issues(false),
            "issues are disabled",
        ),
        (
            "visitor",
            |fake, number| fake.ui("root").lock(number, true).unwrap(),
            "locked",
        ),
        (
            "planner",
            |fake, _| fake.revoke("ghp_planner"),
            "expired or revoked",
        ),
        ("planner", |fake, _| fake.exhaust("planner"), "rate limited"),
        (
            "planner",
            |fake, _| {
                fake.make_private(true);
                fake.set_role("planner", Role::None);
            },
            "may not see it",
        ),
    ];
    for (login, act, expected) in words {
        let (fake, number) = start().await;
        let github = client(&fake, login);
        let item = item(&github, number).await;
        act(&fake, number);
        let told = github.say(&item, "hello").await.unwrap_err().to_string();
        assert!(told.contains(expected), "{expected}: {told}");
        assert!(!told.contains("ghp_"), "{told}");
        assert_eq!(fake.comments_of(number).len(), 0);
    }
}

#[tokio::test]
async fn a_primary_limit_is_waited_out_by_the_servers_clock() {
    let (fake, number) = start().await;
    let github = client(&fake, "planner");
    let item = item(&github, number).await;
    let limit = Fault::Primary {
        status: 403,
        reset_in: 1234,
    };
    fake.faults().tell("GET *", 1, limit);
    let limited = github.read(&item, None).await;
    let Err(Error::RateLimited { retry_after }) = limited else {
        panic!("{limited:?}")
    };
    let wait = retry_after.as_secs();
    assert!((1230..=1240).contains(&wait), "{wait} s");
}

#[tokio::test]
async fn labels_that_are_dropped_are_told() {
    let (fake, _) = start().await;
    let new = NewItem {
        title: "x".to_owned(),
        body: "y".to_owned(),
        labels: vec!["gate:plan".to_owned()],
    };
    let told = client(&fake, "visitor").create(&new).await.unwrap_err();
    assert!(matches!(told, Error::Denied(_)), "{told:?}");
    let told = told.to_string();
    assert!(
        told.contains("was filed") && told.contains("gate:plan"),
        "{told}"
    );
    let made = client(&fake, "root").create(&new).await.unwrap();
    assert_eq!(made.labels, ["gate:plan"]);
}

#[tokio::test]
async fn a_slow_server_is_given_up_and_its_entry_found() {
    let (fake, number) = start().await;
    let mut own = super::settings(&fake, "planner");
    own.timeouts.request = Duration::from_millis(400);
    let github = trail_github::GitHub::new(own).unwrap();
    let item = item(&github, number).await;
    fake.faults()
        .tell(super::POST, 1, Fault::Slow(Duration::from_millis(800)));
    let landed = github.append(&item, &entry("e1")).await;
    if let Err(error) = &landed {
        assert!(matches!(error, Error::Doubt(_)), "{error:?}");
        tokio::time::sleep(Duration::from_millis(800)).await;
        github.append(&item, &entry("e1")).await.unwrap();
    }
    assert_eq!(fake.comments_of(number).len(), 1);
}
