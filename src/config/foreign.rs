//! Trackers and forges of other makers: which, where, as whom, and what must hold between them.

use std::path::PathBuf;

use serde::Deserialize;

use super::values::choose;
use super::{Config, PersonaSettings};

mod check;

pub(super) use check::check;

/// GitHub's API, for github.com.
const GITHUB: &str = "https://api.github.com";

/// Which tracker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) enum TrackerKind {
    /// Trail's own.
    Embedded,
    /// GitHub Issues, or GitHub Enterprise's.
    Github,
    /// Plane, self-hosted or not.
    Plane,
}

impl TrackerKind {
    /// Returns the word that configuration and command line use.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Embedded => "embedded",
            Self::Github => "github",
            Self::Plane => "plane",
        }
    }
}

/// The repository whose issues are the items.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct GitHubTracker {
    /// Its owner: a user or an organisation.
    pub(crate) owner: String,
    /// Its name.
    pub(crate) repo: String,
    /// Whether GraphQL may be asked, which alone tells who edited what; false only for stand-ins
    /// that have none.
    pub(crate) graphql: bool,
}

/// The Plane project whose work items are the items.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct PlaneTracker {
    /// The workspace's slug, as in the address of its pages.
    pub(crate) workspace: String,
    /// The project's identifier, such as `PROJ`, or its id.
    pub(crate) project: String,
    /// How many requests a minute Plane lets a token make.
    pub(crate) requests_per_minute: u32,
}

/// Where pull requests are opened.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Forge {
    /// Which forge; that of the tracker if nothing is said.
    pub(crate) kind: Option<ForgeKind>,
    /// GitHub's API.
    pub(crate) url: Option<String>,
    /// The repository's owner; that of the tracker if nothing is said.
    pub(crate) owner: Option<String>,
    /// The repository's name; that of the tracker if nothing is said.
    pub(crate) repo: Option<String>,
    /// The branch that pull requests are to be merged into; the repository's default if not given.
    pub(crate) base: Option<String>,
    /// The file of the reviewer's token at the forge, where the tracker is another.
    pub(crate) token_file: Option<PathBuf>,
    /// The variable that holds it.
    pub(crate) token_env: Option<String>,
    /// The GitHub App the reviewer acts as there.
    pub(crate) app_id: Option<String>,
    /// The file of the App's private key.
    pub(crate) app_key_file: Option<PathBuf>,
    /// The App's installation.
    pub(crate) installation: Option<u64>,
}

/// Which forge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) enum ForgeKind {
    /// None: the branch is pushed, people open the pull request.
    None,
    /// GitHub.
    GitHub,
}

/// Where records are kept that are too large for their entry.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Blobs {
    /// Where; the embedded tracker for itself, else `refs/trail/*` of the repository's remote.
    pub(crate) kind: Option<BlobKind>,
    /// The remote, by name or address; that of the repository if nothing is said.
    pub(crate) remote: Option<String>,
    /// Names of environment variables that git gets to push there.
    pub(crate) push_env: Vec<String>,
}

/// Where large records are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) enum BlobKind {
    /// The embedded tracker.
    Tracker,
    /// `refs/trail/*` of a git remote.
    Refs,
}

/// How somebody proves who they are, as configuration names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Credential<'c> {
    /// The file of a token.
    pub(crate) token_file: Option<&'c PathBuf>,
    /// The variable that holds a token.
    pub(crate) token_env: Option<&'c String>,
    /// A GitHub App.
    pub(crate) app_id: Option<&'c String>,
    /// The file of the App's private key.
    pub(crate) app_key_file: Option<&'c PathBuf>,
    /// The App's installation.
    pub(crate) installation: Option<u64>,
}

impl PersonaSettings {
    /// Returns how the persona proves who it is at the tracker.
    pub(crate) const fn credential(&self) -> Credential<'_> {
        Credential {
            token_file: self.token_file.as_ref(),
            token_env: self.token_env.as_ref(),
            app_id: self.app_id.as_ref(),
            app_key_file: self.app_key_file.as_ref(),
            installation: self.installation,
        }
    }
}

impl Forge {
    /// Returns how the reviewer proves who it is at the forge.
    pub(crate) const fn credential(&self) -> Credential<'_> {
        Credential {
            token_file: self.token_file.as_ref(),
            token_env: self.token_env.as_ref(),
            app_id: self.app_id.as_ref(),
            app_key_file: self.app_key_file.as_ref(),
            installation: self.installation,
        }
    }
}

impl Credential<'_> {
    /// Tells whether nothing is said.
    pub(crate) const fn is_empty(&self) -> bool {
        self.token_file.is_none()
            && self.token_env.is_none()
            && self.app_id.is_none()
            && self.app_key_file.is_none()
            && self.installation.is_none()
    }
}

impl Config {
    /// Fills in what follows from the kind of tracker.
    pub(super) fn fill_in(&mut self) {
        if self.tracker.url.is_empty() {
            match self.tracker.kind {
                TrackerKind::Embedded => "http://127.0.0.1:7300".clone_into(&mut self.tracker.url),
                TrackerKind::Github => GITHUB.clone_into(&mut self.tracker.url),
                // Whoever hosts it knows where.
                TrackerKind::Plane => {}
            }
        }
        while self.tracker.url.ends_with('/') {
            self.tracker.url.pop();
        }
        let github = self.tracker.kind == TrackerKind::Github;
        if self.tracker.kind != TrackerKind::Embedded {
            // A repository or project that is there already has items that are nobody's business.
            self.tracker.label.get_or_insert_with(|| "trail".to_owned());
        }
        let forge = &mut self.forge;
        let kind = forge.kind.get_or_insert(if github {
            ForgeKind::GitHub
        } else {
            ForgeKind::None
        });
        if *kind == ForgeKind::GitHub && github {
            let own = &self.tracker.github;
            forge.url.get_or_insert_with(|| self.tracker.url.clone());
            forge.owner.get_or_insert_with(|| own.owner.clone());
            forge.repo.get_or_insert_with(|| own.repo.clone());
        } else if *kind == ForgeKind::GitHub {
            forge.url.get_or_insert_with(|| GITHUB.to_owned());
        }
        let blobs = &mut self.blobs;
        blobs.kind.get_or_insert(match self.tracker.kind {
            TrackerKind::Embedded => BlobKind::Tracker,
            TrackerKind::Github | TrackerKind::Plane => BlobKind::Refs,
        });
        if blobs.remote.is_none() {
            blobs.remote.clone_from(&self.repository.remote);
        }
    }
}

impl Default for GitHubTracker {
    fn default() -> Self {
        Self {
            owner: String::new(),
            repo: String::new(),
            graphql: true,
        }
    }
}

impl Default for PlaneTracker {
    fn default() -> Self {
        Self {
            workspace: String::new(),
            project: String::new(),
            requests_per_minute: 60,
        }
    }
}

impl TryFrom<String> for TrackerKind {
    type Error = String;

    fn try_from(word: String) -> Result<Self, String> {
        let all = [Self::Embedded, Self::Github, Self::Plane];
        choose(&word, &all.map(|kind| (kind.as_str(), kind)))
    }
}

impl TryFrom<String> for ForgeKind {
    type Error = String;

    fn try_from(word: String) -> Result<Self, String> {
        choose(&word, &[("none", Self::None), ("github", Self::GitHub)])
    }
}

impl TryFrom<String> for BlobKind {
    type Error = String;

    fn try_from(word: String) -> Result<Self, String> {
        choose(&word, &[("tracker", Self::Tracker), ("refs", Self::Refs)])
    }
}
