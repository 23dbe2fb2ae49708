//! Checkpoints: how far a history went, signed by a key no worker holds.
//!
//! A prefix of a valid chain is valid; only a checkpoint tells that something was cut off.

use serde::{Deserialize, Serialize};

use crate::FORMAT;
use crate::canonical;
use crate::digest::Digest;
use crate::entry::Entry;
use crate::envelope::{self, Envelope};
use crate::id::{ItemId, ItemKey, ProjectId};
use crate::key::{Keypair, PublicKey};
use crate::moment::Moment;

/// The DSSE payload type of checkpoints.
pub const PAYLOAD_TYPE: &str = "application/vnd.trail.checkpoint.v0+json";

/// The head of one item's chain at one time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Checkpoint {
    /// The version of the stored format.
    pub format: u32,
    /// The project.
    pub project: ProjectId,
    /// The item.
    pub item: ItemId,
    /// The item's key, for people.
    pub key: ItemKey,
    /// The number of the last entry.
    pub seq: u64,
    /// Its digest.
    pub head: Digest<Entry>,
    /// When the checkpoint was made.
    pub at: Moment,
}

/// Why a checkpoint is not accepted.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The envelope cannot be read.
    #[error("checkpoint: {0}")]
    Envelope(#[from] envelope::Error),
    /// The payload is not the canonical form of a checkpoint.
    #[error("checkpoint: {0}")]
    Payload(#[from] canonical::Error),
    /// The format is newer than this program.
    #[error("checkpoint has format {0}, this program reads up to {FORMAT}")]
    Format(u32),
    /// No checkpoint key of the trust document signed it.
    #[error("checkpoint is not signed by a checkpoint key of the trust document")]
    NotSigned,
}

impl Checkpoint {
    /// Signs the checkpoint.
    ///
    /// # Errors
    /// If it has no canonical form.
    pub fn seal(&self, key: &Keypair) -> Result<Envelope, canonical::Error> {
        Ok(Envelope::sign(PAYLOAD_TYPE, &canonical::to_bytes(self)?, key))
    }

    /// Reads a checkpoint and verifies that one of `keys` signed it.
    ///
    /// # Errors
    /// See [`enum@Error`].
    pub fn open(envelope: &Envelope, keys: &[PublicKey]) -> Result<Self, Error> {
        let payload = envelope.payload(PAYLOAD_TYPE)?;
        let checkpoint: Self = canonical::from_bytes(&payload)?;
        if checkpoint.format > FORMAT {
            return Err(Error::Format(checkpoint.format));
        }
        if envelope.signer(&payload, keys).is_none() {
            return Err(Error::NotSigned);
        }
        Ok(checkpoint)
    }
}
