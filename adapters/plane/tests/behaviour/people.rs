//! Accounts, what they may, and what is said when they may not.

use secrecy::SecretString;
use trail_fake_plane::Role;
use trail_port::Tracker;
use trail_port::tracker::{Error, State};
use trail_record::UserId;

use super::*;

#[tokio::test]
async fn accounts_are_found_by_id_and_name() {
    let fake = start().await;
    let maria = client(&fake, "maria");
    for login in ["planner", "maria", "visitor"] {
        let me = client(&fake, login).me().await.unwrap();
        assert_eq!(me.login, login);
        assert_eq!(maria.user(login).await.unwrap(), me);
        assert_eq!(maria.user(me.id.as_str()).await.unwrap(), me);
    }
    for missing in ["nobody", "", " "] {
        let found = maria.user(missing).await;
        assert!(matches!(found, Err(Error::NotFound(_))), "{found:?}");
    }
}

#[tokio::test]
async fn guests_and_outsiders_are_no_members() {
    let seed = seed().with(trail_fake_plane::Account {
        login: "outside".to_owned(),
        workspace: Role::Member,
        project: None,
        service: false,
        offset: 3600,
    });
    let fake = PlaneFake::start(seed).await;
    let planner = client(&fake, "planner");
    for (login, member) in [
        ("maria", true),
        ("root", true),
        ("visitor", false),
        ("outside", false),
    ] {
        let id = UserId::new(fake.user(login));
        assert_eq!(planner.is_member(&id).await.unwrap(), member, "{login}");
    }
    let nobody = UserId::new("00000000-0000-4000-8000-000000000000");
    assert!(!planner.is_member(&nobody).await.unwrap());
    fake.set_role("maria", Role::Guest);
    assert!(
        !planner
            .is_member(&UserId::new(fake.user("maria")))
            .await
            .unwrap()
    );
    // Who may not see the roles cannot vouch for anybody.
    let asked = client(&fake, "visitor")
        .is_member(&UserId::new(fake.user("root")))
        .await;
    assert!(matches!(asked, Err(Error::Denied(_))), "{asked:?}");
}

#[tokio::test]
async fn refusals_say_what_may_be_wrong() {
    let fake = start().await;
    let wrong = |change: &dyn Fn(&mut Settings)| {
        let mut settings = settings(&fake, "planner");
        change(&mut settings);
        Plane::new(&settings).unwrap()
    };
    let key = wrong(&|own| own.key = SecretString::from("plane_api_nobody"));
    let Err(Error::Denied(why)) = key.me().await else {
        panic!("a wrong key")
    };
    assert!(
        why.contains("API key") && !why.contains("plane_api_nobody"),
        "{why}"
    );
    let Err(Error::Denied(_)) = key.project().await else {
        panic!("a wrong key")
    };
    let workspace = wrong(&|own| own.workspace = "nope".to_owned());
    let Err(Error::Denied(why)) = workspace.project().await else {
        panic!("a wrong workspace")
    };
    assert!(why.contains("no such workspace or project"), "{why}");
    let project = wrong(&|own| own.project = "NOPE".to_owned());
    let Err(Error::NotFound(why)) = project.project().await else {
        panic!("a wrong project")
    };
    assert!(why.contains("NOPE") && why.contains("PROJ"), "{why}");
    let uuid = wrong(&|own| own.project = "00000000-0000-4000-8000-000000000000".to_owned());
    assert!(matches!(uuid.project().await, Err(Error::Denied(_))));
    let closed = wrong(&|own| own.url = "http://127.0.0.1:9".to_owned());
    assert!(matches!(closed.me().await, Err(Error::Doubt(_))));
    // Nothing that shows an address or a text shows the key.
    let planner = client(&fake, "planner");
    assert!(!format!("{planner:?}{:?}", settings(&fake, "planner")).contains(&fake.key("planner")));
    for change in [
        &(|own: &mut Settings| own.url = "ftp://x".to_owned()) as &dyn Fn(&mut Settings),
        &|own| own.url = "https://me:pass@x".to_owned(),
        &|own| own.url = "nonsense".to_owned(),
        &|own| own.workspace = "../users".to_owned(),
        &|own| own.project = String::new(),
        &|own| own.key = SecretString::from(""),
        &|own| own.requests_per_minute = 0,
    ] {
        let mut settings = settings(&fake, "planner");
        change(&mut settings);
        let made = Plane::new(&settings);
        assert!(matches!(made, Err(Error::Refused(_))), "{made:?}");
    }
}

#[tokio::test]
async fn guests_may_speak_and_nothing_else() {
    let fake = start().await;
    let item = file(&fake, "guest").await;
    let guest = client(&fake, "visitor");
    guest.say(&item, "/approve 7K3QX-0M9TB").await.unwrap();
    for answer in [
        guest.set_labels(&item, &["gate:plan"], &[]).await,
        guest.set_labels(&item, &["quite-new"], &[]).await,
        guest.set_state(&item, State::Done).await,
    ] {
        assert!(matches!(answer, Err(Error::Denied(_))), "{answer:?}");
    }
    fake.deactivate_account("visitor");
    assert!(matches!(
        guest.say(&item, "out").await,
        Err(Error::Denied(_))
    ));
    assert!(matches!(guest.me().await, Err(Error::Denied(_))));
}

#[tokio::test]
async fn labels_are_made_once_and_rights_name_what_is_missing() {
    let fake = start().await;
    let planner = client(&fake, "planner");
    let wanted = [
        ("trail", "#0055aa", "x"),
        ("gate:pr_create", "0055aa", "asks"),
    ];
    assert_eq!(
        planner.ensure_labels(&wanted).await.unwrap(),
        ["gate:pr_create"]
    );
    assert!(planner.ensure_labels(&wanted).await.unwrap().is_empty());
    let missing = |rights: &trail_plane::Rights| {
        let missing = rights
            .permissions
            .iter()
            .filter(|own| own.granted != Some(true));
        missing.map(|own| own.name).collect::<Vec<_>>().len()
    };
    let rights = planner.rights().await.unwrap();
    assert_eq!(
        (rights.account.login.as_str(), rights.role),
        ("planner", Some(15))
    );
    assert!(rights.project.contains("PROJ"));
    let logins: Vec<&str> = rights
        .strangers
        .iter()
        .map(|own| own.login.as_str())
        .collect();
    assert!(
        logins.contains(&"visitor") && !logins.contains(&"planner"),
        "{logins:?}"
    );
    // Plane has no state of its own in which work waits.
    assert_eq!(missing(&rights), 1);
    let guest = client(&fake, "visitor").rights().await.unwrap();
    assert_eq!(guest.role, Some(5));
    assert_eq!(missing(&guest), 3);
    assert!(
        guest
            .permissions
            .iter()
            .all(|own| !own.how_to_grant.is_empty())
    );
}
