//! What takes deliveries back, computed in a real repository.

use trail_port::workspace::{Clash, Workspace};
use trail_record::CommitId;
use trail_workspace::Lookup;

use crate::common::{Lab, change, commit_id};

/// Commits files; returns the commit.
fn commit(lab: &Lab, files: &[(&str, &str)]) -> CommitId {
    for (path, text) in files {
        lab.write(path, text);
    }
    lab.git(&["add", "-A"]);
    lab.git(&["commit", "-qm", "next"]);
    head(lab)
}

fn head(lab: &Lab) -> CommitId {
    commit_id(&lab.git(&["rev-parse", "HEAD"]))
}

const LONG: &str = "one\ntwo\nthree\nfour\nfive\nsix\nseven\neight\nnine\n";

#[tokio::test]
async fn a_delivery_is_taken_back_from_under_later_changes_of_other_lines() {
    let lab = Lab::new();
    let base = commit(&lab, &[("a.txt", LONG), ("gone.txt", "old\n")]);
    std::fs::remove_file(lab.repo().join("gone.txt")).unwrap();
    let delivered = commit(
        &lab,
        &[("a.txt", &LONG.replace("two", "TWO")), ("new.txt", "new\n")],
    );
    let later = LONG.replace("two", "TWO").replace("eight", "EIGHT");
    let onto = commit(&lab, &[("a.txt", &later)]);
    let before = lab.git(&["for-each-ref"]);
    let workspace = lab.workspace().await;
    let files = workspace
        .reverse(&[(base.clone(), delivered.clone())], &onto)
        .await
        .unwrap()
        .unwrap();
    let kept = LONG.replace("eight", "EIGHT");
    let expected = [
        change("a.txt", Some(&later), Some(&kept)),
        change("gone.txt", None, Some("old\n")),
        change("new.txt", Some("new\n"), None),
    ];
    assert_eq!(files, expected);
    assert_eq!(lab.git(&["for-each-ref"]), before, "no ref was touched");
    assert_eq!(lab.git(&["status", "--porcelain"]), "");
    // People who ask get the same answer.
    let git = Lookup::open(&lab.repo()).await.unwrap();
    let asked = git.reverse(&[(base, delivered)], &onto).await.unwrap();
    assert_eq!(asked.unwrap(), expected);
}

#[tokio::test]
async fn the_same_lines_changed_since_clash_and_name_the_files() {
    let lab = Lab::new();
    let base = commit(&lab, &[("a.txt", LONG), ("b.txt", LONG)]);
    let delivered = commit(
        &lab,
        &[
            ("a.txt", &LONG.replace("two", "TWO")),
            ("b.txt", &LONG.replace("two", "TWO")),
        ],
    );
    let onto = commit(&lab, &[("b.txt", &LONG.replace("two", "2"))]);
    let workspace = lab.workspace().await;
    let clash = workspace
        .reverse(&[(base, delivered)], &onto)
        .await
        .unwrap()
        .unwrap_err();
    assert_eq!(
        clash,
        Clash {
            delivery: 0,
            paths: vec!["b.txt".to_owned()]
        }
    );
}

#[tokio::test]
async fn what_builds_on_a_delivery_is_taken_back_before_it() {
    let lab = Lab::new();
    let base = commit(&lab, &[("a.txt", LONG)]);
    let first = commit(&lab, &[("a.txt", &LONG.replace("two", "TWO"))]);
    let second = commit(&lab, &[("a.txt", &LONG.replace("two", "TWO and more"))]);
    let workspace = lab.workspace().await;
    let (one, two) = (
        (base.clone(), first.clone()),
        (first.clone(), second.clone()),
    );
    let alone = workspace
        .reverse(std::slice::from_ref(&one), &second)
        .await
        .unwrap();
    assert!(alone.is_err(), "the later change stands in the way");
    let both = workspace.reverse(&[two, one], &second).await.unwrap();
    let now = LONG.replace("two", "TWO and more");
    assert_eq!(both.unwrap(), [change("a.txt", Some(&now), Some(LONG))]);
}

#[tokio::test]
async fn what_was_never_merged_leaves_nothing_to_do_and_a_squash_is_taken_back_like_a_merge() {
    let lab = Lab::new();
    let base = commit(&lab, &[("a.txt", LONG)]);
    lab.git(&["checkout", "-qb", "side"]);
    let delivered = commit(&lab, &[("a.txt", &LONG.replace("two", "TWO"))]);
    lab.git(&["checkout", "-q", "main"]);
    let workspace = lab.workspace().await;
    let own = [(base.clone(), delivered)];
    let nothing = workspace.reverse(&own, &base).await.unwrap();
    assert_eq!(nothing.unwrap(), []);
    lab.git(&["merge", "-q", "--squash", "side"]);
    lab.git(&["commit", "-qm", "squashed"]);
    let squashed = workspace.reverse(&own, &head(&lab)).await.unwrap();
    let merged = LONG.replace("two", "TWO");
    assert_eq!(
        squashed.unwrap(),
        [change("a.txt", Some(&merged), Some(LONG))]
    );
}

#[tokio::test]
async fn what_a_patchset_cannot_hold_is_refused_and_missing_commits_say_what_to_fetch() {
    let lab = Lab::new();
    let base = head(&lab);
    lab.git(&["rm", "-q", "run.sh"]);
    lab.git(&["commit", "-qm", "take the program out"]);
    let delivered = head(&lab);
    let workspace = lab.workspace().await;
    let error = workspace
        .reverse(&[(base.clone(), delivered.clone())], &delivered)
        .await
        .unwrap_err();
    assert!(
        error.to_string().contains("run.sh would go from mode"),
        "{error}"
    );
    let gone = commit_id(&"a".repeat(40));
    let error = workspace
        .reverse(&[(base, gone)], &delivered)
        .await
        .unwrap_err();
    assert!(error.to_string().contains("git fetch"), "{error}");
}
