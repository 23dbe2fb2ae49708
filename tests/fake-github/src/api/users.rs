//! Accounts.

use super::{Answer, Call, Reply};
use crate::caller::Via;
use crate::refusal::Refusal;
use crate::show::user;
use crate::world::World;

pub(crate) fn me(world: &World, call: &Call<'_>) -> Reply {
    if matches!(call.caller.via, Via::Installation { .. }) {
        return Err(Refusal::forbidden("Resource not accessible by integration"));
    }
    let id = call.caller.somebody()?;
    Ok(Answer::ok(user::public(world, &world.users[&id])))
}

pub(crate) fn by_login(world: &World, call: &Call<'_>) -> Reply {
    let found = world.user_named(call.arg(0));
    let found = found.ok_or_else(Refusal::not_found)?;
    Ok(Answer::ok(user::public(world, found)))
}

pub(crate) fn by_id(world: &World, call: &Call<'_>) -> Reply {
    let found = world.users.get(&call.number(0)?);
    let found = found.ok_or_else(Refusal::not_found)?;
    Ok(Answer::ok(user::public(world, found)))
}
