//! Work items: reading one, making one, and setting what is display.

use std::collections::BTreeSet;
use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde::Serialize;
use tokio::time::sleep;
use tracing::warn;
use trail_port::tracker::{Error, Item, NewItem, State};
use trail_record::{ItemId, ItemKey, UserId};

use crate::append::nonce;
use crate::comment::SOURCE;
use crate::html::carry;
use crate::html::render::Form;
use crate::http::Failed;
use crate::plane::{Plane, is_missing, is_uuid};
use crate::time::{micros, moment};
use crate::vocabulary::{choose, state_of};
use crate::wire::{self, Found, ITEM_EXPAND, Labelled, Made};

/// The most characters a title may have in Plane.
const MAX_TITLE: usize = 255;
/// How often labels are set anew because somebody else set them at the same time.
const MAX_RACES: usize = 5;
/// How often a new item is looked for, and how long between.
const MAX_LOOKS: usize = 20;
const LOOK: Duration = Duration::from_millis(250);
/// Plane stamps an item up to three times within this time of its making, in microseconds.
const SETTLING: i64 = 2_000_000;

#[derive(Serialize)]
struct Create<'a> {
    name: &'a str,
    description_html: &'a str,
    labels: &'a [String],
    external_source: &'a str,
    external_id: &'a str,
}

impl Plane {
    /// Reads an item.
    pub(crate) async fn item(&self, id: &ItemId) -> Result<Item, Error> {
        let what = format!("item {id}");
        if !is_uuid(id.as_str()) {
            return Err(Error::NotFound(what));
        }
        let path = self.in_project(&["work-items", id.as_str()]).await?;
        let query = [("expand", ITEM_EXPAND)];
        let answer = self.http().get::<wire::Item>(&path, &query).await;
        let own = answer.map_err(|failed| failed.into_error(&what))?.body;
        if own.project.id != self.the_project().await?.id {
            return Err(Error::NotFound(what));
        }
        item(own)
    }

    /// Returns the id of the item with this key.
    pub(crate) async fn find_item(&self, key: &ItemKey) -> Result<ItemId, Error> {
        let what = format!("item {key}");
        let missing = || Error::NotFound(what.clone());
        let (identifier, number) = key.as_str().rsplit_once('-').ok_or_else(missing)?;
        let word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
        if identifier.is_empty()
            || !identifier.chars().all(word)
            || number.is_empty()
            || number.len() > 18
            || !number.bytes().all(|byte| byte.is_ascii_digit())
        {
            return Err(missing());
        }
        let project = self.the_project().await?;
        let path = [
            "workspaces",
            self.http().workspace(),
            "work-items",
            key.as_str(),
        ];
        match self.http().get::<Found>(&path, &[]).await {
            Ok(answer) if answer.body.project == project.id => Ok(ItemId::new(answer.body.id)),
            Ok(_) => Err(missing()),
            // Keys of other projects are forbidden, not missing.
            Err(failed)
                if failed.status() == Some(StatusCode::FORBIDDEN)
                    && identifier != project.identifier =>
            {
                Err(missing())
            }
            Err(failed) => Err(failed.into_error(&what)),
        }
    }

    /// Makes an item.
    pub(crate) async fn create_item(&self, new: &NewItem) -> Result<Item, Error> {
        let title = new.title.trim();
        if title.is_empty() || title.contains(['\n', '\r']) {
            return Err(Error::Refused(
                "a title is one line that is not empty".to_owned(),
            ));
        }
        if title.chars().count() > MAX_TITLE {
            return Err(Error::Refused(format!(
                "the title has {} characters, Plane takes {MAX_TITLE}",
                title.chars().count()
            )));
        }
        let mut labels = Vec::new();
        for name in new.labels.iter().collect::<BTreeSet<_>>() {
            labels.push(self.label(name).await?);
        }
        // Plane refuses a body that is empty, and shows an empty paragraph as nothing.
        let html = match new.body.as_str() {
            "" => "<p></p>".to_owned(),
            body => carry::write(body, Form::Body),
        };
        let id = format!("item-{}", nonce()?);
        let create = Create {
            name: &new.title,
            description_html: &html,
            labels: &labels,
            external_source: SOURCE,
            external_id: &id,
        };
        let path = self.in_project(&["work-items"]).await?;
        let made = match self.http().put::<Made>(Method::POST, &path, &create).await {
            Ok(made) => made.id,
            Err(failed) => self.made_all_the_same(&path, &id, failed).await?,
        };
        // The answer to the post has times that are not final. A replica may not have it yet.
        let made = ItemId::new(made);
        for _ in 0..MAX_LOOKS {
            match self.item(&made).await {
                Err(Error::NotFound(_)) => sleep(LOOK).await,
                read => return read,
            }
        }
        self.item(&made).await
    }

    /// Looks whether an item was made although the answer says no, or nothing.
    async fn made_all_the_same(
        &self,
        path: &[&str],
        id: &str,
        failed: Failed,
    ) -> Result<String, Error> {
        if failed.may_be_done() {
            let query = [("external_source", SOURCE), ("external_id", id)];
            match self.http().get::<Made>(path, &query).await {
                Ok(answer) => return Ok(answer.body.id),
                Err(missing) if is_missing(&missing) => {}
                Err(again) => return Err(again.into_error("the new item")),
            }
        }
        self.forget_vocabulary().await;
        Err(failed.into_error("the new item"))
    }

    /// Adds and removes labels. Plane takes whole sets only, so it looks whether another's set came
    /// between and does it again.
    pub(crate) async fn change_labels(
        &self,
        item: &ItemId,
        add: &[&str],
        remove: &[&str],
    ) -> Result<(), Error> {
        let what = format!("labels of item {item}");
        if !is_uuid(item.as_str()) {
            return Err(Error::NotFound(format!("item {item}")));
        }
        let path = self.in_project(&["work-items", item.as_str()]).await?;
        let fields = [("fields", "labels")];
        let mut before = self.labels_now(&path, &fields, item).await?;
        let mut wanted = Vec::new();
        for name in add {
            wanted.push(self.label(name).await?);
        }
        let known = self.labels().await?;
        let unwanted: Vec<&str> = known
            .iter()
            .filter(|own| remove.contains(&own.name.as_str()))
            .map(|own| own.id.as_str())
            .filter(|id| !wanted.iter().any(|own| own == id))
            .collect();
        for _ in 0..MAX_RACES {
            let mut set: BTreeSet<String> = before.iter().cloned().collect();
            set.retain(|id| !unwanted.contains(&id.as_str()));
            set.extend(wanted.iter().cloned());
            if set == before {
                return Ok(());
            }
            let body = serde_json::json!({ "labels": set });
            let set_now = self
                .http()
                .put::<Labelled>(Method::PATCH, &path, &body)
                .await;
            if let Err(failed) = set_now {
                // A label that is kept here may be gone there.
                self.forget_vocabulary().await;
                return Err(failed.into_error(&what));
            }
            before = self.labels_now(&path, &fields, item).await?;
            let there = wanted.iter().all(|id| before.contains(id));
            if there && !unwanted.iter().any(|id| before.contains(*id)) {
                return Ok(());
            }
            sleep(LOOK).await;
        }
        warn!(%item, "labels were set by others all the time; giving up");
        Err(Error::Doubt(format!(
            "{what}: others set them at the same time"
        )))
    }

    async fn labels_now(
        &self,
        path: &[&str],
        fields: &[(&str, &str)],
        item: &ItemId,
    ) -> Result<BTreeSet<String>, Error> {
        let answer = self.http().get::<Labelled>(path, fields).await;
        let answer = answer.map_err(|failed| failed.into_error(&format!("item {item}")))?;
        Ok(answer.body.labels.into_iter().collect())
    }

    /// Sets the state.
    pub(crate) async fn change_state(&self, item: &ItemId, state: State) -> Result<(), Error> {
        let what = format!("item {item}");
        if !is_uuid(item.as_str()) {
            return Err(Error::NotFound(what));
        }
        let states = self.states().await?;
        let chosen = choose(&states, state).ok_or_else(|| {
            Error::Refused(format!(
                "the project has no state for {state}; add one of that group in Plane's project settings"
            ))
        })?;
        let path = self.in_project(&["work-items", item.as_str()]).await?;
        let body = serde_json::json!({ "state": chosen.id });
        let set = self.http().put::<Made>(Method::PATCH, &path, &body).await;
        match set {
            Ok(_) => Ok(()),
            Err(failed) => {
                self.forget_vocabulary().await;
                Err(failed.into_error(&what))
            }
        }
    }
}

/// Returns the port's item.
pub(crate) fn item(own: wire::Item) -> Result<Item, Error> {
    let (created, updated) = (micros(&own.created_at)?, micros(&own.updated_at)?);
    // What Plane stamps on a new item by itself is no change of it.
    let fresh = own.updated_by.id().is_none() && (updated - created).abs() <= SETTLING;
    let mut labels: Vec<String> = own.labels.into_iter().map(|label| label.name).collect();
    labels.sort();
    labels.dedup();
    let html = own.description_html.unwrap_or_default();
    Ok(Item {
        id: ItemId::new(own.id),
        key: ItemKey::new(format!("{}-{}", own.project.identifier, own.sequence_id)),
        title: own.name,
        body: carry::read(&html, Form::Body).text,
        author: UserId::new(own.created_by.id().unwrap_or_default()),
        // Anybody may set an item's author and edit its body.
        unedited: false,
        labels,
        state: state_of(&own.state.group, &own.state.name).unwrap_or(State::Backlog),
        created: moment(created),
        updated: moment(if fresh { created } else { updated }),
    })
}
