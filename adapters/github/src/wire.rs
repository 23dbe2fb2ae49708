//! What GitHub answers, as far as Trail reads it.
//!
//! Own structures, since octocrab's are too narrow: a deleted account is `null` (`user`), a comment
//! has `performed_via_github_app`, an issue of another version has fields more or less. Unknown
//! fields are left alone. Source: the OpenAPI description of GitHub's REST API, version 2022-11-28.

use serde::{Deserialize, Deserializer};
use trail_port::tracker::User;
use trail_record::{Moment, UserId};

use crate::name;

/// An account.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Account {
    pub(crate) id: u64,
    pub(crate) login: String,
    #[serde(default)]
    pub(crate) name: Option<String>,
    #[serde(default, rename = "type")]
    pub(crate) kind: String,
}

impl Account {
    /// Tells whether GitHub says that a program uses the account.
    pub(crate) fn is_bot(&self) -> bool {
        self.kind == "Bot"
    }

    pub(crate) fn user(self) -> User {
        User {
            id: name::user(self.id),
            bot: self.is_bot(),
            name: self
                .name
                .filter(|own| !own.trim().is_empty())
                .unwrap_or_else(|| self.login.clone()),
            login: self.login,
        }
    }
}

/// Returns the id of an account, also of one that was deleted.
pub(crate) fn id_of(account: Option<&Account>) -> UserId {
    account.map_or_else(|| UserId::new(name::GHOST), |own| name::user(own.id))
}

/// Anything that is or is not there; what it is does not matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(from = "serde::de::IgnoredAny")]
pub(crate) struct Something;

impl From<serde::de::IgnoredAny> for Something {
    fn from(_: serde::de::IgnoredAny) -> Self {
        Self
    }
}

/// A label: an object, in some old answers only its name.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub(crate) enum Label {
    Object {
        #[serde(default)]
        name: Option<String>,
    },
    Name(String),
}

impl Label {
    pub(crate) fn name(self) -> Option<String> {
        match self {
            Self::Object { name } => name,
            Self::Name(name) => Some(name),
        }
    }
}

/// An issue; a pull request too, told by `pull_request`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Issue {
    pub(crate) id: u64,
    pub(crate) number: u64,
    #[serde(default)]
    pub(crate) node_id: String,
    pub(crate) title: String,
    #[serde(default)]
    pub(crate) body: Option<String>,
    #[serde(default)]
    pub(crate) user: Option<Account>,
    pub(crate) state: String,
    #[serde(default)]
    pub(crate) state_reason: Option<String>,
    #[serde(default)]
    pub(crate) labels: Vec<Label>,
    #[serde(default)]
    pub(crate) pull_request: Option<Something>,
    #[serde(default)]
    pub(crate) performed_via_github_app: Option<Something>,
    #[serde(default)]
    pub(crate) repository_url: String,
    #[serde(default, rename = "type")]
    pub(crate) kind: Option<Kind>,
    pub(crate) created_at: Moment,
    pub(crate) updated_at: Moment,
}

impl Issue {
    pub(crate) const fn name(&self) -> name::Name {
        name::Name {
            number: self.number,
            id: self.id,
        }
    }
}

/// The type of an issue, where an organisation uses types.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Kind {
    #[serde(default)]
    pub(crate) name: Option<String>,
}

/// What the list of issues says of one, without its text.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Row {
    pub(crate) id: u64,
    pub(crate) number: u64,
    #[serde(default)]
    pub(crate) comments: u64,
    #[serde(default)]
    pub(crate) pull_request: Option<Something>,
    pub(crate) updated_at: Moment,
}

/// A comment.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Comment {
    pub(crate) id: u64,
    #[serde(default)]
    pub(crate) node_id: String,
    #[serde(default)]
    pub(crate) user: Option<Account>,
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) body: String,
    #[serde(default)]
    pub(crate) performed_via_github_app: Option<Something>,
    #[serde(default)]
    pub(crate) issue_url: String,
    pub(crate) created_at: Moment,
    pub(crate) updated_at: Moment,
}

/// A repository.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Repository {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) full_name: String,
    pub(crate) owner: Account,
    #[serde(default)]
    pub(crate) private: bool,
    #[serde(default)]
    pub(crate) archived: bool,
    #[serde(default)]
    pub(crate) has_issues: bool,
    #[serde(default)]
    pub(crate) default_branch: String,
    #[serde(default)]
    pub(crate) permissions: Option<Roles>,
}

/// What an account's role in a repository lets it do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
pub(crate) struct Roles {
    #[serde(default)]
    pub(crate) admin: bool,
    #[serde(default)]
    pub(crate) maintain: bool,
    #[serde(default)]
    pub(crate) push: bool,
    #[serde(default)]
    pub(crate) triage: bool,
    #[serde(default)]
    pub(crate) pull: bool,
}

/// The answer to who may do what.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Collaborator {
    #[serde(default)]
    pub(crate) permission: String,
    #[serde(default)]
    pub(crate) role_name: String,
    #[serde(default)]
    pub(crate) user: Option<Account>,
}

/// A pull request.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Pull {
    pub(crate) number: u64,
    pub(crate) html_url: String,
    pub(crate) state: String,
    #[serde(default)]
    pub(crate) merged_at: Option<Moment>,
    #[serde(default)]
    pub(crate) user: Option<Account>,
    pub(crate) head: End,
    pub(crate) base: End,
}

/// One end of a pull request.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct End {
    #[serde(rename = "ref")]
    pub(crate) branch: String,
    pub(crate) sha: String,
    #[serde(default)]
    pub(crate) repo: Option<Owned>,
}

/// The repository of one end of a pull request.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Owned {
    pub(crate) id: u64,
}

/// A git reference.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Reference {
    pub(crate) object: Object,
}

/// What a reference points at.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Object {
    pub(crate) sha: String,
}

/// A GitHub App, as it sees itself.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct App {
    pub(crate) slug: String,
}

/// An installation of a GitHub App.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Installation {
    pub(crate) id: u64,
}

/// Takes null for nothing.
fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_github_leaves_out_or_calls_null_is_read() {
        let comment: Comment = serde_json::from_value(serde_json::json!({
            "id": 1, "user": null, "body": null, "performed_via_github_app": null,
            "created_at": "2026-11-21T09:30:00Z", "updated_at": "2026-11-21T09:30:00Z",
        }))
        .unwrap();
        assert_eq!(id_of(comment.user.as_ref()).as_str(), "ghost");
        assert_eq!(
            (comment.body.as_str(), comment.performed_via_github_app),
            ("", None)
        );
        let issue: Issue = serde_json::from_value(serde_json::json!({
            "id": 1, "number": 2, "title": "t", "state": "open", "type": null,
            "labels": ["old", {"name": "new"}, {"name": null}], "pull_request": {"url": "x"},
            "created_at": "2026-11-21T09:30:00Z", "updated_at": "2026-11-21T09:30:00Z",
        }))
        .unwrap();
        let labels: Vec<_> = issue.labels.into_iter().filter_map(Label::name).collect();
        assert_eq!(labels, ["old", "new"]);
        assert_eq!(issue.pull_request, Some(Something));
    }
}
