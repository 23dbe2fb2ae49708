//! What a workspace needs to be told.

use std::fmt;
use std::path::PathBuf;

use crate::sandbox::SandboxSettings;

/// Settings of a [`GitWorkspace`](crate::GitWorkspace).
#[derive(Clone)]
pub struct Settings {
    /// A path inside the repository; bare repositories too.
    pub repository: PathBuf,
    /// The branch work starts from; none for the branch the repository's HEAD is on.
    pub base: Option<String>,
    /// Name of the configured remote that branches are pushed to; none keeps them local.
    pub remote: Option<String>,
    /// Whether work starts from the remote's branch as it is then, not from this clone's: for clones
    /// that nobody pulls.
    pub follow: bool,
    /// The folder that holds the runs' worktrees; outside the repository's own checkout.
    pub root: PathBuf,
    /// Environment of `git push` and `git fetch` only, for what it needs to authenticate: `SSH_AUTH_SOCK`,
    /// `GIT_SSH_COMMAND`, `GIT_ASKPASS`. Nothing else of the environment reaches git.
    pub push_environment: Vec<(String, String)>,
    /// Whether ignored files (build output) survive between the commands of one run.
    ///
    /// They keep test runs fast. A command could also plant something there that a later command
    /// of the same run trusts; with `false` every command starts from tracked files alone.
    pub keep_ignored: bool,
    /// The sandbox.
    pub sandbox: SandboxSettings,
}

impl Settings {
    /// Returns settings with the defaults: HEAD's branch, no remote, sandbox as found here.
    #[must_use]
    pub fn new(repository: impl Into<PathBuf>, root: impl Into<PathBuf>) -> Self {
        Self {
            repository: repository.into(),
            base: None,
            remote: None,
            follow: false,
            root: root.into(),
            push_environment: Vec::new(),
            keep_ignored: true,
            sandbox: SandboxSettings::detect(),
        }
    }
}

impl fmt::Debug for Settings {
    /// Leaves out the values of the push environment, which may be secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self
            .push_environment
            .iter()
            .map(|(name, _)| name.as_str())
            .collect();
        f.debug_struct("Settings")
            .field("repository", &self.repository)
            .field("base", &self.base)
            .field("remote", &self.remote)
            .field("follow", &self.follow)
            .field("root", &self.root)
            .field("push_environment", &names)
            .field("keep_ignored", &self.keep_ignored)
            .field("sandbox", &self.sandbox)
            .finish()
    }
}
