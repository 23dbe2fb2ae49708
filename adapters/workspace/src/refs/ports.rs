//! The shared history as the bus sees it: its ports and their errors.

use std::time::Duration;

use async_trait::async_trait;
use trail_port::mirror::{Error as MirrorError, Head, Kept, Rewound};
use trail_port::{Blobs, Mirror, blobs};
use trail_record::chain::Subject;
use trail_record::{Blob, Digest};

use super::{Error, RefStore, held, layout};

/// How long after a look a worker that looks at items looks there again.
const LOOK: Duration = Duration::from_secs(60);

#[async_trait]
impl Blobs for RefStore {
    async fn put(&self, blobs: &[&[u8]]) -> Result<(), blobs::Error> {
        let files = blobs
            .iter()
            .map(|bytes| (layout::blob(&Digest::of(bytes)), bytes.to_vec()))
            .collect();
        Ok(self.inner.put(files).await?)
    }

    async fn get(&self, digest: &Digest<Blob>) -> Result<Option<Vec<u8>>, blobs::Error> {
        self.inner.get(digest).await
    }
}

#[async_trait]
impl Mirror for RefStore {
    fn keep(&self, subject: &Subject, entries: Vec<Kept>) {
        let folder = layout::item(subject);
        held(&self.inner.pending).enter(&folder, subject, entries);
    }

    async fn flush(&self) -> Result<(), MirrorError> {
        Ok(self.inner.send(&[]).await?)
    }

    async fn recall(&self, subject: &Subject) -> Result<Vec<Kept>, MirrorError> {
        Ok(self.inner.recall(subject).await?)
    }

    async fn heads(&self) -> Result<Vec<Head>, MirrorError> {
        Ok(self.inner.all_heads().await?)
    }

    async fn look(&self) -> Result<(), MirrorError> {
        Ok(self.inner.look_now_and_then(LOOK).await?)
    }

    fn rewound(&self) -> Option<Rewound> {
        self.inner.heads().rewound.clone()
    }

    async fn accept(&self, id: &str) -> Result<(), MirrorError> {
        Ok(self.inner.accept(id).await?)
    }
}

impl From<Error> for blobs::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::Rewound(rewound) => Self::Rewound(rewound),
            Error::Input(_) | Error::Unavailable(_) | Error::Damaged { .. } => {
                Self::Unavailable(error.to_string())
            }
        }
    }
}

impl From<Error> for MirrorError {
    fn from(error: Error) -> Self {
        match error {
            Error::Rewound(rewound) => Self::Rewound(rewound),
            Error::Damaged { path, problem } => Self::Damaged { path, problem },
            Error::Input(why) | Error::Unavailable(why) => Self::Unavailable(why),
        }
    }
}
