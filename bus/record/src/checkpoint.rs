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
use crate::moment::{self, Moment};

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
    #[serde(deserialize_with = "moment::stored")]
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
    Format(u64),
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
        Ok(Envelope::sign(
            PAYLOAD_TYPE,
            &canonical::to_bytes(self)?,
            key,
        ))
    }

    /// Reads a checkpoint and verifies that one of `keys` signed it.
    ///
    /// # Errors
    /// See [`enum@Error`].
    pub fn open(envelope: &Envelope, keys: &[PublicKey]) -> Result<Self, Error> {
        let payload = envelope.payload(PAYLOAD_TYPE)?;
        // The version is looked at before the shape, so that a newer checkpoint is named as such.
        let value = canonical::parse(&payload)?;
        let format = value["format"].as_u64().unwrap_or(0);
        if format > u64::from(FORMAT) {
            return Err(Error::Format(format));
        }
        let checkpoint: Self = canonical::from_bytes(&payload)?;
        if envelope.signer(&payload, keys).is_none() {
            return Err(Error::NotSigned);
        }
        Ok(checkpoint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checkpoint_counts_only_under_a_checkpoint_key_and_of_a_known_format() {
        let (own, other) = (Keypair::from_seed(&[1; 32]), Keypair::from_seed(&[2; 32]));
        let checkpoint = Checkpoint {
            format: FORMAT,
            project: ProjectId::from("p"),
            item: ItemId::from("i"),
            key: ItemKey::from("P-1"),
            seq: 3,
            head: Digest::of(b"entry"),
            at: Moment::from_millis(0),
        };
        let envelope = checkpoint.seal(&own).unwrap();
        let keys = [other.public(), own.public()];
        assert_eq!(Checkpoint::open(&envelope, &keys).unwrap(), checkpoint);
        let foreign = Checkpoint::open(&envelope, &[other.public()]);
        assert!(matches!(foreign, Err(Error::NotSigned)));
        let newer = Checkpoint {
            format: FORMAT + 1,
            ..checkpoint
        }
        .seal(&own)
        .unwrap();
        assert!(matches!(
            Checkpoint::open(&newer, &keys),
            Err(Error::Format(1))
        ));
        let loose = Envelope::sign(PAYLOAD_TYPE, br#"{"format":0, "project":"p"}"#, &own);
        assert!(matches!(
            Checkpoint::open(&loose, &keys),
            Err(Error::Payload(_))
        ));
    }
}
