//! The demo as people run it: the built binary, real files, real test runs, and its figures judged
//! by an independent verifier.

#![expect(clippy::unwrap_used, reason = "helpers of tests are test code too")]

use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};

/// The sample's own script.
const SCRIPT: &str = include_str!("../../src/demo/scripts/scripted-a.json");

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("tests lies in the workspace")
}

/// Runs `trail` away from any set-up and without the caller's own settings.
fn trail(args: &[&str]) -> Output {
    trail_with(args, &[])
}

fn trail_with(args: &[&str], settings: &[(&str, &str)]) -> Output {
    let mut command = Command::new(trail_tests::binary::trail());
    // The names of variables are settings to `trail`, even those that are meant for tests.
    let own = std::env::vars_os().map(|(name, _)| name);
    for name in own.filter(|name| name.to_string_lossy().starts_with("TRAIL_")) {
        command.env_remove(name);
    }
    command
        .args(args)
        .envs(settings.iter().copied())
        .current_dir(std::env::temp_dir())
        .output()
        .unwrap()
}

fn json_of(output: &Output) -> Value {
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {said}"))
}

/// Runs the demo with a setting besides its own.
fn demo_with(dir: &Path, more: &[&str], setting: (&str, &str)) -> Value {
    let mut args = vec!["demo", "--yes", "--json", "--dir", dir.to_str().unwrap()];
    args.extend(more);
    json_of(&trail_with(&args, &[setting]))
}

fn demo(dir: &Path, more: &[&str]) -> Value {
    let mut args = vec!["demo", "--yes", "--json", "--dir", dir.to_str().unwrap()];
    args.extend(more);
    json_of(&trail(&args))
}

/// Has the Python verifier count; none where it cannot run, which is said loudly.
fn foreign(history: &Path) -> Option<Value> {
    let script = root().join("tests/verifier/verify.py");
    let can_run = Command::new("python3")
        .args(["-c", "import cryptography"])
        .output();
    if !can_run.is_ok_and(|ran| ran.status.success()) {
        let required = std::env::var("TRAIL_REQUIRE_FOREIGN").is_ok_and(|value| value == "1");
        assert!(
            !required,
            "python3 with the package cryptography is required and not here"
        );
        eprintln!("SKIPPED: the independent verifier needs python3 with the package cryptography");
        return None;
    }
    let ran = Command::new("python3")
        .arg(script)
        .arg(history)
        .output()
        .unwrap();
    let told: Value = serde_json::from_slice(&ran.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&ran.stderr)));
    Some(told["items"][0].clone())
}

/// Asserts that the Python verifier counts what the demo says.
fn assert_foreign_agrees(played: &Value) {
    let history = Path::new(played["history"].as_str().unwrap());
    let Some(counted) = foreign(history) else {
        return;
    };
    assert_eq!(counted["word"], "verified", "{counted}");
    for field in [
        "decisions",
        "gates",
        "intermediate",
        "outside_actions",
        "entries",
        "records",
        "head",
    ] {
        assert_eq!(counted[field], played[field], "{field}");
    }
}

/// Asserts that every criterion is proven, AC-5 by a mutant, and that the evidence is where the demo
/// says it is.
fn assert_ends_with_evidence(dir: &Path, played: &Value) {
    let standings: Vec<String> = played["criteria"]
        .as_array()
        .unwrap()
        .iter()
        .map(|own| {
            let (id, standing) = (own["id"].as_str(), own["standing"].as_str());
            format!("{} {}", id.unwrap(), standing.unwrap())
        })
        .collect();
    let proven = ["AC-1", "AC-2", "AC-3", "AC-4", "AC-5", "AC-6"];
    assert_eq!(standings, proven.map(|id| format!("{id} proven")));
    assert_eq!(played["lint"]["findings"], 0);
    assert_eq!(played["bundle_verdict"], "verified");
    let page = std::fs::read_to_string(played["report"].as_str().unwrap()).unwrap();
    assert!(page.starts_with("<!doctype html>") || page.starts_with("<!DOCTYPE html>"));

    let dir = dir.to_str().unwrap();
    let proofs = json_of(&trail(&["--dir", dir, "--json", "report", "VSME-142"]))["proofs"].clone();
    let by_mutant: Vec<&str> = proofs
        .as_array()
        .unwrap()
        .iter()
        .filter(|own| !own["mutant"].is_null())
        .map(|own| own["test"].as_str().unwrap())
        .collect();
    assert_eq!(
        by_mutant,
        ["vsme-report::xbrl::the_text_output_stays_byte_identical"]
    );
    let linted = json_of(&trail(&[
        "--dir",
        dir,
        "--json",
        "lint",
        "--repository",
        played["delivered"].as_str().unwrap(),
    ]));
    assert_eq!(linted["findings"], json!([]));
    let bundle = played["bundle"].as_str().unwrap();
    let verified = json_of(&trail(&["--json", "verify", bundle]));
    assert_eq!(verified["items"][0]["head"], played["head"], "{verified}");
    if let Some(counted) = foreign(Path::new(bundle)) {
        assert_eq!(counted["word"], "verified", "{counted}");
    }
}

#[test]
fn the_demo_plays_the_reference_session_and_every_command_can_read_it() {
    let temp = tempfile::tempdir().unwrap();
    let dir = temp.path().join("demo");
    let played = demo(&dir, &[]);
    for (field, expected) in [
        ("item", json!("VSME-142")),
        ("run", json!("VSME-142.1")),
        ("decisions", json!(47)),
        ("gates", json!(2)),
        ("intermediate", json!(11)),
        ("outside_actions", json!(1)),
        (
            "tests",
            json!({"first": {"passed": 9, "failed": 3}, "last": {"passed": 12, "failed": 0}}),
        ),
        ("chain", json!("verified")),
        ("stage", json!("delivered")),
        ("scripted", json!(true)),
        ("simulated", json!(true)),
    ] {
        assert_eq!(played[field], expected, "{field}");
    }
    assert_foreign_agrees(&played);

    let dir_text = dir.to_str().unwrap();
    let read = |args: &[&str]| json_of(&trail(&[&["--dir", dir_text, "--json"], args].concat()));
    let verified = read(&["verify", "--require-checkpoint"]);
    assert_eq!(verified["verdict"], "verified");
    assert_eq!(verified["items"][0]["head"], played["head"]);
    let exported = json_of(&trail(&[
        "--json",
        "verify",
        played["history"].as_str().unwrap(),
    ]));
    assert_eq!(exported["items"][0]["head"], played["head"]);

    let report = read(&["report", "VSME-142"]);
    let gaps: Vec<&str> = report["gaps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|gap| gap["kind"].as_str().unwrap())
        .collect();
    assert_eq!(gaps, ["scripted", "simulated"]);
    assert_eq!(report["calls"].as_array().unwrap().len(), 47);
    assert!(
        report["criteria"]
            .as_array()
            .unwrap()
            .iter()
            .all(|own| own["standing"] == "proven")
    );
    let markdown = std::fs::read_to_string(dir.join("report.md")).unwrap();
    assert!(markdown.contains("**simulated**") && markdown.contains("library\\_choice"));

    assert_ends_with_evidence(&dir, &played);

    let log = read(&["log", "VSME-142"]);
    let calls = log
        .as_array()
        .unwrap()
        .iter()
        .filter(|line| !line["call"].is_null())
        .count();
    assert_eq!(calls, 47);
    let choice = report["conclusions"]
        .as_array()
        .unwrap()
        .iter()
        .find(|own| own["conclusion"]["name"] == "library_choice")
        .unwrap();
    let digest = choice["digest"].as_str().unwrap();
    let shown = read(&["show", &digest["sha256:".len()..][..16]]);
    assert_eq!(shown["body"]["choice"], "ex_xbrl");
    assert!(shown["used_by"].as_array().unwrap().len() > 3);
    assert_eq!(read(&["show", "VSME-142"])["stage"], "delivered");

    // The branch that was delivered is in the repository, with the commits the history names.
    let git = Command::new("git")
        .args(["rev-parse", "trail/VSME-142.1"])
        .current_dir(dir.join("repo"))
        .output()
        .unwrap();
    assert_eq!(
        String::from_utf8_lossy(&git.stdout).trim(),
        report["pull_request"]["head"].as_str().unwrap()
    );

    let again = trail(&["demo", "--yes", "--json", "--dir", dir_text]);
    assert_eq!(again.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&again.stderr).contains("not empty"));
}

#[test]
fn a_changed_script_changes_the_figures() {
    let temp = tempfile::tempdir().unwrap();
    let mut script: Value = serde_json::from_str(SCRIPT).unwrap();
    let mut cut = 0;
    for action in script["actions"].as_array_mut().unwrap() {
        let turns = action["turns"].as_array_mut().unwrap();
        // One call more in the plan.
        if turns.len() == 12 {
            let look = json!({"text": "One more look.", "calls": [{"name": "list", "arguments": {"path": "docs"}}]});
            turns.insert(11, look);
        }
        // The script itself would notice other test results than those it was written for.
        for turn in turns.iter_mut() {
            let changed = match turn["expect"].as_str() {
                Some("3 failed") => "8 passed, 3 failed",
                Some("12 passed") => "11 passed, 0 failed",
                _ => continue,
            };
            turn["expect"] = changed.into();
        }
        // One test fewer: the last one of the file, which is AC-6's.
        for call in turns
            .iter_mut()
            .flat_map(|turn| turn["calls"].as_array_mut().unwrap())
        {
            let Some(text) = call["arguments"]["new"].as_str() else {
                continue;
            };
            if let Some(at) = text.find(
                "\n#[test]\n#[trail::validates(work_item = \"VSME-142\", criterion = \"AC-6\")]",
            ) {
                let shorter = text[..at].to_owned();
                call["arguments"]["new"] = shorter.into();
                cut += 1;
            }
        }
    }
    assert_eq!(cut, 1);
    let path = temp.path().join("script.json");
    std::fs::write(&path, script.to_string()).unwrap();
    let dir = temp.path().join("demo");
    // The script has no second round for the tester, to whom a criterion without a test goes back.
    let rounds = ("TRAIL_TESTS__PROVING_ROUNDS", "0");
    let played = demo_with(&dir, &["--script", path.to_str().unwrap()], rounds);
    assert_eq!(played["decisions"], 48);
    assert_eq!(
        played["tests"],
        json!({"first": {"passed": 8, "failed": 3}, "last": {"passed": 11, "failed": 0}})
    );
    assert_eq!(played["chain"], "verified");
    assert_foreign_agrees(&played);
    let report = json_of(&trail(&[
        "--dir",
        dir.to_str().unwrap(),
        "report",
        "VSME-142",
        "--format",
        "json",
    ]));
    let gaps = report["gaps"].as_array().unwrap();
    // What the script did not say of its one call more is not known, and not 0.
    for (kind, what) in [
        ("criterion", "AC-6@1: no annotated test"),
        ("cost", "the cost of 1 of 48 calls is not known"),
        ("tokens", "the tokens of 1 of 48 calls are not known"),
    ] {
        assert!(
            gaps.contains(&json!({"kind": kind, "what": what})),
            "{gaps:?}"
        );
    }
}

#[test]
fn without_anybody_to_ask_the_demo_stops_at_the_gate_and_says_so() {
    let temp = tempfile::tempdir().unwrap();
    let dir = temp.path().join("demo");
    let ended = trail(&["demo", "--dir", dir.to_str().unwrap()]);
    let said = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(2), "{said}");
    assert!(
        said.contains("file_write") && said.contains("--yes"),
        "{said}"
    );
    let shown = String::from_utf8_lossy(&ended.stdout);
    assert!(
        shown.contains("src/xbrl.rs") && shown.contains("Type the code"),
        "{shown}"
    );
    // Nothing was written to the repository before its gate.
    let branches = Command::new("git")
        .args(["branch", "--list", "trail/*"])
        .current_dir(dir.join("repo"))
        .output()
        .unwrap();
    assert!(branches.stdout.is_empty());
    let report = json_of(&trail(&[
        "--dir",
        dir.to_str().unwrap(),
        "--json",
        "report",
        "VSME-142",
    ]));
    let gaps = report["gaps"].as_array().unwrap();
    assert!(gaps.iter().any(|gap| gap["kind"] == "waiting"), "{gaps:?}");
    assert!(gaps.iter().all(|gap| gap["kind"] != "simulated"));
}
