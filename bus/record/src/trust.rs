//! The trust document: whose keys, accounts and approvals count.
//!
//! It is signed by an operator key that workers cannot read, is never taken from the repository
//! under work or from the tracker, and its digest is named in every entry. Each version names the
//! one before, so that the documents form one line.

mod error;
mod line;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::canonical;
use crate::digest::{Digest, Policy};
use crate::entry::Entry;
use crate::envelope::Envelope;
use crate::id::{ItemId, Persona, ProjectId, UserId};
use crate::key::{Keypair, PublicKey};
use crate::moment::{self, Moment};

pub use error::Error;
pub use line::TrustSet;

/// The DSSE payload type of trust documents.
pub const PAYLOAD_TYPE: &str = "application/vnd.trail.trust.v0+json";

/// Who is trusted with what, from one operator's signature on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trust {
    /// The version of the stored format.
    pub format: u32,
    /// The project it speaks of.
    pub project: ProjectId,
    /// 1 for the first, one more for each later version.
    pub serial: u64,
    /// The version before; none for the first.
    pub prev: Option<Digest<Self>>,
    /// When the operator issued it.
    #[serde(deserialize_with = "moment::stored")]
    pub at: Moment,
    /// The personas with their accounts and keys.
    pub personas: Vec<PersonaTrust>,
    /// The humans whose word counts at gates, by account id.
    pub approvers: Vec<Approver>,
    /// The policy in force.
    pub policy: Digest<Policy>,
    /// The keys that may sign checkpoints; no worker holds one.
    pub checkpoint_keys: Vec<PublicKey>,
    /// The model endpoints that may be asked, by host, and what is known of them.
    pub endpoints: Vec<Endpoint>,
}

/// A persona's account and keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PersonaTrust {
    /// The persona.
    pub persona: Persona,
    /// The tracker account its entries must stand under.
    pub account: UserId,
    /// Its keys, oldest first; revoked ones stay listed.
    pub keys: Vec<KeyTrust>,
}

/// A key and how far it counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyTrust {
    /// The key.
    pub key: PublicKey,
    /// Set when the key counts no more.
    pub revoked: Option<Revocation>,
}

/// Up to which places of which chains a revoked key counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Revocation {
    /// Why.
    pub why: String,
    /// For each item the last entry up to which the key still counts; on any other item it counts
    /// nowhere.
    pub heads: BTreeMap<ItemId, Head>,
}

/// A place in a chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    /// The entry's number.
    pub seq: u64,
    /// Its digest.
    pub digest: Digest<Entry>,
}

/// A human whose word counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approver {
    /// The tracker account.
    pub id: UserId,
    /// Their name, for reports.
    pub name: String,
    /// Whether this approver is played (by a demo or test), not a person.
    pub simulated: bool,
}

/// A model endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Endpoint {
    /// Its host, or `scripted`.
    pub host: String,
    /// What the operator says of it: `provider`, `own`, `scripted`.
    pub kind: String,
}

impl Trust {
    /// Signs the document with the operator's key.
    ///
    /// # Errors
    /// If it has no canonical form.
    pub fn seal(&self, operator: &Keypair) -> Result<(Digest<Self>, Envelope), canonical::Error> {
        let payload = canonical::to_bytes(self)?;
        Ok((
            Digest::of(&payload),
            Envelope::sign(PAYLOAD_TYPE, &payload, operator),
        ))
    }

    /// Returns what is said of a persona.
    #[must_use]
    pub fn persona(&self, persona: Persona) -> Option<&PersonaTrust> {
        self.personas
            .iter()
            .find(|trusted| trusted.persona == persona)
    }

    /// Returns the persona an account serves, if it serves one.
    #[must_use]
    pub fn serves(&self, account: &UserId) -> Option<Persona> {
        self.personas
            .iter()
            .find(|trusted| trusted.account == *account)
            .map(|trusted| trusted.persona)
    }

    /// Returns the approver with this account, unless the account serves a persona: such an account
    /// never approves.
    #[must_use]
    pub fn approver(&self, account: &UserId) -> Option<&Approver> {
        if self.serves(account).is_some() {
            return None;
        }
        self.approvers
            .iter()
            .find(|approver| approver.id == *account)
    }

    /// Returns whether several personas share an account; reports state it.
    #[must_use]
    pub fn shares_accounts(&self) -> bool {
        self.personas.iter().enumerate().any(|(index, trusted)| {
            self.personas[..index]
                .iter()
                .any(|other| other.account == trusted.account)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::FORMAT;

    fn document(serial: u64, prev: Option<Digest<Trust>>) -> Trust {
        Trust {
            format: FORMAT,
            project: ProjectId::from("p"),
            serial,
            prev,
            at: Moment::from_millis(0),
            personas: Vec::new(),
            approvers: vec![Approver {
                id: UserId::from("u1"),
                name: "Klara".to_owned(),
                simulated: false,
            }],
            policy: Digest::of(b"policy"),
            checkpoint_keys: Vec::new(),
            endpoints: Vec::new(),
        }
    }

    #[test]
    fn an_account_that_serves_a_persona_never_approves() {
        let mut trust = document(1, None);
        assert!(trust.approver(&UserId::from("u1")).is_some());
        trust.personas.push(PersonaTrust {
            persona: Persona::Coder,
            account: UserId::from("u1"),
            keys: Vec::new(),
        });
        assert!(trust.approver(&UserId::from("u1")).is_none());
    }
}
