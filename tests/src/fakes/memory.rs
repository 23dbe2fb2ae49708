//! A store in memory, for worlds in which the disk is not the question.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use trail_port::store::{Error, Op, Store};

/// A store that keeps everything in memory and outlives the worker that uses it.
#[derive(Debug, Default)]
pub struct MemoryStore {
    values: Mutex<BTreeMap<String, Vec<u8>>>,
    syncs: AtomicU64,
}

impl Store for MemoryStore {
    fn commit(&self, ops: Vec<Op>) -> Result<(), Error> {
        let mut values = self
            .values
            .lock()
            .expect("no test leaves the store half-changed");
        for op in ops {
            match op {
                Op::Put { key, value } => values.insert(key, value),
                Op::Remove { key } => values.remove(&key),
            };
        }
        self.syncs.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }

    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, Error> {
        Ok(self
            .values
            .lock()
            .expect("no test leaves the store half-changed")
            .get(key)
            .cloned())
    }

    fn scan(&self, prefix: &str) -> Result<Vec<(String, Vec<u8>)>, Error> {
        let values = self
            .values
            .lock()
            .expect("no test leaves the store half-changed");
        Ok(values
            .range(prefix.to_owned()..)
            .take_while(|(key, _)| key.starts_with(prefix))
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect())
    }

    fn syncs(&self) -> u64 {
        self.syncs.load(Ordering::SeqCst)
    }
}
