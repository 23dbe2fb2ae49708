//! What must be there, the exchange itself, and in what it differs.

use std::collections::BTreeMap;

use serde_json::Value;
use trail_fake_plane::hook::{self, About};
use trail_fake_plane::recording::{Recording, Response};
use trail_fake_plane::{Account, PlaneFake, Role, Seed, Timing};

use crate::differences::{differences, header_differences, paging, same_words};
use crate::table::Before;

/// A stand-in in which one recording can be replayed.
pub(crate) struct Scene<'a> {
    pub(crate) recording: &'a Recording,
    pub(crate) fake: PlaneFake,
    pub(crate) client: reqwest::Client,
    /// Recorded UUIDs and the stand-in's own.
    pub(crate) ids: Vec<(String, String)>,
    pub(crate) item: String,
}

impl<'a> Scene<'a> {
    pub(crate) async fn new(
        recordings: &BTreeMap<String, Recording>,
        recording: &'a Recording,
        before: Before,
    ) -> Self {
        let body = |name: &str| recordings[name].response.as_ref().unwrap().body.clone();
        let members = body("workspace_members_list");
        let in_project = body("project_members_list");
        let mut seed = Seed::new().timing(Timing::quick()).per_minute(1000);
        for member in members.as_array().unwrap().iter().rev() {
            let role = match member["role"].as_i64() {
                Some(20) => Role::Admin,
                Some(15) => Role::Member,
                _ => Role::Guest,
            };
            let there = in_project
                .as_array()
                .unwrap()
                .iter()
                .any(|m| m["id"] == member["id"]);
            seed = seed.with(Account {
                login: member["display_name"].as_str().unwrap().to_owned(),
                workspace: role,
                project: there.then_some(role),
                service: false,
                offset: 0,
            });
        }
        let labels = body("labels_list");
        for label in labels["results"].as_array().unwrap().iter().rev() {
            seed = seed.labels(&[label["name"].as_str().unwrap()]);
        }
        if before == Before::NoBudget {
            seed = seed.per_minute(1);
        }
        let fake = PlaneFake::start(seed).await;
        let recorded = |row: &Value| row["id"].as_str().unwrap().to_owned();
        let mut ids = vec![
            (recorded(&body("project_get")), fake.project()),
            (
                body("project_get")["workspace"]
                    .as_str()
                    .unwrap()
                    .to_owned(),
                fake.workspace_id(),
            ),
        ];
        for row in members.as_array().unwrap() {
            ids.push((
                recorded(row),
                fake.user(row["display_name"].as_str().unwrap()),
            ));
        }
        for row in labels["results"].as_array().unwrap() {
            let own = fake
                .labels()
                .into_iter()
                .find(|own| row["name"] == own.name.as_str());
            ids.push((recorded(row), own.unwrap().id));
        }
        for row in body("states_list")["results"].as_array().unwrap() {
            let own = fake
                .states()
                .into_iter()
                .find(|own| row["name"] == own.name.as_str());
            ids.push((recorded(row), own.unwrap().id));
        }
        let client = reqwest::Client::builder();
        let client = client
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        let mut scene = Self {
            recording,
            fake,
            client,
            ids,
            item: String::new(),
        };
        scene.prepare(before).await;
        scene
    }

    /// Asks as an account; returns the answer's body.
    pub(crate) async fn ask(&self, login: &str, method: &str, path: &str, body: Value) -> Value {
        let url = format!(
            "{}/api/v1/workspaces/acme/projects/{}/{path}",
            self.fake.url(),
            self.fake.project()
        );
        let request = self.client.request(method.parse().unwrap(), url);
        let answer = request
            .header("X-Api-Key", self.fake.key(login))
            .json(&body)
            .send()
            .await;
        let answer = answer.unwrap();
        let status = answer.status();
        let text = answer.text().await.unwrap();
        assert!(status.is_success(), "{method} {path}: {status} {text}");
        serde_json::from_str(&text).unwrap_or_default()
    }

    pub(crate) async fn make_item(&self, body: Value) -> String {
        let made = self.ask("coder", "POST", "work-items/", body).await;
        made["id"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn comment(&self, item: &str, body: Value) -> String {
        let made = self
            .ask(
                "coder",
                "POST",
                &format!("work-items/{item}/comments/"),
                body,
            )
            .await;
        made["id"].as_str().unwrap().to_owned()
    }

    /// Writes the stand-in's own ids for recorded ones.
    fn own(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (recorded, own) in &self.ids {
            text = text.replace(recorded, own);
        }
        text
    }

    /// Asks what was recorded, and says in what the answer differs.
    pub(crate) async fn replay(&self, recorded: &Response) -> Vec<String> {
        let request = &self.recording.request;
        let url = format!("{}{}", self.fake.url(), self.own(&request.path));
        let mut asked = self.client.request(request.method.parse().unwrap(), url);
        for (name, value) in &request.headers {
            let value = value.as_str().unwrap();
            let login = value
                .strip_prefix("<TOKEN:")
                .and_then(|rest| rest.strip_suffix('>'));
            let value = login.map_or_else(|| value.to_owned(), |login| self.fake.key(login));
            asked = asked.header(name, value);
        }
        asked = match &request.body {
            Value::Null => asked,
            Value::String(text) => asked.body(text.clone()),
            json => asked.body(self.own(&json.to_string())),
        };
        let answer = asked.send().await.unwrap();
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let text = answer.text().await.unwrap();
        let body: Value = if text.is_empty() {
            "".into()
        } else {
            serde_json::from_str(&text).unwrap()
        };
        let mut wrong = Vec::new();
        if status != recorded.status {
            wrong.push(format!("{status} {body}, not {}", recorded.status));
            return wrong;
        }
        if status >= 400 {
            let expected: Value =
                serde_json::from_str(&self.own(&recorded.body.to_string())).unwrap();
            if !same_words(&body, &expected) {
                wrong.push(format!("{body}, not {expected}"));
            }
        } else {
            wrong.extend(paging(&body, &recorded.body));
            wrong.extend(differences("", &body, &recorded.body));
        }
        wrong.extend(header_differences(&headers, recorded));
        wrong
    }

    /// Makes the delivery that was recorded, and says in what it differs.
    pub(crate) fn deliver(&self) -> Vec<String> {
        let recorded = &self.recording.request;
        let field = recorded.body["activity"]["field"]
            .as_str()
            .unwrap_or_default();
        let comments = self.fake.comments(&self.item);
        let comment = comments.first().map_or("", |row| row.id.as_str());
        let old = &recorded.body["activity"]["old_value"];
        let (login, about) = match (&recorded.body["event"], &recorded.body["action"]) {
            (event, action) if event == "issue" && action == "created" => {
                ("klara", About::ItemCreated(&self.item))
            }
            (event, _) if event == "issue" => (
                "coder",
                About::ItemUpdated {
                    item: &self.item,
                    field,
                    old,
                },
            ),
            (_, action) if action == "created" => ("coder", About::CommentCreated(comment)),
            _ => ("tester", About::CommentUpdated { comment, old }),
        };
        let made = hook::delivery(&self.fake, "plane_wh_test", login, about).unwrap();
        let body: Value = serde_json::from_slice(&made.body).unwrap();
        let mut wrong = differences("", &body, &recorded.body);
        for (name, value) in &made.headers {
            match (*name, recorded.headers.get(*name)) {
                (_, None) => wrong.push(format!("{name} was not recorded")),
                ("X-Plane-Delivery" | "X-Plane-Signature", Some(other)) => {
                    if other.as_str().map(str::len) != Some(value.len()) {
                        wrong.push(format!("{name}: {value}, not {other}"));
                    }
                }
                (_, Some(other)) => {
                    if other.as_str() != Some(value) {
                        wrong.push(format!("{name}: {value}, not {other}"));
                    }
                }
            }
        }
        for key in ["event", "action"] {
            if body[key] != recorded.body[key] {
                wrong.push(format!("{key}: {}", body[key]));
            }
        }
        wrong
    }
}
