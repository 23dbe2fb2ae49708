//! What `init` and `doctor` ask for.

use trail_fake_github::{Account, GitHubFake, Level, Role, Seed};
use trail_github::{Credential, GitHub};
use trail_port::Tracker as _;

use super::{client, item, seed, settings, start};

#[tokio::test]
async fn labels_that_are_missing_are_made_once() {
    let (fake, _) = start().await;
    let wanted = [
        ("trail", "0e8a16", "Worked on by Trail"),
        ("gate:plan", "#d93f0b", "Waits for approval of the plan"),
    ];
    let github = client(&fake, "root");
    assert_eq!(
        github.ensure_labels(&wanted).await.unwrap(),
        ["trail", "gate:plan"]
    );
    assert_eq!(
        github.ensure_labels(&wanted).await.unwrap(),
        [] as [&str; 0]
    );
}

#[tokio::test]
async fn rights_are_told_by_what_the_token_has() {
    let mut own = Seed {
        private: true,
        permission_needs_push: true,
        ..seed()
    };
    let fine = Account::new("coder", Role::Write).fine_grained(&[
        ("metadata", Level::Read),
        ("issues", Level::Write),
        ("contents", Level::Write),
    ]);
    own.accounts.push(fine);
    let fake = GitHubFake::start(own).await;
    let granted = |rights: &trail_github::Rights| -> Vec<(String, Option<bool>)> {
        let own = rights.permissions.iter();
        own.map(|own| (own.name.clone(), own.granted)).collect()
    };
    let named = |granted: [Option<bool>; 5]| -> Vec<(String, Option<bool>)> {
        let names = [
            "metadata: read",
            "issues: write",
            "contents: write",
            "pull requests: write",
            "roles of people: read",
        ];
        names
            .iter()
            .map(|own| (*own).to_owned())
            .zip(granted)
            .collect()
    };
    let (yes, no) = (Some(true), Some(false));
    let rights = client(&fake, "root").rights().await.unwrap();
    assert_eq!(granted(&rights), named([yes, yes, yes, yes, yes]));
    assert_eq!(
        (
            rights.repository.as_str(),
            rights.private,
            rights.archived,
            rights.issues_enabled
        ),
        ("acme/widgets", true, false, true)
    );
    let rights = client(&fake, "planner").rights().await.unwrap();
    assert_eq!(granted(&rights), named([yes, yes, no, no, no]));
    let mut own = settings(&fake, "");
    own.credential = Credential::Token("github_pat_coder".into());
    let rights = GitHub::new(own).unwrap().rights().await.unwrap();
    assert_eq!(granted(&rights), named([yes, None, None, no, yes]));
    // Nothing was written to find out.
    assert_eq!(fake.counts().writes, 0);
}

#[tokio::test]
async fn relations_are_told_where_there_are_any() {
    let (fake, number) = start().await;
    let github = client(&fake, "planner");
    let own = item(&github, number).await;
    assert_eq!(
        github.relations(&own).await.unwrap(),
        trail_github::Relations::default()
    );
    let fake = GitHubFake::start(Seed {
        relations: false,
        ..seed()
    })
    .await;
    let number = fake.ui("maria").file("x", "y", &[]).unwrap();
    let github = client(&fake, "planner");
    let own = item(&github, number).await;
    assert_eq!(
        github.relations(&own).await.unwrap(),
        trail_github::Relations::default()
    );
}

#[tokio::test]
async fn the_enterprise_address_serves_both_ports() {
    let (fake, number) = start().await;
    let mut own = settings(&fake, "planner");
    own.api = fake.enterprise_url();
    let github = GitHub::new(own).unwrap();
    let own = item(&github, number).await;
    let read = github.read(&own, None).await.unwrap();
    assert!(read.item.unedited, "GraphQL is asked beside REST");
    assert_eq!(github.changes(None).await.unwrap().items, [own]);
}
