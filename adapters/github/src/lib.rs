//! GitHub Issues as the bus, and GitHub as the place of pull requests.
//!
//! [`GitHub`] is one identity's view of one repository: a [`Tracker`](trail_port::Tracker) and a
//! [`Forge`](trail_port::Forge). What shapes it:
//!
//! - **Writes are never sent twice blindly.** After a lost reply the comment is looked for, and only
//!   a comment of the own account that carries the same entry counts. octocrab's retries are not
//!   even built in.
//! - **"Has it changed?" is free.** Every read is conditional; an idle tick of the change feed is one
//!   request answered 304, which costs nothing of the rate limit.
//! - **Everything is listed again.** A deletion leaves no trace in REST, so a read gives all comments
//!   as they are now; what was there before and is missing now was deleted.
//! - **REST hides who edited.** GraphQL tells, where a text is relied on: the task, and a command at
//!   the moment of its use.
//! - **Nobody can set times here.** Comments have GitHub's own; `backdated` is always false.
//! - **Text is kept as it is**, line ends too: the web interface sends CRLF.
//!
//! Facts are GitHub's REST API, version 2022-11-28, and its GraphQL API. Forks are not supported: the
//! branch of a pull request is in the repository itself.

use std::sync::Arc;

use trail_port::tracker::Error;

mod auth;
mod brake;
mod cache;
mod comments;
mod count;
mod edits;
mod failure;
mod feed;
mod forge;
mod history;

mod items;
mod jwt;
mod landed;
mod link;
mod name;
mod people;
mod rate;
mod read;
mod relations;
mod rights;
mod settings;
mod setup;
mod state;
mod tracker;
mod transport;
pub mod webhook;
mod wire;
mod write;

pub use count::Counters;
pub use relations::Relations;
pub use rights::{Right, Rights};
pub use settings::{API, Credential, Settings, Timeouts, writes};
pub use trail_budget::Rule;

/// One identity's view of one repository; clones share connections, caches and budgets.
#[derive(Debug, Clone)]
pub struct GitHub {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    http: transport::Http,
    settings: Settings,
    checked: settings::Checked,
    /// The account this is, once it was asked for.
    account: tokio::sync::OnceCell<wire::Account>,
    pace: write::Pace,
    verdicts: edits::Verdicts,
    landed: landed::Landings,
    /// Held while an entry is appended: the same entry by two callers is one comment.
    appending: tokio::sync::Mutex<()>,
}

impl GitHub {
    /// Makes the adapter; must be called within a tokio runtime. Nothing is asked for yet.
    ///
    /// # Errors
    /// [`Error::Refused`] if the settings make no sense, [`Error::Denied`] if there is no token.
    pub fn new(settings: Settings) -> Result<Self, Error> {
        let checked = settings::Checked::of(&settings)?;
        let inner = Inner {
            http: transport::Http::new(&settings, &checked)?,
            pace: write::Pace::default(),
            verdicts: edits::Verdicts::default(),
            landed: landed::Landings::default(),
            account: tokio::sync::OnceCell::new(),
            appending: tokio::sync::Mutex::default(),
            checked,
            settings,
        };
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    /// Returns how many requests were sent so far, by kind.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.inner.http.counts.snapshot()
    }

    /// Returns the prefix of the keys of this repository's items.
    #[must_use]
    pub fn prefix(&self) -> &str {
        &self.inner.checked.prefix
    }

    fn http(&self) -> &transport::Http {
        &self.inner.http
    }

    /// Returns a path in the repository; `path` begins with a slash or is empty.
    fn path(&self, path: &str) -> String {
        format!("{}{path}", self.inner.checked.repository)
    }

    /// Returns a path of the REST API outside of the repository.
    fn root(&self, path: &str) -> String {
        format!("{}{path}", self.inner.checked.root)
    }

    /// Asks for the repository, which is cheap after the first time.
    async fn repository(&self) -> Result<wire::Repository, failure::Failure> {
        let what = format!(
            "repository {}/{}",
            self.inner.settings.owner, self.inner.settings.repo
        );
        self.http().get(&self.path(""), &what).await
    }
}
