//! Appending: once, however often it is asked for and whatever answers are lost.
//!
//! Plane keeps `(external_source, external_id)` apart within the project, by a look before the
//! insertion: two at the same time may both be stored, a deleted comment's id is free again, and
//! anybody may take or change one. So an id that is taken is a reason to look, never a success: the
//! comment there must be this author's, untouched, with these very bytes.

use std::hash::{DefaultHasher, Hash, Hasher};

use reqwest::{Method, StatusCode};
use serde::Serialize;
use tracing::warn;
use trail_port::tracker::{Append, Error, Landed};
use trail_record::{CommentId, ItemId};

use crate::comment::{Row, SOURCE};
use crate::html::carry;
use crate::html::render::Form;
use crate::http::Failed;
use crate::plane::{Plane, is_uuid};
use crate::time::micros;
use crate::wire;

/// The most characters a comment may have. Plane itself has no limit but that of a request's size,
/// and shows long comments badly.
pub(crate) const MAX_COMMENT: usize = 60_000;

/// How many appended comments are remembered.
const MAX_REMEMBERED: usize = 256;

/// What is posted; times and authors are never sent.
#[derive(Serialize)]
struct Post<'a> {
    comment_html: &'a str,
    external_source: &'a str,
    external_id: &'a str,
}

/// What Plane answers to a post. Its author is not to be believed.
#[derive(serde::Deserialize)]
struct Posted {
    id: String,
    created_at: String,
}

impl Plane {
    /// Appends an entry's comment.
    pub(crate) async fn append_entry(
        &self,
        item: &ItemId,
        append: &Append,
    ) -> Result<Landed, Error> {
        self.checked(item, &append.text)?;
        if let Some(after) = append.after.as_ref().filter(|id| !is_uuid(id.as_str())) {
            return Err(Error::Refused(format!("Plane has no comment {after}")));
        }
        let html = carry::write(&append.text, Form::Comment);
        let key = append.key.to_string();
        // Calls for one entry go one after the other, so that Plane's look before the insertion is
        // enough within this process.
        let mut hasher = DefaultHasher::new();
        (item, &key).hash(&mut hasher);
        let stripes = self.inner.appending.len() as u64;
        let stripe = usize::try_from(hasher.finish() % stripes).expect("there are few stripes");
        let _one_at_a_time = self.inner.appending[stripe].lock().await;
        let landed = match self.post(item, &html, &key).await {
            Ok(posted) => self.landed(item, &html, posted).await,
            Err(failed) if failed.status() == Some(StatusCode::CONFLICT) => {
                self.taken(item, &html, &key, failed).await
            }
            Err(failed) => self.doubtful(item, &html, failed).await,
        }?;
        Ok(self.remembered(landed))
    }

    /// Notes what landed. Found after a lost answer, it may be that of an earlier call.
    fn remembered(&self, mut landed: Landed) -> Landed {
        let mut last = self.inner.landed.lock().expect("no list is left half-made");
        if last.iter().any(|id| id == landed.id.as_str()) {
            landed.already = true;
        } else {
            last.push_back(landed.id.to_string());
            if last.len() > MAX_REMEMBERED {
                last.pop_front();
            }
        }
        landed
    }

    /// Posts a plain comment.
    pub(crate) async fn say_text(&self, item: &ItemId, text: &str) -> Result<CommentId, Error> {
        self.checked(item, text)?;
        let html = carry::write(text, Form::Comment);
        // Its own id tells it from all others that say the same, should the answer be lost.
        let id = format!("say-{}", nonce()?);
        match self.post(item, &html, &id).await {
            Ok(posted) => Ok(CommentId::new(posted.id)),
            Err(failed) => {
                if failed.may_be_done() {
                    let me = self.account().await?.id.as_str();
                    let rows = self.settled(item).await?;
                    let said = |row: &Row| row.actor == me && row.external_id == id;
                    if let Some(row) = rows.into_iter().find(said) {
                        return Ok(CommentId::new(row.id));
                    }
                }
                Err(self.meaning(item, failed).await)
            }
        }
    }

    /// Refuses what cannot be a comment, before anything is sent.
    fn checked(&self, item: &ItemId, text: &str) -> Result<(), Error> {
        if !is_uuid(item.as_str()) {
            return Err(Error::NotFound(format!("item {item}")));
        }
        if text.trim().is_empty() {
            return Err(Error::Refused("an empty comment says nothing".to_owned()));
        }
        let length = text.chars().count();
        if length > MAX_COMMENT {
            return Err(Error::Refused(format!(
                "the comment has {length} characters, at most {MAX_COMMENT} are taken"
            )));
        }
        Ok(())
    }

    async fn post(&self, item: &ItemId, html: &str, id: &str) -> Result<Posted, Failed> {
        let path = self.comments_path(item).await.map_err(Failed::Unsent)?;
        let post = Post {
            comment_html: html,
            external_source: SOURCE,
            external_id: id,
        };
        self.http().put(Method::POST, &path, &post).await
    }

    /// Waits until a comment that was stored stands in its final place for everybody.
    async fn landed(&self, item: &ItemId, html: &str, posted: Posted) -> Result<Landed, Error> {
        let created = micros(&posted.created_at)?;
        let rows = self.settled_with(item, &posted.id, Some(created)).await?;
        // Another process of this account may have appended the same: readers take the first.
        let first = self.first(&rows, html).await?.unwrap_or(&posted.id);
        Ok(Landed {
            already: first != posted.id,
            id: CommentId::new(first),
        })
    }

    /// The key is taken: by this entry, or by somebody else's doing.
    async fn taken(
        &self,
        item: &ItemId,
        html: &str,
        key: &str,
        failed: Failed,
    ) -> Result<Landed, Error> {
        let rows = self.settled(item).await?;
        if let Some(first) = self.first(&rows, html).await? {
            return Ok(Landed {
                id: CommentId::new(first),
                already: true,
            });
        }
        let at = match failed {
            Failed::Status(refusal) => refusal.id.unwrap_or_default(),
            Failed::Cut(_) | Failed::Unsent(_) => String::new(),
        };
        warn!(
            %item, key, at,
            "the entry's key is taken by a comment that is not this entry as it was written; \
             appending it under another"
        );
        let other = format!("{key}-{}", nonce()?);
        match self.post(item, html, &other).await {
            Ok(posted) => self.landed(item, html, posted).await,
            Err(failed) => self.doubtful(item, html, failed).await,
        }
    }

    /// Looks whether a comment was stored of which the answer says no, or nothing.
    async fn doubtful(&self, item: &ItemId, html: &str, failed: Failed) -> Result<Landed, Error> {
        if failed.may_be_done() {
            let rows = self.settled(item).await?;
            if let Some(first) = self.first(&rows, html).await? {
                return Ok(Landed {
                    id: CommentId::new(first),
                    already: false,
                });
            }
        }
        Err(self.meaning(item, failed).await)
    }

    /// Returns what a failed post means. Plane answers to one on an item that is not there as to one
    /// whose body is malformed.
    async fn meaning(&self, item: &ItemId, failed: Failed) -> Error {
        let what = format!("item {item}");
        if failed.status() == Some(StatusCode::BAD_REQUEST)
            && let Err(error) = self.item_is_there(item).await
        {
            return error;
        }
        failed.into_error(&what)
    }

    /// Fails with [`Error::NotFound`] if there is no such item.
    pub(crate) async fn item_is_there(&self, item: &ItemId) -> Result<(), Error> {
        let path = self.in_project(&["work-items", item.as_str()]).await?;
        let answer = self
            .http()
            .get::<wire::Made>(&path, &[("fields", "id")])
            .await;
        answer
            .map(drop)
            .map_err(|failed| failed.into_error(&format!("item {item}")))
    }

    /// Returns the first of the sorted rows that is this entry by this account, untouched.
    async fn first<'a>(&self, rows: &'a [Row], html: &str) -> Result<Option<&'a str>, Error> {
        let me = self.account().await?.id.as_str();
        let found = rows
            .iter()
            .find(|row| row.actor == me && row.html == html && !row.edited && !row.backdated());
        Ok(found.map(|row| row.id.as_str()))
    }
}

/// Returns 16 random hexadecimal digits.
pub(crate) fn nonce() -> Result<String, Error> {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes)
        .map_err(|error| Error::Refused(format!("there is no randomness to be had: {error}")))?;
    Ok(hex::encode(bytes))
}
