//! Two machines: coders with set-ups and clones of their own race for one item, and one is lost.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde_json::json;
use trail_tests::foreign::say;

use crate::process::Worker;
use crate::project::Project;
use crate::stand::{Stand, Which};
use crate::team::{Team, git};

/// How long a silent worker keeps an item.
const LEASE: Duration = Duration::from_secs(10);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_machine_is_followed_by_the_other_on_github() {
    lost(Which::GitHub).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_machine_is_followed_by_the_other_on_plane() {
    lost(Which::Plane).await;
}

async fn lost(which: Which) {
    let lease = format!("{}s", LEASE.as_secs());
    let settings = [("TRAIL_WORKER__LEASE", lease.as_str())];
    let team = Team::new(which, Project::pages(6, 350), &settings).await;
    let mut coders = vec![provisioned(&team, "one"), provisioned(&team, "two")];
    let others = ["planner", "tester", "reviewer"].map(|persona| team.start(persona));
    let item = team.file();
    team.start_by_code(&item).await;

    // Whoever holds the item is lost in the midst of its work.
    let held = team.wait_for("a coder at work", || {
        let status = team.status();
        let lease = &status["lease"];
        (lease["action"] == "implement").then(|| lease.clone())
    });
    let held = held.await;
    let holder = held["holder"].as_str().unwrap();
    let at = coders.iter().position(|(_, home)| id(home) == holder);
    let at = at.unwrap_or_else(|| panic!("{holder} is none of the two"));
    tokio::time::sleep(Duration::from_millis(600)).await;
    let (gone, _) = coders.remove(at);
    let gone_name = gone.name.clone();
    gone.service.kill();
    let died = Instant::now();
    let (other, home) = coders.pop().unwrap();
    assert_eq!(other.metric("model_calls").await, Some(0), "{held}");

    let taken = team.wait_for("the other to take over", || {
        let status = team.status();
        let lease = &status["lease"];
        (lease["holder"] == id(&home).as_str()).then(|| lease.clone())
    });
    let taken = taken.await;
    let after = died.elapsed();
    assert_ne!(taken["fence"], held["fence"]);
    say(&format!(
        "{}: {gone_name} was killed, {} took over {after:.1?} later (lease {LEASE:?})",
        team.stand.name(),
        other.name
    ));
    assert!(after < LEASE * 3, "it took {after:?}");
    team.approve(&item, "file_write").await;
    team.approve(&item, "pr_create").await;
    team.stage("delivered").await;
    team.stop(others.into_iter().chain([other]).collect()).await;

    let key = team.project.key;
    let verified = team.own.json(&["verify", key, "--json"]);
    let judged = &verified["items"][0];
    assert_eq!(judged["findings"], json!([]), "{judged}");
    let report = team.own.json(&["report", key, "--format", "json"]);
    assert_eq!(report["deliveries"].as_array().unwrap().len(), 1);
    assert_eq!(report["commits"].as_array().unwrap().len(), 2, "{report}");
    let branches = team.remote(&["for-each-ref", "--format=%(refname)", "refs/heads"]);
    assert_eq!(
        branches,
        format!("refs/heads/main\nrefs/heads/trail/{key}.1")
    );
    if let Stand::GitHub(fake) = &team.stand {
        assert_eq!(fake.pulls().len(), 1, "{:?}", fake.pulls());
    }
    say(&format!(
        "{}: {} calls, {} void entries, {} comments",
        team.stand.name(),
        judged["counts"]["decisions"],
        judged["void"],
        team.stand.comments(&item).len()
    ));
}

/// Makes a machine of its own for a coder and starts it; returns it with the folder of its worker.
fn provisioned(team: &Team, name: &str) -> (Worker, PathBuf) {
    let machine = team.own.path(&format!("machine-{name}"));
    let dir = machine.join("reports.trail");
    std::fs::create_dir(&machine).unwrap();
    let made = team.own.json(&[
        "provision",
        "--role",
        "coder",
        "--to",
        dir.to_str().unwrap(),
        "--json",
    ]);
    assert_eq!(made["role"], "coder", "{made}");
    // The configuration names the repository as it lies beside the set-up.
    let remote = team.own.path("remote.git");
    git(
        &machine,
        &[
            "clone",
            "--quiet",
            "--branch",
            "main",
            remote.to_str().unwrap(),
            "reports",
        ],
    );
    let home = dir.join("workers").join(format!("coder-{name}"));
    let worker = team.start_at(
        &dir,
        &format!("coder-{name}"),
        &["--role", "coder", "--name", name],
    );
    (worker, home)
}

/// Returns the name under which a worker holds leases.
fn id(home: &std::path::Path) -> String {
    let text = std::fs::read_to_string(home.join("id")).unwrap_or_default();
    text.trim().to_owned()
}
