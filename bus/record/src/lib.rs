//! The record core: canonical bytes, digests, records, entries, seals, the chain and its verification.
//!
//! Nothing in this crate reads a clock, a file, a socket or a random source: an auditor can build it
//! alone and judge a history from bytes. The stored format is specified in `FORMAT.md` beside this
//! crate; [`FORMAT`] names its version.
//!
//! The way through: a [`Record`] is one content-addressed fact, an [`Entry`] a signed batch of
//! records by one persona, [`chain::assemble`] decides which posted entries stand, and
//! [`verify::verify`] judges the history they form.

pub mod body;
pub mod canonical;
pub mod chain;
pub mod checkpoint;
pub mod code;
pub mod digest;
pub mod entry;
pub mod envelope;
pub mod finding;
pub mod glob;
pub mod hidden;
pub mod id;
pub mod key;
pub mod moment;
pub mod record;
pub mod trust;
pub mod verify;

pub use chain::{Accepted, Assembly, Chain, Known, Posted, Signed, Subject};
pub use checkpoint::Checkpoint;
pub use digest::{Blob, Digest, Policy, Text};
pub use entry::{Entry, Listed, Sealed};
pub use envelope::Envelope;
pub use finding::{Finding, FindingKind, Place};
pub use id::{
    CommentId, CommitId, CriterionId, Fence, ItemId, ItemKey, Persona, ProjectId, RunId, TreeId,
    UserId, WorkerId,
};
pub use key::{KeyId, Keypair, PublicKey};
pub use moment::Moment;
pub use record::{Class, Kind, Record};
pub use trust::{Trust, TrustSet};

/// The version of the stored format this crate writes and reads.
///
/// Changelog:
/// - 0: first format; may still change until the first release.
pub const FORMAT: u32 = 0;
