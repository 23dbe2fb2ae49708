//! The ledger in a file, shared by processes: one holds its lock while it reads, decides and writes.
//!
//! The lock is a file of its own beside it, since the ledger's file is replaced by each write: so a
//! process that dies while writing leaves the old ledger, never half a one.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use rustix::fs::{FlockOperation, flock};
use tracing::warn;

use crate::ledger::Ledger;
use crate::{Error, Rule};

/// The largest file that is taken for a ledger; the largest real one is a little over 1 MiB.
const MAX_FILE: u64 = 4 * 1024 * 1024;

/// Where the ledger is kept.
#[derive(Debug)]
pub(crate) struct Shared {
    path: PathBuf,
    lock: PathBuf,
    draft: PathBuf,
}

/// The lock on a ledger; given back when dropped.
#[derive(Debug)]
pub(crate) struct Locked<'a> {
    shared: &'a Shared,
    _lock: File,
}

impl Shared {
    /// Prepares the directory of the ledger at `path`.
    pub(crate) fn new(path: PathBuf) -> Result<Self, Error> {
        let beside = |ending: &str| {
            let mut name = path.as_os_str().to_owned();
            name.push(ending);
            PathBuf::from(name)
        };
        let shared = Self {
            lock: beside(".lock"),
            draft: beside(".new"),
            path,
        };
        if let Some(parent) = shared.path.parent() {
            std::fs::create_dir_all(parent).map_err(|source| shared.error(source))?;
        }
        // Better told at the start than at the first request.
        shared.open_lock().map_err(|source| shared.error(source))?;
        Ok(shared)
    }

    /// Takes the lock, if no other process or task holds it right now.
    pub(crate) fn try_lock(&self) -> Result<Option<Locked<'_>>, Error> {
        let file = self.open_lock().map_err(|source| self.error(source))?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Some(Locked {
                shared: self,
                _lock: file,
            })),
            Err(error) if error == rustix::io::Errno::WOULDBLOCK => Ok(None),
            Err(error) if error == rustix::io::Errno::INTR => Ok(None),
            Err(error) => Err(self.error(error.into())),
        }
    }

    fn open_lock(&self) -> io::Result<File> {
        OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(&self.lock)
    }

    fn error(&self, source: io::Error) -> Error {
        Error::File {
            path: self.path.clone(),
            source,
        }
    }
}

impl Locked<'_> {
    /// Reads the ledger, and tells whether it was damaged: what is no ledger counts as one that was
    /// used up when it was written.
    pub(crate) fn load(&self, rules: &[Rule], now: u64) -> Result<(Ledger, bool), Error> {
        let path = &self.shared.path;
        match read(path) {
            Ok(Some(ledger)) => Ok((ledger, false)),
            Ok(None) => {
                let at = written(path).map_or(now, |at| at.min(now));
                warn!(path = %path.display(), "the shared budget is damaged; taking it for used up");
                Ok((Ledger::full(rules, at), true))
            }
            Err(error) if error.kind() == ErrorKind::NotFound => Ok((Ledger::default(), false)),
            Err(error) => Err(self.shared.error(error)),
        }
    }

    /// Replaces the ledger.
    ///
    /// It is not synced to the disk: after a power cut the server's own count decides.
    pub(crate) fn save(&self, ledger: &Ledger) -> Result<(), Error> {
        let write = || {
            let bytes = serde_json::to_vec(ledger)?;
            let mut file = OpenOptions::new()
                .create(true)
                .truncate(true)
                .write(true)
                .mode(0o600)
                .open(&self.shared.draft)?;
            file.write_all(&bytes)?;
            std::fs::rename(&self.shared.draft, &self.shared.path)
        };
        write().map_err(|source| self.shared.error(source))
    }
}

/// Reads a ledger; none if the file holds something else.
fn read(path: &Path) -> io::Result<Option<Ledger>> {
    let mut bytes = Vec::new();
    File::open(path)?
        .take(MAX_FILE + 1)
        .read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_FILE {
        return Ok(None);
    }
    let ledger: Option<Ledger> = serde_json::from_slice(&bytes).ok();
    Ok(ledger.filter(|ledger| ledger.taken.iter().is_sorted()))
}

/// Returns when a file was last written, in milliseconds since the epoch.
fn written(path: &Path) -> Option<u64> {
    let at = std::fs::metadata(path).ok()?.modified().ok()?;
    let since = at.duration_since(UNIX_EPOCH).ok()?;
    u64::try_from(since.as_millis()).ok()
}
