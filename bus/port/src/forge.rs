//! The Forge port: where pull requests are opened.

use async_trait::async_trait;
use trail_record::CommitId;

pub use crate::tracker::Error;

/// A pull request to open; its branch was pushed before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPullRequest {
    /// The title; one line.
    pub title: String,
    /// The body, Markdown, exactly as it was approved.
    pub body: String,
    /// The branch that holds the work.
    pub branch: String,
    /// The commit the branch stands at.
    pub head: CommitId,
}

/// An opened pull request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// Its address.
    pub url: String,
    /// Whether it was there already, from an earlier try.
    pub already: bool,
}

/// Opens pull requests.
///
/// Laws: `open` is idempotent by branch and head: a second call finds the first one's pull request
/// and makes none; on [`Error::Doubt`] the caller may simply call again. A pull request of the same
/// branch that is not ours (another head, closed or merged) is [`Error::Refused`], never reused.
#[async_trait]
pub trait Forge: Send + Sync {
    /// Opens a pull request, or finds the one that an earlier call opened.
    async fn open(&self, new: &NewPullRequest) -> Result<Opened, Error>;
}
