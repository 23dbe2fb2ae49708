//! Setting Trail up on GitHub by the built binary, over the stand-in.

use std::time::{Duration, Instant};

use serde_json::Value;
use trail_fake_github::{Account, GitHubFake, Level, Role, Seed};
use trail_tests::founding::{Founding, without};

const ITEM: &str = "\
# Say what reports are

Readers should learn what this is about.

## Acceptance criteria

- AC-1: `README.md` contains the word `quarterly`.

## Scope

Write: README.md
";

/// The stand-in with four personas, an approver and an outsider, and a repository beside it.
async fn world() -> (GitHubFake, Founding) {
    let persona = |login: &str| Account::new(login, Role::Write);
    let fake = GitHubFake::start(Seed::with([
        persona("t-planner"),
        persona("t-coder"),
        persona("t-tester"),
        persona("t-reviewer"),
        Account::new("klara", Role::Admin),
        Account::new("stranger", Role::None),
    ]))
    .await;
    let own = Founding::new(&[
        ("TRAIL_TOKEN", "ghp_klara"),
        ("PLANNER_TOKEN", "ghp_t-planner"),
        ("CODER_TOKEN", "ghp_t-coder"),
        ("TESTER_TOKEN", "ghp_t-tester"),
        ("REVIEWER_TOKEN", "ghp_t-reviewer"),
    ]);
    (fake, own)
}

/// Runs `init` with what every persona needs, and with `more`.
fn init(own: &Founding, fake: &GitHubFake, more: &[&str]) -> (Option<i32>, String, String) {
    let mut arguments = own.flags();
    let flags = [
        "--tracker",
        "github",
        "--github",
        "acme/widgets",
        "--url",
        fake.url(),
        "--prefix",
        "REP",
        "--credential",
        "planner=env:PLANNER_TOKEN",
        "--credential",
        "coder=env:CODER_TOKEN",
        "--credential",
        "tester=env:TESTER_TOKEN",
        "--credential",
        "reviewer=env:REVIEWER_TOKEN",
    ];
    arguments.extend(flags.map(str::to_owned));
    arguments.extend(more.iter().map(|flag| (*flag).to_owned()));
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    own.told(&arguments)
}

/// The ids and addresses that differ from run to run, with what stands for them.
fn names(fake: &GitHubFake) -> Vec<(String, &'static str)> {
    vec![(fake.url().to_owned(), "[github]")]
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
async fn a_person_sets_github_up_and_a_second_run_changes_nothing() {
    let (fake, own) = world().await;
    let (code, out, said) = init(&own, &fake, &["--json", "--write-template"]);
    assert_eq!(code, Some(0), "{out}{said}");
    let made: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(made["made"], true);
    assert_eq!(made["labels_made"].as_array().unwrap().len(), 8, "{made}");
    let klara = fake.user_id("klara").to_string();
    assert_eq!(made["approvers"][0]["id"], klara.as_str());
    assert_eq!(made["templates_written"].as_array().unwrap().len(), 2);
    assert!(
        own.path("reports/.github/ISSUE_TEMPLATE/trail.yml")
            .is_file()
    );

    // What is written down: ids of accounts, names of variables, and no token.
    let trust = std::fs::read_to_string(own.dir().join("trust/0001.json")).unwrap();
    let config = std::fs::read_to_string(own.dir().join("trail.toml")).unwrap();
    assert!(
        !trust.contains("ghp_") && !config.contains("ghp_"),
        "{config}"
    );
    assert!(config.contains("token_env = \"CODER_TOKEN\""), "{config}");
    let listed = own.json(&["keys", "list", "--json"]);
    let coder = fake.user_id("t-coder").to_string();
    let keys = listed["keys"].as_array().unwrap();
    assert!(
        keys.iter()
            .any(|key| key["persona"] == "coder" && key["account"] == coder.as_str())
    );

    let before = fake.counts().writes;
    let (code, out, said) = init(&own, &fake, &["--json", "--write-template"]);
    assert_eq!(code, Some(0), "{out}{said}");
    let again: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(again["made"], false);
    assert!(again["labels_made"].as_array().unwrap().is_empty());
    assert!(again["templates_written"].as_array().unwrap().is_empty());
    assert_eq!(
        fake.counts().writes,
        before,
        "the second run writes nothing"
    );
    assert_eq!(
        std::fs::read_to_string(own.dir().join("trail.toml")).unwrap(),
        config
    );

    // Another repository is no second run.
    let (code, _, said) = init(&own, &fake, &["--github", "acme/other"]);
    assert_ne!(code, Some(0), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn doctor_tells_a_good_set_up_from_a_broken_one() {
    let (fake, own) = world().await;
    let (code, out, said) = init(&own, &fake, &[]);
    assert_eq!(code, Some(0), "{out}{said}");
    let (code, out, said) = own.told(&["doctor"]);
    let good = without(&own.stable(&out, &names(&fake)), &MACHINE);
    insta::assert_snapshot!("github_good", good);
    assert!(matches!(code, Some(0 | 1)), "{out}{said}");

    fake.revoke("ghp_t-tester");
    fake.set_role("t-coder", Role::Read);
    fake.set_role("klara", Role::Read);
    fake.archive(true);
    fake.enable_issues(false);
    let (code, out, said) = own.told(&["doctor"]);
    assert_eq!(code, Some(1), "{out}{said}");
    let broken = without(&own.stable(&out, &names(&fake)), &MACHINE);
    insta::assert_snapshot!("github_broken", broken);
    assert!(
        !out.contains("ghp_") && !said.contains("ghp_"),
        "{out}{said}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_made_where_something_is_wrong() {
    let (fake, own) = world().await;
    let cases: [(&[&str], &str); 4] = [
        (&["--credential", "coder=env:NOT_SET"], "NOT_SET is not set"),
        (&["--approver", "stranger"], "no full member"),
        (&["--approver", "t-coder"], "serves the coder"),
        (&["--approver", "nobody-there"], "not found"),
    ];
    for (more, why) in cases {
        let (code, out, said) = init(&own, &fake, more);
        assert_eq!(code, Some(4), "{more:?}: {out}{said}");
        assert!(out.contains(why), "{more:?}: {out}{said}");
        assert!(!own.dir().exists(), "{more:?}");
        assert!(!own.path("config/trail").exists(), "{more:?}");
    }
    fake.revoke("ghp_klara");
    let (code, out, said) = init(&own, &fake, &[]);
    assert_eq!(code, Some(4), "{out}{said}");
    assert!(
        out.contains("your token") && !own.dir().exists(),
        "{out}{said}"
    );
    assert_eq!(fake.counts().writes, 0, "no label was made");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn personas_that_share_an_account_are_told_of_and_never_approve() {
    let fake = GitHubFake::start(Seed::with([
        Account::new("machine", Role::Write).fine_grained(&[
            ("issues", Level::Write),
            ("contents", Level::Write),
            ("pull_requests", Level::Write),
            ("metadata", Level::Read),
        ]),
        Account::new("klara", Role::Admin),
    ]))
    .await;
    let own = Founding::new(&[
        ("TRAIL_TOKEN", "ghp_klara"),
        ("MACHINE_TOKEN", "github_pat_machine"),
    ]);
    let shared = |approver: &[&str]| {
        let mut flags = own.flags();
        let more = [
            "--tracker",
            "github",
            "--github",
            "acme/widgets",
            "--url",
            fake.url(),
            "--prefix",
            "REP",
            "--credential",
            "all=env:MACHINE_TOKEN",
        ];
        flags.extend(more.map(str::to_owned));
        flags.extend(approver.iter().map(|flag| (*flag).to_owned()));
        let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
        own.told(&flags)
    };
    let (code, out, _) = shared(&["--approver", "machine"]);
    assert_eq!(code, Some(4), "{out}");
    assert!(out.contains("such an account never approves"), "{out}");
    let (code, out, said) = shared(&[]);
    assert_eq!(code, Some(0), "{out}{said}");
    assert!(
        out.contains("planner, coder, tester, reviewer share account machine"),
        "{out}"
    );
    let (_, out, _) = own.told(&["doctor"]);
    assert!(out.contains("share account machine"), "{out}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn items_are_filed_worked_on_and_missed_when_they_vanish() {
    let (fake, own) = world().await;
    let (code, out, said) = init(&own, &fake, &[]);
    assert_eq!(code, Some(0), "{out}{said}");
    std::fs::write(own.path("item.md"), ITEM).unwrap();

    let filed = own.json(&["file", "--item", "item.md", "--json"]);
    assert_eq!(filed["key"], "REP-1");
    let status = own.json(&["status", "--json"]);
    assert_eq!(status[0]["stage"], "filed", "{status}");
    let (code, _, said) = own.told(&["approve", "REP-1", "7K3QX-0M9TB"]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("nothing to approve"), "{said}");
    let (code, out, said) = own.told(&["comment", "REP-1", "looking forward to it"]);
    assert_eq!(code, Some(0), "{out}{said}");
    let (code, _, said) = own.told(&["serve"]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("nothing to serve"), "{said}");

    // An issue without the label is nobody's business.
    fake.ui("klara")
        .file("An old bug", "It crashes.", &[])
        .unwrap();

    let planner = own.worker("planner");
    let until = Instant::now() + Duration::from_secs(60);
    let taken = loop {
        let status = own.json(&["status", "--json"]);
        if status[0]["entries"].as_u64() > Some(1) {
            break status;
        }
        assert!(Instant::now() < until, "{status}\n{}", own.log());
        std::thread::sleep(Duration::from_millis(500));
    };
    assert_eq!(taken[1]["entries"], 0, "{taken}");
    assert!(
        planner.stop(Duration::from_secs(50)).is_some(),
        "{}",
        own.log()
    );
    assert_eq!(fake.comments_of(2).len(), 0);

    let (code, out, said) = own.told(&["verify", "REP-1"]);
    assert_eq!(code, Some(0), "{out}{said}");
    assert!(out.contains("REP-1: tail: unchecked"), "{out}");

    // A deleted comment that carried an entry is found by what is remembered.
    let (comment, ..) = fake
        .comments_of(1)
        .into_iter()
        .find(|(_, author, _)| author == "t-planner")
        .unwrap();
    fake.ui("klara").delete_comment(comment).unwrap();
    let (code, out, said) = own.told(&["verify", "REP-1"]);
    assert_eq!(code, Some(1), "{out}{said}");
    assert!(out.contains("deleted-entry"), "{out}");

    fake.ui("klara").delete_issue(1).unwrap();
    for target in [&["verify"][..], &["verify", "REP-1"]] {
        let (code, out, said) = own.told(target);
        assert_eq!(code, Some(1), "{out}{said}");
        assert!(
            out.contains("vanished") && out.contains("REP-1"),
            "{out}{said}"
        );
    }
}
