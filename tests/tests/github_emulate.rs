//! A second opinion on the GitHub adapter: `emulate`, a stand-in that others wrote, with a table of
//! where it is known to deviate from GitHub; each deviation is checked to be still there.
//!
//! Without emulate (`npm ci` in `tests/foreign`) the tests say loudly that they were skipped; with
//! `TRAIL_REQUIRE_FOREIGN=1` they fail instead.

#![expect(clippy::unwrap_used, reason = "helpers of tests are test code too")]

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::process::{Child, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use trail_github::{Credential, GitHub, Settings, Timeouts};
use trail_port::forge::{Forge as _, NewPullRequest};
use trail_port::tracker::{Append, Error, NewItem, State, Tracker as _};
use trail_record::{CommitId, Digest};
use trail_tests::foreign::{say, script};

/// A running emulate; it is killed when it is dropped, on panic too.
struct Emulate {
    child: Child,
    url: String,
    client: reqwest::Client,
}

impl Drop for Emulate {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Emulate {
    /// Starts it with a repository of a user's, or says why it cannot be. Unknown tokens are the
    /// first account: that is one without any right.
    fn start() -> Option<Self> {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut command = script("emulate.mjs", "emulate")?;
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr();
        let logins = ["nobody", "owner", "planner", "visitor"];
        let tokens: serde_json::Map<String, Value> = logins
            .iter()
            .map(|login| (format!("ghp_{login}"), json!({"login": login})))
            .collect();
        let users: Vec<Value> = logins.iter().map(|login| json!({"login": login})).collect();
        let repos = json!([{"owner": "owner", "name": "widgets", "auto_init": true}]);
        let seed = json!({"tokens": tokens, "github": {"users": users, "repos": repos}});
        let mut child = command
            .arg(port.unwrap().port().to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut input = child.stdin.take().unwrap();
        input.write_all(seed.to_string().as_bytes()).unwrap();
        drop(input);
        let output = BufReader::new(child.stdout.take().unwrap());
        let client = reqwest::Client::builder().user_agent("trail-tests");
        let mut emulate = Self {
            child,
            url: String::new(),
            client: client.build().unwrap(),
        };
        let (tell, told) = mpsc::channel();
        // Reads on to the end, for a full pipe would stop it.
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                if let Some(url) = line.strip_prefix("ready ") {
                    let _ = tell.send(url.to_owned());
                }
            }
        });
        let ready = told.recv_timeout(Duration::from_secs(20));
        emulate.url = ready.expect("emulate gets ready");
        Some(emulate)
    }

    fn client(&self, login: &str) -> GitHub {
        let token = Credential::Token(format!("ghp_{login}").into());
        let mut settings = Settings::new("owner", "widgets", token);
        settings.api.clone_from(&self.url);
        settings.graphql = false;
        settings.writes = Vec::new();
        settings.timeouts = Timeouts {
            settle: Duration::from_millis(200),
            ..Timeouts::default()
        };
        GitHub::new(settings).unwrap()
    }

    async fn ask(&self, who: &str, method: Method, path: &str, body: Value) -> (u16, Value) {
        let address = format!("{}/repos/owner/widgets{path}", self.url);
        let mut request = self.client.request(method, address);
        request = request.bearer_auth(format!("ghp_{who}"));
        if !body.is_null() {
            request = request.json(&body);
        }
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        (status, answer.json().await.unwrap_or_default())
    }
}

/// An item is filed, worked on, read and delivered.
#[tokio::test]
async fn the_adapter_works_on_a_stand_in_of_others() {
    let Some(emulate) = Emulate::start() else {
        return;
    };
    let (owner, planner) = (emulate.client("owner"), emulate.client("planner"));
    assert!(!owner.capabilities().proves_authorship);
    assert_eq!(owner.me().await.unwrap().login, "owner");
    for name in [
        "trail",
        "gate:plan",
        "trail:waiting",
        "trail:in-progress",
        "trail:backlog",
    ] {
        let label = json!({"name": name, "color": "ededed"});
        emulate.ask("owner", Method::POST, "/labels", label).await;
    }
    let mut cursor = Some(owner.changes(None).await.unwrap().cursor);
    let new = NewItem {
        title: "Retry uploads".to_owned(),
        body: "text\r\n\n- AC-1: \u{1F980}\n".to_owned(),
        labels: vec!["trail".to_owned()],
    };
    let made = owner.create(&new).await.unwrap();
    assert_eq!((&made.title, &made.body), (&new.title, &new.body));
    assert_eq!(
        (made.labels.as_slice(), made.unedited),
        (new.labels.as_slice(), false)
    );
    assert_eq!(planner.find(&made.key).await.unwrap(), made.id);
    let named = owner.changes(cursor.as_ref()).await.unwrap();
    assert!(named.items.contains(&made.id));
    cursor = Some(named.cursor);

    // Entries land once; their bytes are kept.
    let mut expected = Vec::new();
    for n in 0..3 {
        let append = Append {
            text: format!(
                "entry {n}\n\n```trail-entry\n{{\"n\":\"\u{20ac} {n}\"}}\n```\n<!-- x -->"
            ),
            key: Digest::of(format!("{n}").as_bytes()),
            after: None,
        };
        let landed = planner.append(&made.id, &append).await.unwrap();
        assert!(!landed.already);
        let again = planner.append(&made.id, &append).await.unwrap();
        assert_eq!((&again.id, again.already), (&landed.id, true));
        expected.push((landed.id, append.text));
    }
    let said = owner.say(&made.id, "/approve ABCD").await.unwrap();
    expected.push((said.clone(), "/approve ABCD".to_owned()));
    let read = owner.read(&made.id, None).await.unwrap();
    let there: Vec<_> = read
        .comments
        .iter()
        .map(|one| (one.id.clone(), one.text.clone()))
        .collect();
    assert_eq!(there, expected);
    assert!(read.comments.iter().all(|one| !one.program));
    let one = planner.comment(&made.id, &said).await.unwrap().unwrap();
    assert_eq!(one.author, owner.me().await.unwrap().id);
    let named = owner.changes(cursor.as_ref()).await.unwrap();
    assert!(named.items.contains(&made.id), "comments bring the item up");

    // Labels and states are shown.
    planner
        .set_labels(&made.id, &["gate:plan"], &["trail"])
        .await
        .unwrap();
    for state in [
        State::InProgress,
        State::Waiting,
        State::Done,
        State::Cancelled,
    ] {
        planner.set_state(&made.id, state).await.unwrap();
        let item = owner.read(&made.id, None).await.unwrap().item;
        assert_eq!(
            (item.state, item.labels),
            (state, vec!["gate:plan".to_owned()])
        );
    }
    assert!(!owner.history(&made.id).await.unwrap().is_empty());
    let missing = owner
        .find(&format!("{}-999", owner.prefix()).as_str().into())
        .await;
    assert!(matches!(missing, Err(Error::NotFound(_))), "{missing:?}");
    say("the scenario of one item holds on emulate");
    deliver(&emulate, &owner).await;
}

/// Makes a branch through the API, since there is no git to push to, and opens its pull request.
async fn deliver(emulate: &Emulate, owner: &GitHub) {
    let (status, main) = emulate
        .ask("owner", Method::GET, "/git/ref/heads/main", Value::Null)
        .await;
    assert_eq!(status, 200, "{main}");
    let parent = main["object"]["sha"].clone();
    let path = format!("/git/commits/{}", parent.as_str().unwrap());
    let (_, commit) = emulate.ask("owner", Method::GET, &path, Value::Null).await;
    let tree = json!({
        "base_tree": commit["tree"]["sha"],
        "tree": [{"path": "a.txt", "mode": "100644", "type": "blob", "content": "a\n"}],
    });
    let (status, tree) = emulate.ask("owner", Method::POST, "/git/trees", tree).await;
    assert_eq!(status, 201, "{tree}");
    let commit = json!({"message": "m", "tree": tree["sha"], "parents": [parent]});
    let (status, commit) = emulate
        .ask("owner", Method::POST, "/git/commits", commit)
        .await;
    assert_eq!(status, 201, "{commit}");
    let head = commit["sha"].as_str().unwrap();
    let branch = json!({"ref": "refs/heads/trail/a", "sha": head});
    let (status, made) = emulate
        .ask("owner", Method::POST, "/git/refs", branch)
        .await;
    assert_eq!(status, 201, "{made}");
    let new = NewPullRequest {
        title: "Deliver".to_owned(),
        body: "Body".to_owned(),
        branch: "trail/a".to_owned(),
        head: CommitId::new(head),
    };
    let opened = owner.open(&new).await.unwrap();
    assert!(!opened.already);
    let again = owner.open(&new).await.unwrap();
    assert_eq!((&again.url, again.already), (&opened.url, true));
}

/// Where emulate deviates from GitHub: what is asked, as whom, what GitHub answers, what it answers.
const DEVIATIONS: [(&str, &str, &str, &str, u16, u16); 7] = [
    (
        "an unknown token is the first account",
        "unknown",
        "GET",
        "/issues",
        401,
        200,
    ),
    (
        "an outsider edits another's text",
        "visitor",
        "PATCH",
        "/issues/1",
        403,
        200,
    ),
    (
        "an outsider labels",
        "visitor",
        "POST",
        "/issues/1/labels",
        403,
        200,
    ),
    (
        "an outsider edits another's comment",
        "visitor",
        "PATCH",
        "/issues/comments/1",
        403,
        200,
    ),
    (
        "comments of all issues are not listed",
        "owner",
        "GET",
        "/issues/comments",
        200,
        404,
    ),
    (
        "a body may be too long",
        "owner",
        "POST",
        "/issues/1/comments",
        422,
        201,
    ),
    (
        "there are no sub-issues",
        "owner",
        "GET",
        "/issues/1/sub_issues",
        200,
        404,
    ),
];

#[tokio::test]
async fn each_known_deviation_is_still_there() {
    let Some(emulate) = Emulate::start() else {
        return;
    };
    let new = json!({"title": "t", "body": "b"});
    emulate.ask("owner", Method::POST, "/issues", new).await;
    let said = json!({"body": "c"});
    let (_, said) = emulate
        .ask("owner", Method::POST, "/issues/1/comments", said)
        .await;
    for (what, who, method, path, _, does) in DEVIATIONS {
        let path = path.replace("comments/1", &format!("comments/{}", said["id"]));
        let body = match method {
            "GET" => Value::Null,
            _ if path.ends_with("/labels") => json!({"labels": ["x"]}),
            _ if path.ends_with("/comments") => json!({"body": "x".repeat(65_537)}),
            _ => json!({"body": "other"}),
        };
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let (status, answer) = emulate.ask(who, method, &path, body).await;
        assert_eq!(status, does, "{what}: {answer}");
    }
    // Times have milliseconds, and a comment's two times are not taken at once: an untouched one may
    // seem edited.
    for time in ["created_at", "updated_at"] {
        let time = said[time].as_str().unwrap();
        assert!(time.contains('.'), "{time}");
    }
    // Nothing is conditional: each idle tick costs a request.
    let owner = emulate.client("owner");
    let mut cursor = None;
    for _ in 0..3 {
        cursor = Some(owner.changes(cursor.as_ref()).await.unwrap().cursor);
    }
    assert_eq!(owner.counters().unchanged, 0);
    say(&format!(
        "{} known deviations of emulate are still there",
        DEVIATIONS.len() + 2
    ));
}
