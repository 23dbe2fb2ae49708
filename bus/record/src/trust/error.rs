//! Why trust documents are refused.

use crate::FORMAT;
use crate::canonical;
use crate::envelope;
use crate::id::Persona;

/// Why a trust document is not accepted.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The envelope or document cannot be read.
    #[error("trust document: {0}")]
    Envelope(#[from] envelope::Error),
    /// The payload is not the canonical form of a trust document.
    #[error("trust document: {0}")]
    Payload(#[from] canonical::Error),
    /// The format is newer than this program.
    #[error("trust document has format {0}, this program reads up to {FORMAT}")]
    Format(u64),
    /// The operator did not sign it.
    #[error("trust document {serial} is not signed by the operator key {operator}")]
    NotSigned {
        /// Its serial.
        serial: u64,
        /// The operator's key id.
        operator: String,
    },
    /// The document does not follow the one before.
    #[error("trust document {serial} does not follow document {expected} of the same project")]
    NotInLine {
        /// Its serial.
        serial: u64,
        /// Where the line stands.
        expected: u64,
    },
    /// A key is listed where it would let one holder pass for two.
    #[error(
        "trust document {serial} lists key {key} twice; each persona needs keys of its own, and \
         neither the operator's nor a checkpoint key"
    )]
    SharedKey {
        /// Its serial.
        serial: u64,
        /// The key's id.
        key: String,
    },
    /// A persona is listed twice.
    #[error("trust document {serial} lists the {persona} twice")]
    SamePersona {
        /// Its serial.
        serial: u64,
        /// The persona.
        persona: Persona,
    },
    /// A key of the document before is left out, or its revocation is.
    #[error(
        "trust document {serial} forgets key {key} of the {persona}, or that it was revoked; \
         list revoked keys on"
    )]
    Forgotten {
        /// Its serial.
        serial: u64,
        /// The persona.
        persona: Persona,
        /// The key's id.
        key: String,
    },
    /// There is no document at all.
    #[error("there is no trust document")]
    Empty,
}
