//! The Mirror port: accepted entries kept where machines share them, apart from the tracker.

use std::fmt;

use async_trait::async_trait;
use trail_record::chain::Subject;
use trail_record::{CommentId, Finding, FindingKind, ItemKey, Place, UserId};

/// How many lost paths a [`Rewound`] names; it counts all.
pub const MAX_NAMED: usize = 20;

/// An accepted entry as the mirror keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Its place in the chain, from 0.
    pub seq: u64,
    /// The comment that carries it.
    pub comment: CommentId,
    /// The account the comment stood under when the entry was accepted.
    pub author: UserId,
    /// The envelope's JSON.
    pub envelope: String,
}

/// How far the mirror's copy of an item's chain goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The item.
    pub subject: Subject,
    /// How many entries are kept.
    pub entries: u64,
    /// The last of them; none if there is none.
    pub last: Option<Kept>,
}

/// The shared history is not what this machine saw of it: it was forced, deleted or cut.
///
/// It is never repaired and never accepted without a human's word, and nothing that this machine
/// had seen is forgotten meanwhile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rewound {
    /// The head this machine saw last.
    pub was: String,
    /// The head that is there now; none if there is none any more.
    pub is: Option<String>,
    /// How many files are gone or changed; none if what is there now cannot be compared.
    pub lost: Option<u64>,
    /// The first of them, at most [`MAX_NAMED`].
    pub paths: Vec<String>,
}

impl Rewound {
    /// Names it; every machine that finds the same head there gives it the same name.
    #[must_use]
    pub fn id(&self) -> &str {
        self.is.as_deref().unwrap_or("gone")
    }

    /// Returns the finding that it is for an item.
    #[must_use]
    pub fn finding(&self, item: Option<ItemKey>) -> Finding {
        let place = Place {
            item,
            digest: Some(self.id().to_owned()),
            ..Place::default()
        };
        Finding::new(FindingKind::RewoundHistory, place, self.to_string())
    }
}

impl fmt::Display for Rewound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the shared history was at {}", self.was)?;
        match &self.is {
            None => write!(f, " and is gone")?,
            Some(is) => write!(f, " and is at {is}, which does not hold all of that")?,
        }
        if let Some(lost) = self.lost {
            write!(f, "; {lost} files gone or changed")?;
        }
        if !self.paths.is_empty() {
            write!(f, " ({})", self.paths.join(", "))?;
        }
        Ok(())
    }
}

/// Why the mirror could not keep or tell.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It cannot be reached or read; what was to be kept is kept here and sent later.
    #[error("shared history: {0}")]
    Unavailable(String),
    /// The shared history was changed backwards; nothing is sent until a human has disposed of it.
    #[error("shared history: {0}; a permitted human clears this with `/dispose CODE why`")]
    Rewound(Rewound),
    /// What is kept there is not a history as it should be.
    #[error("shared history: {path}: {problem}")]
    Damaged {
        /// The file in it.
        path: String,
        /// What is wrong.
        problem: String,
    },
}

/// Keeps accepted entries where all machines find them, so that a new machine can verify, report
/// and go on from tracker and repository alone.
///
/// Laws:
/// - what stands there is only ever added to: an entry kept is never changed or dropped;
/// - an item's entries are kept in the chain's order without gaps;
/// - what is read there proves nothing by itself: who reads it checks seals and keys;
/// - a shared history that went backwards is told by [`rewound`](Self::rewound) until
///   [`accept`](Self::accept) is called, and until then nothing is sent.
#[async_trait]
pub trait Mirror: Send + Sync {
    /// Notes entries of an item; they are sent with the next blobs, at the latest by
    /// [`flush`](Self::flush). Entries that are kept already change nothing. A process that ends
    /// before forgets them: who reads the chain again notes it again, from its beginning.
    fn keep(&self, subject: &Subject, entries: Vec<Kept>);

    /// Sends all that was noted.
    async fn flush(&self) -> Result<(), Error>;

    /// Returns the entries kept of an item, in order; asks the shared place if it is unknown here.
    async fn recall(&self, subject: &Subject) -> Result<Vec<Kept>, Error>;

    /// Returns how far each item's entries are kept, as the shared place has it now.
    async fn heads(&self) -> Result<Vec<Head>, Error>;

    /// Looks at the shared place, unless it did so within the last minute: what was added there is
    /// known afterwards, and whether it went backwards.
    async fn look(&self) -> Result<(), Error>;

    /// Returns what was found of the shared history going backwards, and not disposed of.
    fn rewound(&self) -> Option<Rewound>;

    /// Takes the shared history as it is now, and puts back on top of it what it lost. Called only
    /// after a permitted human has disposed of the finding named `id`; does nothing if another or
    /// none stands.
    async fn accept(&self, id: &str) -> Result<(), Error>;
}
