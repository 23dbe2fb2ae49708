//! What the scenario says must be answerable of the reference session, asked of its history by the
//! built binary; and the same questions after the work was merged in other ways.

#![expect(clippy::unwrap_used, reason = "helpers of tests are test code too")]

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use trail_tests::told::{Told, json, told};

fn git(repository: &Path, args: &[&str]) -> String {
    let mut command = Command::new("git");
    command.args([
        "-c",
        "user.name=Somebody",
        "-c",
        "user.email=s@example.invalid",
    ]);
    command.args([
        "-c",
        "commit.gpgSign=false",
        "-c",
        "init.defaultBranch=main",
    ]);
    let output = command.args(args).current_dir(repository).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "git {args:?}: {said}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// Returns the branch that was delivered.
fn branch(told: &Told) -> String {
    format!("trail/{}", told.summary["run"].as_str().unwrap())
}

/// Returns a clone of the demo's repository, on its base branch.
fn clone(told: &Told, into: &Path) -> PathBuf {
    let place = into.join("clone");
    let from = told.repository();
    git(
        into,
        &[
            "clone",
            "--quiet",
            from.to_str().unwrap(),
            place.to_str().unwrap(),
        ],
    );
    git(
        &place,
        &[
            "fetch",
            "--quiet",
            "origin",
            &format!("{0}:{0}", branch(told)),
        ],
    );
    place
}

/// Returns the number of the first line of a file, as the delivered branch has it, that holds `text`.
fn line_of(told: &Told, path: &str, text: &str) -> usize {
    let whole = git(
        &told.repository(),
        &["show", &format!("{}:{path}", branch(told))],
    );
    1 + whole.lines().position(|line| line.contains(text)).unwrap()
}

fn labels(nodes: &Value) -> Vec<String> {
    let label = |node: &Value| match (node["name"].as_str(), node["call"].as_u64()) {
        (Some(name), _) => name.to_owned(),
        (None, Some(call)) => format!("call {call}"),
        (None, None) => node["title"].as_str().unwrap().to_owned(),
    };
    nodes.as_array().unwrap().iter().map(label).collect()
}

#[test]
fn why_the_library_was_chosen() {
    let (trace, exit) = told().answer(&["trace", "library_choice"]);
    assert_eq!(exit, 0);
    assert_eq!(trace["said"]["choice"], "ex_xbrl");
    assert_eq!(trace["said"]["alternatives"].as_array().unwrap().len(), 2);
    assert!(
        trace["said"]["rationale"]
            .as_str()
            .unwrap()
            .contains("maintained")
    );
    let saw = labels(&trace["saw"]);
    for wanted in ["call 5", "vsme-spec-summary", "code-analysis", "spec"] {
        assert!(saw.iter().any(|own| own == wanted), "{wanted}: {saw:?}");
    }
    assert!(!saw.iter().any(|own| own == "xbrl-schema-mapping"));
    let led_to = labels(&trace["led_to"]);
    for wanted in [
        "xbrl-schema-mapping",
        "patchset",
        "test-patchset",
        "diagnosis",
        "fix-patchset",
        "test-result v2",
        "pull-request",
        "delivery-receipt",
        "call 47",
    ] {
        assert!(
            led_to.iter().any(|own| own == wanted),
            "{wanted}: {led_to:?}"
        );
    }
    // The call itself is named in the same way, and holds the conclusion.
    let (call, _) = told().answer(&["trace", "vsme-142.1#5"]);
    assert_eq!(call["said"]["concluded"][0], "library_choice");
    assert_eq!(call["of"]["call"], 5);
}

#[test]
fn what_the_model_knew_when_it_designed_the_mapping() {
    for call in 6..=12 {
        let name = format!("VSME-142.1#{call}");
        let (trace, _) = told().answer(&["trace", &name, "--up", "--depth", "1"]);
        let saw = labels(&trace["saw"]);
        for wanted in ["vsme-spec-summary", "code-analysis", "library_choice"] {
            assert!(
                saw.iter().any(|own| own == wanted),
                "{name} {wanted}: {saw:?}"
            );
        }
        assert!(trace["led_to"].as_array().unwrap().is_empty());
    }
}

#[test]
fn why_three_tests_failed_at_first() {
    let (trace, _) = told().answer(&["trace", "diagnosis"]);
    let saw = labels(&trace["saw"]);
    assert!(saw.iter().any(|own| own == "test-result"), "{saw:?}");
    assert!(!saw.iter().any(|own| own == "test-result v2"));
    assert!(
        trace["said"]["rationale"]
            .as_str()
            .is_some_and(|why| !why.is_empty())
    );
    let led_to = labels(&trace["led_to"]);
    for wanted in ["fix-patchset", "test-result v2"] {
        assert!(
            led_to.iter().any(|own| own == wanted),
            "{wanted}: {led_to:?}"
        );
    }
}

#[test]
fn whether_it_looked_outside_its_scope() {
    let (audit, exit) = told().answer(&["audit", "VSME-142"]);
    assert_eq!(exit, 0);
    assert_eq!(audit["violations"].as_array().unwrap().len(), 0);
    assert_eq!(audit["totals"]["ask-model"], 47);
    let reads = audit["totals"]["read"].as_u64().unwrap();
    assert!(reads > 20, "{reads} reads");
    // Held against less than it read, each read outside is named and the exit code says so.
    let (narrow, exit) = told().answer(&["audit", "VSME-142.1", "--scope", "src/**"]);
    assert_eq!(exit, 1);
    let violations = narrow["violations"].as_array().unwrap();
    assert!(!violations.is_empty());
    for row in violations {
        assert!(
            !row["target"].as_str().unwrap().starts_with("src/"),
            "{row}"
        );
        assert!(row["why"].as_str().is_some());
    }
    // One call alone.
    let (one, _) = told().answer(&["audit", "VSME-142.1#2"]);
    assert_eq!(one["totals"]["ask-model"], 1);
    assert_eq!(one["accesses"][1]["target"], "src/template.rs");
}

#[test]
fn why_a_line_is_there_and_who_approved_it() {
    let told = told();
    let number = line_of(told, "src/xbrl.rs", "Period::duration");
    let place = format!("src/xbrl.rs:{number}");
    let (why, exit) = told.answer(&["why", &place, "--rev", &branch(told)]);
    assert_eq!(exit, 0);
    assert_eq!(why["binding"], "same");
    assert_eq!(why["gaps"].as_array().unwrap().len(), 0, "{}", why["gaps"]);
    let history = &why["history"];
    assert_eq!(history["item"], "VSME-142");
    let call = history["written"]["decision"]["call"].as_u64().unwrap();
    assert!((13..=28).contains(&call), "{call}");
    assert_eq!(history["written"]["how"], "text");
    assert!(
        labels(&history["saw"])
            .iter()
            .any(|own| own == "library_choice")
    );
    let approvals = history["approvals"].as_array().unwrap();
    let covers: Vec<&str> = approvals
        .iter()
        .map(|own| own["covers"].as_str().unwrap())
        .collect();
    assert_eq!(covers, ["the patchset", "the whole tree and pull request"]);
    for approval in approvals {
        assert_eq!(approval["name"], "Klara Nilsson");
        assert_eq!(approval["simulated"], true);
        assert!(approval["comment"]["id"].as_str().is_some());
    }
    assert!(history["tests"].as_array().unwrap().len() >= 4);
}

#[test]
fn which_test_shows_a_criterion_is_told_at_the_test() {
    let told = told();
    let number = line_of(
        told,
        "tests/xbrl.rs",
        "fn b3_energy_is_reported_over_a_duration",
    );
    let place = format!("tests/xbrl.rs:{number}");
    let (why, _) = told.answer(&["why", &place, "--rev", &branch(told)]);
    let criteria = why["history"]["criteria"].as_array().unwrap();
    assert_eq!(criteria.len(), 1, "{criteria:?}");
    assert_eq!(criteria[0]["criterion"], "VSME-142/AC-3@1");
    let approvals = why["history"]["approvals"].as_array().unwrap();
    // The tester's patchset passed under the contract that the first approval granted.
    assert_eq!(approvals[0]["covers"], "the write contract");
}

#[test]
fn a_line_of_somebody_else_and_a_line_not_committed_are_named_as_such() {
    let told = told();
    let (why, exit) = told.answer(&["why", "src/model.rs:1"]);
    assert_eq!((why["binding"].as_str(), exit), (Some("foreign"), 1));
    assert!(why["history"].is_null());
    let dir = tempfile::tempdir().unwrap();
    let clone = clone(told, dir.path());
    let path = clone.join("src/model.rs");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, format!("// not committed\n{text}")).unwrap();
    let output = told.ask_in(&clone, &["why", "src/model.rs:1"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("not committed yet"));
    // Named from a folder below, the same file is meant.
    let below = told.ask_in(&clone.join("src"), &["why", "model.rs:2", "--json"]);
    assert_eq!(json(&below).0["line"]["path"], "src/model.rs");
}

#[test]
fn wrong_places_are_clear_errors() {
    let told = told();
    for (place, part) in [
        ("src/model.rs", "no file and line"),
        ("src/model.rs:0", "no file and line"),
        ("src/model.rs:999999", "has only"),
        ("nosuch.rs:1", "nosuch.rs"),
        ("../outside.rs:1", "not inside the repository"),
        ("/etc/passwd:1", "not inside the repository"),
        (":(top)src/model.rs:1", "not inside the repository"),
    ] {
        let output = told.ask(&["why", place]);
        assert_eq!(output.status.code(), Some(2), "{place}");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains(part), "{place}: {said}");
    }
    let output = told.ask(&["why", "src/model.rs:1", "--rev", "--all"]);
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn a_squash_merge_keeps_the_link() {
    let told = told();
    let dir = tempfile::tempdir().unwrap();
    let clone = clone(told, dir.path());
    git(&clone, &["merge", "--squash", "--quiet", &branch(told)]);
    git(&clone, &["commit", "--quiet", "-m", "XBRL (#12)"]);
    for (later, by) in [(false, "content"), (true, "content")] {
        if later {
            // The base has moved on in another file: the tree differs, the content does not.
            git(&clone, &["reset", "--hard", "--quiet", "HEAD~1"]);
            std::fs::write(clone.join("NEWS"), "news\n").unwrap();
            git(&clone, &["add", "NEWS"]);
            git(&clone, &["commit", "--quiet", "-m", "news"]);
            git(&clone, &["merge", "--squash", "--quiet", &branch(told)]);
            git(&clone, &["commit", "--quiet", "-m", "XBRL (#12)"]);
        }
        git(&clone, &["branch", "-f", "squashed"]);
        let place = format!(
            "src/xbrl.rs:{}",
            line_of(told, "src/xbrl.rs", "Period::duration")
        );
        let (why, exit) = json(&told.ask_in(&clone, &["why", &place, "--json"]));
        assert_eq!(
            (why["binding"].as_str(), exit),
            (Some("squashed"), 0),
            "{why}"
        );
        assert_eq!(why["by"], by);
        let call = why["history"]["written"]["decision"]["call"]
            .as_u64()
            .unwrap();
        assert!((13..=43).contains(&call));
        let (found, exit) =
            json(&told.ask_in(&clone, &["reconcile", "--rev", "squashed", "--json"]));
        assert_eq!(
            (found[0]["now"].as_str(), exit),
            (Some("squashed"), 0),
            "{found}"
        );
    }
}

#[test]
fn a_rebase_keeps_the_link_also_where_the_same_file_changed() {
    let told = told();
    let dir = tempfile::tempdir().unwrap();
    let clone = clone(told, dir.path());
    let readme = clone.join("Cargo.toml");
    let text = std::fs::read_to_string(&readme).unwrap();
    // The patchset changes this file too: only the patch binds the rebased commit.
    std::fs::write(&readme, format!("# a comment on top\n{text}")).unwrap();
    git(&clone, &["commit", "--quiet", "-am", "comment"]);
    let base = git(&clone, &["rev-parse", "HEAD"]);
    git(
        &clone,
        &["checkout", "--quiet", "-b", "rebased", &branch(told)],
    );
    git(&clone, &["rebase", "--quiet", &base]);
    let (found, exit) = json(&told.ask_in(&clone, &["reconcile", "--rev", "rebased", "--json"]));
    assert_eq!(
        (found[0]["now"].as_str(), exit),
        (Some("rebased"), 0),
        "{found}"
    );
    assert_eq!(found[0]["commits"].as_array().unwrap().len(), 3);
    let place = format!(
        "src/xbrl.rs:{}",
        line_of(told, "src/xbrl.rs", "Period::duration")
    );
    let (why, exit) = json(&told.ask_in(&clone, &["why", &place, "--json"]));
    assert_eq!(
        (why["binding"].as_str(), exit),
        (Some("rebased"), 0),
        "{why}"
    );
    assert_eq!(why["by"], "patch");
}

#[test]
fn copied_trailers_and_altered_work_are_not_believed() {
    let told = told();
    let dir = tempfile::tempdir().unwrap();
    let clone = clone(told, dir.path());
    let message = git(&clone, &["log", "-1", "--format=%B", &branch(told)]);
    std::fs::write(clone.join("src/evil.rs"), "fn evil() {}\n").unwrap();
    git(&clone, &["add", "src/evil.rs"]);
    git(&clone, &["commit", "--quiet", "-m", &message]);
    let (why, exit) = json(&told.ask_in(&clone, &["why", "src/evil.rs:1", "--json"]));
    assert_eq!(
        (why["binding"].as_str(), exit),
        (Some("broken"), 1),
        "{why}"
    );
    assert!(why["history"].is_null());
    let (found, exit) = json(&told.ask_in(&clone, &["reconcile", "--json"]));
    assert_eq!(
        (found[0]["now"].as_str(), exit),
        (Some("altered"), 1),
        "{found}"
    );
    // Without any commit that claims it, the work is missing.
    let (found, exit) = json(&told.ask_in(&clone, &["reconcile", "--rev", "HEAD~1", "--json"]));
    assert_eq!(
        (found[0]["now"].as_str(), exit),
        (Some("missing"), 1),
        "{found}"
    );
    // The branch itself holds it as it was.
    let args = ["reconcile", "--rev", &branch(told), "--json"];
    let (found, exit) = json(&told.ask_in(&clone, &args));
    assert_eq!(
        (found[0]["now"].as_str(), exit),
        (Some("same"), 0),
        "{found}"
    );
}

#[test]
fn a_renamed_file_keeps_its_reasons() {
    let told = told();
    let dir = tempfile::tempdir().unwrap();
    let clone = clone(told, dir.path());
    git(&clone, &["checkout", "--quiet", &branch(told)]);
    git(&clone, &["mv", "src/xbrl.rs", "src/export.rs"]);
    git(&clone, &["commit", "--quiet", "-m", "rename"]);
    let number = line_of(told, "src/xbrl.rs", "Period::duration");
    let place = format!("src/export.rs:{number}");
    let (why, exit) = json(&told.ask_in(&clone, &["why", &place, "--json"]));
    assert_eq!((why["binding"].as_str(), exit), (Some("same"), 0), "{why}");
    assert_eq!(why["line"]["path_then"], "src/xbrl.rs");
    assert!(why["history"]["written"].is_object());
}

#[test]
fn a_history_that_does_not_verify_is_refused_or_marked() {
    let told = told();
    let dir = tempfile::tempdir().unwrap();
    let copy = dir.path().join("history");
    let status = Command::new("cp")
        .arg("-r")
        .arg(told.history())
        .arg(&copy)
        .status();
    assert!(status.unwrap().success());
    let comments = copy.join("items/1/comments.jsonl");
    let text = std::fs::read_to_string(&comments).unwrap();
    let kept: Vec<&str> = text
        .lines()
        .enumerate()
        .filter(|(index, _)| *index != 7)
        .map(|(_, line)| line)
        .collect();
    std::fs::write(&comments, kept.join("\n") + "\n").unwrap();
    let args = |extra: &'static [&'static str]| {
        let mut all = vec![
            "trace",
            "library_choice",
            "--json",
            "--history",
            copy.to_str().unwrap(),
        ];
        all.extend(extra);
        trail_tests::told::trail(&all, &told.repository())
    };
    let refused = args(&[]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("does not verify"));
    let (marked, exit) = json(&args(&["--unverified"]));
    assert_eq!(exit, 0);
    assert_eq!(marked["verified"], false);
}
