//! Pull requests: one per branch and head, whatever becomes of the reply.

use trail_fake_github::{Account, Fault, GitHubFake, Role, Seed};
use trail_port::forge::{Forge as _, NewPullRequest};
use trail_port::tracker::Error;
use trail_record::CommitId;

use super::{client, seed};

const POST: &str = "POST /repos/{owner}/{repo}/pulls";

async fn start() -> (GitHubFake, NewPullRequest) {
    let head = "a".repeat(40);
    let mut own = Seed {
        branches: vec![
            ("main".to_owned(), "1".repeat(40)),
            ("trail/WIDGETS-1".to_owned(), head.clone()),
        ],
        ..seed()
    };
    own.accounts.push(Account::new("reviewer", Role::Write));
    let new = NewPullRequest {
        title: "Retry uploads".to_owned(),
        body: "What was approved.\n".to_owned(),
        branch: "trail/WIDGETS-1".to_owned(),
        head: CommitId::new(head),
    };
    (GitHubFake::start(own).await, new)
}

#[tokio::test]
async fn a_pull_request_is_opened_once() {
    for fault in [
        None,
        Some(Fault::CutAfter),
        Some(Fault::DoneStatus(502)),
        Some(Fault::Malformed),
    ] {
        let (fake, new) = start().await;
        let github = client(&fake, "reviewer");
        if let Some(fault) = fault {
            fake.faults().tell(POST, 1, fault);
        }
        let opened = github.open(&new).await.unwrap();
        assert!(
            !opened.already && opened.url.contains("/pull/"),
            "{opened:?}"
        );
        let again = github.open(&new).await.unwrap();
        assert_eq!((again.url, again.already), (opened.url, true), "{fault:?}");
        assert_eq!(fake.pulls().len(), 1, "{fault:?}");
    }
}

#[tokio::test]
async fn one_that_never_came_through_can_be_opened_again() {
    let (fake, new) = start().await;
    let github = client(&fake, "reviewer");
    fake.faults().tell(POST, 1, Fault::CutBefore);
    let lost = github.open(&new).await;
    assert!(matches!(lost, Err(Error::Doubt(_))), "{lost:?}");
    assert!(!github.open(&new).await.unwrap().already);
    assert_eq!(fake.pulls().len(), 1);
}

#[tokio::test]
async fn what_is_not_ours_is_refused() {
    let (fake, new) = start().await;
    let github = client(&fake, "reviewer");
    let told = |answer: Result<trail_port::forge::Opened, Error>| match answer {
        Err(Error::Refused(why)) => why,
        other => panic!("{other:?}"),
    };
    let unpushed = NewPullRequest {
        branch: "trail/WIDGETS-2".to_owned(),
        ..new.clone()
    };
    assert!(told(github.open(&unpushed).await).contains("pushed first"));
    let behind = NewPullRequest {
        head: CommitId::new("b".repeat(40)),
        ..new.clone()
    };
    assert!(told(github.open(&behind).await).contains("somebody else pushed"));
    client(&fake, "root").open(&new).await.unwrap();
    assert!(told(github.open(&new).await).contains("opened by root"));
    let denied = client(&fake, "visitor").open(&unpushed).await;
    assert!(denied.is_err());
    assert_eq!(fake.pulls().len(), 1);
}
