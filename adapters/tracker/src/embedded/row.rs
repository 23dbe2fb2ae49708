//! What the index holds: small rows under ordered keys, folded from the events.
//!
//! | key | row |
//! |---|---|
//! | `h` | [`Head`] |
//! | `u/USER`, `ul/LOGIN`, `ut/TOKEN DIGEST` | [`UserRow`], user id, user id |
//! | `i/ITEM`, `ik/KEY` | [`ItemRow`], item id |
//! | `c/ITEM/SEQ` | [`CommentRow`] of the comment made by event SEQ |
//! | `d/ITEM/SEQ` | nothing: that comment is deleted |
//! | `v/ITEM/VERSION` | the comment whose last change is event VERSION, and whether it is gone |
//! | `k/USER/ENTRY DIGEST` | [`KeyRow`], the comment that carries the entry |
//! | `f/SEQ` | the item whose last change is event SEQ |
//! | `a/SEQ`, `ai/ITEM/SEQ` | where event SEQ stands |
//!
//! Numbers in keys are 16 hexadecimal digits, so that keys order as numbers do.

use std::fmt;
use std::str::FromStr;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use trail_port::tracker::{State, User};
use trail_record::{CommentId, ItemId, ItemKey, Moment, ProjectId, UserId};
use trail_store::Index;
use trail_store::segment::Position;

use super::Error;

/// What an account may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// A human who also manages accounts and may edit and delete what others wrote.
    Admin,
    /// A human who files, comments, labels and moves items.
    Member,
    /// A persona: does what a member does, and is shown to serve a program.
    Bot,
    /// A human who may read and comment.
    Guest,
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Admin => "admin",
            Self::Member => "member",
            Self::Bot => "bot",
            Self::Guest => "guest",
        })
    }
}

impl FromStr for Role {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        [Self::Admin, Self::Member, Self::Bot, Self::Guest]
            .into_iter()
            .find(|role| role.to_string() == text)
            .ok_or_else(|| Error::Refused(format!("no role {text:?}: admin, member, bot or guest")))
    }
}

/// An account as people with access see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// The stable id.
    pub id: UserId,
    /// What people type.
    pub login: String,
    /// What people read.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// Whether its token is refused.
    pub disabled: bool,
}

impl Account {
    /// Tells whether this is a full member: a human who may be heard at a gate.
    #[must_use]
    pub const fn is_member(&self) -> bool {
        matches!(self.role, Role::Admin | Role::Member) && !self.disabled
    }

    /// Returns the account as the port shows it.
    #[must_use]
    pub fn user(&self) -> User {
        User {
            id: self.id.clone(),
            login: self.login.clone(),
            name: self.name.clone(),
            bot: self.role == Role::Bot,
        }
    }
}

/// Where an event stands: its frame, and its number in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct At {
    pub(super) frame: u64,
    pub(super) seq: u64,
}

/// How far things are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Head {
    /// The number of the last event.
    pub(super) seq: u64,
    /// When it happened.
    pub(super) at: Moment,
    /// The number in the last key.
    pub(super) items: u64,
    /// How many numbers were left out at the beginning.
    pub(super) skipped: u64,
    pub(super) project: ProjectId,
    pub(super) prefix: String,
    pub(super) epoch: String,
}

impl Default for Head {
    fn default() -> Self {
        Self {
            seq: 0,
            at: Moment::default(),
            items: 0,
            skipped: 0,
            project: ProjectId::new(""),
            prefix: String::new(),
            epoch: String::new(),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct UserRow {
    pub(super) account: Account,
    /// The digest of its token.
    pub(super) token: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ItemRow {
    pub(super) key: ItemKey,
    pub(super) title: String,
    pub(super) author: UserId,
    pub(super) unedited: bool,
    pub(super) labels: Vec<String>,
    pub(super) state: State,
    pub(super) created: Moment,
    pub(super) updated: Moment,
    /// Where the body stands.
    pub(super) body: At,
    /// The event that changed it last.
    pub(super) changed: u64,
    /// The last comment of a persona that is there.
    pub(super) persona: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct CommentRow {
    pub(super) author: UserId,
    /// Whether a persona wrote it.
    pub(super) bot: bool,
    pub(super) created: Moment,
    pub(super) updated: Moment,
    pub(super) edited: bool,
    /// Where its text stands.
    pub(super) text: At,
    /// The event that changed it last.
    pub(super) version: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct KeyRow {
    pub(super) item: ItemId,
    pub(super) id: CommentId,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct VersionRow {
    pub(super) comment: u64,
    pub(super) gone: bool,
}

/// How far the index has folded the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) log: u64,
    next: u64,
}

impl Mark {
    pub(super) const fn new(log: u64, next: Position) -> Self {
        Self {
            log,
            next: next.to_u64(),
        }
    }

    pub(super) const fn next(self) -> Position {
        Position::from_u64(self.next)
    }

    pub(super) fn encode(self) -> [u8; 16] {
        ((u128::from(self.log) << 64) | u128::from(self.next)).to_be_bytes()
    }

    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let both = u128::from_be_bytes(bytes.try_into().ok()?);
        let next = u64::try_from(both & u128::from(u64::MAX)).ok()?;
        Some(Self {
            log: u64::try_from(both >> 64).ok()?,
            next,
        })
    }
}

/// Returns the row under `key`.
pub(super) fn get<T: DeserializeOwned>(index: &Index, key: &str) -> Result<Option<T>, Error> {
    index
        .get(key.as_bytes())?
        .map(|bytes| parse(key, &bytes))
        .transpose()
}

/// Reads a row.
pub(super) fn parse<T: DeserializeOwned>(key: &str, bytes: &[u8]) -> Result<T, Error> {
    serde_json::from_slice(bytes)
        .map_err(|error| Error::Damaged(format!("the index row {key}: {error}")))
}

pub(super) fn head(index: &Index) -> Result<Option<Head>, Error> {
    get(index, HEAD)
}

pub(super) const HEAD: &str = "h";

pub(super) fn user_key(id: &UserId) -> String {
    format!("u/{id}")
}

pub(super) fn login_key(login: &str) -> String {
    format!("ul/{login}")
}

pub(super) fn token_key(digest: &str) -> String {
    format!("ut/{digest}")
}

pub(super) fn item_key(id: &ItemId) -> String {
    format!("i/{id}")
}

pub(super) fn key_key(key: &str) -> String {
    format!("ik/{key}")
}

/// Returns the key of a row that one item has many of.
pub(super) fn under(letter: &str, item: &ItemId, seq: u64) -> String {
    format!("{letter}/{item}/{seq:016x}")
}

/// Returns the key of a row of which there is one per event.
pub(super) fn numbered(letter: &str, seq: u64) -> String {
    format!("{letter}/{seq:016x}")
}

/// Returns the number at the end of a key.
pub(super) fn number(key: &[u8]) -> u64 {
    let digits = key.rsplit(|byte| *byte == b'/').next();
    digits
        .and_then(|digits| std::str::from_utf8(digits).ok())
        .and_then(|digits| u64::from_str_radix(digits, 16).ok())
        .unwrap_or(0)
}

/// Returns the id of the comment that event `seq` made.
pub(super) fn comment_id(seq: u64) -> CommentId {
    CommentId::new(format!("c{seq}"))
}

/// Returns the event that made a comment; none if no comment can have this id.
pub(super) fn comment_seq(id: &CommentId) -> Option<u64> {
    let seq = id.as_str().strip_prefix('c')?.parse().ok()?;
    (comment_id(seq) == *id).then_some(seq)
}
