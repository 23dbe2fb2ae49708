//! Why a run cannot be replayed.

use trail_record::{Digest, Policy};

/// Why a run cannot be replayed. That it came out otherwise is no error but a [`Difference`].
///
/// [`Difference`]: crate::Difference
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The history does not verify.
    #[error(
        "the history of {item} does not verify ({count} findings; the first: {first}): nothing can be concluded from replaying it"
    )]
    Unverified {
        /// The item.
        item: String,
        /// How many findings there are.
        count: usize,
        /// The first of them.
        first: String,
    },
    /// The item has no such run.
    #[error("{item} has no run {run}; its runs: {known}")]
    UnknownRun {
        /// The item.
        item: String,
        /// What was asked for.
        run: String,
        /// What there is.
        known: String,
    },
    /// The bytes of a record are not here, or are no record.
    #[error("entry {entry}: {what}; fetch the blobs of the history first")]
    MissingRecord {
        /// The entry.
        entry: u64,
        /// Which record, and what is wrong.
        what: String,
    },
    /// The policy that was in force is not at hand.
    #[error(
        "entry {entry} was written under policy {missing}, which is not here (the set-up has {have}): replay with the rules of then"
    )]
    Policy {
        /// The first entry under it.
        entry: u64,
        /// The policy.
        missing: Digest<Policy>,
        /// What there is instead.
        have: String,
    },
    /// The history follows rules or a format that this program does not run.
    #[error("entry {entry} follows {what}: replay it with the version of trail that wrote it")]
    OtherRules {
        /// The entry.
        entry: u64,
        /// Which.
        what: String,
    },
    /// The history cannot be what a worker wrote.
    #[error("{0}")]
    History(String),
    /// The trust documents cannot be read.
    #[error("trust documents: {0}")]
    Trust(#[from] trail_record::trust::Error),
    /// The exact replay of the original did not come out the same, so no override of it counts.
    #[error(
        "the exact replay of the original differs at {0}: an override of it would prove nothing"
    )]
    SelfCheck(Box<crate::Difference>),
    /// What was asked for cannot be applied.
    #[error("{0}")]
    Asked(String),
    /// The scratch workspace.
    #[error(transparent)]
    Workspace(#[from] trail_port::workspace::Error),
    /// A worker of the new run.
    #[error(transparent)]
    Worker(#[from] trail_worker::Error),
    /// Something has no canonical form.
    #[error(transparent)]
    Canonical(#[from] trail_record::canonical::Error),
    /// The new run's history cannot be written.
    #[error(transparent)]
    Written(#[from] trail_reader::history::Error),
    /// A file of the new run cannot be written.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: std::path::PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

impl Error {
    pub(crate) fn io(path: &std::path::Path, source: std::io::Error) -> Self {
        Self::Io {
            path: path.to_owned(),
            source,
        }
    }
}
