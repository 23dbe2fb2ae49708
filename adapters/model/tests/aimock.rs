//! All three wire formats against a foreign peer: npm `@copilotkit/aimock`, pinned in
//! `tests/foreign` of the workspace.
//!
//! Without it (`npm ci` in `tests/foreign`) the tests say loudly that they were skipped; with
//! `TRAIL_REQUIRE_FOREIGN=1` they fail instead.

#![expect(clippy::unwrap_used, reason = "helpers of tests are test code too")]

mod common;

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use common::{go_on, model, request, settings};
use serde_json::{Value, json};
use trail_model::Kind;
use trail_port::model::{Answer, Error, ToolCall};
use trail_record::body::Usage;

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

/// Returns aimock's program, or none (said loudly) if it is not installed and not required.
fn program() -> Option<PathBuf> {
    let foreign = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/foreign");
    let program = foreign.join("node_modules/@copilotkit/aimock/dist/cli.js");
    let node = Command::new("node")
        .arg("--version")
        .stdout(Stdio::null())
        .status();
    let missing = if !program.is_file() {
        "aimock is not installed: run `npm ci` in tests/foreign"
    } else if !node.is_ok_and(|status| status.success()) {
        "there is no node on the path"
    } else {
        return Some(program);
    };
    let required = std::env::var("TRAIL_REQUIRE_FOREIGN").is_ok_and(|value| value == "1");
    assert!(!required, "{missing}");
    // Past the capture of the test harness, which would hide it.
    let _ = writeln!(std::io::stderr(), "SKIPPED: {missing}");
    None
}

/// Starts aimock with these fixtures.
fn start(fixtures: &Value) -> Option<Aimock> {
    let program = program()?;
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("fixtures.json");
    std::fs::write(&file, json!({ "fixtures": fixtures }).to_string()).unwrap();
    let mut child = Command::new("node")
        .arg(program)
        .args([
            "--host",
            "127.0.0.1",
            "--port",
            "0",
            "--strict",
            "--validate-on-load",
            "-f",
        ])
        .arg(&file)
        .env("AIMOCK_STRICT_TURN_INDEX", "1")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .unwrap();
    let output = BufReader::new(child.stdout.take().unwrap());
    let mut aimock = Aimock {
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
    aimock.url = told
        .recv_timeout(Duration::from_secs(20))
        .expect("aimock gets ready");
    Some(aimock)
}

fn call(id: &str, name: &str, arguments: Value) -> Value {
    json!({"id": id, "name": name, "arguments": arguments.to_string()})
}

/// Returns a session of five calls, with a branch on what the write gave.
fn session(kind: Kind) -> Value {
    let step = |turn: usize, mut matched: Value, response: Value| {
        matched["userMessage"] = json!("fix add()");
        if turn > 0 {
            matched["toolCallId"] = json!(format!("call_{turn}"));
        }
        // One answer is several assistant items in Responses, so aimock counts otherwise there.
        if kind != Kind::OpenaiResponses {
            matched["turnIndex"] = json!(turn);
        }
        json!({"match": matched, "response": response})
    };
    let usage = json!({"input_tokens": 1200, "output_tokens": 40,
        "prompt_tokens": 1200, "completion_tokens": 40});
    let write =
        json!({"path": "calc.py", "content": "def add(a, b):\n    return a + b  # ünï 🦀\n"});
    let mut steps = vec![
        step(
            1,
            json!({}),
            json!({"reasoning": "add() subtracts.", "reasoningSignature": "c2lnLTE=",
                "content": "add() uses minus.",
                "toolCalls": [call("call_2", "record_decision", json!({"choice": "+"})),
                              call("call_2b", "read_file", json!({"path": "test.py"}))]}),
        ),
        step(
            2,
            json!({}),
            json!({"toolCalls": [call("call_3", "write_file", write)]}),
        ),
        step(
            3,
            json!({"toolResultContains": "ok"}),
            json!({"toolCalls": [call("call_4", "run_command", json!({"command": "test"}))]}),
        ),
        step(
            3,
            json!({}),
            json!({"content": "The gate refused the write; I stop."}),
        ),
        step(
            4,
            json!({}),
            json!({"content": "Fixed add(); the test passes."}),
        ),
        step(
            0,
            json!({}),
            json!({"model": "scripted-1", "content": "I read the file first.", "usage": usage,
                "toolCalls": [call("call_1", "read_file", json!({"path": "calc.py"}))]}),
        ),
    ];
    // Two results came back at once; which of them aimock calls the newest is its own affair.
    let mut last = steps[1].clone();
    last["match"]["toolCallId"] = json!("call_2b");
    steps.insert(2, last);
    Value::Array(steps)
}

/// Plays the session; `written` is what the write gives.
async fn play(kind: Kind, url: &str, written: &str) -> Vec<Answer> {
    let model = model(kind, url);
    let mut request = request("please fix add()");
    let mut answers = Vec::new();
    loop {
        let answer = model.ask(&request).await.unwrap();
        go_on(&mut request, &answer, |name, _| match name {
            "write_file" => written.to_owned(),
            other => format!("result of {other}"),
        });
        answers.push(answer);
        if answers[answers.len() - 1].calls.is_empty() {
            return answers;
        }
    }
}

fn names(calls: &[ToolCall]) -> Vec<(&str, &str)> {
    calls
        .iter()
        .map(|call| (call.id.as_str(), call.name.as_str()))
        .collect()
}

async fn a_session_is_played(kind: Kind) {
    let Some(aimock) = start(&session(kind)) else {
        return;
    };
    let answers = play(kind, &aimock.url, "ok").await;
    assert_eq!(answers.len(), 5);
    let texts: Vec<&str> = answers.iter().map(|answer| answer.text.as_str()).collect();
    assert_eq!(
        texts,
        [
            "I read the file first.",
            "add() uses minus.",
            "",
            "",
            "Fixed add(); the test passes."
        ]
    );
    assert_eq!(names(&answers[0].calls), [("call_1", "read_file")]);
    assert_eq!(
        names(&answers[1].calls),
        [("call_2", "record_decision"), ("call_2b", "read_file")]
    );
    assert_eq!(
        answers[2].calls[0].arguments,
        json!({"path": "calc.py", "content": "def add(a, b):\n    return a + b  # ünï 🦀\n"})
    );
    assert_eq!(names(&answers[3].calls), [("call_4", "run_command")]);
    assert_eq!(answers[0].model_served.as_deref(), Some("scripted-1"));
    let usage = Usage {
        input: Some(1200),
        output: Some(40),
        ..Usage::default()
    };
    assert_eq!(
        (answers[0].usage.input, answers[0].usage.output),
        (usage.input, usage.output)
    );
    for answer in &answers {
        assert!(
            answer
                .request_id
                .as_ref()
                .is_some_and(|id| id.starts_with("req")),
            "{answer:?}"
        );
        assert!(
            answer.message_id.is_some() && answer.stop.is_some(),
            "{answer:?}"
        );
        assert_eq!(answer.attempts, []);
    }
    let reasoning = Value::Array(answers[1].reasoning.clone()).to_string();
    assert!(reasoning.contains("add() subtracts."), "{reasoning}");
    if kind == Kind::Anthropic {
        assert_eq!(answers[1].reasoning[0]["signature"], "c2lnLTE=");
    }

    let refused = play(kind, &aimock.url, "refused").await;
    assert_eq!(refused.len(), 4, "the peer saw what the write gave");
    assert_eq!(refused[3].text, "The gate refused the write; I stop.");
}

async fn faults_are_survived(kind: Kind) {
    let long = "a long text that is cut somewhere in the middle ".repeat(5);
    let faults = [
        (
            "please hurry",
            json!({"response": {"error": {"message": "slow down", "type": "rate_limit_error"},
                "status": 429, "retryAfter": 1}}),
            "HTTP 429: slow down",
        ),
        (
            "be patient",
            json!({"response": {"error": {"message": "too many", "type": "overloaded_error"},
                "status": 529}}),
            "HTTP 529: too many",
        ),
        (
            "break it off",
            json!({"response": {"content": long}, "latency": 20, "truncateAfterChunks": 5}),
            "cut",
        ),
        (
            "do not begin",
            json!({"response": {"content": long}, "truncateAfterChunks": 1}),
            "",
        ),
        (
            "hang up",
            json!({"response": {"content": "x"}, "chaos": {"disconnectRate": 1}}),
            "",
        ),
        (
            "mumble",
            json!({"response": {"content": "x"}, "chaos": {"malformedRate": 1}}),
            "neither JSON",
        ),
    ];
    let mut fixtures = Vec::new();
    for (text, fault, _) in &faults {
        let mut first = fault.clone();
        first["match"] = json!({"userMessage": text, "sequenceIndex": 0});
        fixtures.push(first);
        fixtures.push(json!({"match": {"userMessage": text},
            "response": {"content": format!("done: {text}")}}));
    }
    let refused = json!({"message": "no such thing", "type": "invalid_request_error"});
    fixtures.push(json!({"match": {"userMessage": "impossible"},
        "response": {"error": refused, "status": 400}}));
    let Some(aimock) = start(&Value::Array(fixtures)) else {
        return;
    };
    let model = model(kind, &aimock.url);
    for (text, _, says) in faults {
        let start = std::time::Instant::now();
        let answer = model.ask(&request(text)).await.unwrap();
        assert_eq!(answer.text, format!("done: {text}"));
        let [failed] = &answer.attempts[..] else {
            panic!("{text}: {:?}", answer.attempts)
        };
        assert!(failed.error.contains(says), "{text}: {}", failed.error);
        if says.contains("429") {
            assert!(
                start.elapsed() >= Duration::from_secs(1),
                "Retry-After was not kept"
            );
        }
    }
    let error = model.ask(&request("impossible")).await.unwrap_err();
    let Error::Permanent { reason, .. } = &error else {
        panic!("{error:?}")
    };
    assert!(reason.contains("HTTP 400: no such thing"), "{reason}");
    // Strict aimock answers 503 to what it does not know, on and on.
    let mut settings = settings(kind, &aimock.url);
    settings.retry.max_attempts = 3;
    let error = settings
        .build()
        .unwrap()
        .ask(&request("unheard of"))
        .await
        .unwrap_err();
    let Error::Transient {
        attempts, reason, ..
    } = error
    else {
        panic!("{error:?}")
    };
    assert_eq!(attempts.len(), 3);
    assert!(reason.contains("HTTP 503"), "{reason}");
}

#[tokio::test]
async fn aimock_plays_a_session_over_anthropic_messages() {
    a_session_is_played(Kind::Anthropic).await;
}

#[tokio::test]
async fn aimock_plays_a_session_over_chat_completions() {
    a_session_is_played(Kind::OpenaiChat).await;
}

#[tokio::test]
async fn aimock_plays_a_session_over_responses() {
    a_session_is_played(Kind::OpenaiResponses).await;
}

#[tokio::test]
async fn faults_of_aimock_are_survived_over_anthropic_messages() {
    faults_are_survived(Kind::Anthropic).await;
}

#[tokio::test]
async fn faults_of_aimock_are_survived_over_chat_completions() {
    faults_are_survived(Kind::OpenaiChat).await;
}

#[tokio::test]
async fn faults_of_aimock_are_survived_over_responses() {
    faults_are_survived(Kind::OpenaiResponses).await;
}
