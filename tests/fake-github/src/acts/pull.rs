//! Pull requests, between branches of one repository.

use super::issue::{Patch, patch};
use super::{Act, comment};
use crate::refusal::Refusal;
use crate::rules;
use crate::seed::Role;
use crate::world::{Issue, Pull, Text, World};

/// A pull request to open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct New<'a> {
    pub(crate) title: &'a str,
    pub(crate) body: &'a str,
    pub(crate) head: &'a str,
    pub(crate) base: &'a str,
    pub(crate) draft: bool,
}

/// Opens a pull request; returns its number.
pub(crate) fn open(
    world: &mut World,
    act: Act<'_>,
    repo: u64,
    new: &New<'_>,
) -> Result<u64, Refusal> {
    let place = world.repo(repo);
    let author = act.caller.somebody()?;
    rules::writable(place)?;
    rules::at_least(place, act.caller, Role::Write)?;
    let invalid = |field: &str, code: &str, why: Option<&str>| {
        Refusal::invalid("PullRequest", field, code, why)
    };
    if new.title.trim().is_empty() {
        return Err(invalid("title", "missing_field", None));
    }
    comment::long("PullRequest", new.body)?;
    let owner = world.login_of(place.owner).to_owned();
    let head = match new.head.split_once(':') {
        // A head of another's fork: there are none here.
        Some((whose, _)) if !whose.eq_ignore_ascii_case(&owner) => {
            return Err(invalid("head", "invalid", None));
        }
        Some((_, branch)) => branch,
        None => new.head,
    };
    let head_sha = place.branch(head);
    let head_sha = head_sha.ok_or_else(|| invalid("head", "invalid", None))?;
    let base_sha = place.branch(new.base);
    let base_sha = base_sha.ok_or_else(|| invalid("base", "invalid", None))?;
    if head_sha == base_sha {
        let why = format!("No commits between {} and {head}", new.base);
        return Err(invalid("base", "custom", Some(&why)));
    }
    let twin = place.issues.values().any(|issue| {
        let pull = issue.pull.as_ref();
        issue.open && pull.is_some_and(|pull| pull.head == head && pull.base == new.base)
    });
    if twin {
        let why = format!("A pull request already exists for {owner}:{head}.");
        return Err(Refusal {
            errors: vec![serde_json::json!({
                "resource": "PullRequest", "code": "custom", "message": why,
            })],
            ..Refusal::new(422, "Validation Failed")
        });
    }
    let pull = Pull {
        id: 0,
        head: head.to_owned(),
        head_sha,
        base: new.base.to_owned(),
        base_sha,
        draft: new.draft,
        merged: None,
    };
    // A pull request's id as an issue is another than its own.
    let (id, own) = (world.id(), world.id());
    let number = world.repo_mut(repo).number();
    let text = Text::new(author, act.caller.app(), new.body.to_owned(), act.now);
    let mut issue = Issue::new(id, number, new.title.to_owned(), text);
    issue.pull = Some(Pull { id: own, ..pull });
    world.repo_mut(repo).issues.insert(number, issue);
    Ok(number)
}

/// Changes a pull request.
pub(crate) fn change(
    world: &mut World,
    act: Act<'_>,
    repo: u64,
    number: u64,
    what: &Patch,
) -> Result<(), Refusal> {
    if world.issue(repo, number)?.pull.is_none() {
        return Err(Refusal::not_found());
    }
    patch(world, act, repo, number, what)
}
