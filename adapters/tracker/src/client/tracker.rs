//! The Tracker port over HTTP.

use std::time::Duration;

use async_trait::async_trait;
use reqwest::Method;
use trail_port::Tracker;
use trail_port::tracker::{
    Append, Capabilities, Change, Changes, Comment, Cursor, Error, Item, Landed, NewItem, Read,
    State, User,
};
use trail_record::{CommentId, ItemId, ItemKey, ProjectId, UserId};

use super::Client;
use crate::api::{About, Activity, ItemPatch, MadeComment, NewComment, ReadAnswer};
use crate::embedded::{Account, capabilities};

impl Client {
    async fn post_comment(&self, item: &ItemId, new: &NewComment) -> Result<MadeComment, Error> {
        let path = ["items", item.as_str(), "comments"];
        self.http
            .json(Method::POST, &path, &[], Some(new), Duration::ZERO)
            .await
    }

    async fn item_of(&self, id_or_key: &str) -> Result<Item, Error> {
        self.fetch(&["items", id_or_key], &[]).await
    }
}

#[async_trait]
impl Tracker for Client {
    fn capabilities(&self) -> Capabilities {
        capabilities()
    }

    async fn project(&self) -> Result<ProjectId, Error> {
        Ok(self.fetch::<About>(&["project"], &[]).await?.project)
    }

    async fn me(&self) -> Result<User, Error> {
        Ok(self.fetch::<Account>(&["me"], &[]).await?.user())
    }

    async fn user(&self, login_or_id: &str) -> Result<User, Error> {
        Ok(self
            .fetch::<Account>(&["users", login_or_id], &[])
            .await?
            .user())
    }

    async fn changes(&self, since: Option<&Cursor>) -> Result<Changes, Error> {
        self.changes_within(since, None, self.wait).await
    }

    async fn find(&self, key: &ItemKey) -> Result<ItemId, Error> {
        Ok(self.item_of(key.as_str()).await?.id)
    }

    async fn read(&self, item: &ItemId, since: Option<&Cursor>) -> Result<Read, Error> {
        let query: Vec<_> = since
            .map(|cursor| ("since", cursor.0.clone()))
            .into_iter()
            .collect();
        let answer: ReadAnswer = self
            .fetch(&["items", item.as_str(), "read"], &query)
            .await?;
        let ReadAnswer {
            item,
            comments,
            removed,
            complete,
            cursor,
        } = answer;
        Ok(Read {
            item,
            comments,
            removed,
            complete,
            cursor: Cursor(cursor),
        })
    }

    async fn comment(&self, item: &ItemId, id: &CommentId) -> Result<Option<Comment>, Error> {
        let path = ["items", item.as_str(), "comments", id.as_str()];
        match self.fetch(&path, &[]).await {
            Ok(comment) => Ok(Some(comment)),
            // Either the comment is gone or the item is; the second is an error.
            Err(Error::NotFound(_)) => self.item_of(item.as_str()).await.map(|_| None),
            Err(error) => Err(error),
        }
    }

    async fn history(&self, item: &ItemId) -> Result<Vec<Change>, Error> {
        let (mut changes, mut since) = (Vec::new(), 0);
        loop {
            let lines = self.activity(item, since).await?;
            let Some(last) = lines.last() else {
                return Ok(changes);
            };
            since = last.seq;
            changes.extend(lines.into_iter().filter_map(Activity::change));
        }
    }

    async fn is_member(&self, user: &UserId) -> Result<bool, Error> {
        match self.fetch::<Account>(&["users", user.as_str()], &[]).await {
            Ok(account) => Ok(account.is_member() && account.id == *user),
            Err(Error::NotFound(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }

    async fn append(&self, item: &ItemId, append: &Append) -> Result<Landed, Error> {
        let new = NewComment {
            text: append.text.clone(),
            key: Some(append.key),
            after: append.after.clone(),
        };
        let MadeComment { id, already } = self.post_comment(item, &new).await?;
        Ok(Landed { id, already })
    }

    async fn say(&self, item: &ItemId, text: &str) -> Result<CommentId, Error> {
        let new = NewComment {
            text: text.to_owned(),
            key: None,
            after: None,
        };
        Ok(self.post_comment(item, &new).await?.id)
    }

    async fn set_labels(&self, item: &ItemId, add: &[&str], remove: &[&str]) -> Result<(), Error> {
        let owned = |labels: &[&str]| labels.iter().map(|label| (*label).to_owned()).collect();
        let patch = ItemPatch {
            add_labels: owned(add),
            remove_labels: owned(remove),
            ..ItemPatch::default()
        };
        self.patch_item(item, &patch).await.map(drop)
    }

    async fn set_state(&self, item: &ItemId, state: State) -> Result<(), Error> {
        let patch = ItemPatch {
            state: Some(state),
            ..ItemPatch::default()
        };
        self.patch_item(item, &patch).await.map(drop)
    }

    async fn create(&self, item: &NewItem) -> Result<Item, Error> {
        self.http
            .json(Method::POST, &["items"], &[], Some(item), Duration::ZERO)
            .await
    }
}
