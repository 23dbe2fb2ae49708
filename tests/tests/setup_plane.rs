//! Setting Trail up on Plane by the built binary, over the stand-in.

use std::time::{Duration, Instant};

use serde_json::Value;
use trail_fake_plane::{PlaneFake, Role, Seed, Timing};
use trail_item::criteria;
use trail_plane::{Plane, Settings};
use trail_port::Tracker as _;
use trail_tests::founding::{Founding, without};

const ITEM: &str = "\
# Say what reports are

Readers should learn what this is about.

## Acceptance criteria

- AC-1: `README.md` contains the word `quarterly`.

## Scope

Write: README.md
";

const ACCOUNTS: [&str; 7] = [
    "t-planner",
    "t-coder",
    "t-tester",
    "t-reviewer",
    "klara",
    "guest",
    "somebody",
];

/// The stand-in with four personas, an approver, a guest and a member nobody named.
async fn world() -> (PlaneFake, Founding) {
    let mut seed = Seed::new().timing(Timing::quick()).per_minute(600);
    for login in ACCOUNTS {
        let role = if login == "guest" {
            Role::Guest
        } else {
            Role::Member
        };
        seed = seed.account(login, role);
    }
    let fake = PlaneFake::start(seed).await;
    let keys = ["klara", "t-planner", "t-coder", "t-tester", "t-reviewer"].map(|own| fake.key(own));
    let variables = [
        "TRAIL_TOKEN",
        "PLANNER_KEY",
        "CODER_KEY",
        "TESTER_KEY",
        "REVIEWER_KEY",
    ];
    let pairs: Vec<(&str, &str)> = variables
        .into_iter()
        .zip(keys.iter().map(String::as_str))
        .collect();
    let own = Founding::new(&pairs);
    (fake, own)
}

fn init(own: &Founding, fake: &PlaneFake, more: &[&str]) -> (Option<i32>, String, String) {
    let mut arguments = own.flags();
    let flags = [
        "--tracker",
        "plane",
        "--plane",
        "acme/PROJ",
        "--url",
        fake.url(),
        "--credential",
        "planner=env:PLANNER_KEY",
        "--credential",
        "coder=env:CODER_KEY",
        "--credential",
        "tester=env:TESTER_KEY",
        "--credential",
        "reviewer=env:REVIEWER_KEY",
    ];
    arguments.extend(flags.map(str::to_owned));
    arguments.extend(more.iter().map(|flag| (*flag).to_owned()));
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    own.told(&arguments)
}

fn names(fake: &PlaneFake) -> Vec<(String, &'static str)> {
    let mut names = vec![
        (fake.url().to_owned(), "[plane]"),
        (fake.project(), "[project]"),
    ];
    let ids = [
        "[planner]",
        "[coder]",
        "[tester]",
        "[reviewer]",
        "[klara]",
        "[guest]",
        "[somebody]",
    ];
    names.extend(
        ACCOUNTS
            .into_iter()
            .zip(ids)
            .map(|(login, id)| (fake.user(login), id)),
    );
    names
}

/// What depends on the machine and not on the tracker.
const MACHINE: [&str; 7] = [
    "sandbox",
    "git: ",
    "trust documents",
    "'s key",
    "policy: ",
    "operator's key",
    "run workers as a user",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_sets_plane_up_and_a_second_run_changes_nothing() {
    let (fake, own) = world().await;
    let (code, out, said) = init(&own, &fake, &["--json"]);
    assert_eq!(code, Some(0), "{out}{said}");
    let made: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(made["labels_made"].as_array().unwrap().len(), 5, "{made}");
    assert_eq!(made["project"], fake.project());
    assert_eq!(made["approvers"][0]["id"], fake.user("klara"));
    let config = std::fs::read_to_string(own.dir().join("trail.toml")).unwrap();
    assert!(!config.contains(&fake.key("t-coder")), "{config}");

    let (code, out, said) = init(&own, &fake, &["--json"]);
    assert_eq!(code, Some(0), "{out}{said}");
    let again: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(again["made"], false);
    assert!(again["labels_made"].as_array().unwrap().is_empty());
    assert_eq!(
        std::fs::read_to_string(own.dir().join("trail.toml")).unwrap(),
        config
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn doctor_tells_a_good_set_up_from_a_broken_one() {
    let (fake, own) = world().await;
    let (code, out, said) = init(&own, &fake, &[]);
    assert_eq!(code, Some(0), "{out}{said}");
    let (code, out, said) = own.told(&["doctor"]);
    let good = without(&own.stable(&out, &names(&fake)), &MACHINE);
    insta::assert_snapshot!("plane_good", good);
    assert!(matches!(code, Some(0 | 1)), "{out}{said}");

    fake.deactivate_account("t-tester");
    fake.set_role("t-coder", Role::Guest);
    fake.set_role("klara", Role::Guest);
    fake.web("somebody").delete_label("gate:plan").unwrap();
    let (code, out, said) = own.told(&["doctor"]);
    assert_eq!(code, Some(1), "{out}{said}");
    let broken = without(&own.stable(&out, &names(&fake)), &MACHINE);
    insta::assert_snapshot!("plane_broken", broken);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_made_where_something_is_wrong() {
    let (fake, own) = world().await;
    for (more, why) in [
        (
            &["--credential", "coder=env:NOT_SET"][..],
            "NOT_SET is not set",
        ),
        (&["--approver", "guest"], "no full member"),
        (&["--approver", "t-coder"], "serves the coder"),
        (&["--plane", "acme/NONE"], "your token"),
    ] {
        let mut again = more.to_vec();
        if more[0] == "--plane" {
            // A flag that is given once only.
            again.clear();
        }
        let (code, out, said) = if again.is_empty() {
            let mut flags = own.flags();
            let own_flags = [
                "--tracker",
                "plane",
                "--plane",
                "acme/NONE",
                "--url",
                fake.url(),
                "--credential",
                "all=env:CODER_KEY",
            ];
            flags.extend(own_flags.map(str::to_owned));
            let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
            own.told(&flags)
        } else {
            init(&own, &fake, &again)
        };
        assert_eq!(code, Some(4), "{more:?}: {out}{said}");
        assert!(out.contains(why), "{more:?}: {out}{said}");
        assert!(
            !own.dir().exists() && !own.path("config/trail").exists(),
            "{more:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_template_is_understood_after_a_round_trip_through_plane() {
    let (fake, own) = world().await;
    let (code, html, said) = own.told(&["template", "--tracker", "plane"]);
    assert_eq!(code, Some(0), "{said}");
    let filled = html
        .replace(
            "AC-1: ",
            "AC-1: <code>greet(\"Ada\")</code> returns <code>Hello, Ada!</code>",
        )
        .replace(
            "AC-2 (keeps): ",
            "AC-2 (keeps): <code>--version</code> prints the same bytes",
        );
    let id = fake.web("klara").create_item("Greet", &filled).unwrap();
    let _ = rustls::crypto::ring::default_provider().install_default();
    let plane = Plane::new(&Settings::new(
        fake.url(),
        "acme",
        "PROJ",
        fake.key("klara").into(),
    ));
    let read = plane
        .unwrap()
        .read(&id.as_str().into(), None)
        .await
        .unwrap();
    let draft = criteria::parse(&read.item.body);
    let draft = draft.unwrap_or_else(|why| panic!("{why:?}\n{}", read.item.body));
    assert_eq!(draft.criteria.len(), 2, "{}", read.item.body);
    assert!(draft.criteria[1].keeps);
    assert_eq!(draft.scope.write, ["src/**", "tests/**"]);
    assert_eq!(draft.risk.as_str(), "medium");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn items_are_filed_started_by_code_and_missed_when_they_vanish() {
    let (fake, own) = world().await;
    let (code, out, said) = init(&own, &fake, &[]);
    assert_eq!(code, Some(0), "{out}{said}");
    std::fs::write(own.path("item.md"), ITEM).unwrap();
    let filed = own.json(&["file", "--item", "item.md", "--json"]);
    let key = filed["key"].as_str().unwrap().to_owned();
    let item = filed["id"].as_str().unwrap().to_owned();

    // Plane proves nobody's authorship: the planner asks for a word.
    let planner = own.worker("planner");
    let wait = |least: u64| {
        let until = Instant::now() + Duration::from_secs(60);
        loop {
            let status = own.json(&["status", "--json"]);
            if status[0]["entries"].as_u64() >= Some(least) {
                break status;
            }
            assert!(Instant::now() < until, "{status}\n{}", own.log());
            std::thread::sleep(Duration::from_millis(500));
        }
    };
    let asked = wait(1);
    let waits = asked[0]["waits_for"].as_str().unwrap();
    let start = waits.split('`').nth(1).unwrap_or_else(|| panic!("{waits}"));
    assert!(start.starts_with("/start "), "{waits}");
    let (code, out, said) = own.told(&["comment", &key, start]);
    assert_eq!(code, Some(0), "{out}{said}");
    wait(2);
    assert!(
        planner.stop(Duration::from_secs(50)).is_some(),
        "{}",
        own.log()
    );
    let (code, out, said) = own.told(&["verify", &key]);
    assert_eq!(code, Some(0), "{out}{said}");

    fake.web("klara").delete_item(&item).unwrap();
    for target in [&["verify"][..], &["verify", &key]] {
        let (code, out, said) = own.told(target);
        assert_eq!(code, Some(1), "{out}{said}");
        assert!(
            out.contains("vanished") && out.contains(&key),
            "{out}{said}"
        );
    }
}
