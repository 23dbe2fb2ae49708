//! Folds one event into the index: the only place where rows change.

use serde::Serialize;
use trail_port::tracker::State;
use trail_record::{CommentId, ItemId, Moment, UserId};
use trail_store::segment::Position;
use trail_store::{Change, Index};

use super::Error;
use super::event::{Event, What};
use super::row::{
    self, Account, At, CommentRow, HEAD, Head, ItemRow, KeyRow, Mark, Role, UserRow, VersionRow,
    comment_seq, item_key, key_key, login_key, numbered, token_key, under, user_key,
};

/// Applies the events of the frame at `at` that are not applied yet.
pub(super) fn frame(
    index: &Index,
    log: u64,
    head: &mut Head,
    events: &[Event],
    at: Position,
    next: Position,
) -> Result<(), Error> {
    for (n, event) in events.iter().enumerate() {
        if event.seq <= head.seq {
            continue;
        }
        // After a crash between two events of a frame it is read again from its beginning.
        let done = if n + 1 == events.len() { next } else { at };
        apply(index, head, event, at, Mark::new(log, done))?;
    }
    Ok(())
}

/// Applies one event, which stands in the frame at `frame`, in one batch.
fn apply(
    index: &Index,
    head: &mut Head,
    event: &Event,
    frame: Position,
    mark: Mark,
) -> Result<(), Error> {
    let mut fold = Fold {
        index,
        head: head.clone(),
        event,
        at: At {
            frame: frame.to_u64(),
            seq: event.seq,
        },
        changes: Vec::with_capacity(10),
    };
    fold.what()?;
    fold.head.seq = event.seq;
    fold.head.at = event.at;
    fold.put(&numbered("a", event.seq), &At { ..fold.at });
    if let Some(item) = event.what.item() {
        fold.put(&under("ai", item, event.seq), &At { ..fold.at });
    }
    fold.put(HEAD, &fold.head.clone());
    index.apply(fold.changes, &mark.encode())?;
    *head = fold.head;
    Ok(())
}

struct Fold<'a> {
    index: &'a Index,
    head: Head,
    event: &'a Event,
    at: At,
    changes: Vec<Change>,
}

impl Fold<'_> {
    fn put(&mut self, key: &str, row: &impl Serialize) {
        let row = serde_json::to_vec(row).expect("rows have a JSON form");
        self.changes.push(Change::Put(key.as_bytes().to_vec(), row));
    }

    fn remove(&mut self, key: &str) {
        self.changes.push(Change::Remove(key.as_bytes().to_vec()));
    }

    /// Returns the row under `key`, which an earlier event must have made.
    fn row<T: serde::de::DeserializeOwned>(&self, key: &str) -> Result<T, Error> {
        row::get(self.index, key)?
            .ok_or_else(|| Error::Damaged(format!("event {} needs the row {key}", self.event.seq)))
    }

    fn what(&mut self) -> Result<(), Error> {
        match &self.event.what {
            What::ProjectMade {
                format,
                project,
                prefix,
                epoch,
            } => {
                if *format != super::event::FORMAT {
                    return Err(Error::Refused(format!(
                        "the tracker has format {format}; this program knows only {}",
                        super::event::FORMAT
                    )));
                }
                self.head.project = project.clone();
                self.head.prefix.clone_from(prefix);
                self.head.epoch.clone_from(epoch);
                Ok(())
            }
            What::NumberedFrom { first } => {
                self.head.skipped = first.saturating_sub(1);
                self.head.items = self.head.skipped;
                Ok(())
            }
            What::UserAdded {
                id,
                login,
                name,
                role,
                token,
            } => {
                let account = Account {
                    id: id.clone(),
                    login: login.clone(),
                    name: name.clone(),
                    role: *role,
                    disabled: false,
                };
                self.put(&login_key(login), id);
                self.put(&token_key(token), id);
                self.put(
                    &user_key(id),
                    &UserRow {
                        account,
                        token: token.clone(),
                    },
                );
                Ok(())
            }
            What::TokenReplaced { user, token } => {
                let mut row: UserRow = self.row(&user_key(user))?;
                self.remove(&token_key(&row.token));
                self.put(&token_key(token), user);
                row.token.clone_from(token);
                self.put(&user_key(user), &row);
                Ok(())
            }
            What::UserDisabled { user } => self.set_disabled(user, true),
            What::UserEnabled { user } => self.set_disabled(user, false),
            What::ItemCreated {
                id,
                key,
                title,
                labels,
                ..
            } => {
                let (at, changed) = (self.event.at, self.event.seq);
                self.head.items += 1;
                self.put(&key_key(key.as_str()), id);
                self.put(&numbered("f", changed), id);
                let row = ItemRow {
                    key: key.clone(),
                    title: title.clone(),
                    author: self.author()?.clone(),
                    unedited: true,
                    labels: labels.clone(),
                    state: State::Backlog,
                    created: at,
                    updated: at,
                    body: self.at,
                    changed,
                    persona: None,
                };
                self.put(&item_key(id), &row);
                Ok(())
            }
            What::TitleEdited { item, title } => self.edit(item, |row, _| {
                row.title.clone_from(title);
            }),
            What::BodyEdited { item, .. } => self.edit(item, |row, at| row.body = at),
            What::Labelled { item, label } => self.touch(item, |row| {
                row.labels.push(label.clone());
                row.labels.sort();
                row.labels.dedup();
            }),
            What::Unlabelled { item, label } => {
                self.touch(item, |row| row.labels.retain(|known| known != label))
            }
            What::StateSet { item, state } => self.touch(item, |row| row.state = *state),
            What::Commented { item, id, key, .. } => self.comment(item, id, key.as_ref()),
            What::CommentEdited { item, id, .. } => self.edit_comment(item, id),
            What::CommentDeleted { item, id } => self.delete_comment(item, id),
        }
    }

    fn author(&self) -> Result<&UserId, Error> {
        self.event
            .by
            .as_ref()
            .ok_or_else(|| Error::Damaged(format!("event {} was made by nobody", self.event.seq)))
    }

    fn set_disabled(&mut self, user: &UserId, disabled: bool) -> Result<(), Error> {
        let mut row: UserRow = self.row(&user_key(user))?;
        row.account.disabled = disabled;
        self.put(&user_key(user), &row);
        Ok(())
    }

    /// Changes an item and moves it to the end of the feed.
    fn touch(&mut self, item: &ItemId, change: impl FnOnce(&mut ItemRow)) -> Result<(), Error> {
        let mut row: ItemRow = self.row(&item_key(item))?;
        self.remove(&numbered("f", row.changed));
        self.put(&numbered("f", self.event.seq), item);
        row.changed = self.event.seq;
        row.updated = later(row.updated, self.event.at);
        change(&mut row);
        self.put(&item_key(item), &row);
        Ok(())
    }

    /// Changes title or body of an item, remembering if somebody else than its author does.
    fn edit(&mut self, item: &ItemId, change: impl FnOnce(&mut ItemRow, At)) -> Result<(), Error> {
        let (by, at) = (self.author()?.clone(), self.at);
        self.touch(item, |row| {
            row.unedited &= row.author == by;
            change(row, at);
        })
    }

    fn comment(
        &mut self,
        item: &ItemId,
        id: &CommentId,
        key: Option<&trail_record::Digest<trail_record::Entry>>,
    ) -> Result<(), Error> {
        let (seq, at, author) = (self.event.seq, self.event.at, self.author()?.clone());
        let user: UserRow = self.row(&user_key(&author))?;
        let bot = user.account.role == Role::Bot;
        if let Some(key) = key {
            let row = KeyRow {
                item: item.clone(),
                id: id.clone(),
            };
            self.put(&entry_key(&author, key), &row);
        }
        let row = CommentRow {
            author,
            bot,
            created: at,
            updated: at,
            edited: false,
            text: self.at,
            version: seq,
        };
        self.put(&under("c", item, seq), &row);
        self.put(
            &under("v", item, seq),
            &VersionRow {
                comment: seq,
                gone: false,
            },
        );
        self.touch(item, |row| {
            if bot {
                row.persona = Some(seq);
            }
        })
    }

    fn edit_comment(&mut self, item: &ItemId, id: &CommentId) -> Result<(), Error> {
        let (comment, mut row) = self.comment_row(item, id)?;
        let version = self.event.seq;
        self.remove(&under("v", item, row.version));
        self.put(
            &under("v", item, version),
            &VersionRow {
                comment,
                gone: false,
            },
        );
        row.version = version;
        row.text = self.at;
        row.edited = true;
        row.updated = later(row.updated, self.event.at);
        self.put(&under("c", item, comment), &row);
        self.touch(item, |_| {})
    }

    fn delete_comment(&mut self, item: &ItemId, id: &CommentId) -> Result<(), Error> {
        let (comment, row) = self.comment_row(item, id)?;
        let version = self.event.seq;
        self.remove(&under("v", item, row.version));
        self.put(
            &under("v", item, version),
            &VersionRow {
                comment,
                gone: true,
            },
        );
        self.remove(&under("c", item, comment));
        self.put(&under("d", item, comment), &());
        let persona = self.persona_without(item, comment)?;
        self.touch(item, |row| row.persona = persona)
    }

    fn comment_row(&self, item: &ItemId, id: &CommentId) -> Result<(u64, CommentRow), Error> {
        let seq = comment_seq(id)
            .ok_or_else(|| Error::Damaged(format!("event {}: {id}", self.event.seq)))?;
        Ok((seq, self.row(&under("c", item, seq))?))
    }

    /// Returns the last comment of a persona once `deleted` is gone.
    fn persona_without(&self, item: &ItemId, deleted: u64) -> Result<Option<u64>, Error> {
        let item_row: ItemRow = self.row(&item_key(item))?;
        if item_row.persona != Some(deleted) {
            return Ok(item_row.persona);
        }
        let mut found = Ok(None);
        self.index
            .scan_back(format!("c/{item}/").as_bytes(), |key, bytes| {
                let seq = row::number(key);
                match row::parse::<CommentRow>("c", bytes) {
                    Ok(row) if row.bot && seq != deleted => found = Ok(Some(seq)),
                    Ok(_) => return true,
                    Err(error) => found = Err(error),
                }
                false
            })?;
        found
    }
}

/// Returns the key of the comment that carries an entry of `author`.
pub(super) fn entry_key(
    author: &UserId,
    key: &trail_record::Digest<trail_record::Entry>,
) -> String {
    format!("k/{author}/{}", key.hex())
}

/// Returns the time of a change: always after the one before, so that it can be seen.
fn later(before: Moment, now: Moment) -> Moment {
    now.max(Moment::from_millis(before.as_millis() + 1))
}
