//! Issues: filed by anybody, changed by their author and by roles.

use super::comment::long;
use super::{Act, LONGEST_TITLE, label};
use crate::refusal::Refusal;
use crate::rules;
use crate::seed::Role;
use crate::world::{Gone, Issue, Text, What, World};

/// What to change of an issue; what is absent stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Patch {
    pub(crate) title: Option<String>,
    pub(crate) body: Option<String>,
    pub(crate) open: Option<bool>,
    pub(crate) reason: Option<&'static str>,
    pub(crate) labels: Option<Vec<String>>,
}

fn title(title: &str) -> Result<(), Refusal> {
    if title.trim().is_empty() {
        return Err(Refusal::invalid("Issue", "title", "missing_field", None));
    }
    if title.chars().count() > LONGEST_TITLE {
        let why = format!("title is too long (maximum is {LONGEST_TITLE} characters)");
        return Err(Refusal::invalid("Issue", "title", "custom", Some(&why)));
    }
    Ok(())
}

/// Files an issue; returns its number. Labels are dropped without a word if the caller may not push.
pub(crate) fn file(
    world: &mut World,
    act: Act<'_>,
    repo: u64,
    heading: &str,
    body: &str,
    labels: &[String],
) -> Result<u64, Refusal> {
    let place = world.repo(repo);
    let author = act.caller.somebody()?;
    rules::writable(place)?;
    if !place.has_issues {
        return Err(Refusal::gone("Issues are disabled for this repo"));
    }
    title(heading)?;
    long("Issue", body)?;
    let pushes = rules::role(place, act.caller) >= Role::Write;
    let text = Text::new(author, act.caller.app(), body.to_owned(), act.now);
    let id = world.id();
    let number = world.repo_mut(repo).number();
    let issue = Issue::new(id, number, heading.to_owned(), text);
    world.repo_mut(repo).issues.insert(number, issue);
    let actor = (author, act.caller.app());
    world.happened((repo, number), actor, What::Subscribed, act.now);
    if pushes {
        label::put(world, act, repo, number, labels)?;
    }
    Ok(number)
}

/// Changes an issue or a pull request.
pub(crate) fn patch(
    world: &mut World,
    act: Act<'_>,
    repo: u64,
    number: u64,
    patch: &Patch,
) -> Result<(), Refusal> {
    let issue = world.issue(repo, number)?;
    let place = world.repo(repo);
    let actor = act.caller.somebody()?;
    rules::writable(place)?;
    let own = act.caller.user == Some(issue.text.author);
    let role = rules::role(place, act.caller);
    if patch.title.is_some() || patch.body.is_some() {
        rules::own_or_write(place, act.caller, issue.text.author)?;
    }
    if !own {
        rules::at_least(place, act.caller, Role::Triage)?;
    }
    if let Some(heading) = &patch.title {
        title(heading)?;
    }
    if let Some(body) = &patch.body {
        long("Issue", body)?;
    }
    text(world, act, repo, number, patch, actor);
    if let Some(open) = patch.open {
        state(world, act, repo, number, (open, patch.reason), actor);
    }
    // An author without the right to label is not refused: the labels are left as they were.
    if let Some(labels) = patch.labels.as_ref().filter(|_| role >= Role::Triage) {
        label::replace(world, act, repo, number, labels)?;
    }
    Ok(())
}

fn text(world: &mut World, act: Act<'_>, repo: u64, number: u64, patch: &Patch, actor: u64) {
    let ids = [world.id(), world.id()];
    let issue = world.issue_mut(repo, number);
    if let Some(body) = patch.body.as_ref().filter(|body| **body != issue.text.body) {
        issue.text.edit(ids, actor, body.clone(), act.now);
        issue.updated = issue.updated.max(act.now);
    }
    if let Some(to) = patch.title.as_ref().filter(|to| **to != issue.title) {
        let from = std::mem::replace(&mut issue.title, to.clone());
        let renamed = What::Renamed {
            from,
            to: to.clone(),
        };
        world.happened((repo, number), (actor, act.caller.app()), renamed, act.now);
    }
}

/// Closes or reopens.
fn state(
    world: &mut World,
    act: Act<'_>,
    repo: u64,
    number: u64,
    (open, reason): (bool, Option<&'static str>),
    actor: u64,
) {
    let issue = world.issue_mut(repo, number);
    let reason = reason.unwrap_or("completed");
    let what = match (issue.open, open) {
        (false, true) => {
            (issue.closed, issue.reason) = (None, Some("reopened"));
            What::Reopened
        }
        (true, false) => {
            (issue.closed, issue.reason) = (Some((act.now, actor)), Some(reason));
            What::Closed { reason }
        }
        (false, false) if issue.reason != Some(reason) => {
            issue.reason = Some(reason);
            What::Closed { reason }
        }
        (true, true) | (false, false) => return,
    };
    issue.open = open;
    world.happened((repo, number), (actor, act.caller.app()), what, act.now);
}

/// Locks an issue, or unlocks it.
pub(crate) fn lock(
    world: &mut World,
    act: Act<'_>,
    repo: u64,
    number: u64,
    locked: bool,
) -> Result<(), Refusal> {
    world.issue(repo, number)?;
    rules::at_least(world.repo(repo), act.caller, Role::Write)?;
    let actor = act.caller.somebody()?;
    world.issue_mut(repo, number).locked = locked.then_some(None);
    let what = if locked { What::Locked } else { What::Unlocked };
    world.happened((repo, number), (actor, act.caller.app()), what, act.now);
    Ok(())
}

/// Deletes an issue, as only admins may.
pub(crate) fn delete(
    world: &mut World,
    act: Act<'_>,
    repo: u64,
    number: u64,
) -> Result<(), Refusal> {
    world.issue(repo, number)?;
    rules::at_least(world.repo(repo), act.caller, Role::Admin)?;
    let place = world.repo_mut(repo);
    place.issues.remove(&number);
    place.gone.insert(number, Gone::Deleted);
    Ok(())
}

/// Moves an issue to another repository; returns its number there. It has another id there, and so
/// has each of its comments.
pub(crate) fn transfer(
    world: &mut World,
    act: Act<'_>,
    repo: u64,
    number: u64,
    to: u64,
) -> Result<u64, Refusal> {
    world.issue(repo, number)?;
    rules::at_least(world.repo(repo), act.caller, Role::Write)?;
    let mut moved = world
        .repo_mut(repo)
        .issues
        .remove(&number)
        .expect("it was found");
    let there = world.repo_mut(to).number();
    moved.id = world.id();
    moved.number = there;
    moved.labels.clear();
    let comments = std::mem::take(&mut moved.comments);
    for mut comment in comments.into_values() {
        comment.id = world.id();
        moved.comments.insert(comment.id, comment);
    }
    let gone = Gone::Moved {
        repo: to,
        number: there,
    };
    world.repo_mut(to).issues.insert(there, moved);
    world.repo_mut(repo).gone.insert(number, gone);
    Ok(there)
}
