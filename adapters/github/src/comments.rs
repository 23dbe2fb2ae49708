//! Comments: read, appended once, said.
//!
//! The order is (`created_at`, id). GitHub sets the time when it stores a comment, nobody can change
//! it, and ids count up: whoever read a comment and then posted got a later or the same second and,
//! within it, a greater id. Both stay as they are for every reader at every time.
//!
//! The idempotency key of an entry needs no mark of its own: the envelope in the comment's
//! `trail-entry` block is the entry, and signing gives the same bytes each time. Anybody can paste
//! it, so it counts only under our own account. Should somebody have edited the words around it,
//! the entry still landed; posting again would make two.

use http::Method;
use trail_port::tracker::{Append, Comment, Error, Item, Landed};
use trail_record::{CommentId, ItemId};

use crate::failure::Failure;
use crate::name::Name;
use crate::{GitHub, name, wire};

/// The most characters of a comment. GitHub takes 65,536; the rest is a margin for how it counts.
pub(crate) const MAX_COMMENT: usize = 60_000;

/// Translates a comment.
pub(crate) fn comment_of(own: wire::Comment) -> Comment {
    let bot = own.user.as_ref().is_some_and(wire::Account::is_bot);
    Comment {
        id: name::comment(own.id),
        author: wire::id_of(own.user.as_ref()),
        text: own.body,
        created: own.created_at,
        updated: own.updated_at,
        edited: own.updated_at > own.created_at,
        backdated: false,
        program: bot || own.performed_via_github_app.is_some(),
    }
}

/// Tells whether a comment carries the entry that is to be appended.
fn carries(text: &str, append: &Append) -> bool {
    let entry = trail_item::text::envelope_of(text);
    same(text, &append.text)
        || (entry.is_some() && entry == trail_item::text::envelope_of(&append.text))
}

/// Compares texts but for what a server may do to line ends and trailing blanks.
fn same(one: &str, other: &str) -> bool {
    let lines =
        |text: &str| -> Vec<String> { text.trim_end().lines().map(str::to_owned).collect() };
    one == other || lines(one) == lines(other)
}

/// Refuses what GitHub would refuse or what nobody could read.
fn checked(text: &str) -> Result<(), Error> {
    let length = text.chars().count();
    if length > MAX_COMMENT {
        return Err(Error::Refused(format!(
            "the comment has {length} characters, {MAX_COMMENT} are allowed"
        )));
    }
    if text.trim().is_empty() {
        return Err(Error::Refused("the comment is empty".to_owned()));
    }
    Ok(())
}

impl GitHub {
    /// Lists all comments of an issue, in order, and says which page was the last; what this client
    /// posted is among them even if GitHub's list does not show it yet.
    async fn comments_of(&self, number: u64) -> Result<(Vec<wire::Comment>, String), Failure> {
        let path = self.path(&format!("/issues/{number}/comments?per_page=100"));
        let what = format!("comments of issue #{number}");
        let id = |own: &wire::Comment| own.id;
        let (mut all, last): (Vec<wire::Comment>, _) =
            self.http().list_on(&path, &what, id).await?;
        let landed = &self.inner.landed;
        for id in landed.unseen(number, |id| all.iter().any(|own| own.id == id)) {
            match self.comment_at(number, id).await? {
                Some(own) => all.push(own),
                None => landed.gone(number, id),
            }
        }
        all.sort_by_key(|own| (own.created_at, own.id));
        Ok((all, last))
    }

    /// Reads an item and all its comments.
    pub(crate) async fn read_all(&self, item: &ItemId) -> Result<(Item, Vec<Comment>), Error> {
        let issue = self.issue(item).await?;
        let (comments, _) = self.comments_of(issue.number).await?;
        let comments = comments.into_iter().map(comment_of).collect();
        Ok((self.item_of(issue).await, comments))
    }

    /// Asks for one comment of an issue by REST; none if it is gone or another issue's.
    async fn comment_at(&self, number: u64, id: u64) -> Result<Option<wire::Comment>, Failure> {
        let path = self.path(&format!("/issues/comments/{id}"));
        match self
            .http()
            .get::<wire::Comment>(&path, &format!("comment {id}"))
            .await
        {
            Ok(own) => {
                let issue = own.issue_url.rsplit('/').next();
                let here = own.id == id && issue == Some(number.to_string().as_str());
                Ok(here.then_some(own))
            }
            Err(failure) if failure.is_missing() => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    /// Reads one comment at the moment of its use: REST for what it says, GraphQL for whether it was
    /// edited. Where GraphQL is to be asked and does not answer, this fails.
    pub(crate) async fn comment_now(
        &self,
        item: &ItemId,
        id: &CommentId,
    ) -> Result<Option<Comment>, Error> {
        let issue = self.issue(item).await?;
        let Some(id) = name::digits(id.as_str()) else {
            return Ok(None);
        };
        let Some(own) = self.comment_at(issue.number, id).await? else {
            return Ok(None);
        };
        let node = own.node_id.clone();
        let mut comment = comment_of(own);
        if self.inner.settings.graphql && !comment.edited {
            match self.was_edited(&node, &comment.text).await? {
                Some(edited) => comment.edited = edited,
                // Between the two questions it was deleted.
                None => return Ok(None),
            }
        }
        Ok(Some(comment))
    }

    async fn post(&self, number: u64, text: &str) -> Result<wire::Comment, Failure> {
        let path = self.path(&format!("/issues/{number}/comments"));
        let body = serde_json::json!({"body": text});
        let what = format!("a comment on issue #{number}");
        self.write(Method::POST, &path, Some(&body), &what)
            .await?
            .json()
    }

    /// Posts a plain comment. It has no key: if the reply is lost, whether it stands is unknown.
    pub(crate) async fn say_plainly(&self, item: &ItemId, text: &str) -> Result<CommentId, Error> {
        checked(text).map_err(|error| self.unless_missing(item, error))?;
        let issue = self.issue(item).await?;
        let posted = self.post(issue.number, text).await?;
        self.inner.landed.posted(issue.number, posted.id);
        Ok(name::comment(posted.id))
    }

    /// Appends an entry's comment exactly once.
    pub(crate) async fn append_once(
        &self,
        item: &ItemId,
        append: &Append,
    ) -> Result<Landed, Error> {
        checked(&append.text).map_err(|error| self.unless_missing(item, error))?;
        let _one = self.inner.appending.lock().await;
        let issue = self.issue(item).await?;
        if let Some(after) = &append.after
            && name::digits(after.as_str()).is_none()
        {
            return Err(Error::Refused(format!(
                "{after:?} is no comment of GitHub's"
            )));
        }
        let (number, landed) = (issue.number, &self.inner.landed);
        let settle = self.http().timeouts.settle;
        if let Some(lost) = landed.settle(number, append.key) {
            // What was sent then shows up by now or was never stored.
            tokio::time::sleep_until(lost + settle).await;
        }
        let (found, last) = self.entry_in(number, append).await?;
        if let Some(id) = found {
            return Ok(Landed { id, already: true });
        }
        // Noted before, since this call may be given up while the request is on its way.
        landed.doubt(number, append.key);
        let failure = match self.post(number, &append.text).await {
            Ok(posted) => {
                landed.settle(number, append.key);
                landed.posted(number, posted.id);
                self.confirm(number, posted.id, &last).await;
                let id = name::comment(posted.id);
                return Ok(Landed { id, already: false });
            }
            Err(failure) => failure,
        };
        if !failure.is_doubt() {
            landed.settle(number, append.key);
            return Err(failure.into());
        }
        tracing::warn!(error = %failure.error, "the reply to an entry was lost; looking for it");
        for part in [8, 2] {
            tokio::time::sleep(settle / part).await;
            // Looking may fail too; the doubt is what the caller must know.
            if let Ok((Some(id), _)) = self.entry_in(number, append).await {
                landed.settle(number, append.key);
                return Ok(Landed { id, already: false });
            }
        }
        Err(failure.into())
    }

    /// Finds the comment of our own account that carries this entry, on all pages; says which page was
    /// the last.
    async fn entry_in(
        &self,
        number: u64,
        append: &Append,
    ) -> Result<(Option<CommentId>, String), Failure> {
        let me = self.account().await?.id;
        let (all, last) = self.comments_of(number).await?;
        let found = all
            .iter()
            .filter(|own| own.user.as_ref().is_some_and(|user| user.id == me))
            .find(|own| carries(&own.body, append))
            .map(|own| name::comment(own.id));
        Ok((found, last))
    }

    /// Waits until GitHub's list shows a comment on what was its last page or behind that, so that
    /// others find it too. Given up after a while: the answer to the post is the truth, and this
    /// client adds the comment itself.
    async fn confirm(&self, number: u64, id: u64, last: &str) {
        let what = format!("comments of issue #{number}");
        let settle = self.http().timeouts.settle;
        for part in [0, 16, 8, 4, 2] {
            if let Some(wait) = settle.checked_div(part) {
                tokio::time::sleep(wait).await;
            }
            let own_id = |own: &wire::Comment| own.id;
            let shown = self.http().list(last, &what, own_id).await;
            match shown {
                Ok(all) if all.iter().any(|own| own.id == id) => return,
                Ok(_) => {}
                Err(failure) => {
                    tracing::debug!(error = %failure.error, "could not look for the comment");
                    return;
                }
            }
        }
        tracing::warn!(number, id, "GitHub's list does not show the comment yet");
    }

    /// Says that an item is not there rather than what is wrong with a comment on it.
    fn unless_missing(&self, item: &ItemId, error: Error) -> Error {
        match Name::parse(item.as_str()) {
            Some(_) => error,
            None => Error::NotFound(format!("item {item:?}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use trail_record::{Digest, Moment};

    use super::*;

    fn append(text: &str) -> Append {
        Append {
            text: text.to_owned(),
            key: Digest::of(b"key"),
            after: None,
        }
    }

    #[test]
    fn an_entry_is_found_by_its_envelope_or_by_the_same_text() {
        let text = "**Trail** — plan\n\n```trail-entry\n{\"payload\":\"x\"}\n```\n";
        let other = "**Trail** — plan\n\n```trail-entry\n{\"payload\":\"y\"}\n```\n";
        for (there, found) in [
            (text.to_owned(), true),
            (text.replace('\n', "\r\n"), true),
            (text.trim_end().to_owned(), true),
            (text.replace("plan", "approved"), true),
            (other.to_owned(), false),
            ("```trail-entry\n".to_owned(), false),
            (String::new(), false),
        ] {
            assert_eq!(carries(&there, &append(text)), found, "{there:?}");
        }
        assert!(carries("entry 1", &append("entry 1")));
        assert!(!carries("entry 10", &append("entry 1")));
    }

    #[test]
    fn a_comment_says_who_wrote_it_and_whether_a_program_did() {
        let at = |second: u32| format!("2026-11-21T09:30:{second:02}Z");
        let cases = [
            (
                serde_json::json!({"id": 7, "login": "maria", "type": "User"}),
                None,
                0,
                "7",
                false,
                false,
            ),
            (
                serde_json::json!({"id": 8, "login": "x[bot]", "type": "Bot"}),
                None,
                0,
                "8",
                true,
                false,
            ),
            (
                serde_json::json!({"id": 7, "login": "maria", "type": "User"}),
                Some(serde_json::json!({"id": 3})),
                1,
                "7",
                true,
                true,
            ),
            (serde_json::Value::Null, None, 0, "ghost", false, false),
        ];
        for (user, app, second, author, program, edited) in cases {
            let own = serde_json::json!({
                "id": 1, "user": user, "body": "a\r\nb ", "performed_via_github_app": app,
                "created_at": at(0), "updated_at": at(second),
            });
            let comment = comment_of(serde_json::from_value(own).unwrap());
            assert_eq!(
                (comment.author.as_str(), comment.program, comment.edited),
                (author, program, edited)
            );
            assert_eq!(
                (comment.text.as_str(), comment.backdated),
                ("a\r\nb ", false)
            );
            assert_eq!(
                comment.created,
                "2026-11-21T09:30:00Z".parse::<Moment>().unwrap()
            );
        }
    }

    #[test]
    fn comments_that_github_would_refuse_are_not_sent() {
        assert!(checked(&"€".repeat(MAX_COMMENT)).is_ok());
        for bad in ["€".repeat(MAX_COMMENT + 1), " \n".to_owned(), String::new()] {
            assert!(matches!(checked(&bad), Err(Error::Refused(_))));
        }
    }
}
