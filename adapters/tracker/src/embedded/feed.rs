//! What changed: the feed over all items, reads of one item since a cursor, and the activity log.

use std::sync::PoisonError;

use trail_port::tracker::{Changes, Cursor, Read};
use trail_record::ItemId;

use super::row::{self, At, CommentRow, Head, VersionRow, comment_id, number, numbered, under};
use super::{Core, Error};
use crate::api::Activity;

/// The most items that one call of `changes` names.
pub(crate) const PAGE: usize = 500;

impl Core {
    /// Names the items that changed since `cursor`, oldest change first.
    pub(super) fn changes(&self, since: Option<&Cursor>, limit: usize) -> Result<Changes, Error> {
        let head = self.head.read().unwrap_or_else(PoisonError::into_inner);
        // A cursor of another tracker says nothing of this one: everything is new then.
        let since = since
            .map(|cursor| place(&head, cursor))
            .transpose()?
            .flatten()
            .unwrap_or(0);
        let limit = limit.clamp(1, PAGE);
        // An item stands once in the feed, at its last change, so this costs what changed.
        let mut rows = self
            .index
            .scan(b"f/", numbered("f", since + 1).as_bytes(), limit + 1)?;
        let more = rows.len() > limit;
        rows.truncate(limit);
        let reached = match rows.last() {
            Some((key, _)) if more => number(key),
            _ => head.seq,
        };
        let items = rows.iter().map(|(_, bytes)| row::parse("f", bytes));
        Ok(Changes {
            items: items.collect::<Result<Vec<ItemId>, Error>>()?,
            cursor: cursor(&head, reached),
            more,
        })
    }

    /// Reads an item, whole or since a cursor of an earlier read.
    pub(super) fn read(&self, item: &ItemId, since: Option<&Cursor>) -> Result<Read, Error> {
        let head = self.head.read().unwrap_or_else(PoisonError::into_inner);
        let since = since
            .map(|cursor| place(&head, cursor))
            .transpose()?
            .flatten();
        let row = self.item_row(item)?;
        let mut comments = Vec::new();
        let mut removed = Vec::new();
        match since {
            None => {
                let rows = self
                    .index
                    .scan(format!("c/{item}/").as_bytes(), b"", usize::MAX)?;
                for (key, bytes) in rows {
                    comments.push((number(&key), row::parse::<CommentRow>("c", &bytes)?));
                }
            }
            Some(since) => {
                let prefix = format!("v/{item}/");
                let from = under("v", item, since + 1);
                for (_, bytes) in self
                    .index
                    .scan(prefix.as_bytes(), from.as_bytes(), usize::MAX)?
                {
                    let VersionRow { comment, gone } = row::parse("v", &bytes)?;
                    if gone {
                        removed.push(comment_id(comment));
                        continue;
                    }
                    let key = under("c", item, comment);
                    let row = row::get::<CommentRow>(&self.index, &key)?;
                    let row = row.ok_or_else(|| Error::Damaged(format!("no row {key}")))?;
                    comments.push((comment, row));
                }
                comments.sort_by_key(|(seq, _)| *seq);
            }
        }
        let cursor = cursor(&head, head.seq);
        // The texts stand in the log and do not change any more.
        drop(head);
        let comments = comments
            .into_iter()
            .map(|(seq, row)| self.comment_of(seq, row));
        Ok(Read {
            item: self.item_of(item, row)?,
            comments: comments.collect::<Result<_, Error>>()?,
            removed,
            complete: since.is_none(),
            cursor,
        })
    }

    /// Returns what happened after event `since`, to one item or at all, oldest first.
    pub(super) fn activity(
        &self,
        item: Option<&ItemId>,
        since: u64,
        limit: usize,
    ) -> Result<Vec<Activity>, Error> {
        let after = since.saturating_add(1);
        let (prefix, from) = match item {
            Some(item) => {
                self.item_row(item)?;
                (format!("ai/{item}/"), under("ai", item, after))
            }
            None => ("a/".to_owned(), numbered("a", after)),
        };
        let rows = self
            .index
            .scan(prefix.as_bytes(), from.as_bytes(), limit.clamp(1, PAGE))?;
        rows.iter()
            .map(|(_, bytes)| {
                let event = self.event(row::parse::<At>("a", bytes)?)?;
                let (action, detail) = event.what.action();
                Ok(Activity {
                    seq: event.seq,
                    at: event.at,
                    item: event.what.item().cloned(),
                    comment: event.what.comment().cloned(),
                    by: event.by,
                    action: action.to_owned(),
                    detail,
                })
            })
            .collect()
    }
}

fn cursor(head: &Head, seq: u64) -> Cursor {
    Cursor(format!("{}-{seq}", head.epoch))
}

/// Returns the event a cursor stands behind; none if it is of another tracker, or of a future that
/// this one, restored from a backup, does not have.
fn place(head: &Head, cursor: &Cursor) -> Result<Option<u64>, Error> {
    let parts = cursor.0.split_once('-');
    let seq = parts.and_then(|(epoch, seq)| Some((epoch, seq.parse::<u64>().ok()?)));
    let (epoch, seq) =
        seq.ok_or_else(|| Error::Refused(format!("{:?} is no cursor of this tracker", cursor.0)))?;
    Ok((epoch == head.epoch && seq <= head.seq).then_some(seq))
}
