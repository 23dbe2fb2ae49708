//! Why files could not be written, read or trusted.

use std::io;
use std::path::{Path, PathBuf};

use trail_port::store;

/// Why something on disk could not be written, read or trusted.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Another process owns the directory.
    #[error("{0} is in use by another process; stop it, or give this one its own directory")]
    Locked(PathBuf),
    /// The disk refused.
    #[error("{context}: {source}")]
    Io {
        /// What was being done, with the path.
        context: String,
        /// Why it failed.
        source: io::Error,
    },
    /// Bytes that were once acknowledged are no longer what was written.
    #[error(
        "{file} is damaged at byte {offset}: {what}; restore the file from a backup, \
         nothing of it was changed"
    )]
    Corrupt {
        /// The file.
        file: PathBuf,
        /// Where in it the damage begins.
        offset: u64,
        /// What is wrong there.
        what: String,
    },
    /// The index failed while it was used; the files it was built from are not affected.
    #[error("index {dir}: {what}; it is rebuilt at the next start")]
    Index {
        /// The directory of the index.
        dir: PathBuf,
        /// What sled said.
        what: String,
    },
    /// An earlier write failed, so what is on disk is unknown until the log is opened again.
    #[error("{0}: an earlier write failed; start again to find out what was kept")]
    Poisoned(PathBuf),
    /// The value does not fit.
    #[error("{what} has {size} bytes; at most {limit} are kept")]
    TooLarge {
        /// What is too large.
        what: String,
        /// How large it is.
        size: usize,
        /// How large it may be.
        limit: usize,
    },
}

impl Error {
    /// Returns a function that wraps an I/O error with what was being done to `path`.
    pub(crate) fn io(doing: &str, path: &Path) -> impl FnOnce(io::Error) -> Self + use<> {
        let context = format!("{doing} {}", path.display());
        move |source| Self::Io { context, source }
    }
}

impl From<Error> for store::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::Locked(path) => Self::Locked(path.display().to_string()),
            Error::Io { context, source } => Self::Io { context, source },
            error @ (Error::Corrupt { .. } | Error::Index { .. }) => Self::Io {
                source: io::Error::new(io::ErrorKind::InvalidData, error.to_string()),
                context: "reading".to_owned(),
            },
            error @ Error::Poisoned(_) => Self::Io {
                source: io::Error::other(error.to_string()),
                context: "writing".to_owned(),
            },
            error @ Error::TooLarge { .. } => Self::Io {
                source: io::Error::new(io::ErrorKind::InvalidInput, error.to_string()),
                context: "refused".to_owned(),
            },
        }
    }
}
