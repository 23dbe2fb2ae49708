//! A session on a foreign peer, npm `@copilotkit/aimock`: another repository and item than the
//! demo's, worked on by separate processes over loopback, approved by a human at the command line.
//!
//! Without aimock (`npm ci` in `tests/foreign`) the test says loudly that it was skipped; with
//! `TRAIL_REQUIRE_FOREIGN=1` it fails instead.

#![expect(clippy::unwrap_used, reason = "helpers of tests are test code too")]

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use trail_tests::foreign::{say, skip, verdict};
use trail_tests::installation::Installation;
use trail_tests::service::{children, runs};
use trail_tests::{binary, pages};

/// The key that must never be shown or stored.
const API_KEY: &str = "sk-very-secret-key";
/// How long each step of the session may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(45);

/// A running aimock; it is killed when it is dropped, on panic too.
struct Aimock {
    child: Child,
    url: String,
    // Holds the fixtures for as long as they may be read.
    _dir: tempfile::TempDir,
}

impl Drop for Aimock {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Aimock {
    /// Starts it, or says why it cannot be.
    fn start(fixtures: &Value) -> Option<Self> {
        let program =
            binary::workspace().join("tests/foreign/node_modules/@copilotkit/aimock/dist/cli.js");
        let node = Command::new("node").arg("--version").output();
        if !program.is_file() {
            skip("aimock is not installed: run `npm ci` in tests/foreign");
            return None;
        }
        if !node.is_ok_and(|ran| ran.status.success()) {
            skip("there is no node on the path");
            return None;
        }
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("fixtures.json");
        std::fs::write(&file, fixtures.to_string()).unwrap();
        let flags = ["--strict", "--validate-on-load", "--host", "127.0.0.1"];
        let mut child = Command::new("node")
            .arg(program)
            .args(flags)
            .args(["--port", "0", "-f"])
            .arg(&file)
            .env("AIMOCK_STRICT_TURN_INDEX", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let mut aimock = Self {
            child,
            url: String::new(),
            _dir: dir,
        };
        let (tell, told) = mpsc::channel();
        // Reads on to the end, for a full pipe would stop aimock.
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                if let Some((_, url)) = line.split_once("listening on ") {
                    let _ = tell.send(url.trim().to_owned());
                }
            }
        });
        let ready = told.recv_timeout(Duration::from_secs(20));
        aimock.url = ready.expect("aimock gets ready");
        Some(aimock)
    }
}

/// Sets Trail up: the tester asks in Anthropic's format, the others in that of chat completions.
fn installation(url: &str) -> Installation {
    let own = Installation::new("pages", pages::FILES, pages::TESTS, |_| {
        format!("kind=openai-chat,model=gpt-pages,base_url={url}/v1")
    });
    own.configure(&[
        ("poll", "\"100ms\""),
        ("backoff", "\"100ms\""),
        ("backoff_cap", "\"1s\""),
    ]);
    own.configure_more(&format!(
        "[models.second]\nkind = \"anthropic\"\nmodel = \"claude-pages\"\nbase_url = \"{url}\"\n\
         api_key_env = \"AIMOCK_KEY\"\n\n[personas]\nplanner.model = \"main\"\n\
         coder.model = \"main\"\ntester.model = \"second\"\nreviewer.model = \"main\"\n"
    ));
    // Both are at one host, which the operator trusted at the set-up.
    let trusted = own.json(&["keys", "trust", "--json"]);
    assert_eq!(trusted["issued"], false, "{trusted}");
    own.write("item.md", pages::ITEM);
    own
}

/// Waits for the gate `name`, reads what it shows and approves it.
fn approve(own: &Installation, name: &str, shows: &str) {
    let code = own.wait_for(PATIENCE, &format!("gate {name}"), || {
        let status = own.status();
        assert_ne!(status["stage"], "stuck", "{status}\n{}", own.log());
        (status["gate"]["name"] == name).then(|| status["gate"]["code"].clone())
    });
    let code = code.as_str().unwrap();
    let approved = own.trail(&["approve", pages::KEY, code, "as", "discussed"]);
    let shown = String::from_utf8_lossy(&approved.stdout);
    assert!(approved.status.success(), "{approved:?}");
    assert!(shown.contains(shows), "{name} shows no {shows}: {shown}");
}

/// Looks for a text in every file below a folder.
fn assert_nowhere(secret: &str, folder: &Path) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if entry.file_type().unwrap().is_dir() {
            assert_nowhere(secret, &path);
        } else if let Ok(bytes) = std::fs::read(&path) {
            let found = bytes
                .windows(secret.len())
                .any(|part| part == secret.as_bytes());
            assert!(!found, "the API key stands in {}", path.display());
        }
    }
}

#[test]
fn a_session_on_a_foreign_peer_is_worked_on_by_separate_processes_to_its_end() {
    let _built = binary::trail();
    let began = Instant::now();
    let Some(aimock) = Aimock::start(&pages::fixtures()) else {
        return;
    };
    let own = installation(&aimock.url);
    let up = own.start(&["up"], &[("AIMOCK_KEY", API_KEY)]);
    own.wait_for(PATIENCE, "the tracker", || own.answers().then_some(()));
    let filed = own.json(&["file", "--json", "--item", "item.md"]);
    assert_eq!(filed["key"], pages::KEY);
    approve(&own, "file_write", "pages/slug.py");
    // The gate opened for nothing but what it showed; the next one waits for the pull request.
    approve(&own, "pr_create", "AC-2");
    own.wait_for(PATIENCE, "delivery", || {
        (own.status()["stage"] == "delivered").then_some(())
    });

    let processes = children(up.id());
    assert_eq!(processes.len(), 5, "{processes:?}");
    let (status, took) = up.stop(Duration::from_secs(5)).expect("up ends in time");
    assert_eq!(status.code(), Some(0), "{}", own.log());
    for (id, line) in &processes {
        assert!(!runs(*id), "{line} outlives `trail up`");
    }
    say(&format!(
        "`trail up` and its five processes ended {took:?} after SIGTERM"
    ));

    // What is not vouched for is not called verified.
    assert_eq!(
        own.json(&["verify", "--json"])["verdict"],
        "tail: unchecked"
    );
    let signed = own.json(&["checkpoint", "--json"]);
    assert!(signed[0]["file"].is_string(), "{signed}");
    let verified = own.json(&["verify", "--require-checkpoint", "--json"]);
    assert_eq!(verified["verdict"], "verified", "{verified}");
    let judged = &verified["items"][0];
    assert_eq!(
        (&judged["findings"], &judged["void"]),
        (&json!([]), &json!(0))
    );
    let script = pages::script(0, 0);
    assert_eq!(judged["counts"]["decisions"], pages::calls(&script));
    assert_eq!(judged["counts"]["gates"], 2);
    assert_foreign_agrees(&own, judged);
    assert_report(&own, &aimock.url);
    assert_nowhere(API_KEY, own.home());
    say(&format!("the session on aimock took {:?}", began.elapsed()));
}

fn assert_foreign_agrees(own: &Installation, judged: &Value) {
    let history = own.home().join("history");
    let exported = own.json(&["export", "--json", "-o", history.to_str().unwrap()]);
    assert_eq!(exported["items"], json!([pages::KEY]));
    let Some(counted) = verdict(&history) else {
        return;
    };
    assert_eq!(counted["word"], "verified", "{counted}");
    assert_eq!(counted["head"], judged["head"]);
    for (name, count) in judged["counts"].as_object().unwrap() {
        assert_eq!(&counted[name], count, "{name}: {counted}");
    }
}

/// Checks what the report and the records say of the calls, the tests and the branch.
fn assert_report(own: &Installation, url: &str) {
    let report = own.json(&["report", pages::KEY, "--json"]);
    assert_eq!(report["stage"], "delivered");
    assert_eq!(
        (&report["scripted"], &report["simulated"]),
        (&json!(false), &json!(false))
    );
    assert_eq!(report["gates"].as_array().unwrap().len(), 2);
    assert_eq!(report["gates"][0]["decisions"][0]["why"], "as discussed");
    let tests = report["tests"].as_array().unwrap();
    assert_eq!(tests.len(), 1, "{tests:?}");
    let markdown = own.trail(&["report", pages::KEY]);
    assert!(String::from_utf8_lossy(&markdown.stdout).contains("Klara K."));

    let head = own.git(&["rev-parse", &format!("trail/{}.1", pages::KEY)]);
    assert_eq!(report["pull_request"]["head"], json!(head));
    let changed = own.git(&["diff", "--name-only", "main", &head]);
    assert_eq!(changed, "pages/slug.py\ntests/test_slug.py");

    let host = url.strip_prefix("http://").unwrap();
    let mut said = Vec::new();
    for call in report["calls"].as_array().unwrap() {
        let digest = call["digest"].as_str().unwrap();
        let shown = own.json(&["show", &digest["sha256:".len()..], "--json"]);
        let body = &shown["body"];
        let asked = match call["persona"].as_str() {
            Some("tester") => "claude-pages",
            _ => "gpt-pages",
        };
        assert_eq!(body["model_requested"], asked, "{body}");
        assert_eq!(body["model_served"], "aimock-pages", "{body}");
        assert!(body["endpoint"].as_str().unwrap().contains(host), "{body}");
        assert!(
            body["request_id"].is_string() && body["message_id"].is_string(),
            "{body}"
        );
        // It has no price, and aimock tells of no cache: neither is 0.
        assert_eq!(body["cost_micros"], Value::Null, "{body}");
        assert_eq!(body["usage"]["cache_read"], Value::Null, "{body}");
        assert_eq!(body["attempts"], json!([]), "{body}");
        said.push((body["action"].clone(), body["usage"]["input"].clone()));
    }
    for (action, input) in [("plan", 900), ("plan", 1100), ("write-tests", 1400)] {
        assert!(said.contains(&(json!(action), json!(input))), "{said:?}");
    }
    say(&format!("input tokens as aimock told them: {said:?}"));
    let gaps = report["gaps"].as_array().unwrap();
    assert!(gaps.iter().any(|gap| gap["kind"] == "cost"), "{gaps:?}");
    assert!(
        gaps.iter()
            .all(|gap| gap["kind"] != "scripted" && gap["kind"] != "simulated"),
        "{gaps:?}"
    );
}
