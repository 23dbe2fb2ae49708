//! The session on a stand-in that others wrote: `emulate`, as far as it can carry it.
//!
//! What it cannot carry, and why:
//! - a task that starts by itself: it has no GraphQL, so nothing proves who wrote the text, and the
//!   item is started by its code;
//! - a pull request of the pushed branch: it has no git, and a commit made by its API is another one
//!   than the one that was approved, so the branch is delivered to the remote alone;
//! - accounts by their id: `GET /user/{id}` is not there, without which nobody is known to be a
//!   member; a server in front answers that one route from `GET /users/{login}`;
//! - comments that nobody edits: their two times are taken one after the other, so that an untouched
//!   one may seem edited; the server in front makes them one, for nothing is edited here;
//! - idle ticks that cost nothing: it answers no conditional requests;
//! - the limits of others: it lets any account edit, delete and label.
//!
//! Without emulate (`npm ci` in `tests/foreign`) the test says loudly that it was skipped; with
//! `TRAIL_REQUIRE_FOREIGN=1` it fails instead.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::process::{Child, Stdio};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use reqwest::Method;
use serde_json::{Value, json};
use trail_tests::foreign::{say, script};

use crate::project::Project;
use crate::stand::{KLARA, Posted, Stand, login};
use crate::team::{PERSONAS, Team};

/// A running emulate with a repository of Klara's; it is killed when it is dropped, on panic too.
#[derive(Debug)]
pub(crate) struct Emulate {
    child: Child,
    /// Where it listens itself.
    inner: String,
    /// Where the server in front of it listens.
    pub(crate) url: String,
    client: reqwest::Client,
}

/// Passes a request on, unless it asks for an account by its id, which is looked up by its login.
async fn front(
    State((inner, client)): State<(String, reqwest::Client)>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
    let whole = parts.uri.path_and_query().unwrap().as_str();
    let mut headers = parts.headers;
    headers.remove("host");
    let pass = |method: Method, path: &str| {
        let request = client.request(method, format!("{inner}{path}"));
        request.headers(headers.clone()).body(body.clone())
    };
    let id: Option<u64> = whole
        .strip_prefix("/user/")
        .and_then(|rest| rest.parse().ok());
    let mut answer = None;
    if let Some(id) = id {
        for login in logins() {
            let found = pass(Method::GET, &format!("/users/{login}")).send().await;
            let found: Value = found.unwrap().json().await.unwrap();
            if found["id"] == id {
                answer = Some(found);
            }
        }
    }
    if let Some(account) = answer {
        return axum::Json(account).into_response();
    }
    let answer = pass(parts.method, whole).send().await.unwrap();
    let mut response = Response::builder().status(answer.status());
    for (name, value) in answer.headers() {
        if name != "transfer-encoding" && name != "content-length" && name != "connection" {
            response = response.header(name, value);
        }
    }
    let body = answer.bytes().await.unwrap();
    let body = match serde_json::from_slice::<Value>(&body) {
        Ok(mut told) => {
            untouched(&mut told);
            told.to_string().into_bytes()
        }
        Err(_) => body.to_vec(),
    };
    response.body(Body::from(body)).unwrap()
}

/// Makes the two times of each comment one.
fn untouched(told: &mut Value) {
    match told {
        Value::Array(all) => all.iter_mut().for_each(untouched),
        Value::Object(own) if own.contains_key("issue_url") => {
            let made = own.get("created_at").cloned().unwrap_or_default();
            own.insert("updated_at".to_owned(), made);
        }
        _ => {}
    }
}

/// Returns its accounts. Unknown tokens are the first: one without rights.
fn logins() -> Vec<String> {
    let mut logins = vec!["nobody".to_owned(), KLARA.to_owned()];
    logins.extend(PERSONAS.map(login));
    logins
}

impl Drop for Emulate {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Emulate {
    /// Starts it, or says why it cannot be.
    async fn start() -> Option<Self> {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut command = script("emulate.mjs", "emulate")?;
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr();
        let logins = logins();
        let tokens: serde_json::Map<String, Value> = logins
            .iter()
            .map(|login| (format!("ghp_{login}"), json!({"login": login})))
            .collect();
        let users: Vec<Value> = logins.iter().map(|login| json!({"login": login})).collect();
        let repos = json!([{"owner": KLARA, "name": "widgets", "auto_init": true}]);
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
            inner: String::new(),
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
        let ready = told.recv_timeout(Duration::from_secs(30));
        emulate.inner = ready.expect("emulate gets ready");
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        emulate.url = format!("http://{}", listener.local_addr().unwrap());
        let state = (emulate.inner.clone(), emulate.client.clone());
        let router = axum::Router::new().fallback(front).with_state(state);
        tokio::spawn(axum::serve(listener, router).into_future());
        Some(emulate)
    }

    /// Asks it as an account; waits for the answer.
    fn ask(&self, who: &str, method: Method, path: &str, body: &Value) -> Value {
        let address = format!("{}/repos/{KLARA}/widgets{path}", self.url);
        let request = self.client.request(method, address);
        let mut request = request.bearer_auth(format!("ghp_{who}"));
        if !body.is_null() {
            request = request.json(body);
        }
        let asked = async {
            let answer = request.send().await.unwrap();
            let status = answer.status();
            let body: Value = answer.json().await.unwrap_or_default();
            assert!(status.is_success(), "{path}: {status} {body}");
            body
        };
        tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(asked))
    }

    /// Files an issue with Trail's label; returns its number.
    pub(crate) fn file(&self, who: &str, title: &str, body: &str) -> String {
        let new = json!({"title": title, "body": body, "labels": ["trail"]});
        self.ask(who, Method::POST, "/issues", &new)["number"].to_string()
    }

    /// Comments; returns the comment's id.
    pub(crate) fn say(&self, who: &str, item: &str, text: &str) -> String {
        let path = format!("/issues/{item}/comments");
        self.ask(who, Method::POST, &path, &json!({"body": text}))["id"].to_string()
    }

    /// Returns an issue's comments, oldest first.
    pub(crate) fn comments(&self, item: &str) -> Vec<Posted> {
        let path = format!("/issues/{item}/comments?per_page=100");
        let all = self.ask(KLARA, Method::GET, &path, &Value::Null);
        let posted = all.as_array().unwrap().iter().map(|own| Posted {
            id: own["id"].to_string(),
            author: own["user"]["login"].as_str().unwrap().to_owned(),
            text: own["body"].as_str().unwrap().to_owned(),
        });
        posted.collect()
    }

    /// Returns the id of an account.
    pub(crate) fn user_id(&self, login: &str) -> String {
        let asked = async {
            let request = self.client.get(format!("{}/users/{login}", self.url));
            let answer = request.bearer_auth(format!("ghp_{KLARA}")).send().await;
            answer.unwrap().json::<Value>().await.unwrap()
        };
        let user =
            tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(asked));
        user["id"].to_string()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_reference_session_is_worked_on_by_four_processes_on_emulate() {
    let Some(emulate) = Emulate::start().await else {
        return;
    };
    for persona in PERSONAS {
        let path = format!("/collaborators/{}", login(persona));
        emulate.ask(KLARA, Method::PUT, &path, &json!({"permission": "push"}));
    }
    // GitHub knows the owner's permission; emulate must be told.
    let path = format!("/collaborators/{KLARA}");
    emulate.ask(KLARA, Method::PUT, &path, &json!({"permission": "admin"}));
    let stand = Stand::Emulate(Arc::new(emulate));
    let settings = [
        ("TRAIL_TRACKER__GITHUB__GRAPHQL", "false"),
        ("TRAIL_FORGE__KIND", "none"),
    ];
    let team = Team::with(stand, Project::reference(), &settings);
    let workers = team.start_all();
    let item = team.file();
    team.deliver(&item).await;
    team.stop(workers).await;
    let verified = team.own.json(&["verify", team.project.key, "--json"]);
    let judged = &verified["items"][0];
    assert_eq!(judged["findings"], json!([]), "{judged}");
    assert_eq!(judged["counts"]["decisions"], team.project.calls);
    assert_eq!(judged["counts"]["gates"], 2);
    let head = team.remote(&["rev-parse", &format!("trail/{}.1", team.project.key)]);
    let report = team
        .own
        .json(&["report", team.project.key, "--format", "json"]);
    assert_eq!(report["pull_request"]["head"], json!(head));
    say(&format!(
        "emulate: {} comments from filing to delivery; {:.1?} from set-up on",
        team.stand.comments(&item).len(),
        team.elapsed()
    ));
}
