//! What was delivered, what was taken back, and what builds on what.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use trail_item::builds_on::{self, Work};
use trail_item::{Event, Stage};
use trail_record::body::proof::Reverted;
use trail_record::body::{CommitMade, PullRequest};
use trail_record::{CommentId, Digest, ItemKey, Moment, Record, RunId, UserId};

use crate::story::{Fact, Step, Story};

/// A delivery as its entries tell it.
#[derive(Debug, Clone)]
pub struct Delivery<'s> {
    /// The item.
    pub story: &'s Story,
    /// The run that delivered it.
    pub run: RunId,
    /// The receipt.
    pub receipt: Digest<Record>,
    /// The entry that delivered it.
    pub entry: u64,
    /// When.
    pub at: Moment,
    /// The pull request; none if its bytes cannot be read.
    pub pull_request: Option<&'s Fact<PullRequest>>,
    /// The run's commits, in order.
    pub commits: Vec<&'s Fact<CommitMade>>,
    /// The files its committed patchsets change.
    pub files: BTreeSet<String>,
}

/// A delivery that a later run took back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TakenBack {
    /// The item whose run took it back.
    pub by: ItemKey,
    /// That run.
    pub run: RunId,
    /// The record that says so.
    pub record: Digest<Record>,
    /// On whose word.
    pub user: UserId,
    /// The name they are known by.
    pub name: String,
    /// In which comment.
    pub comment: CommentId,
    /// Why, if they said.
    pub why: Option<String>,
    /// When it was delivered.
    pub at: Moment,
}

/// Returns what was taken back by runs that were delivered, by receipt.
#[must_use]
pub fn taken_back(stories: &[Story]) -> BTreeMap<Digest<Record>, TakenBack> {
    let mut out = BTreeMap::new();
    for story in stories {
        for revert in &story.reverts {
            // A word alone takes nothing back: its run must have delivered.
            let run = begun_by(story, revert);
            let Some(step) = delivery_step(story, |step| step.run == run) else {
                continue;
            };
            for own in &revert.body.items {
                out.insert(
                    own.receipt,
                    TakenBack {
                        by: story.key.clone(),
                        run: step.run.clone(),
                        record: revert.digest,
                        user: revert.body.user.clone(),
                        name: story.name_of(&revert.body.user),
                        comment: revert.body.comment.clone(),
                        why: revert.body.why.clone(),
                        at: step.at,
                    },
                );
            }
        }
    }
    out
}

/// Returns the item's delivery, whether or not it was taken back since; of a run that takes work back,
/// none.
#[must_use]
pub fn delivery(story: &Story) -> Option<Delivery<'_>> {
    let taking = taking_runs(story);
    let step = delivery_step(story, |step| !taking.contains(&step.run))?;
    let receipt = step.events.iter().find_map(|event| match event {
        Event::Delivered { receipt, .. } => Some(*receipt),
        _ => None,
    })?;
    Some(of_run(story, step, receipt))
}

fn of_run<'s>(story: &'s Story, step: &'s Step, receipt: Digest<Record>) -> Delivery<'s> {
    let of_run: Vec<&Event> = story
        .entries
        .iter()
        .filter(|own| own.run == step.run && own.seq <= step.seq)
        .flat_map(|own| &own.events)
        .collect();
    let prepared = of_run.iter().rev().find_map(|event| match event {
        Event::Prepared { pull_request, .. } => Some(*pull_request),
        _ => None,
    });
    let (mut files, mut commits) = (BTreeSet::new(), Vec::new());
    for event in of_run {
        let Event::Committed {
            patchset, commit, ..
        } = event
        else {
            continue;
        };
        let own = story.patchsets.iter().find(|own| own.digest == *patchset);
        files.extend(
            own.into_iter()
                .flat_map(|own| own.body.files.iter().map(|file| file.path.clone())),
        );
        commits.extend(story.commits.iter().find(|own| own.body.commit == *commit));
    }
    Delivery {
        story,
        run: step.run.clone(),
        receipt,
        entry: step.seq,
        at: step.at,
        pull_request: story
            .pull_requests
            .iter()
            .find(|own| Some(own.digest) == prepared),
        commits,
        files,
    }
}

/// Returns the last entry that delivers, of the runs that fit.
fn delivery_step(story: &Story, fits: impl Fn(&Step) -> bool) -> Option<&Step> {
    let delivers = |event: &Event| matches!(event, Event::Delivered { .. });
    story
        .entries
        .iter()
        .rev()
        .find(|step| fits(step) && step.events.iter().any(delivers))
}

/// Returns the runs of an item that take work back.
fn taking_runs(story: &Story) -> BTreeSet<RunId> {
    let begun = |event: &Event| match event {
        Event::Reverting { run, .. } => Some(run.clone()),
        _ => None,
    };
    let events = story.entries.iter().flat_map(|step| &step.events);
    events.filter_map(begun).collect()
}

/// Returns the run that a word to take work back began.
fn begun_by(story: &Story, revert: &Fact<trail_record::body::Revert>) -> RunId {
    let events = story.entries.iter().flat_map(|step| &step.events);
    events
        .filter_map(|event| match event {
            Event::Reverting {
                revert: digest,
                run,
                ..
            } if *digest == revert.digest => Some(run.clone()),
            _ => None,
        })
        .next()
        .unwrap_or_else(|| revert.run.clone())
}

impl Delivery<'_> {
    /// Returns it as work that other work may build on.
    #[must_use]
    pub fn work(&self) -> Work {
        Work {
            key: self.story.key.clone(),
            depends_on: self
                .story
                .spec()
                .map(|own| own.body.depends_on.clone())
                .unwrap_or_default(),
            files: self.files.clone(),
            at: self.at,
        }
    }

    /// Returns it as a revert names it; none if its pull request cannot be read.
    #[must_use]
    pub fn reverted(&self) -> Option<Reverted> {
        let own = &self.pull_request?.body;
        Some(Reverted {
            item: self.story.item.clone(),
            key: self.story.key.clone(),
            run: self.run.clone(),
            receipt: self.receipt,
            base: own.base.clone(),
            head: own.head.clone(),
        })
    }
}

/// Returns the deliveries that stand and build on `own`, the newest first, each with its reasons.
#[must_use]
pub fn building_on<'s>(own: &Work, stories: &'s [Story]) -> Vec<(Delivery<'s>, Vec<String>)> {
    let gone = taken_back(stories);
    let others: Vec<Delivery<'s>> = stories
        .iter()
        .filter_map(delivery)
        .filter(|other| !gone.contains_key(&other.receipt))
        .collect();
    let works: Vec<Work> = others.iter().map(Delivery::work).collect();
    builds_on::dependants(own, &works)
        .into_iter()
        .map(|found| (others[found.index].clone(), found.because))
        .collect()
}

/// Returns what an item did so far as work, delivered or not.
#[must_use]
pub fn work(story: &Story) -> Work {
    if let Some(own) = delivery(story) {
        return own.work();
    }
    let committed: BTreeSet<Digest<Record>> = story
        .entries
        .iter()
        .flat_map(|step| &step.events)
        .filter_map(|event| match event {
            Event::Committed { patchset, .. } => Some(*patchset),
            _ => None,
        })
        .collect();
    Work {
        key: story.key.clone(),
        depends_on: story
            .spec()
            .map(|own| own.body.depends_on.clone())
            .unwrap_or_default(),
        files: story
            .patchsets
            .iter()
            .filter(|own| committed.contains(&own.digest))
            .flat_map(|own| own.body.files.iter().map(|file| file.path.clone()))
            .collect(),
        at: story
            .entries
            .last()
            .map_or(Moment::from_millis(0), |step| step.at),
    }
}

/// Tells whether the work on an item has come to its end.
#[must_use]
pub const fn ended(story: &Story) -> bool {
    matches!(
        story.state.stage,
        Stage::Delivered { .. } | Stage::Cancelled
    )
}
