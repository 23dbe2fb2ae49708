//! Blobs and accepted entries in the repository's own `refs/trail/*`, shared by machines through
//! its remote.
//!
//! [`RefStore`] is the `Blobs` and the `Mirror` port. One ref, `refs/trail/history`, holds a history
//! directory (`bus/record/FORMAT.md`): checked out, it is what `trail verify DIR` reads. It only
//! grows: every commit adds to the head that is there, pushed with a lease on that head; who loses a
//! race adds the same to the new head, which never conflicts, for blobs stand under their digest and
//! entries at their place in a chain. One ref for all items, not one for each: a race costs a fetch
//! and a push more, and one ref is one thing to watch, to clone and to batch into.
//!
//! How it is wired: `RefStore::open(RefSettings { remote, cache, push_environment, ref_prefix })`
//! once for each process (the folder is locked; workers in one process share one store), then
//! [`RefStore::found`] with the set-up's operator key, trust documents and checkpoints. The same value
//! is `Arc<dyn Blobs>` and `Arc<dyn Mirror>`. [`remote_url`] makes a URL of a remote's name.
//!
//! The bus has an identity of its own at the remote: `push_environment` is for that
//! (`GIT_SSH_COMMAND`, `GIT_ASKPASS`, or `GIT_CONFIG_COUNT` and its pairs naming a
//! `credential.helper`), never a persona's credential. It needs to read and write `refs/trail/*`.
//!
//! | what | where |
//! |---|---|
//! | the files, by name | `layout` |
//! | waiting to be sent: on disk, in memory | `stage`, `pending` |
//! | the bare repository and git | `cache`, `objects` |
//! | what a commit adds | `plan` |
//! | sending, races | `send` |
//! | the ports | `ports` |
//! | went backwards: found, remembered, disposed of | `judge`, `rewound` |

mod cache;
mod judge;
mod layout;
mod leftover;
mod objects;
mod pending;
mod plan;
mod ports;
mod rewound;
mod send;
mod settings;
mod stage;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use trail_port::blobs;
use trail_port::mirror::{Head, Kept, Rewound};
use trail_record::chain::Subject;
use trail_record::{Blob, Digest, Envelope, PublicKey};

pub use send::Counts;
pub use settings::{RefSettings, remote_url};

use cache::Cache;
use objects::{MAX_FILE, Objects};
use pending::{MAX_WAITING, Pending};
use rewound::Memory;
use send::{Heads, Line};
use stage::{Stage, Staged};

/// How old a look at the remote may be for the memory of entries; blobs are always looked for anew.
const MEMORY: Duration = Duration::from_secs(30);

/// Why the shared history could not be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// What was given cannot be kept or used.
    #[error("{0}")]
    Input(String),
    /// The remote, git or the disk.
    #[error("{0}")]
    Unavailable(String),
    /// The shared history went backwards.
    #[error("{0}; a permitted human clears this with `/dispose CODE why`")]
    Rewound(Rewound),
    /// A file there is not as it should be.
    #[error("{path}: {problem}")]
    Damaged {
        /// The file in the shared history.
        path: String,
        /// What is wrong.
        problem: String,
    },
}

/// Blobs and entries in the repository's own refs.
#[derive(Debug, Clone)]
pub struct RefStore {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    cache: Cache,
    objects: Objects,
    stage: Stage,
    memory: Memory,
    pending: Mutex<Pending>,
    heads: Mutex<Heads>,
    counts: Mutex<Counts>,
    /// Whoever talks to the remote stands here; the others wait and often find their work done.
    line: tokio::sync::Mutex<Line>,
}

impl RefStore {
    /// Opens this machine's part of the shared history; what a process before this one staged and
    /// could not send is sent now, or with the next put if the remote cannot be reached.
    ///
    /// # Errors
    /// [`Error::Input`] if the settings are wrong, [`Error::Unavailable`] if another process uses the
    /// folder or the disk refuses.
    pub async fn open(settings: RefSettings) -> Result<Self, Error> {
        let settings = settings.checked()?;
        let cache = Cache::open(&settings).await?;
        let (stage, left) = Stage::open(&settings.cache.join("staged"))?;
        let memory = Memory::new(&settings.cache);
        let heads = Heads {
            seen: cache.seen().await?,
            found: None,
            rewound: memory.load()?,
        };
        let mut pending = Pending::default();
        for (ticket, files) in left {
            pending.stage(ticket, files);
        }
        let waits = !pending.batch().is_empty();
        let inner = Inner {
            objects: Objects::new(cache.git.clone(), cache.site.clone()),
            cache,
            stage,
            memory,
            pending: Mutex::new(pending),
            heads: Mutex::new(heads),
            counts: Mutex::default(),
            line: tokio::sync::Mutex::default(),
        };
        let store = Self {
            inner: Arc::new(inner),
        };
        if waits && let Err(error) = store.inner.send(&[]).await {
            tracing::warn!(%error, "could not send what a process before this one staged");
        }
        Ok(store)
    }

    /// Keeps what a history is judged by, so that a checkout is whole.
    ///
    /// # Errors
    /// [`Error::Damaged`] if another operator's history, or another trust document of the same
    /// number, is kept there.
    pub async fn found(
        &self,
        operator: &PublicKey,
        trust: &[Envelope],
        checkpoints: &[Envelope],
    ) -> Result<(), Error> {
        let mut files = BTreeMap::new();
        files.insert(
            "operator.pub".to_owned(),
            format!("{operator}\n").into_bytes(),
        );
        for (index, document) in trust.iter().enumerate() {
            let path = format!("trust/{:04}.json", index + 1);
            files.insert(path, document.to_json().into_bytes());
        }
        for checkpoint in checkpoints {
            let bytes = checkpoint.to_json().into_bytes();
            let path = format!("checkpoints/{}.json", Digest::<Blob>::of(&bytes).hex());
            files.insert(path, bytes);
        }
        self.inner.put(files.clone()).await?;
        for (path, bytes) in &files {
            if self.inner.file(path).await?.as_ref() != Some(bytes) {
                return Err(Error::Damaged {
                    path: path.clone(),
                    problem: "another one is kept there; is this the history of another set-up?"
                        .into(),
                });
            }
        }
        Ok(())
    }

    /// Looks at the remote: takes what was added, or finds that it went backwards.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if the remote cannot be reached. Going backwards is told by
    /// [`Mirror::rewound`](trail_port::Mirror::rewound).
    pub async fn refresh(&self) -> Result<(), Error> {
        let mut line = self.inner.line.lock().await;
        self.inner.refresh(&mut line).await
    }

    /// Returns the head that this machine took last; none if there is none yet.
    #[must_use]
    pub fn head(&self) -> Option<String> {
        self.inner.heads().seen.clone()
    }

    /// Returns what was done since it was opened.
    #[must_use]
    pub fn counts(&self) -> Counts {
        Counts {
            commands: self.inner.cache.runs() + self.inner.objects.starts(),
            ..*held(&self.inner.counts)
        }
    }
}

impl Inner {
    fn heads(&self) -> MutexGuard<'_, Heads> {
        held(&self.heads)
    }

    /// Keeps files under their paths; returns when the remote has them.
    async fn put(&self, files: BTreeMap<String, Vec<u8>>) -> Result<(), Error> {
        let seen = self.heads().seen.clone();
        let mut new: Vec<Staged> = Vec::new();
        for (path, bytes) in files {
            if bytes.len() as u64 > MAX_FILE {
                return Err(Error::Input(format!(
                    "{path} has {} bytes, at most {MAX_FILE} can be shared",
                    bytes.len()
                )));
            }
            let there = match &seen {
                Some(seen) => self.objects.file(seen, &path).await?,
                None => None,
            };
            if there.as_ref() != Some(&bytes) {
                new.push((path, Arc::new(bytes)));
            }
        }
        if new.is_empty() {
            return Ok(());
        }
        let sum: usize = new.iter().map(|(_, bytes)| bytes.len()).sum();
        if held(&self.pending).bytes() + sum > MAX_WAITING {
            return Err(Error::Unavailable(format!(
                "more than {MAX_WAITING} bytes wait to be sent; is the remote there?"
            )));
        }
        let paths: Vec<String> = new.iter().map(|(path, _)| path.clone()).collect();
        // One data sync of the file and one of the folder: too short to leave the thread for.
        let ticket = self.stage.keep(&new)?;
        held(&self.pending).stage(ticket, new);
        self.send(&paths).await
    }

    /// Returns the bytes of a file as this machine knows it: waiting, taken or found.
    async fn file(&self, path: &str) -> Result<Option<Vec<u8>>, Error> {
        if let Some(bytes) = held(&self.pending).file(path) {
            return Ok(Some(bytes.to_vec()));
        }
        let (seen, found) = {
            let heads = self.heads();
            (heads.seen.clone(), heads.found.clone())
        };
        if let Some(seen) = &seen
            && let Some(bytes) = self.objects.file(seen, path).await?
        {
            return Ok(Some(bytes));
        }
        match found.filter(|found| seen.as_ref() != Some(found)) {
            Some(found) => self.objects.file(&found, path).await,
            None => Ok(None),
        }
    }

    async fn get(&self, digest: &Digest<Blob>) -> Result<Option<Vec<u8>>, blobs::Error> {
        let path = layout::blob(digest);
        let good = |bytes: &Vec<u8>| Digest::of(bytes) == *digest;
        let began = self.looks();
        match self.file(&path).await? {
            Some(bytes) if good(&bytes) => return Ok(Some(bytes)),
            // Another machine may have added it, or mended it.
            Some(_) | None => self.look_since(began, None).await?,
        }
        match self.file(&path).await? {
            Some(bytes) if good(&bytes) => Ok(Some(bytes)),
            Some(_) => Err(blobs::Error::Damaged(*digest)),
            None => Ok(None),
        }
    }

    async fn recall(&self, subject: &Subject) -> Result<Vec<Kept>, Error> {
        let folder = layout::item(subject);
        let path = layout::comments(&folder);
        let began = self.looks();
        let mut bytes = self.file(&path).await?;
        if bytes.is_none() {
            self.look_since(began, Some(MEMORY)).await?;
            bytes = self.file(&path).await?;
        }
        let mut kept = layout::lines(&path, &bytes.unwrap_or_default())?;
        if let Some(waiting) = held(&self.pending).entries(&folder) {
            let next = kept.len() as u64;
            kept.extend(waiting.kept.into_values().filter(|own| own.seq >= next));
        }
        Ok(kept)
    }

    async fn all_heads(&self) -> Result<Vec<Head>, Error> {
        self.look_since(self.looks(), None).await?;
        let Some(seen) = self.heads().seen.clone() else {
            return Ok(Vec::new());
        };
        let mut heads = Vec::new();
        for path in self.cache.files(&seen, "items/").await? {
            if !path.ends_with("/subject.json") {
                continue;
            }
            let bytes = self.objects.file(&seen, &path).await?.unwrap_or_default();
            let subject = layout::named(&path, &bytes)?;
            let path = layout::comments(&layout::item(&subject));
            let bytes = self.objects.file(&seen, &path).await?.unwrap_or_default();
            let mut kept = layout::lines(&path, &bytes)?;
            heads.push(Head {
                subject,
                entries: kept.len() as u64,
                last: kept.pop(),
            });
        }
        Ok(heads)
    }
}

/// Locks what no panic leaves half-made.
fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
