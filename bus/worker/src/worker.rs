//! A worker: one persona with its ports.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use trail_agents::Prompts;
use trail_item::Illegal;
use trail_port::store::Op;
use trail_port::{
    Blobs, Forge, Model, Policy, Prover, Store, Tracker, Workspace, blobs, model, store, tracker,
    workspace,
};
use trail_record::{
    Digest, Entry, ItemId, Keypair, Persona, ProjectId, Record, Trust, TrustSet, WorkerId,
    canonical,
};

use crate::clock::Clock;
use crate::facts::Facts;
use crate::members::Members;
use crate::pulse::Pulse;
use crate::redact::Redactor;
use crate::settings::Settings;
use crate::shared::Shared;
use crate::sight::Sights;
use crate::view::View;
use crate::watch::Watches;

/// What connects a worker with the world.
#[derive(Clone)]
pub struct Ports {
    /// The tracker, as this persona's account.
    pub tracker: Arc<dyn Tracker>,
    /// The model this persona asks.
    pub model: Arc<dyn Model>,
    /// Where pull requests are opened; none if a pushed branch is all there is.
    pub forge: Option<Arc<dyn Forge>>,
    /// The repository.
    pub workspace: Arc<dyn Workspace>,
    /// What finds out whether tests can fail.
    pub prover: Arc<dyn Prover>,
    /// What this process keeps for itself.
    pub store: Arc<dyn Store>,
    /// The bytes that machines share.
    pub blobs: Arc<dyn Blobs>,
    /// Who may do what.
    pub policy: Arc<dyn Policy>,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

/// The item and the head whose facts were read.
pub(crate) type FactsAt = (ItemId, Option<Digest<Entry>>);

/// One persona at work.
pub struct Worker {
    pub(crate) persona: Persona,
    pub(crate) id: WorkerId,
    pub(crate) key: Keypair,
    pub(crate) project: ProjectId,
    pub(crate) trust: TrustSet,
    pub(crate) prompts: Prompts,
    pub(crate) settings: Settings,
    pub(crate) ports: Ports,
    pub(crate) redactor: Redactor,
    pub(crate) views: Mutex<HashMap<ItemId, View>>,
    /// What was learnt of chains and is not in the store yet; it goes there with the next commit.
    pub(crate) learnt: Mutex<Vec<Op>>,
    pub(crate) records: Mutex<HashMap<Digest<Record>, Arc<Record>>>,
    pub(crate) facts: Mutex<HashMap<FactsAt, Arc<Facts>>>,
    /// Who is a member; decides nothing but whether a pose is a stranger's.
    pub(crate) members: Mutex<Members>,
    pub(crate) sights: Mutex<Sights>,
    pub(crate) watches: Mutex<Watches>,
    /// How far the tracker's clock is ahead of this one's, in milliseconds.
    pub(crate) ahead: Mutex<Option<i64>>,
    pub(crate) pulse: Arc<Pulse>,
    pub(crate) shared: Shared,
}

/// Why a turn came to nothing. Nothing is lost: the item is looked at again.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The tracker.
    #[error("tracker: {0}")]
    Tracker(#[from] tracker::Error),
    /// The model.
    #[error("model: {0}")]
    Model(#[from] model::Error),
    /// The workspace.
    #[error(transparent)]
    Workspace(#[from] workspace::Error),
    /// The local store.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The blobs.
    #[error(transparent)]
    Blobs(#[from] blobs::Error),
    /// The rules do not allow what was to be written: somebody else was faster.
    #[error("not written: {0}")]
    Illegal(#[from] Illegal),
    /// Something has no canonical form.
    #[error(transparent)]
    Canonical(#[from] canonical::Error),
    /// The history lacks something that should be in it.
    #[error("history of {item}: {what}")]
    History {
        /// The item.
        item: String,
        /// What is missing or wrong.
        what: String,
    },
    /// The item's history goes on by rules that this program does not know. Nothing is written.
    #[error(
        "{item} goes on by rules {rules}, this program knows them up to {known}: use a newer version of trail for this item"
    )]
    Newer {
        /// The item.
        item: String,
        /// The rules of its next entry.
        rules: u32,
        /// The rules this program knows.
        known: u32,
    },
    /// The set-up does not fit together.
    #[error("{0}")]
    Setup(String),
    /// The worker was told to stop.
    #[error("stopped")]
    Stopped,
}

impl Worker {
    /// Makes a worker; checks that its key, account, policy and model are the trusted ones.
    ///
    /// # Errors
    /// [`Error::Setup`] naming what does not fit and what to do.
    pub async fn new(
        persona: Persona,
        id: WorkerId,
        key: Keypair,
        trust: TrustSet,
        prompts: Prompts,
        settings: Settings,
        ports: Ports,
    ) -> Result<Self, Error> {
        let (_, current) = trust.latest();
        let trusted = current.persona(persona).ok_or_else(|| {
            Error::Setup(format!(
                "the trust document names no {persona}; see `trail keys`"
            ))
        })?;
        let own = trusted.keys.iter().find(|own| own.key == key.public());
        match own {
            None => {
                return Err(Error::Setup(format!(
                    "key {} is not the {persona}'s in the trust document; see `trail keys list`",
                    key.public().id()
                )));
            }
            Some(own) if own.revoked.is_some() => {
                return Err(Error::Setup(format!(
                    "key {} of the {persona} is revoked; make a new one with `trail keys rotate`",
                    key.public().id()
                )));
            }
            Some(_) => {}
        }
        if current.policy != ports.policy.digest() {
            return Err(Error::Setup(format!(
                "the policy in force is {}, the trust document names {}; the operator signs a changed policy with `trail keys trust`",
                ports.policy.digest().short(),
                current.policy.short()
            )));
        }
        let endpoint = ports.model.identity().endpoint;
        if !current.endpoints.iter().any(|own| own.host == endpoint) {
            return Err(Error::Setup(format!(
                "model endpoint {endpoint:?} is not in the trust document; the operator adds it with `trail keys trust`"
            )));
        }
        let me = ports.tracker.me().await?;
        if me.id != trusted.account {
            return Err(Error::Setup(format!(
                "the tracker token belongs to {} ({}), the {persona}'s account is {}",
                me.login, me.id, trusted.account
            )));
        }
        let project = ports.tracker.project().await?;
        if project != current.project {
            return Err(Error::Setup(format!(
                "the tracker carries project {project}, the trust document {}",
                current.project
            )));
        }
        let ahead = Self::recall_time(ports.store.as_ref())?;
        let mut worker = Self::playing(persona, id, key, project, trust, prompts, settings, ports);
        worker.ahead = Mutex::new(ahead);
        Ok(worker)
    }

    /// Makes a worker without asking whether its key, account, policy and model are trusted ones:
    /// for replays, whose entries the live chain never accepts.
    #[must_use]
    #[expect(
        clippy::too_many_arguments,
        reason = "a worker is its persona, its key and what it is told"
    )]
    pub fn playing(
        persona: Persona,
        id: WorkerId,
        key: Keypair,
        project: ProjectId,
        trust: TrustSet,
        prompts: Prompts,
        settings: Settings,
        ports: Ports,
    ) -> Self {
        Self {
            persona,
            id,
            key,
            project,
            trust,
            prompts,
            settings,
            ports,
            redactor: Redactor::default(),
            views: Mutex::default(),
            shared: Shared::default(),
            learnt: Mutex::default(),
            records: Mutex::default(),
            facts: Mutex::default(),
            members: Mutex::default(),
            sights: Mutex::default(),
            watches: Mutex::default(),
            // The times of a replay are the sealed ones: tracker and workers have one clock.
            ahead: Mutex::new(Some(0)),
            pulse: Arc::default(),
        }
    }

    /// Returns the persona.
    #[must_use]
    pub const fn persona(&self) -> Persona {
        self.persona
    }

    /// Returns how this worker fares.
    #[must_use]
    pub fn pulse(&self) -> Arc<Pulse> {
        Arc::clone(&self.pulse)
    }

    pub(crate) fn trusted(&self) -> (Digest<Trust>, &Trust) {
        self.trust.latest()
    }
}
