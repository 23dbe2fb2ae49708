//! sled as an index: fast to ask, allowed to be lost.
//!
//! sled 0.34 does not sync to the disk when it flushes, leaks values over 128 KiB and has open
//! reports of damage after a stop, so nothing stands only here. Each change carries a *mark* that
//! says how far the log is applied, in the same atomic batch; at open the owner catches up from
//! there. A directory that cannot be read is moved aside and the owner, who finds no mark, builds
//! it again from the log.

use std::fs::{self, File};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use crate::Error;
use crate::lock::create_dir;

/// A key and its value.
pub type Pair = (Vec<u8>, Vec<u8>);

/// One change to the index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Sets the value of a key; values are small, at most 4 KiB.
    Put(Vec<u8>, Vec<u8>),
    /// Removes a key.
    Remove(Vec<u8>),
}

/// Ordered keys and small values, with a mark that says what they were built from.
pub struct Index {
    dir: PathBuf,
    db: sled::Db,
    file: File,
    /// Says at the next open that this directory cannot be trusted.
    suspect: PathBuf,
}

/// Where the mark is kept; keys of callers begin with another byte.
const MARK: &[u8] = b"\0mark";
/// What sled says when somebody holds its lock.
const LOCKED: &str = "could not acquire lock";
/// How often, and how far apart, a held lock is tried before it is an error.
const LOCK_TRIES: u32 = 150;
/// See [`LOCK_TRIES`].
const LOCK_WAIT: std::time::Duration = std::time::Duration::from_millis(20);
/// How much memory sled may use for pages.
const CACHE: u64 = 4 * 1024 * 1024;
/// Directories up to this size are read whole at open, since sled finds damage only by reading.
const READ_WHOLE: u64 = 4 * 1024 * 1024;

impl std::fmt::Debug for Index {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Index")
            .field("dir", &self.dir)
            .finish_non_exhaustive()
    }
}

impl Index {
    /// Opens the index in `dir`; one that is damaged is moved aside and an empty one made.
    ///
    /// # Errors
    /// If the disk refuses.
    pub fn open(dir: &Path) -> Result<Self, Error> {
        let suspect = suspect(dir);
        if suspect.exists() {
            move_aside(dir, "it failed while it was used")?;
            fs::remove_file(&suspect).map_err(Error::io("removing", &suspect))?;
        }
        let mut patience = LOCK_TRIES;
        loop {
            match Self::try_open(dir) {
                // sled gives its lock back a moment after the last handle is dropped. A held lock is
                // no damage: nothing is moved aside for it.
                Err(Error::Index { what, .. }) if what.contains(LOCKED) && patience > 0 => {
                    patience -= 1;
                    std::thread::sleep(LOCK_WAIT);
                }
                Err(Error::Index { what, .. }) if !what.contains(LOCKED) => {
                    move_aside(dir, &what)?;
                    return Self::try_open(dir);
                }
                opened => return opened,
            }
        }
    }

    fn try_open(dir: &Path) -> Result<Self, Error> {
        create_dir(dir)?;
        let config = sled::Config::new()
            .path(dir)
            .cache_capacity(CACHE)
            .mode(sled::Mode::LowSpace)
            .flush_every_ms(None);
        let db = guarded(dir, || config.open())?;
        let path = dir.join("db");
        let file = File::open(&path).map_err(Error::io("opening", &path))?;
        let size = file.metadata().map_err(Error::io("reading", &path))?.len();
        let index = Self {
            dir: dir.to_owned(),
            db,
            file,
            suspect: suspect(dir),
        };
        if size <= READ_WHOLE {
            guarded(dir, || index.db.iter().try_for_each(|pair| pair.map(drop)))?;
        }
        Ok(index)
    }

    /// Returns the mark of the last change, or none if the index is new.
    ///
    /// # Errors
    /// If sled fails.
    pub fn mark(&self) -> Result<Option<Vec<u8>>, Error> {
        self.get(MARK)
    }

    /// Makes all of `changes`, in order, and sets the mark; all or nothing, not durable by itself.
    ///
    /// # Errors
    /// If sled fails.
    pub fn apply(&self, changes: Vec<Change>, mark: &[u8]) -> Result<(), Error> {
        let mut batch = sled::Batch::default();
        for change in changes {
            match change {
                Change::Put(key, value) => batch.insert(key, value),
                Change::Remove(key) => batch.remove(key),
            }
        }
        batch.insert(MARK, mark);
        self.guarded(|| self.db.apply_batch(batch))
    }

    /// Returns the value of `key`.
    ///
    /// # Errors
    /// If sled fails.
    pub fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        Ok(self
            .guarded(|| self.db.get(key))?
            .map(|value| value.to_vec()))
    }

    /// Returns the pairs whose keys begin with `prefix` and are not before `from`, in key order, at
    /// most `limit` of them.
    ///
    /// # Errors
    /// If sled fails.
    pub fn scan(&self, prefix: &[u8], from: &[u8], limit: usize) -> Result<Vec<Pair>, Error> {
        self.guarded(|| {
            self.db
                .range(from.max(prefix)..)
                .take_while(|pair| {
                    pair.as_ref()
                        .map_or(true, |(key, _)| key.starts_with(prefix))
                })
                .filter(|pair| pair.as_ref().map_or(true, |(key, _)| key != MARK))
                .take(limit)
                .map(|pair| pair.map(|(key, value)| (key.to_vec(), value.to_vec())))
                .collect()
        })
    }

    /// Returns the pairs whose keys begin with `prefix`, last first, as long as `wanted` asks on.
    ///
    /// # Errors
    /// If sled fails.
    pub fn scan_back(
        &self,
        prefix: &[u8],
        mut wanted: impl FnMut(&[u8], &[u8]) -> bool,
    ) -> Result<(), Error> {
        self.guarded(|| {
            for pair in self.db.scan_prefix(prefix).rev() {
                let (key, value) = pair?;
                if !wanted(&key, &value) {
                    break;
                }
            }
            Ok(())
        })
    }

    /// Removes everything, the mark too.
    ///
    /// # Errors
    /// If sled fails.
    pub fn clear(&self) -> Result<(), Error> {
        // The mark goes first: a half cleared index is one that is built again.
        self.guarded(|| self.db.remove(MARK))?;
        self.guarded(|| self.db.clear())
    }

    /// Writes the index to the disk, so that less has to be caught up at the next open.
    ///
    /// # Errors
    /// If the disk refuses.
    pub fn flush(&self) -> Result<(), Error> {
        self.guarded(|| self.db.flush())?;
        self.file
            .sync_data()
            .map_err(Error::io("syncing index", &self.dir))
    }

    fn guarded<T>(&self, ask: impl FnOnce() -> sled::Result<T>) -> Result<T, Error> {
        let answer = guarded(&self.dir, ask);
        if matches!(answer, Err(Error::Index { .. })) {
            let marked = File::create(&self.suspect).and_then(|file| file.sync_all());
            if let Err(error) = marked {
                tracing::error!(file = %self.suspect.display(), %error, "cannot mark the index");
            }
        }
        answer
    }
}

impl Drop for Index {
    fn drop(&mut self) {
        if let Err(error) = self.flush() {
            tracing::warn!(dir = %self.dir.display(), %error, "the index was not flushed");
        }
    }
}

/// Asks sled, which answers damage with an error or with a panic.
fn guarded<T>(dir: &Path, ask: impl FnOnce() -> sled::Result<T>) -> Result<T, Error> {
    use std::io::ErrorKind;

    let index = |what: String| Error::Index {
        dir: dir.to_owned(),
        what,
    };
    match catch_unwind(AssertUnwindSafe(ask)) {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(sled::Error::Io(error))) => match error.kind() {
            // Nothing is wrong with what is stored.
            ErrorKind::PermissionDenied
            | ErrorKind::StorageFull
            | ErrorKind::QuotaExceeded
            | ErrorKind::ReadOnlyFilesystem
            | ErrorKind::WouldBlock => Err(Error::io("index", dir)(error)),
            _ => Err(index(error.to_string())),
        },
        Ok(Err(error)) => Err(index(error.to_string())),
        Err(_) => Err(index("sled panicked".to_owned())),
    }
}

fn suspect(dir: &Path) -> PathBuf {
    dir.with_extension("suspect")
}

fn move_aside(dir: &Path, why: &str) -> Result<(), Error> {
    if !dir.exists() {
        return Ok(());
    }
    let aside = (1..)
        .map(|n| dir.with_extension(format!("corrupt-{n}")))
        .find(|path| !path.exists())
        .expect("some number is free");
    tracing::warn!(
        dir = %dir.display(),
        aside = %aside.display(),
        why,
        "the index is damaged; it is moved aside and built again from the log"
    );
    fs::rename(dir, &aside).map_err(Error::io("moving aside", dir))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(key: &str, value: &str) -> Change {
        Change::Put(key.into(), value.into())
    }

    #[test]
    fn changes_and_their_mark_are_there_after_a_reopen() {
        let dir = tempfile::tempdir().unwrap();
        let dir = dir.path().join("index");
        {
            let index = Index::open(&dir).unwrap();
            assert_eq!(index.mark().unwrap(), None);
            index
                .apply(vec![put("a/1", "x"), put("a/2", "y"), put("b", "z")], b"m1")
                .unwrap();
            index
                .apply(vec![Change::Remove(b"a/1".to_vec())], b"m2")
                .unwrap();
        }
        let index = Index::open(&dir).unwrap();
        assert_eq!(index.mark().unwrap().as_deref(), Some(&b"m2"[..]));
        let pairs = index.scan(b"a/", b"", 9).unwrap();
        assert_eq!(pairs, [(b"a/2".to_vec(), b"y".to_vec())]);
        index.clear().unwrap();
        assert_eq!(
            (index.mark().unwrap(), index.get(b"b").unwrap()),
            (None, None)
        );
    }

    #[test]
    fn a_damaged_directory_is_moved_aside_and_an_empty_one_made() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("index");
        {
            let index = Index::open(&path).unwrap();
            index.apply(vec![put("a", "x")], b"m").unwrap();
        }
        fs::write(path.join("conf"), b"segment_size: many\n").unwrap();
        let index = Index::open(&path).unwrap();
        assert_eq!(index.mark().unwrap(), None);
        assert!(dir.path().join("index.corrupt-1").join("conf").is_file());
    }

    #[test]
    fn an_index_that_failed_in_use_is_rebuilt_at_the_next_open() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("index");
        let index = Index::open(&path).unwrap();
        index.apply(vec![put("a", "x")], b"m").unwrap();
        let failed = index.guarded::<()>(|| Err(sled::Error::Corruption { at: None, bt: () }));
        assert!(matches!(failed, Err(Error::Index { .. })));
        drop(index);
        assert_eq!(Index::open(&path).unwrap().mark().unwrap(), None);
        assert!(!dir.path().join("index.suspect").exists());
    }
}
