//! Where Plane is, which project, as whom, and how much may be asked.

use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;

/// How to reach a project of a Plane.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where Plane is, such as `https://plane.example.org`; a path in front of `/api/v1` is kept.
    pub url: String,
    /// The workspace's slug, as in its address.
    pub workspace: String,
    /// The project: its UUID, or the identifier that its keys begin with.
    pub project: String,
    /// The API key of the account to act as.
    pub key: SecretString,
    /// The file that the processes of this machine share that act with the same key, to keep one
    /// budget of requests; none if there is one process only.
    pub budget: Option<PathBuf>,
    /// How many requests the key may make in a minute; Plane's default is 60.
    pub requests_per_minute: u32,
    /// How long a request may take.
    pub timeout: Duration,
    /// How long it may take to connect.
    pub connect: Duration,
    /// How long to wait for a place in the budget before the caller is told to come back.
    pub wait: Duration,
}

impl Settings {
    /// Returns settings with Plane's own limits and no shared budget.
    #[must_use]
    pub fn new(url: &str, workspace: &str, project: &str, key: SecretString) -> Self {
        Self {
            url: url.to_owned(),
            workspace: workspace.to_owned(),
            project: project.to_owned(),
            key,
            budget: None,
            requests_per_minute: 60,
            timeout: Duration::from_secs(30),
            connect: Duration::from_secs(5),
            wait: Duration::from_secs(120),
        }
    }
}
