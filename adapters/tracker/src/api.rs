//! What travels between the server and its clients, as JSON under `/api/v1`.

use serde::{Deserialize, Serialize};
use trail_port::tracker::{Capabilities, Change, Changed, Comment, Item, State};
use trail_record::{CommentId, Digest, Entry, ItemId, Moment, ProjectId, UserId};

use crate::embedded::{Account, Role};

/// The most characters of a comment.
pub const MAX_COMMENT: usize = 65_536;
/// The most characters of an item's body.
pub const MAX_BODY: usize = 65_536;
/// The most bytes of a blob.
pub const MAX_BLOB: usize = 32 * 1024 * 1024;
/// The most bytes of a request that carries several blobs.
pub const MAX_BATCH: usize = 64 * 1024 * 1024;
/// The longest that `changes` waits, in seconds.
pub const MAX_WAIT: u64 = 30;
/// The media type of several blobs in one request: before each, its length as four bytes,
/// big-endian.
pub const BATCH_TYPE: &str = "application/vnd.trail.blobs";

/// The body of every answer that is no success.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// What went wrong.
    pub error: Reason,
}

/// Why a request was not done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// A word that programs may rely on: `not_found`, `unauthorized`, `forbidden`, `moved`,
    /// `refused`, `bad_request`, `too_large`, `timeout`, `damaged`, `internal`.
    pub code: String,
    /// A sentence for people.
    pub message: String,
}

/// The project and what this tracker can do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// The project.
    pub project: ProjectId,
    /// What its keys begin with.
    pub prefix: String,
    /// What the tracker can do.
    pub capabilities: Capabilities,
}

/// Some accounts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accounts {
    /// The accounts.
    pub users: Vec<Account>,
}

/// An account to make.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewAccount {
    /// What people type.
    pub login: String,
    /// What people read.
    pub name: String,
    /// What it may do.
    pub role: Role,
}

/// An account that was made, with its token, which is shown this once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MadeAccount {
    /// The account.
    pub user: Account,
    /// Its token.
    pub token: String,
}

/// A token that replaces the one before; it is shown this once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MadeToken {
    /// The token.
    pub token: String,
}

/// What to change of an account.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountPatch {
    /// Whether its token is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disabled: Option<bool>,
}

/// What to change of an item; what is absent stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ItemPatch {
    /// The new title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The new body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// The new state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<State>,
    /// Labels to add.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub add_labels: Vec<String>,
    /// Labels to remove.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remove_labels: Vec<String>,
}

/// Some items, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Items {
    /// The items, their bodies left out.
    pub items: Vec<Item>,
    /// What to give as `before` for the next ones; none at the end.
    pub before: Option<u64>,
}

/// A comment to make.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewComment {
    /// Its text.
    pub text: String,
    /// The idempotency key; with it the comment is compared and appended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<Digest<Entry>>,
    /// The last comment of a persona that the writer has seen; only with `key`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<CommentId>,
}

/// Where a comment landed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MadeComment {
    /// The comment.
    pub id: CommentId,
    /// Whether it was there from an earlier try.
    pub already: bool,
}

/// A new text of a comment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CommentPatch {
    /// The text.
    pub text: String,
}

/// Some comments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comments {
    /// The comments, in the order in which they were made.
    pub comments: Vec<Comment>,
}

/// An item and its comments, or what changed of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadAnswer {
    /// The item.
    pub item: Item,
    /// All comments if `complete`, else the new and changed ones.
    pub comments: Vec<Comment>,
    /// Comments that were deleted.
    pub removed: Vec<CommentId>,
    /// Whether `comments` are all there are.
    pub complete: bool,
    /// Where to go on from.
    pub cursor: String,
}

/// The items in which anything changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangesAnswer {
    /// The items, oldest change first.
    pub items: Vec<ItemId>,
    /// Where to go on from.
    pub cursor: String,
    /// Whether there is more right now.
    pub more: bool,
}

/// One line of the activity log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Activity {
    /// Its number: each thing that happened has the next.
    pub seq: u64,
    /// When it happened.
    pub at: Moment,
    /// Who did it; none for the operator of the tracker.
    pub by: Option<UserId>,
    /// The item it happened to.
    pub item: Option<ItemId>,
    /// The comment it happened to.
    pub comment: Option<CommentId>,
    /// What was done: `project-made`, `user-added`, `token-replaced`, `user-disabled`,
    /// `user-enabled`, `created`, `title-edited`, `body-edited`, `labelled`, `unlabelled`,
    /// `state-set`, `commented`, `comment-edited`, `comment-deleted`.
    pub action: String,
    /// What it was done with, such as the label; empty where there is nothing to add.
    pub detail: String,
}

impl Activity {
    /// Returns the change of the item that this line tells of, if it tells of one.
    pub(crate) fn change(self) -> Option<Change> {
        let what = match self.action.as_str() {
            "labelled" => Changed::Labelled { label: self.detail },
            "unlabelled" => Changed::Unlabelled { label: self.detail },
            "state-set" => Changed::State {
                state: State::ALL
                    .into_iter()
                    .find(|state| state.to_string() == self.detail)?,
                name: self.detail,
            },
            "title-edited" | "body-edited" => Changed::Text,
            _ => return None,
        };
        Some(Change {
            id: self.seq.to_string(),
            actor: self.by,
            at: self.at,
            what,
        })
    }
}

/// Some of the activity log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Activities {
    /// The lines, oldest first.
    pub activity: Vec<Activity>,
}
