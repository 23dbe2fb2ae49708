//! Clones that nobody pulls: the remote's base branch, and commits that are only there.

use std::fs;

use trail_port::workspace::{Error, Workspace};
use trail_record::{Moment, Persona, RunId};
use trail_workspace::{GitWorkspace, Settings};

use crate::common::{Lab, change, commit_id, git_in};

/// Makes a clone of the lab's repository, as another machine has it.
fn clone(lab: &Lab, name: &str) -> Settings {
    let place = lab.path(name);
    let (from, to) = (lab.repo(), place.display().to_string());
    git_in(
        lab.dir.path(),
        &["clone", "-q", from.to_str().unwrap(), &to],
    );
    let mut settings = Settings::new(&place, lab.path(&format!("{name}-worktrees")));
    settings.remote = Some("origin".into());
    settings
}

/// Commits a file on the remote's base branch.
fn advance(lab: &Lab, name: &str) -> String {
    lab.write(name, "new\n");
    lab.git(&["add", "-A"]);
    lab.git(&["commit", "-q", "-m", name]);
    lab.git(&["rev-parse", "HEAD"])
}

#[tokio::test]
async fn work_starts_from_the_remotes_branch_only_where_it_is_followed() {
    let lab = Lab::new();
    let mut settings = clone(&lab, "clone");
    let old = git_in(&lab.path("clone"), &["rev-parse", "HEAD"]);
    let new = advance(&lab, "later.txt");
    let stays = GitWorkspace::open(settings.clone()).await.unwrap();
    assert_eq!(stays.base().await.unwrap().as_str(), old);
    settings.follow = true;
    let follows = GitWorkspace::open(settings).await.unwrap();
    assert_eq!(follows.base().await.unwrap().as_str(), new);
    let newer = advance(&lab, "latest.txt");
    assert_eq!(follows.base().await.unwrap().as_str(), newer);
    // The clone's own branches, checkout and remote-tracking refs are as they were.
    let own = |name: &str| git_in(&lab.path("clone"), &["rev-parse", name]);
    assert_eq!(own("HEAD"), old);
    assert_eq!(own("refs/remotes/origin/HEAD"), old);
    assert!(!lab.path("clone").join("later.txt").exists());
}

#[tokio::test]
async fn a_commit_that_only_the_remote_has_is_fetched_and_one_that_nobody_has_is_missing() {
    let lab = Lab::new();
    let workspace = GitWorkspace::open(clone(&lab, "clone")).await.unwrap();
    let new = advance(&lab, "later.txt");
    let run = RunId::new("F-1.1");
    let tree = workspace.open(&run, &commit_id(&new)).await.unwrap();
    assert_eq!(tree.read("later.txt").await.unwrap().unwrap(), b"new\n");
    let absent = commit_id(&"2".repeat(40));
    match workspace.open(&run, &absent).await {
        Err(Error::Missing { commit }) => assert_eq!(commit, absent),
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("there is no such commit"),
    }
}

#[tokio::test]
async fn a_remote_that_is_away_is_an_error_that_names_it() {
    let lab = Lab::new();
    let mut settings = clone(&lab, "clone");
    settings.follow = true;
    let workspace = GitWorkspace::open(settings).await.unwrap();
    fs::rename(lab.repo(), lab.path("moved")).unwrap();
    let error = workspace.base().await.unwrap_err().to_string();
    assert!(
        error.contains("fetching") && error.contains("origin"),
        "{error}"
    );
}

#[tokio::test]
async fn the_same_patchset_makes_the_same_commit_in_two_clones() {
    let lab = Lab::new();
    let mut made = Vec::new();
    for name in ["one", "two"] {
        let workspace = GitWorkspace::open(clone(&lab, name)).await.unwrap();
        let base = workspace.base().await.unwrap();
        let mut tree = workspace.open(&RunId::new("S-1.1"), &base).await.unwrap();
        let files = [change("added.txt", None, Some("text\n"))];
        tree.apply(&files).await.unwrap();
        let at = Moment::from_millis(1_763_000_000_000);
        let message = "Add\n\nWork-Item: S-1\nRun: S-1.1\n";
        made.push(tree.commit(Persona::Coder, message, at).await.unwrap());
    }
    assert_eq!(made[0], made[1]);
}
