//! Paths and names that must not be followed, shown or overlooked.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;

use trail_port::workspace::{Error, Workspace};
use trail_record::{Moment, Persona};

use crate::common::{Lab, change, commit_id};

#[tokio::test]
async fn paths_that_leave_the_worktree_are_refused_by_every_operation() {
    let lab = Lab::new();
    symlink("/etc", lab.repo().join("linked")).unwrap();
    symlink("/etc/passwd", lab.repo().join("file")).unwrap();
    lab.git(&["add", "."]);
    lab.git(&["commit", "-qm", "links"]);
    let (_workspace, mut tree) = lab.open("S-1").await;
    let paths = [
        "../x",
        "/etc/passwd",
        "a/../../x",
        ".git",
        ".git/config",
        ".GIT/x",
        "linked/passwd",
        "file",
    ];
    for path in paths {
        let outside = |result: Result<String, Error>| match result {
            Err(Error::Outside { .. }) => {}
            other => panic!("{path}: {other:?}"),
        };
        outside(tree.read(path).await.map(|found| format!("{found:?}")));
        if path != "file" {
            outside(tree.list(path).await.map(|found| format!("{found:?}")));
        }
        outside(
            tree.search("root", path, 5)
                .await
                .map(|found| format!("{found:?}")),
        );
        outside(
            tree.apply(&[change(path, None, Some("x"))])
                .await
                .map(|()| "applied".into()),
        );
    }
    let listed: Vec<_> = tree
        .list("")
        .await
        .unwrap()
        .into_iter()
        .map(|one| one.path)
        .collect();
    assert_eq!(listed, [".gitignore", "run.sh", "src"]);
}

#[tokio::test]
async fn names_that_are_not_utf_8_are_left_out_and_a_change_of_one_is_not_overlooked() {
    let lab = Lab::new();
    let base = commit_id(&lab.git(&["rev-parse", "HEAD"]));
    fs::write(lab.repo().join(OsStr::from_bytes(b"bad\xff.txt")), "needle").unwrap();
    lab.git(&["add", "."]);
    lab.git(&["commit", "-qm", "bad name"]);
    let (workspace, mut tree) = lab.open("N-1").await;
    assert_eq!(tree.list("").await.unwrap().len(), 3);
    assert_eq!(tree.search("needle", "", 5).await.unwrap(), []);
    let head = tree.head().clone();
    let error = workspace.changed(&base, &head).await.unwrap_err();
    assert!(
        matches!(
            error,
            Error::Outside {
                why: "it is not UTF-8",
                ..
            }
        ),
        "{error}"
    );
    // It does not hinder the work.
    tree.apply(&[change("n", None, Some("x"))]).await.unwrap();
    let (commit, _) = tree
        .commit(Persona::Coder, "m", Moment::default())
        .await
        .unwrap();
    assert_eq!(workspace.changed(&head, &commit).await.unwrap(), ["n"]);
}

#[tokio::test]
async fn submodules_are_not_written_into() {
    let lab = Lab::new();
    let id = lab.git(&["rev-parse", "HEAD"]);
    lab.git(&[
        "update-index",
        "--add",
        "--cacheinfo",
        &format!("160000,{id},sub"),
    ]);
    lab.git(&["commit", "-qm", "submodule"]);
    let (_workspace, mut tree) = lab.open("M-1").await;
    for path in ["sub/x", "sub"] {
        let error = tree
            .apply(&[change(path, None, Some("x"))])
            .await
            .unwrap_err();
        assert!(
            matches!(
                error,
                Error::Outside {
                    why: "it is in a submodule",
                    ..
                }
            ),
            "{error}"
        );
    }
    tree.apply(&[change("subx", None, Some("x"))])
        .await
        .unwrap();
}
