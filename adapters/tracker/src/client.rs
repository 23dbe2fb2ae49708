//! The tracker from anywhere else: the same ports over HTTP.

use std::time::Duration;

use reqwest::{Method, Url};
use secrecy::SecretString;
use serde::de::DeserializeOwned;
use trail_port::tracker::{Changes, Cursor, Error, Item};
use trail_record::{CommentId, ItemId, UserId};

use crate::api::{
    AccountPatch, Activities, Activity, ChangesAnswer, CommentPatch, ItemPatch, Items, MAX_WAIT,
    MadeAccount, MadeToken, NewAccount,
};
use crate::embedded::{Account, Role};

mod blobs;
mod http;
mod tracker;

use http::Http;

/// A client of a served tracker, with one account's token.
#[derive(Debug, Clone)]
pub struct Client {
    http: Http,
    wait: Duration,
}

impl Client {
    /// Makes a client for the tracker at `base`, such as `http://127.0.0.1:7300`.
    ///
    /// # Errors
    /// [`Error::Refused`] if `base` is no such address or the token cannot be sent.
    pub fn new(base: &str, token: &SecretString) -> Result<Self, Error> {
        Ok(Self {
            http: Http::new(base, token)?,
            wait: Duration::ZERO,
        })
    }

    /// Lets `changes` wait up to `wait` (whole seconds, at most 30) for the first change, so that
    /// polling an idle tracker costs nothing.
    #[must_use]
    pub fn waiting(mut self, wait: Duration) -> Self {
        self.wait = wait.min(Duration::from_secs(MAX_WAIT));
        self
    }

    /// Returns the address of the tracker.
    #[must_use]
    pub fn base(&self) -> &Url {
        self.http.base()
    }

    /// Asks and reads the answer as JSON.
    async fn fetch<T: DeserializeOwned>(
        &self,
        path: &[&str],
        query: &[(&str, String)],
    ) -> Result<T, Error> {
        self.http
            .json(Method::GET, path, query, None::<&()>, Duration::ZERO)
            .await
    }

    /// Names what changed since `since`, waiting up to `wait` for the first change.
    ///
    /// # Errors
    /// As the port says.
    pub async fn changes_within(
        &self,
        since: Option<&Cursor>,
        limit: Option<usize>,
        wait: Duration,
    ) -> Result<Changes, Error> {
        let wait = wait.min(Duration::from_secs(MAX_WAIT));
        let mut query = Vec::new();
        query.extend(since.map(|cursor| ("since", cursor.0.clone())));
        query.extend(limit.map(|limit| ("limit", limit.to_string())));
        if wait.as_secs() > 0 {
            query.push(("wait", wait.as_secs().to_string()));
        }
        let answer: ChangesAnswer = self
            .http
            .json(Method::GET, &["changes"], &query, None::<&()>, wait)
            .await?;
        let ChangesAnswer {
            items,
            cursor,
            more,
        } = answer;
        Ok(Changes {
            items,
            cursor: Cursor(cursor),
            more,
        })
    }

    /// Lists items, newest first, their bodies left out.
    ///
    /// # Errors
    /// As the port says.
    pub async fn items(&self, before: Option<u64>) -> Result<Items, Error> {
        let query: Vec<_> = before
            .map(|before| ("before", before.to_string()))
            .into_iter()
            .collect();
        self.fetch(&["items"], &query).await
    }

    /// Changes an item.
    ///
    /// # Errors
    /// As the port says.
    pub async fn patch_item(&self, item: &ItemId, patch: &ItemPatch) -> Result<Item, Error> {
        self.http
            .json(
                Method::PATCH,
                &["items", item.as_str()],
                &[],
                Some(patch),
                Duration::ZERO,
            )
            .await
    }

    /// Gives a comment another text: one's own, or as an admin anybody's.
    ///
    /// # Errors
    /// As the port says.
    pub async fn edit_comment(
        &self,
        item: &ItemId,
        id: &CommentId,
        text: &str,
    ) -> Result<(), Error> {
        let path = ["items", item.as_str(), "comments", id.as_str()];
        let patch = CommentPatch {
            text: text.to_owned(),
        };
        self.http.done(Method::PATCH, &path, Some(&patch)).await
    }

    /// Deletes a comment: one's own, or as an admin anybody's.
    ///
    /// # Errors
    /// As the port says.
    pub async fn delete_comment(&self, item: &ItemId, id: &CommentId) -> Result<(), Error> {
        let path = ["items", item.as_str(), "comments", id.as_str()];
        self.http.done(Method::DELETE, &path, None::<&()>).await
    }

    /// Makes an account and returns it with its token; only for admins.
    ///
    /// # Errors
    /// As the port says.
    pub async fn add_user(
        &self,
        login: &str,
        name: &str,
        role: Role,
    ) -> Result<(Account, SecretString), Error> {
        let new = NewAccount {
            login: login.to_owned(),
            name: name.to_owned(),
            role,
        };
        let made: MadeAccount = self
            .http
            .json(Method::POST, &["users"], &[], Some(&new), Duration::ZERO)
            .await?;
        Ok((made.user, made.token.into()))
    }

    /// Replaces a token: one's own, or as an admin anybody's.
    ///
    /// # Errors
    /// As the port says.
    pub async fn replace_token(&self, user: &UserId) -> Result<SecretString, Error> {
        let path = ["users", user.as_str(), "token"];
        let made: MadeToken = self
            .http
            .json(Method::POST, &path, &[], None::<&()>, Duration::ZERO)
            .await?;
        Ok(made.token.into())
    }

    /// Disables or enables an account; only for admins.
    ///
    /// # Errors
    /// As the port says.
    pub async fn set_disabled(&self, user: &UserId, disabled: bool) -> Result<Account, Error> {
        let patch = AccountPatch {
            disabled: Some(disabled),
        };
        let path = ["users", user.as_str()];
        self.http
            .json(Method::PATCH, &path, &[], Some(&patch), Duration::ZERO)
            .await
    }

    /// Returns what happened to an item after event `since`, oldest first.
    ///
    /// # Errors
    /// As the port says.
    pub async fn activity(&self, item: &ItemId, since: u64) -> Result<Vec<Activity>, Error> {
        let path = ["items", item.as_str(), "activity"];
        let answer: Activities = self.fetch(&path, &[("since", since.to_string())]).await?;
        Ok(answer.activity)
    }
}

#[cfg(test)]
mod tests;
