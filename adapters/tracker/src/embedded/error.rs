//! Why the tracker refused or failed.

use trail_port::tracker;

/// Why the tracker did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The token is missing, wrong, replaced or disabled.
    #[error("the token is missing, unknown or disabled")]
    Unauthenticated,
    /// The account may not do this.
    #[error("not permitted: {0}")]
    Forbidden(String),
    /// There is no such thing.
    #[error("{0} not found")]
    NotFound(String),
    /// The request makes no sense as it is.
    #[error("{0}")]
    Refused(String),
    /// Another persona's comment came between.
    #[error("the item has moved on: a persona commented after the comment named; read it again")]
    Moved,
    /// What is stored makes no sense.
    #[error("{0}")]
    Damaged(String),
    /// The disk or the index failed.
    #[error(transparent)]
    Store(#[from] trail_store::Error),
}

impl From<Error> for tracker::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::Unauthenticated => Self::Denied(error.to_string()),
            Error::Forbidden(why) => Self::Denied(why),
            Error::NotFound(what) => Self::NotFound(what),
            Error::Refused(why) => Self::Refused(why),
            Error::Moved => Self::Moved,
            error @ (Error::Damaged(_) | Error::Store(_)) => Self::Doubt(error.to_string()),
        }
    }
}
