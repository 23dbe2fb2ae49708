//! The tracker itself: one directory, one owner, every change an event in one log.
//!
//! `log/` holds the events and is what counts; `index/` is sled, folded from the events and built
//! again when it is lost; `blobs/` holds what clients share by digest.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use async_trait::async_trait;
use tokio::sync::watch;
use trail_port::{Blobs, blobs};
use trail_record::{Blob, Digest, ProjectId, UserId};
use trail_store::segment::{Log, Options, Position};
use trail_store::{DirLock, Index, LocalBlobs};

mod comments;
mod error;
mod event;
mod feed;
mod fold;
mod items;
mod row;
mod rules;
mod seat;
mod users;
mod write;

#[cfg(test)]
mod tests;

pub use error::Error;
pub use row::{Account, Role};
pub use seat::Seat;
pub use users::NewToken;

pub(crate) use items::Filter;
pub(crate) use seat::capabilities;

use event::{Event, What};
use row::{At, Head, Mark};

/// What a tracker carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    /// The project's id; it stands in every sealed entry.
    pub id: ProjectId,
    /// What the keys of its items begin with: `VSME` gives `VSME-1`.
    pub prefix: String,
}

/// The embedded tracker. Clones share it.
#[derive(Debug, Clone)]
pub struct Embedded {
    core: Arc<Core>,
}

#[derive(Debug)]
struct Core {
    log: Log,
    index: Index,
    blobs: LocalBlobs,
    /// Taken by the one who writes, from decision to reply: it is what puts appends in a row.
    writer: Mutex<write::Writer>,
    /// Read while several rows must belong together, written while an event is folded.
    head: RwLock<Head>,
    /// Tells those who wait that something changed.
    changed: watch::Sender<u64>,
    _lock: DirLock,
}

impl Embedded {
    /// Opens the tracker in `dir`, making it for `project` if the directory is empty.
    ///
    /// # Errors
    /// If another process has it, its log is damaged, or it carries another project.
    pub fn open(dir: &Path, project: &Project) -> Result<Self, Error> {
        let embedded = Self::load(dir)?;
        let head = embedded.core.head();
        if head.seq == 0 {
            rules::project(project)?;
            let made = What::ProjectMade {
                format: event::FORMAT,
                project: project.id.clone(),
                prefix: project.prefix.clone(),
                epoch: users::random_hex(8)?,
            };
            embedded.core.operate(|_| Ok((vec![made], ())))?;
        } else if (&head.project, &head.prefix) != (&project.id, &project.prefix) {
            return Err(Error::Refused(format!(
                "the tracker in {} carries the project {} with keys {}-…, not {} with {}-…; \
                 give this one its own directory",
                dir.display(),
                head.project,
                head.prefix,
                project.id,
                project.prefix,
            )));
        }
        Ok(embedded)
    }

    /// Opens a tracker that is there already.
    ///
    /// # Errors
    /// If there is none in `dir`, and as [`Embedded::open`].
    pub fn open_existing(dir: &Path) -> Result<Self, Error> {
        if !dir.join("log").is_dir() {
            return Err(Error::NotFound(format!("a tracker in {}", dir.display())));
        }
        Self::load(dir)
    }

    fn load(dir: &Path) -> Result<Self, Error> {
        let lock = DirLock::take(dir)?;
        let log = Log::open(&dir.join("log"), Options::default())?;
        let index = Index::open(&dir.join("index"))?;
        let blobs = LocalBlobs::open(&dir.join("blobs"))?;
        let head = catch_up(&log, &index)?;
        let core = Core {
            log,
            index,
            blobs,
            writer: Mutex::new(write::Writer::default()),
            changed: watch::Sender::new(head.seq),
            head: RwLock::new(head),
            _lock: lock,
        };
        Ok(Self {
            core: Arc::new(core),
        })
    }

    /// Lets the keys of items begin at `first`, for a team whose earlier items are kept elsewhere.
    ///
    /// # Errors
    /// If there are items already, or `first` is 0.
    pub fn number_from(&self, first: u64) -> Result<(), Error> {
        self.core.operate(|head| {
            if head.items > 0 || first == 0 {
                let why = "keys can begin at another number only before the first item";
                return Err(Error::Refused(why.to_owned()));
            }
            Ok((vec![What::NumberedFrom { first }], ()))
        })
    }

    /// Returns the project this tracker carries.
    #[must_use]
    pub fn project(&self) -> Project {
        let head = self.core.head();
        Project {
            id: head.project,
            prefix: head.prefix,
        }
    }

    /// Returns the place of the account `user`, without its token: for the process that owns the
    /// tracker.
    ///
    /// # Errors
    /// If there is no such account or it is disabled.
    pub fn as_user(&self, user: &UserId) -> Result<Seat, Error> {
        self.core.active(user)?;
        Ok(Seat::new(
            Arc::clone(&self.core),
            seat::Pass::User(user.clone()),
        ))
    }

    /// Returns the place of the account that `token` belongs to.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] if no active account has this token.
    pub fn with_token(&self, token: &str) -> Result<Seat, Error> {
        let digest = users::token_digest(token);
        self.core.by_token(&digest)?;
        Ok(Seat::new(Arc::clone(&self.core), seat::Pass::Token(digest)))
    }

    /// Tells whether the tracker can take changes.
    ///
    /// # Errors
    /// If a write has failed since it was opened.
    pub fn ready(&self) -> Result<(), Error> {
        let writer = self
            .core
            .writer
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        writer.check()
    }

    /// Returns how many data syncs the log of events has made since it was opened.
    #[must_use]
    pub fn syncs(&self) -> u64 {
        self.core.log.syncs() + self.core.blobs.syncs()
    }
}

#[async_trait]
impl Blobs for Embedded {
    async fn put(&self, blobs: &[&[u8]]) -> Result<(), blobs::Error> {
        self.core.blobs.put(blobs).await
    }

    async fn get(&self, digest: &Digest<Blob>) -> Result<Option<Vec<u8>>, blobs::Error> {
        self.core.blobs.get(digest).await
    }
}

impl Core {
    /// Returns the head as it is now.
    fn head(&self) -> Head {
        self.head
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Reads one event.
    fn event(&self, at: At) -> Result<Event, Error> {
        let position = Position::from_u64(at.frame);
        let payload = self.log.read(position)?;
        event::decode(&payload)
            .ok()
            .and_then(|events| events.into_iter().find(|event| event.seq == at.seq))
            .ok_or_else(|| {
                Error::Damaged(format!("the log has no event {} at {position:?}", at.seq))
            })
    }
}

/// Folds the events that the index does not have yet and returns the head.
fn catch_up(log: &Log, index: &Index) -> Result<Head, Error> {
    let mark = index.mark()?.and_then(|bytes| Mark::decode(&bytes));
    let known = mark.filter(|mark| mark.log == log.identity() && mark.next() <= log.end());
    let mut head = match known {
        Some(_) => row::head(index)?,
        None => None,
    };
    let from = match (&head, known) {
        (Some(_), Some(mark)) => mark.next(),
        _ => {
            index.clear()?;
            head = None;
            Position::START
        }
    };
    let mut head = head.unwrap_or_default();
    let mut caught_up = 0u64;
    for frame in log.iter_from(from) {
        let frame = frame?;
        let events = event::decode(&frame.payload)
            .map_err(|error| Error::Damaged(format!("the log at {:?}: {error}", frame.at)))?;
        caught_up += events.len() as u64;
        fold::frame(
            index,
            log.identity(),
            &mut head,
            &events,
            frame.at,
            frame.next,
        )?;
    }
    if caught_up > 1000 {
        tracing::info!(events = caught_up, "the index of the tracker was caught up");
        index.flush()?;
    }
    Ok(head)
}
