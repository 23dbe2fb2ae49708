//! The reference session, from an item filed on the web to a pull request that a person approved.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};
use trail_tests::foreign::{say, verdict};

use crate::process::Worker;
use crate::project::Project;
use crate::stand::{KLARA, Stand, Which, login};
use crate::team::{PERSONAS, Team};

/// The most comments that an item may take from filing to delivery.
const MOST_COMMENTS: usize = 20;
/// How long after a delivery nothing is left to do: GitHub's lists may lag for five seconds, so what
/// came last is looked at again.
const SETTLED: Duration = Duration::from_secs(7);
/// How long idle workers are watched.
const IDLE: Duration = Duration::from_secs(4);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_reference_session_is_worked_on_by_four_processes_on_github() {
    session(Which::GitHub).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_reference_session_is_worked_on_by_four_processes_on_plane() {
    session(Which::Plane).await;
}

async fn session(which: Which) {
    let team = Team::new(which, Project::reference(), &[]).await;
    let workers = team.start_all();
    team.stand.forget();
    let item = team.file();
    let approvals = team.deliver(&item).await;
    let took = team.elapsed();

    let comments = team.stand.comments(&item);
    let by_people = comments.iter().filter(|own| own.author == KLARA).count();
    say(&format!(
        "{}: {} comments from filing to delivery, {by_people} of them by Klara; {took:.1?} from set-up on",
        team.stand.name(),
        comments.len(),
    ));
    // On Plane two are the question for a start and its answer.
    let most = match which {
        Which::GitHub => MOST_COMMENTS,
        Which::Plane => MOST_COMMENTS + 2,
    };
    assert!(comments.len() <= most, "{} comments", comments.len());
    for (account, kinds) in team.stand.asked() {
        say(&format!(
            "{}: {account} asked {}",
            team.stand.name(),
            told(&kinds)
        ));
    }
    assert_eq!(team.stand.limited(), 0, "a budget was overdrawn");

    assert_idle(&team, &workers).await;
    team.stop(workers).await;
    tokio::task::block_in_place(|| {
        assert_judged(&team);
        assert_reported(&team, &approvals);
    });
    if let Stand::GitHub(fake) = &team.stand {
        assert_pull_request(&team, fake.url()).await;
    }
}

fn told(kinds: &BTreeMap<String, usize>) -> String {
    let all: usize = kinds.values().sum();
    let each: Vec<String> = kinds
        .iter()
        .map(|(kind, count)| format!("{count} {kind}"))
        .collect();
    format!("{all} times: {}", each.join(", "))
}

/// Asserts that a tick with no news is one request, which on GitHub costs nothing.
async fn assert_idle(team: &Team, workers: &[Worker]) {
    tokio::time::sleep(SETTLED).await;
    let mut before = Vec::new();
    for worker in workers {
        before.push(worker.metric("polls").await.unwrap());
    }
    team.stand.forget();
    tokio::time::sleep(IDLE).await;
    let asked = team.stand.asked();
    for ((persona, worker), before) in PERSONAS.iter().zip(workers).zip(before) {
        let ticks = worker.metric("polls").await.unwrap() - before;
        let kinds = &asked[&login(persona)];
        let all: usize = kinds.values().sum();
        let free = kinds.get("not modified").copied().unwrap_or_default();
        say(&format!(
            "{}: idle {persona}: {ticks} ticks, {}",
            team.stand.name(),
            told(kinds)
        ));
        // One tick may lie on either edge of what was watched.
        assert!(ticks >= 4, "{persona} ticks: {ticks}");
        assert!(
            all as u64 <= ticks + 1,
            "{persona}: {kinds:?} in {ticks} ticks"
        );
        if team.stand.which() == Which::GitHub {
            assert_eq!(all, free, "{persona}: {kinds:?}");
        }
    }
}

/// Asserts what `verify` and the independent verifier say.
fn assert_judged(team: &Team) {
    let key = team.project.key;
    let verified = team.own.json(&["verify", key, "--json"]);
    assert_eq!(verified["verdict"], "tail: unchecked", "{verified}");
    let signed = team.own.json(&["checkpoint", "--json"]);
    assert!(signed[0]["file"].is_string(), "{signed}");
    let verified = team
        .own
        .json(&["verify", key, "--require-checkpoint", "--json"]);
    assert_eq!(verified["verdict"], "verified", "{verified}");
    let judged = &verified["items"][0];
    assert_eq!(
        (&judged["findings"], &judged["void"]),
        (&json!([]), &json!(0)),
        "{judged}"
    );
    assert_eq!(judged["counts"]["decisions"], team.project.calls);
    assert_eq!(judged["counts"]["gates"], 2);
    assert_eq!(judged["counts"]["outside_actions"], 1);

    let history = team.own.path("history");
    let exported = team
        .own
        .json(&["export", "--json", "-o", history.to_str().unwrap()]);
    assert_eq!(exported["items"], json!([key]));
    if let Some(counted) = verdict(&history) {
        assert_eq!(counted["word"], "verified", "{counted}");
        assert_eq!(counted["head"], judged["head"]);
        for (name, count) in judged["counts"].as_object().unwrap() {
            assert_eq!(&counted[name], count, "{name}: {counted}");
        }
    }
}

/// Asserts that the report names who approved, the personas, and what was delivered.
fn assert_reported(team: &Team, approvals: &[String; 2]) {
    let key = team.project.key;
    let report = team.own.json(&["report", key, "--format", "json"]);
    assert_eq!(report["stage"], "delivered");
    assert_eq!(report["simulated"], false, "people approved: {report}");
    let klara = team.stand.user_id(KLARA);
    let gates = report["gates"].as_array().unwrap();
    assert_eq!(gates.len(), 2, "{gates:?}");
    for (gate, comment) in gates.iter().zip(approvals) {
        let text = gate.to_string();
        assert!(
            text.contains(&klara) && text.contains(comment),
            "{klara} and comment {comment} are not in {text}"
        );
    }
    let (code, markdown, said) = team.own.told(&["report", key]);
    assert_eq!(code, Some(0), "{said}");
    assert!(markdown.contains(&klara), "{markdown}");
    for persona in PERSONAS {
        assert!(markdown.contains(persona), "{persona}: {markdown}");
    }
    let branch = format!("trail/{key}.1");
    let head = team.remote(&["rev-parse", &branch]);
    assert_eq!(report["pull_request"]["head"], json!(head));
    assert!(markdown.contains(&head[..12]), "{markdown}");
    assert_shared(team);
}

/// Asserts that the remote carries the shared history, and that a clone of it is judged alike.
fn assert_shared(team: &Team) {
    let clone = team.own.path("shared");
    let remote = team.own.path("remote.git");
    crate::team::git(
        &team.own.path("."),
        &["init", "--quiet", clone.to_str().unwrap()],
    );
    crate::team::git(
        &clone,
        &[
            "fetch",
            "--quiet",
            remote.to_str().unwrap(),
            "refs/trail/history",
        ],
    );
    crate::team::git(&clone, &["checkout", "--quiet", "FETCH_HEAD"]);
    let judged = team
        .own
        .json(&["verify", clone.to_str().unwrap(), "--json"]);
    assert_ne!(judged["verdict"], "findings", "{judged}");
    assert_eq!(
        judged["items"][0]["counts"]["decisions"],
        team.project.calls
    );
}

/// Asserts that there is one pull request, of the branch, with the body that was approved.
async fn assert_pull_request(team: &Team, url: &str) {
    let Stand::GitHub(fake) = &team.stand else {
        return;
    };
    let pulls = fake.pulls();
    let [(number, branch)] = pulls.as_slice() else {
        panic!("one pull request, not {pulls:?}");
    };
    assert_eq!(branch, &format!("trail/{}.1", team.project.key));
    let answer = reqwest::Client::builder()
        .user_agent("trail-tests")
        .build()
        .unwrap()
        .get(format!("{url}/repos/acme/widgets/pulls/{number}"))
        .bearer_auth(team.stand.token(KLARA))
        .send()
        .await
        .unwrap();
    let pull: Value = answer.json().await.unwrap();
    let report = tokio::task::block_in_place(|| {
        team.own
            .json(&["report", team.project.key, "--format", "json"])
    });
    let sealed = &report["pull_request"];
    for field in ["title", "body"] {
        assert_eq!(pull[field], sealed[field], "{field}: {sealed}");
    }
    assert_eq!(pull["user"]["login"], "t-reviewer");
    let markdown = tokio::task::block_in_place(|| team.own.told(&["report", team.project.key]).1);
    let address = pull["html_url"].as_str().unwrap();
    assert!(markdown.contains(address), "{address} is not in {markdown}");
}
