//! How somebody proves who they are to a tracker or forge: a token, or a GitHub App's key.

use std::path::{Path, PathBuf};

use secrecy::SecretString;
use trail_record::Persona;

use crate::config::{Credential, ForgeKind, TrackerKind};
use crate::output::usage;
use crate::private;
use crate::setup::Setup;

/// What proves who somebody is.
#[derive(Debug, Clone)]
pub(crate) enum Proof {
    /// A token.
    Token(SecretString),
    /// A GitHub App.
    App {
        /// Its id or client id.
        id: String,
        /// Its private key, PEM.
        key: SecretString,
        /// Its installation; found by the repository if not given.
        installation: Option<u64>,
    },
}

/// Where a proof is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// A file.
    File(PathBuf),
    /// An environment variable.
    Variable(String),
}

impl Place {
    /// Tells whether something is there.
    pub(crate) fn is_here(&self) -> bool {
        match self {
            Self::File(path) => path.exists(),
            Self::Variable(name) => variable(name).is_some(),
        }
    }

    /// Returns the file, if it is one.
    pub(crate) fn file(&self) -> Option<&Path> {
        match self {
            Self::File(path) => Some(path),
            Self::Variable(_) => None,
        }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Variable(name) => write!(f, "the variable {name}"),
        }
    }
}

/// Returns where a persona's proof is kept.
pub(crate) fn place_of(setup: &Setup, persona: Persona) -> Place {
    let own = setup.config.persona(persona).credential();
    place(setup, own).unwrap_or_else(|| Place::File(setup.layout.token(persona)))
}

/// Returns what proves who a persona is at the tracker.
pub(crate) fn proof_of(setup: &Setup, persona: Persona) -> anyhow::Result<Proof> {
    let own = setup.config.persona(persona).credential();
    let given = match own.app_id {
        Some(_) => format!("{persona}.app.pem"),
        None => format!("{persona}.token"),
    };
    if let Some(given) = private::credential(&given)? {
        return Ok(match own.app_id {
            Some(id) => Proof::App {
                id: id.clone(),
                key: given,
                installation: own.installation,
            },
            None => Proof::Token(given),
        });
    }
    let place = place_of(setup, persona);
    read(own, &place, &format!("the {persona}'s"))
}

/// Returns what proves at the forge who the reviewer is, where that is not the tracker's own.
pub(crate) fn forge_proof(setup: &Setup) -> anyhow::Result<Option<Proof>> {
    let own = setup.config.forge.credential();
    let Some(place) = place(setup, own) else {
        return Ok(None);
    };
    read(own, &place, "the forge's").map(Some)
}

/// Returns where the forge's proof is kept, if it has one of its own.
pub(crate) fn forge_place(setup: &Setup) -> Option<Place> {
    place(setup, setup.config.forge.credential())
}

/// Tells whether the reviewer opens pull requests with the proof that it has at the tracker.
pub(crate) fn forge_is_tracker(setup: &Setup) -> bool {
    setup.config.tracker.kind == TrackerKind::Github
        && setup.config.forge.kind == Some(ForgeKind::GitHub)
        && setup.config.forge.credential().is_empty()
}

fn place(setup: &Setup, own: Credential<'_>) -> Option<Place> {
    let file = |path: &PathBuf| Place::File(setup.layout.resolve(path));
    let variable = |name: &String| Place::Variable(name.clone());
    own.app_key_file
        .map(file)
        .or_else(|| own.token_env.map(variable))
        .or_else(|| own.token_file.map(file))
}

fn read(own: Credential<'_>, place: &Place, whose: &str) -> anyhow::Result<Proof> {
    match (own.app_id, place) {
        (Some(id), Place::File(path)) => {
            let what = format!("{whose} App key");
            let key = private::read(path, &what)?;
            if !key.contains("PRIVATE KEY-----") {
                return Err(usage(
                    format!("{} holds no private key in PEM", path.display()),
                    "make one on the App's page at GitHub, and put the file there as it is",
                ));
            }
            Ok(Proof::App {
                id: id.clone(),
                key: key.into(),
                installation: own.installation,
            })
        }
        (_, Place::File(path)) => {
            private::read_token(path, &format!("{whose} token")).map(Proof::Token)
        }
        (_, Place::Variable(name)) => variable(name).map(Proof::Token).ok_or_else(|| {
            usage(
                format!("{whose} token: the variable {name} is not set"),
                format!("set {name}, or name a file with token_file"),
            )
        }),
    }
}

/// Returns the value of a variable that holds something.
fn variable(name: &str) -> Option<SecretString> {
    let value = std::env::var(name).ok()?;
    let value = value.trim();
    (!value.is_empty()).then(|| value.into())
}
