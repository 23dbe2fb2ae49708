//! The two ports, in terms of what the other files do.

use async_trait::async_trait;
use trail_port::forge::{Forge, NewPullRequest, Opened};
use trail_port::tracker::{
    Append, Capabilities, Change, Changes, Comment, Cursor, Error, Item, Landed, NewItem, Read,
    State, Tracker, User,
};
use trail_record::{CommentId, ItemId, ItemKey, ProjectId, UserId};

use crate::{GitHub, comments, feed};

#[async_trait]
impl Tracker for GitHub {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            // Comments have no condition: who came first is decided by the chain's own rules.
            compare_and_append: false,
            proves_authorship: self.inner.settings.graphql,
            max_comment: comments::MAX_COMMENT,
        }
    }

    /// The repository by its database id, which stays when it is renamed or moved.
    async fn project(&self) -> Result<ProjectId, Error> {
        Ok(ProjectId::new(format!(
            "github:{}",
            self.repository().await?.id
        )))
    }

    async fn me(&self) -> Result<User, Error> {
        Ok(self.who().await?.user())
    }

    async fn user(&self, login_or_id: &str) -> Result<User, Error> {
        self.find_user(login_or_id).await
    }

    async fn changes(&self, since: Option<&Cursor>) -> Result<Changes, Error> {
        self.changed(since).await
    }

    async fn find(&self, key: &ItemKey) -> Result<ItemId, Error> {
        self.find_item(key).await
    }

    /// Always the whole: GitHub does not tell what was deleted. What has not changed since the last
    /// read by this client is not sent again.
    async fn read(&self, item: &ItemId, since: Option<&Cursor>) -> Result<Read, Error> {
        if let Some(cursor) = since {
            feed::check_read(cursor)?;
        }
        let (item, comments) = self.read_all(item).await?;
        Ok(Read {
            cursor: feed::after_read(item.updated),
            item,
            comments,
            removed: Vec::new(),
            complete: true,
        })
    }

    async fn comment(&self, item: &ItemId, id: &CommentId) -> Result<Option<Comment>, Error> {
        self.comment_now(item, id).await
    }

    async fn history(&self, item: &ItemId) -> Result<Vec<Change>, Error> {
        self.events(item).await
    }

    async fn is_member(&self, user: &UserId) -> Result<bool, Error> {
        self.belongs(user).await
    }

    async fn append(&self, item: &ItemId, append: &Append) -> Result<Landed, Error> {
        self.append_once(item, append).await
    }

    async fn say(&self, item: &ItemId, text: &str) -> Result<CommentId, Error> {
        self.say_plainly(item, text).await
    }

    async fn set_labels(&self, item: &ItemId, add: &[&str], remove: &[&str]) -> Result<(), Error> {
        let issue = self.issue(item).await?;
        Ok(self.relabel(&issue, add, remove).await?)
    }

    async fn set_state(&self, item: &ItemId, state: State) -> Result<(), Error> {
        self.show(item, state).await
    }

    async fn create(&self, item: &NewItem) -> Result<Item, Error> {
        self.file(item).await
    }
}

#[async_trait]
impl Forge for GitHub {
    async fn open(&self, new: &NewPullRequest) -> Result<Opened, Error> {
        self.open_once(new).await
    }
}
