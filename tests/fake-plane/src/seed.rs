//! What a stand-in starts with.

use std::ops::Range;
use std::time::Duration;

use jiff::Timestamp;

use crate::rows::Role;

/// How long the slow parts of Plane take.
#[derive(Debug, Clone)]
pub struct Timing {
    /// Between the look for an external id and the insertion.
    pub check: Range<Duration>,
    /// Between the insertion and the second writing of `created_at`.
    pub rewrite: Range<Duration>,
    /// Between a change and the work of the queue: activities, and `updated_at` of the item.
    pub queue: Range<Duration>,
}

impl Timing {
    /// The times as measured on a real server.
    #[must_use]
    pub const fn measured() -> Self {
        Self {
            check: Duration::from_millis(20)..Duration::from_millis(50),
            rewrite: Duration::from_millis(22)..Duration::from_millis(96),
            queue: Duration::from_millis(200)..Duration::from_millis(300),
        }
    }

    /// The same order of events in a fiftieth of the time.
    #[must_use]
    pub const fn quick() -> Self {
        Self {
            check: Duration::from_micros(400)..Duration::from_millis(1),
            rewrite: Duration::from_micros(440)..Duration::from_millis(2),
            queue: Duration::from_millis(4)..Duration::from_millis(6),
        }
    }
}

/// An account to start with.
#[derive(Debug, Clone)]
pub struct Account {
    /// Its display name, which is what people call it.
    pub login: String,
    /// Its role in the workspace.
    pub workspace: Role,
    /// Its role in the project, if it is there.
    pub project: Option<Role>,
    /// Whether its first token is a service token.
    pub service: bool,
    /// Seconds east of UTC of the time zone in its profile.
    pub offset: i32,
}

/// What a stand-in starts with: one workspace with one project.
#[derive(Debug, Clone)]
pub struct Seed {
    /// The workspace's slug.
    pub workspace: String,
    /// What the project's item keys begin with.
    pub identifier: String,
    /// The accounts.
    pub accounts: Vec<Account>,
    /// Labels there are already.
    pub labels: Vec<String>,
    /// States by name and group, the default first.
    pub states: Vec<(String, String)>,
    /// Requests that a token has in a minute.
    pub per_minute: usize,
    /// Requests that a service token has in a minute.
    pub service_per_minute: usize,
    /// How long the slow parts take.
    pub timing: Timing,
    /// What the random choices begin with.
    pub random: u64,
    /// When the clock starts; now if none is given.
    pub start: Option<Timestamp>,
}

impl Seed {
    /// A project with Plane's own states, no labels, nobody in it, and times as measured.
    #[must_use]
    pub fn new() -> Self {
        let states = [
            ("Backlog", "backlog"),
            ("Todo", "unstarted"),
            ("In Progress", "started"),
            ("Done", "completed"),
            ("Cancelled", "cancelled"),
        ];
        Self {
            workspace: "acme".to_owned(),
            identifier: "PROJ".to_owned(),
            accounts: Vec::new(),
            labels: Vec::new(),
            states: states.map(|(n, g)| (n.to_owned(), g.to_owned())).to_vec(),
            per_minute: 60,
            service_per_minute: 300,
            timing: Timing::measured(),
            random: 1,
            start: None,
        }
    }

    /// Adds a member of workspace and project with one role in both.
    #[must_use]
    pub fn account(self, login: &str, role: Role) -> Self {
        self.with(Account {
            login: login.to_owned(),
            workspace: role,
            project: Some(role),
            service: false,
            offset: 0,
        })
    }

    /// Adds an account.
    #[must_use]
    pub fn with(mut self, account: Account) -> Self {
        self.accounts.push(account);
        self
    }

    /// Adds labels.
    #[must_use]
    pub fn labels(mut self, names: &[&str]) -> Self {
        self.labels
            .extend(names.iter().map(|&name| name.to_owned()));
        self
    }

    /// Gives every token this many requests a minute.
    #[must_use]
    pub const fn per_minute(mut self, requests: usize) -> Self {
        self.per_minute = requests;
        self.service_per_minute = requests;
        self
    }

    /// Takes other times for the slow parts.
    #[must_use]
    pub fn timing(mut self, timing: Timing) -> Self {
        self.timing = timing;
        self
    }
}

impl Default for Seed {
    fn default() -> Self {
        Self::new()
    }
}
