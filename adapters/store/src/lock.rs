//! One owner per directory, and directories that survive a power loss.

use std::fs::{self, File, TryLockError};
use std::path::Path;

use crate::Error;

/// Holds a directory for this process until it is dropped or the process ends.
#[derive(Debug)]
pub struct DirLock {
    _file: File,
}

impl DirLock {
    /// Takes the lock of `dir`, making the directory if it is not there.
    ///
    /// # Errors
    /// [`Error::Locked`] if another process, or another part of this one, holds it.
    pub fn take(dir: &Path) -> Result<Self, Error> {
        create_dir(dir)?;
        let path = dir.join("lock");
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(Error::io("opening", &path))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(Error::Locked(dir.to_owned())),
            Err(TryLockError::Error(source)) => Err(Error::io("locking", &path)(source)),
        }
    }
}

/// Makes `dir` and its parents and syncs the directory each new one stands in.
pub(crate) fn create_dir(dir: &Path) -> Result<(), Error> {
    if dir.is_dir() {
        return Ok(());
    }
    let parent = dir.parent().filter(|parent| !parent.as_os_str().is_empty());
    if let Some(parent) = parent {
        create_dir(parent)?;
    }
    match fs::create_dir(dir) {
        Ok(()) => sync_dir(parent.unwrap_or(Path::new("."))),
        Err(_) if dir.is_dir() => Ok(()),
        Err(source) => Err(Error::io("making directory", dir)(source)),
    }
}

/// Makes the names in `dir` durable: without it a file that was synced can still be gone after a
/// power loss.
pub(crate) fn sync_dir(dir: &Path) -> Result<(), Error> {
    File::open(dir)
        .and_then(|dir| dir.sync_all())
        .map_err(Error::io("syncing directory", dir))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_has_one_owner_at_a_time() {
        let dir = tempfile::tempdir().unwrap();
        let nested = dir.path().join("a/b");
        let held = DirLock::take(&nested).unwrap();
        let refused = DirLock::take(&nested).unwrap_err();
        assert!(
            matches!(&refused, Error::Locked(path) if *path == nested),
            "{refused}"
        );
        drop(held);
        DirLock::take(&nested).unwrap();
    }
}
