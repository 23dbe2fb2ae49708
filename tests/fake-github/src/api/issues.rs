//! Issues.

use std::cmp::Reverse;

use serde_json::Value;

use super::{Answer, Call, Reply};
use crate::acts::issue::{Patch, file, patch};
use crate::clock;
use crate::page::page;
use crate::refusal::Refusal;
use crate::rules;
use crate::seed::Role;
use crate::show::{event, issue};
use crate::world::{Issue, World};

/// Lists issues, pull requests among them.
pub(crate) fn list(world: &World, call: &Call<'_>) -> Reply {
    let place = world.repo(call.repo);
    let invalid = |field: &str| Refusal::invalid("Issue", field, "invalid", None);
    let since = call.query.get("since");
    let since = since.map(|text| clock::read(text).ok_or_else(|| invalid("since")));
    let since = since.transpose()?;
    let open = match call.query.get("state").unwrap_or("open") {
        "open" => Some(true),
        "closed" => Some(false),
        "all" => None,
        _ => return Err(invalid("state")),
    };
    let wanted = call.query.get("labels").unwrap_or_default().to_lowercase();
    let wanted: Vec<&str> = wanted.split(',').filter(|name| !name.is_empty()).collect();
    let has = |issue: &Issue, name: &str| {
        let label = place.labels.get(name);
        label.is_some_and(|label| issue.labels.contains(&label.id))
    };
    let mut found: Vec<&Issue> = place
        .issues
        .values()
        .filter(|issue| place.has_issues || issue.pull.is_some())
        .filter(|issue| open.is_none_or(|open| issue.open == open))
        // "After the given time": what is of that very second is left out.
        .filter(|issue| since.is_none_or(|since| issue.updated > since))
        .filter(|issue| wanted.iter().all(|name| has(issue, name)))
        .collect();
    match call.query.get("sort").unwrap_or("created") {
        "created" => found.sort_by_key(|issue| (issue.text.created, issue.number)),
        "updated" => found.sort_by_key(|issue| (issue.updated, issue.number)),
        "comments" => found.sort_by_key(|issue| (issue.comments.len(), issue.number)),
        _ => return Err(invalid("sort")),
    }
    if call.query.get("direction") != Some("asc") {
        found.reverse();
    }
    let show = |found| issue::issue(world, place, found);
    Ok(page(found, show, call.query, call.address))
}

fn shown(world: &World, call: &Call<'_>, number: u64) -> Result<Value, Refusal> {
    let found = world.issue(call.repo, number)?;
    Ok(issue::issue(world, world.repo(call.repo), found))
}

pub(crate) fn get(world: &World, call: &Call<'_>) -> Reply {
    shown(world, call, call.number(0)?).map(Answer::ok)
}

pub(crate) fn create(world: &mut World, call: &Call<'_>) -> Reply {
    let title = call.text("title")?.unwrap_or_default();
    let body = call.text("body")?.unwrap_or_default();
    let labels = call.names("labels")?.unwrap_or_default();
    let number = file(world, call.act(), call.repo, title, body, &labels)?;
    set_type(world, call, number)?;
    shown(world, call, number).map(Answer::made)
}

pub(crate) fn update(world: &mut World, call: &Call<'_>) -> Reply {
    let number = call.number(0)?;
    let change = changes(call)?;
    patch(world, call.act(), call.repo, number, &change)?;
    set_type(world, call, number)?;
    shown(world, call, number).map(Answer::ok)
}

/// Reads what to change of an issue or a pull request.
pub(crate) fn changes(call: &Call<'_>) -> Result<Patch, Refusal> {
    let invalid = |field: &str| Refusal::invalid("Issue", field, "invalid", None);
    let open = match call.text("state")? {
        None => None,
        Some("open") => Some(true),
        Some("closed") => Some(false),
        Some(_) => return Err(invalid("state")),
    };
    let reason = match call.text("state_reason")? {
        None => None,
        Some("completed") => Some("completed"),
        Some("not_planned") => Some("not_planned"),
        Some("duplicate") => Some("duplicate"),
        Some("reopened") => Some("reopened"),
        Some(_) => return Err(invalid("state_reason")),
    };
    Ok(Patch {
        title: call.text("title")?.map(str::to_owned),
        body: call.text("body")?.map(str::to_owned),
        open,
        reason,
        labels: call.names("labels")?,
    })
}

/// Sets the type of an issue, where there are types; whoever may not push is not heard.
fn set_type(world: &mut World, call: &Call<'_>, number: u64) -> Result<(), Refusal> {
    let kind = call.text("type")?.map(str::to_owned);
    let pushes = rules::role(world.repo(call.repo), call.caller) >= Role::Write;
    if let Some(kind) = kind.filter(|_| world.relations && pushes) {
        world.issue_mut(call.repo, number).kind = Some(kind);
    }
    Ok(())
}

pub(crate) fn events(world: &World, call: &Call<'_>) -> Reply {
    let found = world.issue(call.repo, call.number(0)?)?;
    let shown = event::events(world, world.repo(call.repo), found);
    Ok(page(shown, |one| one, call.query, call.address))
}

/// Lists the events of all issues, newest first.
pub(crate) fn repo_events(world: &World, call: &Call<'_>) -> Reply {
    let place = world.repo(call.repo);
    let mut all = Vec::new();
    for found in place.issues.values() {
        for one in &found.events {
            if let Some(shown) = event::event(world, place, one) {
                all.push((Reverse(one.id), shown, found));
            }
        }
    }
    all.sort_by_key(|(id, ..)| *id);
    let show = |(_, mut shown, found): (_, Value, &Issue)| {
        shown["issue"] = issue::issue(world, place, found);
        shown
    };
    Ok(page(all, show, call.query, call.address))
}

pub(crate) fn timeline(world: &World, call: &Call<'_>) -> Reply {
    let found = world.issue(call.repo, call.number(0)?)?;
    let shown = event::timeline(world, world.repo(call.repo), found);
    Ok(page(shown, |one| one, call.query, call.address))
}
