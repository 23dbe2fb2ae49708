//! People: by id, with the role they have now.

use trail_fake_github::{Fault, Role};
use trail_port::Tracker as _;
use trail_port::tracker::Error;

use super::{client, start};

const ROLE: &str = "GET /repos/{owner}/{repo}/collaborators/{username}/permission";

#[tokio::test]
async fn members_are_those_who_may_triage_now() {
    let (fake, _) = start().await;
    let github = client(&fake, "root");
    let member = |login: &'static str| {
        let (github, id) = (github.clone(), fake.user_id(login).to_string());
        async move { github.is_member(&id.as_str().into()).await.unwrap() }
    };
    assert!(member("maria").await && member("root").await);
    assert!(!member("visitor").await);
    fake.set_role("maria", Role::None);
    assert!(!member("maria").await);
    fake.set_role("maria", Role::Maintain);
    assert!(member("maria").await);
    for stranger in ["999999999", "ghost", "maria", ""] {
        assert!(
            !github.is_member(&stranger.into()).await.unwrap(),
            "{stranger}"
        );
    }
    // What cannot be told is no yes.
    fake.faults().tell(ROLE, 100, Fault::Status(502));
    let unknown = github
        .is_member(&fake.user_id("root").to_string().as_str().into())
        .await;
    assert!(matches!(unknown, Err(Error::Doubt(_))), "{unknown:?}");
}

#[tokio::test]
async fn an_account_keeps_its_id_when_its_login_changes() {
    let (fake, number) = start().await;
    let github = client(&fake, "planner");
    let before = github.user("maria").await.unwrap();
    fake.rename_account("maria", "maria-k");
    let item = super::item(&github, number).await;
    let read = github.read(&item, None).await.unwrap();
    assert_eq!(read.item.author, before.id);
    let after = github.user(before.id.as_str()).await.unwrap();
    assert_eq!(
        (after.id, after.login.as_str()),
        (before.id.clone(), "maria-k")
    );
    assert!(github.is_member(&before.id).await.unwrap());
}
