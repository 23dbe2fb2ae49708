//! The Blobs port: content-addressed bytes that machines share.

use async_trait::async_trait;
use trail_record::{Blob, Digest};

use crate::mirror::Rewound;

/// Why blobs could not be kept or found.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The stored bytes do not have the digest they are kept under.
    #[error("blob {0} is damaged: its bytes have another digest")]
    Damaged(Digest<Blob>),
    /// The store cannot be reached or read.
    #[error("blob store: {0}")]
    Unavailable(String),
    /// The place that machines share was changed backwards; nothing is sent there until a human has
    /// disposed of it. What was to be kept is kept on this machine.
    #[error("blob store: {0}; a permitted human clears this with `/dispose CODE why`")]
    Rewound(Rewound),
}

/// Keeps bytes under their digest.
///
/// Laws:
/// - when `put` returns, the bytes survive a crash and a power loss;
/// - `put` of bytes that are there already changes nothing;
/// - `get` returns exactly the bytes of that digest, none, or [`Error::Damaged`]; never others.
#[async_trait]
pub trait Blobs: Send + Sync {
    /// Keeps all of `blobs`; durable together with as few syncs as the store can.
    async fn put(&self, blobs: &[&[u8]]) -> Result<(), Error>;

    /// Returns the bytes of `digest`, or none if they are not here.
    async fn get(&self, digest: &Digest<Blob>) -> Result<Option<Vec<u8>>, Error>;
}
