//! Who edited what: by GraphQL, since REST shows the author with whatever text stands there now.
//!
//! Source: GitHub's GraphQL schema: `Comment.editor`, `lastEditedAt`, `includesCreatedEdit`,
//! `UpdatableComment`/`userContentEdits` and `RenamedTitleEvent`. Revisions can be erased by the
//! author and by writers; that there was one, and its editor, stay.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use trail_port::tracker::Error;
use trail_record::{Digest, Text};

use crate::failure::{self, Failure};
use crate::transport::Ask;
use crate::{GitHub, wire};

/// The most verdicts that are remembered.
const MOST: usize = 4096;
/// How long GraphQL is left alone when it says that its own limit is reached, without a time.
const WAIT: Duration = Duration::from_secs(60);

const ISSUE: &str = "query($id: ID!) { node(id: $id) { ... on Issue {
  title body lastEditedAt
  editor { ...who }
  userContentEdits(first: 100) { nodes { editor { ...who } } pageInfo { hasNextPage } }
  timelineItems(first: 100, itemTypes: [RENAMED_TITLE_EVENT]) {
    nodes { ... on RenamedTitleEvent { actor { ...who } } } pageInfo { hasNextPage }
  }
} } }
fragment who on Actor { ... on User { databaseId } ... on Bot { databaseId } }";

const COMMENT: &str = "query($id: ID!) { node(id: $id) { ... on IssueComment {
  body lastEditedAt includesCreatedEdit editor { login }
} } }";

/// Whether items' texts are proven to be their authors', as far as it was asked for: by the
/// database id of the issue, for one text each.
#[derive(Debug, Default)]
pub(crate) struct Verdicts {
    known: Mutex<HashMap<u64, (Digest<Text>, bool)>>,
}

/// Who did something; without an id if it was no user and no bot, or nobody any more.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct Actor {
    #[serde(default, rename = "databaseId")]
    id: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct List<T> {
    #[serde(default = "Vec::new")]
    nodes: Vec<Option<T>>,
    #[serde(rename = "pageInfo")]
    page: PageInfo,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
struct PageInfo {
    #[serde(rename = "hasNextPage")]
    more: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct Edit {
    #[serde(default)]
    editor: Option<Actor>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct Rename {
    #[serde(default)]
    actor: Option<Actor>,
}

/// What GraphQL tells of an issue.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Issue {
    title: String,
    #[serde(default)]
    body: Option<String>,
    #[serde(default)]
    last_edited_at: Option<String>,
    #[serde(default)]
    editor: Option<Actor>,
    #[serde(default)]
    user_content_edits: Option<List<Edit>>,
    timeline_items: List<Rename>,
}

/// What GraphQL tells of a comment.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Comment {
    body: String,
    #[serde(default)]
    last_edited_at: Option<String>,
    #[serde(default)]
    includes_created_edit: bool,
    #[serde(default)]
    editor: Option<serde_json::Value>,
}

#[derive(Debug, Deserialize)]
struct Reply<T> {
    #[serde(default = "Option::default")]
    data: Option<Data<T>>,
    #[serde(default)]
    errors: Vec<Trouble>,
}

#[derive(Debug, Deserialize)]
struct Data<T> {
    #[serde(default = "Option::default")]
    node: Option<T>,
}

#[derive(Debug, Deserialize)]
struct Trouble {
    #[serde(default, rename = "type")]
    kind: String,
    #[serde(default)]
    message: String,
}

impl GitHub {
    /// Tells whether GitHub proves that the author of an issue wrote its title and body as they are.
    /// What is not known is not proven.
    pub(crate) async fn is_unedited(&self, issue: &wire::Issue) -> bool {
        if !self.inner.settings.graphql {
            return false;
        }
        let text = text_of(issue);
        let known = &self.inner.verdicts.known;
        let locked = || known.lock().expect("no verdict is left half-made");
        if let Some((own, verdict)) = locked().get(&issue.id)
            && *own == text
        {
            return *verdict;
        }
        match self
            .node::<Issue>(ISSUE, &issue.node_id, "who edited the issue")
            .await
        {
            // The two APIs may be apart for a moment; then it is not known.
            Ok(Some(told)) if is_same_text(issue, &told) => {
                let verdict = is_proven(issue, &told);
                let mut known = locked();
                if known.len() >= MOST {
                    known.clear();
                }
                known.insert(issue.id, (text, verdict));
                verdict
            }
            Ok(_) => false,
            Err(failure) => {
                tracing::warn!(error = %failure.error, "cannot tell who edited the issue");
                false
            }
        }
    }

    /// Tells whether a comment was ever edited; none if it is gone.
    pub(crate) async fn was_edited(&self, node: &str, text: &str) -> Result<Option<bool>, Failure> {
        let what = "whether the comment was edited";
        let Some(told) = self.node::<Comment>(COMMENT, node, what).await? else {
            return Ok(None);
        };
        Ok(Some(
            told.last_edited_at.is_some()
                || told.editor.is_some()
                || told.includes_created_edit
                || lines(&told.body) != lines(text),
        ))
    }

    /// Asks GraphQL for one node; none if there is none such.
    async fn node<T: DeserializeOwned>(
        &self,
        query: &str,
        id: &str,
        what: &str,
    ) -> Result<Option<T>, Failure> {
        let body = serde_json::json!({"query": query, "variables": {"id": id}});
        let ask = Ask::query(&self.inner.checked.graphql, &body, what);
        let reply: Reply<T> = self.http().fetch(&ask).await?.json()?;
        let Some(trouble) = reply.errors.first() else {
            let data = reply
                .data
                .ok_or_else(|| Failure::doubt(format!("{what}: GraphQL answered nothing")))?;
            return Ok(data.node);
        };
        Err(Failure::of(match trouble.kind.as_str() {
            "NOT_FOUND" => return Ok(None),
            "RATE_LIMITED" | "RATE_LIMIT" => Error::RateLimited { retry_after: WAIT },
            "FORBIDDEN" | "INSUFFICIENT_SCOPES" => Error::Denied(format!(
                "{what}: {}; the token needs to read issues",
                failure::plain(&trouble.message)
            )),
            _ => Error::Doubt(format!(
                "{what}: GraphQL answered {:?}",
                failure::plain(&trouble.message)
            )),
        }))
    }
}

fn text_of(issue: &wire::Issue) -> Digest<Text> {
    let body = issue.body.as_deref().unwrap_or_default();
    Digest::of(format!("{}\n{body}", issue.title).as_bytes())
}

fn lines(text: &str) -> Vec<&str> {
    text.trim_end().lines().collect()
}

fn is_same_text(issue: &wire::Issue, told: &Issue) -> bool {
    let body = |body: &Option<String>| -> Vec<String> {
        let text = body.as_deref().unwrap_or_default();
        lines(text).into_iter().map(str::to_owned).collect()
    };
    issue.title == told.title && body(&issue.body) == body(&told.body)
}

/// Tells whether nobody but the author ever changed title or body, and the author did it in person.
fn is_proven(issue: &wire::Issue, told: &Issue) -> bool {
    let Some(author) = issue.user.as_ref().map(|own| own.id) else {
        return false;
    };
    // An app that acts in a person's name proves nothing about the person.
    if issue.performed_via_github_app.is_some() {
        return false;
    }
    let by_author = |actor: Option<&Actor>| actor.and_then(|own| own.id) == Some(author);
    if told.last_edited_at.is_some() && !by_author(told.editor.as_ref()) {
        return false;
    }
    if told.editor.is_some() && !by_author(told.editor.as_ref()) {
        return false;
    }
    let edits = match &told.user_content_edits {
        Some(edits) => {
            !edits.page.more
                && edits.nodes.iter().all(|edit| {
                    edit.as_ref()
                        .is_some_and(|own| by_author(own.editor.as_ref()))
                })
        }
        None => told.last_edited_at.is_none(),
    };
    let renames = &told.timeline_items;
    edits
        && !renames.page.more
        && renames.nodes.iter().all(|rename| {
            rename
                .as_ref()
                .is_some_and(|own| by_author(own.actor.as_ref()))
        })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn issue(user: Value, app: Value) -> wire::Issue {
        serde_json::from_value(json!({
            "id": 1, "number": 1, "title": "t", "body": "b\r\n", "state": "open", "user": user,
            "performed_via_github_app": app,
            "created_at": "2026-11-21T09:30:00Z", "updated_at": "2026-11-21T09:30:00Z",
        }))
        .unwrap()
    }

    fn told(editor: Value, edits: &[Value], renames: &[Value], more: bool) -> Issue {
        let last = if editor.is_null() && edits.is_empty() {
            Value::Null
        } else {
            json!("x")
        };
        let edits: Vec<_> = edits.iter().map(|own| json!({"editor": own})).collect();
        let renames: Vec<_> = renames.iter().map(|own| json!({"actor": own})).collect();
        serde_json::from_value(json!({
            "title": "t", "body": "b", "lastEditedAt": last, "editor": editor,
            "userContentEdits": {"nodes": edits, "pageInfo": {"hasNextPage": more}},
            "timelineItems": {"nodes": renames, "pageInfo": {"hasNextPage": false}},
        }))
        .unwrap()
    }

    #[test]
    fn only_what_the_author_alone_has_touched_is_proven() {
        let own = || json!({"databaseId": 7});
        let other = || json!({"databaseId": 8});
        let none = Value::Null;
        let maria = issue(json!({"id": 7, "login": "maria"}), none.clone());
        assert!(is_same_text(&maria, &told(none.clone(), &[], &[], false)));
        for (n, (told, proven)) in [
            (told(none.clone(), &[], &[], false), true),
            (told(own(), &[own(), own()], &[own()], false), true),
            (told(other(), &[own(), other()], &[], false), false),
            // The last editor is the author again, but somebody else was there before.
            (told(own(), &[own(), other(), own()], &[], false), false),
            (told(own(), &[own()], &[other()], false), false),
            (
                told(own(), &[own()], std::slice::from_ref(&none), false),
                false,
            ),
            (
                told(none.clone(), std::slice::from_ref(&none), &[], false),
                false,
            ),
            (told(own(), &[json!({})], &[], false), false),
            (told(own(), &[own()], &[], true), false),
        ]
        .into_iter()
        .enumerate()
        {
            assert_eq!(is_proven(&maria, &told), proven, "case {n}");
        }
        let untouched = told(none.clone(), &[], &[], false);
        assert!(!is_proven(&issue(none.clone(), none), &untouched), "ghost");
        let by_app = issue(json!({"id": 7, "login": "maria"}), json!({"id": 3}));
        assert!(!is_proven(&by_app, &untouched), "an app in a person's name");
    }
}
