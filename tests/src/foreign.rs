//! What tests need that Trail does not: other programs, which may be missing where tests run.

use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::binary;

/// Has the Python verifier judge an exported history of one item; none where it cannot run, which is
/// said loudly.
///
/// # Panics
/// If it is required and cannot run, or says no JSON.
#[must_use]
pub fn verdict(history: &Path) -> Option<Value> {
    let can_run = Command::new("python3")
        .args(["-c", "import cryptography"])
        .output();
    if !can_run.is_ok_and(|ran| ran.status.success()) {
        skip("the independent verifier needs python3 with the package cryptography");
        return None;
    }
    let script = binary::workspace().join("tests/verifier/verify.py");
    let ran = Command::new("python3").arg(script).arg(history).output();
    let ran = ran.expect("python3 can be started");
    let said = String::from_utf8_lossy(&ran.stderr);
    let told: Value =
        serde_json::from_slice(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {said}"));
    Some(told["items"][0].clone())
}

/// Returns the command that runs a script of `tests/foreign` on node; none if the npm package that it
/// needs is not installed or there is no node, which is said loudly.
///
/// # Panics
/// If it is required and missing.
#[must_use]
pub fn script(name: &str, package: &str) -> Option<Command> {
    let foreign = binary::workspace().join("tests/foreign");
    if !foreign.join("node_modules").join(package).is_dir() {
        skip(&format!(
            "{package} is not installed: run `npm ci` in tests/foreign"
        ));
        return None;
    }
    let node = Command::new("node").arg("--version").output();
    if !node.is_ok_and(|ran| ran.status.success()) {
        skip("there is no node on the path");
        return None;
    }
    let mut command = Command::new("node");
    command.arg(foreign.join(name));
    Some(command)
}

/// Says that something was skipped.
///
/// # Panics
/// If `TRAIL_REQUIRE_FOREIGN=1` says that nothing may be skipped.
pub fn skip(why: &str) {
    let required = std::env::var("TRAIL_REQUIRE_FOREIGN").is_ok_and(|value| value == "1");
    assert!(!required, "{why}");
    say(&format!("SKIPPED: {why}"));
}

/// Says something past the capture of the test harness, which would hide it.
pub fn say(what: &str) {
    let _ = writeln!(std::io::stderr(), "{what}");
}
