//! The GitHub adapter under the laws of the Tracker port, over a stand-in for GitHub on loopback.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use trail_fake_github::{Account, Clock, GitHubFake, Limits, Refusal, Role, Seed};
use trail_github::{Credential, GitHub, Settings, Timeouts};
use trail_port::Tracker;
use trail_port::tracker::Error;
use trail_record::{CommentId, ItemId};
use trail_tests::contract::tracker::{Who, World};

/// What an account may do: personas and people triage, so that nobody but the admin can touch what
/// others wrote; a guest is an outsider to a public repository.
fn role(who: Who) -> Role {
    match who {
        Who::Planner | Who::Coder | Who::Human => Role::Triage,
        Who::Admin => Role::Admin,
        Who::Guest => Role::None,
    }
}

fn seed() -> Seed {
    let account = |who: Who| {
        let account = Account::new(who.login(), role(who));
        if who.bot() { account.bot() } else { account }
    };
    // Whoever triages cannot make labels: the set-up made them.
    let labels = [
        "trail",
        "a",
        "b",
        "zebra",
        "gate:plan",
        "gate:legal",
        "trail:backlog",
        "trail:in-progress",
        "trail:waiting",
    ];
    Seed {
        limits: Limits::NONE,
        // Each write has its place in time, past what a reader looks at again for safety.
        clock: Clock::Standing {
            start: 1_767_000_000,
            step: 10,
        },
        labels: labels.map(str::to_owned).to_vec(),
        permission_needs_push: false,
        ..Seed::with(Who::ALL.map(account))
    }
}

/// Returns settings that wait for nothing long.
fn settings(fake: &GitHubFake, token: &str) -> Settings {
    let credential = Credential::Token(token.to_owned().into());
    let mut settings = Settings::new("acme", "widgets", credential);
    settings.api = fake.url().to_owned();
    settings.writes = Vec::new();
    settings.timeouts = Timeouts {
        settle: Duration::from_millis(160),
        retry: Duration::from_millis(2),
        ..Timeouts::default()
    };
    settings
}

/// A repository on the stand-in, with a client for each account.
struct Repository {
    fake: GitHubFake,
    clients: Vec<GitHub>,
}

impl Repository {
    async fn start(seed: Seed) -> Self {
        let fake = GitHubFake::start(seed).await;
        let client = |who: Who| {
            let token = format!("ghp_{}", who.login());
            GitHub::new(settings(&fake, &token)).expect("good settings")
        };
        let clients = Who::ALL.map(client).to_vec();
        Self { fake, clients }
    }
}

async fn repository() -> Repository {
    Repository::start(seed()).await
}

/// Returns the number of an item.
fn number(item: &ItemId) -> u64 {
    let (number, _) = item.as_str().split_once('-').expect("ids begin with it");
    number.parse().expect("it is a number")
}

fn told(refusal: Refusal) -> Error {
    match refusal.status {
        404 | 410 => Error::NotFound(refusal.to_string()),
        401 | 403 => Error::Denied(refusal.to_string()),
        _ => Error::Refused(refusal.to_string()),
    }
}

fn comment_number(id: &CommentId) -> u64 {
    id.as_str().parse().expect("ids of comments are numbers")
}

#[async_trait]
impl World for Repository {
    fn tracker(&self, who: Who) -> Arc<dyn Tracker> {
        let place = Who::ALL.iter().position(|other| *other == who);
        Arc::new(self.clients[place.expect("all are there")].clone())
    }

    fn stranger(&self) -> Option<Arc<dyn Tracker>> {
        let stranger = GitHub::new(settings(&self.fake, "ghp_nobody"));
        Some(Arc::new(stranger.expect("good settings")))
    }

    async fn edit_comment(
        &self,
        who: Who,
        _: &ItemId,
        id: &CommentId,
        text: &str,
    ) -> Result<(), Error> {
        let ui = self.fake.ui(who.login());
        ui.edit_comment(comment_number(id), text).map_err(told)
    }

    async fn delete_comment(&self, who: Who, _: &ItemId, id: &CommentId) -> Result<(), Error> {
        let ui = self.fake.ui(who.login());
        ui.delete_comment(comment_number(id)).map_err(told)
    }

    async fn edit_body(&self, who: Who, item: &ItemId, body: &str) -> Result<(), Error> {
        let ui = self.fake.ui(who.login());
        ui.edit_body(number(item), body).map_err(told)
    }

    async fn disable(&self, who: Who) -> Result<(), Error> {
        self.fake.revoke_all(who.login());
        Ok(())
    }

    async fn delete_item(&self, item: &ItemId) -> Result<bool, Error> {
        let ui = self.fake.ui(Who::Admin.login());
        ui.delete_issue(number(item)).map_err(told)?;
        Ok(true)
    }

    async fn remove_member(&self, who: Who) -> Result<bool, Error> {
        self.fake.set_role(who.login(), Role::None);
        Ok(true)
    }
}

mod laws {
    trail_tests::tracker_contract!(super::repository);
}

#[path = "github/apps.rs"]
mod apps;
#[path = "github/race.rs"]
mod race;
#[path = "github/scale.rs"]
mod scale;
#[path = "github/storm.rs"]
mod storm;
