//! Comments: posted by anybody, edited and deleted by their author and by whoever may write.

use super::{Act, LONGEST_BODY};
use crate::refusal::Refusal;
use crate::rules;
use crate::world::{Comment, Text, What, World};

/// Checks what a comment says.
fn checked(body: &str) -> Result<(), Refusal> {
    if body.trim().is_empty() {
        let why = Some("body cannot be blank");
        return Err(Refusal::invalid(
            "IssueComment",
            "body",
            "missing_field",
            why,
        ));
    }
    long("IssueComment", body)
}

/// Checks the length of a body, counted in characters.
pub(super) fn long(resource: &str, body: &str) -> Result<(), Refusal> {
    if body.chars().count() > LONGEST_BODY {
        let why = format!("body is too long (maximum is {LONGEST_BODY} characters)");
        return Err(Refusal::invalid(resource, "body", "custom", Some(&why)));
    }
    if body.contains('\0') {
        let why = Some("body contains a null byte");
        return Err(Refusal::invalid(resource, "body", "custom", why));
    }
    Ok(())
}

/// Posts a comment; returns its id.
pub(crate) fn post(
    world: &mut World,
    act: Act<'_>,
    repo: u64,
    number: u64,
    body: &str,
) -> Result<u64, Refusal> {
    let issue = world.issue(repo, number)?;
    rules::comment(world.repo(repo), act.caller, issue)?;
    checked(body)?;
    let author = act.caller.somebody()?;
    let id = world.id();
    let text = Text::new(author, act.caller.app(), body.to_owned(), act.now);
    let comment = Comment {
        id,
        text,
        updated: act.now,
    };
    let issue = world.issue_mut(repo, number);
    issue.comments.insert(id, comment);
    issue.updated = issue.updated.max(act.now);
    Ok(id)
}

/// Edits a comment. REST will show its author as before, and a later `updated_at`: nothing else.
pub(crate) fn edit(
    world: &mut World,
    act: Act<'_>,
    repo: u64,
    id: u64,
    body: &str,
) -> Result<(), Refusal> {
    let number = own(world, act, repo, id)?;
    checked(body)?;
    let editor = act.caller.somebody()?;
    let ids = [world.id(), world.id()];
    let issue = world.issue_mut(repo, number);
    let comment = issue.comments.get_mut(&id).expect("its place was found");
    if comment.text.body != body {
        comment.text.edit(ids, editor, body.to_owned(), act.now);
        comment.updated = act.now;
        issue.updated = issue.updated.max(act.now);
    }
    Ok(())
}

/// Deletes a comment: nothing in REST tells of it but the number of comments.
pub(crate) fn delete(world: &mut World, act: Act<'_>, repo: u64, id: u64) -> Result<(), Refusal> {
    let number = own(world, act, repo, id)?;
    let actor = act.caller.somebody()?;
    let issue = world.issue_mut(repo, number);
    let updated = issue.updated;
    let gone = issue.comments.remove(&id).expect("its place was found");
    let what = What::CommentDeleted {
        author: gone.text.author,
    };
    world.happened((repo, number), (actor, act.caller.app()), what, act.now);
    // Unlike anything else, it does not bring the issue up.
    world.issue_mut(repo, number).updated = updated;
    Ok(())
}

/// Erases what the earlier edits of a comment said; that there were edits, and whose, stays.
pub(crate) fn erase(world: &mut World, act: Act<'_>, repo: u64, id: u64) -> Result<(), Refusal> {
    let number = own(world, act, repo, id)?;
    let actor = act.caller.somebody()?;
    let issue = world.issue_mut(repo, number);
    let comment = issue.comments.get_mut(&id).expect("its place was found");
    for edit in &mut comment.text.edits {
        edit.erased = Some((actor, act.now));
    }
    Ok(())
}

/// Finds a comment that the caller may change; returns the number of its issue.
fn own(world: &World, act: Act<'_>, repo: u64, id: u64) -> Result<u64, Refusal> {
    let number = world.place_of(repo, id)?;
    let author = world.issue(repo, number)?.comments[&id].text.author;
    let repo = world.repo(repo);
    rules::writable(repo)?;
    rules::own_or_write(repo, act.caller, author)?;
    Ok(number)
}
