//! Comments: appended in order, edited and deleted as real trackers allow it.

use trail_port::tracker::{Append, Comment, Landed};
use trail_record::{CommentId, ItemId};

use super::event::What;
use super::fold::entry_key;
use super::row::{self, Account, CommentRow, KeyRow, comment_id, comment_seq, under};
use super::{Core, Error, rules};

impl Core {
    /// Posts a plain comment.
    pub(super) fn say(&self, by: &Account, item: &ItemId, text: &str) -> Result<CommentId, Error> {
        rules::comment(text)?;
        self.write(by, |head| {
            self.item_row(item)?;
            let id = comment_id(head.seq + 1);
            let (item, text) = (item.clone(), text.to_owned());
            Ok((
                vec![What::Commented {
                    item,
                    id: id.clone(),
                    text,
                    key: None,
                }],
                id,
            ))
        })
    }

    /// Appends a comment that carries an entry, once for each author and entry, and only if no
    /// persona has commented after the comment the writer knows.
    pub(super) fn append(
        &self,
        by: &Account,
        item: &ItemId,
        append: &Append,
    ) -> Result<Landed, Error> {
        rules::comment(&append.text)?;
        self.write(by, |head| {
            // First of all: a writer who tries again after a lost reply knows of no later comment,
            // its own included.
            let known = row::get::<KeyRow>(&self.index, &entry_key(&by.id, &append.key))?;
            if let Some(known) = known {
                if known.item != *item {
                    return Err(Error::Refused(format!(
                        "the entry {} was appended to another item, {}",
                        append.key, known.item
                    )));
                }
                return Ok((
                    Vec::new(),
                    Landed {
                        id: known.id,
                        already: true,
                    },
                ));
            }
            let last = self.item_row(item)?.persona.unwrap_or(0);
            if last > self.seen(item, append.after.as_ref())? {
                return Err(Error::Moved);
            }
            let id = comment_id(head.seq + 1);
            let event = What::Commented {
                item: item.clone(),
                id: id.clone(),
                text: append.text.clone(),
                key: Some(append.key),
            };
            Ok((vec![event], Landed { id, already: false }))
        })
    }

    /// Returns the number of the comment that a writer has seen last, which may be deleted by now.
    fn seen(&self, item: &ItemId, after: Option<&CommentId>) -> Result<u64, Error> {
        let Some(after) = after else { return Ok(0) };
        let unknown = || Error::Refused(format!("`after`: item {item} has no comment {after}"));
        let seq = comment_seq(after).ok_or_else(unknown)?;
        let there = self.index.get(under("c", item, seq).as_bytes())?.is_some()
            || self.index.get(under("d", item, seq).as_bytes())?.is_some();
        if there { Ok(seq) } else { Err(unknown()) }
    }

    pub(super) fn comment(&self, item: &ItemId, id: &CommentId) -> Result<Option<Comment>, Error> {
        self.item_row(item)?;
        let Some(seq) = comment_seq(id) else {
            return Ok(None);
        };
        let row = row::get::<CommentRow>(&self.index, &under("c", item, seq))?;
        row.map(|row| self.comment_of(seq, row)).transpose()
    }

    /// Returns a comment from its row.
    pub(super) fn comment_of(&self, seq: u64, row: CommentRow) -> Result<Comment, Error> {
        let text = match self.event(row.text)?.what {
            What::Commented { text, .. } | What::CommentEdited { text, .. } => text,
            other => {
                return Err(Error::Damaged(format!(
                    "event {} has no text: {other:?}",
                    row.text.seq
                )));
            }
        };
        Ok(Comment {
            id: comment_id(seq),
            author: row.author,
            text,
            created: row.created,
            updated: row.updated,
            edited: row.edited,
            // Its times are the server's own, and no program speaks here in a person's name.
            backdated: false,
            program: false,
        })
    }

    pub(super) fn edit_comment(
        &self,
        by: &Account,
        item: &ItemId,
        id: &CommentId,
        text: &str,
    ) -> Result<(), Error> {
        rules::comment(text)?;
        self.write(by, |_| {
            let comment = self.mine(by, item, id, "edit")?;
            if comment.text == text {
                return Ok((Vec::new(), ()));
            }
            let (item, id, text) = (item.clone(), id.clone(), text.to_owned());
            Ok((vec![What::CommentEdited { item, id, text }], ()))
        })
    }

    pub(super) fn delete_comment(
        &self,
        by: &Account,
        item: &ItemId,
        id: &CommentId,
    ) -> Result<(), Error> {
        self.write(by, |_| {
            self.mine(by, item, id, "delete")?;
            Ok((
                vec![What::CommentDeleted {
                    item: item.clone(),
                    id: id.clone(),
                }],
                (),
            ))
        })
    }

    /// Returns a comment that `by` may change: their own, or any for an admin.
    fn mine(
        &self,
        by: &Account,
        item: &ItemId,
        id: &CommentId,
        verb: &str,
    ) -> Result<Comment, Error> {
        let comment = self
            .comment(item, id)?
            .ok_or_else(|| Error::NotFound(format!("comment {id} of item {item}")))?;
        if comment.author != by.id {
            rules::admin(by, &format!("{verb} a comment that somebody else wrote"))?;
        }
        Ok(comment)
    }
}
