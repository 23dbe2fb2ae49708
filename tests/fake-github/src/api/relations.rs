//! Sub-issues and dependencies, where they exist.

use serde_json::Value;

use super::{Answer, Call, Reply};
use crate::page::page;
use crate::refusal::Refusal;
use crate::rules;
use crate::seed::Role;
use crate::show::issue;
use crate::world::{Issue, World};

/// The most sub-issues an issue may have.
const MOST_CHILDREN: usize = 100;

fn found<'a>(world: &'a World, call: &Call<'_>) -> Result<&'a Issue, Refusal> {
    if !world.relations {
        return Err(Refusal::not_found());
    }
    world.issue(call.repo, call.number(0)?)
}

fn listed(world: &World, call: &Call<'_>, wanted: impl Fn(&Issue) -> bool) -> Reply {
    let place = world.repo(call.repo);
    let issues = place.issues.values().filter(|issue| wanted(issue));
    let show = |one| issue::issue(world, place, one);
    Ok(page(issues.collect(), show, call.query, call.address))
}

pub(crate) fn children(world: &World, call: &Call<'_>) -> Reply {
    let id = found(world, call)?.id;
    listed(world, call, |issue| issue.parent == Some(id))
}

pub(crate) fn parent(world: &World, call: &Call<'_>) -> Reply {
    let parent = found(world, call)?.parent;
    let place = world.repo(call.repo);
    let mut issues = place.issues.values();
    let above = issues.find(|issue| Some(issue.id) == parent);
    let above = above.ok_or_else(Refusal::not_found)?;
    Ok(Answer::ok(issue::issue(world, place, above)))
}

pub(crate) fn blocked_by(world: &World, call: &Call<'_>) -> Reply {
    let ids = found(world, call)?.blocked_by.clone();
    listed(world, call, |issue| ids.contains(&issue.id))
}

pub(crate) fn blocking(world: &World, call: &Call<'_>) -> Reply {
    let id = found(world, call)?.id;
    listed(world, call, |issue| issue.blocked_by.contains(&id))
}

/// Returns the number of the issue whose database id the body names.
fn named(world: &World, call: &Call<'_>, field: &str) -> Result<u64, Refusal> {
    let place = world.repo(call.repo);
    rules::writable(place)?;
    rules::at_least(place, call.caller, Role::Triage)?;
    let id = call.body[field].as_u64();
    let mut issues = place.issues.values();
    let named = issues.find(|issue| Some(issue.id) == id && issue.pull.is_none());
    named.map(|issue| issue.number).ok_or_else(|| {
        let why = Some("The provided issue does not exist");
        Refusal::invalid("Issue", field, "invalid", why)
    })
}

pub(crate) fn add_child(world: &mut World, call: &Call<'_>) -> Reply {
    let above = found(world, call)?.id;
    let number = named(world, call, "sub_issue_id")?;
    let issues = world.repo(call.repo).issues.values();
    if issues.filter(|issue| issue.parent == Some(above)).count() >= MOST_CHILDREN {
        let why = "Parent cannot have more than 100 sub-issues";
        return Err(Refusal::invalid(
            "Issue",
            "sub_issue_id",
            "custom",
            Some(why),
        ));
    }
    world.issue_mut(call.repo, number).parent = Some(above);
    let shown: Value = issue::issue(world, world.repo(call.repo), found(world, call)?);
    Ok(Answer::made(shown))
}

pub(crate) fn add_blocker(world: &mut World, call: &Call<'_>) -> Reply {
    let blocked = found(world, call)?.number;
    let number = named(world, call, "issue_id")?;
    let blocker = world.issue(call.repo, number)?.id;
    let issue = world.issue_mut(call.repo, blocked);
    if !issue.blocked_by.contains(&blocker) {
        issue.blocked_by.push(blocker);
    }
    let shown: Value = issue::issue(world, world.repo(call.repo), found(world, call)?);
    Ok(Answer::made(shown))
}
