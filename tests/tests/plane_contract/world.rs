//! A project on the stand-in, and raw requests that the adapter would never make.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value;
use trail_fake_plane::{Account, PlaneFake, Refusal, Role, Seed, Timing};
use trail_plane::{Plane, Settings};
use trail_port::Tracker;
use trail_port::tracker::{Append, Comment, Error, NewItem};
use trail_record::{CommentId, Digest, ItemId};
use trail_tests::contract::tracker::{Who, World};

/// A stand-in with the accounts of the contract.
pub(crate) struct Board {
    pub(crate) fake: PlaneFake,
    clients: Vec<Plane>,
    raw: reqwest::Client,
}

/// Times with the order of a real server's and none of its waits; items are marked at once, as the
/// laws of the feed look right after a change.
pub(crate) fn prompt() -> Timing {
    Timing {
        queue: Duration::ZERO..Duration::ZERO,
        ..Timing::quick()
    }
}

impl Board {
    /// Starts one with these times, whose accounts live this many seconds east of UTC.
    pub(crate) async fn start(timing: Timing, offset: i32) -> Self {
        let mut seed = Seed::new().per_minute(1_000_000).timing(timing);
        // Plane has no state for work that waits; teams add one.
        seed.states
            .push(("Waiting for approval".to_owned(), "started".to_owned()));
        for (n, who) in Who::ALL.into_iter().enumerate() {
            let role = match who {
                Who::Planner | Who::Coder | Who::Human => Role::Member,
                Who::Admin => Role::Admin,
                Who::Guest => Role::Guest,
            };
            seed = seed.with(Account {
                login: who.login().to_owned(),
                workspace: role,
                project: Some(role),
                service: false,
                // Each reader lives somewhere else.
                offset: offset * i32::try_from(n).unwrap(),
            });
        }
        let fake = PlaneFake::start(seed).await;
        let clients = Who::ALL.map(|who| client(&fake, &fake.key(who.login())));
        Self {
            clients: clients.to_vec(),
            raw: reqwest::Client::new(),
            fake,
        }
    }

    /// Starts one with quick times.
    pub(crate) async fn quick() -> Self {
        Self::start(prompt(), 0).await
    }

    /// Returns the adapter as an account.
    pub(crate) fn plane(&self, who: Who) -> &Plane {
        let place = Who::ALL.iter().position(|other| *other == who);
        &self.clients[place.unwrap()]
    }

    /// Returns another adapter of an account with a key of its own, as in another process.
    pub(crate) fn process(&self, who: Who) -> Plane {
        client(&self.fake, &self.fake.new_key(who.login()))
    }

    /// Files an item as the human.
    pub(crate) async fn file(&self, title: &str) -> ItemId {
        let new = NewItem {
            title: title.to_owned(),
            body: "- AC-1: it works\n".to_owned(),
            labels: vec!["trail".to_owned()],
        };
        self.plane(Who::Human).create(&new).await.unwrap().id
    }

    /// Reads an item's comments as an account.
    pub(crate) async fn comments(&self, who: Who, item: &ItemId) -> Vec<Comment> {
        self.plane(who).read(item, None).await.unwrap().comments
    }

    /// Asks the API something below the project; returns the status and the body.
    pub(crate) async fn raw(
        &self,
        who: Who,
        method: &str,
        path: &str,
        body: Value,
    ) -> (u16, Value) {
        let project = self.fake.project();
        let url = format!(
            "{}/api/v1/workspaces/acme/projects/{project}/{path}",
            self.fake.url()
        );
        let request = self.raw.request(method.parse().unwrap(), url);
        let request = request.header("X-Api-Key", self.fake.key(who.login()));
        let answer = request.json(&body).send().await.unwrap();
        let status = answer.status().as_u16();
        (status, answer.json().await.unwrap_or_default())
    }

    /// Posts a comment through the API; returns its id.
    pub(crate) async fn post(&self, who: Who, item: &ItemId, body: Value) -> CommentId {
        let path = format!("work-items/{item}/comments/");
        let (status, made) = self.raw(who, "POST", &path, body).await;
        assert_eq!(status, 201, "{made}");
        CommentId::new(made["id"].as_str().unwrap())
    }

    /// Changes a comment through the API, which asks nobody whose it is.
    pub(crate) async fn patch(&self, who: Who, item: &ItemId, id: &CommentId, body: Value) {
        let path = format!("work-items/{item}/comments/{id}/");
        let (status, answer) = self.raw(who, "PATCH", &path, body).await;
        assert_eq!(status, 200, "{answer}");
    }
}

/// Makes an adapter with a key.
pub(crate) fn client(fake: &PlaneFake, key: &str) -> Plane {
    let key = key.to_owned().into();
    let mut settings = Settings::new(fake.url(), &fake.workspace(), &fake.project(), key);
    // The most that the budget takes.
    settings.requests_per_minute = 100_000;
    settings.timeout = Duration::from_secs(10);
    Plane::new(&settings).unwrap()
}

/// Makes an entry's comment as Trail writes them, as far as a tracker looks at it.
pub(crate) fn entry(name: &str) -> Append {
    Append {
        text: format!("entry {name}\n\n```trail-entry\n{{\"name\":\"{name}\"}}\n```\n"),
        key: Digest::of(name.as_bytes()),
        after: None,
    }
}

/// Returns the first lines of comments.
pub(crate) fn heads(comments: &[Comment]) -> Vec<&str> {
    let heads = comments.iter().map(|comment| comment.text.lines().next());
    heads.map(Option::unwrap_or_default).collect()
}

fn refused(refusal: Refusal) -> Error {
    match refusal {
        Refusal::Missing => Error::NotFound("comment".to_owned()),
        Refusal::Denied => Error::Denied(refusal.to_string()),
        Refusal::Bad => Error::Refused(refusal.to_string()),
    }
}

/// Writes text as the browser's editor does.
fn typed(text: &str) -> String {
    let paragraphs = text.lines().map(|line| {
        let line = line
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;");
        format!("<p class=\"editor-paragraph-block\">{line}</p>")
    });
    paragraphs.collect()
}

#[async_trait]
impl World for Board {
    fn tracker(&self, who: Who) -> Arc<dyn Tracker> {
        Arc::new(self.plane(who).clone())
    }

    fn stranger(&self) -> Option<Arc<dyn Tracker>> {
        Some(Arc::new(client(&self.fake, "plane_api_of_nobody")))
    }

    async fn edit_comment(
        &self,
        who: Who,
        item: &ItemId,
        id: &CommentId,
        text: &str,
    ) -> Result<(), Error> {
        let web = self.fake.web(who.login());
        web.edit_comment(item.as_str(), id.as_str(), &typed(text))
            .map_err(refused)
    }

    async fn delete_comment(&self, who: Who, item: &ItemId, id: &CommentId) -> Result<(), Error> {
        let web = self.fake.web(who.login());
        web.delete_comment(item.as_str(), id.as_str())
            .map_err(refused)
    }

    async fn edit_body(&self, who: Who, item: &ItemId, body: &str) -> Result<(), Error> {
        let web = self.fake.web(who.login());
        web.edit_description(item.as_str(), &typed(body))
            .map_err(refused)
    }

    async fn disable(&self, who: Who) -> Result<(), Error> {
        self.fake.deactivate_account(who.login());
        Ok(())
    }

    /// Plane goes on listing who was deactivated or removed as what they were: only another role tells.
    async fn remove_member(&self, who: Who) -> Result<bool, Error> {
        self.fake.set_role(who.login(), Role::Guest);
        Ok(true)
    }
}
