//! A set-up directory that was opened: its configuration, keys, tokens and trust documents.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use secrecy::SecretString;
use trail_record::{Envelope, Keypair, Persona, ProjectId, PublicKey, TrustSet};

use crate::cli::Global;
use crate::config::{self, Config, Environment};
use crate::layout::{self, Layout};
use crate::output::{Exit, Hinted, usage};
use crate::private;

/// A set-up directory that was opened.
#[derive(Debug, Clone)]
pub(crate) struct Setup {
    /// Where things lie.
    pub(crate) layout: Layout,
    /// How things are set.
    pub(crate) config: Config,
}

impl Setup {
    /// Opens the set-up directory that the options name, or the nearest.
    pub(crate) fn open(global: &Global) -> anyhow::Result<Self> {
        Self::at(Layout::find(global)?)
    }

    /// Opens this set-up directory.
    pub(crate) fn at(layout: Layout) -> anyhow::Result<Self> {
        let config = config::load(&layout.config(), &environment())?;
        Ok(Self { layout, config })
    }

    /// Returns the project.
    pub(crate) fn project(&self) -> ProjectId {
        ProjectId::new(self.config.project.id.clone())
    }

    /// Returns the repository's path.
    pub(crate) fn repository(&self) -> PathBuf {
        self.layout.resolve(&self.config.repository.path)
    }

    /// Reads the operator's public key.
    pub(crate) fn operator_public(&self) -> anyhow::Result<PublicKey> {
        let path = self.layout.operator_public();
        let text = fs::read_to_string(&path).map_err(|error| {
            usage(
                format!("{}: {error}", path.display()),
                "it holds the operator's public key; get it from the operator",
            )
        })?;
        text.parse().with_context(|| path.display().to_string())
    }

    /// Reads the trust documents, oldest first, unverified.
    pub(crate) fn trust_envelopes(&self) -> anyhow::Result<Vec<Envelope>> {
        let mut envelopes = Vec::new();
        for serial in 1.. {
            let path = self.layout.trust_document(serial);
            if !path.exists() {
                break;
            }
            envelopes.push(envelope(&path)?);
        }
        Ok(envelopes)
    }

    /// Reads and verifies the trust documents.
    pub(crate) fn trust(&self) -> anyhow::Result<TrustSet> {
        let set = TrustSet::open(&self.trust_envelopes()?, &self.operator_public()?)
            .with_context(|| self.layout.trust().display().to_string())?;
        let (_, trust) = set.latest();
        if trust.project != self.project() {
            return Err(usage(
                format!(
                    "the trust documents are of project {}, trail.toml is of {}",
                    trust.project,
                    self.project()
                ),
                "set project.id to the trusted one, or take the right trust documents",
            ));
        }
        Ok(set)
    }

    /// Reads the checkpoints, unverified, in the order of their names.
    pub(crate) fn checkpoints(&self) -> anyhow::Result<Vec<Envelope>> {
        files(&self.layout.checkpoints())?
            .iter()
            .map(|path| envelope(path))
            .collect()
    }

    /// Reads a persona's private key.
    pub(crate) fn key(&self, persona: Persona) -> anyhow::Result<Keypair> {
        let what = format!("the {persona}'s key");
        match private::credential(&format!("{persona}.pem"))? {
            Some(pem) => Keypair::from_pem(secrecy::ExposeSecret::expose_secret(&pem))
                .with_context(|| format!("{what} among the service's credentials")),
            None => private::read_key(&self.layout.key(persona), &what),
        }
    }

    /// Returns the secret that webhooks are signed with, if one is set.
    pub(crate) fn webhook_secret(&self) -> anyhow::Result<Option<SecretString>> {
        let own = &self.config.webhooks;
        if let Some(secret) = private::credential("webhook-secret")? {
            return Ok(Some(secret));
        }
        if let Some(path) = &own.secret_file {
            let path = self.layout.resolve(path);
            return private::read_token(&path, "the webhooks' secret").map(Some);
        }
        let Some(variable) = &own.secret_env else {
            return Ok(None);
        };
        match std::env::var(variable) {
            Ok(secret) if !secret.trim().is_empty() => Ok(Some(secret.trim().into())),
            Ok(_) | Err(_) => Err(usage(
                format!("the environment variable {variable} is not set"),
                format!("set {variable} to the webhooks' secret, or use webhooks.secret_file"),
            )),
        }
    }

    /// Returns where the operator's private key is expected.
    pub(crate) fn operator_path(&self, global: &Global) -> Option<PathBuf> {
        layout::operator_key(global, &self.config.project.id)
    }

    /// Reads the operator's private key and checks that it is the one all trust rests on.
    pub(crate) fn operator(&self, global: &Global) -> anyhow::Result<Keypair> {
        let path = self.operator_path(global).ok_or_else(|| {
            usage(
                "it is not known where the operator's key is",
                "name it with --operator-key or TRAIL_OPERATOR_KEY",
            )
        })?;
        let key = private::read_key(&path, "the operator's key")?;
        let expected = self.operator_public()?;
        if key.public() == expected {
            Ok(key)
        } else {
            let message = format!(
                "{} holds key {}, this set-up's operator has {}",
                path.display(),
                key.public().id(),
                expected.id()
            );
            Err(Hinted::new(Exit::Refused, message)
                .help("name the operator's key with --operator-key")
                .into())
        }
    }
}

/// Returns the person's own token, if they gave one.
pub(crate) fn human_token(global: &Global) -> anyhow::Result<Option<SecretString>> {
    if let Some(path) = &global.token_file {
        return private::read_token(path, "your token").map(Some);
    }
    match std::env::var("TRAIL_TOKEN") {
        Ok(token) if !token.trim().is_empty() => Ok(Some(token.trim().into())),
        Ok(_) | Err(_) => Ok(None),
    }
}

/// Returns the environment's variables that are text.
pub(crate) fn environment() -> Environment {
    let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
        Some((name.into_string().ok()?, value.into_string().ok()?))
    };
    std::env::vars_os().filter_map(text).collect()
}

/// Returns the `.json` files of a folder in the order of their names; none if there is no folder.
pub(crate) fn files(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn envelope(path: &Path) -> anyhow::Result<Envelope> {
    let bytes = fs::read(path).with_context(|| path.display().to_string())?;
    Envelope::from_json(&bytes).map_err(|error| {
        usage(
            format!("{}: {error}", path.display()),
            "restore it from a copy; nothing is trusted without it",
        )
    })
}
