//! The port, by the parts that know how.

use async_trait::async_trait;
use trail_port::Tracker;
use trail_port::tracker::{
    Append, Capabilities, Change, Changes, Comment, Cursor, Error, Item, Landed, NewItem, Read,
    State, User,
};
use trail_record::{CommentId, ItemId, ItemKey, ProjectId, UserId};

use crate::append::MAX_COMMENT;
use crate::comment::comments;
use crate::plane::{Plane, is_uuid};

/// The cursor of every read: a read is always whole.
const WHOLE: &str = "plane:whole";

#[async_trait]
impl Tracker for Plane {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            compare_and_append: false,
            proves_authorship: false,
            max_comment: MAX_COMMENT,
        }
    }

    async fn project(&self) -> Result<ProjectId, Error> {
        Ok(ProjectId::new(self.the_project().await?.id.as_str()))
    }

    async fn me(&self) -> Result<User, Error> {
        self.read_me().await
    }

    async fn user(&self, login_or_id: &str) -> Result<User, Error> {
        self.find_user(login_or_id).await
    }

    async fn changes(&self, since: Option<&Cursor>) -> Result<Changes, Error> {
        self.feed(since).await
    }

    async fn find(&self, key: &ItemKey) -> Result<ItemId, Error> {
        self.find_item(key).await
    }

    /// Reads the comments before the item: had the item vanished in between, no comments would look
    /// like comments that were deleted.
    async fn read(&self, item: &ItemId, since: Option<&Cursor>) -> Result<Read, Error> {
        if since.is_some_and(|cursor| cursor.0 != WHOLE) {
            return Err(Error::Refused(
                "the cursor is none of Plane's reads".to_owned(),
            ));
        }
        if !is_uuid(item.as_str()) {
            return Err(Error::NotFound(format!("item {item}")));
        }
        let rows = self.settled(item).await?;
        let own = self.item(item).await?;
        Ok(Read {
            item: own,
            comments: comments(&rows),
            removed: Vec::new(),
            complete: true,
            cursor: Cursor(WHOLE.to_owned()),
        })
    }

    async fn comment(&self, item: &ItemId, id: &CommentId) -> Result<Option<Comment>, Error> {
        if !is_uuid(item.as_str()) {
            return Err(Error::NotFound(format!("item {item}")));
        }
        if !is_uuid(id.as_str()) {
            return Ok(None);
        }
        match self.settled_one(item, id).await? {
            Some(row) => Ok(Some(row.comment())),
            None => {
                self.item_is_there(item).await?;
                Ok(None)
            }
        }
    }

    async fn history(&self, item: &ItemId) -> Result<Vec<Change>, Error> {
        self.changes_of(item).await
    }

    async fn is_member(&self, user: &UserId) -> Result<bool, Error> {
        self.is_full_member(user).await
    }

    async fn append(&self, item: &ItemId, append: &Append) -> Result<Landed, Error> {
        self.append_entry(item, append).await
    }

    async fn say(&self, item: &ItemId, text: &str) -> Result<CommentId, Error> {
        self.say_text(item, text).await
    }

    async fn set_labels(&self, item: &ItemId, add: &[&str], remove: &[&str]) -> Result<(), Error> {
        self.change_labels(item, add, remove).await
    }

    async fn set_state(&self, item: &ItemId, state: State) -> Result<(), Error> {
        self.change_state(item, state).await
    }

    async fn create(&self, item: &NewItem) -> Result<Item, Error> {
        self.create_item(item).await
    }
}
