//! What was delivered on other items: what may build on work that is to be taken back.

use std::collections::{BTreeMap, BTreeSet};

use trail_item::builds_on::Work;
use trail_item::{Stage, text};
use trail_port::tracker;
use trail_record::body::PullRequest;
use trail_record::body::proof::Reverted;
use trail_record::{Digest, ItemId, ItemKey, Record};

use crate::facts::Facts;
use crate::view::View;
use crate::worker::{Error, Worker};

/// A delivery that stands.
#[derive(Debug, Clone)]
pub(crate) struct Standing {
    pub(crate) title: String,
    pub(crate) reverted: Reverted,
    pub(crate) work: Work,
    /// Its commits and the first lines of their messages, oldest first.
    pub(crate) commits: Vec<(String, String)>,
}

/// The deliveries of other items.
pub(crate) struct Others {
    pub(crate) standing: Vec<Standing>,
    /// Items that could not be read.
    pub(crate) unknown: Vec<ItemKey>,
}

impl Worker {
    /// Reads every other item of the tracker for deliveries that stand. It costs what there is, and
    /// is done when a human asks to take something back, never in a loop.
    pub(crate) async fn others(&self, own: &ItemId) -> Result<Others, Error> {
        let mut others = Others {
            standing: Vec::new(),
            unknown: Vec::new(),
        };
        let mut gone: BTreeSet<Digest<Record>> = BTreeSet::new();
        for item in self.every_item().await? {
            if item == *own {
                continue;
            }
            let view = match self.look(&item).await {
                Ok(view) => view,
                Err(Error::Tracker(tracker::Error::NotFound(_))) => continue,
                Err(Error::History { item, .. } | Error::Newer { item, .. }) => {
                    others.unknown.push(item.as_str().into());
                    continue;
                }
                Err(error) => return Err(error),
            };
            if view.entries().next().is_none() {
                continue;
            }
            let facts = match self.facts(&view).await {
                Ok(facts) => facts,
                Err(Error::History { .. }) => {
                    others.unknown.push(view.item.key.clone());
                    continue;
                }
                Err(error) => return Err(error),
            };
            gone.extend(taken_back(&view, &facts));
            others.standing.extend(standing(&view, &facts));
        }
        others
            .standing
            .retain(|own| !gone.contains(&own.reverted.receipt));
        Ok(others)
    }

    /// Returns all items there are.
    async fn every_item(&self) -> Result<BTreeSet<ItemId>, Error> {
        let mut items = BTreeSet::new();
        let mut cursor = None;
        loop {
            let changes = self.ports.tracker.changes(cursor.as_ref()).await?;
            items.extend(changes.items);
            if !changes.more {
                return Ok(items);
            }
            cursor = Some(changes.cursor);
        }
    }
}

/// Returns the receipts that a delivered run of this item took back.
fn taken_back(view: &View, facts: &Facts) -> Vec<Digest<Record>> {
    let (Stage::Delivered { .. }, Some(reverts)) = (&view.state.stage, view.state.reverts()) else {
        return Vec::new();
    };
    Facts::find(&facts.reverts, reverts.revert)
        .map(|own| own.items.iter().map(|own| own.receipt).collect())
        .unwrap_or_default()
}

/// Returns the item's delivery, if one stands and can be told whole.
pub(crate) fn standing(view: &View, facts: &Facts) -> Option<Standing> {
    let Stage::Delivered { receipt } = view.state.stage else {
        return None;
    };
    if view.state.reverts().is_some() {
        return None;
    }
    let spec = &facts.spec.as_ref()?.1;
    let is = |event: &serde_json::Value, name: &str| event["event"] == name;
    let digest = |event: &serde_json::Value, field: &str| -> Option<Digest<Record>> {
        serde_json::from_value(event[field].clone()).ok()
    };
    // A later run that came to nothing may have left records: what counts is the delivering run's.
    let delivered = view.entries().find(|signed| {
        let mut events = signed.entry.events.iter();
        events.any(|own| is(own, "delivered") && digest(own, "receipt") == Some(receipt))
    })?;
    let run = &delivered.entry.run;
    let events: Vec<&serde_json::Value> = view
        .entries()
        .filter(|signed| signed.entry.run == *run && signed.entry.seq <= delivered.entry.seq)
        .flat_map(|signed| &signed.entry.events)
        .collect();
    let prepared = events
        .iter()
        .rev()
        .find(|own| is(own, "prepared"))
        .and_then(|own| digest(own, "pull_request"))?;
    let own: &PullRequest = Facts::find(&facts.pull_requests, prepared)?;
    let mut files = BTreeSet::new();
    let mut commits = Vec::new();
    let subjects: BTreeMap<&str, &str> = facts
        .commits
        .iter()
        .map(|(_, own)| {
            let subject = own.message.lines().next().unwrap_or_default();
            (own.commit.as_str(), subject)
        })
        .collect();
    for event in events.iter().filter(|own| is(own, "committed")) {
        let patchset = digest(event, "patchset").and_then(|own| Facts::find(&facts.patchsets, own));
        files.extend(
            patchset
                .iter()
                .flat_map(|own| own.files.iter().map(|file| file.path.clone())),
        );
        let commit = event["commit"].as_str().unwrap_or_default();
        let subject = subjects.get(commit).copied().unwrap_or_default();
        commits.push((commit.to_owned(), subject.to_owned()));
    }
    Some(Standing {
        title: spec.title.clone(),
        reverted: Reverted {
            item: view.item.id.clone(),
            key: view.item.key.clone(),
            run: run.clone(),
            receipt,
            base: own.base.clone(),
            head: own.head.clone(),
        },
        work: Work {
            key: view.item.key.clone(),
            depends_on: spec.depends_on.clone(),
            files,
            at: delivered.entry.at,
        },
        commits,
    })
}

impl Standing {
    /// Returns it for people, with the reasons why it builds on something.
    pub(crate) fn told(&self, because: Vec<String>) -> text::Planned {
        text::Planned {
            key: self.reverted.key.clone(),
            title: self.title.clone(),
            commits: self.commits.clone(),
            files: self.work.files.iter().cloned().collect(),
            because,
        }
    }
}
