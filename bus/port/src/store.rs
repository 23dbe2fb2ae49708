//! The Store port: what one process keeps for itself (journal, outbox, mirror, cursors).

/// Why the store failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Another process owns the directory.
    #[error("{0} is in use by another process; stop it, or give this one its own directory")]
    Locked(String),
    /// The disk refused.
    #[error("store: {context}: {source}")]
    Io {
        /// What was being done.
        context: String,
        /// Why it failed.
        source: std::io::Error,
    },
}

/// One change to the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Op {
    /// Sets the value of a key.
    Put {
        /// At most 1 KiB; `/`-separated by convention.
        key: String,
        /// At most 64 MiB.
        value: Vec<u8>,
    },
    /// Removes a key; nothing happens if it is not there.
    Remove {
        /// The key.
        key: String,
    },
}

/// Keeps keys and values of one process.
///
/// Laws:
/// - `commit` applies all of its operations or none, and when it returns they survive a crash and a
///   power loss (data sync, not only a flush);
/// - reads see every commit that returned;
/// - one process owns the directory.
///
/// Calls block for the time of a data sync; they are meant to be made from a blocking context.
pub trait Store: Send + Sync {
    /// Applies `ops` in order, durably, with one data sync.
    fn commit(&self, ops: Vec<Op>) -> Result<(), Error>;

    /// Returns the value of `key`.
    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, Error>;

    /// Returns all keys that start with `prefix` and their values, in key order.
    fn scan(&self, prefix: &str) -> Result<Vec<(String, Vec<u8>)>, Error>;

    /// Returns how many data syncs this store has made since it was opened.
    fn syncs(&self) -> u64;
}
