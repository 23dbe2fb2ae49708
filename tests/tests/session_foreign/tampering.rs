//! What is changed at the tracker after delivery is found, with its kind and its place.

use serde_json::{Value, json};
use trail_tests::foreign::say;

use crate::project::Project;
use crate::stand::{KLARA, Posted, SOMEBODY, Which, login};
use crate::team::Team;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_tampered_with_on_github_is_named_with_its_place() {
    tampered(Which::GitHub).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_tampered_with_on_plane_is_named_with_its_place() {
    tampered(Which::Plane).await;
}

async fn tampered(which: Which) {
    let team = Team::new(which, Project::pages(0, 0), &[]).await;
    let workers = team.start_all();
    let item = team.file();
    let approvals = team.deliver(&item).await;
    team.stop(workers).await;
    let (code, out, said) = verify(&team);
    assert_eq!(code, Some(0), "{out}{said}");

    let comments = team.stand.comments(&item);
    let by = |persona: &str| -> Vec<&Posted> {
        let login = login(persona);
        comments.iter().filter(|own| own.author == login).collect()
    };
    let (planner, coder, tester) = (by("planner"), by("coder"), by("tester"));
    let (edited, deleted) = (*planner.last().unwrap(), coder[1]);
    team.stand.add_to(&item, edited);
    expect(&team, "edited-entry", &edited.id);
    // Nothing of the entry is left, and the comment still stands.
    let emptied = *tester.last().unwrap();
    team.stand.edit(KLARA, &item, &emptied.id, "Sorry.");
    expect(&team, "edited-entry", &emptied.id);
    team.stand.delete(KLARA, &item, &deleted.id);
    expect(&team, "deleted-entry", &deleted.id);
    team.stand.edit(KLARA, &item, &approvals[0], "/hold");
    expect(&team, "edited-approval", &approvals[0]);
    team.stand.delete(KLARA, &item, &approvals[1]);
    expect(&team, "deleted-approval", &approvals[1]);

    // A copy of an entry by another, on Plane said to be the persona's and to be old.
    let claims = match which {
        Which::GitHub => json!({}),
        Which::Plane => json!({
            "created_by": team.stand.user_id(&login("tester")),
            "created_at": "2026-01-02T03:04:05.678901Z",
        }),
    };
    let copy = team.stand.post(SOMEBODY, &item, &tester[0].text, &claims);
    let copy = copy.await;
    let found = found(&team);
    let posed = found
        .iter()
        .find(|own| own["place"]["comment"] == copy.as_str());
    let posed = posed.unwrap_or_else(|| panic!("the copy {copy} is not in {found:?}"));
    say(&format!(
        "{}: a copied entry is {}",
        team.stand.name(),
        posed["kind"]
    ));

    // Nothing is said to be missing that is kept elsewhere.
    assert!(
        found.iter().all(|own| own["kind"] != "missing-blob"),
        "{found:?}"
    );
    // What this machine remembers is not needed: the shared history tells the same.
    let before = kinds(&found);
    let workers = team.own.dir().join("workers");
    std::fs::remove_dir_all(workers).unwrap();
    assert_eq!(kinds(&self::found(&team)), before);
    // The report tells it too.
    let report = team
        .own
        .json(&["report", team.project.key, "--format", "json"]);
    let told = kinds(report["findings"].as_array().unwrap());
    for kind in [
        "edited-entry",
        "deleted-entry",
        "edited-approval",
        "deleted-approval",
    ] {
        assert!(told.iter().any(|(own, _)| own == kind), "{kind}: {told:?}");
    }
    say(&format!("{}: found {before:?}", team.stand.name()));
}

fn verify(team: &Team) -> (Option<i32>, String, String) {
    team.own.told(&["verify", team.project.key, "--json"])
}

/// Returns what `verify` finds; it must find something, and exit by it.
fn found(team: &Team) -> Vec<Value> {
    let (code, out, said) = verify(team);
    assert_eq!(code, Some(1), "{out}{said}");
    let told: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(told["verdict"], "findings");
    told["items"][0]["findings"].as_array().unwrap().clone()
}

fn kinds(found: &[Value]) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut kinds: Vec<(String, String)> = found
        .iter()
        .map(|own| (text(&own["kind"]), text(&own["place"]["comment"])))
        .collect();
    kinds.sort();
    kinds
}

/// Asserts that `verify` finds this at this comment, and names the item.
fn expect(team: &Team, kind: &str, comment: &str) {
    let found = found(team);
    let there = found.iter().any(|own| {
        let place = &own["place"];
        own["kind"] == kind && place["comment"] == comment && place["item"] == team.project.key
    });
    assert!(there, "{kind} at comment {comment} is not in {found:?}");
}
