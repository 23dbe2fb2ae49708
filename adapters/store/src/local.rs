//! The Store of one process: a log of commits, and sled to find values in it.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError, RwLock};

use trail_port::Store;
use trail_port::store::{Error as StoreError, Op};

use crate::batch::{self, Stored};
use crate::lock::{DirLock, sync_dir};
use crate::segment::{Log, Options, Position};
use crate::{Change, Error, Index};

mod place;

use place::{Mark, Place};

/// How many commits may be caught up at an open after a crash.
const FLUSH_EVERY: u64 = 4096;
/// How many dead bytes are not worth a compaction.
const DEAD: u64 = 16 * 1024 * 1024;

/// Keeps keys and values in one directory: `log-N` holds the commits, `index` where values stand.
///
/// A commit is one frame and one data sync. Values over 512 bytes are read from the log, so sled
/// stays small and can be rebuilt whenever it is lost.
#[derive(Debug)]
pub struct LocalStore {
    dir: PathBuf,
    options: Options,
    dead: u64,
    /// Taken while a commit is written.
    writer: Mutex<Counts>,
    /// Written to while a commit is applied, so that readers see all of it or nothing.
    state: RwLock<State>,
    /// The syncs of logs that were compacted away.
    past_syncs: AtomicU64,
    _lock: DirLock,
}

#[derive(Debug)]
struct State {
    log: Log,
    index: Index,
    generation: u64,
}

/// What the writer counts to know when to flush and to compact.
#[derive(Debug, Clone, Copy)]
struct Counts {
    /// Bytes of values that are not replaced or removed.
    live: u64,
    /// Bytes appended to this generation of the log.
    total: u64,
    unflushed: u64,
    /// Set when the index misses something that the log has.
    failed: bool,
}

impl LocalStore {
    /// Opens the store in `dir`, making it if there is none.
    ///
    /// # Errors
    /// [`Error::Locked`] if another process has it; [`Error::Corrupt`] if commits are damaged.
    pub fn open(dir: &Path) -> Result<Self, Error> {
        Self::open_with(dir, Options::default(), DEAD)
    }

    /// Opens a store that compacts once more than `dead` bytes, and more than there are live ones
    /// twice over, are of no use any more.
    pub(crate) fn open_with(dir: &Path, options: Options, dead: u64) -> Result<Self, Error> {
        let lock = DirLock::take(dir)?;
        remove_draft(dir)?;
        let generation = newest_generation(dir)?;
        let log = Log::open(&log_dir(dir, generation), options)?;
        let index = Index::open(&dir.join("index"))?;
        let mut counts = Counts {
            live: 0,
            total: 0,
            unflushed: 0,
            failed: false,
        };
        let state = State {
            log,
            index,
            generation,
        };
        catch_up(&state, &mut counts)?;
        Ok(Self {
            dir: dir.to_owned(),
            options,
            dead,
            writer: Mutex::new(counts),
            state: RwLock::new(state),
            past_syncs: AtomicU64::new(0),
            _lock: lock,
        })
    }

    fn try_commit(&self, ops: &[Op]) -> Result<(), Error> {
        if ops.is_empty() {
            return Ok(());
        }
        let payload = batch::encode(ops)?;
        let mut counts = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.failed {
            return Err(Error::Poisoned(self.dir.clone()));
        }
        let appended = {
            let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
            state.log.append(&payload)?
        };
        {
            let state = self.state.write().unwrap_or_else(PoisonError::into_inner);
            // Were a later commit applied and this one not, the mark would hide the hole.
            counts.failed = true;
            apply(&state, &mut counts, &payload, appended.at, appended.next)?;
            counts.failed = false;
            if counts.unflushed >= FLUSH_EVERY {
                state.index.flush()?;
                counts.unflushed = 0;
            }
        }
        let dead = counts.total.saturating_sub(counts.live);
        if dead > self.dead && dead > counts.live.saturating_mul(2) {
            // The commit stands whatever becomes of this.
            if let Err(error) = self.compact(&mut counts) {
                tracing::warn!(dir = %self.dir.display(), %error, "the store was not compacted");
            }
        }
        Ok(())
    }

    /// Writes what is live to a new generation of the log and removes the old one.
    ///
    /// A crash leaves the old generation or the new one whole; the index says which of them it
    /// belongs to and is built again if it is the other.
    fn compact(&self, counts: &mut Counts) -> Result<(), Error> {
        const BATCH: usize = 1024 * 1024;

        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        let (old, new) = (log_dir(&self.dir, state.generation), state.generation + 1);
        let draft = remove_draft(&self.dir)?;
        {
            let log = Log::open(&draft, self.options)?;
            let mut payload = Vec::new();
            for (key, value) in pairs(&state, "")? {
                batch::put(&key, &value, &mut payload)?;
                if payload.len() >= BATCH {
                    log.append_unsynced(&payload)?;
                    payload.clear();
                }
            }
            if !payload.is_empty() {
                log.append_unsynced(&payload)?;
            }
            log.sync()?;
            self.past_syncs.fetch_add(log.syncs(), Ordering::Relaxed);
        }
        let target = log_dir(&self.dir, new);
        fs::rename(&draft, &target).map_err(Error::io("renaming", &draft))?;
        sync_dir(&self.dir)?;
        // From here on the new generation stands; what fails now is mended at the next open.
        counts.failed = true;
        let log = Log::open(&target, self.options)?;
        self.past_syncs
            .fetch_add(state.log.syncs(), Ordering::Relaxed);
        state.log = log;
        state.generation = new;
        catch_up(&state, counts)?;
        counts.failed = false;
        state.index.flush()?;
        fs::remove_dir_all(&old).map_err(Error::io("removing", &old))
    }
}

impl Store for LocalStore {
    fn commit(&self, ops: Vec<Op>) -> Result<(), StoreError> {
        Ok(self.try_commit(&ops)?)
    }

    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        let found = state.index.get(&index_key(key))?;
        Ok(found.map(|bytes| value(&state, &bytes)).transpose()?)
    }

    fn scan(&self, prefix: &str) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        Ok(pairs(&state, prefix)?)
    }

    fn syncs(&self) -> u64 {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        self.past_syncs.load(Ordering::Relaxed) + state.log.syncs()
    }
}

/// Applies what the index does not have yet; all of it if the index belongs to another log.
fn catch_up(state: &State, counts: &mut Counts) -> Result<(), Error> {
    let log = &state.log;
    let mark = state.index.mark()?.and_then(|bytes| Mark::decode(&bytes));
    let from = match mark.filter(|mark| mark.log == log.identity() && mark.next <= log.end()) {
        Some(mark) => {
            (counts.live, counts.total) = (mark.live, mark.total);
            mark.next
        }
        None => {
            state.index.clear()?;
            (counts.live, counts.total) = (0, 0);
            Position::START
        }
    };
    for frame in log.iter_from(from) {
        let frame = frame?;
        apply(state, counts, &frame.payload, frame.at, frame.next)?;
    }
    Ok(())
}

/// Applies one commit to the index.
fn apply(
    state: &State,
    counts: &mut Counts,
    payload: &[u8],
    at: Position,
    next: Position,
) -> Result<(), Error> {
    let ops = batch::decode(payload).ok_or_else(|| Error::Corrupt {
        file: log_dir(Path::new(""), state.generation).join(format!("{:08}.seg", at.segment)),
        offset: u64::from(at.offset),
        what: "the frame holds no commit".to_owned(),
    })?;
    counts.total += payload.len() as u64;
    let mut changes = Vec::with_capacity(ops.len());
    let mut sizes = std::collections::HashMap::new();
    for op in ops {
        let (key, place) = match op {
            Stored::Put {
                key,
                value,
                at: value_at,
            } => (key, Some(Place::of(value, at, value_at))),
            Stored::Remove { key } => (key, None),
        };
        let new = place
            .as_ref()
            .map_or(0, |place| place.len() + key.len() as u64 + 7);
        let index_key = index_key(key);
        let old = match sizes.insert(key, new) {
            Some(size) => size,
            None => state
                .index
                .get(&index_key)?
                .and_then(|bytes| Place::decode(&bytes))
                .map_or(0, |place| place.len() + key.len() as u64 + 7),
        };
        counts.live = (counts.live + new).saturating_sub(old);
        changes.push(match place {
            Some(place) => Change::Put(index_key, place.encode()),
            None => Change::Remove(index_key),
        });
    }
    let log = state.log.identity();
    let mark = Mark {
        log,
        next,
        live: counts.live,
        total: counts.total,
    };
    counts.unflushed += 1;
    state.index.apply(changes, &mark.encode())
}

/// Returns the keys that start with `prefix` and their values.
fn pairs(state: &State, prefix: &str) -> Result<Vec<(String, Vec<u8>)>, Error> {
    let found = state.index.scan(&index_key(prefix), b"", usize::MAX)?;
    found
        .into_iter()
        .map(|(key, bytes)| {
            let key = String::from_utf8_lossy(&key[1..]).into_owned();
            Ok((key, value(state, &bytes)?))
        })
        .collect()
}

/// Returns the value that an index entry stands for.
fn value(state: &State, bytes: &[u8]) -> Result<Vec<u8>, Error> {
    let place = Place::decode(bytes).ok_or_else(|| Error::Index {
        dir: PathBuf::from("index"),
        what: "an entry is malformed".to_owned(),
    })?;
    place.value(&state.log)
}

fn index_key(key: &str) -> Vec<u8> {
    [b"k", key.as_bytes()].concat()
}

fn log_dir(dir: &Path, generation: u64) -> PathBuf {
    dir.join(format!("log-{generation}"))
}

/// Removes what a compaction that did not finish has left, and returns where it stood.
fn remove_draft(dir: &Path) -> Result<PathBuf, Error> {
    let draft = dir.join("log.tmp");
    if draft.exists() {
        fs::remove_dir_all(&draft).map_err(Error::io("removing", &draft))?;
    }
    Ok(draft)
}

/// Returns the generation of the log that stands, removing what a crash left of others.
fn newest_generation(dir: &Path) -> Result<u64, Error> {
    let mut generations = Vec::new();
    for entry in fs::read_dir(dir).map_err(Error::io("listing", dir))? {
        let name = entry.map_err(Error::io("listing", dir))?.file_name();
        let number = name.to_str().and_then(|name| name.strip_prefix("log-"));
        generations.extend(number.and_then(|number| number.parse::<u64>().ok()));
    }
    let newest = generations.iter().copied().max().unwrap_or(1);
    for old in generations
        .into_iter()
        .filter(|generation| *generation != newest)
    {
        let old = log_dir(dir, old);
        fs::remove_dir_all(&old).map_err(Error::io("removing", &old))?;
    }
    Ok(newest)
}

#[cfg(test)]
mod tests;
