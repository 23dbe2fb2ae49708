//! What lies in `deploy/`: units that systemd takes, a guide whose commands exist, no secrets.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use trail_tests::{binary, foreign};

fn deploy() -> PathBuf {
    binary::workspace().join("deploy")
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn systemd_takes_the_units() {
    let there = Command::new("systemd-analyze").arg("--version").output();
    if !there.is_ok_and(|ran| ran.status.success()) {
        foreign::skip("systemd-analyze is not installed: no unit was checked");
        return;
    }
    let dir = tempfile::tempdir().expect("a temporary directory can be made");
    let units = deploy().join("systemd");
    let mut checked = 0;
    for name in [
        "trail-worker@.service",
        "trail-serve.service",
        "trail-verify.service",
        "trail-verify.timer",
    ] {
        // A template is checked as one of its instances; the program need not be installed here.
        let text = read(&units.join(name)).replace("/usr/local/bin/trail", "/bin/true");
        let copy = dir.path().join(name.replace('@', "@coder"));
        std::fs::write(&copy, text).expect("the directory can be written");
    }
    for entry in std::fs::read_dir(dir.path())
        .expect("it was made")
        .flatten()
    {
        let ran = Command::new("systemd-analyze")
            .args(["verify", "--man=no"])
            .arg(entry.path())
            .output()
            .expect("it ran before");
        let said = String::from_utf8_lossy(&ran.stderr);
        let own: Vec<&str> = said
            .lines()
            .filter(|line| line.contains("trail-"))
            .collect();
        assert!(ran.status.success() && own.is_empty(), "{own:?}\n{said}");
        checked += 1;
    }
    assert_eq!(checked, 4);
}

/// Returns the verbs that a text tells people to run.
fn verbs(text: &str) -> BTreeSet<String> {
    let mut verbs = BTreeSet::new();
    for piece in text.split("trail ").skip(1) {
        let own = piece
            .trim_start_matches("--dir {} ")
            .trim_start_matches("--log-format json ");
        let verb: String = own
            .chars()
            .take_while(|own| own.is_ascii_lowercase())
            .collect();
        if !verb.is_empty() {
            verbs.insert(verb);
        }
    }
    verbs
}

#[test]
fn every_command_of_the_guide_and_the_units_exists() {
    let help = Command::new(binary::trail()).arg("--help").output();
    let help = String::from_utf8(help.expect("trail can be run").stdout).expect("help is text");
    let known: BTreeSet<&str> = help
        .lines()
        .filter_map(|line| line.strip_prefix("  "))
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    let mut text = String::new();
    for file in ["README.md", "container/compose.yaml"] {
        for line in read(&deploy().join(file)).lines() {
            // Commands stand in blocks and in backticks; prose says "trail" too.
            let code = line.starts_with("    ") || line.contains("`trail ");
            if code && !line.contains("install -m") {
                text.push_str(&line.replace('`', "\n"));
                text.push('\n');
            }
        }
    }
    let named: BTreeSet<String> = text
        .lines()
        .filter(|line| line.trim_start().starts_with("trail "))
        .flat_map(verbs)
        .collect();
    assert!(named.len() >= 5, "{named:?}");
    for verb in &named {
        assert!(known.contains(verb.as_str()), "trail {verb} is no command");
    }
}

#[test]
fn the_compose_file_gives_each_worker_its_own_place_and_nothing_more() {
    let text = read(&deploy().join("container/compose.yaml"));
    for role in ["planner", "coder", "tester", "reviewer"] {
        assert!(
            text.contains(&format!("[\"./trail/{role}:/var/lib/trail\"]")),
            "{role}"
        );
        assert!(text.contains(&format!("\"--role\", \"{role}\"")), "{role}");
    }
    for rule in [
        "read_only: true",
        "cap_drop: [ALL]",
        "no-new-privileges:true",
    ] {
        assert!(text.contains(rule), "{rule}");
    }
    assert!(!text.contains("ports:"), "no worker is open to the network");
}
