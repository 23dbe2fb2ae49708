//! One account's place at the embedded tracker, in the same process.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use trail_port::Tracker;
use trail_port::tracker::{
    self, Append, Capabilities, Change, Changes, Comment, Cursor, Item, Landed, NewItem, Read,
    State, User,
};
use trail_record::{CommentId, ItemId, ItemKey, ProjectId, UserId};

use super::feed::PAGE;
use super::items::Filter;
use super::row::{Account, Role};
use super::users::NewToken;
use super::{Core, Error};
use crate::api::{Activity, ItemPatch, Items, MAX_COMMENT, MAX_WAIT};

/// What shows who somebody is; looked at anew for each thing they do.
#[derive(Debug, Clone)]
pub(super) enum Pass {
    User(UserId),
    /// By the digest of a token.
    Token(String),
}

/// One account's place at the embedded tracker.
#[derive(Debug, Clone)]
pub struct Seat {
    core: Arc<Core>,
    pass: Pass,
}

/// Returns what the embedded tracker can do.
pub(crate) const fn capabilities() -> Capabilities {
    Capabilities {
        compare_and_append: true,
        proves_authorship: true,
        max_comment: MAX_COMMENT,
    }
}

impl Seat {
    pub(super) const fn new(core: Arc<Core>, pass: Pass) -> Self {
        Self { core, pass }
    }

    /// Does something that waits for the disk, as this account, off the async threads.
    async fn run<T: Send + 'static>(
        &self,
        act: impl FnOnce(&Core, &Account) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let (core, pass) = (Arc::clone(&self.core), self.pass.clone());
        let acted = tokio::task::spawn_blocking(move || {
            let account = match pass {
                Pass::User(id) => core.active(&id),
                Pass::Token(digest) => core.by_token(&digest),
            }?;
            act(&core, &account)
        });
        acted
            .await
            .map_err(|error| Error::Damaged(format!("the tracker panicked: {error}")))?
    }

    /// Returns the account.
    pub(crate) async fn account(&self) -> Result<Account, Error> {
        self.run(|_, account| Ok(account.clone())).await
    }

    /// Returns the account with this id or login.
    pub(crate) async fn account_of(&self, login_or_id: String) -> Result<Account, Error> {
        self.run(move |core, _| core.account(&login_or_id)).await
    }

    /// Returns all accounts.
    ///
    /// # Errors
    /// If this account is disabled or the index fails.
    pub async fn users(&self) -> Result<Vec<Account>, Error> {
        self.run(|core, _| core.users()).await
    }

    /// Makes an account; only for admins.
    ///
    /// # Errors
    /// If this is no admin, or the login is taken or malformed.
    pub async fn add_user(
        &self,
        login: &str,
        name: &str,
        role: Role,
    ) -> Result<(Account, NewToken), Error> {
        let (login, name) = (login.to_owned(), name.to_owned());
        self.run(move |core, by| core.add_user(Some(by), &login, &name, role))
            .await
    }

    /// Replaces a token: one's own, or as an admin anybody's.
    ///
    /// # Errors
    /// If this account may not, or there is no such other.
    pub async fn replace_token(&self, login_or_id: &str) -> Result<NewToken, Error> {
        let login_or_id = login_or_id.to_owned();
        self.run(move |core, by| core.replace_token(Some(by), &login_or_id))
            .await
    }

    /// Disables or enables an account; only for admins.
    ///
    /// # Errors
    /// If this is no admin, or there is no such account.
    pub async fn set_disabled(&self, login_or_id: &str, disabled: bool) -> Result<Account, Error> {
        let login_or_id = login_or_id.to_owned();
        self.run(move |core, by| core.set_disabled(by, &login_or_id, disabled))
            .await
    }

    /// Returns the id of the item with this id or key.
    pub(crate) async fn find_any(&self, id_or_key: String) -> Result<ItemId, Error> {
        self.run(move |core, _| core.find(&id_or_key)).await
    }

    /// Returns an item.
    pub(crate) async fn item(&self, item: ItemId) -> Result<Item, Error> {
        self.run(move |core, _| core.item(&item)).await
    }

    /// Lists items, newest first.
    pub(crate) async fn items(&self, filter: Filter) -> Result<Items, Error> {
        self.run(move |core, _| core.items(&filter)).await
    }

    pub(crate) async fn create_item(&self, new: NewItem) -> Result<Item, Error> {
        self.run(move |core, by| core.create(by, &new)).await
    }

    /// Changes an item.
    ///
    /// # Errors
    /// If this account may not, there is no such item or a new value is malformed.
    pub async fn patch_item(&self, item: &ItemId, patch: &ItemPatch) -> Result<(), Error> {
        let (item, patch) = (item.clone(), patch.clone());
        self.run(move |core, by| core.patch(by, &item, &patch))
            .await
    }

    pub(crate) async fn say_to(&self, item: ItemId, text: String) -> Result<CommentId, Error> {
        self.run(move |core, by| core.say(by, &item, &text)).await
    }

    pub(crate) async fn append_to(&self, item: ItemId, append: Append) -> Result<Landed, Error> {
        self.run(move |core, by| core.append(by, &item, &append))
            .await
    }

    pub(crate) async fn comment_of(
        &self,
        item: ItemId,
        id: CommentId,
    ) -> Result<Option<Comment>, Error> {
        self.run(move |core, _| core.comment(&item, &id)).await
    }

    /// Gives a comment another text: one's own, or as an admin anybody's.
    ///
    /// # Errors
    /// If this account may not, or there is no such comment.
    pub async fn edit_comment(
        &self,
        item: &ItemId,
        id: &CommentId,
        text: &str,
    ) -> Result<(), Error> {
        let (item, id, text) = (item.clone(), id.clone(), text.to_owned());
        self.run(move |core, by| core.edit_comment(by, &item, &id, &text))
            .await
    }

    /// Deletes a comment: one's own, or as an admin anybody's.
    ///
    /// # Errors
    /// If this account may not, or there is no such comment.
    pub async fn delete_comment(&self, item: &ItemId, id: &CommentId) -> Result<(), Error> {
        let (item, id) = (item.clone(), id.clone());
        self.run(move |core, by| core.delete_comment(by, &item, &id))
            .await
    }

    pub(crate) async fn read_since(
        &self,
        item: ItemId,
        since: Option<Cursor>,
    ) -> Result<Read, Error> {
        self.run(move |core, _| core.read(&item, since.as_ref()))
            .await
    }

    /// Names what changed since `since`, waiting up to `wait` (at most 30 s) for the first change.
    ///
    /// # Errors
    /// If this account is disabled or the cursor is malformed.
    pub async fn changes_within(
        &self,
        since: Option<&Cursor>,
        limit: Option<usize>,
        wait: Duration,
    ) -> Result<Changes, Error> {
        let mut changed = self.core.changed.subscribe();
        let until = tokio::time::Instant::now() + wait.min(Duration::from_secs(MAX_WAIT));
        loop {
            // Seen before it is read, so that a change after the read wakes this up.
            changed.borrow_and_update();
            let (since, limit) = (since.cloned(), limit.unwrap_or(PAGE));
            let found = self
                .run(move |core, _| core.changes(since.as_ref(), limit))
                .await?;
            if !found.items.is_empty() {
                return Ok(found);
            }
            match tokio::time::timeout_at(until, changed.changed()).await {
                Ok(Ok(())) => {}
                Ok(Err(_)) | Err(_) => return Ok(found),
            }
        }
    }

    /// Returns what happened after event `since`, to one item or at all, oldest first. What is not
    /// about items is for admins.
    ///
    /// # Errors
    /// If this account may not, or there is no such item.
    pub async fn activity(
        &self,
        item: Option<&ItemId>,
        since: u64,
        limit: Option<usize>,
    ) -> Result<Vec<Activity>, Error> {
        let item = item.cloned();
        self.run(move |core, by| {
            if item.is_none() {
                super::rules::admin(by, "read the whole activity log")?;
            }
            core.activity(item.as_ref(), since, limit.unwrap_or(PAGE))
        })
        .await
    }
}

#[async_trait]
impl Tracker for Seat {
    fn capabilities(&self) -> Capabilities {
        capabilities()
    }

    async fn project(&self) -> Result<ProjectId, tracker::Error> {
        Ok(self.run(|core, _| Ok(core.head().project)).await?)
    }

    async fn me(&self) -> Result<User, tracker::Error> {
        Ok(self.account().await?.user())
    }

    async fn user(&self, login_or_id: &str) -> Result<User, tracker::Error> {
        Ok(self.account_of(login_or_id.to_owned()).await?.user())
    }

    async fn changes(&self, since: Option<&Cursor>) -> Result<Changes, tracker::Error> {
        Ok(self.changes_within(since, None, Duration::ZERO).await?)
    }

    async fn find(&self, key: &ItemKey) -> Result<ItemId, tracker::Error> {
        Ok(self.find_any(key.to_string()).await?)
    }

    async fn read(&self, item: &ItemId, since: Option<&Cursor>) -> Result<Read, tracker::Error> {
        Ok(self.read_since(item.clone(), since.cloned()).await?)
    }

    async fn comment(
        &self,
        item: &ItemId,
        id: &CommentId,
    ) -> Result<Option<Comment>, tracker::Error> {
        Ok(self.comment_of(item.clone(), id.clone()).await?)
    }

    async fn history(&self, item: &ItemId) -> Result<Vec<Change>, tracker::Error> {
        let (mut changes, mut since) = (Vec::new(), 0);
        loop {
            let lines = self.activity(Some(item), since, None).await?;
            let Some(last) = lines.last() else {
                return Ok(changes);
            };
            since = last.seq;
            changes.extend(lines.into_iter().filter_map(Activity::change));
        }
    }

    async fn is_member(&self, user: &UserId) -> Result<bool, tracker::Error> {
        match self.account_of(user.to_string()).await {
            Ok(account) => Ok(account.is_member() && account.id == *user),
            Err(Error::NotFound(_)) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    async fn append(&self, item: &ItemId, append: &Append) -> Result<Landed, tracker::Error> {
        Ok(self.append_to(item.clone(), append.clone()).await?)
    }

    async fn say(&self, item: &ItemId, text: &str) -> Result<CommentId, tracker::Error> {
        Ok(self.say_to(item.clone(), text.to_owned()).await?)
    }

    async fn set_labels(
        &self,
        item: &ItemId,
        add: &[&str],
        remove: &[&str],
    ) -> Result<(), tracker::Error> {
        let owned = |labels: &[&str]| labels.iter().map(|label| (*label).to_owned()).collect();
        let patch = ItemPatch {
            add_labels: owned(add),
            remove_labels: owned(remove),
            ..ItemPatch::default()
        };
        Ok(self.patch_item(item, &patch).await?)
    }

    async fn set_state(&self, item: &ItemId, state: State) -> Result<(), tracker::Error> {
        let patch = ItemPatch {
            state: Some(state),
            ..ItemPatch::default()
        };
        Ok(self.patch_item(item, &patch).await?)
    }

    async fn create(&self, item: &NewItem) -> Result<Item, tracker::Error> {
        Ok(self.create_item(item.clone()).await?)
    }
}
