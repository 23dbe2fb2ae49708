//! Commits and how they are published.

use std::fs;

use trail_port::workspace::{Error, Workspace};
use trail_record::{Moment, Persona, RunId};
use trail_workspace::GitWorkspace;

use crate::common::{Lab, change, commit_id, git_in};

#[tokio::test]
async fn the_same_input_gives_the_same_commit_with_the_personas_name_and_exact_message() {
    let message = "Subject\n\nBody  \n# no comment\n\nWork-Item: X-1\nRun: X-1.1\n";
    let at = Moment::from_millis(1_763_000_000_999);
    let mut ids = Vec::new();
    let lab = Lab::new();
    for run in ["A-1", "A-2"] {
        let (workspace, mut tree) = lab.open(run).await;
        let files = [
            change(
                "run.sh",
                Some("#!/bin/sh\necho hello\n"),
                Some("#!/bin/sh\necho bye\n"),
            ),
            change("new/deep/file.txt", None, Some("line\r\nother\n")),
            change("src/main.rs", Some("fn main() {}\n"), None),
        ];
        tree.apply(&files).await.unwrap();
        let (commit, made) = tree.commit(Persona::Coder, message, at).await.unwrap();
        assert_eq!((tree.head(), tree.tree()), (&commit, &made));
        let base = workspace.base().await.unwrap();
        let changed = workspace.changed(&base, &commit).await.unwrap();
        assert_eq!(changed, ["new/deep/file.txt", "run.sh", "src/main.rs"]);
        let diff = workspace.diff(&base, &commit).await.unwrap();
        assert!(diff.contains("-echo hello\n+echo bye\n"), "{diff}");
        ids.push((commit, made));
    }
    assert_eq!(ids[0], ids[1]);
    let commit = ids[0].0.as_str();
    let shown = lab.git(&["log", "-1", "--format=%an|%ae|%aI|%cn|%cI", commit]);
    let time = "2025-11-13T02:13:20Z";
    assert_eq!(
        shown,
        format!("Trail coder|coder@trail.invalid|{time}|Trail coder|{time}")
    );
    let raw = lab.git(&["cat-file", "commit", commit]);
    assert!(raw.ends_with(message.trim_end()), "{raw}");
    let trailers = lab.git(&[
        "log",
        "-1",
        "--format=%(trailers:key=Run,valueonly)",
        commit,
    ]);
    assert_eq!(trailers, "X-1.1");
    let listed = lab.git(&["ls-tree", "-r", commit]);
    assert!(
        listed.contains("100755 blob") && listed.contains("100644 blob"),
        "{listed}"
    );
    // Exact bytes, whatever git thinks of line ends.
    assert_eq!(
        lab.git(&["cat-file", "-s", &format!("{commit}:new/deep/file.txt")]),
        "12"
    );
}

#[tokio::test]
async fn commits_stay_after_their_worktree_and_without_changes_there_is_none() {
    let lab = Lab::new();
    let (workspace, mut tree) = lab.open("C-1").await;
    assert!(
        tree.commit(Persona::Coder, "m", Moment::default())
            .await
            .is_err()
    );
    tree.apply(&[change("n", None, Some("x"))]).await.unwrap();
    assert!(
        tree.commit(Persona::Coder, " ", Moment::default())
            .await
            .is_err()
    );
    let (head, _) = tree
        .commit(Persona::Coder, "m", Moment::default())
        .await
        .unwrap();
    workspace.close(&RunId::new("C-1")).await.unwrap();
    assert!(!lab.tree("C-1").exists());
    lab.git(&["gc", "-q", "--prune=now"]);
    lab.git(&["cat-file", "-e", head.as_str()]);
    assert_eq!(lab.git(&["worktree", "list"]).lines().count(), 1);
}

#[tokio::test]
async fn a_push_needs_the_branch_where_it_is_expected_and_never_overwrites() {
    let lab = Lab::new();
    git_in(&lab.path(""), &["init", "-q", "--bare", "remote.git"]);
    let remote = lab.path("remote.git");
    lab.git(&["remote", "add", "origin", remote.to_str().unwrap()]);
    let mut settings = lab.settings();
    settings.remote = Some("origin".into());
    let workspace = GitWorkspace::open(settings).await.unwrap();
    let base = workspace.base().await.unwrap();
    let mut tree = workspace.open(&RunId::new("P-1"), &base).await.unwrap();
    let mut heads = Vec::new();
    for (n, before) in [("1", None), ("2", Some("1")), ("3", Some("2"))] {
        tree.apply(&[change("n", before, Some(n))]).await.unwrap();
        heads.push(
            tree.commit(Persona::Coder, n, Moment::default())
                .await
                .unwrap()
                .0,
        );
    }
    let at = || git_in(&remote, &["rev-parse", "refs/heads/t/x"]);
    let pushed = workspace.publish("t/x", &heads[0], None).await.unwrap();
    assert_eq!(pushed.remote.as_deref(), remote.to_str());
    // Again, as after a lost answer.
    workspace.publish("t/x", &heads[0], None).await.unwrap();
    workspace
        .publish("t/x", &heads[1], Some(&heads[0]))
        .await
        .unwrap();
    assert_eq!(at(), heads[1].as_str());
    for expected in [None, Some(&heads[0]), Some(&heads[2])] {
        let error = workspace
            .publish("t/x", &heads[2], expected)
            .await
            .unwrap_err();
        assert!(
            matches!(&error, Error::Moved { branch } if branch == "t/x"),
            "{error}"
        );
        assert_eq!(at(), heads[1].as_str());
    }
    for name in ["-x", "a..b", "a b", "x\0", "", "a.lock", "../main", "HEAD"] {
        let error = workspace.publish(name, &heads[0], None).await.unwrap_err();
        assert!(matches!(error, Error::Repository(_)), "{name:?}: {error}");
    }
    let absent = commit_id(&"1".repeat(40));
    assert!(matches!(
        workspace.publish("y", &absent, None).await,
        Err(Error::Missing { .. })
    ));
    let injected = commit_id("--upload-pack=x");
    assert!(matches!(
        workspace.publish("y", &injected, None).await,
        Err(Error::Failed(_))
    ));
    fs::remove_dir_all(&remote).unwrap();
    let error = workspace
        .publish("t/x", &heads[2], Some(&heads[1]))
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Failed(_)), "{error}");
}

#[tokio::test]
async fn a_local_branch_is_moved_by_compare_and_swap_and_never_under_somebodys_feet() {
    let lab = Lab::new();
    let (workspace, mut tree) = lab.open("L-1").await;
    let base = workspace.base().await.unwrap();
    tree.apply(&[change("n", None, Some("1"))]).await.unwrap();
    let (head, _) = tree
        .commit(Persona::Coder, "m", Moment::default())
        .await
        .unwrap();
    workspace.publish("t/l", &base, None).await.unwrap();
    assert!(matches!(
        workspace.publish("t/l", &head, None).await,
        Err(Error::Moved { .. })
    ));
    let wrong = workspace.publish("t/l", &head, Some(&head)).await;
    assert!(matches!(wrong, Err(Error::Moved { .. })));
    assert_eq!(lab.git(&["rev-parse", "t/l"]), base.as_str());
    workspace.publish("t/l", &head, Some(&base)).await.unwrap();
    workspace.publish("t/l", &head, Some(&base)).await.unwrap();
    assert_eq!(lab.git(&["rev-parse", "t/l"]), head.as_str());
    let error = workspace
        .publish("main", &head, Some(&base))
        .await
        .unwrap_err();
    assert!(error.to_string().contains("checked out"), "{error}");
}

#[tokio::test]
async fn a_remotes_password_is_neither_told_nor_logged() {
    let lab = Lab::new();
    lab.git(&[
        "remote",
        "add",
        "origin",
        "https://me:hunter2@127.0.0.1:1/x.git",
    ]);
    let mut settings = lab.settings();
    settings.remote = Some("origin".into());
    settings.push_environment = vec![("TOKEN".into(), "hunter3".into())];
    let shown = format!("{settings:?}");
    let workspace = GitWorkspace::open(settings).await.unwrap();
    let base = workspace.base().await.unwrap();
    let error = workspace.publish("x", &base, None).await.unwrap_err();
    assert!(
        !format!("{error}{error:?}{shown}").contains("hunter"),
        "{error} {shown}"
    );
}
