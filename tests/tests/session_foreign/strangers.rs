//! Who approves nothing: strangers, members nobody asked, personas, look-alikes, and Klara herself
//! where she does not say it plainly, in time and on a comment that stays as it is.

use std::time::{Duration, Instant};

use serde_json::json;
use trail_tests::foreign::say;

use crate::process::Worker;
use crate::project::Project;
use crate::stand::{KLARA, LOOKALIKE, SOMEBODY, STRANGER, Which, login};
use crate::team::Team;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_but_the_approver_opens_a_gate_on_github() {
    kept_waiting(Which::GitHub).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_but_the_approver_opens_a_gate_on_plane() {
    kept_waiting(Which::Plane).await;
}

async fn kept_waiting(which: Which) {
    let team = Team::new(which, Project::pages(0, 0), &[]).await;
    let workers = team.start_all();
    let item = team.file();
    // It becomes an approval later, by an edit: it is older than what it would approve.
    let early = team.stand.say(KLARA, &item, "Looking forward to this.");
    team.start_by_code(&item).await;
    let code = team.gate(&item, "file_write").await;
    let approve = format!("/approve {code} fine");
    let mut tried = 0;
    for who in [
        STRANGER.to_owned(),
        SOMEBODY.to_owned(),
        LOOKALIKE.to_owned(),
        login("coder"),
        login("reviewer"),
    ] {
        team.stand.post(&who, &item, &approve, &json!({})).await;
        waits(&team, &workers, &who).await;
        tried += 1;
    }
    if which == Which::Plane {
        let claims = json!({"created_by": team.stand.user_id(KLARA)});
        team.stand.post(SOMEBODY, &item, &approve, &claims).await;
        waits(&team, &workers, "somebody who claims to be Klara").await;
        let claims = json!({"created_at": "2026-01-02T03:04:05.678901Z"});
        team.stand.post(KLARA, &item, &approve, &claims).await;
        waits(&team, &workers, "Klara, backdated").await;
        tried += 2;
    }
    let mut quoted = vec![
        format!("> {approve}\n\nWhat do the others think?"),
        format!("I would not {approve} before Monday."),
        format!("```\n{approve}\n```"),
        "/approve".to_owned(),
        "/approve 00000-00000".to_owned(),
    ];
    if which == Which::GitHub {
        // Code in Markdown; in Plane's editor these are blanks that nobody sees.
        quoted.push(format!("    {approve}"));
    }
    for text in quoted {
        team.stand.say(KLARA, &item, &text);
        waits(&team, &workers, &text).await;
        tried += 1;
    }
    team.stand.edit(KLARA, &item, &early, &approve);
    waits(&team, &workers, "Klara's older comment, edited").await;
    tried += 1;
    say(&format!(
        "{}: {tried} comments approved nothing; {} comments stand",
        team.stand.name(),
        team.stand.comments(&item).len()
    ));

    // Said plainly it is heard, so all that came before was not missed for want of looking.
    team.stand.say(KLARA, &item, &format!("/approve {code}"));
    team.gate(&item, "pr_create").await;
    team.stop(workers).await;
    let report = team
        .own
        .json(&["report", team.project.key, "--format", "json"]);
    let decisions = report["gates"][0]["decisions"].as_array().unwrap();
    assert_eq!(decisions.len(), 1, "{decisions:?}");
}

/// Lets every worker look again and again, and asserts that the gate still waits for somebody.
async fn waits(team: &Team, workers: &[Worker], what: &str) {
    let mut begun = Vec::new();
    for worker in workers {
        begun.push(worker.metric("polls").await.unwrap());
    }
    let until = Instant::now() + Duration::from_secs(30);
    for (worker, begun) in workers.iter().zip(begun) {
        while worker.metric("polls").await.unwrap() < begun + 3 {
            assert!(Instant::now() < until, "no polls\n{}", team.logs());
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
    let status = tokio::task::block_in_place(|| team.status());
    assert_eq!(status["gate"]["name"], "file_write", "{what}: {status}");
    assert_eq!(status["gate"]["approvals"], 0, "{what}: {status}");
    assert_eq!(team.git(&["branch", "--list", "trail/*"]), "", "{what}");
}
