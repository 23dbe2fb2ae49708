//! Pull requests.

use super::{Answer, Call, Reply};
use crate::acts::pull::{New, change, open};
use crate::api::issues::changes;
use crate::page::page;
use crate::refusal::Refusal;
use crate::show::pull;
use crate::world::World;

/// Lists pull requests, newest first unless asked otherwise. A `head` without an owner is no filter.
pub(crate) fn list(world: &World, call: &Call<'_>) -> Reply {
    let place = world.repo(call.repo);
    let owner = world.login_of(place.owner);
    let state = call.query.get("state").unwrap_or("open");
    let head = call.query.get("head").and_then(|head| head.split_once(':'));
    let base = call.query.get("base");
    let mut shown = Vec::new();
    for issue in place.issues.values() {
        let Some(found) = &issue.pull else {
            continue;
        };
        let wanted = (state == "all" || issue.open == (state == "open"))
            && base.is_none_or(|base| found.base == base)
            && head.is_none_or(|(whose, branch)| {
                whose.eq_ignore_ascii_case(owner) && found.head == branch
            });
        if wanted {
            shown.push((issue, found));
        }
    }
    if call.query.get("direction") != Some("asc") {
        shown.reverse();
    }
    let show = |(issue, found)| pull::simple(world, place, issue, found, call.caller);
    Ok(page(shown, show, call.query, call.address))
}

fn shown(world: &World, call: &Call<'_>, number: u64) -> Result<serde_json::Value, Refusal> {
    let (place, issue) = (world.repo(call.repo), world.issue(call.repo, number)?);
    let found = issue.pull.as_ref().ok_or_else(Refusal::not_found)?;
    Ok(pull::full(world, place, issue, found, call.caller))
}

pub(crate) fn get(world: &World, call: &Call<'_>) -> Reply {
    shown(world, call, call.number(0)?).map(Answer::ok)
}

pub(crate) fn create(world: &mut World, call: &Call<'_>) -> Reply {
    let new = New {
        title: call.text("title")?.unwrap_or_default(),
        body: call.text("body")?.unwrap_or_default(),
        head: call.text("head")?.unwrap_or_default(),
        base: call.text("base")?.unwrap_or_default(),
        draft: call.body["draft"] == true,
    };
    let number = open(world, call.act(), call.repo, &new)?;
    shown(world, call, number).map(Answer::made)
}

pub(crate) fn update(world: &mut World, call: &Call<'_>) -> Reply {
    let number = call.number(0)?;
    change(world, call.act(), call.repo, number, &changes(call)?)?;
    shown(world, call, number).map(Answer::ok)
}
