//! `trail lint` by the built binary: exit codes, formats, the baseline, what is staged, proposals, and
//! criteria from a file, from what this machine remembers and from a history.

#![expect(clippy::unwrap_used, reason = "helpers of tests are test code too")]

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;
use trail_tests::told::trail;

const CRITERIA: &str = r#"{
  "version": 1,
  "items": [
    {
      "key": "VSME-142", "title": "Export as XBRL", "state": "delivered",
      "criteria": [
        {"id": "AC-1", "revision": 1, "text": "Amounts are rounded half to even."},
        {"id": "AC-2", "revision": 2, "text": "An unknown currency is refused by its name."}
      ]
    }
  ]
}"#;

const GOOD: &str = "# trail:validates VSME-142 AC-1, AC-2@2\ndef test_good():\n    assert 1\n";
const BAD: &str = "# trail:validates VSME-142 AC-2@1\ndef test_old():\n    assert 1\n";

/// A repository with criteria and a good test.
fn repository() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    git(folder.path(), &["init", "--quiet", "--initial-branch=main"]);
    put(folder.path(), "trail-criteria.json", CRITERIA);
    put(folder.path(), "tests/test_good.py", GOOD);
    folder
}

fn put(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn git(root: &Path, arguments: &[&str]) {
    let mut command = Command::new("git");
    command
        .current_dir(root)
        .args(["-c", "user.name=t", "-c", "user.email=t@example.org"]);
    assert!(
        command.args(arguments).status().unwrap().success(),
        "git {arguments:?}"
    );
}

/// Runs `trail lint` in a folder: its exit code, standard output and standard error.
fn lint(root: &Path, arguments: &[&str]) -> (i32, String, String) {
    let mut all = vec!["lint"];
    all.extend(arguments);
    let output = trail(&all, root);
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (
        output.status.code().unwrap(),
        text(&output.stdout),
        text(&output.stderr),
    )
}

fn json(root: &Path, arguments: &[&str]) -> (i32, Value) {
    let (exit, out, said) = lint(root, &[&["--json"], arguments].concat());
    let value = serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}{said}"));
    (exit, value)
}

fn rules(report: &Value) -> Vec<&str> {
    let all = report["findings"].as_array().unwrap().iter();
    let open = all.filter(|own| own["standing"]["standing"] == "open");
    open.map(|own| own["rule"].as_str().unwrap()).collect()
}

#[test]
fn the_exit_code_tells_clean_findings_and_wrong_usage_apart() {
    let folder = repository();
    let root = folder.path();
    let (exit, out, _) = lint(root, &[]);
    assert_eq!(exit, 0, "{out}");
    assert_eq!(
        out,
        "clean: 2 files, 1 of 1 test annotated; 2 of 2 criteria have a test\n"
    );

    put(root, "tests/test_old.py", BAD);
    // From a folder below, the whole repository is linted.
    let (exit, out, _) = lint(&root.join("tests"), &[]);
    assert_eq!(exit, 1);
    assert!(
        out.starts_with(
            "tests/test_old.py:1:3: error[trail/outdated-revision] VSME-142 AC-2 was amended"
        ),
        "{out}"
    );
    assert_eq!(lint(root, &["tests/test_good.py"]).0, 0);

    for (arguments, problem) in [
        (&["nowhere"][..], "nowhere"),
        (&["/"], "is not inside"),
        (&["--criteria", "gone.json"], "gone.json"),
        (&["--explain", "dead-tset"], "did you mean dead-test?"),
        (&["--baseline", "gone.json"], "there is no such file"),
        (&["--accept", " "], "for a reason"),
    ] {
        let (exit, _, said) = lint(root, arguments);
        assert_eq!(exit, 2, "{arguments:?}: {said}");
        assert!(said.contains(problem), "{arguments:?}: {said}");
        assert!(said.contains("help:"), "{arguments:?}: {said}");
    }
    fs::remove_file(root.join("trail-criteria.json")).unwrap();
    let (exit, _, said) = lint(root, &[]);
    assert_eq!(exit, 2);
    assert!(
        said.contains("it is not known which criteria there are"),
        "{said}"
    );
}

#[test]
fn a_repositorys_own_settings_are_read_and_their_mistakes_told() {
    let folder = repository();
    let root = folder.path();
    put(
        root,
        "tests/test_more.py",
        "def test_more():\n    assert 1\n",
    );
    put(
        root,
        "trail-lint.toml",
        "[lint]\ngoverned = [\"tests/**\"]\n[lint.rules]\nunannotated-test = \"error\"\n",
    );
    let (exit, report) = json(root, &[]);
    assert_eq!((exit, rules(&report)), (1, vec!["trail/unannotated-test"]));
    put(
        root,
        "trail-lint.toml",
        "[lint.rules]\nunanotated-test = \"error\"\n",
    );
    let (exit, _, said) = lint(root, &[]);
    assert_eq!(exit, 2);
    assert!(said.contains("did you mean unannotated-test?"), "{said}");
    put(root, "trail-lint.toml", "[lint]\ngovernd = []\n");
    assert_eq!(lint(root, &[]).0, 2);
}

#[test]
fn the_baseline_takes_in_by_a_reason_and_only_shrinks() {
    let folder = repository();
    let root = folder.path();
    put(root, "tests/test_old.py", BAD);
    assert_eq!(
        lint(root, &["--update-baseline"]).0,
        1,
        "nothing comes in by itself"
    );
    let (exit, out, said) = lint(root, &["--accept", "imported before Trail"]);
    assert_eq!(exit, 0, "{out}{said}");
    let (exit, report) = json(root, &["--strict", "--strict-baseline"]);
    assert_eq!((exit, rules(&report)), (0, vec![]));
    assert_eq!(report["baseline"], "trail-lint-baseline.json");

    put(root, "tests/test_old.py", &BAD.replace("@1", "@2"));
    let (exit, report) = json(root, &["--strict-baseline"]);
    assert_eq!((exit, rules(&report)), (1, vec!["trail/baseline-stale"]));
    assert_eq!(lint(root, &["--update-baseline", "--strict-baseline"]).0, 0);
    let text = fs::read_to_string(root.join("trail-lint-baseline.json")).unwrap();
    assert!(text.contains("\"findings\": [\n]"), "{text}");
}

#[test]
fn a_hook_lints_what_is_staged_not_what_lies_there() {
    let folder = repository();
    let root = folder.path();
    git(root, &["add", "."]);
    git(root, &["commit", "--quiet", "-m", "first"]);
    put(root, "tests/test_old.py", BAD);
    put(root, "tests/test_other.py", BAD);
    git(root, &["add", "tests/test_old.py"]);
    // Mended in the working copy only: the commit would still hold it.
    put(root, "tests/test_old.py", GOOD);
    let (exit, report) = json(root, &["--staged"]);
    assert_eq!((exit, rules(&report)), (1, vec!["trail/outdated-revision"]));
    assert_eq!(report["findings"][0]["path"], "tests/test_old.py");
    assert_eq!(report["counts"]["files"], 1);
    git(root, &["add", "tests/test_old.py"]);
    assert_eq!(lint(root, &["--staged"]).0, 0);

    // As the hook of `git commit -a` is called, which prepares another index.
    let hook = root.join(".git/hooks/pre-commit");
    let binary = trail_tests::binary::trail().display().to_string();
    fs::write(&hook, format!("#!/bin/sh\nexec '{binary}' lint --staged\n")).unwrap();
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).unwrap();
    git(root, &["reset", "--quiet", "--hard"]);
    put(root, "tests/test_good.py", BAD);
    let commit = |message: &str| {
        let mut command = Command::new("git");
        command
            .current_dir(root)
            .args(["-c", "user.name=t", "-c", "user.email=t@example.org"]);
        command.args(["commit", "--quiet", "-a", "-m", message]);
        command.output().unwrap().status.success()
    };
    assert!(!commit("bad"), "the hook refuses");
    put(
        root,
        "tests/test_good.py",
        GOOD.replace("assert 1", "assert 2").as_str(),
    );
    assert!(commit("good"), "the hook lets it through");
}

#[test]
fn proposals_are_shown_before_they_are_written() {
    let folder = repository();
    let root = folder.path();
    let text = "def test_refuses_an_unknown_currency():\n    assert 1\n";
    put(root, "tests/test_new.py", text);
    let (exit, out, _) = lint(root, &["--fix", "tests"]);
    assert_eq!(exit, 1);
    assert!(
        out.contains("+# trail:validates VSME-142 AC-2@2\n"),
        "{out}"
    );
    assert_eq!(
        fs::read_to_string(root.join("tests/test_new.py")).unwrap(),
        text
    );
    let (exit, out, said) = lint(root, &["--fix", "--write", "tests"]);
    assert_eq!(exit, 0, "{out}{said}");
    assert_eq!(
        fs::read_to_string(root.join("tests/test_new.py")).unwrap(),
        format!("# trail:validates VSME-142 AC-2@2\n{text}")
    );
    assert_eq!(lint(root, &["--governed", "tests/**", "--strict"]).0, 0);
}

#[test]
fn each_format_goes_to_a_file_and_says_so_by_the_exit_code() {
    let folder = repository();
    let root = folder.path();
    put(root, "tests/test_old.py", BAD);
    for (format, begins) in [
        ("sarif", "{"),
        ("junit", "<?xml"),
        ("github", "::error file=tests/test_old.py,line=1,"),
    ] {
        let (exit, out, _) = lint(root, &["--format", format, "-o", "out.txt"]);
        assert_eq!((exit, out.as_str()), (1, ""), "{format}");
        let written = fs::read_to_string(root.join("out.txt")).unwrap();
        assert!(written.starts_with(begins), "{format}: {written}");
    }
}

#[test]
fn without_a_tracker_the_criteria_are_those_this_machine_remembers() {
    let temp = tempfile::tempdir().unwrap();
    let place = temp.path().join("demo");
    let place = place.to_str().unwrap();
    let played = trail(&["demo", "--yes", "--json", "--dir", place], temp.path());
    assert!(played.status.success());
    // The demo has ended, and its tracker with it.
    let lint = |arguments: &[&str]| {
        let all = [&["--dir", place, "lint", "--json"], arguments].concat();
        let output = trail(&all, temp.path());
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let value: Value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{error}: {said}"));
        value
    };
    let report = lint(&[]);
    assert_eq!(report["counts"]["items"], 1, "{report:#}");
    assert_eq!(report["counts"]["criteria"], 6);
    let note = report["notes"][0].as_str().unwrap();
    assert!(note.contains("as this machine remembers"), "{note}");

    // The same from the file it writes.
    let file = temp.path().join("criteria.json");
    let file = file.to_str().unwrap();
    assert_eq!(lint(&["--write-criteria", file])["criteria"], 6);
    let again = lint(&["--criteria", file]);
    assert_eq!(again["counts"], report["counts"]);
    assert_eq!(again["findings"], report["findings"]);
    let text = fs::read_to_string(file).unwrap();
    assert!(text.contains("\"state\": \"delivered\""), "{text}");
}
