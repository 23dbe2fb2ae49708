//! Answers that are kept to ask "has it changed?" for, which costs nothing of the primary limit.
//!
//! One cache per identity: what one account may see is not what another may. It is bounded, and
//! losing it costs requests, nothing else.

use std::collections::HashMap;

use bytes::Bytes;
use http::HeaderValue;
use tokio::time::Instant;

/// The most bytes that are kept.
const MAX_BYTES: usize = 48 * 1024 * 1024;
/// The most answers that are kept.
const MAX_ANSWERS: usize = 4096;

/// An answer that can be asked for again under condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Kept {
    /// The server's name for this state of it.
    pub(crate) etag: HeaderValue,
    /// The body.
    pub(crate) body: Bytes,
    /// Path and query of the next page.
    pub(crate) next: Option<String>,
    /// When it was asked for.
    pub(crate) asked: Instant,
}

/// Keeps answers by path and query, least recently used out first.
#[derive(Debug)]
pub(crate) struct Cache {
    kept: HashMap<String, (u64, Kept)>,
    bytes: usize,
    clock: u64,
    max_bytes: usize,
    max_answers: usize,
}

impl Default for Cache {
    fn default() -> Self {
        Self::bounded(MAX_BYTES, MAX_ANSWERS)
    }
}

impl Cache {
    fn bounded(max_bytes: usize, max_answers: usize) -> Self {
        Self {
            kept: HashMap::new(),
            bytes: 0,
            clock: 0,
            max_bytes,
            max_answers,
        }
    }

    pub(crate) fn get(&mut self, path: &str) -> Option<Kept> {
        self.clock += 1;
        let (used, kept) = self.kept.get_mut(path)?;
        *used = self.clock;
        Some(kept.clone())
    }

    pub(crate) fn put(&mut self, path: &str, kept: Kept) {
        self.remove(path);
        // One that is as large as many would push them all out.
        if weight(path, &kept) > self.max_bytes / 4 {
            return;
        }
        self.clock += 1;
        self.bytes += weight(path, &kept);
        self.kept.insert(path.to_owned(), (self.clock, kept));
        while self.bytes > self.max_bytes || self.kept.len() > self.max_answers {
            let oldest = self.kept.iter().min_by_key(|(_, (used, _))| *used);
            let Some(oldest) = oldest.map(|(path, _)| path.clone()) else {
                return;
            };
            self.remove(&oldest);
        }
    }

    pub(crate) fn remove(&mut self, path: &str) {
        if let Some((_, kept)) = self.kept.remove(path) {
            self.bytes -= weight(path, &kept);
        }
    }
}

fn weight(path: &str, kept: &Kept) -> usize {
    path.len() + kept.body.len() + kept.etag.len() + 256
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(size: usize) -> Kept {
        Kept {
            etag: HeaderValue::from_static("\"e\""),
            body: vec![b'x'; size].into(),
            next: None,
            asked: Instant::now(),
        }
    }

    #[test]
    fn the_least_recently_used_answers_go_first_and_the_bounds_hold() {
        let mut cache = Cache::bounded(10_000, 3);
        for path in ["/a", "/b", "/c"] {
            cache.put(path, kept(10));
        }
        assert!(cache.get("/a").is_some());
        cache.put("/d", kept(10));
        assert!(cache.get("/b").is_none() && cache.get("/a").is_some());
        for n in 0..1000 {
            cache.put(&format!("/{n}"), kept(2_000));
            assert!(cache.bytes <= 10_000 && cache.kept.len() <= 3);
        }
        cache.put("/huge", kept(9_000));
        assert!(cache.get("/huge").is_none());
        let paths: Vec<String> = cache.kept.keys().cloned().collect();
        paths.iter().for_each(|path| cache.remove(path));
        assert_eq!(cache.bytes, 0, "what is counted in is counted out");
    }
}
