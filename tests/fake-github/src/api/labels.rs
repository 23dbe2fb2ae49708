//! Labels, of the repository and of an issue.

use serde_json::Value;

use super::{Answer, Call, Reply, names};
use crate::acts::label;
use crate::page::page;
use crate::refusal::Refusal;
use crate::show::issue;
use crate::world::World;

pub(crate) fn list(world: &World, call: &Call<'_>) -> Reply {
    let place = world.repo(call.repo);
    let labels = place.labels.values();
    let show = |label| issue::label(world, place, label);
    Ok(page(labels.collect(), show, call.query, call.address))
}

pub(crate) fn get(world: &World, call: &Call<'_>) -> Reply {
    let place = world.repo(call.repo);
    let found = place.labels.get(&call.arg(0).to_lowercase());
    let found = found.ok_or_else(Refusal::not_found)?;
    Ok(Answer::ok(issue::label(world, place, found)))
}

pub(crate) fn create(world: &mut World, call: &Call<'_>) -> Reply {
    let name = call.text("name")?.unwrap_or_default();
    let color = call.text("color")?.unwrap_or("ededed");
    let description = call.text("description")?.map(str::to_owned);
    label::make(world, call.act(), call.repo, (name, color), description)?;
    let place = world.repo(call.repo);
    let made = &place.labels[&name.to_lowercase()];
    Ok(Answer::made(issue::label(world, place, made)))
}

fn shown(world: &World, call: &Call<'_>, number: u64) -> Result<Value, Refusal> {
    let found = world.issue(call.repo, number)?;
    Ok(issue::labels(world, world.repo(call.repo), found))
}

pub(crate) fn of_issue(world: &World, call: &Call<'_>) -> Reply {
    let Value::Array(labels) = shown(world, call, call.number(0)?)? else {
        return Err(Refusal::not_found());
    };
    Ok(page(labels, |one| one, call.query, call.address))
}

/// Returns the labels that a body names, be it `{"labels": [...]}` or the list itself.
fn named(call: &Call<'_>) -> Result<Vec<String>, Refusal> {
    let listed = match call.body {
        Value::Array(_) => names("labels", call.body)?,
        _ => call.names("labels")?,
    };
    Ok(listed.unwrap_or_default())
}

pub(crate) fn add(world: &mut World, call: &Call<'_>) -> Reply {
    let number = call.number(0)?;
    label::put(world, call.act(), call.repo, number, &named(call)?)?;
    shown(world, call, number).map(Answer::ok)
}

pub(crate) fn set(world: &mut World, call: &Call<'_>) -> Reply {
    let number = call.number(0)?;
    label::replace(world, call.act(), call.repo, number, &named(call)?)?;
    shown(world, call, number).map(Answer::ok)
}

pub(crate) fn remove(world: &mut World, call: &Call<'_>) -> Reply {
    let number = call.number(0)?;
    label::take(world, call.act(), call.repo, number, call.arg(1))?;
    shown(world, call, number).map(Answer::ok)
}
