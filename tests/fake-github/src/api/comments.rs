//! Comments.

use serde_json::Value;

use super::{Answer, Call, Reply};
use crate::acts::comment;
use crate::clock;
use crate::page::page;
use crate::refusal::Refusal;
use crate::show::issue;
use crate::world::{Comment, Issue, World};

fn since(call: &Call<'_>) -> Result<Option<i64>, Refusal> {
    let invalid = || Refusal::invalid("IssueComment", "since", "invalid", None);
    let given = call.query.get("since");
    given
        .map(|text| clock::read(text).ok_or_else(invalid))
        .transpose()
}

/// Lists the comments of an issue by ascending id, whatever order is asked for.
pub(crate) fn list(world: &World, call: &Call<'_>) -> Reply {
    let found = world.issue(call.repo, call.number(0)?)?;
    let since = since(call)?;
    let comments = found.comments.values();
    let comments = comments.filter(|comment| since.is_none_or(|since| comment.updated > since));
    let show = |one| issue::comment(world, world.repo(call.repo), found, one);
    Ok(page(comments.collect(), show, call.query, call.address))
}

/// Lists the comments of all issues; a direction counts only with a sort.
pub(crate) fn repo_wide(world: &World, call: &Call<'_>) -> Reply {
    let place = world.repo(call.repo);
    let since = since(call)?;
    let of = |issue| -> Box<dyn Iterator<Item = (&Issue, &Comment)>> {
        let issue: &Issue = issue;
        Box::new(issue.comments.values().map(move |comment| (issue, comment)))
    };
    let mut all: Vec<(&Issue, &Comment)> = place.issues.values().flat_map(of).collect();
    all.retain(|(_, comment)| since.is_none_or(|since| comment.updated > since));
    let sort = call.query.get("sort");
    all.sort_by_key(|(_, comment)| match sort {
        Some("updated") => (comment.updated, comment.id),
        Some("created") => (comment.text.created, comment.id),
        _ => (0, comment.id),
    });
    if sort.is_some() && call.query.get("direction") != Some("asc") {
        all.reverse();
    }
    let show = |(found, comment)| issue::comment(world, place, found, comment);
    Ok(page(all, show, call.query, call.address))
}

fn shown(world: &World, call: &Call<'_>, id: u64) -> Result<Value, Refusal> {
    let found = world.issue(call.repo, world.place_of(call.repo, id)?)?;
    let comment = &found.comments[&id];
    Ok(issue::comment(world, world.repo(call.repo), found, comment))
}

pub(crate) fn get(world: &World, call: &Call<'_>) -> Reply {
    shown(world, call, call.number(0)?).map(Answer::ok)
}

pub(crate) fn create(world: &mut World, call: &Call<'_>) -> Reply {
    let number = call.number(0)?;
    let body = call.text("body")?.unwrap_or_default();
    let id = comment::post(world, call.act(), call.repo, number, body)?;
    shown(world, call, id).map(Answer::made)
}

pub(crate) fn update(world: &mut World, call: &Call<'_>) -> Reply {
    let id = call.number(0)?;
    let body = call.text("body")?.unwrap_or_default();
    comment::edit(world, call.act(), call.repo, id, body)?;
    shown(world, call, id).map(Answer::ok)
}

pub(crate) fn delete(world: &mut World, call: &Call<'_>) -> Reply {
    comment::delete(world, call.act(), call.repo, call.number(0)?)?;
    Ok(Answer::new(204, Value::Null))
}
