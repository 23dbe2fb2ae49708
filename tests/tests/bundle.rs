//! `trail bundle` and `trail verify FILE` as an auditor uses them: no set-up, no network, one file.

#![expect(clippy::unwrap_used, reason = "helpers of tests are test code too")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};
use trail_tests::{binary, foreign};

/// Runs `trail` in an empty folder, without any variable of a set-up.
fn trail(arguments: &[&str]) -> Output {
    let nowhere = tempfile::tempdir().unwrap();
    Command::new(binary::trail())
        .args(arguments)
        .current_dir(nowhere.path())
        .env_clear()
        .output()
        .unwrap()
}

fn json_of(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)))
}

fn tests_dir() -> PathBuf {
    binary::workspace().join("tests")
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn every_broken_bundle_is_told_by_its_words_and_exit_code() {
    let mut seen = 0;
    for entry in std::fs::read_dir(tests_dir().join("broken-bundles")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|own| own != "json") {
            continue;
        }
        let expected: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        let bundle = path.with_extension("trail");
        let output = trail(&["verify", text(&bundle), "--json"]);
        let told = json_of(&output);
        let of_bundle = told["bundle"]["findings"].as_array().unwrap().iter();
        let items = told["items"].as_array().unwrap().iter();
        let of_items = items.flat_map(|own| own["findings"].as_array().unwrap());
        let mut words: Vec<&str> = of_bundle
            .chain(of_items)
            .map(|own| own["kind"].as_str().unwrap())
            .collect();
        words.sort_unstable();
        assert_eq!(json!(words), expected["findings"], "{}", bundle.display());
        assert_eq!(told["verdict"], expected["word"], "{}", bundle.display());
        let exit = i32::from(expected["word"] == "findings");
        assert_eq!(output.status.code(), Some(exit), "{}", bundle.display());
        seen += 1;
    }
    assert!(seen > 50, "there are {seen} broken bundles");
}

#[test]
fn a_bundle_of_an_exported_history_is_made_and_verified_by_both() {
    let folder = tempfile::tempdir().unwrap();
    let bundle = folder.path().join("VSME-150.trail");
    let history = tests_dir().join("golden/proven");
    let make = [
        "bundle",
        "vsme-150",
        "--history",
        text(&history),
        "-o",
        text(&bundle),
    ];
    let output = trail(&[&make[..], &["--json"]].concat());
    let told = json_of(&output);
    assert_eq!(output.status.code(), Some(0), "{told}");
    assert_eq!(told["verdict"], "verified");
    assert_eq!(told["items"], json!(["VSME-150"]));
    assert_eq!(told["attested_by"], Value::Null, "no key was at hand");

    let again = trail(&make);
    assert_eq!(
        again.status.code(),
        Some(2),
        "a file that is there is not written over"
    );

    let operator = history.join("operator.pub");
    let output = trail(&[
        "verify",
        text(&bundle),
        "--operator",
        text(&operator),
        "--json",
    ]);
    let told = json_of(&output);
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(told["verdict"], "verified");
    assert_eq!(told["note"], Value::Null);
    if let Some(second) = foreign::verdict(&bundle) {
        assert_eq!(second["word"], "verified");
        assert_eq!(second["head"], told["items"][0]["head"]);
    }

    let stranger = folder.path().join("stranger.pub");
    std::fs::write(&stranger, format!("ed25519:{}\n", "e7".repeat(32))).unwrap();
    let output = trail(&["verify", text(&bundle), "--operator", text(&stranger)]);
    assert_ne!(
        output.status.code(),
        Some(0),
        "another operator's word does not count"
    );
}

#[test]
fn what_is_no_bundle_or_cannot_be_withheld_is_told_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("notes.txt");
    std::fs::write(&file, "no bundle").unwrap();
    let output = trail(&["verify", text(&file)]);
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("is no bundle"), "{said}");

    let history = tests_dir().join("golden/proven");
    let bundle = folder.path().join("x.trail");
    let make = [
        "bundle",
        "VSME-150",
        "--history",
        text(&history),
        "-o",
        text(&bundle),
    ];
    let entry = json_of(&trail(&["verify", text(&history), "--json"]));
    let head = entry["items"][0]["head"].as_str().unwrap().to_owned();
    for (redact, hint) in [
        (format!("{head}=secret"), "an entry cannot be withheld"),
        (head, "gives no reason"),
        (
            format!("sha256:{}=secret", "0".repeat(64)),
            "no entry lists",
        ),
    ] {
        let output = trail(&[&make[..], &["--redact", &redact]].concat());
        assert_eq!(output.status.code(), Some(2), "{redact}");
        let said = String::from_utf8(output.stderr)
            .unwrap()
            .replace("\n  │ ", " ");
        assert!(said.contains(hint), "{said}");
        assert!(!bundle.exists(), "nothing is left behind");
    }
}
