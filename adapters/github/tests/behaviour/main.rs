//! The adapter against a stand-in for GitHub that loses replies, lags, limits and refuses.
//!
//! The laws of the ports themselves are run by the contract suite in `tests`; here is what only this
//! adapter has to get right.

#![expect(
    clippy::unwrap_used,
    reason = "this is test code: what is not as expected ends the test"
)]

use std::time::Duration;

use trail_fake_github::{Account, Clock, GitHubFake, Limits, Role, Seed};
use trail_github::{Credential, GitHub, Settings, Timeouts};
use trail_port::Tracker as _;
use trail_port::tracker::{Append, Comment};
use trail_record::{Digest, ItemId};

mod apps;
mod feed;
mod forge;
mod people;
mod reads;
mod refusals;
mod setup;
mod writes;

/// The route of the list of issues, and of an issue's comments.
const ISSUES: &str = "GET /repos/{owner}/{repo}/issues";
const COMMENTS: &str = "GET /repos/{owner}/{repo}/issues/{issue_number}/comments";
const POST: &str = "POST /repos/{owner}/{repo}/issues/{issue_number}/comments";

/// Returns the accounts of these tests: a persona that triages, a human who files, an admin, and
/// somebody who only reads.
fn seed() -> Seed {
    Seed {
        limits: Limits::NONE,
        clock: Clock::STEPPING,
        permission_needs_push: false,
        ..Seed::with([
            Account::new("planner", Role::Triage),
            Account::new("maria", Role::Triage),
            Account::new("root", Role::Admin),
            Account::new("visitor", Role::Read),
        ])
    }
}

/// Returns settings that wait for nothing long.
fn settings(fake: &GitHubFake, login: &str) -> Settings {
    let token = Credential::Token(format!("ghp_{login}").into());
    let mut settings = Settings::new("acme", "widgets", token);
    settings.api = fake.url().to_owned();
    settings.writes = Vec::new();
    settings.timeouts = Timeouts {
        settle: Duration::from_millis(160),
        retry: Duration::from_millis(2),
        request: Duration::from_secs(20),
        ..Timeouts::default()
    };
    settings
}

fn client(fake: &GitHubFake, login: &str) -> GitHub {
    GitHub::new(settings(fake, login)).unwrap()
}

/// Starts a fake with one issue, filed by maria; returns it and the issue's number.
async fn start() -> (GitHubFake, u64) {
    let fake = GitHubFake::start(seed()).await;
    let number = fake
        .ui("maria")
        .file("retry uploads", "- AC-1: x\n", &[])
        .unwrap();
    (fake, number)
}

/// Returns the id of the item with this number.
async fn item(github: &GitHub, number: u64) -> ItemId {
    let key = format!("{}-{number}", github.prefix());
    github.find(&key.as_str().into()).await.unwrap()
}

fn entry(name: &str) -> Append {
    Append {
        text: format!("**Trail** — {name}\n\n```trail-entry\n{{\"entry\":\"{name}\"}}\n```\n"),
        key: Digest::of(name.as_bytes()),
        after: None,
    }
}

async fn comments(github: &GitHub, item: &ItemId) -> Vec<Comment> {
    let read = github.read(item, None).await.unwrap();
    assert!(read.complete && read.removed.is_empty());
    read.comments
}
