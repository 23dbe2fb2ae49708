//! The direction of dependencies between Trail's crates, as ARCHITECTURE.md draws it.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

/// Which of Trail's crates each may use in its product code. Tests may use more.
const MAY_USE: [(&str, &[&str]); 21] = [
    ("trail-record", &[]),
    ("trail-item", &["trail-record"]),
    ("trail-port", &["trail-item", "trail-record"]),
    (
        "trail-agents",
        &["trail-item", "trail-port", "trail-record"],
    ),
    (
        "trail-policies",
        &["trail-item", "trail-port", "trail-record"],
    ),
    ("trail-source", &["trail-record"]),
    (
        "trail-proof",
        &["trail-item", "trail-port", "trail-record", "trail-source"],
    ),
    (
        "trail-reader",
        &["trail-item", "trail-record", "trail-source"],
    ),
    (
        "trail-bundle",
        &["trail-item", "trail-reader", "trail-record"],
    ),
    (
        "trail-lint",
        &["trail-item", "trail-record", "trail-source"],
    ),
    (
        "trail-prover",
        &[
            "trail-item",
            "trail-port",
            "trail-proof",
            "trail-record",
            "trail-source",
        ],
    ),
    (
        "trail-worker",
        &[
            "trail-agents",
            "trail-item",
            "trail-port",
            "trail-proof",
            "trail-record",
            "trail-source",
        ],
    ),
    ("trail-store", &["trail-item", "trail-port", "trail-record"]),
    (
        "trail-tracker",
        &["trail-item", "trail-port", "trail-record", "trail-store"],
    ),
    ("trail-budget", &[]),
    (
        "trail-github",
        &["trail-budget", "trail-item", "trail-port", "trail-record"],
    ),
    (
        "trail-plane",
        &["trail-budget", "trail-item", "trail-port", "trail-record"],
    ),
    (
        "trail-replay",
        &[
            "trail-agents",
            "trail-item",
            "trail-port",
            "trail-proof",
            "trail-reader",
            "trail-record",
            "trail-source",
            "trail-worker",
        ],
    ),
    ("trail-model", &["trail-item", "trail-port", "trail-record"]),
    (
        "trail-workspace",
        &["trail-item", "trail-port", "trail-record"],
    ),
    (
        "trail",
        &[
            "trail-agents",
            "trail-budget",
            "trail-bundle",
            "trail-github",
            "trail-item",
            "trail-lint",
            "trail-model",
            "trail-plane",
            "trail-policies",
            "trail-port",
            "trail-proof",
            "trail-prover",
            "trail-reader",
            "trail-record",
            "trail-replay",
            "trail-source",
            "trail-store",
            "trail-tracker",
            "trail-worker",
            "trail-workspace",
        ],
    ),
];

/// Crates that the pure ones may not use, whatever they are used for: IO, clocks, async.
const IMPURE: [&str; 8] = [
    "tokio",
    "reqwest",
    "axum",
    "sled",
    "getrandom",
    "tempfile",
    "tracing",
    "futures",
];

fn uses() -> BTreeMap<String, BTreeSet<String>> {
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--format-version",
            "1",
            "--no-deps",
            "--offline",
        ])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    let metadata: serde_json::Value =
        serde_json::from_slice(&output.stdout).expect("cargo writes JSON");
    metadata["packages"]
        .as_array()
        .expect("there are packages")
        .iter()
        .map(|package| {
            let uses = package["dependencies"]
                .as_array()
                .expect("there is a list of dependencies")
                .iter()
                .filter(|own| own["kind"].is_null())
                .map(|own| own["name"].as_str().expect("a name is text").to_owned())
                .collect();
            (
                package["name"].as_str().expect("a name is text").to_owned(),
                uses,
            )
        })
        .collect()
}

/// Tells whether a crate is there for tests only.
fn is_support(name: &str) -> bool {
    name == "trail-tests" || name.starts_with("trail-fake-")
}

#[test]
fn dependencies_point_one_way() {
    let uses = uses();
    for (name, may) in MAY_USE {
        let own: BTreeSet<&str> = uses[name]
            .iter()
            .map(String::as_str)
            .filter(|other| uses.contains_key(*other))
            .collect();
        let may: BTreeSet<&str> = may.iter().copied().collect();
        assert!(
            own.is_subset(&may),
            "{name} uses {:?}",
            own.difference(&may)
        );
    }
    let known: BTreeSet<&str> = MAY_USE.iter().map(|(name, _)| *name).collect();
    for name in uses.keys().filter(|name| !is_support(name)) {
        assert!(
            known.contains(name.as_str()),
            "{name} is in no row of the table"
        );
    }
}

#[test]
fn the_core_touches_nothing_outside() {
    let uses = uses();
    for name in ["trail-record", "trail-item"] {
        for impure in IMPURE {
            assert!(!uses[name].contains(impure), "{name} uses {impure}");
        }
    }
}
