//! What happened: the events that the tracker consists of.
//!
//! A frame of the log is a JSON array of events that stand or fall together.

use serde::{Deserialize, Serialize};
use trail_port::tracker::State;
use trail_record::{CommentId, Digest, Entry, ItemId, ItemKey, Moment, ProjectId, UserId};

use super::row::Role;

/// The version of the events.
///
/// Changelog:
/// - 0: first format; may still change until the first release.
pub(super) const FORMAT: u32 = 0;

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Event {
    /// Its number, from 1, without gaps.
    pub(super) seq: u64,
    /// When it happened; never before the event before it.
    pub(super) at: Moment,
    /// Who did it; none for the operator who owns the directory.
    pub(super) by: Option<UserId>,
    /// What it was.
    pub(super) what: What,
}

/// The kinds of event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) enum What {
    /// The first of all.
    ProjectMade {
        format: u32,
        project: ProjectId,
        prefix: String,
        /// Tells cursors of this tracker from those of others.
        epoch: String,
    },
    /// The next item's key has this number; the numbers before it were given elsewhere.
    NumberedFrom {
        first: u64,
    },
    UserAdded {
        id: UserId,
        login: String,
        name: String,
        role: Role,
        token: String,
    },
    /// `token` is the SHA-256 of the new token; the one before is void.
    TokenReplaced {
        user: UserId,
        token: String,
    },
    UserDisabled {
        user: UserId,
    },
    UserEnabled {
        user: UserId,
    },
    ItemCreated {
        id: ItemId,
        key: ItemKey,
        title: String,
        body: String,
        labels: Vec<String>,
    },
    TitleEdited {
        item: ItemId,
        title: String,
    },
    BodyEdited {
        item: ItemId,
        body: String,
    },
    Labelled {
        item: ItemId,
        label: String,
    },
    Unlabelled {
        item: ItemId,
        label: String,
    },
    StateSet {
        item: ItemId,
        state: State,
    },
    Commented {
        item: ItemId,
        id: CommentId,
        text: String,
        key: Option<Digest<Entry>>,
    },
    CommentEdited {
        item: ItemId,
        id: CommentId,
        text: String,
    },
    CommentDeleted {
        item: ItemId,
        id: CommentId,
    },
}

impl What {
    /// Returns the item it happened to.
    pub(super) const fn item(&self) -> Option<&ItemId> {
        match self {
            Self::ProjectMade { .. }
            | Self::NumberedFrom { .. }
            | Self::UserAdded { .. }
            | Self::TokenReplaced { .. }
            | Self::UserDisabled { .. }
            | Self::UserEnabled { .. } => None,
            Self::ItemCreated { id: item, .. }
            | Self::TitleEdited { item, .. }
            | Self::BodyEdited { item, .. }
            | Self::Labelled { item, .. }
            | Self::Unlabelled { item, .. }
            | Self::StateSet { item, .. }
            | Self::Commented { item, .. }
            | Self::CommentEdited { item, .. }
            | Self::CommentDeleted { item, .. } => Some(item),
        }
    }

    /// Returns the comment it happened to.
    pub(super) const fn comment(&self) -> Option<&CommentId> {
        match self {
            Self::Commented { id, .. }
            | Self::CommentEdited { id, .. }
            | Self::CommentDeleted { id, .. } => Some(id),
            Self::ProjectMade { .. }
            | Self::NumberedFrom { .. }
            | Self::UserAdded { .. }
            | Self::TokenReplaced { .. }
            | Self::UserDisabled { .. }
            | Self::UserEnabled { .. }
            | Self::ItemCreated { .. }
            | Self::TitleEdited { .. }
            | Self::BodyEdited { .. }
            | Self::Labelled { .. }
            | Self::Unlabelled { .. }
            | Self::StateSet { .. } => None,
        }
    }

    /// Returns the word for it in the activity log, and what to add to it.
    pub(super) fn action(&self) -> (&'static str, String) {
        match self {
            Self::ProjectMade { prefix, .. } => ("project-made", prefix.clone()),
            Self::NumberedFrom { first } => ("numbered-from", first.to_string()),
            Self::UserAdded { login, .. } => ("user-added", login.clone()),
            Self::TokenReplaced { user, .. } => ("token-replaced", user.to_string()),
            Self::UserDisabled { user } => ("user-disabled", user.to_string()),
            Self::UserEnabled { user } => ("user-enabled", user.to_string()),
            Self::ItemCreated { key, .. } => ("created", key.to_string()),
            Self::TitleEdited { title, .. } => ("title-edited", title.clone()),
            Self::BodyEdited { .. } => ("body-edited", String::new()),
            Self::Labelled { label, .. } => ("labelled", label.clone()),
            Self::Unlabelled { label, .. } => ("unlabelled", label.clone()),
            Self::StateSet { state, .. } => ("state-set", state.to_string()),
            Self::Commented { .. } => ("commented", String::new()),
            Self::CommentEdited { .. } => ("comment-edited", String::new()),
            Self::CommentDeleted { .. } => ("comment-deleted", String::new()),
        }
    }
}

/// Writes the events of one frame.
pub(super) fn encode(events: &[Event]) -> Vec<u8> {
    serde_json::to_vec(events).expect("events have a JSON form")
}

/// Reads the events of one frame.
pub(super) fn decode(payload: &[u8]) -> Result<Vec<Event>, serde_json::Error> {
    serde_json::from_slice(payload)
}
