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
use trail_fake_github::{
    Account, App, Clock, Exchange, Fault, GitHubFake, Level, Limits, Role, Seed,
};
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

/// All fields that Trail may ask of who wrote and who edited.
const GRAPHQL: &str = "query($id: ID!, $first: Int!) {
  rateLimit { limit remaining }
  viewer { __typename login }
  repository(owner: \"acme\", name: \"widgets\") {
    nameWithOwner isArchived hasIssuesEnabled
    issue(number: 1) { __typename id number title state }
    pull: issueOrPullRequest(number: 3) { __typename ... on PullRequest { title number } }
  }
  node(id: $id) { __typename id ...all }
}
fragment all on Issue {
  __typename databaseId number title body state stateReason closed locked url createdAt updatedAt
  lastEditedAt includesCreatedEdit publishedAt createdViaEmail authorAssociation
  author { ...who } editor { ...who }
  labels(first: 5) { nodes { name color } totalCount }
  userContentEdits(first: $first) {
    totalCount pageInfo { hasNextPage endCursor }
    nodes { id editedAt createdAt updatedAt diff deletedAt editor { ...who } deletedBy { ...who } }
  }
  timelineItems(first: 50) {
    totalCount
    nodes {
      __typename
      ... on RenamedTitleEvent { actor { ...who } createdAt previousTitle currentTitle }
      ... on LabeledEvent { actor { ...who } createdAt label { name } }
      ... on ClosedEvent { actor { ...who } createdAt stateReason }
      ... on CommentDeletedEvent { actor { ...who } createdAt deletedCommentAuthor { ...who } }
      ... on IssueComment { body }
    }
  }
  comments(first: 10) {
    nodes {
      __typename id databaseId body createdAt updatedAt lastEditedAt includesCreatedEdit isMinimized
      author { ...who } editor { ...who }
      userContentEdits(last: 2) { nodes { diff editor { ...who } } }
    }
  }
}
fragment who on Actor { __typename login url ... on User { databaseId } ... on Bot { databaseId } }";

/// Makes what is read afterwards: issues, comments, edits, events, pull requests.
async fn fill(asker: &Asker) {
    let new = json!({"title": "first", "body": "text\r\n", "labels": ["trail", "new one"]});
    let first = asker.post(&format!("{REPO}/issues"), new).await;
    assert_eq!(first["body"], "text\r\n");
    let second = asker
        .post(&format!("{REPO}/issues"), json!({"title": "second"}))
        .await;
    let said = asker
        .post(
            &format!("{REPO}/issues/1/comments"),
            json!({"body": "hello"}),
        )
        .await;
    let id = said["id"].as_u64().unwrap();
    let path = format!("{REPO}/issues/comments/{id}");
    asker
        .ask(MARIA, Method::PATCH, &path, json!({"body": "hello!"}))
        .await;
    asker.get(&path).await;
    asker.fake.ui("gone").comment(1, "soon nobody's").unwrap();
    let gone = asker.fake.ui("otto").comment(1, "soon deleted").unwrap();
    let path = format!("{REPO}/issues/comments/{gone}");
    let (status, _) = asker.ask(MARIA, Method::DELETE, &path, Value::Null).await;
    assert_eq!(status, 204);
    let patch = json!({"title": "renamed", "body": "other", "state": "closed", "state_reason": "not_planned"});
    asker
        .ask(MARIA, Method::PATCH, &format!("{REPO}/issues/1"), patch)
        .await;
    asker
        .ask(
            MARIA,
            Method::PATCH,
            &format!("{REPO}/issues/1"),
            json!({"state": "open"}),
        )
        .await;
    asker.fake.ui("maria").lock(2, true).unwrap();
    let pull = json!({"title": "p", "body": "b", "head": "trail/a", "base": "main"});
    asker.post(&format!("{REPO}/pulls"), pull).await;
    let child = json!({"sub_issue_id": second["id"]});
    asker
        .post(&format!("{REPO}/issues/1/sub_issues"), child)
        .await;
    let blocker = json!({"issue_id": first["id"]});
    asker
        .post(&format!("{REPO}/issues/2/dependencies/blocked_by"), blocker)
        .await;
    let label = json!({"name": "made", "color": "00ff00", "description": "d"});
    asker.post(&format!("{REPO}/labels"), label).await;
    asker
        .post(
            &format!("{REPO}/issues/1/labels"),
            json!({"labels": ["made"]}),
        )
        .await;
    let path = format!("{REPO}/issues/1/labels");
    asker
        .ask(
            MARIA,
            Method::PUT,
            &path,
            json!(["made", "trail", "new one"]),
        )
        .await;
    asker
        .ask(
            MARIA,
            Method::DELETE,
            &format!("{path}/new%20one"),
            Value::Null,
        )
        .await;
    asker.fake.delete_account("gone");
}

/// Reads all routes.
async fn read(asker: &Asker) {
    for path in [
        "/user",
        "/users/otto",
        "/users/trail-coder%5Bbot%5D",
        "/rate_limit",
    ] {
        asker.get(path).await;
    }
    asker
        .get(&format!("/user/{}", asker.fake.user_id("otto")))
        .await;
    for path in [
        "",
        "/labels",
        "/labels/trail",
        "/branches/main",
        "/git/ref/heads/trail/a",
        "/collaborators/maria/permission",
        "/collaborators/otto/permission",
        "/issues?state=all&sort=updated&direction=desc&per_page=2",
        "/issues?labels=trail,made",
        "/issues?state=all&page=2&per_page=1",
        "/issues/1",
        "/issues/2",
        "/issues/3",
        "/issues/1/comments",
        "/issues/comments?sort=updated&since=2026-01-01T00:00:00Z",
        "/issues/1/events",
        "/issues/2/events",
        "/issues/events",
        "/issues/1/timeline",
        "/issues/1/labels",
        "/issues/1/sub_issues",
        "/issues/2/parent",
        "/issues/2/dependencies/blocked_by",
        "/issues/1/dependencies/blocking",
        "/pulls?state=all&head=acme:trail/a",
        "/pulls/3",
    ] {
        asker.get(&format!("{REPO}{path}")).await;
    }
    let path = format!("{REPO}/collaborators/maria");
    assert_eq!(
        asker.ask(MARIA, Method::GET, &path, Value::Null).await.0,
        204
    );
    let issue = asker.get(&format!("{REPO}/issues/1")).await;
    let ask = json!({"query": GRAPHQL, "variables": {"id": issue["node_id"], "first": 10}});
    let told = asker.post("/graphql", ask).await;
    assert_eq!(told["errors"], Value::Null, "{told}");
    let edits = &told["data"]["node"]["userContentEdits"];
    assert_eq!(
        edits["totalCount"], 2,
        "what was written, and the edit: {edits}"
    );
    let none = json!({"query": GRAPHQL, "variables": {"id": "I_1", "first": 10}});
    let told = asker.post("/graphql", none).await;
    assert_eq!(told["errors"][0]["type"], "NOT_FOUND", "{told}");
}

/// Meets every kind of refusal.
async fn refusals(asker: &Asker) {
    let (get, post, patch) = (Method::GET, Method::POST, Method::PATCH);
    let (issues, said) = (format!("{REPO}/issues"), json!({"body": "x"}));
    let first = asker.fake.comments_of(1)[0].0;
    for (who, method, path, body, status) in [
        ("nobody", get.clone(), issues.clone(), Value::Null, 401),
        (
            "",
            post.clone(),
            format!("{issues}/1/comments"),
            said.clone(),
            401,
        ),
        (
            OTTO,
            post.clone(),
            format!("{issues}/2/comments"),
            said.clone(),
            403,
        ),
        (
            OTTO,
            patch.clone(),
            format!("{issues}/comments/{first}"),
            said.clone(),
            403,
        ),
        (
            OTTO,
            patch.clone(),
            format!("{issues}/1"),
            json!({"title": "x"}),
            403,
        ),
        (
            OTTO,
            post.clone(),
            format!("{issues}/1/labels"),
            json!({"labels": ["made"]}),
            403,
        ),
        (
            OTTO,
            get.clone(),
            format!("{REPO}/collaborators/maria/permission"),
            Value::Null,
            403,
        ),
        (
            "github_pat_fine",
            post.clone(),
            issues.clone(),
            json!({"title": "x"}),
            403,
        ),
        (MARIA, get.clone(), format!("{issues}/99"), Value::Null, 404),
        (MARIA, get.clone(), format!("{issues}/x"), Value::Null, 404),
        (
            MARIA,
            get.clone(),
            format!("{issues}/comments/1"),
            Value::Null,
            404,
        ),
        (
            MARIA,
            get.clone(),
            format!("{issues}/1/parent"),
            Value::Null,
            404,
        ),
        (
            MARIA,
            get.clone(),
            "/users/none".to_owned(),
            Value::Null,
            404,
        ),
        (
            MARIA,
            post.clone(),
            issues.clone(),
            json!({"title": ""}),
            422,
        ),
        (
            MARIA,
            post.clone(),
            issues.clone(),
            json!({"title": 1}),
            422,
        ),
        (
            MARIA,
            post.clone(),
            format!("{issues}/1/comments"),
            json!({"body": "x".repeat(65_537)}),
            422,
        ),
        (
            MARIA,
            post.clone(),
            format!("{REPO}/labels"),
            json!({"name": "made", "color": "00ff00"}),
            422,
        ),
        (
            MARIA,
            post.clone(),
            format!("{REPO}/pulls"),
            json!({"title": "p", "head": "trail/a", "base": "main"}),
            422,
        ),
        (
            MARIA,
            post.clone(),
            format!("{REPO}/pulls"),
            json!({"title": "p", "head": "none", "base": "main"}),
            422,
        ),
    ] {
        asker.refused(who, method, &path, body, status).await;
    }
    asker.fake.ui("maria").delete_issue(2).unwrap();
    asker
        .refused(MARIA, get.clone(), &format!("{issues}/2"), Value::Null, 410)
        .await;
    asker.fake.enable_issues(false);
    asker
        .refused(MARIA, post.clone(), &issues, json!({"title": "x"}), 410)
        .await;
    asker.fake.enable_issues(true);
    asker.fake.archive(true);
    asker
        .refused(
            MARIA,
            post.clone(),
            &format!("{issues}/1/comments"),
            said.clone(),
            403,
        )
        .await;
    asker.fake.archive(false);
    asker.fake.make_private(true);
    asker
        .refused(OTTO, get.clone(), &issues, Value::Null, 404)
        .await;
    asker.fake.rename_repository("gadgets");
    asker
        .refused(MARIA, get.clone(), &issues, Value::Null, 301)
        .await;
    asker
        .refused(MARIA, post.clone(), &issues, json!({"title": "x"}), 307)
        .await;
    asker.fake.exhaust("maria");
    asker
        .refused(MARIA, get, "/repos/acme/gadgets/issues", Value::Null, 403)
        .await;
    asker.fake.limit(Limits {
        writes_minute: 0,
        ..Limits::NONE
    });
    asker
        .refused(
            MARIA,
            post,
            "/repos/acme/gadgets/issues",
            json!({"title": "x"}),
            403,
        )
        .await;
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
    fill(&asker).await;
    read(&asker).await;
    apps::walk(&asker).await;
    refusals(&asker).await;
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

mod apps {
    //! Apps' own routes.

    use base64::Engine as _;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
    use ring::rand::SystemRandom;
    use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};

    use super::*;

    fn jwt(issuer: u64, from: i64, to: i64) -> String {
        let pem: String = trail_fake_github::APP_KEY
            .lines()
            .filter(|line| !line.starts_with("-----"))
            .collect();
        let key = RsaKeyPair::from_der(&STANDARD.decode(pem).unwrap()).unwrap();
        let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let said = format!(
            "{}.{}",
            part(json!({"alg": "RS256", "typ": "JWT"})),
            part(json!({"iat": from, "exp": to, "iss": issuer.to_string()}))
        );
        let mut signature = vec![0; key.public().modulus_len()];
        key.sign(
            &RSA_PKCS1_SHA256,
            &SystemRandom::new(),
            said.as_bytes(),
            &mut signature,
        )
        .unwrap();
        format!("{said}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    pub(super) async fn walk(asker: &Asker) {
        let now = asker.fake.now();
        let good = jwt(7, now - 60, now + 540);
        let (get, post) = (Method::GET, Method::POST);
        for path in [
            "/app",
            "/app/installations",
            "/app/installations/1000007",
            "/repos/acme/widgets/installation",
        ] {
            let (status, body) = asker.ask(&good, get.clone(), path, Value::Null).await;
            assert_eq!(status, 200, "{path}: {body}");
        }
        let tokens = "/app/installations/1000007/access_tokens";
        let (status, made) = asker.ask(&good, post.clone(), tokens, Value::Null).await;
        assert_eq!(status, 201, "{made}");
        let token = made["token"].as_str().unwrap();
        let said = json!({"body": "by the app"});
        let path = format!("{REPO}/issues/1/comments");
        let (status, said) = asker.ask(token, post.clone(), &path, said).await;
        assert_eq!(status, 201, "{said}");
        assert_eq!(said["user"]["login"], "trail-coder[bot]");
        assert_eq!(said["performed_via_github_app"]["id"], 7);
        asker
            .refused(token, get.clone(), "/user", Value::Null, 403)
            .await;
        let pull = json!({"title": "p", "head": "trail/b", "base": "main"});
        asker
            .refused(token, post.clone(), &format!("{REPO}/pulls"), pull, 403)
            .await;
        let fewer = json!({"permissions": {"issues": "read"}});
        let (_, weak) = asker.ask(&good, post.clone(), tokens, fewer).await;
        let weak = weak["token"].as_str().unwrap().to_owned();
        asker
            .refused(&weak, post.clone(), &path, json!({"body": "x"}), 403)
            .await;
        asker
            .refused(
                &good,
                post.clone(),
                tokens,
                json!({"permissions": {"contents": "write"}}),
                422,
            )
            .await;
        for wrong in [
            jwt(8, now - 60, now + 540),
            jwt(7, now - 600, now - 1),
            jwt(7, now - 60, now + 700),
            // Another's signature under its words.
            format!(
                "{}.{}",
                jwt(7, now - 60, now + 500).rsplit_once('.').unwrap().0,
                good.rsplit_once('.').unwrap().1
            ),
        ] {
            asker
                .refused(&wrong, get.clone(), "/app", Value::Null, 401)
                .await;
        }
        asker.refused(MARIA, get, "/app", Value::Null, 401).await;
        asker
            .refused(
                &good,
                post,
                "/app/installations/1/access_tokens",
                Value::Null,
                404,
            )
            .await;
    }
}
