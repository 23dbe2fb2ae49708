//! A tracker with the weaknesses of others, around one without: it lets times be set by hand, says
//! that programs wrote comments, moves comments to other authors, loses items and members, and counts
//! what it is asked.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use trail_port::Tracker;
use trail_port::tracker::{
    Append, Capabilities, Change, Changes, Comment, Cursor, Error, Item, Landed, NewItem, Read,
    State, User,
};
use trail_record::{CommentId, ItemId, ItemKey, ProjectId, UserId};

/// What is wrong with the tracker now; all clients share it.
#[derive(Debug, Default, Clone)]
pub struct Weakness {
    /// Comments whose time was set by hand.
    pub backdated: BTreeSet<CommentId>,
    /// Comments that programs wrote.
    pub programs: BTreeSet<CommentId>,
    /// Comments that now stand under another account.
    pub moved: BTreeMap<CommentId, UserId>,
    /// Items that are gone.
    pub gone: BTreeSet<ItemId>,
    /// Accounts that are no members any more.
    pub left: BTreeSet<UserId>,
    /// How many questions about members are not answered.
    pub silent: u32,
    /// Whether reads always give all comments, and there is no compare-and-append.
    pub whole: bool,
    /// How often each kind of request was made.
    pub asked: BTreeMap<&'static str, u32>,
}

/// A [`Tracker`] with a [`Weakness`].
#[derive(Clone)]
pub struct Weak {
    inner: Arc<dyn Tracker>,
    weakness: Arc<Mutex<Weakness>>,
}

impl Weak {
    /// Wraps `inner`; clients that share `weakness` are clients of one tracker.
    #[must_use]
    pub fn new(inner: Arc<dyn Tracker>, weakness: &Arc<Mutex<Weakness>>) -> Self {
        Self {
            inner,
            weakness: Arc::clone(weakness),
        }
    }

    fn weakness(&self) -> std::sync::MutexGuard<'_, Weakness> {
        self.weakness.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn count(&self, what: &'static str) {
        *self.weakness().asked.entry(what).or_default() += 1;
    }

    fn is_there(&self, item: &ItemId) -> Result<(), Error> {
        if self.weakness().gone.contains(item) {
            return Err(Error::NotFound(item.to_string()));
        }
        Ok(())
    }

    fn weaken(&self, mut comment: Comment) -> Comment {
        let weakness = self.weakness();
        comment.backdated |= weakness.backdated.contains(&comment.id);
        comment.program |= weakness.programs.contains(&comment.id);
        if let Some(author) = weakness.moved.get(&comment.id) {
            comment.author = author.clone();
        }
        comment
    }
}

#[async_trait]
impl Tracker for Weak {
    fn capabilities(&self) -> Capabilities {
        let whole = self.weakness().whole;
        let inner = self.inner.capabilities();
        Capabilities {
            compare_and_append: inner.compare_and_append && !whole,
            ..inner
        }
    }

    async fn project(&self) -> Result<ProjectId, Error> {
        self.inner.project().await
    }

    async fn me(&self) -> Result<User, Error> {
        self.inner.me().await
    }

    async fn user(&self, login_or_id: &str) -> Result<User, Error> {
        self.count("user");
        self.inner.user(login_or_id).await
    }

    async fn changes(&self, since: Option<&Cursor>) -> Result<Changes, Error> {
        self.count("changes");
        self.inner.changes(since).await
    }

    async fn find(&self, key: &ItemKey) -> Result<ItemId, Error> {
        self.count("find");
        self.inner.find(key).await
    }

    async fn read(&self, item: &ItemId, since: Option<&Cursor>) -> Result<Read, Error> {
        self.count("read");
        self.is_there(item)?;
        let since = since.filter(|_| !self.weakness().whole);
        let mut read = self.inner.read(item, since).await?;
        read.comments = read
            .comments
            .into_iter()
            .map(|own| self.weaken(own))
            .collect();
        Ok(read)
    }

    async fn comment(&self, item: &ItemId, id: &CommentId) -> Result<Option<Comment>, Error> {
        self.count("comment");
        self.is_there(item)?;
        let comment = self.inner.comment(item, id).await?;
        Ok(comment.map(|own| self.weaken(own)))
    }

    async fn history(&self, item: &ItemId) -> Result<Vec<Change>, Error> {
        self.count("history");
        self.inner.history(item).await
    }

    async fn is_member(&self, user: &UserId) -> Result<bool, Error> {
        self.count("is_member");
        {
            let mut weakness = self.weakness();
            if weakness.silent > 0 {
                weakness.silent -= 1;
                return Err(Error::Doubt("no answer".to_owned()));
            }
            if weakness.left.contains(user) {
                return Ok(false);
            }
        }
        self.inner.is_member(user).await
    }

    async fn append(&self, item: &ItemId, append: &Append) -> Result<Landed, Error> {
        self.count("append");
        self.is_there(item)?;
        let mut append = append.clone();
        if self.weakness().whole {
            // What the embedded tracker would compare with: what is there now.
            let read = self.inner.read(item, None).await?;
            append.after = read.comments.last().map(|own| own.id.clone());
        }
        self.inner.append(item, &append).await
    }

    async fn say(&self, item: &ItemId, text: &str) -> Result<CommentId, Error> {
        self.count("say");
        self.inner.say(item, text).await
    }

    async fn set_labels(&self, item: &ItemId, add: &[&str], remove: &[&str]) -> Result<(), Error> {
        self.count("set_labels");
        self.inner.set_labels(item, add, remove).await
    }

    async fn set_state(&self, item: &ItemId, state: State) -> Result<(), Error> {
        self.count("set_state");
        self.inner.set_state(item, state).await
    }

    async fn create(&self, item: &NewItem) -> Result<Item, Error> {
        self.count("create");
        self.inner.create(item).await
    }
}
