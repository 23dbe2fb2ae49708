//! The Workspace port on real repositories.
#![allow(
    clippy::unwrap_used,
    reason = "a test may end where its own set-up fails"
)]

#[path = "../common/mod.rs"]
mod common;
mod delivery;
mod following;
mod paths;
mod reversing;

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use common::{Lab, change, git_in};
use trail_port::workspace::{Error, Workspace};
use trail_record::{Moment, Persona, RunId};
use trail_workspace::{GitWorkspace, Settings};

async fn refusal(settings: Settings) -> String {
    match GitWorkspace::open(settings).await {
        Err(Error::Repository(text)) => text,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn repositories_that_cannot_be_worked_in_are_refused_with_what_to_do() {
    let lab = Lab::new();
    let mut settings = lab.settings();
    settings.repository = lab.path("nowhere");
    assert!(refusal(settings).await.contains("cannot be opened"));

    let mut settings = lab.settings();
    let plain = tempfile::tempdir().unwrap();
    settings.repository = plain.path().into();
    assert!(
        refusal(settings)
            .await
            .contains("not inside a git repository")
    );

    assert!(
        refusal(Lab::empty().settings())
            .await
            .contains("no commits yet")
    );

    lab.git(&["branch", "other"]);
    let mut settings = lab.settings();
    settings.base = Some("master".into());
    let text = refusal(settings).await;
    assert!(
        text.contains("no branch \"master\"") && text.contains("main, other"),
        "{text}"
    );

    let mut settings = lab.settings();
    settings.base = Some("--help".into());
    assert!(refusal(settings).await.contains("no branch"));

    let mut settings = lab.settings();
    settings.remote = Some("origin".into());
    assert!(refusal(settings).await.contains("there are: none"));

    let mut settings = lab.settings();
    settings.root = lab.repo().join("inside");
    assert!(refusal(settings).await.contains("outside its checkout"));

    lab.git(&["checkout", "-q", "--detach"]);
    assert!(
        refusal(lab.settings())
            .await
            .contains("HEAD is on no branch")
    );
}

#[tokio::test]
async fn a_dirty_checkout_is_fine_untouched_and_said() {
    let lab = Lab::new();
    lab.write("src/main.rs", "half done");
    let (workspace, tree) = lab.open("R-1").await;
    assert!(workspace.warnings()[0].contains("1 uncommitted changes"));
    assert_eq!(
        tree.read("src/main.rs").await.unwrap().unwrap(),
        b"fn main() {}\n"
    );
    assert_eq!(
        fs::read_to_string(lab.repo().join("src/main.rs")).unwrap(),
        "half done"
    );
    drop(tree);
    workspace.close(&RunId::new("R-1")).await.unwrap();
    assert_eq!(lab.git(&["status", "--porcelain"]), "M src/main.rs");
}

#[tokio::test]
async fn a_bare_repository_works_and_its_branch_is_delivered_into_it() {
    let lab = Lab::new();
    git_in(
        &lab.path(""),
        &["clone", "-q", "--bare", "repo", "bare.git"],
    );
    let mut settings = lab.settings();
    settings.repository = lab.path("bare.git");
    let workspace = GitWorkspace::open(settings).await.unwrap();
    let base = workspace.base().await.unwrap();
    let mut tree = workspace.open(&RunId::new("B-1"), &base).await.unwrap();
    tree.apply(&[change("n", None, Some("x"))]).await.unwrap();
    let (head, _) = tree
        .commit(Persona::Coder, "m", Moment::from_millis(0))
        .await
        .unwrap();
    let pushed = workspace.publish("trail/b-1", &head, None).await.unwrap();
    assert_eq!(pushed.remote, None);
    let at = git_in(
        &lab.path("bare.git"),
        &["rev-parse", "refs/heads/trail/b-1"],
    );
    assert_eq!(at, head.as_str());
}

#[tokio::test]
async fn reopening_takes_back_whatever_an_earlier_holder_left_but_keeps_build_output() {
    let lab = Lab::new();
    let (workspace, mut tree) = lab.open("D-1").await;
    tree.apply(&[change("n", None, Some("x"))]).await.unwrap();
    let root = lab.tree("D-1");
    fs::write(root.join("src/main.rs"), "garbage").unwrap();
    fs::create_dir_all(root.join("target")).unwrap();
    fs::write(root.join("target/out"), "built").unwrap();
    fs::create_dir_all(root.join("nested")).unwrap();
    git_in(&root.join("nested"), &["init", "-q"]);
    let base = workspace.base().await.unwrap();
    let tree = workspace.open(&RunId::new("D-1"), &base).await.unwrap();
    assert_eq!(tree.read("n").await.unwrap(), None);
    assert_eq!(
        tree.read("src/main.rs").await.unwrap().unwrap(),
        b"fn main() {}\n"
    );
    assert!(!root.join("nested").exists());
    assert!(root.join("target/out").exists());
}

#[tokio::test]
async fn half_made_and_broken_worktrees_are_mended() {
    let lab = Lab::new();
    let (workspace, tree) = lab.open("E-1").await;
    drop(tree);
    let base = workspace.base().await.unwrap();
    let run = RunId::new("E-1");
    let root = lab.tree("E-1");
    let admin = lab.repo().join(".git/worktrees/E-1");
    let breakages: &[(&str, &dyn Fn())] = &[
        ("locked index", &|| {
            fs::write(admin.join("index.lock"), "").unwrap()
        }),
        ("truncated index", &|| {
            fs::write(admin.join("index"), "DIRC").unwrap()
        }),
        ("no index", &|| {
            fs::remove_file(admin.join("index")).unwrap()
        }),
        ("no folder", &|| fs::remove_dir_all(&root).unwrap()),
        ("no registration", &|| fs::remove_dir_all(&admin).unwrap()),
        ("empty head", &|| fs::write(admin.join("HEAD"), "").unwrap()),
        ("being made", &|| {
            fs::remove_dir_all(&root).unwrap();
            fs::write(admin.join("locked"), "initializing").unwrap();
        }),
        ("a file instead", &|| {
            fs::remove_dir_all(&root).unwrap();
            fs::write(&root, "x").unwrap();
        }),
        ("a link instead", &|| {
            fs::remove_dir_all(&root).unwrap();
            symlink(lab.repo(), &root).unwrap();
        }),
        ("its link removed", &|| {
            fs::remove_file(root.join(".git")).unwrap()
        }),
        ("its link forged", &|| {
            fs::write(root.join(".git"), "gitdir: /nowhere").unwrap()
        }),
        ("its link a repository", &|| {
            fs::remove_file(root.join(".git")).unwrap();
            git_in(&root, &["init", "-q"]);
        }),
    ];
    for (what, breaks) in breakages {
        breaks();
        // As after a restart: nothing is remembered.
        let workspace = lab.workspace().await;
        let mut tree = match workspace.open(&run, &base).await {
            Ok(tree) => tree,
            Err(e) => panic!("{what}: {e}"),
        };
        assert_eq!(
            tree.read("run.sh").await.unwrap().unwrap(),
            b"#!/bin/sh\necho hello\n",
            "{what}"
        );
        tree.apply(&[change("n", None, Some(what))]).await.unwrap();
        tree.commit(Persona::Tester, what, Moment::default())
            .await
            .unwrap();
    }
    assert_eq!(lab.git(&["status", "--porcelain"]), "");
    let mode = fs::metadata(root.join("run.sh"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o111, 0o111);
}

#[tokio::test]
async fn the_users_own_missing_worktree_stays_registered() {
    let lab = Lab::new();
    let own = lab.path("own");
    lab.git(&["worktree", "add", "-q", "--detach", own.to_str().unwrap()]);
    fs::remove_dir_all(&own).unwrap();
    let (workspace, _tree) = lab.open("F-1").await;
    workspace.close(&RunId::new("F-1")).await.unwrap();
    assert!(lab.repo().join(".git/worktrees/own").exists());
}
