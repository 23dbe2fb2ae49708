//! Blobs of one directory: small ones together in a log, big ones a file each.
//!
//! `small/` is a segment log whose frames carry, one after the other, a digest (32 bytes), a length
//! (4 bytes, little-endian) and the bytes. `aa/<64 hexadecimal digits>` is a big blob whose digest
//! begins with `aa`.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use trail_port::Blobs;
use trail_port::blobs::Error as BlobsError;
use trail_record::{Blob, Digest};

use crate::Error;
use crate::lock::DirLock;
use crate::segment::{Log, Options, Position, Seen, Tail};

mod big;
mod frame;

/// Blobs up to this many bytes go into the log.
const SMALL: usize = 64 * 1024;
/// So many bytes of small blobs are put into one frame.
const FRAME: usize = 16 * 1024 * 1024;

/// Keeps blobs in one directory, as its only writer or as one of many readers.
#[derive(Debug, Clone)]
pub struct LocalBlobs {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    dir: PathBuf,
    known: Mutex<Known>,
    /// The log and the lock of the directory; none for a reader.
    writer: Option<(Log, DirLock)>,
}

/// What is known of the blobs that are there.
#[derive(Debug)]
struct Known {
    places: HashMap<[u8; 32], Place>,
    tail: Tail,
}

/// Where the bytes of a blob stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// In the log, behind their digest and length.
    Small { at: Position, len: u32 },
    /// In a file of their own.
    Big,
    /// They were there, and are not what was written any more.
    Damaged,
}

impl LocalBlobs {
    /// Opens `dir` as its only writer, making it if it is not there.
    ///
    /// # Errors
    /// [`Error::Locked`] if another process writes to it.
    pub fn open(dir: &Path) -> Result<Self, Error> {
        let lock = DirLock::take(dir)?;
        big::remove_drafts(dir)?;
        let options = Options {
            tolerant: true,
            ..Options::default()
        };
        let log = Log::open(&dir.join("small"), options)?;
        Self::with(dir, Some((log, lock)))
    }

    /// Opens `dir` for reading. A writer may be at work there; what it adds is found.
    ///
    /// # Errors
    /// If the disk refuses.
    pub fn open_read_only(dir: &Path) -> Result<Self, Error> {
        Self::with(dir, None)
    }

    fn with(dir: &Path, writer: Option<(Log, DirLock)>) -> Result<Self, Error> {
        let mut known = Known {
            places: HashMap::new(),
            tail: Tail::new(&dir.join("small")),
        };
        known.refresh()?;
        let shared = Shared {
            dir: dir.to_owned(),
            known: Mutex::new(known),
            writer,
        };
        Ok(Self {
            shared: Arc::new(shared),
        })
    }

    /// Keeps all of `blobs`; returns when they are durable.
    ///
    /// # Errors
    /// If this is a reader, or the disk refuses.
    pub fn put_all(&self, blobs: &[impl AsRef<[u8]>]) -> Result<(), Error> {
        self.shared.put_all(blobs)
    }

    /// Returns the bytes of `digest`, or none if they are not here.
    ///
    /// # Errors
    /// [`BlobsError::Damaged`] if what is kept under it is not it.
    pub fn find(&self, digest: &Digest<Blob>) -> Result<Option<Vec<u8>>, BlobsError> {
        self.shared.find(digest)
    }

    /// Returns how many data syncs of the log were made since the directory was opened.
    #[must_use]
    pub fn syncs(&self) -> u64 {
        self.shared
            .writer
            .as_ref()
            .map_or(0, |(log, _)| log.syncs())
    }
}

impl Known {
    /// Takes in what was appended to the log.
    fn refresh(&mut self) -> Result<(), Error> {
        let places = &mut self.places;
        self.tail.advance(|seen| match seen {
            Seen::Frame {
                payload_at,
                payload,
            } => {
                for (digest, at, bytes) in frame::blobs(&payload, payload_at) {
                    places.insert(digest, frame::place(at, bytes));
                }
            }
            // Each blob in a damaged frame is judged by its own digest.
            Seen::Damaged { payload_at, bytes } => {
                tracing::error!(
                    segment = payload_at.segment,
                    offset = payload_at.offset,
                    "stored blobs are damaged"
                );
                for (digest, at, bytes) in frame::blobs(&bytes, payload_at) {
                    let good = Digest::<Blob>::of(bytes).as_bytes() == &digest;
                    let place = if good {
                        frame::place(at, bytes)
                    } else {
                        Place::Damaged
                    };
                    places.entry(digest).or_insert(place);
                }
            }
        })
    }

    /// Returns where `digest` stands; a reader looks for what is new if it is unknown, the writer
    /// knows all there is.
    fn place(
        &mut self,
        dir: &Path,
        digest: &Digest<Blob>,
        reads_only: bool,
    ) -> Result<Option<Place>, Error> {
        if let Some(place) = self.places.get(digest.as_bytes()) {
            return Ok(Some(*place));
        }
        if big::path(dir, digest).is_file() {
            self.places.insert(*digest.as_bytes(), Place::Big);
            return Ok(Some(Place::Big));
        }
        if reads_only {
            self.refresh()?;
        }
        Ok(self.places.get(digest.as_bytes()).copied())
    }
}

impl Shared {
    fn known(&self) -> std::sync::MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put_all(&self, blobs: &[impl AsRef<[u8]>]) -> Result<(), Error> {
        let Some((log, _)) = &self.writer else {
            let refused = std::io::Error::from(std::io::ErrorKind::ReadOnlyFilesystem);
            return Err(Error::io("opened for reading only:", &self.dir)(refused));
        };
        let digests: Vec<Digest<Blob>> =
            blobs.iter().map(|blob| Digest::of(blob.as_ref())).collect();
        // Held to the end: two callers with the same new blob must both wait until it is durable.
        let mut known = self.known();
        let mut frames = frame::Builder::default();
        let mut big = Vec::new();
        for (digest, blob) in digests.iter().zip(blobs) {
            let bytes = blob.as_ref();
            let there = known.place(&self.dir, digest, false)?;
            if there.is_some_and(|place| place != Place::Damaged) {
                continue;
            }
            if bytes.len() > SMALL {
                big::write(&self.dir, digest, bytes)?;
                big.push(*digest);
            } else {
                frames.add(*digest.as_bytes(), bytes);
            }
        }
        big::sync(&self.dir, &big)?;
        for digest in big {
            known.places.insert(*digest.as_bytes(), Place::Big);
        }
        for payload in frames.finish() {
            let appended = log.append(&payload)?;
            known.tail.skip_to(appended.next);
            let payload_at = frame::behind_header(appended.at);
            for (digest, at, bytes) in frame::blobs(&payload, payload_at) {
                known.places.insert(digest, frame::place(at, bytes));
            }
        }
        Ok(())
    }

    fn find(&self, digest: &Digest<Blob>) -> Result<Option<Vec<u8>>, BlobsError> {
        let unavailable = |error: Error| BlobsError::Unavailable(error.to_string());
        let (place, segment) = {
            let mut known = self.known();
            let reads_only = self.writer.is_none();
            let Some(place) = known
                .place(&self.dir, digest, reads_only)
                .map_err(unavailable)?
            else {
                return Ok(None);
            };
            let segment = match place {
                Place::Small { at, .. } => known.tail.segment(at.segment).map_err(unavailable)?,
                Place::Big | Place::Damaged => None,
            };
            (place, segment)
        };
        let bytes = match (place, segment) {
            (Place::Small { at, len }, Some(segment)) => {
                let len = usize::try_from(len).expect("small blobs fit into memory");
                segment
                    .bytes(u64::from(at.offset), len)
                    .map_err(unavailable)?
            }
            (Place::Big, _) => big::read(&self.dir, digest).map_err(unavailable)?,
            (Place::Small { .. }, None) | (Place::Damaged, _) => None,
        };
        match bytes.filter(|bytes| Digest::of(bytes) == *digest) {
            Some(bytes) => Ok(Some(bytes)),
            None => {
                // A later put of the true bytes writes them anew.
                self.known()
                    .places
                    .insert(*digest.as_bytes(), Place::Damaged);
                Err(BlobsError::Damaged(*digest))
            }
        }
    }
}

#[async_trait]
impl Blobs for LocalBlobs {
    async fn put(&self, blobs: &[&[u8]]) -> Result<(), BlobsError> {
        let blobs: Vec<Vec<u8>> = blobs.iter().map(|blob| blob.to_vec()).collect();
        let shared = Arc::clone(&self.shared);
        let done = tokio::task::spawn_blocking(move || shared.put_all(&blobs));
        let done = done
            .await
            .map_err(|error| BlobsError::Unavailable(error.to_string()))?;
        done.map_err(|error| BlobsError::Unavailable(error.to_string()))
    }

    async fn get(&self, digest: &Digest<Blob>) -> Result<Option<Vec<u8>>, BlobsError> {
        let (shared, digest) = (Arc::clone(&self.shared), *digest);
        let found = tokio::task::spawn_blocking(move || shared.find(&digest));
        found
            .await
            .map_err(|error| BlobsError::Unavailable(error.to_string()))?
    }
}

#[cfg(test)]
mod tests;
