//! Replays of the demo's session by the built binary: 47 calls, a real repository, real test runs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use serde_json::Value;
use tempfile::TempDir;
use trail_tests::binary;

const RIVAL: &str = include_str!("../../../src/demo/scripts/scripted-b.json");
const RUN: &str = "VSME-142.1";

/// The demo, played once, and what it said.
fn demo() -> &'static (TempDir, Value) {
    static DEMO: OnceLock<(TempDir, Value)> = OnceLock::new();
    DEMO.get_or_init(|| {
        let temp = tempfile::tempdir().unwrap();
        let dir = temp.path().join("demo");
        let args = ["demo", "--yes", "--json", "--dir", dir.to_str().unwrap()];
        let played = json(&trail(&args));
        let rival = "\n[models.rival]\nkind = \"scripted\"\nmodel = \"scripted-b\"\nscript = \"rival.json\"\n";
        let config = fs::read_to_string(dir.join("trail.toml")).unwrap();
        fs::write(dir.join("trail.toml"), config + rival).unwrap();
        fs::write(dir.join("rival.json"), RIVAL).unwrap();
        (temp, played)
    })
}

fn dir() -> PathBuf {
    demo().0.path().join("demo")
}

fn command() -> Command {
    let mut command = Command::new(binary::trail());
    let own = std::env::vars_os().map(|(name, _)| name);
    for name in own.filter(|name| name.to_string_lossy().starts_with("TRAIL_")) {
        command.env_remove(name);
    }
    command.current_dir(std::env::temp_dir());
    command
}

fn trail(args: &[&str]) -> Output {
    command().args(args).output().unwrap()
}

/// Runs a command on a set-up.
fn at(dir: &Path, args: &[&str]) -> Output {
    trail(&[&["--json", "--dir", dir.to_str().unwrap()], args].concat())
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)))
}

fn refused(output: &Output, exit: i32) -> String {
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(exit), "{said}");
    assert!(output.stdout.is_empty());
    said
}

/// Lists a folder's files, folders first or last, so that copies are made in another order.
fn files(dir: &Path, backwards: bool) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(dir)
        .unwrap()
        .flat_map(|entry| {
            let path = entry.unwrap().path();
            if path.is_dir() {
                files(&path, backwards)
            } else {
                vec![path]
            }
        })
        .collect();
    found.sort();
    if backwards {
        found.reverse();
    }
    found
}

fn copy(from: &Path, to: &Path, backwards: bool) {
    for path in files(from, backwards) {
        let target = to.join(path.strip_prefix(from).unwrap());
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        fs::copy(&path, &target).unwrap();
    }
}

/// Every file below a folder with its bytes and times.
fn snapshot(dir: &Path) -> Vec<(PathBuf, Vec<u8>, std::time::SystemTime)> {
    let all = files(dir, false).into_iter();
    all.map(|path| {
        let changed = fs::metadata(&path).unwrap().modified().unwrap();
        let bytes = fs::read(&path).unwrap();
        (path, bytes, changed)
    })
    .collect()
}

#[test]
fn the_session_comes_out_the_same_wherever_and_however_often_it_is_replayed() {
    let repository = dir().join("repo");
    let before = snapshot(&repository);
    let all = std::env::var("TRAIL_ALL_REPLAYS").is_ok_and(|value| value == "1");
    let locales = ["C", "C.UTF-8", "de_DE.UTF-8", "tr_TR.UTF-8", "xx_YY"];
    let zones = ["UTC", "Asia/Kathmandu", "Pacific/Apia", ":nowhere"];
    let umasks = ["022", "077", "000"];
    let mut first = None;
    for number in 0..if all { 100 } else { 4 } {
        let temp = tempfile::tempdir().unwrap();
        let home = temp
            .path()
            .join(format!("{number:0>w$}", w = number % 7 + 1));
        let history = home.join("history");
        let exported = demo().1["history"].as_str().unwrap();
        copy(Path::new(exported), &history, number % 2 == 1);
        let mut shell = Command::new("sh");
        let own = std::env::vars_os().map(|(name, _)| name);
        for name in own.filter(|name| name.to_string_lossy().starts_with("TRAIL_")) {
            shell.env_remove(name);
        }
        let script = format!("umask {}; exec \"$0\" \"$@\"", umasks[number % 3]);
        let dir = dir();
        shell
            .args(["-c", &script])
            .arg(binary::trail())
            .args(["--json", "--dir", dir.to_str().unwrap(), "replay", RUN])
            .args(["--history", history.to_str().unwrap()])
            .current_dir(if number % 2 == 0 {
                Path::new("/")
            } else {
                &home
            })
            .env("TMPDIR", &home)
            .env("LC_ALL", locales[number % 5])
            .env("LANG", locales[(number + 1) % 5])
            .env("TZ", zones[number % 4])
            .env("GIT_AUTHOR_DATE", format!("{number} +0000"))
            .env("GIT_DIR", "/nowhere");
        let output = shell.output().unwrap();
        let told = json(&output);
        assert_eq!(told["difference"], Value::Null, "{told:#}");
        assert_eq!(output.status.code(), Some(0));
        let first = first.get_or_insert_with(|| output.stdout.clone());
        assert_eq!(*first, output.stdout, "replay {number}");
    }
    let told: Value = serde_json::from_slice(&first.unwrap()).unwrap();
    assert_eq!(told["head"], demo().1["head"]);
    assert_eq!(told["reproduced"]["entries"], demo().1["entries"]);
    assert_eq!(told["reproduced"]["records"], demo().1["records"]);
    assert_eq!(told["taken_from_record"]["answers"], 47);
    assert_eq!(told["taken_from_record"]["test_results"], 2);
    assert_eq!(told["taken_from_record"]["entries"], serde_json::json!({}));
    assert!(
        before == snapshot(&repository),
        "the original is not touched"
    );
}

#[test]
fn a_tampered_history_is_refused_and_the_first_difference_named() {
    let temp = tempfile::tempdir().unwrap();
    let history = temp.path().join("history");
    copy(
        Path::new(demo().1["history"].as_str().unwrap()),
        &history,
        false,
    );
    let replay = |more: &[&str]| {
        let own = ["replay", RUN, "--history", history.to_str().unwrap()];
        at(&dir(), &[&own[..], more].concat())
    };
    assert_eq!(json(&replay(&[]))["identical"], true);
    // A decision's answer, where the record is kept apart.
    let victim = files(&history.join("blobs"), false)
        .into_iter()
        .find(|path| {
            let text = fs::read_to_string(path).unwrap();
            text.contains("\"kind\":\"decision\"") && text.contains("\"tool\":\"write\"")
        })
        .unwrap();
    let sound = fs::read_to_string(&victim).unwrap();
    let call = sound.split("\"call\":").nth(1).unwrap();
    let call: u64 = call.split(',').next().unwrap().parse().unwrap();
    let (start, end) = sound.split_once("\"arguments\":{\"content\":\"").unwrap();
    fs::write(
        &victim,
        format!("{start}\"arguments\":{{\"content\":\"// not so\\n{end}"),
    )
    .unwrap();
    let said = refused(&replay(&[]), 1);
    assert!(
        said.contains("does not verify") && said.contains("--unverified"),
        "{said}"
    );
    let output = replay(&["--unverified"]);
    assert_eq!(output.status.code(), Some(1));
    let told = json(&output);
    assert_eq!(told["verified"], false);
    assert_eq!(told["identical"], false);
    assert_eq!(told["head"], Value::Null);
    let record = told["difference"]["record"].as_str().unwrap();
    let place = format!("call {call}");
    let next = format!("call {}", call + 1);
    assert!(
        record.contains(&place) || record.contains(&next),
        "{told:#}"
    );
    // A record that is gone.
    fs::remove_file(&victim).unwrap();
    let said = refused(&replay(&[]), 1);
    assert!(
        said.contains("are not here") && said.contains("fetch the blobs"),
        "{said}"
    );
    // A seal that is broken.
    fs::write(&victim, sound).unwrap();
    let comments = history.join("items/1/comments.jsonl");
    let text = fs::read_to_string(&comments).unwrap();
    fs::write(
        &comments,
        text.replacen("\"payload\\\":\\\"ey", "\"payload\\\":\\\"eY", 1),
    )
    .unwrap();
    let said = refused(&replay(&[]), 1);
    assert!(said.contains("does not verify"), "{said}");
}

#[test]
fn a_repository_without_the_commit_is_named_and_so_are_unknown_runs() {
    let temp = tempfile::tempdir().unwrap();
    let other = temp.path().join("demo");
    copy(&dir(), &other, false);
    fs::remove_dir_all(other.join("repo/.git")).unwrap();
    let identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"];
    for args in [
        &["init", "--quiet", "--initial-branch=main"][..],
        &["add", "README.md"],
        &[&identity[..], &["commit", "--quiet", "-m", "x"]].concat(),
    ] {
        let made = Command::new("git")
            .args(args)
            .current_dir(other.join("repo"))
            .status();
        assert!(made.unwrap().success());
    }
    let said = refused(&at(&other, &["replay", RUN]), 2);
    assert!(said.contains("lacks the commit"), "{said}");
    let said = refused(&at(&dir(), &["replay", "VSME-142.7"]), 2);
    assert!(said.contains("VSME-142.1"), "{said}");
    // Other rules than those of then.
    copy(&dir(), &other, false);
    let rules = other.join("policies/risk.json");
    let text = fs::read_to_string(&rules).unwrap();
    fs::write(&rules, text.replace("**/*.adoc", "**/*.asc")).unwrap();
    let said = refused(&at(&other, &["replay", RUN]), 2);
    assert!(said.contains("under policy sha256:"), "{said}");
}

#[test]
fn the_recorded_tests_come_out_the_same_when_they_are_run_again() {
    let output = at(&dir(), &["replay", RUN, "--rerun-tests"]);
    let told = json(&output);
    assert_eq!(output.status.code(), Some(0), "{told:#}");
    let reruns = told["reruns"].as_array().unwrap();
    let counts: Vec<&Value> = reruns.iter().map(|own| &own["now"]).collect();
    assert_eq!(
        counts,
        [&serde_json::json!([9, 3]), &serde_json::json!([12, 0])]
    );
    assert!(reruns.iter().all(|own| own["same"] == true), "{told:#}");
}

#[test]
fn the_rival_model_makes_another_run_and_bad_overrides_write_nothing() {
    let temp = tempfile::tempdir().unwrap();
    let out = temp.path().join("out");
    let out_text = out.to_str().unwrap();
    for (bad, expected) in [
        ("model=nobody", "there is no model"),
        ("temperature=0.5", "has no such setting"),
        ("prompt=x", "cannot be overridden"),
    ] {
        let args = ["replay", RUN, "--override", bad, "--out", out_text];
        let said = refused(&at(&dir(), &args), 2);
        assert!(said.contains(expected), "{said}");
        assert!(!out.exists());
    }
    let args = [
        "replay",
        RUN,
        "--override",
        "model=rival",
        "--out",
        out_text,
    ];
    let late = [&args[..], &["--from", "48"]].concat();
    let said = refused(&at(&dir(), &late), 2);
    assert!(said.contains("calls 1 to 47"), "{said}");
    assert!(!out.exists());

    let branches = snapshot(&dir().join("repo/.git/refs"));
    let output = at(&dir(), &args);
    let told = json(&output);
    assert_eq!(output.status.code(), Some(0), "{told:#}");
    let replay = &told["replay"];
    assert_eq!(replay["calls"], 24);
    assert_eq!(replay["carried"].as_array().unwrap().len(), 2);
    assert_eq!(replay["replay_of"]["head"], demo().1["head"]);
    assert!(branches == snapshot(&dir().join("repo/.git/refs")));

    let history = told["history"].as_str().unwrap();
    let verified = json(&trail(&["--json", "verify", history]));
    assert_eq!(verified["verdict"], "tail: unchecked", "{verified:#}");
    assert!(verified["note"].as_str().unwrap().contains("REPLAY"));
    for command in ["log", "report"] {
        let read = at(&dir(), &[command, "VSME-142", "--history", history]);
        assert_eq!(read.status.code(), Some(0), "{command}");
    }
    // A replay is a run too: it can itself be replayed exactly.
    let run = replay["run"].as_str().unwrap();
    let again = at(&dir(), &["replay", run, "--history", history]);
    let told = json(&again);
    assert_eq!(told["identical"], true, "{told:#}");
    assert_eq!(told["taken_from_record"]["entries"]["roots of replays"], 1);
    assert_eq!(told["taken_from_record"]["answers"], 24);
    // Its directory is not used twice.
    let said = refused(&at(&dir(), &args), 2);
    assert!(said.contains("not empty"), "{said}");
}
