//! A comment as Plane keeps it, made the port's own: who, when, in which order, and whether touched.
//!
//! What Plane's times of a row say (measured):
//!
//! | row | `updated_by`, `edited_at` | `created_at` |
//! |---|---|---|
//! | by the API | null | 20 to 100 ms after `updated_at` |
//! | by the API, being stored | null | some µs before `updated_at`; written again soon |
//! | by the web interface | null | some 26 µs before `updated_at`, for ever |
//! | edited | one is set | stays, while `updated_at` moves |
//! | dated by hand | null | anywhere |
//!
//! `updated_at` is set by the server alone: of an untouched comment it is when it was stored.

use std::collections::HashSet;

use trail_item::text::envelope_of;
use trail_port::tracker::{Comment, Error};
use trail_record::{CommentId, Moment, UserId};

use crate::html::carry;
use crate::html::render::Form;
use crate::time::{micros, moment};
use crate::wire;

/// How far `created_at` of an untouched comment may lie behind `updated_at`, in microseconds.
const AHEAD: i64 = 5_000_000;
/// How far it may lie before it: what was measured is 26 µs, a busy server may take longer.
const BEFORE: i64 = 100_000;

/// The source that marks comments of this adapter.
pub(crate) const SOURCE: &str = "trail";

/// A comment's row, its times read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) id: String,
    /// Who posted it, which nobody can set; empty if the account is gone.
    pub(crate) actor: String,
    pub(crate) html: String,
    /// In microseconds since the epoch, as the next.
    pub(crate) created: i64,
    pub(crate) updated: i64,
    /// Whether anybody edited it.
    pub(crate) edited: bool,
    /// Whether it says that it is by a client like this one.
    pub(crate) ours: bool,
    /// The id its client gave it; anybody may change it.
    pub(crate) external_id: String,
}

impl Row {
    pub(crate) fn new(own: wire::Comment) -> Result<Self, Error> {
        Ok(Self {
            created: micros(&own.created_at)?,
            updated: micros(&own.updated_at)?,
            edited: own.updated_by.is_some() || own.edited_at.is_some(),
            ours: own.external_source.as_deref() == Some(SOURCE),
            external_id: own.external_id.unwrap_or_default(),
            id: own.id,
            actor: own.actor.unwrap_or_default(),
            html: own.comment_html,
        })
    }

    /// Tells whether the times show that `created_at` was set by hand.
    pub(crate) const fn backdated(&self) -> bool {
        let behind = self.created - self.updated;
        // Of an edited comment only the future is known to be wrong.
        behind > AHEAD || (!self.edited && behind < -BEFORE)
    }

    /// Tells whether `created_at` may be written once more: it has the first of its two values, or
    /// the comment is from the web interface, which looks the same.
    pub(crate) const fn provisional(&self) -> bool {
        !self.edited && !self.backdated() && self.created <= self.updated
    }

    /// Returns when it was written, in microseconds since the epoch: what Plane says, unless it was
    /// set by hand; then when it was stored, as far as that is known.
    pub(crate) const fn written(&self) -> i64 {
        if self.backdated() && !self.edited {
            self.updated
        } else {
            self.created
        }
    }

    /// Returns the port's comment.
    pub(crate) fn comment(&self) -> Comment {
        let carried = carry::read(&self.html, Form::Comment);
        let created = moment(self.written());
        let edited = self.edited || !carried.whole;
        let updated = if self.edited {
            // Moments are coarser than Plane's times, and an edit is always later.
            moment(self.updated).max(Moment::from_millis(created.as_millis() + 1))
        } else {
            created
        };
        Comment {
            id: CommentId::new(self.id.as_str()),
            author: UserId::new(self.actor.as_str()),
            text: carried.text,
            created,
            updated,
            edited,
            backdated: self.backdated(),
            program: false,
        }
    }
}

/// Puts rows in the one order that every reader sees.
pub(crate) fn sort(rows: &mut [Row]) {
    rows.sort_by(|one, other| (one.written(), &one.id).cmp(&(other.written(), &other.id)));
}

/// Returns the comments of sorted rows, without what is there twice: the same entry by the same
/// author, both untouched. External ids do not keep two posts at one time from both being stored.
pub(crate) fn comments(rows: &[Row]) -> Vec<Comment> {
    let mut seen = HashSet::new();
    let twice = |row: &Row, comment: &Comment| {
        row.ours && !comment.edited && !row.backdated() && envelope_of(&comment.text).is_some()
    };
    let mut out = Vec::with_capacity(rows.len());
    for row in rows {
        let comment = row.comment();
        if !twice(row, &comment) || seen.insert((&row.actor, &row.html)) {
            out.push(comment);
        }
    }
    out
}

#[cfg(test)]
mod tests;
