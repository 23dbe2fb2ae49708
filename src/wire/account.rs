//! The tracker as one account reaches it, whichever tracker it is.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use secrecy::ExposeSecret as _;
use trail_github::GitHub;
use trail_plane::Plane;
use trail_port::{Forge, Tracker};
use trail_record::{Blob, Digest, Persona};
use trail_tracker::Client;

use super::proof::{self, Proof};
use crate::config::{ForgeKind, TrackerKind};
use crate::output::usage;
use crate::private;
use crate::setup::Setup;

/// The tracker as one account reaches it.
#[derive(Debug, Clone)]
pub(crate) enum Account {
    /// Trail's own, over HTTP.
    Embedded(Client),
    /// GitHub Issues.
    GitHub(GitHub),
    /// Plane.
    Plane(Plane),
}

impl Account {
    /// Makes the tracker of the set-up as this account reaches it; `budget` is the folder in which
    /// the processes of one machine share what an account may ask.
    pub(crate) fn new(
        setup: &Setup,
        proof: Proof,
        budget: Option<PathBuf>,
    ) -> anyhow::Result<Self> {
        let own = &setup.config.tracker;
        match own.kind {
            TrackerKind::Embedded => Ok(Self::Embedded(Client::new(&own.url, &token(proof)?)?)),
            TrackerKind::Github => {
                let place = Repository {
                    url: own.url.clone(),
                    owner: own.github.owner.clone(),
                    name: own.github.repo.clone(),
                    base: setup.config.forge.base.clone(),
                };
                let prefix = setup.config.project.key_prefix.clone();
                let graphql = own.github.graphql;
                github(place, Some(prefix), graphql, proof, budget).map(Self::GitHub)
            }
            TrackerKind::Plane => {
                let (key, place) = (token(proof)?, &own.plane);
                // Plane counts by key; a piece of its digest names the file and gives nothing away.
                let named = Digest::<Blob>::of(key.expose_secret().as_bytes());
                let file = format!("plane-{}.json", named.short());
                let mut settings =
                    trail_plane::Settings::new(&own.url, &place.workspace, &place.project, key);
                settings.budget = budget.map(|folder| folder.join(file));
                settings.requests_per_minute = place.requests_per_minute;
                Ok(Self::Plane(Plane::new(&settings).context("Plane")?))
            }
        }
    }

    /// Makes the tracker as a persona reaches it.
    pub(crate) fn of(setup: &Setup, persona: Persona) -> anyhow::Result<Self> {
        let proof = proof::proof_of(setup, persona)?;
        let budget = match setup.config.tracker.kind {
            TrackerKind::Embedded => None,
            TrackerKind::Github | TrackerKind::Plane => {
                private::make_dir(&setup.layout.budget())?;
                Some(setup.layout.budget())
            }
        };
        Self::new(setup, proof, budget)
    }

    /// Lets polls wait at the tracker for the first change, where it can.
    #[must_use]
    pub(crate) fn waiting(self, wait: Duration) -> Self {
        match self {
            Self::Embedded(client) => Self::Embedded(client.waiting(wait)),
            Self::GitHub(_) | Self::Plane(_) => self,
        }
    }

    /// Returns how many requests this account has sent to a foreign tracker so far, by kind.
    pub(crate) fn requests(&self) -> Vec<(&'static str, u64)> {
        match self {
            Self::Embedded(_) => Vec::new(),
            Self::GitHub(own) => {
                let counts = own.counters();
                vec![
                    ("read", counts.reads),
                    ("not-modified", counts.unchanged),
                    ("write", counts.writes),
                    ("graphql", counts.graphql),
                    ("rate-limited", counts.limited),
                ]
            }
            Self::Plane(own) => {
                let counts = own.counters();
                vec![
                    ("read", counts.reads),
                    ("write", counts.writes),
                    ("rate-limited", counts.refused),
                    ("waited", counts.waits),
                ]
            }
        }
    }

    /// Returns the port.
    pub(crate) fn tracker(&self) -> Arc<dyn Tracker> {
        match self {
            Self::Embedded(own) => Arc::new(own.clone()),
            Self::GitHub(own) => Arc::new(own.clone()),
            Self::Plane(own) => Arc::new(own.clone()),
        }
    }
}

/// Returns where the reviewer opens pull requests; none if people do.
pub(crate) fn forge(setup: &Setup, account: &Account) -> anyhow::Result<Option<Arc<dyn Forge>>> {
    let client = forge_client(setup, Some(account))?;
    Ok(client.map(|own| Arc::new(own) as Arc<dyn Forge>))
}

/// Returns the forge's client; `account` is the reviewer's at the tracker, which may be the same.
pub(crate) fn forge_client(
    setup: &Setup,
    account: Option<&Account>,
) -> anyhow::Result<Option<GitHub>> {
    let own = &setup.config.forge;
    if own.kind != Some(ForgeKind::GitHub) {
        return Ok(None);
    }
    if proof::forge_is_tracker(setup)
        && let Some(Account::GitHub(account)) = account
    {
        return Ok(Some(account.clone()));
    }
    let Some(proof) = proof::forge_proof(setup)? else {
        return Ok(None);
    };
    let named = |what: &Option<String>| what.clone().unwrap_or_default();
    let place = Repository {
        url: named(&own.url),
        owner: named(&own.owner),
        name: named(&own.repo),
        base: own.base.clone(),
    };
    // Only the reviewer writes there, and little.
    let budget = None;
    github(place, None, true, proof, budget).map(Some)
}

/// A repository at GitHub.
struct Repository {
    url: String,
    owner: String,
    name: String,
    base: Option<String>,
}

fn github(
    place: Repository,
    prefix: Option<String>,
    graphql: bool,
    proof: Proof,
    budget: Option<PathBuf>,
) -> anyhow::Result<GitHub> {
    let credential = match proof {
        Proof::Token(token) => trail_github::Credential::Token(token),
        Proof::App {
            id,
            key,
            installation,
        } => trail_github::Credential::App {
            app_id: id,
            installation,
            key,
        },
    };
    let mut settings = trail_github::Settings::new(place.owner, place.name, credential);
    settings.api = place.url;
    settings.base = place.base;
    settings.prefix = prefix;
    settings.graphql = graphql;
    settings.budget = budget;
    GitHub::new(settings).context("GitHub")
}

fn token(proof: Proof) -> anyhow::Result<secrecy::SecretString> {
    match proof {
        Proof::Token(token) => Ok(token),
        Proof::App { .. } => Err(usage(
            "only GitHub has Apps",
            "name a token with token_file or token_env",
        )),
    }
}
