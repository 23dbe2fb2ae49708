//! The weaknesses of Plane that no recording shows: each is there in the stand-in, and each fault
//! does what it says.

#![expect(
    clippy::unwrap_used,
    reason = "this is test code: what is not as expected ends the test"
)]

mod access;
mod comments;
mod faults;
mod items;

use std::time::Duration;

use serde_json::{Value, json};
use trail_fake_plane::{PlaneFake, Role, Seed, Timing};

/// A stand-in with a client for raw requests, and one item.
struct Plane {
    fake: PlaneFake,
    client: reqwest::Client,
    item: String,
}

impl Plane {
    async fn start(seed: Seed) -> Self {
        rustls::crypto::ring::default_provider()
            .install_default()
            .ok();
        let seed = seed
            .account("klara", Role::Admin)
            .account("coder", Role::Member)
            .account("tester", Role::Member)
            .account("guest", Role::Guest);
        let fake = PlaneFake::start(seed).await;
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
        let client = client.build().unwrap();
        let item = fake
            .web("klara")
            .create_item("item", "<p>body</p>")
            .unwrap();
        Self { fake, client, item }
    }

    async fn quick() -> Self {
        Self::start(Seed::new().per_minute(10_000).timing(Timing::quick())).await
    }

    /// Asks; none is a cut connection.
    async fn try_ask(
        &self,
        login: &str,
        method: &str,
        path: &str,
        body: Value,
    ) -> Option<(u16, Value)> {
        let project = self.fake.project();
        let url = format!(
            "{}/api/v1/workspaces/acme/projects/{project}/{path}",
            self.fake.url()
        );
        let mut request = self.client.request(method.parse().unwrap(), url);
        request = request.header("X-Api-Key", self.fake.key(login));
        if !body.is_null() {
            request = request.json(&body);
        }
        let answer = request.send().await.ok()?;
        let status = answer.status().as_u16();
        let text = answer.text().await.ok()?;
        Some((
            status,
            serde_json::from_str(&text).unwrap_or(Value::String(text)),
        ))
    }

    /// Starts one in which there is much time between looking for an external id and inserting it.
    async fn racing() -> Self {
        let check = Duration::from_millis(100)..Duration::from_millis(101);
        let timing = Timing {
            check,
            ..Timing::quick()
        };
        Self::start(Seed::new().per_minute(10_000).timing(timing)).await
    }

    async fn ask(&self, login: &str, method: &str, path: &str, body: Value) -> (u16, Value) {
        self.try_ask(login, method, path, body).await.unwrap()
    }

    fn comments(&self) -> String {
        format!("work-items/{}/comments/", self.item)
    }

    async fn post(&self, login: &str, body: Value) -> (u16, Value) {
        self.ask(login, "POST", &self.comments(), body).await
    }

    async fn list(&self) -> Vec<Value> {
        let (status, body) = self
            .ask("coder", "GET", &self.comments(), Value::Null)
            .await;
        assert_eq!(status, 200, "{body}");
        body["results"].as_array().unwrap().clone()
    }
}

fn text(html: &str) -> Value {
    json!({ "comment_html": html })
}
