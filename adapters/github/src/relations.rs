//! What GitHub knows of an issue beyond the port: parent, children, what blocks it, its type.
//!
//! None of it is everywhere: types belong to organisations, older servers have neither sub-issues
//! nor dependencies. What is missing is empty, never an error; nothing may rely on it.

use trail_port::tracker::Error;
use trail_record::ItemId;

use crate::failure::Failure;
use crate::{GitHub, wire};

/// How an item is tied to others of the same repository.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Relations {
    /// The item it is a part of.
    pub parent: Option<ItemId>,
    /// Its parts.
    pub children: Vec<ItemId>,
    /// The items that must be done before it.
    pub blocked_by: Vec<ItemId>,
    /// Its type, such as `Bug`, where the organisation uses types.
    pub kind: Option<String>,
}

impl GitHub {
    /// Returns how an item is tied to others of the same repository, as far as this server tells.
    ///
    /// # Errors
    /// As the Tracker port says, if the item is not there or the server cannot be asked.
    pub async fn relations(&self, item: &ItemId) -> Result<Relations, Error> {
        let issue = self.issue(item).await?;
        let number = issue.number;
        let own = issue.repository_url.to_lowercase();
        let here = |other: &wire::Issue| {
            own.is_empty()
                || other.repository_url.is_empty()
                || other.repository_url.to_lowercase() == own
        };
        let id = |other: wire::Issue| other.name().item();
        let listed = |found: Vec<wire::Issue>| found.into_iter().filter(here).map(id).collect();
        let parent = self.path(&format!("/issues/{number}/parent"));
        let parent = known(
            self.http()
                .get::<wire::Issue>(&parent, "the parent issue")
                .await,
        )?;
        let children = self.tied(&format!("/issues/{number}/sub_issues")).await?;
        let blocked_by = self
            .tied(&format!("/issues/{number}/dependencies/blocked_by"))
            .await?;
        Ok(Relations {
            parent: parent.filter(here).map(id),
            children: listed(children),
            blocked_by: listed(blocked_by),
            kind: issue.kind.and_then(|kind| kind.name),
        })
    }

    async fn tied(&self, path: &str) -> Result<Vec<wire::Issue>, Error> {
        let path = self.path(&format!("{path}?per_page=100"));
        let listed = self
            .http()
            .list(&path, "tied issues", |own: &wire::Issue| own.id)
            .await;
        Ok(known(listed)?.unwrap_or_default())
    }
}

/// Takes what this server does not know for nothing.
fn known<T>(answer: Result<T, Failure>) -> Result<Option<T>, Error> {
    match answer {
        Ok(found) => Ok(Some(found)),
        Err(failure) if failure.is_missing() => Ok(None),
        Err(failure) => Err(failure.into()),
    }
}
