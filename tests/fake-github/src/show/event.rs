//! Events and timelines of issues.

use serde_json::{Value, json};

use super::issue::{comment, repo_url};
use super::user;
use crate::clock::written;
use crate::world::{Event, Issue, Repo, What, World};

/// Shows an event; none of those that REST does not tell of.
pub(crate) fn event(world: &World, repo: &Repo, event: &Event) -> Option<Value> {
    let (name, more) = match &event.what {
        What::Labeled { name, color } => {
            ("labeled", json!({"label": {"name": name, "color": color}}))
        }
        What::Unlabeled { name, color } => (
            "unlabeled",
            json!({"label": {"name": name, "color": color}}),
        ),
        What::Closed { reason } => ("closed", json!({"state_reason": reason})),
        What::Reopened => ("reopened", json!({"state_reason": null})),
        What::Renamed { from, to } => ("renamed", json!({"rename": {"from": from, "to": to}})),
        What::Locked => ("locked", json!({"lock_reason": null})),
        What::Unlocked => ("unlocked", json!({"lock_reason": null})),
        What::Subscribed => ("subscribed", json!({})),
        What::CommentDeleted { .. } => return None,
    };
    let mut shown = json!({
        "id": event.id,
        "node_id": format!("E_{}", event.id),
        "url": format!("{}/issues/events/{}", repo_url(world, repo), event.id),
        "actor": user::simple(world, event.actor),
        "event": name,
        "commit_id": null,
        "commit_url": null,
        "created_at": written(event.at),
        "performed_via_github_app": user::app_of(world, event.app),
    });
    user::add(&mut shown, more);
    Some(shown)
}

/// Shows the events of an issue, oldest first.
pub(crate) fn events(world: &World, repo: &Repo, issue: &Issue) -> Vec<Value> {
    let events = issue.events.iter();
    events.filter_map(|one| event(world, repo, one)).collect()
}

/// Shows the timeline of an issue: events and comments, oldest first.
pub(crate) fn timeline(world: &World, repo: &Repo, issue: &Issue) -> Vec<Value> {
    let events = issue.events.iter().filter_map(|one| {
        let shown = event(world, repo, one)?;
        Some((one.at, one.id, shown))
    });
    let comments = issue.comments.values().map(|one| {
        let mut shown = comment(world, repo, issue, one);
        shown["event"] = json!("commented");
        shown["actor"] = shown["user"].clone();
        (one.text.created, one.id, shown)
    });
    let mut all: Vec<_> = events.chain(comments).collect();
    all.sort_by_key(|(at, id, _)| (*at, *id));
    all.into_iter().map(|(_, _, shown)| shown).collect()
}
