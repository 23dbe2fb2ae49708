//! What a playing worker keeps for itself: in memory, and gone with it.

use std::collections::BTreeMap;
use std::sync::Mutex;

use trail_port::store::{Error, Op, Store};

/// A store in memory.
#[derive(Debug, Default)]
pub struct MemoryStore(Mutex<BTreeMap<String, Vec<u8>>>);

impl MemoryStore {
    /// Removes the keys that `which` tells of.
    pub(crate) fn forget(&self, which: impl Fn(&str) -> bool) {
        self.values().retain(|key, _| !which(key));
    }

    /// Sets a value.
    pub(crate) fn put(&self, key: String, value: Vec<u8>) {
        self.values().insert(key, value);
    }

    fn values(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Vec<u8>>> {
        self.0.lock().expect("no value is left half-written")
    }
}

impl Store for MemoryStore {
    fn commit(&self, ops: Vec<Op>) -> Result<(), Error> {
        let mut values = self.values();
        for op in ops {
            match op {
                Op::Put { key, value } => values.insert(key, value),
                Op::Remove { key } => values.remove(&key),
            };
        }
        Ok(())
    }

    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, Error> {
        Ok(self.values().get(key).cloned())
    }

    fn scan(&self, prefix: &str) -> Result<Vec<(String, Vec<u8>)>, Error> {
        let values = self.values();
        let found = values
            .range(prefix.to_owned()..)
            .take_while(|(key, _)| key.starts_with(prefix));
        Ok(found
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect())
    }

    fn syncs(&self) -> u64 {
        0
    }
}
