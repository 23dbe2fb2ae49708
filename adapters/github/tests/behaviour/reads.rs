//! Reads: cheap, whole, and true at the moment of use.

use std::sync::Arc;

use trail_fake_github::{Clock, Fault, GitHubFake};
use trail_github::GitHub;
use trail_port::Tracker as _;
use trail_port::tracker::Error;

use super::{COMMENTS, client, comments, entry, item, seed, settings, start};

#[tokio::test]
async fn a_read_of_what_has_not_changed_costs_nothing_of_the_limit() {
    let (fake, number) = start().await;
    for n in 0..230 {
        fake.ui("maria")
            .comment(number, &format!("said {n}"))
            .unwrap();
    }
    let github = client(&fake, "planner");
    let item = item(&github, number).await;
    let first = github.read(&item, None).await.unwrap();
    assert_eq!(first.comments.len(), 230);
    fake.forget();
    for _ in 0..3 {
        assert_eq!(
            github.read(&item, Some(&first.cursor)).await.unwrap(),
            first
        );
    }
    let counts = fake.counts();
    assert_eq!((counts.counted, counts.reads, counts.graphql), (0, 0, 0));
    // The issue and three pages, none of which moved.
    assert_eq!(counts.not_modified, 3 * 4);
}

#[tokio::test]
async fn the_comment_after_a_full_page_is_read() {
    let (fake, number) = start().await;
    let github = client(&fake, "planner");
    let item = item(&github, number).await;
    for n in 0..100 {
        fake.ui("maria")
            .comment(number, &format!("said {n}"))
            .unwrap();
    }
    assert_eq!(comments(&github, &item).await.len(), 100);
    fake.ui("maria").comment(number, "the 101st").unwrap();
    assert_eq!(comments(&github, &item).await.len(), 101);
}

#[tokio::test]
async fn a_deletion_while_pages_are_read_hides_no_other_comment() {
    let (fake, number) = start().await;
    let fake = Arc::new(fake);
    let ids: Vec<u64> = (0..250)
        .map(|n| {
            fake.ui("maria")
                .comment(number, &format!("said {n}"))
                .unwrap()
        })
        .collect();
    let github = client(&fake, "planner");
    let item = item(&github, number).await;
    let (other, first) = (Arc::clone(&fake), ids[0]);
    // The first page is read, then one of it goes, then the others are read.
    fake.faults().before(COMMENTS, || {});
    fake.faults().before(COMMENTS, move || {
        other.ui("root").delete_comment(first).unwrap();
    });
    let there = comments(&github, &item).await;
    let there: Vec<&str> = there.iter().map(|own| own.id.as_str()).collect();
    for id in &ids[1..] {
        assert!(there.contains(&id.to_string().as_str()), "{id} is missing");
    }
}

#[tokio::test]
async fn reads_are_tried_again_a_few_times_and_then_given_up() {
    let (fake, number) = start().await;
    let github = client(&fake, "planner");
    let item = item(&github, number).await;
    for fault in [Fault::Status(502), Fault::CutBefore, Fault::CutAfter] {
        fake.faults().tell("GET *", 3, fault);
        assert_eq!(comments(&github, &item).await.len(), 0, "{fault:?}");
        fake.faults().tell("GET *", 1000, fault);
        fake.forget();
        let lost = github.read(&item, None).await;
        assert!(matches!(lost, Err(Error::Doubt(_))), "{fault:?}: {lost:?}");
        assert_eq!(fake.counts().all(), 4, "{fault:?}");
        fake.faults().clear();
    }
}

#[tokio::test]
async fn answers_that_make_no_sense_are_said_to() {
    let (fake, number) = start().await;
    let github = client(&fake, "planner");
    let item = item(&github, number).await;
    for fault in [Fault::Malformed, Fault::Truncated] {
        fake.ui("maria")
            .label(number, &format!("{fault:?}"))
            .unwrap_or(());
        fake.ui("maria")
            .comment(number, &format!("{fault:?}"))
            .unwrap();
        fake.faults().tell("GET *", 4, fault);
        let lost = github.read(&item, None).await;
        assert!(matches!(lost, Err(Error::Doubt(_))), "{fault:?}: {lost:?}");
        fake.faults().clear();
        assert!(
            !comments(&github, &item).await.is_empty(),
            "what was wrong is not kept"
        );
    }
}

#[tokio::test]
async fn what_was_edited_in_its_own_second_is_found_at_the_moment_of_use() {
    let fake = GitHubFake::start(trail_fake_github::Seed {
        clock: Clock::STILL,
        ..seed()
    })
    .await;
    let number = fake.ui("maria").file("x", "y", &[]).unwrap();
    let github = client(&fake, "planner");
    let item = item(&github, number).await;
    let id = fake.ui("maria").comment(number, "/reject CODE no").unwrap();
    let id = id.to_string().as_str().into();
    let before = github.comment(&item, &id).await.unwrap().unwrap();
    assert!(!before.edited);
    fake.ui("root")
        .edit_comment(id.as_str().parse().unwrap(), "/approve CODE")
        .unwrap();
    let after = github.comment(&item, &id).await.unwrap().unwrap();
    assert_eq!(
        (after.created, after.updated),
        (before.created, before.updated)
    );
    assert!(after.edited, "REST shows nothing of it, GraphQL does");
    // What does not answer is no proof.
    fake.faults().tell("POST /graphql", 100, Fault::Status(502));
    let other = fake.ui("maria").comment(number, "/approve CODE").unwrap();
    let asked = github
        .comment(&item, &other.to_string().as_str().into())
        .await;
    assert!(matches!(asked, Err(Error::Doubt(_))), "{asked:?}");
}

#[tokio::test]
async fn only_an_item_that_its_author_alone_wrote_is_unedited() {
    let (fake, number) = start().await;
    let github = client(&fake, "planner");
    let item = item(&github, number).await;
    let unedited = || async { github.read(&item, None).await.unwrap().item.unedited };
    assert!(unedited().await);
    let asked = github.counters().graphql;
    fake.ui("maria")
        .comment(number, "a comment changes nothing of it")
        .unwrap();
    assert!(unedited().await);
    assert_eq!(
        github.counters().graphql,
        asked,
        "one text is asked for once"
    );
    fake.ui("maria").rename(number, "by its author").unwrap();
    assert!(unedited().await);
    fake.ui("root").rename(number, "by an admin").unwrap();
    assert!(!unedited().await);
    let number = fake.ui("maria").file("x", "y", &[]).unwrap();
    let item = super::item(&github, number).await;
    fake.faults().tell("POST /graphql", 100, Fault::Status(502));
    assert!(
        !github.read(&item, None).await.unwrap().item.unedited,
        "not known"
    );
    fake.faults().clear();
    assert!(github.read(&item, None).await.unwrap().item.unedited);
}

#[tokio::test]
async fn without_graphql_nothing_is_proven_and_nothing_is_asked() {
    let (fake, number) = start().await;
    let mut own = settings(&fake, "planner");
    own.graphql = false;
    let github = GitHub::new(own).unwrap();
    assert!(!github.capabilities().proves_authorship);
    let item = item(&github, number).await;
    let landed = github.append(&item, &entry("e1")).await.unwrap();
    assert!(!github.read(&item, None).await.unwrap().item.unedited);
    assert!(github.comment(&item, &landed.id).await.unwrap().is_some());
    assert_eq!(fake.counts().graphql, 0);
}

#[tokio::test]
async fn what_a_deleted_account_wrote_is_nobodys() {
    let (fake, number) = start().await;
    let id = fake.ui("maria").comment(number, "/approve CODE").unwrap();
    fake.delete_account("maria");
    let github = client(&fake, "planner");
    let item = item(&github, number).await;
    let read = github.read(&item, None).await.unwrap();
    assert_eq!(
        (read.item.author.as_str(), read.item.unedited),
        ("ghost", false)
    );
    assert_eq!(read.comments[0].author.as_str(), "ghost");
    let one = github
        .comment(&item, &id.to_string().as_str().into())
        .await
        .unwrap();
    assert_eq!(one.unwrap().author.as_str(), "ghost");
    assert!(!github.is_member(&"ghost".into()).await.unwrap());
}
