//! The Tracker port: the bus that carries items, comments and people.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use trail_record::{CommentId, Digest, Entry, ItemId, ItemKey, Moment, ProjectId, UserId};

/// Why the tracker did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such item, comment or user, or this token may not see it.
    #[error("{0} not found")]
    NotFound(String),
    /// The token is missing, wrong, expired or may not do this.
    #[error("not permitted: {0}")]
    Denied(String),
    /// The tracker asks to wait.
    #[error("rate limited; try again in {} s", .retry_after.as_secs())]
    RateLimited {
        /// How long to wait.
        retry_after: Duration,
    },
    /// The request was understood and refused.
    #[error("refused: {0}")]
    Refused(String),
    /// Another persona's comment came between: read again, then decide again.
    #[error("the item has moved on; read it again")]
    Moved,
    /// Whether the tracker did it is unknown: no connection, cut connection, 5xx, malformed answer.
    /// Look before sending again.
    #[error("unknown whether done: {0}")]
    Doubt(String),
}

/// What a tracker can do beyond the port's least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capabilities {
    /// Refuses an append when another persona's comment came after the one named.
    pub compare_and_append: bool,
    /// Proves who wrote an item's body and that nobody else edited it.
    pub proves_authorship: bool,
    /// The most characters a comment may have.
    pub max_comment: usize,
}

/// A tracker account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// The tracker's stable id.
    pub id: UserId,
    /// The name people type.
    pub login: String,
    /// The name people read.
    pub name: String,
    /// Whether the tracker says it serves a program.
    pub bot: bool,
}

/// A work item as it is now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// The tracker's stable id.
    pub id: ItemId,
    /// What people call it.
    pub key: ItemKey,
    /// The title.
    pub title: String,
    /// The body, Markdown.
    pub body: String,
    /// Who wrote it, as the tracker says.
    pub author: UserId,
    /// Whether the tracker proves that `author` wrote title and body as they are now.
    pub unedited: bool,
    /// Its labels, sorted.
    pub labels: Vec<String>,
    /// Its state.
    pub state: State,
    /// When it was made.
    pub created: Moment,
    /// When anything of it last changed.
    pub updated: Moment,
}

/// The groups of states every tracker has in some form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Filed, not to be worked on yet.
    Backlog,
    /// To be worked on.
    Todo,
    /// Being worked on.
    InProgress,
    /// Waits for a human.
    Waiting,
    /// Delivered.
    Done,
    /// Given up.
    Cancelled,
}

impl State {
    /// All states.
    pub const ALL: [Self; 6] = [
        Self::Backlog,
        Self::Todo,
        Self::InProgress,
        Self::Waiting,
        Self::Done,
        Self::Cancelled,
    ];
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Backlog => "backlog",
            Self::Todo => "todo",
            Self::InProgress => "in-progress",
            Self::Waiting => "waiting",
            Self::Done => "done",
            Self::Cancelled => "cancelled",
        })
    }
}

/// A comment as it is now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comment {
    /// The tracker's id.
    pub id: CommentId,
    /// Who wrote it, by a fresh read.
    pub author: UserId,
    /// Its text, Markdown.
    pub text: String,
    /// When it was written.
    pub created: Moment,
    /// When it last changed; equal to `created` while untouched.
    pub updated: Moment,
    /// Whether anybody edited it since it was posted.
    pub edited: bool,
    /// Whether the tracker's own times show that its time was set by hand: such a comment never
    /// decides between entries, and never commands.
    #[serde(default)]
    pub backdated: bool,
    /// Whether the tracker says that a program wrote it, be it on a person's behalf: such a comment
    /// never commands.
    #[serde(default)]
    pub program: bool,
}

/// What somebody changed of an item besides its comments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The tracker's id of this change, where it has one; else what names it there.
    pub id: String,
    /// Who did it, as the tracker says; none if it does not.
    pub actor: Option<UserId>,
    /// When.
    pub at: Moment,
    /// What was changed.
    pub what: Changed,
}

/// The kinds of changes of an item that Trail relies on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "changed")]
pub enum Changed {
    /// A label was put on.
    Labelled {
        /// The label.
        label: String,
    },
    /// A label was taken off.
    Unlabelled {
        /// The label.
        label: String,
    },
    /// The state was set.
    State {
        /// The state now, in the port's words.
        state: State,
        /// The state now, in the tracker's words.
        name: String,
    },
    /// Title or body was edited.
    Text,
}

/// Where a reader of the change feed stands; opaque.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cursor(pub String);

/// What changed since a cursor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changes {
    /// The items in which anything changed, oldest change first, each once.
    pub items: Vec<ItemId>,
    /// Where to go on from.
    pub cursor: Cursor,
    /// Whether there is more right now.
    pub more: bool,
}

/// An item's state and its comments, or what changed of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read {
    /// The item.
    pub item: Item,
    /// Comments, in the tracker's order: all of them if `complete`, else those that are new or
    /// changed since the cursor that was given.
    pub comments: Vec<Comment>,
    /// Comments that were deleted since the cursor; empty if `complete`.
    pub removed: Vec<CommentId>,
    /// Whether `comments` are all there are.
    pub complete: bool,
    /// Where to go on from.
    pub cursor: Cursor,
}

/// A comment to append.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Append {
    /// Its whole text, Markdown.
    pub text: String,
    /// The idempotency key: the digest of the entry it carries.
    pub key: Digest<Entry>,
    /// The last comment of a persona that the writer has seen; none if there was none. Trackers
    /// with [`Capabilities::compare_and_append`] refuse with [`Error::Moved`] if there is a later one.
    pub after: Option<CommentId>,
}

/// Where an appended comment landed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Landed {
    /// The comment's id.
    pub id: CommentId,
    /// Whether it was there already, from an earlier try.
    pub already: bool,
}

/// An item to make.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewItem {
    /// The title; not empty.
    pub title: String,
    /// The body, Markdown.
    pub body: String,
    /// Labels.
    pub labels: Vec<String>,
}

/// Carries items, comments and people.
///
/// Laws (the contract suite in `tests` holds every adapter to them):
/// - `changes` costs what changed, not what there is; items may be named again, none is left out;
/// - `read` since a cursor, applied to what was read before, gives the same as a read of all;
/// - `append` is idempotent by `key` for one author: a second call with the same key posts nothing
///   and returns the first comment; on [`Error::Doubt`] the caller may simply call again;
/// - after `append` returns, the next `read` by anybody shows the comment;
/// - `author`, `created`, `updated`, `edited`, `backdated` and `program` are what a fresh read shows,
///   never what the poster was told;
/// - a complete read gives the comments in one order, the same for every reader at every time, in
///   which a comment that was posted after another was read stands behind it;
/// - nothing is cut: what does not fit is [`Error::Refused`];
/// - `set_labels` and `set_state` are display: nothing relies on them.
#[async_trait]
pub trait Tracker: Send + Sync {
    /// Returns what this tracker can do.
    fn capabilities(&self) -> Capabilities;

    /// Returns the project this tracker carries.
    async fn project(&self) -> Result<ProjectId, Error>;

    /// Returns the account this client's token belongs to.
    async fn me(&self) -> Result<User, Error>;

    /// Returns the account with this login or id.
    async fn user(&self, login_or_id: &str) -> Result<User, Error>;

    /// Returns what changed since `cursor`; everything if none is given.
    async fn changes(&self, since: Option<&Cursor>) -> Result<Changes, Error>;

    /// Returns the id of the item with this key.
    async fn find(&self, key: &ItemKey) -> Result<ItemId, Error>;

    /// Reads an item, whole or since a cursor of an earlier read.
    async fn read(&self, item: &ItemId, since: Option<&Cursor>) -> Result<Read, Error>;

    /// Reads one comment afresh; none if it is gone.
    async fn comment(&self, item: &ItemId, id: &CommentId) -> Result<Option<Comment>, Error>;

    /// Returns what was changed of an item besides its comments, oldest first, as far as the tracker
    /// tells. Trackers forget some of it (labels given at creation, say): absence proves nothing.
    async fn history(&self, item: &ItemId) -> Result<Vec<Change>, Error>;

    /// Tells whether an account is a full member of the project now: one that may be heard at a
    /// gate. Outsiders, guests, accounts that were removed, and accounts that the tracker does not
    /// know are not.
    async fn is_member(&self, user: &UserId) -> Result<bool, Error>;

    /// Appends a comment that carries an entry.
    async fn append(&self, item: &ItemId, append: &Append) -> Result<Landed, Error>;

    /// Posts a plain comment, as a human does.
    async fn say(&self, item: &ItemId, text: &str) -> Result<CommentId, Error>;

    /// Adds and removes labels.
    async fn set_labels(&self, item: &ItemId, add: &[&str], remove: &[&str]) -> Result<(), Error>;

    /// Sets the state.
    async fn set_state(&self, item: &ItemId, state: State) -> Result<(), Error>;

    /// Makes an item.
    async fn create(&self, item: &NewItem) -> Result<Item, Error>;
}
