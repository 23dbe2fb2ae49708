//! What the GitHub stand-in answers, checked against GitHub's own descriptions of its REST and
//! GraphQL APIs: every answer of a walk through all routes, good ones and refusals.
//!
//! Without the npm packages (`npm ci` in `tests/foreign`) the test says loudly that it was skipped;
//! with `TRAIL_REQUIRE_FOREIGN=1` it fails instead.

#![expect(clippy::unwrap_used, reason = "helpers of tests are test code too")]

use std::collections::BTreeSet;
use std::io::Write as _;
use std::process::Stdio;

use reqwest::Method;
use serde_json::{Value, json};
use trail_fake_github::{Account, App, Clock, Exchange, Fault, GitHubFake, Level, Role, Seed};
use trail_tests::foreign::{say, script};

/// Asks a fake by plain HTTP.
struct Asker {
    client: reqwest::Client,
    fake: GitHubFake,
}

impl Asker {
    fn new(fake: &GitHubFake) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .user_agent("trail-tests")
            .redirect(reqwest::redirect::Policy::none());
        Self {
            client: client.build().unwrap(),
            fake: fake.clone(),
        }
    }

    async fn ask(&self, who: &str, method: Method, path: &str, body: Value) -> (u16, Value) {
        let mut request = self
            .client
            .request(method, format!("{}{path}", self.fake.url()));
        if !who.is_empty() {
            request = request.bearer_auth(who);
        }
        if !body.is_null() {
            request = request.json(&body);
        }
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        let text = answer.text().await.unwrap();
        (status, serde_json::from_str(&text).unwrap_or_default())
    }

    async fn get(&self, path: &str) -> Value {
        let (status, body) = self.ask(MARIA, Method::GET, path, Value::Null).await;
        assert_eq!(status, 200, "GET {path}: {body}");
        body
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        let (status, answer) = self.ask(MARIA, Method::POST, path, body).await;
        assert!(
            matches!(status, 200 | 201),
            "POST {path}: {status} {answer}"
        );
        answer
    }

    async fn refused(&self, who: &str, method: Method, path: &str, body: Value, status: u16) {
        let named = format!("{method} {path} as {who:?}");
        let (answered, answer) = self.ask(who, method, path, body).await;
        assert_eq!(answered, status, "{named}: {answer}");
    }
}

const MARIA: &str = "ghp_maria";
const OTTO: &str = "ghp_otto";
const REPO: &str = "/repos/acme/widgets";

fn seed() -> Seed {
    Seed {
        apps: vec![App::new(
            7,
            "trail-coder",
            &[("issues", Level::Write), ("metadata", Level::Read)],
        )],
        labels: vec!["trail".to_owned()],
        branches: vec![
            ("main".to_owned(), "1".repeat(40)),
            ("trail/a".to_owned(), "2".repeat(40)),
            ("trail/b".to_owned(), "3".repeat(40)),
        ],
        clock: Clock::Running,
        ..Seed::with([
            Account::new("maria", Role::Admin),
            Account::new("otto", Role::None),
            Account::new("gone", Role::Write),
            Account::new("fine", Role::Write).fine_grained(&[("metadata", Level::Read)]),
        ])
    }
}

fn check(exchanges: &[Exchange]) -> Option<Value> {
    let mut command = script("check-github.mjs", "@octokit/openapi")?;
    let told: Vec<Value> = exchanges
        .iter()
        .map(|one| {
            json!({
                "method": one.method, "route": one.route, "status": one.status,
                "asked": one.asked, "body": one.body,
            })
        })
        .collect();
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let told = Value::Array(told).to_string();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(told.as_bytes())
        .unwrap();
    let ended = child.wait_with_output().unwrap();
    Some(serde_json::from_slice(&ended.stdout).unwrap())
}

#[tokio::test]
async fn what_the_stand_in_answers_fits_githubs_own_descriptions() {
    let fake = GitHubFake::start(seed()).await;
    fake.record();
    let asker = Asker::new(&fake);
    walk::fill(&asker).await;
    walk::read(&asker).await;
    apps::walk(&asker).await;
    walk::refusals(&asker).await;
    let exchanges = fake.exchanges();
    let Some(checked) = check(&exchanges) else {
        return;
    };
    assert_eq!(checked["problems"], json!([]), "{checked:#}");
    let statuses: BTreeSet<u16> = exchanges.iter().map(|one| one.status).collect();
    let expected = [200, 201, 204, 301, 307, 401, 403, 404, 410, 422];
    assert_eq!(statuses, BTreeSet::from(expected));
    say(&format!(
        "{} answers of {} kinds fit GitHub's descriptions",
        checked["checked"],
        checked["kinds"].as_array().unwrap().len()
    ));
}

/// The check itself can fail: an answer without a field that GitHub requires is found.
#[tokio::test]
async fn an_answer_that_does_not_fit_is_found() {
    let fake = GitHubFake::start(seed()).await;
    fake.record();
    let asker = Asker::new(&fake);
    asker
        .post(&format!("{REPO}/issues"), json!({"title": "t"}))
        .await;
    fake.faults().tell("GET *", 1, Fault::Malformed);
    let path = format!("{REPO}/issues/1");
    assert_eq!(
        asker.ask(MARIA, Method::GET, &path, Value::Null).await.1,
        Value::Null
    );
    let mut exchanges = fake.exchanges();
    assert_eq!(
        exchanges.len(),
        1,
        "answers that a fault has met are not kept"
    );
    exchanges[0].body.as_object_mut().unwrap().remove("locked");
    exchanges[0].body["number"] = json!("1");
    let Some(checked) = check(&exchanges) else {
        return;
    };
    assert_eq!(
        checked["problems"].as_array().unwrap().len(),
        2,
        "{checked:#}"
    );
}

#[path = "github/signed.rs"]
mod apps;
#[path = "github/walk.rs"]
mod walk;
